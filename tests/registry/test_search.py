"""Full text: Chinese, also two characters out of a word, of any day."""

from typing import Any

import httpx
import pytest

from services.registry.search.domain import excerpt
from tests.registry.conftest import SEED_DAY, Ask
from tests.registry.test_registers import EXAMPLES
from tests.support.api import ServiceUnderTest


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("商标", ["3.17"]),
        ("标准目", ["3.18"]),
        ("驰名", ["3.17"]),
        ("务业统", ["3.16"]),
        ("天文", []),
        ("楠 溪江风", []),
    ],
)
async def test_duties_are_found_by_part_of_a_word(
    lasting_office: httpx.AsyncClient, text: str, codes: list[str]
) -> None:
    answer = await lasting_office.get("/v1/duties", params={"as_of": SEED_DAY, "text": text, "limit": 200})
    found = answer.json()["items"]
    assert all(text in item["text"] for item in found)
    assert {item["code"] for item in found} >= set(codes)
    assert bool(found) == bool(codes)


async def test_text_goes_together_with_the_other_filters(lasting_office: httpx.AsyncClient) -> None:
    query = {"as_of": SEED_DAY, "text": "育服", "unit": "330324-tyj"}
    found = (await lasting_office.get("/v1/duties", params=query)).json()["items"]
    assert [item["holder"]["unit"]["name"] for item in found] == ["县体育局"]


async def test_one_search_finds_units_duties_and_entries(office: httpx.AsyncClient, ask: Ask) -> None:
    for register in ("standards", "trademarks"):
        await office.post(f"/v1/registers/{register}", json=EXAMPLES[register])
    found = (await ask("/v1/search", q="楠溪江", as_of="2026-01-01"))["items"]
    assert [item["kind"] for item in found[:1]] == ["unit"]
    assert {item["kind"] for item in found} >= {"unit", "entry"}
    tourism = (await ask("/v1/search", q="旅游", as_of="2026-01-01", limit=200))["items"]
    assert {item["kind"] for item in tourism} == {"unit", "duty", "entry"}
    assert all("旅游" in item["excerpt"] for item in tourism)
    only = (await ask("/v1/search", q="旅游", kind="entry", as_of="2026-01-01"))["items"]
    assert {item["register_name"] for item in only} == {"standards", "trademarks"}
    assert (await ask(only[0]["path"], as_of="2026-01-01"))["id"] == only[0]["code"]


async def test_a_search_is_paged_without_gap_or_repeat(lasting_office: httpx.AsyncClient) -> None:
    async def page(**query: str) -> dict[str, Any]:
        answer = await lasting_office.get("/v1/search", params={"as_of": SEED_DAY, "q": "服务", **query})
        found: dict[str, Any] = answer.json()
        return found

    whole = (await page(limit="200"))["items"]
    parts: list[dict[str, str]] = []
    following: dict[str, str] | None = {}
    while following is not None:
        part = await page(limit="7", **following)
        parts += part["items"]
        following = None if part["next"] is None else {"cursor": part["next"]}
    assert parts == whole
    assert len(whole) > 14


async def test_a_search_is_of_a_day(lasting_registry: ServiceUnderTest, lasting_office: httpx.AsyncClient) -> None:
    assert (await lasting_office.get("/v1/search", params={"q": "旅游", "as_of": "2009-07-05"})).json()["items"] == []
    assert (await lasting_office.get("/v1/search", params={"q": " "})).status_code == 422
    async with lasting_registry.client(None) as nobody:
        assert (await nobody.get("/v1/search", params={"q": "旅游"})).status_code == 401


async def test_the_index_of_pairs_can_be_used(lasting_registry: ServiceUnderTest) -> None:
    async with lasting_registry.pool.acquire() as conn, conn.transaction():
        await conn.execute("set local enable_seqscan = off")
        plan = await conn.fetch("explain select from duty where bigrams(text) @> bigrams('商标')")
    assert any("duty_bigrams" in row[0] for row in plan)


@pytest.mark.parametrize(
    ("text", "wanted", "shown"),
    [
        ("负责全县旅游业", "旅游", "负责全县旅游业"),
        ("一" * 40 + "Ａ级景区" + "二" * 40, "a级", "…" + "一" * 30 + "Ａ级景区" + "二" * 28 + "…"),
        ("县 长", "县长", "县 长"),
    ],
)
def test_the_words_around_are_shown(text: str, wanted: str, shown: str) -> None:
    assert excerpt(text, wanted) == shown
