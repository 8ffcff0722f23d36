"""Events of the tasks service.

Aggregates: a task with all its assignments (key = task id), one expected report (key = report id), a division plan, a
problem, a major project.
An event that changes several assignments names each of them, so that no consumer needs an earlier event.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.payload import Digest, Link, Payload, UnitCode

Role = Literal["lead", "cooperating"]
SourceKind = Literal["resolution", "plan_item", "document", "instruction", "problem"]


class AssignmentPart(Payload):
    """A unit's share of a task."""

    unit: UnitCode
    role: Role
    due_on: date


class TaskFact(Payload):
    """What every event of a task says of it."""

    task_id: UUID
    title: str = Field(min_length=1, max_length=200, description="Short official subject, no names of persons.")
    source_kind: SourceKind
    source_id: str
    weight: Decimal = Field(gt=0)
    due_on: date
    tags: tuple[str, ...] = ()


class TaskWithAssignments(TaskFact):
    """A fact about the task and the assignments that it touches."""

    assignments: tuple[AssignmentPart, ...]


class TaskAssigned(TaskWithAssignments):
    """A task was given to its lead and cooperating units."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.task-assigned.v1"

    leader_post: str | None = None
    text_digest: Digest | None = None
    text_link: Link | None = None
    plan_id: UUID | None = None
    meeting_id: UUID | None = None


class TaskCompleted(TaskFact):
    """All that was needed is completed."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.task-completed.v1"

    done_at: AwareDatetime = Field(description="When the last needed assignment was done.")
    days_late: int = Field(ge=0)


class TaskReopened(TaskWithAssignments):
    """Completed assignments are open again; what they earned no longer stands."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.task-reopened.v1"

    reason_digest: Digest | None = None


class TaskCancelled(TaskWithAssignments):
    """The task is void: its assignments count neither as done nor as open."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.task-cancelled.v1"

    reason_digest: Digest | None = None


class AssignmentFact(TaskFact):
    """What every event of one unit's assignment says of it."""

    unit: UnitCode
    role: Role
    assignment_due_on: date


class AssignmentAcknowledged(AssignmentFact):
    """The unit took note of its assignment (签收)."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-acknowledged.v1"


class AssignmentBounced(AssignmentFact):
    """The unit gave the assignment back as not its own (退回); it does not count for it."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-bounced.v1"

    reason_digest: Digest | None = None


class AssignmentProgressed(AssignmentFact):
    """The unit reported progress."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-progressed.v1"

    percent: int = Field(ge=0, le=100)
    note_digest: Digest | None = None
    note_link: Link | None = None


class AssignmentCompletionRequested(AssignmentFact):
    """The unit says that it is done (申请办结)."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-completion-requested.v1"

    note_digest: Digest | None = None
    note_link: Link | None = None


class AssignmentSentBack(AssignmentFact):
    """The office did not accept the completion (驳回重办)."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-sent-back.v1"

    reason_digest: Digest | None = None
    reason_link: Link | None = None


class AssignmentCompleted(AssignmentFact):
    """The office accepted the completion; lateness ends with the unit's request, not with this."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-completed.v1"

    done_at: AwareDatetime = Field(description="When the accepted request was made.")
    days_late: int = Field(ge=0, description="Calendar days in the county after the due date.")


class AssignmentWentOverdue(AssignmentFact):
    """The due date ended without completion; `time` is that moment, whenever it was noticed."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-went-overdue.v1"


class ReportFact(Payload):
    """What every event of an expected report says of it."""

    report_id: UUID
    definition: str
    definition_version: int = Field(ge=1)
    unit: UnitCode
    period: str = Field(description="2026, 2026-H1, 2026-Q1 or 2026-01.")
    due_at: AwareDatetime


class ReportOpened(ReportFact):
    """A report is expected of a unit for a period."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-opened.v1"


class Observation(Payload):
    """One reported indicator value."""

    indicator: str
    value: Decimal
    unit_of_measure: str | None = None
    unit: UnitCode | None = Field(None, description="Unit that the value is of; absent: the reporting unit itself.")


ObservedUnits = Annotated[
    tuple[UnitCode, ...],
    Field(
        description="Units of which this version of the report or an earlier one told values, so that one event says "
        "whose values are void; empty: only the reporting unit's."
    ),
]


class ReportSubmitted(ReportFact):
    """The unit submitted its report."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-submitted.v1"

    submission: int = Field(ge=1, description="1 is the first; a submission after a send-back is the next.")
    submitted_at: AwareDatetime
    days_late: int = Field(ge=0)
    on_time: bool
    observations: tuple[Observation, ...] = ()
    observed_units: ObservedUnits = ()
    content_digest: Digest | None = Field(None, description="SHA-256 of all that was submitted, in canonical JSON.")
    content_link: Link | None = Field(None, description="Path at the owning service where it can be read.")


class ReportSentBack(ReportFact):
    """The office refused the submission with reasons."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-sent-back.v1"

    submission: int = Field(ge=1)
    observed_units: ObservedUnits = ()
    reason_digest: Digest | None = None
    reason_link: Link | None = None


