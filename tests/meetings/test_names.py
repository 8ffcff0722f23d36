"""What others are called on which day: units and posts by the registry's states, in whatever order they come."""

from datetime import date
from itertools import permutations

import httpx
import pytest

from shared.contracts.registry import (
    IncumbencyChanged,
    MembershipChanged,
    PostChanged,
    PostState,
    UnitChanged,
    UnitRetired,
    UnitsMerged,
    UnitState,
)
from tests.meetings.builders import a_resolution, convened, held
from tests.meetings.conftest import SETUP
from tests.support.api import ServiceUnderTest

BODY = "coordination-meeting"
RENAMED_ON = date(2026, 2, 1)
BEFORE = UnitState(name="县经贸局", short_name="经贸局", kind="department", valid_from=SETUP, valid_to=RENAMED_ON)
AFTER = UnitState(name="县商务局", short_name="商务局", kind="department", valid_from=RENAMED_ON)
ENDED = AFTER.model_copy(update={"valid_to": date(2026, 3, 1)})


@pytest.fixture(autouse=True)
async def _members(meetings: ServiceUnderTest) -> None:
    for number, holder in enumerate(({"holder_post": "330324-xz"}, {"holder_unit": "330324-jmj"}), start=2):
        stated = {"membership_id": f"m-{number}", "body": BODY, "valid_from": SETUP, **holder}
        role = "convener" if "holder_post" in holder else "member"
        seat = MembershipChanged.model_validate({**stated, "role": role})
        await meetings.deliver(seat, subject=BODY, version=number)


async def _names(office: httpx.AsyncClient, day: str) -> list[str]:
    meeting_id = await convened(office, starts_at=f"{day}T09:00:00+08:00")
    return [each["name"] for each in (await office.get(f"/v1/meetings/{meeting_id}/invitees")).json()["items"]]


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_renamed_and_merged_unit_is_called_as_on_the_meetings_day(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, order: tuple[int, ...]
) -> None:
    story = [
        UnitChanged(
            unit="330324-jmj",
            name="县商务局",
            short_name="商务局",
            kind="department",
            valid_from=RENAMED_ON,
            change="renamed",
            states=(BEFORE, AFTER),
        ),
        UnitsMerged(
            unit="330324-jmj",
            merged=("330324-jmj",),
            into="330324-fgj",
            effective_on=date(2026, 3, 1),
            states=(BEFORE, ENDED),
        ),
        PostChanged(post="330324-xz", states=(PostState(title="县长", unit="330324-xzf", valid_from=SETUP),)),
    ]
    for index in (*order, *order):
        subject = "post:330324-xz" if index == 2 else "330324-jmj"
        await meetings.deliver(story[index], subject=subject, version=index + 2)
    assert await _names(office, "2026-01-20") == ["县长", "县经贸局"]
    assert await _names(office, "2026-02-10") == ["县长", "县商务局"]
    assert await _names(office, "2026-03-10") == ["县长"]


async def test_a_unit_that_ceased_is_charged_no_more(meetings: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    gone = UnitRetired(
        unit="330324-jmj",
        retired_on=date(2026, 1, 10),
        states=(BEFORE.model_copy(update={"valid_to": date(2026, 1, 10)}),),
    )
    await meetings.deliver(gone, subject="330324-jmj", version=2)
    answer = await office.post(
        f"/v1/meetings/{await held(office)}/resolutions", json=a_resolution(lead_unit="330324-jmj")
    )
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (422, "lead_unit")
    assert "2026-01-10" in error["reason"]


async def test_a_posts_title_names_the_chair(meetings: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    told = IncumbencyChanged(post="330324-xz", title="县长", unit="330324-xzf", filled=True, valid_from=SETUP)
    await meetings.deliver(told, subject="post:330324-xz", version=1)
    answer = await office.get(f"/v1/meetings/{await convened(office)}")
    assert answer.json()["chair_title"] == "县长"
