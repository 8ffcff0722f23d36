"""The method that an office works with now, with its subjects: what every entered fact is checked against."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.scoring import store
from services.scoring.domain import Subject
from services.scoring.errors import AssessmentClosedError, MethodNotFoundError
from services.scoring.method import Criterion, Method, adopted_method
from services.scoring.publications import store as publications
from shared.errors import FieldFault, InvalidError, invalid, unknown_code
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class Assessed:
    """A method's newest version and who is assessed by it."""

    method: Method
    subjects: Sequence[Subject]

    def require_criterion(self, field: str, code: str) -> Criterion:
        """Return a criterion; refuse one that the method does not have, naming those that it has."""
        found = {criterion.code: criterion for criterion in self.method.criteria}
        if code not in found:
            raise invalid(field, f"{self.method.method} has no criterion {code}", f"one of {', '.join(found)}")
        return found[code]

    def require_subjects(self, named: Sequence[tuple[str, str]]) -> None:
        """Refuse units that are not assessed; `named` holds (field, unit)."""
        codes = {subject.code for subject in self.subjects}
        faults = [
            FieldFault(
                field=field,
                reason=f"{unit} is not assessed by {self.method.method}",
                expected=unknown_code(field, unit, codes).expected,
            )
            for field, unit in named
            if unit not in codes
        ]
        if faults:
            raise InvalidError(*faults)

    def require_day(self, field: str, day: date) -> None:
        """Refuse a day outside the assessed interval."""
        start, end = self.method.assessed.start, self.method.assessed.end
        if not start <= day <= end:
            raise invalid(field, f"{day} is not assessed by {self.method.method}", f"{start} to {end}")


async def assessed_now(conn: Connection, code: str) -> Assessed:
    """Return the newest version of a method, for entering facts; refused once its assessment is closed."""
    await publications.share_method(conn, code)
    latest = await store.latest_method(conn, code)
    if latest is None:
        raise MethodNotFoundError(f"there is no method {code}")
    closed = await publications.newest_publication(conn, latest.code, latest.version)
    if closed is not None:
        way = "an appeal" if closed.state == "preliminary" else "another edition, and an appeal against that"
        raise AssessmentClosedError(
            f"the assessment by {code} was closed on {closed.closed_on}, now {closed.state}: what changes it is {way}",
            allowed=["appeal"] if closed.state == "preliminary" else ["close another edition"],
        )
    method = adopted_method(latest.body)
    return Assessed(method, await store.subjects_of(conn, method))
