"""The settable clock: the stack's services take event time from here, and it runs on from the instant set.

Demonstrations and tests live through a year in minutes. Production settings refuse it. Tokens expire by real time.
"""

import json
import os
from datetime import UTC, datetime

from deploy.local.errors import UsageError
from deploy.local.layout import Layout
from shared.clock import COUNTY_ZONE, settable_clock


def now(layout: Layout) -> datetime:
    """Return the present instant of the stack, in UTC."""
    return settable_clock(layout.clock)()


def is_set(layout: Layout) -> bool:
    """Say whether the clock was set, so that it differs from the machine's."""
    return layout.clock.is_file()


def set_to(layout: Layout, instant: datetime) -> None:
    """Set the clock; services follow at once.

    Args:
        layout: the stack.
        instant: a naive one is the county's time (Asia/Shanghai).
    """
    at = instant.replace(tzinfo=COUNTY_ZONE) if instant.tzinfo is None else instant
    draft = layout.clock.with_name(f".clock.{os.getpid()}")
    draft.write_text(json.dumps({"at": at.astimezone(UTC).isoformat(), "set_at": datetime.now(UTC).isoformat()}))
    draft.replace(layout.clock)


def reset(layout: Layout) -> None:
    """Return to the machine's time."""
    layout.clock.unlink(missing_ok=True)


def parse(text: str) -> datetime:
    """Return the instant that an operator typed.

    Raises:
        UsageError: it is no ISO 8601 date or time.
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"--set {text}: not a time; write e.g. 2009-07-06, 2009-07-06T09:00 or 2009-07-06T01:00:00Z"
        ) from error


def describe(layout: Layout) -> str:
    """Return the clock's reading in the county's time, for an operator."""
    kind = "settable clock, set" if is_set(layout) else "the machine's time"
    return f"{now(layout).astimezone(COUNTY_ZONE).isoformat(timespec='seconds')} ({kind})"
