"""What the registry refuses."""

from collections.abc import Collection

from shared.errors import ConflictError, InvalidError, NotFoundError, RefusalError, invalid, unknown_code


class UnitNotFoundError(NotFoundError):
    """No unit has this code, or not on that day."""

    code = "unit-not-found"


class BodyNotFoundError(NotFoundError):
    """No body has this code, or not on that day."""

    code = "body-not-found"


class DutyNotFoundError(NotFoundError):
    """No duty item has this code, or not on that day."""

    code = "duty-not-found"


class SectorNotFoundError(NotFoundError):
    """No sector or theme has this code, or not on that day."""

    code = "sector-not-found"


class PostNotFoundError(NotFoundError):
    """No post has this code, or not on that day."""

    code = "post-not-found"


class BusAwayError(RefusalError):
    """The bus does not answer, so nobody can say from where to follow it."""

    status = 503
    code = "bus-away"
    title = "The service cannot reach the bus"


class NoHistoryError(NotFoundError):
    """Nothing was ever known of this."""

    code = "never-known"


class OverlapError(ConflictError):
    """Another row already says this, or the contrary, of the same days."""

    code = "overlap"


class UnconfirmedError(ConflictError):
    """What would follow is grave enough to be confirmed by name; `allowed` lists the codes to confirm."""

    code = "unconfirmed-warnings"


class DanglingError(ConflictError):
    """Something else refers to this on days on which it would be no more, or not yet."""

    code = "dangling-reference"


def not_on_these_days(field: str, code: str, known: Collection[str]) -> InvalidError:
    """Return the refusal of a field that names something which is unknown, or not there on all of the days."""
    if code not in known:
        return InvalidError(unknown_code(field, code, known))
    return invalid(field, f"{code} is not valid on all of these days", "days on which it is in the registry")
