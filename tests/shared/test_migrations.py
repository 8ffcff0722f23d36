"""Migrations: dbmate knows each by its number alone, within the shared ones and a service's own together."""

from collections import Counter
from pathlib import Path

import asyncpg
import pytest

from shared import migrate
from tests.support.api import ServiceUnderTest

REPOSITORY = Path(migrate.__file__).parents[1]


@pytest.mark.parametrize("service", ["registry", "tasks", "meetings", "scoring"])
def test_no_two_migrations_of_a_database_have_the_same_number(service: str) -> None:
    folders = (REPOSITORY / "shared" / "migrations", REPOSITORY / "services" / service / "migrations")
    numbers = Counter(path.name.partition("_")[0] for folder in folders for path in folder.glob("*.sql"))
    assert numbers
    assert [number for number, times in numbers.items() if times > 1] == []


@pytest.mark.parametrize(
    "statement",
    [
        "delete from audit_log",
        "update audit_log set result = ''",
        "delete from schema_migrations",
        "insert into schema_migrations (version) values ('1')",
        "create table own (id int)",
    ],
)
async def test_the_services_role_changes_no_record_of_what_was_done(plain: ServiceUnderTest, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await plain.pool.execute(statement)
