"""Townships through the service: reports make observations, observations make standings; and the published methods."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest
import yaml

from services.scoring import ledger, store
from services.scoring.facts import events_of, read_facts
from services.scoring.method import read_method
from services.scoring.trial import try_method
from shared.contracts.envelope import Event
from shared.contracts.payload import Payload
from shared.contracts.registry import UnitRegistered
from shared.contracts.tasks import Observation, ReportCorrected, ReportSentBack, ReportSubmitted
from tests.scoring.builders import adoption_of, record
from tests.scoring.conftest import PARTITIONS
from tests.scoring.test_projector import Running, batch
from tests.support.api import ServiceUnderTest

SHIPPED = Path("deploy/seed/methods")
FACTS = Path("deploy/seed/facts")
METHOD_FILES = sorted(SHIPPED.glob("*.yaml"))
UNITS = ("zhen-jia", "zhen-yi")
NOON = datetime(2026, 12, 31, 4, tzinfo=UTC)


@pytest.fixture
async def townships(scoring: ServiceUnderTest) -> ServiceUnderTest:
    """Scoring with two townships and the published method in force."""
    method = read_method((SHIPPED / "townships-ratio-share-rank.yaml").read_text(encoding="utf-8"))
    for unit in UNITS:
        known = UnitRegistered(unit=unit, name=unit, short_name=unit, kind="township", valid_from=date(2009, 7, 6))
        await scoring.deliver(known, subject=unit, version=1)
    async with scoring.pool.acquire() as conn, conn.transaction():
        await ledger.ensure_positions(conn, PARTITIONS)
        await store.open_adopted_generation(conn, adoption_of(method))
        generation = await store.next_building_generation(conn)
        assert generation is not None
        await store.swap_in(conn, generation)
    return scoring


class Yearly:
    """A township's yearly report, version after version."""

    def __init__(self, number: int, unit: str, period: str) -> None:
        self._fact: dict[str, Any] = {
            "report_id": UUID(int=number), "definition": "yearly", "definition_version": 1, "unit": unit,
            "period": period, "due_at": NOON,
        }  # fmt: skip
        self.events: list[Any] = []

    def submitted(self, **values: str) -> "Yearly":
        observations = _observations(values)
        return self._say(ReportSubmitted(**self._fact, submission=1, submitted_at=NOON, days_late=0, on_time=True,
                                         observations=observations))  # fmt: skip

    def corrected(self, **values: str) -> "Yearly":
        observations = _observations(values)
        return self._say(ReportCorrected(**self._fact, submission=2, submitted_at=NOON, observations=observations))

    def sent_back(self) -> "Yearly":
        return self._say(ReportSentBack(**self._fact, submission=1))

    def _say(self, payload: Payload) -> "Yearly":
        version = len(self.events) + 1
        subject = str(self._fact["report_id"])
        self.events.append(Event.of(payload, subject=subject, version=version, time=NOON))
        return self


def _observations(values: dict[str, str]) -> tuple[Observation, ...]:
    return tuple(Observation(indicator=code.replace("_", "-"), value=Decimal(value)) for code, value in values.items())


async def read(service: ServiceUnderTest, path: str, **query: str) -> list[dict[str, Any]]:
    async with service.client("office") as client:
        answer = await client.get(path, params={"group": "townships", **query})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_reports_make_standings_and_corrections_move_them(townships: ServiceUnderTest) -> None:
    jia = Yearly(1, "zhen-jia", "2026").submitted(value_added="9.5", value_added_target="11", gdp="20")
    yi = Yearly(2, "zhen-yi", "2026").submitted(value_added="12", value_added_target="10", gdp="30")
    past = [Yearly(number, unit, "2025").submitted(value_added="8", gdp="20") for number, unit in enumerate(UNITS, 3)]
    running = Running(townships)
    await running.write(batch([event for report in (jia, yi, *past) for event in report.events]))
    found = {row["unit"]["code"]: row for row in await read(townships, "/v1/standings")}
    points = {unit: [score["points"] for score in row["criteria"]] for unit, row in found.items()}
    assert points == {"zhen-jia": ["8.64", "5.00", "14.00"], "zhen-yi": ["10.00", "0.00", "15.00"]}
    assert (found["zhen-jia"]["total"], found["zhen-yi"]["total"]) == ("27.64", "25.00")

    jia.corrected(value_added="13", value_added_target="11", gdp="20")
    yi.sent_back()
    await running.write([record(jia.events[-1], 4), record(yi.events[-1], 5)])
    found = {row["unit"]["code"]: row for row in await read(townships, "/v1/standings")}
    assert [score["points"] for score in found["zhen-jia"]["criteria"]] == ["10.00", "5.00", "15.00"]
    assert found["zhen-yi"]["total"] is None
    assert "没有 2026 期的“服务业增加值”数据" in found["zhen-yi"]["criteria"][0]["formula"]


async def test_standings_are_the_same_with_and_without_the_months_that_no_rule_reads(
    townships: ServiceUnderTest,
) -> None:
    yearly = {"value_added": "9.5", "value_added_target": "11", "gdp": "20"}
    periods = ("2026", "2025", "2026-03", "2026-Q1", "2026-H1")
    reports = [
        Yearly(number * 10 + at, unit, period).submitted(**yearly)
        for number, unit in enumerate(UNITS, 1)
        for at, period in enumerate(periods)
    ]
    await Running(townships).write(batch([event for report in reports for event in report.events]))
    now = await read(townships, "/v1/standings")
    assert [row["total"] for row in now] == ["23.64", "23.64"]
    assert now == await read(townships, "/v1/standings", as_of="2027-01-31")


async def test_observations_are_shown_with_their_vintage(townships: ServiceUnderTest) -> None:
    report = Yearly(1, "zhen-jia", "2026").submitted(value_added="9.5").corrected(value_added="9.7")
    await Running(townships).write(batch(report.events))
    (row,) = await read(townships, "/v1/observations", indicator="value-added")
    assert (row["unit"], row["period"], row["value"], row["vintage"], row["definition"]) == (
        "zhen-jia", "2026", "9.7", 2, "yearly",
    )  # fmt: skip
    assert await read(townships, "/v1/observations", unit="zhen-yi") == []


@pytest.mark.parametrize("path", sorted(FACTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_facts_give_what_they_say(path: Path) -> None:
    facts = read_facts(path.read_text(encoding="utf-8"))
    method = read_method((SHIPPED / path.name).read_text(encoding="utf-8"))
    trial = try_method(method, {unit.code: unit.name for unit in facts.units}, events_of(facts, method.method))
    assert facts.expected
    assert {each.unit: each.total for each in trial.standings} == facts.expected


async def test_the_schema_of_methods_is_published(scoring: ServiceUnderTest) -> None:
    async with scoring.client("unit", unit="330324-jmj") as client:
        answer = await client.get("/v1/method-schema")
    validator = jsonschema_rs.validator_for(answer.json())
    for path in METHOD_FILES:
        content = json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))
        validator.validate(content)
        assert not validator.is_valid(content | {"totals": 1})
        assert not validator.is_valid(content | {"criteria": [{"kind": "magic"}]})
    async with scoring.client(None) as client:
        assert (await client.get("/v1/method-schema")).status_code == 401
