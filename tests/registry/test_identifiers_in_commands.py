import httpx
import pytest

from tests.registry.conftest import Ask
from tests.support.api import ServiceUnderTest

UNIT = {
    "code": "330324-swj",
    "name": "县商务局",
    "short_name": "商务局",
    "kind": "department",
    "valid_from": "2026-01-01",
    "social_credit_code": "11330324002531470a",
}


async def test_a_units_credit_code_is_kept_shown_and_told(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask
) -> None:
    assert (await office.post("/v1/units", json=UNIT)).status_code == 201
    card = await ask("/v1/units/330324-swj", as_of="2026-01-01")
    assert card["social_credit_code"] == "11330324002531470A"
    (event,) = await registry.events("330324-swj")
    assert event.data.model_dump()["social_credit_code"] == "11330324002531470A"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"social_credit_code": "11330324002531470B"}, "it is A"),
        ({"social_credit_code": "113303240025314711"}, "check character is 0 (GB 11714)"),
        ({"code": "990324-swj"}, "no province has 99"),
    ],
)
async def test_a_wrong_identifier_is_refused_with_what_would_be_right(
    office: httpx.AsyncClient, changes: dict[str, str], reason: str
) -> None:
    answer = await office.post("/v1/units", json=UNIT | changes)
    assert answer.status_code == 422
    assert reason in answer.json()["errors"][0]["reason"]


async def test_a_credit_code_means_one_unit(office: httpx.AsyncClient) -> None:
    await office.post("/v1/units", json=UNIT)
    other = UNIT | {"code": "330324-xyz", "name": "另一局", "short_name": "另一"}
    answer = await office.post("/v1/units", json=other)
    assert (answer.status_code, answer.json()["code"]) == (409, "overlap")
