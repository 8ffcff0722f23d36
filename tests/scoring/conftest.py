"""The scoring service under test, with its registry copies and a live generation of the tests' method."""

import itertools
import random
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path

import pytest

from services.scoring import ledger, store
from services.scoring.app import SERVICE
from services.scoring.ledger import Partition
from services.scoring.method import Method
from services.scoring.settings import ScoringSettings
from shared.contracts.envelope import Event
from shared.contracts.registry import MembershipChanged, UnitRegistered
from shared.contracts.scoring import MethodAdopted
from shared.postgres import Connection
from tests.conftest import DatabaseFactory
from tests.scoring.builders import TOPIC, adoption_of, method
from tests.support.api import ServiceUnderTest, service_under_test

MEMBERS = {"330324-jmj": "县经贸局", "330324-tjj": "县统计局", "330324-jtj": "县交通局"}
SETUP = date(2009, 7, 6)
PARTITIONS = [Partition(TOPIC, number) for number in range(2)]


@pytest.fixture
async def scoring(database: DatabaseFactory, tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    """Scoring that knows three members."""
    async with service_under_test(SERVICE, await database("scoring"), tmp_path, ScoringSettings) as service:
        for version, (unit, name) in enumerate(MEMBERS.items(), start=1):
            known = UnitRegistered(unit=unit, name=name, short_name=name[1:], kind="department", valid_from=SETUP)
            await service.deliver(known, subject=unit, version=1)
            held = MembershipChanged(
                membership_id=f"m-{unit}",
                body="coordination-meeting",
                role="member",
                holder_unit=unit,
                valid_from=SETUP,
            )
            await service.deliver(held, subject="coordination-meeting", version=version)
        yield service


@pytest.fixture
async def live(scoring: ServiceUnderTest) -> ServiceUnderTest:
    """Scoring with the tests' method in force and two partitions to fold."""
    async with scoring.pool.acquire() as conn, conn.transaction():
        await ledger.ensure_positions(conn, PARTITIONS)
        await store.open_adopted_generation(conn, adopted())
        generation = await store.next_building_generation(conn)
        assert generation is not None
        await store.swap_in(conn, generation)
    return scoring


def adopted() -> MethodAdopted:
    """Return the adoption of the tests' method."""
    return adoption_of(method())


_GENERATIONS = itertools.count(1)


async def new_generation(conn: Connection, found: Method) -> int:
    """Open a generation of a method, under a code of its own so that several stand side by side; return its id."""
    code = f"{found.method}-{next(_GENERATIONS)}"
    await store.open_adopted_generation(conn, adoption_of(found).model_copy(update={"method": code}))
    return int(await conn.fetchval("select max(id) from generation"))


def disordered(events: Sequence[Event], chance: random.Random) -> list[Event]:
    """Return the events in any order, some of them twice."""
    told = [*events, *chance.sample(events, chance.randint(0, len(events)))]
    chance.shuffle(told)
    return told
