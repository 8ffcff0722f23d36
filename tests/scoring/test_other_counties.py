"""Methods of other counties, written by hand with their facts; totals, ranks and grades are worked out beside them."""

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
