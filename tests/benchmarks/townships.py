"""A year of 40 townships under the complete township method: monthly reports, raters, an honour each."""

import random
from collections.abc import Iterator
from decimal import Decimal

import yaml

from deploy.local.seed import METHODS
from services.scoring.facts import events_of, read_facts
from services.scoring.method import Method, read_method
from shared.contracts.envelope import Event

METHOD = METHODS / "townships-complete.yaml"
UNITS = tuple(f"xiang-{number:02d}" for number in range(1, 41))
_PERIODS = ("2025", "2026", *(f"2026-{month:02d}" for month in range(1, 12)))


def townships_method() -> Method:
    """Return the complete township method."""
    return read_method(METHOD.read_text(encoding="utf-8"))


def events() -> list[Event]:
    """Return what the townships' year tells; the same on every run."""
    chance = random.Random(2009)  # noqa: S311 - nothing secret
    indicators = [indicator.code for indicator in townships_method().reported]
    told = {
        "units": list(UNITS),
        "observations": [
            {"indicator": code, "period": period, "definition": "yearly", "values": _values(chance)}
            for code in indicators
            for period in _PERIODS
        ],
        "events": list(_reports(chance)),
        "scores": [
            {"criterion": "opinion", "unit": unit, "group": "departments", "scores": _scores(chance)} for unit in UNITS
        ],
        "adjustments": [
            {"criterion": "honours", "unit": unit, "points": 1, "on": "2026-05-10", "document": "示例文号"}
            for unit in UNITS
        ],
    }
    return events_of(read_facts(yaml.safe_dump(told, allow_unicode=True)), townships_method().method)


def _values(chance: random.Random) -> dict[str, str]:
    return {unit: str(Decimal(chance.randint(100, 9_999)) / 10) for unit in UNITS}


def _scores(chance: random.Random) -> list[int]:
    return [chance.randint(70, 95) for _ in range(9)]


def _reports(chance: random.Random) -> Iterator[dict[str, object]]:
    for unit in UNITS:
        for month in range(1, 12):
            name = chance.choice(("report-submitted", "report-submitted", "report-went-overdue"))
            yield {
                "event": f"tasks.{name}", "of": f"{unit}-{month}", "on": f"2026-{month:02d}-08", "unit": unit,
                "definition": "service-statistics", "period": f"2026-{month:02d}",
            }  # fmt: skip
