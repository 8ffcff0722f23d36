"""Methods of other counties, written by hand with their facts; totals, ranks and grades are worked out beside them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from deploy.local.cli import app
from services.scoring.facts import events_of, read_facts
from services.scoring.method import load_yaml, read_method
from services.scoring.trial import differences, try_method

COUNTIES = sorted(Path("tests/scoring/counties").glob("*.yaml"))


def part(path: Path, name: str) -> str:
    return yaml.safe_dump(load_yaml(path.read_text(encoding="utf-8"), "a county")[name], allow_unicode=True)


@pytest.mark.parametrize("path", COUNTIES, ids=lambda path: path.stem)
def test_totals_ranks_and_grades_are_those_worked_out_by_hand(path: Path) -> None:
    method, facts = read_method(part(path, "method")), read_facts(part(path, "facts"))
    trial = try_method(method, {unit.code: unit.name for unit in facts.units}, events_of(facts, method.method))
    assert differences(trial, facts.expected) == []
    places = yaml.safe_load(path.read_text(encoding="utf-8"))["places"]
    assert {each.unit: [each.rank, each.grade] for each in trial.standings} == places


@pytest.fixture
def files(tmp_path: Path) -> Any:  # noqa: ANN401 - a function
    def write(path: Path) -> tuple[str, str]:
        written = tmp_path / "method.yaml", tmp_path / "facts.yaml"
        for file, name in zip(written, ("method", "facts"), strict=True):
            file.write_text(part(path, name), encoding="utf-8")
        return str(written[0]), str(written[1])

    return write


@pytest.mark.parametrize("path", COUNTIES, ids=lambda path: path.stem)
def test_each_is_explained_and_tried(files: Any, path: Path) -> None:  # noqa: ANN401 - the fixture
    method, facts = files(path)
    explained = CliRunner().invoke(app, ["method", "check", method])
    assert explained.exit_code == 0, explained.output
    tried = CliRunner().invoke(app, ["method", "try", method, "--facts", facts])
    assert tried.exit_code == 0, tried.output


DECEMBER_TO_NOVEMBER = """
method: december
version: 1
title: 十二月起的考核年度
group: departments
subjects: { units: [jia] }
assessed: { from: 2025-12-01, to: 2026-11-30 }
late_data: { until: %s }
total: 10
criteria:
  - code: order
    title: 纪律
    kind: incidents
    max: 10
    incidents: [{ event: tasks.assignment-sent-back, points: -1, text: 驳回 }]
"""
SENT_BACK = """
units: [jia]
events:
  - { event: tasks.assignment-sent-back, of: a, on: 2025-11-30, unit: jia }
  - { event: tasks.assignment-sent-back, of: b, on: 2025-12-01, unit: jia }
  - { event: tasks.assignment-sent-back, of: c, on: 2026-11-30, unit: jia }
  - { event: tasks.assignment-sent-back, of: d, on: 2026-11-30, unit: jia }
  - { event: tasks.assignment-sent-back, of: e, on: 2026-12-01, unit: jia }
"""


@pytest.mark.parametrize(
    ("until", "total"),
    [("2026-12-05", "8.00"), ("2026-12-06", "7.00"), ("publication", "7.00")],  # b and c; b, c and d
)
def test_what_the_log_had_too_late_does_not_count(until: str, total: str) -> None:
    method = read_method(DECEMBER_TO_NOVEMBER % until)
    events = events_of(read_facts(SENT_BACK), method.method)
    noted = {
        events[2].id: datetime(2026, 12, 5, 15, 59, tzinfo=UTC),  # 23:59 on the last day, in the county
        events[3].id: datetime(2026, 12, 5, 16, 0, tzinfo=UTC),
    }
    (standing,) = try_method(method, {"jia": ""}, events, noted).standings
    assert str(standing.total) == total
