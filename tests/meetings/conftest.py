"""The meetings service under test, with the county's bodies and some units known from the registry's events."""

from collections.abc import AsyncIterator, Iterable
from datetime import date
from pathlib import Path

import httpx
import pytest

from services.meetings.app import SERVICE
from services.meetings.settings import MeetingsSettings
from shared.contracts.registry import BodyChanged, MembershipChanged, PostChanged, PostState, UnitRegistered
from tests.conftest import DatabaseFactory
from tests.support.api import ServiceUnderTest, service_under_test

UNITS = {"330324-fgj": "县发改局", "330324-jmj": "县经贸局", "330324-jtj": "县交通局", "330324-tjj": "县统计局"}
BODIES = {"coordination-meeting": "服务业发展协调会议", "executive-meeting": "县政府常务会议"}
POSTS = {"330324-xz": "县长", "330324-fgfxz": "分管副县长"}
SETUP = date(2009, 7, 6)


@pytest.fixture
async def meetings(database: DatabaseFactory, tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    async with service_under_test(SERVICE, await database("meetings"), tmp_path, MeetingsSettings) as service:
        for unit, name in UNITS.items():
            payload = UnitRegistered(unit=unit, name=name, short_name=name[1:], kind="department", valid_from=SETUP)
            await service.deliver(payload, subject=unit, version=1)
        for post, title in POSTS.items():
            state = PostState(title=title, unit="330324-xfb", valid_from=SETUP)
            await service.deliver(PostChanged(post=post, states=(state,)), subject=f"post:{post}", version=1)
        for body, name in BODIES.items():
            await service.deliver(BodyChanged(body=body, name=name, valid_from=SETUP), subject=body, version=1)
        yield service


@pytest.fixture
async def office(meetings: ServiceUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with meetings.client("office") as client:
        yield client


async def seat_members(meetings: ServiceUnderTest, body: str, units: Iterable[str]) -> None:
    """Make units members of a body."""
    for number, code in enumerate(units, start=2):
        seat = MembershipChanged(
            membership_id=f"m-{code}", body=body, role="member", holder_unit=code, valid_from=SETUP
        )
        await meetings.deliver(seat, subject=body, version=number)
