"""What callers send at the meeting and what they are shown."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.meetings.convening.domain import Invitee
from services.meetings.convening.schemas import Part
from services.meetings.proceedings.domain import (
    ATTENDING_NAMES,
    Attendance,
    Attending,
    BodyRule,
    Quorum,
    QuorumState,
)
from shared.clock import Day
from shared.commands import CommandBody, Versioned
from shared.contracts.meetings import Decision
from shared.contracts.payload import UnitCode
from shared.errors import misfit
from shared.text import LongText, Title

Weight = Annotated[Decimal, Field(gt=0, le=1000, max_digits=8, decimal_places=4)]
Tag = Annotated[
    str, Field(pattern=r"^[^\s\x00-\x1f]{1,50}$", description="One word; assessment methods select tasks by it.")
]
PostCode = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=2, max_length=64, description="A post's code; no name."),
]
InviteeCode = Annotated[str, Field(min_length=2, max_length=64, description="Code of the unit, post or guest.")]


class AttendanceContent(Part):
    """How an invitee attended: present by whom, a stand-in, on leave with its reason, or absent."""

    attendance: Attending
    person: Title | None = Field(None, description="Who came; stays with the meeting and stands in no event.")
    person_post: Title | None = Field(None, description="The person's post, e.g. 副局长.")
    approved: bool | None = Field(None, description="Whether stand-in or leave is approved; the office says so.")
    approved_by: Title | None = Field(None, description="Who approved, e.g. 县府办.")
    reason: LongText | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.attendance in (Attending.PRESENT, Attending.STAND_IN) and self.person is None:
            raise misfit("person", f"is missing, but the invitee was {self.attendance}", "who came")
        if self.attendance is Attending.LEAVE and self.reason is None:
            raise misfit("reason", "is missing, but the invitee is on leave", "why it is on leave")
        if self.attendance in (Attending.LEAVE, Attending.ABSENT) and self.person is not None:
            raise misfit("person", f"came, but the invitee was {self.attendance}", "nobody, or present or stand_in")
        if self.attendance in (Attending.PRESENT, Attending.ABSENT):
            for name in ("approved", "approved_by"):
                if getattr(self, name) is not None:
                    raise misfit(name, f"is given with {self.attendance}", "nothing, or a stand_in or leave")
        return self


class RecordAttendance(AttendanceContent, CommandBody):
    """How one invitee attended, or announces that it will."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "attendance": "stand_in",
                    "person": "李四",
                    "person_post": "副局长",
                    "approved": True,
                    "reason": "出差",
                }
            ]
        }
    )


class AttendanceEntry(AttendanceContent):
    """One line of the attendance list."""

    code: InviteeCode


class RecordAttendanceList(CommandBody):
    """How several invitees attended."""

    records: tuple[AttendanceEntry, ...] = Field(min_length=1, max_length=300)


class TakeDecision(CommandBody):
    """What the meeting decided on an item."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"decision": "adopted_in_principle", "conditions": "按会议意见修改后以县政府名义印发"}]
        }
    )

    decision: Decision
    conditions: LongText | None = None


class MakeBodyRule(CommandBody):
    """How a body does things."""

    quorum_percent: int = Field(50, ge=0, le=100, description="Of its member units that are invited; 0: none needed.")
    due_working_days: int = Field(5, ge=1, le=250, description="Until a resolution without a due date is due.")
    minutes_name: Title = Field(description="Name of its minutes, e.g. 县服务业工作部门协调会议纪要.")


class ChargePart(Part):
    """One of several tasks that a resolution is."""

    title: Title
    lead_unit: UnitCode
    cooperating_units: tuple[UnitCode, ...] = Field((), max_length=100)
    due_on: Day | None = Field(None, description="That of the resolution if left out.")
    weight: Weight = Decimal(1)


class AdoptResolution(CommandBody):
    """Record a resolution of a held meeting: who does what by when."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "编制现代物流业发展规划",
                    "text": "由县发改局牵头，县交通局配合，三月底前提出初稿。",
                    "lead_unit": "330324-fgj",
                    "cooperating_units": ["330324-jtj"],
                    "due_on": "2026-03-31",
                    "weight": "2",
                    "tags": ["key-task"],
                    "leader_post": "330324-fgfxz",
                }
            ]
        }
    )

    title: Title
    text: LongText | None = None
    lead_unit: UnitCode
    cooperating_units: tuple[UnitCode, ...] = Field((), max_length=100)
    due_on: Day | None = Field(
        None,
        description="The county's day at whose end it is due. If left out: the last of its parts, if each names one, "
        "else five working days after the meeting.",
    )
    weight: Weight = Decimal(1)
    tags: tuple[Tag, ...] = Field((), max_length=20)
    leader_post: PostCode | None = Field(None, description="Post of the leader in charge.")
    item: int | None = Field(None, ge=1, le=1000, description="Number of the agenda item that it settles.")
    parts: tuple[ChargePart, ...] = Field((), max_length=20, description="If it is several tasks: at least two.")

    @model_validator(mode="after")
    def _several(self) -> Self:
        if len(self.parts) == 1:
            raise misfit("parts", "holds one; a single task needs none", "at least two, or none")
        return self


class QuorumView(BaseModel):
    """Whether enough member units attended."""

    state: QuorumState
    members: int
    required: int
    attending: int
    lost: bool = Field(description="Something was decided, and as attendance stands now there was no quorum for it.")

    @classmethod
    def of(cls, quorum: Quorum, *, decided: bool) -> "QuorumView":
        """Return the view of the quorum of a meeting that decided something or did not."""
        return cls(
            state=quorum.state,
            members=quorum.members,
            required=quorum.required,
            attending=quorum.attending,
            lost=decided and quorum.state is QuorumState.NOT_REACHED,
        )


class AttendanceLine(BaseModel):
    """An invitee and how it attended; persons only for those whom it concerns."""

    code: str
    name: str
    role: str
    attendance: Attending | None
    attendance_name: str | None
    person: str | None = None
    person_post: str | None = None
    approved: bool | None = None
    approved_by: str | None = None
    reason: str | None = None

    @classmethod
    def of(cls, invitee: Invitee, record: Attendance | None, *, persons: bool) -> "AttendanceLine":
        """Return the line of an invitee."""
        own: dict[str, Any] = {"code": invitee.code, "name": invitee.name, "role": invitee.role}
        if record is None:
            return cls(**own, attendance=None, attendance_name=None)
        shown = _PERSONAL if persons else ("approved",)
        return cls(
            **own,
            attendance=record.attendance,
            attendance_name=ATTENDING_NAMES[record.attendance],
            **{name: getattr(record, name) for name in shown},
        )


_PERSONAL = ("person", "person_post", "approved", "approved_by", "reason")


class AttendanceView(BaseModel):
    """The attendance list of a meeting."""

    meeting_id: UUID
    quorum: QuorumView
    lines: tuple[AttendanceLine, ...]


class BodyRuleView(Versioned):
    """How a body does things; version 0 is the usual way, for which nobody made a rule."""

    body: str
    quorum_percent: int
    due_working_days: int
    minutes_name: str

    @classmethod
    def of(cls, rule: BodyRule) -> "BodyRuleView":
        """Return the view of a rule."""
        return cls(**{name: getattr(rule, name) for name in BodyRuleView.model_fields})


class ResolutionPartView(BaseModel):
    """One of the tasks that a resolution is."""

    part: int
    title: str
    lead_unit: str
    cooperating_units: tuple[str, ...]
    due_on: date
    weight: Decimal
