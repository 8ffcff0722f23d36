"""The copy of minutes that one reader may have: the only way by which what they say leaves the service.

Views, exports and events' links come here. Drafts are for those who read everything; published minutes for the units
they were published to, without the sections of items that are restricted to others (then the copy is an excerpt, 节录).
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.meetings import store as meetings
from services.meetings.convening import store as convening
from services.meetings.copies import store as known
from services.meetings.domain import Meeting, Resolution, ResolutionPart
from services.meetings.minutes import store
from services.meetings.minutes.domain import (
    Content,
    Difference,
    Edition,
    Minutes,
    MinutesState,
    chinese_ordinal,
    differences,
)
from services.meetings.minutes.errors import EditionNotFoundError, MinutesNotForYouError, MinutesNotFoundError
from services.meetings.proceedings import operations as proceedings
from services.meetings.readers import EVERYTHING
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class MinutesCopy:
    """Minutes as one reader may have them, with everything that a printed copy shows.

    `name` is the mark of the series (版头, e.g. 县服务业工作部门协调会议纪要), `number` e.g. 〔2026〕1号 or None before
    signing, `excerpt` whether sections are left out of this copy. What was corrected in words of the office
    (`change_note`) may tell of any section, so it is for those who see all that changed; others see `changes`.
    """

    meeting: Meeting
    minutes: Minutes
    edition: int
    newest_edition: int
    name: str
    number: str | None
    content: Content
    excerpt: bool
    digest: str
    signed_on: date | None
    signer: str | None
    signer_post: str | None
    published_at: datetime | None
    change_note: str | None
    changes: tuple[Difference, ...]
    recipients: tuple[str, ...]
    recipient_names: tuple[str, ...]

    @property
    def headings(self) -> tuple[str, ...]:
        """Return the headings of the sections, numbered 一、二、三 as this copy has them."""
        return tuple(
            f"{chinese_ordinal(place)}、{section.heading}"
            for place, section in enumerate(self.content.sections, start=1)
        )


async def minutes_copy(conn: Connection, meeting_id: UUID, reader: str, edition: int | None = None) -> MinutesCopy:
    """Return the reader's copy of an edition, the newest if none is named.

    Raises:
        MeetingNotFoundError, MinutesNotFoundError, EditionNotFoundError: there is none, or none yet for this reader.
        MinutesNotForYouError: they were published to others.
    """
    meeting = await meetings.find_meeting(conn, meeting_id)
    minutes = await store.find_minutes(conn, meeting_id)
    recipients = await store.list_recipients(conn, meeting_id)
    _require_reader(minutes, recipients, reader)
    editions = {each.edition: each for each in await store.list_editions(conn, meeting_id)}
    chosen = editions.get(minutes.edition if edition is None else edition)
    if chosen is None:
        raise EditionNotFoundError(edition or 0, minutes.edition)
    hidden = await store.hidden_items(conn, meeting_id, reader)
    before = editions.get(chosen.edition - 1)
    units = await known.list_units(conn, meeting.day)
    rule = await proceedings.rule_of(conn, meeting.body)
    content = chosen.content.without(hidden)
    changes = _changes(before, content, hidden)
    whole = changes == _changes(before, chosen.content, frozenset())
    if hidden:
        secret = {*await units_concerned(conn, meeting, EVERYTHING)} - {*await units_concerned(conn, meeting, reader)}
        recipients = [unit for unit in recipients if unit not in secret]
    return MinutesCopy(
        meeting=meeting,
        minutes=minutes,
        edition=chosen.edition,
        newest_edition=minutes.edition,
        name=rule.minutes_name,
        number=minutes.official_number,
        content=content,
        excerpt=content != chosen.content,
        digest=chosen.digest,
        signed_on=chosen.signed_on,
        signer=chosen.signer,
        signer_post=chosen.signer_post,
        published_at=minutes.published_at,
        change_note=chosen.change_note if whole else None,
        changes=changes,
        recipients=tuple(recipients),
        recipient_names=tuple(units[code].name if code in units else code for code in recipients),
    )


async def units_concerned(conn: Connection, meeting: Meeting, reader: str) -> list[str]:
    """Return who was invited, reports, is charged, or may see a restricted item, as far as the reader may know."""
    resolutions = await meetings.list_resolutions_of_meeting(conn, meeting.id, reader)
    parts = await meetings.list_parts(conn, [resolution.id for resolution in resolutions])
    charges: list[Resolution | ResolutionPart] = [*resolutions, *(part for each in parts.values() for part in each)]
    units = [each.code for each in await convening.list_invitees(conn, meeting.id) if each.kind == "unit"]
    for item in await convening.list_items(conn, meeting.id, reader):
        units += [*item.presenter_units, *item.visible_to]
    for charge in charges:
        units += [charge.lead_unit, *charge.cooperating_units]
    return list(dict.fromkeys(units))


def _require_reader(minutes: Minutes, recipients: list[str], reader: str) -> None:
    if reader == EVERYTHING:
        return
    if minutes.state is not MinutesState.PUBLISHED:
        raise MinutesNotFoundError
    if reader not in recipients:
        raise MinutesNotForYouError


def _changes(before: Edition | None, content: Content, hidden: frozenset[int]) -> tuple[Difference, ...]:
    if before is None:
        return ()
    return tuple(differences(before.content.without(hidden), content))
