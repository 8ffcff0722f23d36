"""Refusals: what a service answers when it will not do what was asked (RFC 9457, problem+json).

A refusal names its reason and what would be right. Each has a `code` for machines and a `status` for HTTP.
"""

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import Any, ClassVar

from pydantic import BaseModel, Field
from pydantic_core import PydanticCustomError


class FieldFault(BaseModel):
    """One field of a payload that cannot be taken."""

    field: str = Field(description="Path of the field, e.g. `due_on` or `fields.0.unit`.")
    reason: str
    expected: str | None = None
    rule: str | None = Field(None, description="Name of the validation rule that does not hold.")
    value: str | None = Field(None, description="The value that was given.")


class Problem(BaseModel):
    """The body of every refusal, media type application/problem+json."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str | None = None
    errors: list[FieldFault] | None = Field(None, description="With 422: each faulty field.")
    allowed: list[str] | None = Field(None, description="With 409: what is possible instead.")
    correlation_id: str | None = None


class RefusalError(Exception):
    """Base of all refusals."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "Refused"

    def __init__(self, detail: str) -> None:
        """Keep the reason."""
        super().__init__(detail)
        self.detail = detail

    def members(self) -> dict[str, Any]:
        """Return what this kind of problem says besides its detail."""
        return {}


class UnauthenticatedError(RefusalError):
    """No token, or one that does not verify."""

    status = 401
    code = "unauthenticated"
    title = "A valid bearer token is needed"


class ForbiddenError(RefusalError):
    """The token's role or unit may not do this."""

    status = 403
    code = "forbidden"
    title = "Not allowed for this role or unit"


class NotFoundError(RefusalError):
    """There is no such thing."""

    status = 404
    code = "not-found"
    title = "Not found"


class ConflictError(RefusalError):
    """The present state does not allow it; `allowed` says what it does allow."""

    status = 409
    code = "conflict"
    title = "Not possible in the present state"

    def __init__(self, detail: str, allowed: Sequence[str] = ()) -> None:
        """Keep the reason and what is possible instead."""
        super().__init__(detail)
        self.allowed = list(allowed)

    def members(self) -> dict[str, Any]:
        """Name what is possible instead."""
        return {"allowed": self.allowed}


class StaleError(RefusalError):
    """`If-Match` names a version that is no longer the current one."""

    status = 412
    code = "stale"
    title = "Changed since it was read"


class InvalidError(RefusalError):
    """Fields of the payload cannot be taken."""

    status = 422
    code = "invalid"
    title = "The payload cannot be taken"

    def __init__(self, *faults: FieldFault) -> None:
        """Keep each faulty field."""
        super().__init__("; ".join(f"{fault.field}: {fault.reason}" for fault in faults))
        self.faults = list(faults)

    def members(self) -> dict[str, Any]:
        """Name the faulty fields."""
        return {"errors": [fault.model_dump(exclude_none=True) for fault in self.faults]}


def invalid(field: str, reason: str, expected: str | None = None) -> InvalidError:
    """Return the refusal of one field."""
    return InvalidError(FieldFault(field=field, reason=reason, expected=expected))


def misfit(field: str, reason: str, expected: str) -> PydanticCustomError:
    """Return what the validator of a whole payload raises to name the one field that does not fit the others."""
    return PydanticCustomError("misfit", "{reason}", {"field": field, "reason": reason, "expected": expected})


def unknown_code(field: str, code: str, known: Collection[str]) -> FieldFault:
    """Return the fault of a code that the registry has not told this service of; names those nearest to it."""
    nearest = get_close_matches(code, known, n=3, cutoff=0.5)
    expected = f"one of the registry's, such as {', '.join(nearest)}" if nearest else "a code in the registry"
    return FieldFault(field=field, reason=f"{code} is not known", expected=expected)
