"""What makes lines: conditions on fields, matters, taken-back incidents, rests and handovers, working days."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from services.scoring.facts import events_of, read_facts
from services.scoring.method import Method
from services.scoring.method_faults import faults_of
from services.scoring.rules.base import Rule
from services.scoring.rules.matching import EventMatch, unit_events
from services.scoring.trial import try_method
from tests.scoring.given import rule

NEW = (
    "task-suspended", "task-resumed", "assignment-extended", "assignment-reassigned", "report-corrected",
    "report-withdrawn", "slip-issued", "slip-answered", "problem-raised", "problem-resolved", "project-progressed",
)  # fmt: skip


def points(criterion: Rule, *events: Mapping[str, Any], **assessed: str) -> dict[str, str | None]:
    """Return each unit's points after events; units are those of which the events speak."""
    method = Method.model_validate(
        {
            "method": "m", "version": 1, "title": "试", "group": "townships", "subjects": {"kind": "township"},
            "assessed": {"from": "2026-01-01", "to": "2026-12-31"} | assessed, "total": "10", "criteria": [criterion],
        }
    )  # fmt: skip
    units = ["jia", "yi"]
    facts = read_facts(yaml.safe_dump({"units": units, "events": list(events)}, allow_unicode=True))
    trial = try_method(method, dict.fromkeys(units, ""), events_of(facts, "m"))
    found = {standing.unit: standing.criteria[0].points for standing in trial.standings}
    return {unit: None if found[unit] is None else f"{found[unit]:f}" for unit in units}


def told(name: str, of: str = "t", on: str = "2026-03-01", **fields: object) -> dict[str, object]:
    return {"event": name if "." in name else f"tasks.{name}", "of": of, "on": on, **fields}


def incident(**more: object) -> Rule:
    line = {"event": "tasks.slip-issued", "points": "-1", "text": "督办", **more}
    found: Rule = rule("incidents", incidents=[line])
    return found


