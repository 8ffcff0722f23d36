"""Reports on others: one table, a row per unit; who stands in it, what each row must hold, what its events say."""

from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from shared.contracts import registry
from shared.contracts import tasks as facts
from shared.sheets import read_sheets
from tests.support.api import ServiceUnderTest
from tests.tasks.builders import CO, OTHER, a_definition, a_unit, opened
from tests.tasks.test_report_content import faults, more, submit
from tests.tasks.test_report_forms import Rows, as_csv, as_xlsx, form_rows, send

JIA, YI, BING = "330324-zhen-jia", "330324-zhen-yi", "330324-zhen-bing"
FIELDS: list[dict[str, Any]] = [
    {"indicator": "total", "title": "合计", "unit_of_measure": "万元", "minimum": "0"},
    {"indicator": "urban", "title": "城镇", "unit_of_measure": "万元", "required": False},
    {"indicator": "remark", "title": "说明", "type": "text", "required": False},
]
RULES: list[dict[str, Any]] = [
    {"name": "part", "expression": "urban <= total", "message": "城镇不大于合计"},
    {
        "name": "no-jump", "expression": "total <= previous(total) * 1.5", "message": "增幅过大，请核实",
        "severity": "warning",
    },
]  # fmt: skip
TABLE: dict[str, Any] = {"fields": FIELDS, "rules": RULES, "observed": {"must": {"unit_kinds": ["township"]}}}
GOOD: dict[str, Any] = {JIA: {"values": {"total": "10.5", "urban": 4}}, YI: {"values": {"total": 20}}}


@pytest.fixture
async def townships(tasks: ServiceUnderTest) -> ServiceUnderTest:
    for unit, name in ((JIA, "甲镇"), (YI, "乙镇")):
        await tasks.deliver(a_unit(unit, name=name, kind="township"), subject=unit, version=1)
    return tasks


@pytest.fixture
async def report_id(townships: ServiceUnderTest, office: httpx.AsyncClient) -> str:
    (made,) = await opened(office, "2026-Q1", OTHER, **TABLE)
    return made


@pytest.fixture
async def bureau(tasks: ServiceUnderTest) -> httpx.AsyncClient:
    return tasks.client("unit", OTHER)


async def correct(bureau: httpx.AsyncClient, report_id: str, rows: dict[str, Any]) -> httpx.Response:
    return await bureau.post(f"/v1/reports/{report_id}/correct", json={"rows": rows, "reason": "核实后更正"})


async def told(tasks: ServiceUnderTest, report_id: str) -> list[tuple[tuple[str | None, ...], tuple[str, ...]]]:
    """Return of which units each event of the report tells values, and which units it names as observed."""
    payloads = [event.data for event in await tasks.events(report_id)]
    return [
        (tuple(each.unit for each in getattr(payload, "observations", ())), payload.observed_units)
        for payload in payloads
        if isinstance(payload, facts.ReportSubmitted | facts.ReportCorrected | facts.ReportSentBack)
    ]


async def test_a_table_holds_values_by_unit_and_says_what_is_missing(
    tasks: ServiceUnderTest, bureau: httpx.AsyncClient, report_id: str
) -> None:
    expected = (await bureau.get(f"/v1/reports/{report_id}")).json()
    assert expected["table"] == {"must": [JIA, YI], "may": []}
    answer = await submit(bureau, report_id, rows=GOOD)
    assert answer.status_code == 200, answer.text
    (kept,) = answer.json()["submissions"]
    assert (kept["values"], kept["rows"]) == (
        {},
        [
            {"unit": JIA, "values": {"total": "10.5", "urban": "4"}, "missing": ["remark"]},
            {"unit": YI, "values": {"total": "20"}, "missing": ["urban", "remark"]},
        ],
    )
    assert [(each["unit"], each["rule"]) for each in kept["unchecked"]] == [
        (JIA, "no-jump"),
        (YI, "part"),
        (YI, "no-jump"),
    ]
    event = (await tasks.events(report_id))[-1]
    assert event.data.unit == OTHER
    assert [(each.unit, each.indicator, each.value) for each in event.data.observations] == [
        (JIA, "total", Decimal("10.5")),
        (JIA, "urban", Decimal(4)),
        (YI, "total", Decimal(20)),
    ]
    assert event.data.observed_units == (JIA, YI)


