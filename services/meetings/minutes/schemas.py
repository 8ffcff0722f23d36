"""What callers send about minutes and what they are shown."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.meetings.minutes.copies import MinutesCopy
from services.meetings.minutes.domain import (
    MINUTES_STATE_NAMES,
    Content,
    Edition,
    MinutesState,
    Passage,
    Section,
    excerpt,
)
from services.meetings.minutes.store import Listed
from shared.clock import Day
from shared.commands import CommandBody, Versioned
from shared.contracts.payload import UnitCode
from shared.text import LongText, Title


class DraftMinutes(CommandBody):
    """Write the draft afresh from agenda, attendance, decisions and resolutions."""


class EditMinutes(Content, CommandBody):
    """Put the draft into words of one's own; a reviewed draft must be reviewed again."""


class ReviewMinutes(CommandBody):
    """The draft is checked (核稿) and may be signed."""

    reviewer: Title | None = Field(None, description="Who checked it.")


class SignMinutes(CommandBody):
    """The minutes are signed (签发) and get their number."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"signer": "张三", "signer_post": "县长", "signed_on": "2026-01-16"}]}
    )

    signer: Title = Field(description="Who signed; stays in the minutes and stands in no event.")
    signer_post: Title | None = None
    signed_on: Day | None = Field(None, description="The county's day; today if left out. Its year is the number's.")
    despite_gaps: bool = Field(default=False, description="Sign although something is missing.")


class PublishMinutes(CommandBody):
    """The minutes go to the units concerned."""

    more_units: tuple[UnitCode, ...] = Field(
        (), max_length=300, description="Besides those that were invited, reported or are charged."
    )


class CorrectMinutes(Content, CommandBody):
    """Correct published minutes: a new edition, signed again; the earlier ones are kept."""

    change_note: LongText = Field(description="What changed and why.")
    signer: Title
    signer_post: Title | None = None


class DifferenceView(BaseModel):
    """One part that reads otherwise than in the edition before."""

    part: str
    before: str | None
    after: str | None


class MinutesView(Versioned):
    """Minutes as the caller may have them."""

    meeting_id: UUID
    state: MinutesState
    state_name: str
    number: str | None
    name: str
    edition: int
    newest_edition: int
    title: str
    opening: str
    sections: tuple[Section, ...] = Field(description="As they are edited; `headings` numbers them.")
    headings: tuple[str, ...] = Field(description="The sections' headings as this copy numbers them: 一、二、三.")
    closing: str | None
    present: tuple[str, ...]
    leave: tuple[str, ...]
    absent: tuple[str, ...]
    observers: tuple[str, ...]
    copies_to: tuple[str, ...]
    printed_by: str
    excerpt: bool = Field(description="Whether sections that are restricted to others are left out.")
    digest: str = Field(description="SHA-256 of the whole edition, as the event says.")
    signed_on: date | None
    signer: str | None
    signer_post: str | None
    published_at: datetime | None
    recipients: tuple[str, ...]
    change_note: str | None
    changes: tuple[DifferenceView, ...] = Field(description="What reads otherwise than in the edition before.")
    gaps: tuple[str, ...] = Field((), description="What is missing before they should be signed.")

    @classmethod
    def of(cls, copy: MinutesCopy, gaps: tuple[str, ...] = ()) -> "MinutesView":
        """Return the view of a copy."""
        own = {name: getattr(copy, name) for name in _OF_COPY}
        content = {name: getattr(copy.content, name) for name in _OF_CONTENT}
        return cls(
            **own,
            **content,
            version=copy.minutes.version,
            meeting_id=copy.meeting.id,
            state=copy.minutes.state,
            state_name=MINUTES_STATE_NAMES[copy.minutes.state],
            sections=copy.content.sections,
            changes=tuple(DifferenceView(part=d.part, before=d.before, after=d.after) for d in copy.changes),
            gaps=gaps,
        )


_OF_COPY = (
    "headings",
    "number",
    "name",
    "edition",
    "newest_edition",
    "excerpt",
    "digest",
    "signed_on",
    "signer",
    "signer_post",
    "published_at",
    "recipients",
    "change_note",
)
_OF_CONTENT = (
    "title",
    "opening",
    "closing",
    "present",
    "leave",
    "absent",
    "observers",
    "copies_to",
    "printed_by",
)


class EditionView(BaseModel):
    """One edition in the list of them."""

    edition: int
    signed_on: date | None
    signer: str | None
    signer_post: str | None
    change_note: str | None
    digest: str
    made_at: datetime

    @classmethod
    def of(cls, edition: Edition) -> "EditionView":
        """Return the view of an edition."""
        return cls(**{name: getattr(edition, name) for name in EditionView.model_fields})


class HitView(BaseModel):
    """A passage that holds one of the words."""

    item: int | None
    text: str = Field(description="What stands around the first of the words, with … where it goes on.")

    @classmethod
    def of(cls, passage: Passage, words: Sequence[str]) -> "HitView":
        """Return the view of a passage in which words were found."""
        return cls(item=passage.item_number, text=excerpt(passage.text, words))


class ListedView(BaseModel):
    """Minutes in a list, with the passages that were found."""

    meeting_id: UUID
    body: str
    title: str
    state: MinutesState
    number: str | None
    edition: int
    signed_on: date | None
    hits: tuple[HitView, ...] = ()

    @classmethod
    def of(cls, listed: Listed, hits: Sequence[Passage], words: Sequence[str]) -> "ListedView":
        """Return the view of listed minutes in whose passages words were found."""
        minutes = listed.minutes
        return cls(
            meeting_id=minutes.meeting_id,
            body=minutes.body,
            title=listed.title,
            state=minutes.state,
            number=minutes.official_number,
            edition=minutes.edition,
            signed_on=minutes.signed_on,
            hits=tuple(HitView.of(hit, words) for hit in hits),
        )
