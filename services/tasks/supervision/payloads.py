"""What supervision's events say of a part."""

from collections.abc import Callable, Sequence

from services.tasks.domain import Assignment, Task
from services.tasks.payloads import of_assignment
from services.tasks.supervision.domain import Occasion, Slip
from services.tasks.supervision.lights import DatedTarget
from shared.contracts import tasks as facts
from shared.contracts.payload import Payload
from shared.text import digest

OfPart = Callable[[Task, Assignment], Payload]


def reminded(occasion: Occasion) -> OfPart:
    """Say that the unit was reminded."""
    return lambda task, part: facts.AssignmentReminded(**of_assignment(task, part), occasion=occasion)


def issued(slip: Slip) -> OfPart:
    """Say that a slip went out."""
    return lambda task, part: facts.SlipIssued(
        **of_assignment(task, part), slip_id=slip.id, colour=slip.colour, answer_due_on=slip.answer_due_on
    )


def lapsed(slip: Slip) -> OfPart:
    """Say that a slip ended without an answer."""
    return lambda task, part: facts.SlipLapsed(
        **of_assignment(task, part),
        slip_id=slip.id,
        colour=slip.colour,
        outcome="settled" if slip.state == "settled" else "unanswered",
    )


def answered(slip: Slip, answer: str) -> OfPart:
    """Say that the unit answered a slip."""
    return lambda task, part: facts.SlipAnswered(
        **of_assignment(task, part),
        slip_id=slip.id,
        colour=slip.colour,
        on_time=bool(slip.on_time),
        answer_digest=digest(answer),
        answer_link=f"/v1/slips/{slip.id}",
    )


def targets_set(targets: Sequence[DatedTarget]) -> OfPart:
    """Say which dated targets a part has."""
    return lambda task, part: facts.AssignmentTargetsSet(
        **of_assignment(task, part),
        targets=tuple(facts.DatedTarget(due_on=each.due_on, percent=each.percent) for each in targets),
    )
