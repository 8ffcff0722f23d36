"""What the registry answers from the real document, through its API."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.registry.conftest import Ask
from tests.registry.test_seed_document import article_three, golden, members, names
from tests.support.api import NOW, ServiceUnderTest

COVERAGE_LISTS = [
    "duty_holders_not_members",
    "members_without_duty",
    "sectors_counted_not_guided",
    "sectors_guided_not_counted",
    "sectors_guided_by_several",
    "sectors_guided_by_several_with_parts",
    "sectors_without_guide",
]


@pytest.fixture
def registry(lasting_registry: ServiceUnderTest) -> ServiceUnderTest:
    """Share one registry: these tests only read."""
    return lasting_registry


async def every(ask: Ask, path: str, **query: str | int) -> list[Any]:
    """Follow the cursors to the end."""
    items: list[Any] = []
    page = await ask(path, **query)
    items += page["items"]
    while page["next"]:
        page = await ask(path, cursor=page["next"], **query)
        items += page["items"]
    return items


def holder(item: dict[str, Any]) -> str:
    who = item["holder"]
    return str(who["unit"]["name"] if "unit" in who else who["post"]["title"])


def clauses(duty: dict[str, Any]) -> list[list[Any]]:
    return [
        [clause["kind"], [each["name"] for each in clause["objects"]], [each["name"] for each in clause["partners"]]]
        for clause in duty["clauses"]
    ]


def called(entries: list[Any]) -> list[str]:
    return [entry["name"] for entry in entries]


async def test_the_22_named_members_stand_in_the_documents_order(ask: Ask) -> None:
    page = await ask("/v1/bodies/coordination-meeting/members")
    assert page["next"] is None
    named = [item for item in page["items"] if item["role"] == "member"]
    assert [holder(item) for item in named] == members()
    assert len(named) == 22
    assert {item["valid_from"] for item in named} == {"2009-07-06"}
    assert {item["document"] for item in named} == {"永政办发〔2009〕106号"}


async def test_convener_deputy_and_assistants_are_posts(ask: Ask) -> None:
    items = (await ask("/v1/bodies/coordination-meeting/members"))["items"]
    assert [(item["role"], holder(item)) for item in items if "post" in item["holder"]] == [
        ("convener", "县长"),
        ("deputy_convener", "分管副县长"),
        ("assistant_convener", "县府办联系副主任"),
        ("assistant_convener", "县发改局局长"),
    ]
    assert items[0]["holder"]["post"]["unit"] == {"code": "330324-xzf", "name": "县政府"}
    assert "unit" not in items[0]["holder"]
    offices = [item["holder"] for item in items if item["role"] == "office"]
    assert offices == [{"unit": {"code": "330324-fgj", "name": "县发改局"}}]


async def test_members_can_be_asked_for_by_role(ask: Ask) -> None:
    assert len((await ask("/v1/bodies/coordination-meeting/members", role="member"))["items"]) == 22
    assert len((await ask("/v1/bodies/coordination-meeting/members", role="assistant_convener"))["items"]) == 2


async def test_the_25_items_are_word_for_word(ask: Ask) -> None:
    duties = [duty for duty in await every(ask, "/v1/duties") if duty["article"] == "三"]
    assert {duty["number"]: (holder(duty), duty["text"]) for duty in duties} == article_three()
    assert [duty["source"] for duty in duties] == [f"三.{number}" for number in range(1, 26)]


async def test_clauses_equal_the_matrix_written_by_hand(ask: Ask) -> None:
    duties = await every(ask, "/v1/duties")
    items = {row["number"]: (row["unit"], row["clauses"]) for row in golden()["items"]}
    others = {row["code"]: (row["holder"], row["clauses"]) for row in golden()["others"]}
    assert {d["number"]: (holder(d), clauses(d)) for d in duties if d["article"] == "三"} == items
    assert {d["code"]: (holder(d), clauses(d)) for d in duties if d["article"] != "三"} == others


async def test_the_matrix_equals_the_one_written_by_hand(ask: Ask) -> None:
    expected: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    for row in [*golden()["items"], *golden()["others"]]:
        for kind, objects, partners in row["clauses"]:
            for name in objects:
                expected.setdefault((name, row.get("unit") or row["holder"]), (set(), set()))[0].add(kind)
                for partner in partners:
                    expected.setdefault((name, partner), (set(), set()))[1].add(kind)
    shown = {
        (row["sector"]["name"], cell["unit"]["name"]): (set(cell["kinds"]), set(cell["partner_kinds"]))
        for row in await every(ask, "/v1/matrix", limit=10)
        for cell in row["cells"]
    }
    assert shown == expected


async def test_the_matrix_is_asked_by_sector_unit_and_kind_of_duty(ask: Ask) -> None:
    whole = await every(ask, "/v1/matrix", limit=200)
    assert await every(ask, "/v1/matrix", sector="hotels") == [
        row for row in whole if row["sector"]["code"] == "hotels"
    ]
    mine = await every(ask, "/v1/matrix", unit="330324-nxj", limit=1)
    assert [row["sector"]["code"] for row in mine] == ["tourism", "star-rated-hotels", "hotels"]
    assert {cell["unit"]["code"] for row in mine for cell in row["cells"]} == {"330324-nxj"}
    counted = await every(ask, "/v1/matrix", unit="330324-nxj", duty="statistics", limit=2)
    assert [row["sector"]["code"] for row in counted] == ["tourism", "hotels"]
    assert await every(ask, "/v1/matrix", unit="330324-zzz") == []


async def test_coverage_finds_what_the_golden_file_expects(ask: Ask) -> None:
    found, expected = await ask("/v1/coverage"), golden()["coverage"]
    for name in ("duty_holders_not_members", "members_without_duty"):
        assert called(found[name]) == expected[name]
    assert sorted(called(found["sectors_counted_not_guided"])) == sorted(expected["counted_not_guided"])
    assert sorted(called(found["sectors_guided_not_counted"])) == sorted(expected["guided_not_counted"])
    assert sorted(called(found["sectors_without_guide"])) == sorted(expected["counted_not_guided"])
    assert called(found["sectors_guided_by_several"]) == list(expected["guided_by_several"])
    several = {entry["name"]: entry["remark"] for entry in found["sectors_guided_by_several_with_parts"]}
    assert sorted(several) == sorted(expected["guided_by_several_with_parts"])
    for name, units in expected["guided_by_several_with_parts"].items():
        assert [unit for unit in units if unit not in several[name]] == []


async def test_coverage_names_who_and_what_the_document_leaves_out(ask: Ask) -> None:
    found = await ask("/v1/coverage")
    assert called(found["duty_holders_not_members"]) == ["县房管局", "县农办", "县供销社"]
    assert {"物业管理", "房地产中介服务"} <= set(called(found["sectors_counted_not_guided"]))


async def test_coverage_says_why_and_what_the_document_leaves_open(ask: Ask) -> None:
    found = await ask("/v1/coverage")
    for entry in (entry for name in COVERAGE_LISTS for entry in found[name]):
        assert entry["name"] in entry["remark"]
        assert any(part in entry["remark"] for part in ("二.", "三.", "四."))
    assert "等单位" in found["note"]
    assert all(unit in found["note"] for unit in golden()["coverage"]["duty_holders_not_members"])
    [hotels] = [entry for entry in found["sectors_counted_not_guided"] if entry["name"] == "宾馆"]
    assert "宾馆(星级)" in hotels["remark"]


async def test_duties_are_found_by_unit_sector_and_kind(ask: Ask) -> None:
    async def codes(**query: str) -> list[str]:
        return [duty["code"] for duty in (await ask("/v1/duties", **query))["items"]]

    assert await codes(unit="330324-fgj") == ["2.2", "3.1", "4.2", "4.4.1"]
    assert await codes(unit="330324-xzf") == ["2.3"]
    assert await codes(sector="hotels") == ["3.19"]
    assert await codes(sector="education", kind="statistics") == ["3.3"]
    assert await codes(sector="education", kind="guide_coordinate") == []
    assert await codes(kind="supervise") == ["3.5"]
    assert await codes(unit="330324-none") == []


async def test_sectors_say_who_guides_and_who_counts_them(ask: Ask) -> None:
    sectors = {sector["code"]: sector for sector in await every(ask, "/v1/sectors")}
    assert [sector["name"] for sector in sectors.values()] == list(names("sectors").values())
    nanxi = [{"code": "330324-nxj", "name": "楠溪江风景旅游管理局"}]
    assert (sectors["hotels"]["guided_by"], sectors["hotels"]["counted_by"]) == ([], nanxi)
    assert (sectors["star-rated-hotels"]["guided_by"], sectors["star-rated-hotels"]["within"]) == (nanxi, "hotels")
    assert sectors["catering"]["gbt4754"] == {"code": "67", "edition": "GB/T 4754-2002"}
    assert {sector["kind"] for sector in await every(ask, "/v1/sectors", kind="theme")} == {"theme"}


async def test_a_unit_is_found_by_any_of_its_names(ask: Ask) -> None:
    async def codes(**query: str) -> list[str]:
        return [unit["code"] for unit in (await ask("/v1/units", **query))["items"]]

    assert called((await ask("/v1/units", q="地税局"))["items"]) == ["县财政局（地税局）"]
    assert await codes(q="县地税局") == ["330324-czj"]
    assert await codes(q="财政局(地税局)") == ["330324-czj"]
    assert await codes(q="FGJ") == ["330324-fgj"]
    assert await codes(q="统计局") == ["330324-tjj", "330300-tjj"]
    assert await codes(q="%") == []
    assert await codes(kind="vertical") == ["330324-gsj", "330324-zjj", "330324-rhz"]
    assert len(await codes()) == 31


async def test_a_units_card_holds_all_that_is_known_of_it(ask: Ask) -> None:
    card = await ask("/v1/units/330324-czj")
    assert (card["name"], card["kind"], card["valid_from"], card["valid_to"]) == (
        "县财政局（地税局）",
        "department",
        "2009-07-06",
        None,
    )
    assert card["aliases"] == ["县财政局", "县地税局", "地税局"]
    assert [duty["code"] for duty in card["duties"]] == ["3.6"]
    assert [(row["body"], row["role"]) for row in card["memberships"]] == [("coordination-meeting", "member")]
    assert [post["code"] for post in card["posts"]] == ["330324-czj-head"]


async def test_the_first_members_card_shows_the_office_and_its_heads_role(ask: Ask) -> None:
    card = await ask("/v1/units/330324-fgj")
    assert [row["role"] for row in card["memberships"]] == ["assistant_convener", "member", "office"]


async def test_bodies_show_their_office_and_what_they_owe(ask: Ask, office: httpx.AsyncClient) -> None:
    assert called((await ask("/v1/bodies"))["items"]) == list(names("bodies").values())
    answer = await office.get("/v1/bodies/coordination-meeting")
    body = answer.json()
    assert body["office"] == {"code": "330324-fgj", "name": "县发改局"}
    assert [row["kind"] for row in body["obligations"]] == [
        "start_of_year_meeting",
        "mid_year_meeting",
        "end_of_year_meeting",
        "deliberation",
        "special_meeting",
    ]
    assert answer.headers["etag"] == f'"{body["version"]}"'


async def test_posts_show_what_they_are_in_charge_of(ask: Ask) -> None:
    posts = {post["code"]: post for post in (await ask("/v1/posts"))["items"]}
    assert len(posts) == 25
    [portfolio] = posts["330324-fgfxz"]["portfolios"]
    assert (portfolio["scope"], portfolio["sectors"], portfolio["units"]) == ("归口管理的服务业工作", [], [])
    assert (portfolio["source"], portfolio["valid_from"]) == ("二.3", "2009-07-06")
    assert [post["code"] for post in (await ask("/v1/posts", unit="330324-jyj"))["items"]] == ["330324-jyj-head"]


async def test_the_document_keeps_its_dates_apart(ask: Ask) -> None:
    [document] = (await ask("/v1/documents"))["items"]
    assert (document["number"], document["written_on"], document["printed_on"]) == (
        "永政办发〔2009〕106号",
        "2009-07-06",
        "2009-07-08",
    )


LISTS = ["units", "duties", "sectors", "bodies", "matrix", "documents", "posts", "bodies/coordination-meeting/members"]


@pytest.mark.parametrize("path", LISTS)
async def test_before_the_document_was_written_lists_are_empty(ask: Ask, path: str) -> None:
    assert await ask(f"/v1/{path}", as_of="2009-07-05") == {"items": [], "next": None}


async def test_before_the_document_was_written_there_is_no_gap_either(ask: Ask) -> None:
    found = await ask("/v1/coverage", as_of="2009-07-05")
    assert [name for name in COVERAGE_LISTS if found[name]] == []
    assert found["note"] is None


@pytest.mark.parametrize("path", LISTS)
async def test_without_as_of_the_countys_today_is_meant(office: httpx.AsyncClient, ask: Ask, path: str) -> None:
    today = (await office.get(f"/v1/{path}")).json()
    assert today["items"] != []
    assert today == await ask(f"/v1/{path}", as_of="2026-01-15")


async def test_today_is_the_countys_not_utcs(registry: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    try:
        registry.clock.at = datetime(2009, 7, 5, 15, 59, tzinfo=UTC)
        assert (await office.get("/v1/units")).json()["items"] == []
        registry.clock.at = datetime(2009, 7, 5, 16, 0, tzinfo=UTC)
        assert (await office.get("/v1/units")).json()["items"] != []
    finally:
        registry.clock.at = NOW


@pytest.mark.parametrize("limit", [1, 4])
@pytest.mark.parametrize("path", LISTS)
async def test_pages_together_are_the_whole_list(ask: Ask, path: str, limit: int) -> None:
    paged = await every(ask, f"/v1/{path}", limit=limit)
    assert paged == (await ask(f"/v1/{path}", limit=200))["items"]


@pytest.mark.parametrize("text", ["2009-7-6", "20090706", "2009-02-30", "yesterday", "", "0", "2009-07-06T00:00:00"])
@pytest.mark.parametrize("path", ["units", "units/330324-fgj", "coverage", "bodies/coordination-meeting/members"])
async def test_a_day_that_is_none_is_refused_by_name(ask: Ask, path: str, text: str) -> None:
    problem = await ask(f"/v1/{path}", 422, as_of=text)
    [fault] = problem["errors"]
    assert fault["field"] == "as_of"
    assert "YYYY-MM-DD" in fault["expected"]


async def test_unknown_filters_of_a_known_kind_are_refused_by_name(ask: Ask) -> None:
    assert (await ask("/v1/units", 422, kind="ministry"))["errors"][0]["field"] == "kind"
    assert (await ask("/v1/duties", 422, kind="pray"))["errors"][0]["field"] == "kind"
    assert (await ask("/v1/units", 422, limit=0))["errors"][0]["field"] == "limit"


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "WyJhIl0",
        "WzEsMl0",
        "Wy0xXQ",
        "WzFlOTld",
        "W10",
        "W251bGxd",
        "W3RydWVd",
        "W1sxXV0",
        "e30",
        "MQ",
        "WzEuNV0",
    ],
)
@pytest.mark.parametrize("path", LISTS)
async def test_a_made_up_cursor_is_refused_by_name(ask: Ask, path: str, cursor: str) -> None:
    assert (await ask(f"/v1/{path}", 422, cursor=cursor))["errors"][0]["field"] == "cursor"


async def test_unknown_codes_are_not_found(ask: Ask) -> None:
    assert (await ask("/v1/units/330324-none", 404))["code"] == "unit-not-found"
    assert (await ask("/v1/bodies/none", 404))["code"] == "body-not-found"
    assert (await ask("/v1/bodies/none/members", 404))["code"] == "body-not-found"
    assert (await ask("/v1/coverage", 404, body="none"))["code"] == "body-not-found"
    early = await ask("/v1/units/330324-fgj", 404, as_of="2009-07-05")
    assert "2009-07-06" in early["detail"]


@pytest.mark.parametrize("path", [*LISTS, "coverage", "units/330324-fgj", "bodies/coordination-meeting"])
async def test_without_a_token_nothing_is_told(registry: ServiceUnderTest, path: str) -> None:
    async with registry.client(None) as stranger:
        assert (await stranger.get(f"/v1/{path}")).status_code == 401


@pytest.mark.parametrize("role", ["office", "leader", "auditor", "integration", "operator"])
async def test_any_role_may_read(registry: ServiceUnderTest, role: str) -> None:
    async with registry.client(role) as client:
        assert (await client.get("/v1/units")).status_code == 200


async def test_a_unit_may_read_of_others(registry: ServiceUnderTest) -> None:
    async with registry.client("unit", "330324-jyj") as client:
        assert (await client.get("/v1/units/330324-fgj")).status_code == 200
