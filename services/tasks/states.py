"""The state machine of tasks and assignments, declared here and nowhere else.

Code, refusals (409), the diagram in docs/task-states.md (`python -m services.tasks.states_page`) and the tests follow
these tables. A task's state is derived from its assignments' (`domain.derive`), so a transition of the whole task is
that of the assignments it touches (永政办发〔2009〕106号 二.2: key tasks are divided, supervised, checked).
"""

from enum import StrEnum

from services.tasks.transitions import BEFORE, Transition, TransitionTable
from shared.auth import Role


class State(StrEnum):
    """States of an assignment; a task's derived state is one of them too, but never `reassigned`."""

    DRAFT = "draft"
    ASSIGNED = "assigned"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    COMPLETION_REQUESTED = "completion_requested"
    COMPLETED = "completed"
    CLOSED_OUT = "closed_out"
    BOUNCED = "bounced"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    REASSIGNED = "reassigned"


OPEN = frozenset({State.ASSIGNED, State.ACKNOWLEDGED, State.IN_PROGRESS})
"""States in which the unit still owes its part; a requested completion waits for the office, not for the unit."""

DONE = frozenset({State.COMPLETED, State.CLOSED_OUT})
"""States in which the office has accepted the part."""

GONE = frozenset({State.BOUNCED, State.REASSIGNED})
"""States in which a part is no longer its unit's."""

STATE_NAMES = {
    State.DRAFT: "草拟",
    State.ASSIGNED: "已交办",
    State.ACKNOWLEDGED: "已签收",
    State.IN_PROGRESS: "办理中",
    State.COMPLETION_REQUESTED: "申请办结",
    State.COMPLETED: "已办结",
    State.CLOSED_OUT: "已销号",
    State.BOUNCED: "已退回",
    State.SUSPENDED: "已中止",
    State.CANCELLED: "已撤销",
    State.REASSIGNED: "已改派",
}
"""What officials read."""

_OFFICE = frozenset({Role.OFFICE})
_UNIT = frozenset({Role.UNIT})
_UNIT_OR_OFFICE = _UNIT | _OFFICE
"""The office may enter what a unit handed in on paper; the history says on whose behalf."""

_WORKABLE = frozenset({State.ACKNOWLEDGED, State.IN_PROGRESS})
_LIVE = OPEN | {State.COMPLETION_REQUESTED}
_ENDED = frozenset({State.COMPLETED, State.CLOSED_OUT, State.CANCELLED})

ASSIGNMENT_TRANSITIONS = TransitionTable(
    Transition("acknowledge", frozenset({State.ASSIGNED}), State.ACKNOWLEDGED, _UNIT_OR_OFFICE, "签收"),
    Transition("progress", _WORKABLE, State.IN_PROGRESS, _UNIT_OR_OFFICE, "报告进展"),
    Transition("request-completion", _WORKABLE, State.COMPLETION_REQUESTED, _UNIT_OR_OFFICE, "申请办结"),
    Transition("complete", frozenset({State.COMPLETION_REQUESTED}), State.COMPLETED, _OFFICE, "办结"),
    Transition("send-back", frozenset({State.COMPLETION_REQUESTED}), State.IN_PROGRESS, _OFFICE, "驳回重办"),
    Transition("bounce", frozenset({State.ASSIGNED, State.ACKNOWLEDGED}), State.BOUNCED, _UNIT, "退回"),
    Transition("reassign", OPEN | {State.BOUNCED}, State.REASSIGNED, _OFFICE, "改派", requestable=True),
    Transition("reopen", DONE, State.IN_PROGRESS, _OFFICE, "重新办理", requestable=True),
    Transition("suspend", _LIVE, State.SUSPENDED, _OFFICE, "中止", requestable=True),
    Transition("resume", frozenset({State.SUSPENDED}), BEFORE, _OFFICE, "恢复", requestable=True),
)
"""Transitions of one unit's assignment; `resume` leads back to the state before the suspension."""

TASK_TRANSITIONS = TransitionTable(
    Transition("assign", frozenset({State.DRAFT}), State.ASSIGNED, _OFFICE, "交办"),
    Transition(
        "reopen",
        frozenset(State) - {State.DRAFT, State.ASSIGNED, State.ACKNOWLEDGED, State.CANCELLED, State.REASSIGNED},
        State.IN_PROGRESS,
        _OFFICE,
        "重新办理",
        requestable=True,
    ),
    Transition("suspend", _LIVE | {State.BOUNCED}, State.SUSPENDED, _OFFICE, "中止", requestable=True),
    Transition(
        "resume",
        _LIVE | {State.SUSPENDED, State.BOUNCED},
        BEFORE,
        _OFFICE,
        "恢复",
        requestable=True,
    ),
    Transition("close-out", frozenset({State.COMPLETED}), State.CLOSED_OUT, _OFFICE, "销号", requestable=True),
    Transition(
        "cancel",
        frozenset(State) - _ENDED - {State.DRAFT, State.REASSIGNED},
        State.CANCELLED,
        _OFFICE,
        "撤销",
        requestable=True,
    ),
)
"""Transitions of a whole task, by its derived state; `TOUCHED` says which assignments each of them moves."""

TOUCHED: dict[str, frozenset[State]] = {
    "assign": frozenset({State.DRAFT}),
    "reopen": DONE,
    "suspend": _LIVE,
    "resume": frozenset({State.SUSPENDED}),
    "close-out": frozenset({State.COMPLETED}),
    "cancel": frozenset(State) - {State.DRAFT, State.CANCELLED, State.REASSIGNED},
}
"""The states of the assignments that a transition of the whole task moves; where none is in one, it is impossible."""
