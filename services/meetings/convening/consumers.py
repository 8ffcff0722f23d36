"""What becomes of a meeting that is prepared when others change: members come and go, papers are handed in."""

from uuid import UUID

import structlog

from services.meetings.convening import operations, store
from services.meetings.convening.store import PaperNews
from shared.contracts.envelope import Event
from shared.contracts.registry import MembershipChanged
from shared.contracts.tasks import (
    ReportAccepted,
    ReportCorrected,
    ReportFact,
    ReportLocked,
    ReportOpened,
    ReportReopened,
    ReportRescheduled,
    ReportSentBack,
    ReportSubmitted,
    ReportWentOverdue,
    ReportWithdrawn,
)
from shared.postgres import Connection

log = structlog.get_logger(__name__)

_PAPERS = "meeting-paper"
"""Definition of the reports that tasks makes of papers."""

_STATES: dict[type[ReportFact], str] = {
    ReportOpened: "open",
    ReportSubmitted: "submitted",
    ReportCorrected: "submitted",
    ReportSentBack: "sent_back",
    ReportAccepted: "accepted",
    ReportLocked: "accepted",
    ReportReopened: "reopened",
    ReportRescheduled: "open",
    ReportWithdrawn: "withdrawn",
    ReportWentOverdue: "overdue",
}
REPORTS = tuple(_STATES)
"""What tasks tells of a report that changes where it stands."""


async def on_membership_changed(conn: Connection, event: Event) -> None:
    """Invite whoever is a member on the day of each meeting to come; the copy of the membership is written before."""
    seat: MembershipChanged = event.data
    for meeting in await store.list_meetings_to_invite(conn, seat.body, event.time):
        await operations.refresh_invitees(conn, meeting)


async def on_invitee_changed(conn: Connection, event: Event, code: str) -> None:
    """A unit or post is called otherwise, or is no more: so it is in each meeting to come; its copy is written before.

    A meeting that had this one among all its members loses it, though nobody told of the seat.
    """
    for meeting in await store.list_meetings_inviting(conn, code, event.time):
        await operations.refresh_invitees(conn, meeting)


async def on_plan_submitted(conn: Connection, event: Event) -> None:
    """Lay a plan on the table of meetings that have it on the agenda already; the copy of it is written before."""
    await store.table_plan(conn, event.data.plan_id)


async def on_report(conn: Connection, event: Event) -> None:
    """A paper's report went on; a report that is no paper is none of ours."""
    report: ReportFact = event.data
    paper_id = _paper_of(report)
    if paper_id is None:
        return
    submitted = report if isinstance(report, ReportSubmitted) else None
    news = PaperNews(
        paper_id=paper_id,
        report_id=report.report_id,
        version=event.aggregateversion,
        state=_STATES[type(report)],
        submitted_at=submitted.submitted_at if submitted else None,
        on_time=submitted.on_time if submitted else None,
        days_late=submitted.days_late if submitted else None,
        due_at=report.due_at,
    )
    await store.follow_paper(conn, news)


def _paper_of(report: ReportFact) -> UUID | None:
    """Return the paper that tasks expects as this report: its period reads `meeting/<meeting>/<paper>`."""
    if report.definition != _PAPERS:
        return None
    try:
        return UUID(report.period.rpartition("/")[2])
    except ValueError:
        log.warning("report of a paper names none", report_id=str(report.report_id), period=report.period)
        return None
