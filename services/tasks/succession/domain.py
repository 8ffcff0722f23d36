"""What became of a unit, as the registry told. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time

from services.tasks.domain import Basis, Words
from shared.clock import COUNTY_ZONE


@dataclass(frozen=True, slots=True)
class Succession:
    """What became of a unit: who takes its open work, whether it ends, from when on, by which document."""

    unit: str
    version: int
    open_work_to: str | None
    ends: bool
    effective_on: date
    document: str | None
    told_at: datetime
    correlation_id: str
    causation_id: str | None
    handed_over_at: datetime | None = None

    @property
    def effective_at(self) -> datetime:
        """Return the instant at which it takes effect, or at which it was told, if that is later."""
        begins = datetime.combine(self.effective_on, time(), COUNTY_ZONE)
        return max(begins, self.told_at)

    @property
    def words(self) -> Words:
        """Return what the history says of the handover."""
        basis = None if self.document is None else Basis("document", self.document)
        return Words(reason=f"机构调整：自{self.effective_on.isoformat()}起", basis=basis)
