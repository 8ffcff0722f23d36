"""Sort keys of this service's lists, read back from cursors; a key of another shape is not a cursor of the list."""

from datetime import date
from uuid import UUID

from shared.pages import PageRequest, bad_cursor

_MAX_NUMBER = 2**63 - 1


def day_and_id_after(page: PageRequest) -> tuple[date | None, UUID | None]:
    """Return the day and id after which a page of a list by due date begins; None twice for the first page."""
    day, after = page.after_or(None, None)
    if day is None and after is None:
        return None, None
    try:
        return date.fromisoformat(day), UUID(after)
    except (ValueError, AttributeError, TypeError) as error:  # no string at all
        raise bad_cursor() from error


def number_after(page: PageRequest) -> int:
    """Return the number after which a page begins."""
    (after,) = page.after_or(0)
    if not isinstance(after, int) or not 0 <= after <= _MAX_NUMBER:
        raise bad_cursor()
    return after


def code_after(page: PageRequest) -> str | None:
    """Return the code after which a page begins; None for the first page."""
    (after,) = page.after_or(None)
    if after is not None and not isinstance(after, str):
        raise bad_cursor()
    return after
