"""What is shown of simulations."""

from datetime import datetime
from decimal import Decimal
from typing import Self

from pydantic import BaseModel, Field

from services.scoring.schemas import UnitName
from services.scoring.simulations.store import Simulation


class SimulatedPlace(BaseModel):
    """Rank, total and grade."""

    rank: int | None
    total: Decimal | None
    grade: str | None


class PlaceInForce(SimulatedPlace):
    """A place by the method with which the draft is compared."""

    method: str | None = None
    method_version: int | None = None


class DifferenceView(BaseModel):
    """A unit by both methods."""

    unit: UnitName
    in_force: PlaceInForce | None = Field(description="Null where the method in force does not assess the unit.")
    draft: SimulatedPlace | None = Field(description="Null where the draft assesses the unit no longer.")
    moved: int | None = Field(description="Ranks gained by the draft; negative: lost.")
    gained: Decimal | None = Field(description="Points gained by the draft.")


class SimulationView(BaseModel):
    """A simulation: `building`, then `simulated` or `failed`; `retired` once given up or replaced by newer ones."""

    simulation: int
    method: str
    method_version: int
    title: str
    state: str
    folded: int = Field(description="Records of the log folded so far.")
    to_fold: int
    failure: str | None = Field(description="Why the draft cannot be scored.")
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None
    differences: list[DifferenceView] | None = Field(description="Null until it has caught up, and in lists.")

    @classmethod
    def of(cls, simulation: Simulation) -> Self:
        """Show a simulation."""
        found = simulation.comparison
        return cls(
            simulation=simulation.id,
            method=simulation.method,
            method_version=simulation.method_version,
            title=simulation.title,
            state=simulation.state,
            folded=simulation.folded,
            to_fold=simulation.to_fold,
            failure=simulation.failure,
            requested_by=simulation.requested_by,
            requested_at=simulation.requested_at,
            finished_at=simulation.finished_at,
            differences=None if found is None else [DifferenceView.model_validate(each) for each in found],
        )
