"""What callers send about obligations and what they are shown."""

from calendar import monthrange
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.meetings.convening.domain import AgendaItem
from services.meetings.convening.schemas import BodyCode, Slug
from services.meetings.obligations.domain import (
    STATE_NAMES,
    Obligation,
    ObligationRule,
    ObligationState,
    Requirement,
    RuleInForce,
    Window,
)
from shared.clock import Day
from shared.commands import CommandBody, Versioned
from shared.contracts.meetings import MeetingKind
from shared.errors import misfit
from shared.text import LongText, Title


class RuleContent(BaseModel):
    """What the mechanism obliges a body to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    body: BodyCode
    session: Slug = Field(description="Which session it is; a meeting names it when it is convened.")
    title: Title
    kinds: tuple[MeetingKind, ...] = Field((), max_length=3, description="Kinds of meetings that count; all if empty.")
    windows: tuple[Window, ...] = Field((), max_length=12, description="When in the year; none: as needed.")
    requirements: tuple[Requirement, ...] = Field((), max_length=20)
    source: Title = Field(description="Article of the mechanism, e.g. 永政办发〔2009〕106号 二.1.")
    since: Day | None = Field(None, description="From which day it is watched; the day of this command if left out.")

    @model_validator(mode="after")
    def _days_of_the_calendar(self) -> Self:
        for index, window in enumerate(self.windows):
            for end in ("first", "last"):
                if not _in_a_leap_year(getattr(window, end)):
                    raise misfit(f"windows.{index}.{end}", "is a day of no year", "month-day, e.g. 06-30")
        return self

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for name in ("windows", "requirements"):
            codes = [each.code for each in getattr(self, name)]
            for index, code in enumerate(codes):
                if code in codes[:index]:
                    raise misfit(f"{name}.{index}.code", f"{code} stands twice", "each code once")
        return self


def _in_a_leap_year(month_day: str) -> bool:
    month, day = (int(part) for part in month_day.split("-"))
    return day <= monthrange(2000, month)[1]


class SetRule(RuleContent, CommandBody):
    """Make or change an obligation rule; it holds for what is opened from now on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "body": "coordination-meeting",
                    "session": "mid_year",
                    "title": "年中听取成员单位服务业工作情况汇报",
                    "kinds": ["coordination"],
                    "windows": [{"code": "mid_year", "name": "年中", "first": "06-01", "last": "07-31"}],
                    "requirements": [{"code": "reports", "act": "hear", "text": "成员单位服务业工作情况汇报"}],
                    "source": "永政办发〔2009〕106号 二.2",
                }
            ]
        }
    )


class RetireRule(CommandBody):
    """Say that a rule obliges nobody any longer."""

    retired_on: Day | None = Field(None, description="First day on which it does not; today if left out.")


class OpenYear(CommandBody):
    """Open a year's obligations by hand, also those whose rule came later."""

    year: Annotated[int, Field(ge=1949, le=2199)]


class MatchMeeting(CommandBody):
    """Say which held meeting met the obligation."""

    meeting_id: UUID


class ReopenObligation(CommandBody):
    """Say that the meeting that was counted does not meet the obligation, or that withdrawing it was a mistake."""


class WithdrawObligation(CommandBody):
    """Say why a session is owed no longer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "机制调整：年中汇报改为每季度一次"}]})

    reason: LongText


class RuleView(Versioned):
    """An obligation rule."""

    code: str
    body: str
    session: str
    title: str
    kinds: tuple[str, ...]
    windows: tuple[Window, ...]
    requirements: tuple[Requirement, ...]
    source: str
    since: date
    retired_on: date | None

    @classmethod
    def of(cls, rule: ObligationRule) -> "RuleView":
        """Return the view of a rule."""
        return cls(**{name: getattr(rule, name) for name in RuleView.model_fields})


class StillOwed(BaseModel):
    """A session that is owed as an earlier version of its rule had it."""

    id: UUID
    rule_version: int
    year: int
    window: str
    window_from: date
    window_to: date
    state: ObligationState

    @classmethod
    def of(cls, obligation: Obligation) -> "StillOwed":
        """Return the view of what is still owed."""
        named = {name: getattr(obligation, name) for name in StillOwed.model_fields if name != "window"}
        return cls(**named, window=obligation.window_code)


class RuleDetail(RuleView):
    """An obligation rule, with what it does not change by itself."""

    earlier_obligations: tuple[StillOwed, ...] = Field(
        description="Still owed as an earlier version had it. Withdraw them (`POST /v1/obligations/{id}/withdraw`) and "
        "the year is opened again by this version, or not at all if it is retired."
    )

    @classmethod
    def with_earlier(cls, found: RuleInForce) -> "RuleDetail":
        """Return the view of a rule and of what is still owed by its earlier versions."""
        return cls(**dict(RuleView.of(found.rule)), earlier_obligations=tuple(map(StillOwed.of, found.earlier)))


class RequirementView(Requirement):
    """What the session must hear or decide, and the agenda item of the meeting that does."""

    covered: bool | None = Field(description="Null until a meeting is counted.")
    item: int | None = Field(description="Number of the agenda item, if the caller may see it.")


class ObligationView(Versioned):
    """One session owed in one window of one year."""

    id: UUID
    rule: str
    rule_version: int
    body: str
    session: str
    year: int
    window: str
    window_from: date
    window_to: date
    title: str
    source: str
    state: ObligationState
    state_name: str
    opened_at: datetime
    lapsed_at: datetime | None
    meeting_id: UUID | None
    held_on: date | None
    on_time: bool | None
    withdrawn_at: datetime | None
    withdraw_reason: str | None

    @classmethod
    def of(cls, obligation: Obligation) -> "ObligationView":
        """Return the view of an obligation."""
        return cls(**_members(obligation))


class ObligationDetail(ObligationView):
    """An obligation with what its meeting must hear and decide."""

    requirements: tuple[RequirementView, ...]

    @classmethod
    def with_agenda(cls, obligation: Obligation, agenda: list[AgendaItem], visible: set[int]) -> "ObligationDetail":
        """Return the view of an obligation and how the meeting's agenda covers it."""
        requirements = tuple(_requirement_view(each, obligation, agenda, visible) for each in obligation.requirements)
        return cls(**_members(obligation), requirements=requirements)


def _members(obligation: Obligation) -> dict[str, Any]:
    named = {name: getattr(obligation, name) for name in ObligationView.model_fields if name not in _DERIVED}
    return {**named, "window": obligation.window_code, "state_name": STATE_NAMES[obligation.state]}


_DERIVED = frozenset({"window", "state_name"})


def _requirement_view(
    requirement: Requirement, obligation: Obligation, agenda: list[AgendaItem], visible: set[int]
) -> RequirementView:
    item = requirement.covered_by(agenda)
    covered = None if obligation.meeting_id is None else item is not None
    number = item.number if item is not None and item.number in visible else None
    return RequirementView(**dict(requirement), covered=covered, item=number)
