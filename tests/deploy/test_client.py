"""What the programs of the stack take for granted of its services."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from deploy.local.client import Client
from deploy.local.services import NAMES, Services

QUIET = {"ready": True, "outbox_age_seconds": 0.0, "lag": 0}


def client_of(**told: dict[str, Any] | None) -> Client:
    """Return a client of services of which some say what is told; the others are at rest."""
    return Client(cast("Services", SimpleNamespace(health=lambda name: told.get(name, QUIET))))


def test_services_at_rest_have_caught_up() -> None:
    assert client_of().is_caught_up()
    assert client_of(**dict.fromkeys(NAMES, QUIET | {"lag": None, "outbox_age_seconds": None})).is_caught_up()


@pytest.mark.parametrize(
    "state",
    [
        None,
        QUIET | {"lag": 3},
        QUIET | {"outbox_age_seconds": 0.5},
        QUIET | {"ready": False, "outbox_age_seconds": None},
    ],
    ids=["does not answer", "has records to read", "has events to send", "cannot tell"],
)
@pytest.mark.parametrize("name", NAMES)
def test_one_that_is_behind_or_cannot_tell_has_not_caught_up(name: str, state: dict[str, Any] | None) -> None:
    assert not client_of(**{name: state}).is_caught_up()
