"""One problem under change: steps of its state machine, each with its event and its line of history. No I/O."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.tasks.problems.domain import PROBLEM_TRANSITIONS, Problem, ProblemEntry
from shared.commands import Act
from shared.contracts import tasks as facts
from shared.contracts.envelope import Event
from shared.contracts.payload import Payload
from shared.text import digest


class ProblemChange:
    """What an act makes of a problem: the problem as it becomes, the events that say so, the history."""

    def __init__(self, problem: Problem, act: Act) -> None:
        """Begin with the problem as it is."""
        self.problem = problem
        self.act = act
        self.events: list[Event] = []
        self.entries: list[ProblemEntry] = []

    def raise_(self) -> None:
        """State that the (new) problem was brought to the office."""
        self._emit(
            facts.ProblemRaised(**self._fact(), text_digest=digest(self.problem.text), text_link=self._link),
            "raise",
            None,
        )

    def escalate(self, note: str | None) -> None:
        """Bring the problem to a special meeting."""
        self._move("escalate", lambda problem: problem.escalated(self.act.occurred_at))
        self._emit(facts.ProblemEscalated(**self._fact(), text_link=self._link), "escalate", note)

    def resolve(self, resolution: str | None, meeting: UUID | None = None, link: str | None = None) -> None:
        """Settle the problem: by the office's word, or by a meeting's decision that is read under its link."""
        self._move("resolve", lambda problem: problem.resolved(self.act.occurred_at, resolution, meeting, link))
        self._emit(
            facts.ProblemResolved(
                **self._fact(),
                meeting_id=meeting,
                resolution_digest=None if resolution is None else digest(resolution),
                resolution_link=link or (self._link if resolution else None),
            ),
            "resolve",
            resolution,
        )

    def return_(self, meeting: UUID) -> None:
        """Give the problem back to the office, because a meeting rejected what was proposed."""
        self._move("return", lambda problem: problem.returned())
        self._emit(facts.ProblemReturned(**self._fact(), meeting_id=meeting), "return", None)

    def withdraw(self, reason: str) -> None:
        """Take the problem back."""
        self._move("withdraw", lambda problem: problem.withdrawn(self.act.occurred_at))
        self._emit(
            facts.ProblemWithdrawn(**self._fact(), reason_digest=digest(reason), reason_link=self._link),
            "withdraw",
            reason,
        )

    def note_decision(self, decision: str) -> None:
        """Keep what a meeting decided on it."""
        self.problem = replace(self.problem, last_decision=decision)

    def note_second_task(self, task_id: UUID) -> None:
        """Note that a resolution made a task too; which of both goes on, the office decides."""
        note = f"a resolution made /v1/tasks/{task_id} too, beside /v1/tasks/{self.problem.task_id}: cancel one of them"
        self._before = self.problem.state
        self._enter("second-task", note)

    def _move(self, name: str, move: Callable[[Problem], Problem]) -> None:
        state, role = self.problem.state, self.act.principal.role
        PROBLEM_TRANSITIONS.check("the problem", name, state, role)
        self.act.require_not_before(self.problem.raised_at, "the problem was raised")
        self._before = state
        self.problem = move(self.problem)

    _before: str | None = None

    def _emit(self, payload: Payload, name: str, note: str | None) -> None:
        self.problem = replace(self.problem, version=self.problem.version + 1)
        event = self.act.event(payload, subject=str(self.problem.id), version=self.problem.version)
        self.events.append(event)
        self._enter(name, note)

    def _enter(self, name: str, note: str | None) -> None:
        who = self.act.principal
        self.entries.append(
            ProblemEntry(
                self.problem.id,
                self.problem.version,
                name,
                self._before,
                self.problem.state,
                self.act.occurred_at,
                who.subject,
                who.role,
                who.unit,
                note,
            )
        )

    @property
    def _link(self) -> str:
        return f"/v1/problems/{self.problem.id}"

    def _fact(self) -> dict[str, Any]:
        problem = self.problem
        return {
            "problem_id": problem.id,
            "title": problem.title,
            "unit": problem.unit,
            "sectors": problem.sectors,
        }
