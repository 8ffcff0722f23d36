"""`python -m services.tasks.states_page`: write docs/task-states.md from the state machine as declared."""

import sys
from collections.abc import Iterator
from pathlib import Path

from services.tasks.states import ASSIGNMENT_TRANSITIONS, STATE_NAMES, TASK_TRANSITIONS, TOUCHED, State
from services.tasks.transitions import BEFORE, Transition, TransitionTable
from shared.auth import Role

PAGE = Path(__file__).resolve().parents[2] / "docs" / "task-states.md"

_HEAD = """# States of a task

Generated from `services/tasks/states.py` by `make docs`; a test fails when it is not current.

Each unit's assignment has a state of its own; the task's is derived from them (`services/tasks/domain.py`, `derive`).
A transition that is not possible is refused with 409, and `allowed` names those that are. Each one taken is kept in
the task's history: who, when, on whose behalf, why, on what document or instruction it rests, with which files.
"""


def page() -> str:
    """Return the whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield from _states()
    yield from _diagram()
    yield "## Of one unit's assignment\n"
    yield "`POST /v1/tasks/{id}/assignments/{unit}/<transition>`\n"
    yield from _table(ASSIGNMENT_TRANSITIONS)
    yield "## Of the whole task\n"
    yield "`POST /v1/tasks/{id}/<transition>`; *from* are derived states, *moves* the assignments that are moved.\n"
    yield from _table(TASK_TRANSITIONS, touched=True)
    yield _FOOT


def _states() -> Iterator[str]:
    yield "| state | 中文 |"
    yield "| --- | --- |"
    for state in State:
        yield f"| {state} | {STATE_NAMES[state]} |"
    yield ""


def _diagram() -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield "    [*] --> draft"
    yield "    [*] --> assigned: assign"
    drawn = [("assign", State.DRAFT, State.ASSIGNED)]
    for transition in ASSIGNMENT_TRANSITIONS.transitions.values():
        drawn += _arrows(transition, transition.sources)
    for name in ("close-out", "cancel"):
        drawn += _arrows(TASK_TRANSITIONS.named(name), TOUCHED[name])
    for name, source, target in drawn:
        yield f"    {source} --> {target}: {name}"
    for state in (State.CLOSED_OUT, State.CANCELLED, State.REASSIGNED):
        yield f"    {state} --> [*]"
    yield "```\n"


def _arrows(transition: Transition, sources: frozenset[str] | frozenset[State]) -> list[tuple[str, State, State]]:
    ordered = [state for state in State if state in sources]
    if transition.target != BEFORE:
        return [(transition.name, source, State(transition.target)) for source in ordered]
    suspend = ASSIGNMENT_TRANSITIONS.named("suspend")
    return [(transition.name, source, back) for source in ordered for back in State if back in suspend.sources]


def _table(table: TransitionTable, *, touched: bool = False) -> Iterator[str]:
    yield "| transition | 中文 | from | to | who | may be requested |" + (" moves |" if touched else "")
    yield "| --- | --- | --- | --- | --- | --- |" + (" --- |" if touched else "")
    for each in table.transitions.values():
        target = "the state before" if each.target == BEFORE else each.target
        asked = "yes" if each.requestable else "no"
        moves = f" {_in_order(TOUCHED[each.name])} |" if touched else ""
        yield f"| {each.name} | {each.label} | {_in_order(each.sources)} | {target} | {_who(each)} | {asked} |{moves}"
    yield ""


def _in_order(states: frozenset[str] | frozenset[State]) -> str:
    return ", ".join(state for state in State if state in states)


def _who(transition: Transition) -> str:
    """Name the roles; the office, beside the unit, enters what the unit handed in on paper."""
    names = {Role.UNIT: "unit", Role.OFFICE: "office" if len(transition.roles) == 1 else "office for it"}
    return ", ".join(names[role] for role in (Role.UNIT, Role.OFFICE) if role in transition.roles)


_FOOT = """## Requests

A unit may ask for what only the office may do with its own part, or with a task that it leads
(`POST /v1/tasks/{id}/requests`), a leader for any. The office grants it, which makes the transition on the unit's
behalf, or refuses it with a reason.
"""


def main() -> int:
    """Run from the command line."""
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
