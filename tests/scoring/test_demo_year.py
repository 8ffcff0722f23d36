"""The demo year as facts: the complete method scores the 22 departments, beside the small one that the stack ships."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.scoring.facts import Facts, events_of, read_facts
from services.scoring.inspection import findings
from services.scoring.method import load_yaml, read_method
from services.scoring.trial import Trial, try_method

YEAR = load_yaml(Path("deploy/seed/demo-year.yaml").read_text(encoding="utf-8"), "the demo year")
METHODS = Path("deploy/seed/methods")


def code(short: str) -> str:
    return f"330324-{short}"


def day(written: str) -> date:
    return date.fromisoformat(f"2026-{written}")


def happenings() -> Iterator[tuple[date, dict[str, Any]]]:
    """Yield what becomes of each resolution, as the services tell it."""
    for meeting in YEAR["meetings"]:
        for number, resolution in enumerate(meeting.get("resolutions", [])):
            due = day(resolution["due"])
            matter = {
                "of": f"{meeting['on']}-{number}",
                "title": resolution["title"],
                "weight": resolution.get("weight", "1"),
                "due_on": due.isoformat(),
                "source_kind": "resolution",
            }
            others = resolution.get("cooperating", [])
            assigned = {
                "lead": code(resolution["lead"]["unit"]),
                "cooperating": [code(each["unit"]) for each in others],
            }
            yield day(meeting["on"]), {"event": "tasks.task-assigned", **matter, **assigned}
            for role, part in (("lead", resolution["lead"]), *(("cooperating", each) for each in others)):
                yield from _course({**matter, "unit": code(part["unit"]), "role": role}, part, due)


def _course(mine: dict[str, Any], part: dict[str, str], due: date) -> Iterator[tuple[date, dict[str, Any]]]:
    name = "tasks.assignment-"
    if "sent_back" in part:
        yield day(part["sent_back"]), {"event": f"{name}sent-back", **mine}
    if "bounced" in part:
        yield day(part["bounced"]), {"event": f"{name}bounced", **mine}
        return
    done = day(part["done"]) if "done" in part else None
    if done is None or done > due:
        yield due + timedelta(days=1), {"event": f"{name}went-overdue", **mine}
    if done is not None:
        late = str(max(0, (done - due).days))
        yield done, {"event": f"{name}completion-requested", **mine}
        completed = {"event": f"{name}completed", "done_at": done.isoformat(), "days_late": late, **mine}
        yield done + timedelta(days=2), completed


def reports() -> Iterator[tuple[date, dict[str, Any]]]:
    """Yield what becomes of each report."""
    for definition in YEAR["reports"]:
        late = {(entry["unit"], entry["period"]): entry["submit"] for entry in definition["late"]}
        for period in definition["periods"]:
            for unit in definition["units"]:
                submit = late.get((unit, period["period"]), period["submit"])
                report = {"of": f"{definition['code']}-{period['period']}-{unit}", "unit": code(unit),
                          "definition": definition["code"], "period": f"2026-{period['period']}"}  # fmt: skip
                if submit == "never":
                    yield day("12-01"), {"event": "tasks.report-went-overdue", **report}
                else:
                    days_late = "4" if (unit, period["period"]) in late else "0"
                    yield day(submit), {"event": "tasks.report-submitted", "days_late": days_late, **report}


@pytest.fixture(scope="module")
def facts() -> Facts:
    units = sorted({code(unit) for definition in YEAR["reports"] for unit in definition["units"]})
    told = sorted([*happenings(), *reports()], key=lambda each: each[0])
    events = [{"on": on.isoformat(), **event} for on, event in told if on.year == 2026]
    scores = [{"criterion": "opinion-panel", "unit": unit, "group": group, "scores": ["90", "85", "88", "80"][:count]}
              for unit in units for group, count in (("leaders", 2), ("office", 1), ("peers", 4))]  # fmt: skip
    content = {"units": units, "events": events, "scores": scores}
    return read_facts(yaml.safe_dump(content, allow_unicode=True))


def tried(facts: Facts, name: str) -> Trial:
    method = read_method((METHODS / f"{name}.yaml").read_text(encoding="utf-8"))
    return try_method(method, {unit.code: unit.name for unit in facts.units}, events_of(facts, method.method))


def test_every_department_gets_a_total_and_a_grade(facts: Facts) -> None:
    trial = tried(facts, "departments-complete")
    assert len(trial.standings) == 22
    assert all(standing.total is not None and standing.grade for standing in trial.standings)
    assert sum(1 for standing in trial.standings if standing.grade == "优秀") <= 6  # 30 % of 22


def test_key_tasks_are_what_the_small_method_says_too(facts: Facts) -> None:
    small, complete = (
        {standing.unit: standing.criteria[0] for standing in tried(facts, name).standings}
        for name in ("departments-illustrative", "departments-complete")
    )
    assert {unit: score.inputs for unit, score in small.items()} == {
        unit: score.inputs for unit, score in complete.items()
    }
    assert small["330324-tyj"].inputs == complete["330324-tyj"].inputs


def test_what_the_year_holds_nothing_of_is_found(facts: Facts) -> None:
    trial = tried(facts, "departments-complete")
    found = {finding.path for finding in findings(trial.method, trial) if finding.level == "问题"}
    titles = {trial.method.criteria[int(path.split(".")[1])].code for path in found}
    assert "joint-tasks" in titles
    assert "key-tasks" not in titles
