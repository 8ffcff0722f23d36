"""`xietiao registry`: the plan as a table, bad cells with their reason, confirmation, exit codes."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from deploy.local import registry
from deploy.local.cli import app
from deploy.local.errors import StackError, UsageError

COUNTS = {"list": "units", "sheet": "单位", "new": 1, "changed": 0, "ended": 0, "unchanged": 0, "bad": 0}
FAULT = {
    "place": "B4",
    "heading": "单位名称",
    "value": "县文广新局",
    "reason": "县文广新局 is not known",
    "expected": "a name",
    "suggestions": ["县文化广电新闻出版局 (330324-wgj)"],
}
LINE = {"sheet": "单位", "row": 4, "key": "县文广新局", "changes": [], "faults": [FAULT]}


class _Answer:
    def __init__(self, body: object) -> None:
        self._body = body
        self.content = b"xlsx"

    def json(self) -> object:
        return self._body


class _Registry:
    """The registry as the command sees it."""

    def __init__(self, counts: dict[str, Any], lines: list[dict[str, Any]]) -> None:
        self.counts, self.bad, self.asked = counts, lines, list[str]()

    def ask(self, method: str, path: str, **_options: object) -> _Answer:
        self.asked.append(f"{method} {path}")
        state = {"id": "p", "state": "planned", "can_be_applied": not self.counts["bad"], "remarks": ["说明: hidden"]}
        return _Answer({**state, "lists": [self.counts]})

    def lines(self, _plan: str, action: str) -> list[dict[str, Any]]:
        return self.bad if action == "bad" else []


def run(monkeypatch: pytest.MonkeyPatch, file: Path, found: _Registry, *options: str, answer: str = "") -> Result:
    monkeypatch.setattr(registry, "_Api", lambda _data: found)
    file.write_bytes(b"x")
    return CliRunner().invoke(app, ["registry", "import", str(file), *options], input=answer)


def test_a_plan_is_shown_and_applied_when_it_is_confirmed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = _Registry(COUNTS, [])
    result = run(monkeypatch, tmp_path / "a.xlsx", found, answer="y\n")
    assert result.exit_code == 0
    assert found.asked == ["POST /imports", "POST /imports/p/apply"]
    assert "单位  1    0        0      0          0" in result.output
    assert "note: 说明: hidden" in result.output
    assert "applied: 1 new, 0 changed, 0 ended" in result.output


@pytest.mark.parametrize(("options", "answer", "exit_code"), [((), "n\n", 5), (("--plan",), "", 0)])
def test_what_is_not_confirmed_is_not_applied(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: tuple[str, ...], answer: str, exit_code: int
) -> None:
    found = _Registry(COUNTS, [])
    result = run(monkeypatch, tmp_path / "a.xlsx", found, *options, answer=answer)
    assert found.asked == ["POST /imports"]
    assert (result.exit_code == 0) == (exit_code == 0)
    if exit_code:
        assert isinstance(result.exception, StackError)
        assert result.exception.exit_code == exit_code


def test_yes_asks_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "apply this?" not in run(monkeypatch, tmp_path / "a.xlsx", _Registry(COUNTS, []), "--yes").output


def test_bad_cells_are_a_table_with_reason_and_suggestion(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = _Registry({**COUNTS, "bad": 1}, [LINE])
    result = run(monkeypatch, tmp_path / "a.xlsx", found, "--yes")
    assert found.asked == ["POST /imports"]
    assert "单位   B4    单位名称  县文广新局" in result.output
    assert "did you mean 县文化广电新闻出版局 (330324-wgj)?" in result.output
    assert isinstance(result.exception, registry.BadRowsError)
    assert result.exception.exit_code == 4


def test_nothing_to_do_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    result = run(monkeypatch, tmp_path / "a.xlsx", _Registry({**COUNTS, "new": 0, "unchanged": 1}, []))
    assert "nothing to do" in result.output


def test_files_that_cannot_be_are_usage_errors(tmp_path: Path) -> None:
    missing = CliRunner().invoke(app, ["registry", "import", str(tmp_path / "none.xlsx")])
    other = CliRunner().invoke(app, ["registry", "export", str(tmp_path / "x.pdf")])
    assert isinstance(missing.exception, UsageError)
    assert isinstance(other.exception, UsageError)


def test_where_no_stack_is_nothing_is_asked(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["registry", "coverage", "--data", str(tmp_path)])
    assert isinstance(result.exception, StackError)
    assert "holds no stack" in str(result.exception)