def test_every_event_about_units_can_be_matched() -> None:
    assert {f"tasks.{name}" for name in NEW} | {"meetings.attendance-recorded", "meetings.resolution-adopted"} <= set(
        unit_events()
    )


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        ({}, True),
        ({"colour": "red"}, True),
        ({"colour": ["yellow", "blue"]}, False),
        ({"colour": {"not": "red"}}, False),
        ({"tags": "key-task"}, True),
        ({"tags": ["other", "joint"]}, True),
        ({"tags": "none"}, False),
        ({"weight": {"from": "2", "to": "3"}}, True),
        ({"weight": {"from": "3.5"}}, False),
        ({"due_on": {"to": "2026-02-28"}}, False),
        ({"role": "lead", "source_kind": "instruction"}, True),
        ({"answer_due_on": {"given": "true"}}, True),
    ],
)
def test_conditions(where: dict[str, Any], *, holds: bool) -> None:
    event = told(
        "slip-issued", unit="jia", colour="red", tags=["key-task", "joint"], weight=3, source_kind="instruction"
    )
    assert points(incident(where=where), event)["jia"] == ("9.00" if holds else "10.00")


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ({"color": "red"}, "tasks.slip-issued has no field color; it has: answer_due_on"),
        ({"colour": "green"}, "where.colour"),
        ({"colour": []}, "at least one value"),
        ({"colour": {"is": "red"}}, "is no condition"),
        ({"weight": {"from": "many"}}, "where.weight"),
        ({"title": {"from": "a"}}, "for numbers and dates"),
        ({"weight": {"from": 9, "to": 1}}, "where.weight: to: 1 is below from: 9"),
    ],
)
def test_a_condition_that_cannot_hold_is_refused(where: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        EventMatch(event="tasks.slip-issued", where=where)
    assert reason in str(caught.value)


def test_a_resolution_speaks_of_lead_and_cooperating_units() -> None:
    line = {"event": "meetings.resolution-adopted", "where": {"role": "cooperating"}, "points": "-1", "text": "配合"}
    event = told("meetings.resolution-adopted", lead_unit="jia", cooperating_units=["yi"])
    assert points(rule("incidents", incidents=[line]), event) == {"jia": "10.00", "yi": "9.00"}


def test_of_one_matter_the_newest_event_decides() -> None:
    line = {"event": "meetings.attendance-recorded", "where": {"attendance": "absent"}, "key": ["meeting_id"],
            "points": "-1", "text": "缺席"}  # fmt: skip
    absent = told("meetings.attendance-recorded", unit="jia", attendance="absent")
    present = absent | {"attendance": "present", "on": "2026-03-02"}
    criterion = rule("incidents", incidents=[line])
    assert points(criterion, absent, told("meetings.attendance-recorded", of="n", unit="jia", attendance="absent")) == {
        "jia": "8.00", "yi": "10.00",
    }  # fmt: skip
    assert points(criterion, absent, present)["jia"] == "10.00"


def test_an_incident_can_be_taken_back_by_another_event() -> None:
    line = {"event": "tasks.assignment-went-overdue", "key": ["task_id", "role"], "points": "-1", "text": "逾期",
            "taken_back_by": ["tasks.assignment-extended", "tasks.task-cancelled"]}  # fmt: skip
    criterion = rule("incidents", incidents=[line])
    overdue = [
        told("assignment-went-overdue", unit="jia"),
        told("assignment-went-overdue", unit="yi", role="cooperating"),
    ]
    assert points(criterion, *overdue) == {"jia": "9.00", "yi": "9.00"}
    assert points(criterion, *overdue, told("assignment-extended", unit="jia")) == {"jia": "10.00", "yi": "9.00"}
    assert points(criterion, *overdue, told("task-cancelled", lead="jia", cooperating=["yi"])) == {
        "jia": "10.00", "yi": "10.00",
    }  # fmt: skip


ASSIGNED = told("task-assigned", lead="jia", on="2026-02-01")
DONE = told("assignment-completed", unit="jia", days_late=2)
SHARED = told("task-assigned", lead="jia", cooperating=["yi"], on="2026-02-01")
DONE_BY_YI = told("assignment-completed", unit="yi", role="cooperating", days_late=0)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([ASSIGNED], {"jia": "0.00", "yi": None}),
        ([ASSIGNED, DONE], {"jia": "9.00", "yi": None}),
        ([ASSIGNED, told("task-suspended", lead="jia")], {"jia": None, "yi": None}),
        ([ASSIGNED, told("task-suspended", lead="jia"), told("task-resumed", lead="jia")], {"jia": "0.00", "yi": None}),
        ([ASSIGNED, told("assignment-extended", unit="jia"), DONE | {"days_late": 0}], {"jia": "10.00", "yi": None}),
        ([ASSIGNED, told("assignment-reassigned", unit="yi", previous_unit="jia")], {"jia": None, "yi": "0.00"}),
        (
            [SHARED, DONE_BY_YI, told("assignment-reassigned", unit="yi", previous_unit="jia", absorbed="true")],
            {"jia": None, "yi": "10.00"},
        ),
        ([ASSIGNED, DONE, told("task-reopened", lead="jia")], {"jia": "0.00", "yi": None}),
        ([ASSIGNED, DONE, told("task-closed-out")][:2], {"jia": "9.00", "yi": None}),
    ],
)
def test_completion_through_rests_handovers_and_extensions(
    events: list[dict[str, Any]], expected: dict[str, str | None]
) -> None:
    assert points(rule("completion", lateness=[{"days": 1, "factor": "0.9"}]), *events) == expected


TABLE = [{"days": 1, "points": "-3"}, {"days": 2, "points": "-10"}]


def test_lateness_in_working_days_leaves_a_holiday_out() -> None:
    late = told("assignment-completed", on="2026-10-09", unit="jia", assignment_due_on="2026-09-30", days_late=8,
                done_at="2026-10-08")  # fmt: skip
    assert points(rule("lateness", table=TABLE, days="calendar"), late)["jia"] == "0.00"
    assert points(rule("lateness", table=TABLE, days="working"), late)["jia"] == "7.00"  # 1 to 7 October are off


def test_working_days_of_an_unknown_year_must_be_stated() -> None:
    criterion = rule("lateness", table=TABLE, days="working")
    method = Method.model_validate(
        {
            "method": "m", "version": 1, "title": "试", "group": "townships", "subjects": {"kind": "township"},
            "assessed": {"from": "2180-01-01", "to": "2180-12-31"}, "total": "10", "criteria": [criterion],
        }
    )  # fmt: skip
    assert [(fault.path, "2180" in fault.reason) for fault in faults_of(method)] == [("criteria.0.calendar", True)]
    stated = rule("lateness", table=TABLE, days="working", calendar={2180: {"days_off": ["2180-01-03"]}})
    assert not list(faults_of(method.model_copy(update={"criteria": (stated,)})))


def test_only_what_happened_on_assessed_days_counts() -> None:
    year = {"from": "2025-12-01", "to": "2026-11-30"}
    for on, expected in (
        ("2025-11-30", "10.00"),
        ("2025-12-01", "9.00"),
        ("2026-11-30", "9.00"),
        ("2026-12-01", "10.00"),
    ):
        assert points(incident(), told("slip-issued", on=on, unit="jia"), **year)["jia"] == expected
