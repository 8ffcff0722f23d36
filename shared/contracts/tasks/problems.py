"""Events of a problem that a unit raised; the key is the problem's id."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.payload import Digest, Link, Payload, UnitCode


class ProblemFact(Payload):
    """What every event of a problem (突出矛盾和问题) says of it. The aggregate is the problem."""

    problem_id: UUID = Field(description="Id of the problem.")
    title: str = Field(min_length=1, max_length=200)
    unit: UnitCode = Field(description="Who raised it.")
    sectors: tuple[str, ...] = Field((), description="Codes of the sectors concerned.")


class ProblemRaised(ProblemFact):
    """A unit brought a problem to the office."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.problem-raised.v1"

    text_digest: Digest | None = None
    text_link: Link | None = None


class ProblemEscalated(ProblemFact):
    """The office brings the problem to a special meeting."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.problem-escalated.v1"

    text_link: Link | None = None


class ProblemReturned(ProblemFact):
    """A meeting rejected what was proposed; the problem is with the office again."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.problem-returned.v1"

    meeting_id: UUID


class ProblemWithdrawn(ProblemFact):
    """Who raised the problem takes it back: it is settled or was none."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.problem-withdrawn.v1"

    reason_digest: Digest | None = None
    reason_link: Link | None = None


class ProblemResolved(ProblemFact):
    """The problem is settled, by a meeting's decision or by the office."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.problem-resolved.v1"

    meeting_id: UUID | None = None
    resolution_digest: Digest | None = Field(None, description="SHA-256 of what the office decided.")
    resolution_link: Link | None = Field(None, description="Where what was decided can be read.")
