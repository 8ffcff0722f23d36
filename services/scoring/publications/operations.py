"""Commands on publications and appeals, each in its caller's transaction; none commits."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from services.scoring import ledger, store
from services.scoring.domain import Generation, LedgerRow
from services.scoring.errors import (
    AppealNotFoundError,
    AppealStateError,
    MethodNotFoundError,
    PublicationNotFoundError,
    PublicationStateError,
)
from services.scoring.fold import Fold, Line
from services.scoring.method import Method, adopted_method
from services.scoring.publications import closing, counting, telling
from services.scoring.publications import store as kept
from services.scoring.publications.counting import Places, Shift
from services.scoring.publications.domain import Appeal, Decision, Publication
from services.scoring.publications.schemas import CloseAssessment, DecideAppeal, FileAppeal
from services.scoring.publications.sheets import ResultSheets
from services.scoring.publications.store import Closing, Filing, Publishing
from services.scoring.rules.panel import Unscored
from services.scoring.unscored import unscored
from shared import outbox
from shared.auth import Role
from shared.clock import county_date, end_of_county_day
from shared.commands import Act
from shared.contracts.envelope import Event
from shared.errors import ForbiddenError, invalid, unknown_code
from shared.postgres import Connection

MOST_LATE_LINES = 200
ISSUER = "县服务业工作部门协调会议办公室"
"""Who makes the methods and issues the results (永政办发〔2009〕106号 四)."""
APPEAL_DAYS = 7
"""Calendar days after the closing on which units may appeal, where the office states no last day."""


async def close(conn: Connection, act: Act, body: CloseAssessment) -> Publication:
    """Close an assessment: keep what the log has made so far, and let units appeal.

    It closes at the clock's instant, whenever the office says it was decided: what the log has now is what is counted,
    and units have their days to appeal.
    """
    act.principal.require(Role.OFFICE)
    await kept.lock_method(conn, body.method)
    generation = await _live(conn, body.method)
    method = generation.read_method()
    await closing.check_open(conn, generation, body)
    closing.check_over(method, act, body)
    until = _last_day(act, body)
    positions = await ledger.lock_all_positions(conn)
    await closing.check_counted(conn, generation)
    subjects, tallies = await store.subjects_of(conn, method), await store.all_tallies(conn, generation.id)
    await closing.check_entered(conn, method, unscored(method, [each.code for each in subjects], tallies), body)
    preliminary = counting.ranked(generation, method, subjects, tallies)
    kept_so = Closing(
        method.method, method.version, await kept.next_edition(conn, method.method, method.version),
        act.principal.subject, act.noted_at, until, body.reason,
        {f"{at.topic}/{at.number}": offset for at, offset in positions.items()},
        counting.kept(subjects, tallies, await kept.last_recorded(conn, generation.id)), preliminary,
    )  # fmt: skip
    closed = await kept.insert_publication(conn, kept_so)
    await outbox.append(conn, act.event(telling.closed_fact(closed), subject=str(closed.id), version=closed.version))
    return closed


async def file_appeal(conn: Connection, act: Act, publication_id: UUID, body: FileAppeal) -> Appeal:
    """Contest a preliminary result while the window is open."""
    act.principal.require(Role.UNIT, Role.OFFICE)
    if act.principal.role is Role.UNIT:
        act.principal.require_unit(body.unit)
    publication = await _locked(conn, publication_id)
    if not publication.window_is_open(act.noted_at):
        raise AppealStateError(
            f"the appeal window of this closing is shut: it is {publication.state}, "
            f"appeals were taken until {publication.appeal_until} 24:00"
        )
    act.require_not_before(publication.closed_at, "the closing")
    codes = [subject.code for subject in counting.subjects_in(publication.facts)]
    if body.unit not in codes:
        raise invalid("unit", f"{body.unit} was not assessed", unknown_code("unit", body.unit, codes).expected)
    await _check_criterion(conn, publication, body.criterion)
    filed = await kept.insert_appeal(
        conn,
        Filing(
            publication.id, publication.method, publication.method_version, body.unit, body.criterion, body.reason,
            act.principal.subject, act.occurred_at,
        ),
    )  # fmt: skip
    if filed is None:
        raise AppealStateError(f"{body.unit} has an undecided appeal on the same matter", allowed=["wait for it"])
    await outbox.append(conn, act.event(telling.filed_fact(filed), subject=str(filed.id), version=filed.version))
    return filed


async def decide_appeal(conn: Connection, act: Act, appeal_id: UUID, body: DecideAppeal) -> Appeal:
    """Decide an appeal; what it gives becomes evidence."""
    act.principal.require(Role.OFFICE)
    appeal = await _locked_appeal(conn, appeal_id)
    act.expect(appeal.version)
    if act.principal.subject == appeal.filed_by:
        raise ForbiddenError(f"filed by {appeal.filed_by}: a second person decides it")
    publication = await _locked(conn, appeal.publication)
    if appeal.state != "filed" or publication.state != "preliminary":
        raise AppealStateError(f"the appeal is {appeal.state}, the closing {publication.state}")
    act.require_not_before(appeal.filed_at, "the appeal was filed")
    criterion = body.criterion or appeal.criterion
    if body.points and criterion is None:
        raise invalid("criterion", "points count under a criterion, none is named", "code of a criterion")
    await _check_criterion(conn, publication, criterion)
    method = await _method_of(conn, publication)
    effective_on = max(method.assessed.start, min(publication.closed_on, method.assessed.end))
    decision = Decision(body.upheld, body.points, criterion, effective_on, body.reason)
    decided = await kept.end_appeal(conn, appeal.decided(decision, act.principal.subject, act.occurred_at))
    fact = telling.decision_fact(decided)
    await outbox.append(conn, act.event(fact, subject=str(decided.id), version=decided.version))
    return decided


async def withdraw_appeal(conn: Connection, act: Act, appeal_id: UUID, reason: str) -> Appeal:
    """Take an appeal back while it is not decided: the unit itself, or who filed it on the unit's paper."""
    act.principal.require(Role.UNIT, Role.OFFICE)
    appeal = await _locked_appeal(conn, appeal_id)
    if act.principal.role is Role.UNIT:
        act.principal.require_unit(appeal.unit)
    elif act.principal.subject != appeal.filed_by:
        raise ForbiddenError(f"filed by {appeal.filed_by}: the unit withdraws it, or who filed it on its paper")
    act.expect(appeal.version)
    if appeal.state != "filed":
        raise AppealStateError(f"the appeal is {appeal.state}")
    act.require_not_before(appeal.filed_at, "the appeal was filed")
    withdrawn = await kept.end_appeal(conn, appeal.withdrawn(act.principal.subject, act.occurred_at, reason))
    fact = telling.withdrawn_fact(withdrawn)
    await outbox.append(conn, act.event(fact, subject=str(withdrawn.id), version=withdrawn.version))
    return withdrawn


