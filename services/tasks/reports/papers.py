"""A meeting's papers are reports of the definition `meeting-paper`: one per paper that was asked for."""

from services.tasks.reports import store
from services.tasks.reports.calendar.openings import expect_of
from services.tasks.reports.changes import ReportChange
from services.tasks.reports.domain import Expected, ReportState
from shared.commands import Act
from shared.contracts.envelope import Event
from shared.contracts.meetings import PaperRequested
from shared.postgres import Connection

DEFINITION = "meeting-paper"


def paper_period(paper: PaperRequested) -> str:
    """Return what stands for the period: the meeting and its paper."""
    return f"meeting/{paper.meeting_id}/{paper.paper_id}"


async def on_paper_requested(conn: Connection, event: Event) -> None:
    """Expect a paper of a unit, once; asked for again with another due moment it moves, withdrawn it is let go.

    A paper that is heard of as withdrawn first, in disorder, is kept as a report that is not expected.
    """
    paper: PaperRequested = event.data
    act = Act.because_of(event, "tasks")
    definition = await store.find_definition(conn, DEFINITION)
    if definition is None:
        raise LookupError(f"the definition {DEFINITION} is missing; migrations make it")
    expected = Expected(
        DEFINITION,
        definition.version,
        paper_period(paper),
        paper.due_at,
        act.correlation_id,
        act.occurred_at,
        title=paper.title,
        source_id=str(paper.paper_id),
    )
    await expect_of(conn, act, expected, [paper.unit])
    await _follow(conn, act, paper, event.aggregateversion)


HANDLERS = {PaperRequested.event_type: on_paper_requested}


async def _follow(conn: Connection, act: Act, paper: PaperRequested, version: int) -> None:
    report = await store.lock_report_of_source(conn, str(paper.paper_id))
    if report is None or not await store.note_source(conn, str(paper.paper_id), version):
        return
    change = ReportChange(report, act)
    missing = report.state in {ReportState.OPEN, ReportState.OVERDUE}
    if paper.withdrawn and missing:
        change.withdraw(None)
    elif missing and not paper.withdrawn and paper.due_at != report.due_at:
        change.reschedule(paper.due_at, None)
    if change.events:
        await store.save_changes(conn, [change])
