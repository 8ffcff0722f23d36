"""Roles and databases: one database per service, owned by a role that runs migrations.

The service's own role owns nothing and is no superuser: it reads and writes rows, and that right comes from default
privileges, so every table that a migration adds has it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import asyncpg

SERVICES = ("registry", "tasks", "meetings", "scoring")
OWNER = "xietiao_owner"

Secret = Callable[[str], str]
"""Returns the password of a role."""

SuperuserUrl = Callable[[str], str]
"""Returns the URL with which the superuser reaches a database."""

_ALONE = "select pg_advisory_lock(hashtext('xietiao databases'))"
_ROLE_EXISTS = "select 1 from pg_roles where rolname = $1"
_DATABASE_EXISTS = "select 1 from pg_database where datname = $1"

# Statements that define roles and databases take no parameters: the server itself quotes names and passwords.
_CREATE_ROLE = "select format('create role %I login', $1::text)"
_SET_PASSWORD = (
    "select format('alter role %I login nosuperuser nocreatedb nocreaterole password %L', $1::text, $2::text)"  # noqa: S105 - a statement, no password
)
_CREATE_DATABASE = "select format('create database %I owner %I', $1::text, $2::text)"
_CLOSE_DATABASE = """
select format('revoke all on database %1$I from public; grant connect on database %1$I to %2$I;', $1::text, $2::text)
"""
_CLOSE_THE_SERVERS_OWN = "revoke all on database postgres, template1 from public"
_GRANT_ROWS = """
select format(
    'alter default privileges for role %1$I in schema public grant select, insert, update, delete on tables to %2$I;'
    'alter default privileges for role %1$I in schema public grant usage, select on sequences to %2$I;'
    'grant usage on schema public to %2$I;',
    $1::text, $2::text)
"""


def role(service: str) -> str:
    """Return the role as which a service connects; its database has the same name."""
    return f"xietiao_{service}"


@dataclass(frozen=True)
class Databases:
    """Makes what a server lacks; running it again changes nothing but passwords, to those given."""

    superuser_url: SuperuserUrl
    secret: Secret

    async def provision(self) -> None:
        """Make the roles, then each service's database; who does the same meanwhile waits."""
        async with _connected(self.superuser_url("postgres")) as held:
            await held.execute(_ALONE)
            await held.execute(_CLOSE_THE_SERVERS_OWN)
            await self.make_roles()
            for service in SERVICES:
                await self.make_database(role(service), service)

    async def make_roles(self) -> None:
        """Make the owner's and the services' roles, with the given passwords."""
        async with _connected(self.superuser_url("postgres")) as connection:
            for name in (OWNER, *map(role, SERVICES)):
                if not await connection.fetchval(_ROLE_EXISTS, name):
                    await _execute(connection, _CREATE_ROLE, name)
                await _execute(connection, _SET_PASSWORD, name, self.secret(name))

    async def make_database(self, name: str, service: str) -> None:
        """Make a database of this name for a service, open to that service alone."""
        async with _connected(self.superuser_url("postgres")) as connection:
            if not await connection.fetchval(_DATABASE_EXISTS, name):
                await _execute(connection, _CREATE_DATABASE, name, OWNER)
            await _execute(connection, _CLOSE_DATABASE, name, role(service))
        async with _connected(self.superuser_url(name)) as connection:
            await _execute(connection, _GRANT_ROWS, OWNER, role(service))


class _connected:  # noqa: N801 - reads as a phrase in `async with`
    """A connection that is closed at the end."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def __aenter__(self) -> "asyncpg.Connection[asyncpg.Record]":
        self._connection = await asyncpg.connect(self._url, timeout=10)
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()


async def _execute(connection: "asyncpg.Connection[asyncpg.Record]", statement: str, *names: str) -> None:
    """Let the server write the statement with its own quoting, then run it."""
    await connection.execute(await connection.fetchval(statement, *names))
