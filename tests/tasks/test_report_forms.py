"""Reports by form: downloaded, filled in as a person would, sent in; faults name their cells."""

import csv
import io

import httpx
import pytest
import xlsxwriter

from shared.sheets import read_sheets
from tests.support.api import ServiceUnderTest
from tests.tasks.builders import LEAD, OTHER, opened
from tests.tasks.test_report_content import FIELDS, GOOD, RULES

Rows = list[list[str]]


async def form_rows(client: httpx.AsyncClient, report_id: str) -> Rows:
    answer = await client.get(f"/v1/reports/{report_id}/form", params={"format": "csv"})
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def filled(rows: Rows, values: dict[str, object]) -> Rows:
    return [[*row[:3], str(values[row[0]]), *row[4:]] if row[0] in values else row for row in rows]


def as_csv(rows: Rows, encoding: str = "utf-8") -> bytes:
    target = io.StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue().encode(encoding)


def as_xlsx(rows: Rows) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("填报")
        sheet.write_string(0, 0, "服务业统计季报")
        for number, row in enumerate(rows, start=2):
            for column, text in enumerate(row):
                if number > 2 and column == 3 and text.replace(".", "").isdigit():
                    sheet.write_number(number, column, float(text))
                else:
                    sheet.write_string(number, column, text)
    return target.getvalue()


@pytest.fixture
async def report_id(office: httpx.AsyncClient) -> str:
    (made,) = await opened(office, "2026-Q1", OTHER, fields=FIELDS, rules=RULES)
    return made


@pytest.fixture
async def unit(tasks: ServiceUnderTest) -> httpx.AsyncClient:
    return tasks.client("unit", OTHER)


async def send(unit: httpx.AsyncClient, report_id: str, content: bytes, what: str = "submit") -> httpx.Response:
    return await unit.post(f"/v1/reports/{report_id}/{what}-form", content=content)


async def test_the_prepared_form_names_report_unit_fields_and_what_is_asked(
    unit: httpx.AsyncClient, report_id: str
) -> None:
    answer = await unit.get(f"/v1/reports/{report_id}/form")
    assert "filename*=UTF-8''" in answer.headers["content-disposition"]
    (sheet,) = read_sheets(answer.content)
    assert sheet.name == "填报表"
    rows = await form_rows(unit, report_id)
    assert rows[1][:4] == ["#report", "报表编号", "", report_id]
    assert rows[2][:3] == ["total", "合计", "万元"]
    assert "必填" in rows[2][5]
    assert rows[-2][:2] == ["!no-jump", "预警：与上期相差超过五成，请核实"]


@pytest.mark.parametrize("write", [as_csv, lambda rows: as_csv(rows, "gb18030"), as_xlsx])
async def test_a_filled_form_is_a_submission(unit: httpx.AsyncClient, report_id: str, write: object) -> None:
    assert callable(write)
    values = {**GOOD, "checked_on": "2026年4月2日", "remark": "＋两家停产", "firms": "１２"}
    content = write(filled(await form_rows(unit, report_id), values))
    answer = await send(unit, report_id, content)
    assert answer.status_code == 200, answer.text
    (kept,) = answer.json()["submissions"]
    assert (kept["channel"], kept["values"]["total"], kept["values"]["firms"], kept["values"]["checked_on"]) == (
        "xlsx" if content.startswith(b"PK") else "csv",
        "100.5",
        "12",
        "2026-04-02",
    )


async def test_the_form_as_downloaded_in_xlsx_comes_back_as_it_was(unit: httpx.AsyncClient, report_id: str) -> None:
    await send(unit, report_id, as_csv(filled(await form_rows(unit, report_id), GOOD)))
    form = (await unit.get(f"/v1/reports/{report_id}/form")).content
    refused = await send(unit, report_id, form, "correct")
    assert "#reason" in refused.json()["errors"][0]["reason"]
    rows = filled(await form_rows(unit, report_id), {"#reason": "核实后更正", "firms": 14})
    corrected = (await send(unit, report_id, as_csv(rows), "correct")).json()
    assert [each["values"]["firms"] for each in corrected["submissions"]] == ["12", "14"]
    assert corrected["submissions"][1]["correction_reason"] == "核实后更正"


async def test_faults_of_a_form_name_their_cells(unit: httpx.AsyncClient, report_id: str) -> None:
    rows = filled(await form_rows(unit, report_id), {**GOOD, "firms": "12.5", "kind": "全部"})
    answer = await send(unit, report_id, as_xlsx(rows))
    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert [(each["field"], each["rule"], each["value"]) for each in errors] == [
        ("values.firms", "type", "12.5"),
        ("values.kind", "choice", "全部"),
    ]
    assert errors[0]["reason"].startswith("cell 填报!D8: ")


async def test_a_warning_is_confirmed_in_the_form(
    office: httpx.AsyncClient, unit: httpx.AsyncClient, report_id: str
) -> None:
    await send(unit, report_id, as_csv(filled(await form_rows(unit, report_id), GOOD)))
    body = {"period": "2026-Q2", "units": [OTHER]}
    answer = await office.post("/v1/report-definitions/service-quarterly/open", json=body)
    second = answer.json()["opened"][0]["id"]
    values = {**GOOD, "total": 500, "urban": 400, "rural": 100}
    rows = await form_rows(unit, second)
    assert rows[2][4] == "100.5"
    refused = await send(unit, second, as_csv(filled(rows, values)))
    assert (refused.status_code, refused.json()["code"]) == (422, "warnings-unconfirmed")
    taken = await send(unit, second, as_csv(filled(rows, {**values, "!no-jump": "新增企业"})))
    assert taken.json()["submissions"][0]["confirmed"][0]["reason"] == "新增企业"


async def test_what_is_no_form_of_this_report_is_refused(
    office: httpx.AsyncClient, unit: httpx.AsyncClient, report_id: str
) -> None:
    rows = filled(await form_rows(unit, report_id), GOOD)
    other = [["#report", *row[1:3], "x", *row[4:]] if row[0] == "#report" else row for row in rows]
    twice = [*rows, rows[2]]
    headless = rows[1:]
    for content in (b"", b"\x00\x01", b"PK\x03\x04junk", as_csv(other), as_csv(twice), as_csv(headless)):
        answer = await send(unit, report_id, content)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"] == "file"
    assert (await send(office, report_id, as_csv(rows))).status_code == 403


async def test_only_the_unit_itself_sends_its_form_in(tasks: ServiceUnderTest, report_id: str) -> None:
    async with tasks.client("unit", OTHER) as own, tasks.client("unit", LEAD) as other:
        rows = filled(await form_rows(own, report_id), GOOD)
        assert (await send(other, report_id, as_csv(rows))).status_code == 403
