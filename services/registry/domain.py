"""The facts of the registry as frozen rows, and what can be said of them without looking anything up.

Rows that name the same fact with the same content are equal, whatever id or place the database gave them: this is
how the seed knows what is there already.
"""

import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal, Self, get_args

UnitKind = Literal["department", "township", "association", "institution", "leading_office", "vertical", "external"]
Role = Literal["convener", "deputy_convener", "assistant_convener", "member", "office"]
SectorKind = Literal["sector", "theme"]
DutyKind = Literal[
    "comprehensive_coordination",
    "planning",
    "guide_coordinate",
    "organise",
    "lead_implementation",
    "supervise",
    "policy",
    "statistics",
    "monitor_analyse",
    "recognise",
    "recommend",
    "promote",
    "catalogue",
    "office",
    "assess",
]

MEETING = "coordination-meeting"
"""县服务业工作部门协调会议, whose members the document names (二.2)."""

ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Named:
    """A code and what it is called in Chinese."""

    code: str
    name: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a role or a duty: a unit, or a post of some unit (`of_unit`)."""

    unit: str | None = None
    post: str | None = None
    name: str = field(default="", compare=False)
    of_unit: Named | None = field(default=None, compare=False)

    @property
    def code(self) -> str:
        """Return the code of the unit or post."""
        return self.unit or self.post or ""

    @property
    def acting_unit(self) -> Named:
        """Return the unit itself, or the one that the post belongs to."""
        return self.of_unit or Named(self.code, self.name)


@dataclass(frozen=True, slots=True)
class Days:
    """An interval of days: from `first` up to, not including, `end`; without `end` it is open."""

    first: date
    end: date | None = None

    def __str__(self) -> str:
        """Return the interval in words, e.g. `from 2009-07-06 on`."""
        return days(self.first, self.end)

    def overlaps(self, other: "Days") -> bool:
        """Say whether they have a day in common."""
        return (self.end is None or other.first < self.end) and (other.end is None or self.first < other.end)

    def common(self, other: "Days") -> "Days | None":
        """Return the days that both have; None if there are none."""
        since = self.since(other.first)
        return since if since is None or other.end is None else since.before(other.end)

    def before(self, day: date) -> "Days | None":
        """Return the part before a day; None if there is none."""
        if self.first >= day:
            return None
        return self if self.end is not None and self.end <= day else Days(self.first, day)

    def since(self, day: date | None) -> "Days | None":
        """Return the part from a day on; None if there is none, or no day."""
        if day is None or (self.end is not None and self.end <= day):
            return None
        return self if self.first >= day else Days(day, self.end)


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """The day asked about, and the instant as of which the answer was known (None: now)."""

    day: date
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What each row with valid time has: its first day, the day before which it ends, its place in lists.

    `position` 0 is a place not given yet; what continues a fact keeps its place. `entry` is the row's own key.
    """

    valid_from: date
    valid_to: date | None = field(default=None, compare=False)
    position: int = field(default=0, compare=False)
    entry: int = field(default=0, compare=False)

    @property
    def days(self) -> "Days":
        """Return its days."""
        return Days(self.valid_from, self.valid_to)

    def holds_on(self, day: date) -> bool:
        """Say whether it holds on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def on(self, days: "Days") -> Self:
        """Return the same fact on other days."""
        return replace(self, valid_from=days.first, valid_to=days.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An official document; `written_on` is 成文, `printed_on` is 印发."""

    number: str
    title: str
    issuer: str
    written_on: date
    printed_on: date | None = None
    addressees: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    subject_words: tuple[str, ...] = ()
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit(Fact):
    """A unit under the names it has in these days."""

    code: str
    name: str
    short_name: str
    aliases: tuple[str, ...] = ()
    kind: UnitKind
    parent: str | None = None
    social_credit_code: str | None = None
    note: str | None = None
    document: str | None = None
    version: int = field(default=0, compare=False)

    @property
    def spoken_names(self) -> tuple[str, ...]:
        """Return every name by which the unit is called, each once."""
        return tuple(dict.fromkeys((self.name, self.short_name, *self.aliases)))

    @property
    def compared_names(self) -> tuple[str, ...]:
        """Return these names in the form in which names are compared, each once."""
        return tuple(dict.fromkeys(compared(name) for name in self.spoken_names))


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio(Fact):
    """What a post is in charge of (归口、分管); no sectors or units where the document lists none."""

    post: str
    scope: str
    source: str
    document: str | None = field(default=None, compare=False)
    sectors: tuple[Named, ...] = ()
    units: tuple[Named, ...] = ()
    id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(Fact):
    """A post (职务) of a unit, not the person in it."""

    code: str
    title: str
    unit: Named


@dataclass(frozen=True, slots=True, kw_only=True)
class Incumbency(Fact):
    """Who is in a post. Names of persons stay in the registry."""

    post: str
    person: str
    document: str | None = None
    id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body(Fact):
    """A meeting or federation; `office_unit` does its daily work."""

    code: str
    name: str
    office_unit: Named | None = None
    note: str | None = None
    source: str | None = None
    version: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation(Fact):
    """What a body owes in a year: sessions of a kind, with what it hears and decides, in the document's words."""

    body: str
    kind: str
    times_per_year: int | None
    windows: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()
    decides: tuple[str, ...] = ()
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership(Fact):
    """A role in a body, its holder, and the document that gave it."""

    body: str
    role: Role
    holder: Holder
    document: str | None = None
    source: str | None = None
    id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sector(Fact):
    """A sector (行业) or theme (事项); `within` is the wider one that its words show it to be part of."""

    code: str
    name: str
    kind: SectorKind
    within: str | None = None
    gbt4754_class: str | None = None
    gbt4754_edition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One clause of a duty: a kind of duty, for some sectors or themes, together with some units."""

    kind: DutyKind
    text: str
    objects: tuple[Named, ...] = ()
    partners: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty(Fact):
    """A duty item, word for word, cut into clauses."""

    code: str
    article: str
    number: int
    holder: Holder
    text: str
    source: str
    document: str
    clauses: tuple[Clause, ...]
    aggregate: str = field(default="", compare=False)
    id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyFilter:
    """Which duties are asked for; `unit` holds them itself or by a post, `sector` and `kind` are of one clause.

    `text` must stand in the item's words.
    """

    code: str | None = None
    unit: str | None = None
    sector: str | None = None
    kind: DutyKind | None = None
    text: str | None = None


def compared(name: str) -> str:
    """Return the form in which names are compared: full-width or half-width, upper or lower case make no difference."""
    return unicodedata.normalize("NFKC", name).lower()


def with_version(unit: Unit, version: int) -> Unit:
    """Return the unit as it stands after the event of this version."""
    return replace(unit, version=version)


def days(valid_from: date, valid_to: date | None) -> str:
    """Return an interval in words, e.g. `from 2009-07-06 on`."""
    return f"from {valid_from} on" if valid_to is None else f"from {valid_from} up to, not including, {valid_to}"
