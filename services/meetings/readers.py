"""Who reads: what a caller is in the queries that keep restricted items from others.

The database's function `may_read` decides; every query that shows an item, a resolution, a paper or a passage of
minutes asks it. This module only says as whom.
"""

from shared.auth import Principal, Role

EVERYTHING = "*"
"""The reader to whom nothing is restricted."""

NOBODY = ""
"""The reader who sees what everybody sees."""

_READS_EVERYTHING = frozenset({Role.OFFICE, Role.LEADER, Role.AUDITOR})


def reader_of(caller: Principal) -> str:
    """Return as whom the caller reads."""
    if caller.role in _READS_EVERYTHING:
        return EVERYTHING
    return caller.unit if caller.role is Role.UNIT and caller.unit else NOBODY
