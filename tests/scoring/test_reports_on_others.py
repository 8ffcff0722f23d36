"""One unit reports on others: each value is the observed unit's, and only the newest version of the report counts."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.scoring import ledger, store
from services.scoring.facts import events_of, read_facts
from services.scoring.figures import ObservedFigures
from services.scoring.fold import Fold, Line
from services.scoring.method import Method
from services.scoring.rules.base import Tally
from services.scoring.tallying import tallies_of
from services.scoring.trial import try_method
from shared.contracts.envelope import Event, read_event
from shared.contracts.payload import Payload
from shared.contracts.tasks import Observation, ReportCorrected, ReportSentBack, ReportSubmitted, ReportWithdrawn
from tests.scoring.conftest import disordered, new_generation
from tests.scoring.test_projector import Running, batch
from tests.scoring.test_townships import read, townships
from tests.support.api import ServiceUnderTest

__all__ = ["townships"]

BUREAU = "tjj"
UNITS = ("jia", "yi", "bing")
INDICATORS = ("x", "y")
NOON = datetime(2026, 12, 31, 4, tzinfo=UTC)
METHOD = Method.model_validate(
    {
        "method": "on-others", "version": 1, "title": "乡镇", "group": "townships", "subjects": {"units": UNITS},
        "assessed": {"from": "2026-01-01", "to": "2026-12-31"}, "total": 20,
        "indicators": [{"code": "x", "title": "增加值", "definitions": ["own", "table"]}],
        "criteria": [
            {"code": code, "title": code, "kind": "target_ratio", "max": 10, "measure": code, "target": 10}
            for code in INDICATORS
        ],
    }
)  # fmt: skip
Values = Mapping[str, Mapping[str, Decimal]]
"""Values by unit and indicator."""


class Told:
    """A report as tasks tells of it, version after version; `stands` is what it states in the end."""

    def __init__(self, number: int, reporter: str, definition: str) -> None:
        self._fact: dict[str, Any] = {
            "report_id": UUID(int=number), "definition": definition, "definition_version": 1, "unit": reporter,
            "period": "2026", "due_at": NOON,
        }  # fmt: skip
        self._submissions = 0
        self._observed: set[str] = set()
        self.stands: Values = {}
        self.events: list[Event] = []

    @property
    def reporter(self) -> str:
        return str(self._fact["unit"])

    def submitted(self, values: Values) -> "Told":
        return self._state(ReportSubmitted, values, days_late=0, on_time=True)

    def corrected(self, values: Values) -> "Told":
        return self._state(ReportCorrected, values)

    def sent_back(self) -> "Told":
        self.stands = {}
        return self._say(ReportSentBack(**self._fact, submission=self._submissions, observed_units=self._units))

    def withdrawn(self) -> "Told":
        self.stands = {}
        return self._say(ReportWithdrawn(**self._fact, observed_units=self._units))

    def _state(self, payload: type[ReportSubmitted | ReportCorrected], values: Values, **given: object) -> "Told":
        self._submissions += 1
        self.stands = values
        self._observed |= {unit for unit, row in values.items() if row and unit != self.reporter}
        found = tuple(
            Observation(indicator=indicator, value=value, unit=None if unit == self.reporter else unit)
            for unit, row in values.items()
            for indicator, value in row.items()
        )
        told: dict[str, Any] = {"submission": self._submissions, "submitted_at": NOON, "observations": found, **given}
        return self._say(payload(**self._fact, **told, observed_units=self._units))

    @property
    def _units(self) -> tuple[str, ...]:
        return tuple(sorted(self._observed))

    def _say(self, payload: Payload) -> "Told":
        subject, version = str(self._fact["report_id"]), len(self.events) + 1
        event = Event.of(payload, subject=subject, version=version, time=NOON)
        self.events.append(read_event(event.to_bytes()))
        return self


def some_values(chance: random.Random, units: Sequence[str]) -> Values:
    return {
        unit: {code: Decimal(chance.randint(-5, 20)) for code in INDICATORS if chance.random() < 0.7}
        for unit in units
        if chance.random() < 0.7
    }


def a_course(chance: random.Random, told: Told, units: Sequence[str]) -> None:
    """Let a report be submitted, corrected, sent back and withdrawn as it may come."""
    told.submitted(some_values(chance, units))
    for _ in range(chance.randint(0, 5)):
        match chance.choice(("submitted", "corrected", "corrected", "sent back", "withdrawn")):
            case "submitted":
                told.submitted(some_values(chance, units))
            case "corrected":
                told.corrected(some_values(chance, units))
            case "sent back":
                told.sent_back()
            case "withdrawn":
                told.withdrawn()


def all_reports(chance: random.Random) -> list[Told]:
    reports = [Told(1, BUREAU, "table"), *(Told(number, unit, "own") for number, unit in enumerate(UNITS, 2))]
    for told in reports:
        a_course(chance, told, UNITS if told.reporter == BUREAU else [told.reporter])
    return reports


def standing_values(reports: Sequence[Told]) -> dict[tuple[str, str, str], Decimal]:
    """Return what stands by indicator, unit and part, computed from the newest versions alone."""
    return {
        (f"indicator.{indicator}", unit, f"2026@{told._fact['definition']}"): value
        for told in reports
        for unit, row in told.stands.items()
        for indicator, value in row.items()
    }


def said(tallies: Mapping[str, Mapping[str, Tally]]) -> dict[tuple[str, str, str], Decimal]:
    return {
        (code, unit, key): part.points
        for code, of_units in tallies.items()
        for unit, tally in of_units.items()
        for key, part in tally.parts.items()
        if part.lines
    }


def folded(number: int, events: Sequence[Event]) -> list[list[Line]]:
    return [list(Fold.of(number, METHOD).lines(event, event.time)) for event in events]


@settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(seed=st.integers(0, 2**64))
async def test_in_any_order_the_newest_versions_stand(scoring: ServiceUnderTest, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    reports = all_reports(chance)
    events = [event for told in reports for event in told.events]
    async with scoring.pool.acquire() as conn, conn.transaction():
        live, rebuilt = await new_generation(conn, METHOD), await new_generation(conn, METHOD)
        for lines in folded(live, disordered(events, chance)):
            await ledger.apply_lines(conn, lines)
        await ledger.apply_lines(conn, [line for lines in folded(rebuilt, events) for line in lines])
        expected = standing_values(reports)
        assert said(await store.all_tallies(conn, live)) == expected
        assert said(await store.all_tallies(conn, rebuilt)) == expected
        for rows in (store.ledger_rows_in_order, store.tally_rows_in_order):
            assert [row async for row in rows(conn, live)] == [row async for row in rows(conn, rebuilt)]


def figures(*reports: Told) -> ObservedFigures:
    lines = [line for told in reports for lines in folded(1, told.events) for line in lines]
    return ObservedFigures(METHOD.indicators, tallies_of(lines), UNITS, "2026")


def test_of_two_reporters_the_first_definition_of_the_method_counts() -> None:
    table = Told(1, BUREAU, "table").submitted({"jia": {"x": Decimal(5), "y": Decimal(1)}, "yi": {"x": Decimal(6)}})
    own = Told(2, "jia", "own").submitted({"jia": {"x": Decimal(7), "y": Decimal(2)}})
    found = figures(table, own)
    assert [found.of(unit, "x", None).value for unit in UNITS] == [Decimal(7), Decimal(6), None]
    assert "没有指明以哪份为准" in found.of("jia", "y", None).reason
    assert figures(table, own.sent_back()).of("jia", "x", None).value == Decimal(5)


def test_who_is_left_out_of_a_correction_has_no_value_not_zero() -> None:
    told = Told(1, BUREAU, "table").submitted({"jia": {"x": Decimal(5)}, "yi": {"x": Decimal(6)}})
    told.corrected({"yi": {"x": Decimal(6)}})
    assert [figures(told).of(unit, "x", None).value for unit in UNITS] == [None, Decimal(6), None]
    assert said(tallies_of(folded(1, told.events)[1])) == {("indicator.x", "yi", "2026@table"): Decimal(6)}


def test_the_reporter_has_no_line_of_a_table_on_others() -> None:
    told = Told(1, BUREAU, "table").submitted({"jia": {"x": Decimal(5)}}).sent_back()
    assert {line.unit for lines in folded(1, told.events) for line in lines} == {"jia"}


def test_an_event_of_before_is_folded_as_before() -> None:
    told = Told(2, "jia", "own").submitted({"jia": {"x": Decimal(7)}}).corrected({}).sent_back()
    lines = [line for lines in folded(1, told.events) for line in lines if line.criterion == "indicator.x"]
    assert [(line.unit, line.source_key, line.counts, line.part, line.text) for line in lines] == [
        ("jia", f"report:{UUID(int=2)}", True, "2026@own", "增加值2026：7"),
        ("jia", f"report:{UUID(int=2)}", False, "2026@own", "增加值2026：新版本未报该指标"),
        ("jia", f"report:{UUID(int=2)}", False, "2026@own", "增加值2026：报表已退回或不再要求"),
    ]


async def test_observations_say_who_reports_and_lines_link_to_the_report(townships: ServiceUnderTest) -> None:
    told = Told(7, "330324-tjj", "table").submitted({"zhen-jia": {"gdp": Decimal(20)}, "zhen-yi": {"gdp": Decimal(30)}})
    told.corrected({"zhen-jia": {"gdp": Decimal(21)}})
    own = Told(8, "zhen-yi", "own").submitted({"zhen-yi": {"gdp": Decimal(31)}})
    await Running(townships).write(batch([*told.events, *own.events]))
    rows = await read(townships, "/v1/observations", indicator="gdp")
    members = ("unit", "reporter", "definition", "vintage", "value", "report")
    assert [tuple(row[member] for member in members) for row in rows] == [
        ("zhen-jia", "330324-tjj", "table", 2, "21", str(UUID(int=7))),
        ("zhen-yi", "zhen-yi", "own", 1, "31", str(UUID(int=8))),
    ]
    lines = await read(townships, "/v1/ledger", unit="zhen-jia", criterion="indicator.gdp")
    assert [(line["text"], line["link"]) for line in lines] == [
        ("地区生产总值2026：21（330324-tjj 报）", f"/v1/reports/{UUID(int=7)}")
    ]


def test_a_method_is_tried_on_what_one_unit_reports_on_others() -> None:
    facts = read_facts(
        """
        units: [jia, yi, bing]
        observations:
          - { indicator: x, period: "2026", definition: table, reporter: tjj, values: { jia: 5, yi: 10 } }
          - { indicator: y, period: "2026", definition: table, reporter: tjj, values: { jia: 10 } }
          - { indicator: x, period: "2026", definition: own, values: { yi: 8 } }
        """
    )
    events = events_of(facts, METHOD.method)
    assert [(event.data.unit, event.data.observed_units) for event in events] == [("tjj", ("jia", "yi")), ("yi", ())]
    points = {
        each.unit: [score.points for score in each.criteria]
        for each in try_method(METHOD, dict.fromkeys(UNITS, ""), events).standings
    }
    assert points == {"jia": [Decimal(5), Decimal(10)], "yi": [Decimal(8), None], "bing": [None, None]}
