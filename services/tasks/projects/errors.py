"""Refusals of major projects."""

from collections.abc import Sequence
from uuid import UUID

from services.tasks.projects.domain import MonthStatement
from shared.clock import COUNTY_ZONE
from shared.errors import ConflictError, NotFoundError


class ProjectNotFoundError(NotFoundError):
    """No project has this id."""

    code = "project-not-found"

    def __init__(self, project_id: UUID) -> None:
        """Name the id."""
        super().__init__(f"there is no project {project_id}")


class ProjectExistsError(ConflictError):
    """A project has this code already."""

    code = "project-exists"

    def __init__(self, code: str) -> None:
        """Name the code."""
        super().__init__(f"project {code} exists already; choose another code, or plan another year of it", ("plan",))


class YearNotPlannedError(ConflictError):
    """The project stands in no plan of this year."""

    code = "year-not-planned"

    def __init__(self, title: str, year: int, planned: Sequence[int]) -> None:
        """Name the project and the years in which it is planned."""
        years = ", ".join(map(str, planned)) or "none"
        super().__init__(f"“{title}” stands in no plan of {year}; planned years: {years}", ("plan",))


class MonthStatedError(ConflictError):
    """The month is stated already; stating it again needs a reason."""

    code = "month-stated"

    def __init__(self, title: str, year: int, month: int, earlier: MonthStatement) -> None:
        """Name what was stated, by whom and when."""
        at = earlier.stated_at.astimezone(COUNTY_ZONE)
        super().__init__(
            f"“{title}” {year}-{month:02}: {earlier.invested} was stated by {earlier.stated_by} "
            f"at {at:%Y-%m-%d %H:%M}; give a reason to correct it",
            ("correct",),
        )
