"""A city evaluation as the city publishes it: a table in xlsx or csv, read into indicators. Pure."""

from decimal import Decimal

from pydantic import ValidationError

from services.scoring.city.domain import Direction
from services.scoring.city.schemas import IndicatorBody
from services.scoring.method import validation_faults
from shared.errors import FieldFault, InvalidError, invalid
from shared.sheets import Column, Row, Table, read_number, read_sheets

COLUMNS = (
    Column("code", ("指标代码", "代码", "code"), required=True),
    Column("title", ("指标", "指标名称", "评价指标"), required=True),
    Column("unit_of_measure", ("计量单位", "单位")),
    Column("direction", ("方向", "指标方向")),
    Column("ours", ("本县", "本县数值", "完成值", "实绩"), required=True),
    Column("target", ("目标", "目标值")),
    Column("average", ("全市平均", "平均值", "全市平均值")),
    Column("best", ("全市最好", "最好值", "全市最高")),
)
_DIRECTIONS: dict[str, Direction] = {
    "": "higher", "正向": "higher", "越高越好": "higher", "higher": "higher",
    "逆向": "lower", "越低越好": "lower", "lower": "lower",
}  # fmt: skip
_EXPECTED = {
    "code": "small letters and digits, joined by - or _, e.g. growth-rate",
    "title": "1 to 200 characters",
    **dict.fromkeys(("ours", "target", "average", "best"), "at most 24 digits, 8 of them behind the point"),
}
_ABSENT = frozenset({"", "-", "－", "—", "——", "…", "/", "无"})


def read_city_table(content: bytes) -> list[IndicatorBody]:
    """Return the indicators of the first sheet that has the columns; refuse it with every faulty cell."""
    table = next((found for sheet in read_sheets(content) if (found := sheet.table(COLUMNS)) is not None), None)
    if table is None:
        raise invalid(
            "file", "no sheet has a row with these headers", "指标代码、指标、本县, and 目标、全市平均、全市最好"
        )
    return _indicators(table)


def _indicators(table: Table) -> list[IndicatorBody]:
    faults: list[FieldFault] = []
    found: dict[str, str] = {}
    indicators = []
    for row in table.rows():
        if row.heading:
            continue
        code, cell = row.text("code"), row.cells["code"]
        if found.setdefault(code, cell.address) != cell.address:
            faults.append(_fault(row, "code", f"in {found[code]} already", "each indicator once"))
        indicators += _indicator(row, faults)
    if faults:
        raise InvalidError(*faults)
    if not indicators:
        raise invalid("file", f"sheet {table.sheet} has no row below the headers", "one row per indicator")
    return indicators


def _indicator(row: Row, faults: list[FieldFault]) -> list[IndicatorBody]:
    direction = _DIRECTIONS.get(row.text("direction"))
    if direction is None:
        faults.append(_fault(row, "direction", "no direction", "正向 or 逆向"))
    numbers = {key: _number(row, key, faults) for key in ("ours", "target", "average", "best")}
    texts = {key: row.text(key) or None for key in ("code", "title", "unit_of_measure")}
    try:
        return [IndicatorBody.model_validate({**texts, **numbers, "direction": direction or "higher"})]
    except ValidationError as error:
        faults += [_fault_of(row, fault) for fault in validation_faults(error)]
        return []


def _fault_of(row: Row, fault: FieldFault) -> FieldFault:
    """Return what the indicator's own rules find wrong, by its cell."""
    expected = _EXPECTED.get(fault.field, fault.expected or "")
    return _fault(row, fault.field, f"not taken: {fault.reason}", expected)


def _number(row: Row, key: str, faults: list[FieldFault]) -> Decimal | None:
    text, measure = row.text(key), row.text("unit_of_measure")
    number = read_number(text, measure)
    if number is None and text not in _ABSENT:
        if read_number(text, "%") is not None:
            stated = measure or "none"
            faults.append(_fault(row, key, f"in per cent, the unit of measure is {stated}", "% as 计量单位, or no %"))
        else:
            faults.append(_fault(row, key, "no number", "e.g. 8.5, or empty where the city published none"))
    return number


def _fault(row: Row, key: str, reason: str, expected: str) -> FieldFault:
    cell = row.cells[key]
    return FieldFault(field=f"{cell.sheet}!{cell.address}", reason=f"{cell.text!r} is {reason}", expected=expected)