class ReportAccepted(ReportFact):
    """The office accepted the submission."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-accepted.v1"

    submission: int = Field(ge=1)


class ReportWentOverdue(ReportFact):
    """The report was still missing when it fell due; `time` is that moment, whenever it was noticed."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-went-overdue.v1"


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


class TaskClosedOut(TaskFact):
    """A completed task was taken off the list (销号)."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.task-closed-out.v1"


class TaskSuspended(TaskWithAssignments):
    """Work on the task rests: meanwhile nothing of it goes overdue."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.task-suspended.v1"

    reason_digest: Digest | None = None


class TaskResumed(TaskWithAssignments):
    """Work goes on; the assignments' due dates are those of this event."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.task-resumed.v1"


class AssignmentExtended(AssignmentFact):
    """The due date was moved; `assignment_due_on` is the new one."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-extended.v1"

    previous_due_on: date
    extension: int = Field(ge=1, description="1 is the assignment's first extension.")
    basis_document: str | None = None


class AssignmentReassigned(AssignmentFact):
    """The assignment passed from one unit to another (after a bounce, or a change of organisation)."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-reassigned.v1"

    previous_unit: UnitCode
    cause: Literal["bounced", "reorganised", "decided"]
    absorbed: bool = Field(
        default=False, description="The unit took part already: its part goes on as it was, the previous unit's ends."
    )


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


class ReportCorrected(ReportFact):
    """A later version of a report that was submitted or accepted before; every version is kept."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-corrected.v1"

    submission: int = Field(ge=2)
    submitted_at: AwareDatetime
    observations: tuple[Observation, ...] = ()
    observed_units: ObservedUnits = ()
    content_digest: Digest | None = Field(None, description="SHA-256 of all that was submitted, in canonical JSON.")
    content_link: Link | None = Field(None, description="Path at the owning service where it can be read.")
    reason_digest: Digest | None = None
    reason_link: Link | None = None


class ReportLocked(ReportFact):
    """An accepted report is final: nothing of it changes until the office opens it again."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-locked.v1"

    submission: int = Field(ge=1)


class ReportReopened(ReportFact):
    """The office opened an accepted or locked report again, for a correction."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-reopened.v1"

    submission: int = Field(ge=1)
    was_locked: bool = Field(description="Whether it was final; otherwise it was only accepted.")
    reason_digest: Digest | None = None
    reason_link: Link | None = None


class ReportRescheduled(ReportFact):
    """The report falls due at another moment, `due_at`; one that was overdue is open again."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-rescheduled.v1"

    previous_due_at: AwareDatetime = Field(description="The due moment until now.")
    reason_digest: Digest | None = None
    reason_link: Link | None = None


class ReportWithdrawn(ReportFact):
    """The report is not expected any more (免报, or its meeting wants no paper); it counts neither way."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-withdrawn.v1"

    observed_units: ObservedUnits = ()
    reason_digest: Digest | None = None
    reason_link: Link | None = None


class ReportReminded(ReportFact):
    """The unit was reminded (催办) of a report that falls due soon, or was missing when it did."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-reminded.v1"

    occasion: Literal["before_due", "lapsed", "office"] = Field(description="What the reminder was given for.")


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


class ProjectPlanned(Payload):
    """A major project stands in a year's plan with this investment. The aggregate is the project."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.project-planned.v1"

    project_id: UUID = Field(description="Id of the project.")
    title: str = Field(min_length=1, max_length=200)
    unit: UnitCode
    year: int = Field(description="Year of the plan.")
    planned_in_year: Decimal = Field(description="Investment planned for the year, 10,000 yuan (万元).")
    total_investment: Decimal | None = Field(None, description="Of the whole project, 10,000 yuan (万元).")
    sectors: tuple[str, ...] = Field((), description="Codes of the sectors concerned.")


class ProjectProgressed(Payload):
    """A month's figures of a major project (重大项目). The aggregate is the project."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.project-progressed.v1"

    project_id: UUID = Field(description="Id of the project.")
    title: str = Field(min_length=1, max_length=200)
    unit: UnitCode
    month: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}$", description="The month that is stated.")
    invested: Decimal = Field(description="Completed in the month, 10,000 yuan (万元).")
    invested_to_date: Decimal = Field(description="From January up to this month.")
    planned_in_year: Decimal = Field(description="Investment planned for the year.")
    node: str | None = Field(None, description="Progress node reached.")
    completion_rate: Decimal | None = Field(None, description="Invested in the year to date, per cent of its plan.")
