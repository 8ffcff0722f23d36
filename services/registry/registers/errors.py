"""What the registers refuse."""

from shared.errors import NotFoundError


class RegisterNotFoundError(NotFoundError):
    """There is no register of this name."""

    code = "register-not-found"


class EntryNotFoundError(NotFoundError):
    """The register has no entry of this id, or not on that day."""

    code = "entry-not-found"
