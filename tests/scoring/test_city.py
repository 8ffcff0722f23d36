"""The city's evaluation: imported, compared, corrected; measures become orders for tasks."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter

from services.scoring.city.domain import CityIndicator, gaps
from shared.workbook import SheetColumn, SheetContent, make_workbook
from tests.scoring.conftest import MEMBERS
from tests.support.api import ServiceUnderTest

GROWTH: dict[str, Any] = {
    "code": "growth", "title": "服务业增加值增速", "unit_of_measure": "%",
    "ours": "6.1", "target": "7", "average": "6.1", "best": "8.4",
}  # fmt: skip
ENERGY: dict[str, Any] = {"code": "energy", "title": "能耗", "direction": "lower", "ours": "0.5", "target": "0.4"}
EVALUATION: dict[str, Any] = {
    "year": 2025, "title": "2025年度全市服务业发展评价", "published_on": "2026-01-10", "indicators": [GROWTH, ENERGY],
}  # fmt: skip


async def post(service: ServiceUnderTest, path: str, body: dict[str, Any], role: str = "office") -> Any:  # noqa: ANN401 - an httpx answer
    async with service.client(role) as client:
        return await client.post(path, json=body)


async def test_each_indicator_shows_its_gaps(scoring: ServiceUnderTest) -> None:
    answer = await post(scoring, "/v1/city-evaluations", EVALUATION)
    assert answer.status_code == 201, answer.text
    growth, energy = answer.json()["indicators"]
    shown = {gap["reference"]: (gap["gap"], gap["percent"], gap["reached"]) for gap in growth["gaps"]}
    assert shown == {
        "target": ("0.9", "12.86", False),
        "average": ("0.0", "0.00", True),
        "best": ("2.3", "27.38", False),
    }
    assert growth["gaps"][0]["text"] == "本县 6.1%，目标值 7%，差 0.9个百分点"
    assert [gap["gap"] for gap in energy["gaps"]] == ["0.1", None, None]
    assert energy["gaps"][1]["text"] == "没有全市平均，无法比较"


async def test_the_same_again_changes_nothing_and_another_content_corrects(scoring: ServiceUnderTest) -> None:
    first = (await post(scoring, "/v1/city-evaluations", EVALUATION)).json()
    assert (await post(scoring, "/v1/city-evaluations", EVALUATION)).json() == first
    corrected = (await post(scoring, "/v1/city-evaluations", EVALUATION | {"indicators": [GROWTH]})).json()
    assert (corrected["id"], corrected["version"], len(corrected["indicators"])) == (first["id"], 2, 1)
    assert [event.aggregateversion for event in await scoring.events(first["id"])] == [1, 2]


async def test_a_measure_becomes_an_order_for_tasks(scoring: ServiceUnderTest) -> None:
    evaluation = (await post(scoring, "/v1/city-evaluations", EVALUATION)).json()["id"]
    lead, other, *_ = MEMBERS
    body = {
        "indicator": "growth",
        "title": "提高增速",
        "lead_unit": lead,
        "cooperating_units": [other],
        "due_on": "2026-06-30",
    }
    answer = await post(scoring, f"/v1/city-evaluations/{evaluation}/improvements", body)
    assert answer.status_code == 201, answer.text
    (event,) = await scoring.events(answer.json()["id"])
    assert event.type == "cn.xietiao.scoring.improvement-ordered.v1"
    assert (event.data.lead_unit, event.data.cooperating_units, event.data.indicator) == (lead, (other,), "growth")
    async with scoring.client("auditor") as client:
        assert (await client.get(event.data.text_link)).json() == answer.json()


async def test_the_same_measure_again_is_one_order(scoring: ServiceUnderTest) -> None:
    evaluation = (await post(scoring, "/v1/city-evaluations", EVALUATION)).json()["id"]
    path = f"/v1/city-evaluations/{evaluation}/improvements"
    lead, first, second, *_ = MEMBERS
    body = {
        "indicator": "growth", "title": "提高增速", "lead_unit": lead, "cooperating_units": [first, second],
        "due_on": "2026-06-30",
    }  # fmt: skip
    both = await asyncio.gather(*(post(scoring, path, body) for _ in range(2)))
    turned = await post(scoring, path, body | {"cooperating_units": [second, first]})
    assert {answer.status_code for answer in (*both, turned)} == {201}
    (order,) = {answer.json()["id"] for answer in (*both, turned)}
    other = await post(scoring, path, body | {"due_on": "2026-07-31"})
    assert (other.status_code, other.json()["code"]) == (409, "improvement-exists")
    assert order in other.json()["detail"]
    scoring.clock.at = datetime(2026, 9, 1, tzinfo=UTC)
    assert (await post(scoring, path, body)).json()["id"] == order
    assert len([event for event in await scoring.events() if "improvement-ordered" in event.type]) == 1
    different = await post(scoring, path, body | {"title": "培育企业", "due_on": "2026-12-31"})
    assert different.json()["id"] != order


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"indicator": "grwth"}, "indicator"),
        ({"lead_unit": "330324-zzz"}, "lead_unit"),
        ({"cooperating_units": ["330324-jmj"]}, "cooperating_units.0"),
        ({"due_on": "2026-01-14"}, "due_on"),
    ],
)
async def test_a_faulty_measure_is_refused(scoring: ServiceUnderTest, changed: dict[str, Any], field: str) -> None:
    evaluation = (await post(scoring, "/v1/city-evaluations", EVALUATION)).json()["id"]
    body = {"indicator": "growth", "title": "提高增速", "lead_unit": "330324-jmj", "due_on": "2026-06-30"} | changed
    answer = await post(scoring, f"/v1/city-evaluations/{evaluation}/improvements", body)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


async def test_an_indicator_that_stands_twice_is_refused(scoring: ServiceUnderTest) -> None:
    answer = await post(scoring, "/v1/city-evaluations", EVALUATION | {"indicators": [GROWTH, GROWTH]})
    assert answer.status_code == 422
    assert "growth" in answer.json()["errors"][0]["reason"]


@pytest.mark.parametrize("role", ["leader", "auditor", "integration"])
async def test_only_the_office_imports(scoring: ServiceUnderTest, role: str) -> None:
    assert (await post(scoring, "/v1/city-evaluations", EVALUATION, role)).status_code == 403


def table(*rows: tuple[str, ...]) -> bytes:
    headings = ("指标代码", "评价指标", "计量单位", "方向", "本县", "目标值", "全市平均", "全市最好")
    content = SheetContent("评价", "全市服务业发展评价", [SheetColumn(each) for each in headings], rows)
    return make_workbook([content], title="评价", created=datetime(2026, 1, 1, tzinfo=UTC))


async def upload(service: ServiceUnderTest, content: bytes) -> Any:  # noqa: ANN401 - an httpx answer
    form = {"year": "2025", "title": "评价", "published_on": "2026-01-10"}
    async with service.client("office") as client:
        return await client.post("/v1/city-evaluations/file", data=form, files={"file": ("评价.xlsx", content)})


async def test_the_citys_table_is_read_as_it_is(scoring: ServiceUnderTest) -> None:
    answer = await upload(
        scoring,
        table(
            ("growth", "增速", "％", "正向", "６.1", "7", "—", "8.4"), ("energy", "能耗", "", "逆向", "0.5", "", "", "")
        ),
    )
    assert answer.status_code == 201, answer.text
    growth, energy = answer.json()["indicators"]
    assert (growth["ours"], growth["gaps"][1]["value"], energy["direction"]) == ("6.1", None, "lower")


async def test_a_faulty_cell_is_named(scoring: ServiceUnderTest) -> None:
    answer = await upload(scoring, table(("growth", "增速", "%", "向上", "六", "7", "", "")))
    assert answer.status_code == 422, answer.text
    assert [fault["field"] for fault in answer.json()["errors"]] == ["评价!D3", "评价!E3"]


async def test_every_fault_of_the_table_is_named_by_its_cell(scoring: ServiceUnderTest) -> None:
    growth = ("growth", "增速", "%", "正向", "6", "7", "", "")
    answer = await upload(scoring, table(growth, ("增速", "", "", "", "1.123456789", "", "", ""), growth))
    faults = {fault["field"]: fault["reason"] for fault in answer.json()["errors"]}
    assert (answer.status_code, sorted(faults)) == (422, ["评价!A4", "评价!A5", "评价!B4", "评价!E4"])
    assert faults["评价!A5"] == "'growth' is in A3 already"


def table_in_per_cent(measure: str, average: str) -> bytes:
    target = BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet("评价")
    sheet.write_row(0, 0, ("指标代码", "评价指标", "计量单位", "本县", "目标值", "全市平均"))
    sheet.write_row(1, 0, ("growth", "增速", measure, "", 13, average))
    sheet.write(1, 3, 0.125, book.add_format({"num_format": "0.0%"}))
    sheet.write_row(2, 0, ("value", "增加值", "万元", 1234.5, "12,345", "——"))
    book.close()
    return target.getvalue()


async def test_numbers_are_read_as_the_table_shows_them(scoring: ServiceUnderTest) -> None:
    answer = await upload(scoring, table_in_per_cent("%", "11.8%"))
    assert answer.status_code == 201, answer.text
    growth, value = answer.json()["indicators"]
    assert (growth["ours"], [gap["value"] for gap in growth["gaps"]]) == ("12.5", ["13", "11.8", None])
    assert (value["ours"], [gap["value"] for gap in value["gaps"]]) == ("1234.5", ["12345", None, None])


async def test_per_cent_of_what_is_not_measured_in_it_is_refused(scoring: ServiceUnderTest) -> None:
    answer = await upload(scoring, table_in_per_cent("亿元", "1,2"))
    assert [(each["field"], each["reason"]) for each in answer.json()["errors"]] == [
        ("评价!D2", "'12.5%' is in per cent, the unit of measure is 亿元"),
        ("评价!F2", "'1,2' is no number"),
    ]


def test_a_reference_of_zero_gives_no_percentage() -> None:
    gap = gaps(CityIndicator("x", "增量", None, "higher", Decimal(-1), Decimal(0), Decimal(-2), None))
    assert (gap[0].gap, gap[0].percent) == (Decimal(1), None)
    assert (gap[1].gap, gap[1].percent, gap[1].reached) == (Decimal(-1), Decimal("-50.00"), True)