async def test_each_version_names_all_units_that_any_version_told_of(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, bureau: httpx.AsyncClient, report_id: str
) -> None:
    path = "/v1/report-definitions/service-quarterly"
    optional = {"fields": [{**field, "required": False} for field in FIELDS]}
    body = {key: value for key, value in a_definition(**{**TABLE, **optional}).items() if key != "code"}
    assert (await office.put(path, json=body)).status_code == 200
    report_id = await more(office, "2026-Q2")
    await submit(bureau, report_id, rows=GOOD)
    corrected = await correct(bureau, report_id, {YI: {"values": {"total": 21}}})
    assert [row["values"] for row in corrected.json()["submissions"][1]["rows"]] == [{}, {"total": "21"}]
    await office.post(f"/v1/reports/{report_id}/send-back", json={"reason": "再核"})
    await submit(bureau, report_id, rows={JIA: {"values": {"total": None, "remark": "停产"}}})
    assert await told(tasks, report_id) == [
        ((JIA, JIA, YI), (JIA, YI)),
        ((YI,), (JIA, YI)),
        ((), (JIA, YI)),
        ((), (JIA, YI)),
    ]


async def test_a_report_on_its_own_unit_names_nobody_and_takes_no_rows(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    (own,) = await opened(office, "2026-Q1", CO)
    async with tasks.client("unit", CO) as unit:
        smuggled = await submit(unit, own, rows={OTHER: {"values": {"value_added": 1}}})
        assert [field for field, _, _ in faults(smuggled)] == [f"rows.{OTHER}", "values.value_added"]
        both = await submit(unit, own, values={"value_added": 1}, rows={OTHER: {"values": {"value_added": 1}}})
        neither = await submit(unit, own)
        assert (both.status_code, neither.status_code) == (422, 422)
        assert (await submit(unit, own, values={"value_added": 1})).status_code == 200
    assert await told(tasks, own) == [((None,), ())]


async def test_who_does_not_stand_in_the_table_and_who_must_is_said(bureau: httpx.AsyncClient, report_id: str) -> None:
    answer = await submit(bureau, report_id, rows={JIA: GOOD[JIA], CO: GOOD[YI]})
    assert faults(answer) == [(f"rows.{CO}", None, None), (f"rows.{YI}.values.total", "required", None)]
    own = await submit(bureau, report_id, values={"total": 1})
    assert [field for field, _, _ in faults(own)] == ["values", f"rows.{JIA}.values.total", f"rows.{YI}.values.total"]


async def test_only_the_reporter_reports_and_reads_its_table(tasks: ServiceUnderTest, report_id: str) -> None:
    async with tasks.client("unit", JIA) as township:
        assert (await submit(township, report_id, rows=GOOD)).status_code == 403
        assert (await township.get(f"/v1/reports/{report_id}")).status_code == 403


async def test_each_row_is_held_against_range_rules_and_its_own_period_before(
    office: httpx.AsyncClient, bureau: httpx.AsyncClient, report_id: str
) -> None:
    await submit(bureau, report_id, rows=GOOD)
    second = await more(office, "2026-Q2")
    bad = {JIA: {"values": {"total": -1, "urban": "x"}}, YI: {"values": {"total": 5, "urban": 6}}}
    assert faults(await submit(bureau, second, rows=bad)) == [
        (f"rows.{JIA}.values.total", "range", "-1"),
        (f"rows.{JIA}.values.urban", "type", "x"),
        (f"rows.{YI}.values.urban", "part", "6"),
    ]
    doubled = {JIA: {"values": {"total": 15}}, YI: {"values": {"total": 40}}}
    preview = await bureau.post(f"/v1/reports/{second}/check", json={"rows": doubled})
    assert [(each["unit"], each["rule"]) for each in preview.json()["warnings"]] == [(YI, "no-jump")]
    refused = await submit(bureau, second, rows=doubled)
    assert faults(refused) == [(f"rows.{YI}.values.total", "no-jump", "40")]
    assert f"rows.{YI}.confirmations.no-jump" in refused.json()["errors"][0]["expected"]
    elsewhere = {**doubled, JIA: {**doubled[JIA], "confirmations": {"no-jump": "新增企业"}}}
    assert (await submit(bureau, second, rows=elsewhere)).status_code == 422
    strange = {**doubled, YI: {**doubled[YI], "confirmations": {"part": "新增企业"}}}
    assert faults(await submit(bureau, second, rows=strange)) == [(f"rows.{YI}.confirmations.part", None, None)]
    confirmed = {**doubled, YI: {**doubled[YI], "confirmations": {"no-jump": "新增企业"}}}
    (kept,) = (await submit(bureau, second, rows=confirmed)).json()["submissions"]
    assert [(each["unit"], each["reason"]) for each in kept["confirmed"]] == [(YI, "新增企业")]


async def test_who_was_merged_in_the_period_may_stand_in_its_table_and_not_in_the_next(
    townships: ServiceUnderTest, office: httpx.AsyncClient, bureau: httpx.AsyncClient
) -> None:
    await townships.deliver(
        a_unit(BING, name="丙镇", kind="township", valid_from=date(2026, 2, 10)), subject=BING, version=1
    )
    merged = registry.UnitsMerged(unit=YI, merged=(YI,), into=BING, effective_on=date(2026, 2, 10))
    await townships.deliver(merged, subject=YI, version=2)
    (first,) = await opened(office, "2026-Q1", OTHER, **TABLE)
    assert (await bureau.get(f"/v1/reports/{first}")).json()["table"] == {"must": [BING, JIA], "may": [YI]}
    rows = {JIA: GOOD[JIA], BING: GOOD[YI], YI: {"values": {"total": 3}}}
    assert (await submit(bureau, first, rows=rows)).status_code == 200
    without = await correct(bureau, first, {JIA: GOOD[JIA], BING: GOOD[YI], YI: {"values": {"total": ""}}})
    assert [row["unit"] for row in without.json()["submissions"][1]["rows"]] == [BING, JIA]
    assert (await told(townships, first))[1] == ((BING, JIA, JIA), (BING, JIA, YI))
    second = await more(office, "2026-Q2")
    assert (await bureau.get(f"/v1/reports/{second}")).json()["table"] == {"must": [BING, JIA], "may": []}
    assert faults(await submit(bureau, second, rows=rows)) == [(f"rows.{YI}", None, None)]


async def test_a_table_is_defined_with_units_that_are_known(office: httpx.AsyncClient) -> None:
    unknown = {"must": {"units": [CO]}, "may": {"units": [OTHER, "330324-tjx"]}}
    answer = await office.post("/v1/report-definitions", json=a_definition(**{**TABLE, "observed": unknown}))
    assert faults(answer) == [("observed.may.units.1", None, None)]
    nobody = await office.post("/v1/report-definitions", json=a_definition(**{**TABLE, "observed": {}}))
    assert faults(nobody)[0][0].startswith("observed")
    known = {"must": {"units": [CO]}, "may": {"units": [OTHER]}}
    made = await office.post("/v1/report-definitions", json=a_definition(**{**TABLE, "observed": known}))
    shown = made.json()["observed"]
    assert (shown["must"]["units"], shown["may"]["units"]) == ([CO], [OTHER])


def filled_in(rows: Rows, values: dict[str, list[str]]) -> Rows:
    """Return the form's rows with the cells from the third on, by the first."""
    return [[*row[:2], *values[row[0]], *row[2 + len(values[row[0]]) :]] if row[0] in values else row for row in rows]


async def test_the_form_of_a_table_has_a_row_per_unit_and_comes_back_as_a_submission(
    office: httpx.AsyncClient, bureau: httpx.AsyncClient, report_id: str
) -> None:
    rows = await form_rows(bureau, report_id)
    assert rows[0] == [
        "单位代码", "单位名称", "total 合计（万元）", "urban 城镇（万元）", "remark 说明", "!no-jump 增幅过大，请核实"
    ]  # fmt: skip
    assert [row[:2] for row in rows[1:]] == [
        ["#report", report_id], ["#asked", "填报要求"], [JIA, "甲镇"], [YI, "乙镇"], ["#reason", ""]
    ]  # fmt: skip
    taken = await send(bureau, report_id, as_csv(filled_in(rows, {JIA: ["10.5", "4"], YI: ["20", "", "停产"]})))
    assert taken.status_code == 200, taken.text
    (kept,) = taken.json()["submissions"]
    assert (kept["channel"], [row["values"] for row in kept["rows"]]) == (
        "csv", [{"total": "10.5", "urban": "4"}, {"total": "20", "remark": "停产"}]
    )  # fmt: skip
    second = await more(office, "2026-Q2")
    whole = (await bureau.get(f"/v1/reports/{second}/form")).content
    now, before = read_sheets(whole)
    assert (now.name, before.name) == ("填报表", "上期")
    rows = filled_in(await form_rows(bureau, second), {JIA: ["11"], YI: ["90", "", "", "新增企业"]})
    taken = await send(bureau, second, as_xlsx(rows))
    assert [each["reason"] for each in taken.json()["submissions"][0]["confirmed"]] == ["新增企业"]
    refused = await send(bureau, second, as_xlsx(rows), "correct")
    assert "#reason" in refused.json()["errors"][0]["reason"]
    rows[-1][1] = "笔误"
    assert (await send(bureau, second, as_xlsx(rows), "correct")).json()["submissions"][1][
        "correction_reason"
    ] == "笔误"


async def test_faults_of_a_table_name_their_cells(bureau: httpx.AsyncClient, report_id: str) -> None:
    rows = filled_in(await form_rows(bureau, report_id), {JIA: ["10", "11"], YI: ["x"]})
    rows.insert(5, [CO, "县交通局", "3", "", "", ""])
    answer = await send(bureau, report_id, as_csv(rows))
    assert [(each["field"], each["reason"].partition(":")[0]) for each in answer.json()["errors"]] == [
        (f"rows.{CO}", "cell 填报表!A6"),
        (f"rows.{YI}.values.total", "cell 填报表!C5"),
        (f"rows.{JIA}.values.urban", "cell 填报表!D4"),
    ]


async def test_a_file_that_would_lose_something_is_refused(
    tasks: ServiceUnderTest, bureau: httpx.AsyncClient, report_id: str
) -> None:
    rows = filled_in(await form_rows(bureau, report_id), {JIA: ["10"], YI: ["20"]})
    more_columns = [[*row, "备注" if number == 0 else "1"] for number, row in enumerate(rows)]
    nameless = [["", *row[1:]] if row[0] == YI else row for row in rows]
    of_another = [["#report", "x", *row[2:]] if row[0] == "#report" else row for row in rows]
    of_none = [row for row in rows if row[0] != "#report"]
    for content in (more_columns, [*rows, rows[3]], nameless, of_another, of_none, rows[1:]):
        answer = await send(bureau, report_id, as_csv(content))
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "file"), answer.text
    assert await told(tasks, report_id) == []


async def test_a_table_of_more_numbers_than_an_event_carries_is_refused(
    townships: ServiceUnderTest, office: httpx.AsyncClient, bureau: httpx.AsyncClient
) -> None:
    fields = [{"indicator": f"n{number}", "title": f"指标{number}"} for number in range(200)]
    for number in range(21):
        unit = f"330324-xiang-{number}"
        await townships.deliver(a_unit(unit, kind="township"), subject=unit, version=1)
    (made,) = await opened(office, "2026-Q1", OTHER, fields=fields, observed={"may": {"unit_kinds": ["township"]}})
    rows = {f"330324-xiang-{number}": {"values": {each["indicator"]: 1 for each in fields}} for number in range(21)}
    assert faults(await submit(bureau, made, rows=rows)) == [("rows", None, None)]
    del rows["330324-xiang-20"]
    assert (await submit(bureau, made, rows=rows)).status_code == 200