async def publish(conn: Connection, act: Act, publication_id: UUID, document: str | None) -> Publication:
    """Publish the result: what was counted at the closing, and what the appeals gave. It never changes again."""
    act.principal.require(Role.OFFICE)
    publication = await _locked(conn, publication_id)
    act.expect(publication.version)
    appeals = await kept.appeals_of(conn, publication.id)
    _check_ready(publication, appeals, act)
    act.require_not_before(end_of_county_day(publication.appeal_until), "the end of the appeal window")
    method = await _method_of(conn, publication)
    result = _result(publication, method, appeals)
    told = telling.rolled_up(publication, method, result)
    publishing = Publishing(
        publication.id, result, counting.digest_of(result), document, act.principal.subject, act.occurred_at,
        publication.version + 1 + len(told),
    )  # fmt: skip
    published = await kept.publish(conn, publishing)
    first = telling.published_fact(published)
    for version, fact in enumerate([first, *told], start=publication.version + 1):
        await outbox.append(conn, act.event(fact, subject=str(published.id), version=version))
    ordered = counting.below(method, await kept.results_before(conn, published))
    for order in telling.rectifications(published, method, ordered, county_date(act.occurred_at)):
        await outbox.append(conn, act.event(order, subject=str(order.order_id), version=1))
    return published


async def abandon(conn: Connection, act: Act, publication_id: UUID, reason: str) -> Publication:
    """Give a closing up; the assessment goes on as if it had not been closed."""
    act.principal.require(Role.OFFICE)
    publication = await _locked(conn, publication_id)
    act.expect(publication.version)
    if publication.state != "preliminary":
        raise PublicationStateError(f"the closing is {publication.state}")
    abandoned = await kept.abandon(conn, publication.id, reason, publication.version + 1)
    fact = telling.abandoned_fact(abandoned)
    await outbox.append(conn, act.event(fact, subject=str(abandoned.id), version=abandoned.version))
    return abandoned


