"""Events of a division plan (分工方案); the key is the plan's id."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.payload import Digest, Payload


class PlanFact(Payload):
    """What every event of a division plan says of it. The aggregate is the plan."""

    plan_id: UUID
    year: int
    title: str = Field(min_length=1, max_length=200)
    edition: int = Field(1, ge=1, description="1 is the plan as first issued; each amendment is the next.")
    items: int = Field(ge=0, description="How many items the plan has.")


class PlanSubmitted(PlanFact):
    """A drafted plan waits for adoption by a meeting."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.plan-submitted.v1"

    content_digest: Digest | None = Field(
        None, description="SHA-256 of its title, text and items; a meeting's decision names what lay before it by this."
    )


class PlanWithdrawn(PlanFact):
    """A plan is a draft again and waits for no adoption: the office took it back, or a meeting rejected it."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.plan-withdrawn.v1"

    meeting_id: UUID | None = Field(None, description="The meeting that rejected it; none if the office took it back.")
    reason_digest: Digest | None = Field(None, description="SHA-256 of the office's reason.")


class PlanAdopted(PlanFact):
    """A meeting adopted the plan (永政办发〔2009〕106号 二.2)."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.plan-adopted.v1"

    adopted_on: date
    meeting_id: UUID | None = None
    conditional: bool = Field(default=False, description="Adopted in principle or with conditions.")


class PlanIssued(PlanFact):
    """The plan went out: all its tasks were assigned in one act, by the office or by the decision that adopted it."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.plan-issued.v1"

    document: str | None = None


class PlanNumbered(PlanFact):
    """A plan that a meeting's decision issued has the number of its document (发文字号)."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.plan-numbered.v1"

    document: str = Field(description="Number of the document, e.g. 永政办发〔2026〕4号.")


class PlanAmended(PlanFact):
    """An issued plan has a new edition; the earlier one is kept."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.plan-amended.v1"

    document: str | None = None
