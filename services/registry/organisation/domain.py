"""What follows from a change of organisation, and what it would leave open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.registry.coverage import Coverage, Severity

ChangeKind = Literal["merge", "split", "rename", "move", "retire"]
OpenKind = Literal["post", "duty", "partner", "membership", "portfolio", "office", "child", "register", "incumbency"]


@dataclass(frozen=True, slots=True)
class Open:
    """Something that hangs on a unit, post or sector on or after a day."""

    kind: OpenKind
    key: str
    part: str | None

    def __str__(self) -> str:
        """Return kind, key and part, e.g. membership coordination-meeting (member)."""
        return f"{self.kind} {self.key}" + (f" ({self.part})" if self.part else "")


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes of it: it goes `to` a unit, or ends (`to` None), or stays."""

    kind: OpenKind
    key: str
    part: str | None
    outcome: Literal["goes", "ends", "stays"]
    to: str | None
    remark: str


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that the change would leave open; whoever applies it confirms the code."""

    code: str
    severity: Severity
    remark: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change did, or would do."""

    dry_run: bool
    change: int | None
    effects: tuple[Effect, ...]
    warnings: tuple[Warned, ...]
    versions: dict[str, int]


@dataclass(frozen=True, slots=True)
class LineageEvent:
    """A change of organisation (W3C ORG ChangeEvent): which units became which."""

    id: UUID
    kind: ChangeKind
    effective_on: date
    document: str | None
    recorded_at: datetime
    original: Sequence[str]
    resulting: Sequence[str]


def new_findings(before: Coverage, after: Coverage) -> list[Warned]:
    """Return the gaps and overlaps that a change would make."""
    known = {(category, finding.code) for category, finding in before.all_findings()}
    return [
        Warned(f"{category}:{finding.code}", finding.severity, finding.remark)
        for category, finding in after.all_findings()
        if (category, finding.code) not in known
    ]
