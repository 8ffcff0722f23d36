"""Where a whole stack of a test's own may listen."""

import random

from deploy.local import ports
from deploy.local.ports import is_free

_BASES = range(10_000, ports.NOT_GIVEN_TO_CONNECTIONS.start, 100)
_OFFSETS = (*ports.OFFSETS.values(), *ports.SERVER_OFFSETS.values())


def free_base() -> int:
    """Return a base around which nobody listens; drawn, so that another run beside this one draws another."""
    while not all_free(base := random.SystemRandom().choice(_BASES)):
        pass
    return base


def all_free(base: int) -> bool:
    """Say whether nobody listens where a stack of this base does."""
    return all(is_free(base + offset) for offset in _OFFSETS)