async def late(conn: Connection, publication: Publication) -> tuple[list[Shift], list[LedgerRow]]:
    """Return what the log has brought since the closing would have changed, unit by unit, with its evidence."""
    method = await _method_of(conn, publication)
    live = next((each for each in await store.list_live_generations(conn) if each.method == publication.method), None)
    if live is None or live.method_version != publication.method_version:
        there = "none" if live is None else f"version {live.method_version}"
        raise MethodNotFoundError(
            f"version {publication.method_version} of {publication.method} is folded no longer; in force: {there}"
        )
    subjects, tallies = counting.subjects_in(publication.facts), await store.all_tallies(conn, live.id)
    now = counting.ranked(publication, method, subjects, tallies)
    found = counting.shifts(publication.result or publication.preliminary, now)
    units = [shift.unit["code"] for shift in found]
    since = counting.recorded_until(publication)
    return found, await kept.lines_recorded_since(conn, live.id, since, units, MOST_LATE_LINES)


async def missing_in(conn: Connection, publication: Publication) -> list[Unscored]:
    """Return whose scores were missing at the closing."""
    method, counted = await _method_of(conn, publication), publication.facts
    units = [subject.code for subject in counting.subjects_in(counted)]
    return unscored(method, units, counting.tallies_in(counted))


async def result_sheets(conn: Connection, publication: Publication) -> ResultSheets:
    """Return a publication as the sheets that an official hands on."""
    method = await _method_of(conn, publication)
    return ResultSheets(publication, method, await kept.appeals_of(conn, publication.id), ISSUER)


async def _live(conn: Connection, code: str) -> Generation:
    latest = await store.latest_method(conn, code)
    if latest is None:
        raise MethodNotFoundError(f"there is no method {code}")
    live = next((each for each in await store.list_live_generations(conn) if each.method == code), None)
    if live is None or live.method_version != latest.version:
        raise PublicationStateError(
            f"version {latest.version} of {code} is being folded and not in force yet", allowed=["close it later"]
        )
    return live


def _last_day(act: Act, body: CloseAssessment) -> date:
    today = county_date(act.noted_at)
    until = body.appeal_until or today + timedelta(days=APPEAL_DAYS)
    if until < today:
        raise invalid("appeal_until", f"{until} is before the closing", f"{today} or later")
    return until


async def _locked(conn: Connection, publication_id: UUID) -> Publication:
    publication = await kept.lock_publication(conn, publication_id)
    if publication is None:
        raise PublicationNotFoundError(f"there is no publication {publication_id}")
    return publication


async def _locked_appeal(conn: Connection, appeal_id: UUID) -> Appeal:
    appeal = await kept.lock_appeal(conn, appeal_id)
    if appeal is None:
        raise AppealNotFoundError(f"there is no appeal {appeal_id}")
    return appeal


async def _method_of(conn: Connection, publication: Publication) -> Method:
    adopted = await store.find_method(conn, publication.method, publication.method_version)
    if adopted is None:
        raise MethodNotFoundError(f"there is no method {publication.method} version {publication.method_version}")
    return adopted_method(adopted.body)


async def _check_criterion(conn: Connection, publication: Publication, code: str | None) -> None:
    codes = [criterion.code for criterion in (await _method_of(conn, publication)).criteria]
    if code is not None and code not in codes:
        raise invalid("criterion", f"{publication.method} has no criterion {code}", f"one of {', '.join(codes)}")


def _check_ready(publication: Publication, appeals: Sequence[Appeal], act: Act) -> None:
    if publication.state != "preliminary":
        raise PublicationStateError(f"the closing is {publication.state}")
    if publication.window_is_open(act.noted_at):
        raise PublicationStateError(
            f"units may appeal until {publication.appeal_until} 24:00", allowed=["publish after that", "abandon"]
        )
    undecided = [appeal for appeal in appeals if appeal.state == "filed"]
    if undecided:
        units = ", ".join(appeal.unit for appeal in undecided)
        raise PublicationStateError(f"appeals of {units} are not decided", allowed=["decide the appeals", "abandon"])


def _result(publication: Publication, method: Method, appeals: Sequence[Appeal]) -> Places:
    lines = [line for appeal in appeals if appeal.state == "upheld" for line in _lines(method, appeal)]
    tallies = counting.tallies_in(publication.facts, lines)
    return counting.ranked(publication, method, counting.subjects_in(publication.facts), tallies)


def _lines(method: Method, appeal: Appeal) -> list[Line]:
    """Return the evidence that a decided appeal is, as the stream makes it of its event."""
    if appeal.decided_at is None:
        return []
    event = Event.of(
        telling.decision_fact(appeal),
        subject=str(appeal.id),
        version=appeal.version,
        time=appeal.decided_at,
        correlation_id=str(appeal.publication),
    )
    return list(Fold.of(0, method).lines(event, appeal.decided_at))
