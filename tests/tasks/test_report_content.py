"""What units state: typed fields, rules across fields and periods, warnings, corrections, locks, editions."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from services.tasks.reports.fields import ReportField
from services.tasks.reports.periods import PeriodKind, next_period, previous_period
from shared.contracts import tasks as facts
from shared.errors import FieldFault
from tests.support.api import ServiceUnderTest
from tests.tasks.builders import OTHER, a_definition, opened

FIELDS: list[dict[str, Any]] = [
    {"indicator": "total", "title": "合计", "unit_of_measure": "万元", "minimum": "0"},
    {"indicator": "urban", "title": "城镇", "unit_of_measure": "万元", "required": False},
    {"indicator": "rural", "title": "乡村", "unit_of_measure": "万元", "required": False},
    {"indicator": "firms", "title": "企业数", "unit_of_measure": "家", "type": "integer", "maximum": "5000"},
    {"indicator": "kind", "title": "口径", "type": "choice", "choices": ["限上", "限下"]},
    {"indicator": "checked_on", "title": "核实日期", "type": "date", "required": False},
    {"indicator": "remark", "title": "说明", "type": "text", "required": False},
]
RULES: list[dict[str, Any]] = [
    {"name": "parts-add-up", "expression": "total = urban + rural", "message": "合计应等于城镇与乡村之和"},
    {
        "name": "no-jump",
        "expression": "abs(total - previous(total)) <= previous(total) * 0.5",
        "message": "与上期相差超过五成，请核实",
        "severity": "warning",
    },
]
GOOD: dict[str, Any] = {"total": "100.5", "urban": 60, "rural": "40.5", "firms": 12, "kind": "限上"}


def test_per_cent_is_taken_where_it_is_the_unit_of_measure() -> None:
    growth = ReportField("growth", "增速", "%", required=True)
    total = ReportField("total", "合计", "万元", required=True)
    assert (growth.read("12.5%"), growth.read("12.5")) == (Decimal("12.5"), Decimal("12.5"))
    assert isinstance(total.read("12.5%"), FieldFault)


async def expected(office: httpx.AsyncClient, period: str = "2026-Q1", **given: object) -> str:
    (report_id,) = await opened(office, period, OTHER, **{"fields": FIELDS, "rules": RULES, **given})
    return report_id


async def more(office: httpx.AsyncClient, period: str) -> str:
    answer = await office.post(
        "/v1/report-definitions/service-quarterly/open", json={"period": period, "units": [OTHER]}
    )
    return str(answer.json()["opened"][0]["id"])


async def submit(unit: httpx.AsyncClient, report_id: str, /, **body: object) -> httpx.Response:
    return await unit.post(f"/v1/reports/{report_id}/submit", json=body)


def faults(answer: httpx.Response) -> list[tuple[str, str | None, str | None]]:
    assert answer.status_code == 422, answer.text
    return [(each["field"], each.get("rule"), each.get("value")) for each in answer.json()["errors"]]


async def test_values_of_each_type_are_kept_and_only_numbers_go_out(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    report_id = await expected(office)
    values = {**GOOD, "checked_on": "2026年4月2日", "remark": "两家企业停产"}
    async with tasks.client("unit", OTHER) as unit:
        answer = await submit(unit, report_id, values=values)
    (kept,) = answer.json()["submissions"]
    assert kept["values"] == {
        "total": "100.5",
        "urban": "60",
        "rural": "40.5",
        "firms": "12",
        "kind": "限上",
        "checked_on": "2026-04-02",
        "remark": "两家企业停产",
    }
    assert [each["rule"] for each in kept["unchecked"]] == ["no-jump"]
    (_, event) = await tasks.events(report_id)
    assert isinstance(event.data, facts.ReportSubmitted)
    assert [each.indicator for each in event.data.observations] == ["total", "urban", "rural", "firms"]
    assert event.data.content_digest is not None
    assert "停产" not in event.to_bytes().decode()


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"total": "-1", "urban": None, "rural": None}, ("values.total", "range", "-1")),
        ({"firms": "12.5"}, ("values.firms", "type", "12.5")),
        ({"firms": 5001}, ("values.firms", "range", "5001")),
        ({"kind": "全部"}, ("values.kind", "choice", "全部")),
        ({"kind": ""}, ("values.kind", "required", None)),
        ({"checked_on": "昨天"}, ("values.checked_on", "type", "昨天")),
        ({"checked_on": 20260402}, ("values.checked_on", "type", "20260402")),
        ({"remark": "\x00"}, ("values.remark", "type", "\x00")),
        ({"urban": 61}, ("values.total", "parts-add-up", "100.5")),
    ],
)
async def test_a_fault_names_rule_field_and_value(
    tasks: ServiceUnderTest,
    office: httpx.AsyncClient,
    changed: dict[str, object],
    fault: tuple[str, str, str | None],
) -> None:
    report_id = await expected(office)
    async with tasks.client("unit", OTHER) as unit:
        assert faults(await submit(unit, report_id, values={**GOOD, **changed})) == [fault]


async def test_one_refusal_names_everything_that_is_wrong(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    report_id = await expected(office)
    async with tasks.client("unit", OTHER) as unit:
        answer = await submit(unit, report_id, values={"total": 5, "urban": 1, "rural": 1, "firms": "x", "gdp": 1})
    assert [field for field, _, _ in faults(answer)] == [
        "values.gdp",
        "values.firms",
        "values.kind",
        "values.total",
    ]


async def test_a_warning_against_the_period_before_is_confirmed_with_a_reason(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    first = await expected(office)
    doubled = {**GOOD, "total": 300, "urban": 200, "rural": 100}
    async with tasks.client("unit", OTHER) as unit:
        assert (await submit(unit, first, values=GOOD)).status_code == 200
        second = await more(office, "2026-Q2")
        preview = await unit.post(f"/v1/reports/{second}/check", json={"values": doubled})
        assert [each["rule"] for each in preview.json()["warnings"]] == ["no-jump"]
        refused = await submit(unit, second, values=doubled)
        assert faults(refused) == [("values.total", "no-jump", "300")]
        assert (refused.json()["code"], refused.json()["errors"][0]["reason"]) == (
            "warnings-unconfirmed",
            "与上期相差超过五成，请核实",
        )
        strange = await submit(unit, second, values=doubled, confirmations={"parts-add-up": "就是这样"})
        assert faults(strange) == [("confirmations.parts-add-up", None, None)]
        blank = await submit(unit, second, values=doubled, confirmations={"no-jump": " "})
        assert faults(blank)[0][0] == "confirmations.no-jump"
        taken = await submit(unit, second, values=doubled, confirmations={"no-jump": "新增两家重点企业"})
    (kept,) = taken.json()["submissions"]
    assert [(each["rule"], each["value"], each["reason"]) for each in kept["confirmed"]] == [
        ("no-jump", "300", "新增两家重点企业")
    ]


async def test_what_was_sent_back_is_no_period_before(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    first = await expected(office)
    async with tasks.client("unit", OTHER) as unit:
        await submit(unit, first, values=GOOD)
        await office.post(f"/v1/reports/{first}/send-back", json={"reason": "有误"})
        second = await more(office, "2026-Q2")
        answer = await submit(unit, second, values={**GOOD, "total": 900, "urban": 800, "rural": 100})
    assert answer.json()["submissions"][0]["unchecked"] == [
        {"unit": None, "rule": "no-jump", "why": "there is no report of the period before"}
    ]


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"expression": "total = parts"}, "rules.0.expression"),
        ({"expression": "1 = 1"}, "rules.0.expression"),
        ({"expression": "total = kind"}, "rules.0.expression"),
        ({"expression": "total + 1"}, "rules.0.expression"),
    ],
)
async def test_rules_are_checked_when_the_report_is_defined(
    office: httpx.AsyncClient, rule: dict[str, object], field: str
) -> None:
    rules = [{"name": "r", "message": "错", **rule}]
    answer = await office.post("/v1/report-definitions", json=a_definition(fields=FIELDS, rules=rules))
    assert faults(answer) == [(field, "r", rule["expression"])]


@pytest.mark.parametrize(
    "field",
    [
        {"indicator": "a", "title": "a", "type": "choice"},
        {"indicator": "a", "title": "a", "type": "text", "unit_of_measure": "人"},
        {"indicator": "a", "title": "a", "minimum": 5, "maximum": 1},
        {"indicator": "a", "title": "a", "type": "choice", "choices": ["一", "一"]},
        {"indicator": "a", "title": "a", "type": "money"},
    ],
)
async def test_a_field_that_makes_no_sense_is_refused(office: httpx.AsyncClient, field: dict[str, object]) -> None:
    answer = await office.post("/v1/report-definitions", json=a_definition(fields=[field]))
    assert faults(answer)[0][0].startswith("fields.0")


async def test_a_correction_is_a_new_version_that_waits_for_the_office(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    report_id = await expected(office)
    corrected = {"values": {**GOOD, "firms": 13}, "reason": "漏报一家"}
    async with tasks.client("unit", OTHER) as unit:
        assert (await unit.post(f"/v1/reports/{report_id}/correct", json=corrected)).status_code == 409
        await submit(unit, report_id, values=GOOD)
        await office.post(f"/v1/reports/{report_id}/accept")
        answer = await unit.post(f"/v1/reports/{report_id}/correct", json=corrected)
        assert (await office.post(f"/v1/reports/{report_id}/correct", json=corrected)).status_code == 403
    shown = answer.json()
    assert (shown["state"], shown["on_time"]) == ("submitted", True)
    assert [(each["kind"], each["values"]["firms"], each["decision"]) for each in shown["submissions"]] == [
        ("submission", "12", "accepted"),
        ("correction", "13", None),
    ]
    event = (await tasks.events(report_id))[-1]
    assert isinstance(event.data, facts.ReportCorrected)
    assert (event.data.submission, event.data.reason_digest is None) == (2, False)


async def test_a_lock_says_who_locked_what_when_until_the_office_reopens(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    report_id = await expected(office)
    corrected = {"values": GOOD, "reason": "更正"}
    async with tasks.client("unit", OTHER) as unit:
        await submit(unit, report_id, values=GOOD)
        await office.post(f"/v1/reports/{report_id}/accept")
        assert (await office.post(f"/v1/reports/{report_id}/lock")).json()["locked_by"] == "office"
        refused = await unit.post(f"/v1/reports/{report_id}/correct", json=corrected)
        assert (refused.status_code, refused.json()["code"]) == (409, "report-locked")
        for part in ("service-quarterly", OTHER, "2026-Q1", "locked by office at 2026-01-15 10:00"):
            assert part in refused.json()["detail"]
        by_office = await office.post(f"/v1/reports/{report_id}/send-back", json={"reason": "x"})
        assert (by_office.status_code, by_office.json()["allowed"]) == (409, ["reopen"])
        await office.post(f"/v1/reports/{report_id}/reopen", json={"reason": "口径调整"})
        assert (await unit.post(f"/v1/reports/{report_id}/correct", json=corrected)).status_code == 200
    kinds = [type(event.data) for event in await tasks.events(report_id)]
    assert kinds[3:] == [facts.ReportLocked, facts.ReportReopened, facts.ReportCorrected]


async def test_two_operators_at_once_one_is_told_to_look_again(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    report_id = await expected(office)
    async with tasks.client("unit", OTHER) as unit:
        etag = (await submit(unit, report_id, values=GOOD)).headers["etag"]
    accepted = await office.post(f"/v1/reports/{report_id}/accept", headers={"if-match": etag})
    sent_back = await office.post(
        f"/v1/reports/{report_id}/send-back", json={"reason": "x"}, headers={"if-match": etag}
    )
    assert (accepted.status_code, sent_back.status_code) == (200, 412)


async def test_a_revised_definition_holds_for_periods_opened_later(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    first = await expected(office)
    wider = [*FIELDS, {"indicator": "exports", "title": "出口", "unit_of_measure": "万美元"}]
    body = {key: value for key, value in a_definition(fields=wider, rules=RULES).items() if key != "code"}
    path = "/v1/report-definitions/service-quarterly"
    assert (await office.put(path, json=body, headers={"if-match": '"7"'})).status_code == 412
    assert (await office.put(path, json=body, headers={"if-match": '"1"'})).json()["version"] == 2
    assert (await office.put(path, json={**body, "period_kind": "month"})).status_code == 409
    assert (await office.put("/v1/report-definitions/none", json=body)).status_code == 404
    second = await more(office, "2026-Q2")
    async with tasks.client("unit", OTHER) as unit:
        assert (await submit(unit, first, values=GOOD)).status_code == 200
        assert faults(await submit(unit, second, values=GOOD))[0][:2] == ("values.exports", "required")
    assert [each["version"] for each in (await office.get(f"{path}/editions")).json()] == [1, 2]
    assert len((await office.get(path, params={"edition": 1})).json()["fields"]) == 7
    assert (await office.get(path, params={"edition": 3})).status_code == 404


@pytest.mark.parametrize(
    ("kind", "period", "before"),
    [
        ("month", "2026-01", "2025-12"),
        ("month", "2026-03", "2026-02"),
        ("quarter", "2026-Q1", "2025-Q4"),
        ("half", "2026-H2", "2026-H1"),
        ("year", "2026", "2025"),
    ],
)
def test_periods_follow_each_other(kind: PeriodKind, period: str, before: str) -> None:
    assert (previous_period(kind, period), next_period(kind, before)) == (before, period)
