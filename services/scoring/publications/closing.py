"""What is asked before a closing: nothing open, nothing on its way, and a reason where something lacks."""

from collections.abc import Sequence

from services.scoring.domain import Generation
from services.scoring.errors import PublicationStateError
from services.scoring.method import Method
from services.scoring.publications import store
from services.scoring.publications.schemas import CloseAssessment
from services.scoring.rules.panel import Unscored
from shared.clock import county_date
from shared.commands import Act
from shared.errors import invalid
from shared.postgres import Connection

_NAMED = 12
"""Units that a refusal names; of more it says how many."""


async def check_open(conn: Connection, generation: Generation, body: CloseAssessment) -> None:
    """Refuse a second closing while one is open; another edition states why."""
    before = await store.newest_publication(conn, generation.method, generation.method_version)
    if before is None:
        return
    if before.state == "preliminary":
        raise PublicationStateError(
            f"{generation.method} was closed on {before.closed_on} (edition {before.edition}) and is not published yet",
            allowed=["publish", "abandon"],
        )
    if body.reason is None:
        raise invalid("reason", f"edition {before.edition} is published", "why there is another edition")


def check_over(method: Method, act: Act, body: CloseAssessment) -> None:
    """Ask why an assessment is closed before its last day is over."""
    today, last = county_date(act.noted_at), method.assessed.end
    if today <= last and body.reason is None:
        raise invalid(
            "reason",
            f"the assessed days run until {last}, today is {today}",
            f"a closing after {last}, or why it is earlier",
        )


async def check_counted(conn: Connection, generation: Generation) -> None:
    """Refuse while the ledger lacks what was entered."""
    missing = await store.entered_but_not_counted(conn, generation.method, generation.method_version, generation.id)
    if missing:
        raise PublicationStateError(
            f"{missing} entered scores or adjustments are on their way into the ledger",
            allowed=["close in a moment"],
        )


async def check_entered(conn: Connection, method: Method, missing: Sequence[Unscored], body: CloseAssessment) -> None:
    """Ask why an assessment is closed though scores are missing, or adjustments not decided."""
    open_ = [f"{criterion} lacks scores of {group} for {units}" for criterion, group, units in _grouped(missing)]
    proposed = await store.proposed_adjustments(conn, method.method, method.version)
    open_ += [f"{proposed} proposed adjustments are not decided"] if proposed else []
    if open_ and body.reason is None:
        raise invalid("reason", "; ".join(open_), "what is missing entered and decided, or why it is closed without it")


def _grouped(missing: Sequence[Unscored]) -> list[tuple[str, str, str]]:
    """Return criterion, rater group and its units, a dozen named at most."""
    units: dict[tuple[str, str], list[str]] = {}
    for each in missing:
        units.setdefault((each.criterion, each.group), []).append(each.unit)
    return [
        (*key, ", ".join(named[:_NAMED]) + (f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""))
        for key, named in units.items()
    ]
