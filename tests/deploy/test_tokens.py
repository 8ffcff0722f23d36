import stat
from pathlib import Path

import pytest
import time_machine
from pydantic import SecretStr

from deploy.local import tokens
from deploy.local.errors import StackError, UsageError
from deploy.local.layout import Layout
from shared.auth import Principal, Role, TokenVerifier
from shared.errors import UnauthenticatedError
from shared.settings import ServiceSettings


@pytest.fixture
def started(layout: Layout) -> Layout:
    layout.state.write_text("{}")
    tokens.make_keys(layout)
    return layout


async def verify(layout: Layout, token: str) -> Principal:
    settings = ServiceSettings(
        database_url=SecretStr("postgresql://"), kafka_bootstrap="127.0.0.1:1", jwks_file=tokens.key_set_path(layout)
    )
    return await TokenVerifier(settings).verify(token)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.UNIT])
async def test_services_accept_the_token_of_each_role(started: Layout, role: Role) -> None:
    assert await verify(started, tokens.issue(started, role)) == Principal(role.value, role)


async def test_a_units_token_carries_its_unit(started: Layout) -> None:
    token = tokens.issue(started, Role.UNIT, unit="330324-fgj", subject="clerk")

    assert await verify(started, token) == Principal("clerk", Role.UNIT, "330324-fgj")


async def test_a_token_expires_after_its_hours(started: Layout) -> None:
    token = tokens.issue(started, Role.OFFICE, hours=1)

    with time_machine.travel("2100-01-01", tick=True), pytest.raises(UnauthenticatedError):
        await verify(started, token)


async def test_another_stacks_token_is_refused(started: Layout, tmp_path: Path) -> None:
    other = Layout.of(tmp_path / "other")
    other.create()
    other.state.write_text("{}")
    tokens.make_keys(other)

    with pytest.raises(UnauthenticatedError):
        await verify(started, tokens.issue(other, Role.OFFICE))


def test_the_key_is_made_once_and_readable_by_its_owner_alone(started: Layout) -> None:
    private = started.keys / "private.json"
    before = private.read_text()

    tokens.make_keys(started)

    assert private.read_text() == before
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert '"d"' not in tokens.key_set_path(started).read_text()


@pytest.mark.parametrize(
    ("role", "unit", "hours"), [(Role.UNIT, None, 12), (Role.OFFICE, "x", 12), (Role.OFFICE, None, 0)]
)
def test_what_cannot_be_meant_is_refused(started: Layout, role: Role, unit: str | None, hours: float) -> None:
    with pytest.raises(UsageError):
        tokens.issue(started, role, unit=unit, hours=hours)


def test_without_a_stack_there_is_no_token(layout: Layout) -> None:
    with pytest.raises(StackError, match="holds no stack"):
        tokens.issue(layout, Role.OFFICE)
