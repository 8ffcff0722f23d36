"""The registry under test, empty and filled with the county's seed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.registry.app import SERVICE
from services.registry.seed.__main__ import load_seed
from services.registry.seed.document import SeedFile, read_seed
from services.registry.seed.loading import Outcome
from services.registry.settings import RegistrySettings
from shared.auth import Principal, Role
from shared.commands import Act
from tests.conftest import DatabaseFactory
from tests.support.api import NOW, ServiceUnderTest, service_under_test
from tests.support.stack import Servers

SEED = Path(__file__).parents[2] / "deploy" / "seed" / "yongjia-2009.yaml"
SEED_DAY = "2009-07-06"

Ask = Callable[..., Awaitable[dict[str, Any]]]


def seeding() -> Act:
    """Return the act of loading a seed."""
    return Act(Principal("seed", Role.OPERATOR), occurred_at=NOW, correlation_id="seed-test")


async def loaded(registry: ServiceUnderTest, seed: SeedFile) -> Outcome:
    """Load a seed as the command does."""
    async with registry.pool.acquire() as conn:
        return await load_seed(conn, seeding(), seed, "seed.yaml")


@pytest.fixture
async def empty_registry(database: DatabaseFactory, tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    async with service_under_test(SERVICE, await database("registry"), tmp_path, RegistrySettings) as registry:
        yield registry


@pytest.fixture
async def registry(empty_registry: ServiceUnderTest) -> ServiceUnderTest:
    await loaded(empty_registry, read_seed(SEED))
    return empty_registry


@pytest.fixture(scope="module")
async def lasting_registry(stack: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServiceUnderTest]:
    """Serve the seed to all tests of a module: they leave it as it is."""
    database = await stack.fresh_database("registry")
    async with service_under_test(SERVICE, database, tmp_path_factory.mktemp("keys"), RegistrySettings) as registry:
        await loaded(registry, read_seed(SEED))
        yield registry
    await stack.drop_database(database.name)


@pytest.fixture
async def lasting_office(lasting_registry: ServiceUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with lasting_registry.client("office") as client:
        yield client


@pytest.fixture
async def office(registry: ServiceUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with registry.client("office") as client:
        yield client


@pytest.fixture
def ask(office: httpx.AsyncClient) -> Ask:
    """Ask with GET on the seed's day (unless told another, or all days are shown), and return the answer's body."""

    async def get(path: str, status: int = 200, **query: str | int) -> dict[str, Any]:
        of_all_days = path.endswith("/history") or path in {"/v1/registers", "/v1/changes"}
        answer = await office.get(path, params=query if of_all_days else {"as_of": SEED_DAY, **query})
        assert answer.status_code == status, answer.text
        body: dict[str, Any] = answer.json()
        return body

    return get
