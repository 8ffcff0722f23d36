"""What the database refuses by itself, whoever writes: overlaps, and references to what does not exist that day."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.registry.changes import operations as changes
from shared.postgres import Connection
from tests.registry.conftest import seeding
from tests.support.api import ServiceUnderTest

UNIT = (
    "insert into unit (code, name, short_name, aliases, kind, spoken, valid) "
    "values ({}, '甲', '甲', '{{}}', 'department', '{{甲}}', {})"
)
NAME = "insert into spoken_name (name, unit, valid, entry) values ({}, {}, {}, 0)"
POST = "insert into post (code, title, unit, valid) values ({}, '县长', {}, {})"
BODY = "insert into body (code, name, office_unit, valid) values ({}, '会', {}, {})"
SEAT = "insert into membership (body, role, holder_unit, holder_post, valid) values ({}, 'member', {}, {}, {})"
SECTOR = "insert into sector (code, name, kind, valid) values ({}, {}, 'sector', {})"
DUTY = """
    insert into duty (code, article, number, holder_unit, text, source, document, aggregate, valid)
    values ({}, '三', 1, {}, '职责', '三.1', '永政办发〔2009〕106号', '330324-fgj', {})
"""
OBLIGATION = """
    insert into obligation (body, kind, windows, hears, decides, source, valid)
    values ('coordination-meeting', 'mid_year_meeting', '{{}}', '{{}}', '{{}}', '二.1', {})
"""
LATER, EARLIER = "'[2026-01-01,)'", "'[2009-01-01,2009-07-06)'"


@pytest.fixture
async def connection(lasting_registry: ServiceUnderTest) -> AsyncIterator[Connection]:
    """Write as the service's own role; what is written is taken back."""
    async with lasting_registry.pool.acquire() as conn:
        transaction = conn.transaction()
        await transaction.start()
        await changes.begin(conn, seeding(), "test", hold=False)
        yield conn
        await transaction.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        UNIT.format("'330324-fgj'", LATER),
        NAME.format("'县教育局'", "'330324-fgj'", LATER),
        NAME.format("'县发改局'", "'330324-fgj'", LATER),
        POST.format("'330324-xz'", "'330324-xzf'", LATER),
        BODY.format("'coordination-meeting'", "'330324-fgj'", LATER),
        SEAT.format("'coordination-meeting'", "'330324-jyj'", "null", LATER),
        SECTOR.format("'hotels'", "'别的名称'", LATER),
        SECTOR.format("'inns'", "'宾馆'", LATER),
        DUTY.format("'3.1'", "'330324-jyj'", LATER),
        OBLIGATION.format(LATER),
    ],
)
async def test_an_overlap_is_refused(connection: Connection, statement: str) -> None:
    with pytest.raises(asyncpg.ExclusionViolationError):
        await connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        UNIT.format("'330324-fgj'", EARLIER),
        SECTOR.format("'hotels'", "'别的名称'", EARLIER),
        SECTOR.format("'inns'", "'宾馆'", EARLIER),
    ],
)
async def test_days_that_only_touch_are_no_overlap(connection: Connection, statement: str) -> None:
    assert await connection.execute(statement) == "INSERT 0 1"


@pytest.mark.parametrize(
    "statement",
    [
        UNIT.format("'330324-none'", LATER),
        NAME.format("'甲局'", "'330324-none'", LATER),
        NAME.format("'甲局'", "'330324-fgj'", EARLIER),
        POST.format("'330324-fxz'", "'330324-none'", LATER),
        POST.format("'330324-fxz'", "'330324-xzf'", "'[2009-07-05,2009-08-01)'"),
        SEAT.format("'none'", "'330324-fdj'", "null", LATER),
        SEAT.format("'coordination-meeting'", "'330324-none'", "null", LATER),
        SEAT.format("'coordination-meeting'", "null", "'330324-none'", LATER),
        SEAT.format("'coordination-meeting'", "'330324-fdj'", "null", "'[2009-07-05,)'"),
        DUTY.format("'3.26'", "'330324-none'", LATER),
    ],
)
async def test_a_reference_to_what_is_not_there_on_all_days_is_refused(connection: Connection, statement: str) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        SEAT.format("'coordination-meeting'", "null", "null", LATER),
        SEAT.format("'coordination-meeting'", "'330324-fdj'", "'330324-xz'", LATER),
        SEAT.format("'coordination-meeting'", "'330324-fdj'", "null", "'empty'"),
        DUTY.format("'3.26'", "null", LATER),
    ],
)
async def test_a_role_or_duty_has_one_holder_and_some_days(connection: Connection, statement: str) -> None:
    with pytest.raises((asyncpg.CheckViolationError, asyncpg.NotNullViolationError)):
        await connection.execute(statement)


async def test_nothing_is_written_outside_a_change(lasting_registry: ServiceUnderTest) -> None:
    async with lasting_registry.pool.acquire() as conn:
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="no change was begun"):
            await conn.execute(SECTOR.format("'inns'", "'旅店'", LATER))
