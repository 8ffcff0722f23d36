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


@pytest.mark.parametrize(
    ("code", "edition", "reason"),
    [("64", "GB/T 4754-2002", "no division 64"), ("H61", "GB/T 4754-1994", "edition GB/T 4754-1994 is not known")],
)
async def test_a_sectors_class_is_one_of_its_edition(
    office: httpx.AsyncClient, code: str, edition: str, reason: str
) -> None:
    body = {
        "name": "夜间经济",
        "kind": "sector",
        "gbt4754": {"code": code, "edition": edition},
        "effective_on": "2026-03-01",
        "document": "永政办发〔2026〕12号",
    }
    answer = await office.put("/v1/sectors/night", json=body)
    assert answer.status_code == 422
    assert reason in answer.json()["errors"][0]["reason"]
    right = await office.put("/v1/sectors/night", json=body | {"gbt4754": {"code": "H62", "edition": "GB/T 4754-2017"}})
    assert right.status_code == 200, right.text


async def test_a_units_credit_code_is_corrected(office: httpx.AsyncClient, ask: Ask) -> None:
    body = {"valid_from": "2009-07-06", "social_credit_code": "11330324002531470A", "reason": "补录统一社会信用代码"}
    answer = await office.post("/v1/units/330324-fgj/correct", json=body)
    assert answer.status_code == 200, answer.text
    assert (await ask("/v1/units/330324-fgj"))["social_credit_code"] == "11330324002531470A"
    wrong = await office.post("/v1/units/330324-fgj/correct", json=body | {"social_credit_code": "1" * 18})
    assert wrong.status_code == 422


async def test_a_credit_code_means_one_unit(office: httpx.AsyncClient) -> None:
    await office.post("/v1/units", json=UNIT)
    other = UNIT | {"code": "330324-xyz", "name": "另一局", "short_name": "另一"}
    answer = await office.post("/v1/units", json=other)
    assert (answer.status_code, answer.json()["code"]) == (409, "overlap")
    assert answer.json()["detail"].startswith("unified social credit code 11330324002531470A is another unit's: ")
    assert f"{UNIT['code']} {UNIT['name']}" in answer.json()["detail"]
    corrected = {"valid_from": "2026-03-01", "social_credit_code": UNIT["social_credit_code"], "reason": "补录"}
    answer = await office.post("/v1/units/330324-fgj/correct", json=corrected)
    assert (answer.status_code, answer.json()["code"]) == (409, "overlap")
    assert str(UNIT["name"]) in answer.json()["detail"]
