"""Events by which a unit's assignment is supervised: reminders, slips (督办单), targets; the key is the task's id."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.payload import Digest, Link, Payload
from shared.contracts.tasks.assignments import AssignmentFact

SlipColour = Literal["blue", "yellow", "red"]


class SlipIssued(AssignmentFact):
    """A supervision slip (督办单) went to the unit; one matter has at most one open slip."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.slip-issued.v1"

    slip_id: UUID = Field(description="Id of the slip.")
    colour: SlipColour = Field(description="blue, yellow or red: each follows when the one before lapsed.")
    answer_due_on: date = Field(description="Last day on which an answer is in time.")


class SlipAnswered(AssignmentFact):
    """The unit answered a supervision slip."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.slip-answered.v1"

    slip_id: UUID = Field(description="Id of the slip.")
    colour: SlipColour = Field(description="blue, yellow or red: each follows when the one before lapsed.")
    on_time: bool
    answer_digest: Digest | None = Field(None, description="SHA-256 of the answer.")
    answer_link: Link | None = Field(None, description="Path at the owning service where the answer can be read.")


class SlipLapsed(AssignmentFact):
    """A supervision slip ended without an answer: the unit let its time pass, or settled the matter itself."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.slip-lapsed.v1"

    slip_id: UUID = Field(description="Id of the slip.")
    colour: SlipColour = Field(description="blue, yellow or red: each follows when the one before lapsed.")
    outcome: Literal["unanswered", "settled"] = Field(description="`settled`: nothing was owed any more.")


class DatedTarget(Payload):
    """How far along a unit's part is to be by the end of a day."""

    due_on: date
    percent: int = Field(ge=1, le=100)


class AssignmentTargetsSet(AssignmentFact):
    """The dated milestones or monthly targets of a unit's part; they replace those set before."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-targets-set.v1"

    targets: tuple[DatedTarget, ...] = Field(description="In the order of their days.")


class AssignmentReminded(AssignmentFact):
    """The unit was reminded (催办) of a part that falls due soon, or was still owed when it did."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-reminded.v1"

    occasion: Literal["before_due", "lapsed", "office"] = Field(description="What the reminder was given for.")
