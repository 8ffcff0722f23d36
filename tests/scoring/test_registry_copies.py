"""Scoring's copies of the registry follow what becomes of units and seats, in any order."""

from datetime import date

from shared.contracts.registry import MembershipChanged, UnitChanged
from tests.support.api import ServiceUnderTest

CHANGED = UnitChanged(
    unit="330324-jyj",
    name="县教育和体育局",
    short_name="教体局",
    kind="department",
    valid_from=date(2026, 3, 1),
    change="renamed",
)


def seat(valid_to: date | None) -> MembershipChanged:
    return MembershipChanged(
        membership_id="seat-1",
        body="coordination-meeting",
        role="member",
        holder_unit="330324-new",
        valid_from=date(2026, 1, 1),
        valid_to=valid_to,
    )


async def test_a_unit_is_called_as_it_was_renamed(scoring: ServiceUnderTest) -> None:
    await scoring.deliver(CHANGED, subject="330324-jyj", version=7)
    older = CHANGED.model_copy(update={"name": "县教委"})
    await scoring.deliver(older, subject="330324-jyj", version=6)
    name = await scoring.pool.fetchval("select name from unit_copy where code = '330324-jyj'")
    assert name == "县教育和体育局"


async def test_a_seat_that_was_withdrawn_is_held_on_no_day(scoring: ServiceUnderTest) -> None:
    await scoring.deliver(seat(date(2026, 1, 1)), subject="coordination-meeting", version=901)
    await scoring.deliver(seat(None), subject="coordination-meeting", version=900)
    held = await scoring.pool.fetchval(
        "select count(*) from membership_copy "
        "where membership_id = 'seat-1' and daterange(valid_from, valid_to) @> $1::date",
        date(2026, 1, 1),
    )
    assert held == 0
