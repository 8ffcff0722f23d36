from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from deploy.local import clock
from deploy.local.errors import UsageError
from deploy.local.layout import Layout
from shared.clock import settable_clock

SIGNED = datetime(2009, 7, 6, 1, tzinfo=UTC)


def test_unset_it_is_the_machines(layout: Layout) -> None:
    assert not clock.is_set(layout)
    assert datetime.now(UTC) <= clock.now(layout) <= datetime.now(UTC)


def test_services_see_what_was_set_and_it_runs_on(layout: Layout) -> None:
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False) as machine:
        clock.set_to(layout, SIGNED)
        machine.shift(timedelta(minutes=5))

        assert settable_clock(layout.clock)() == SIGNED + timedelta(minutes=5)


@pytest.mark.parametrize("text", ["2009-07-06T09:00", "2009-07-06T09:00+08:00", "2009-07-06T01:00:00Z"])
def test_a_time_without_zone_is_the_countys(layout: Layout, text: str) -> None:
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False):
        clock.set_to(layout, clock.parse(text))

        assert clock.now(layout) == SIGNED


def test_it_is_shown_in_the_countys_time(layout: Layout) -> None:
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False):
        clock.set_to(layout, SIGNED)

        assert clock.describe(layout).startswith("2009-07-06T09:00:00")


def test_reset_returns_to_the_machines(layout: Layout) -> None:
    clock.set_to(layout, SIGNED)
    clock.reset(layout)
    clock.reset(layout)

    assert not clock.is_set(layout)


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(UsageError, match="tomorrow"):
        clock.parse("tomorrow")
