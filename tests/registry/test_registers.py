"""The registers that duties create: one mechanism, each with its own fields, both times, and its event."""

from typing import Any

import httpx
import pytest

from services.registry.registers.kinds import REGISTERS
from services.registry.registers.standard_number import level_of, standard_number_faults
from tests.registry.conftest import SEED_DAY, Ask
from tests.support.api import ServiceUnderTest

STANDARD = {
    "key": "GB/T 28003-2011",
    "title": "旅游服务质量评价体系",
    "unit": "330324-zjj",
    "sectors": ["tourism"],
    "status": "in_force",
    "fields": {"level": "national", "issued_on": "2011-10-31", "in_force_on": "2012-02-01"},
    "document": "永政办发〔2012〕3号",
    "valid_from": "2012-03-01",
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "standards": STANDARD,
    "trademarks": {
        "key": "1234567",
        "title": "楠溪江",
        "unit": "330324-gsj",
        "sectors": ["tourism"],
        "status": "recognised",
        "fields": {"grade": "famous", "year": 2010, "holder": "永嘉县楠溪江旅游公司"},
        "valid_from": "2010-05-01",
    },
    "associations": {
        "key": "fwlh",
        "title": "永嘉县服务业联合会",
        "unit": "330324-mzj",
        "status": "active",
        "fields": {"kind": "federation", "members": 40},
        "valid_from": "2010-05-01",
    },
    "association-work": {
        "key": "2010-1",
        "title": "服务业人才培训班",
        "status": "done",
        "fields": {"association": "永嘉县服务业联合会", "kind": "training", "year": 2010, "result": "一百二十人次"},
        "valid_from": "2010-05-01",
    },
    "programmes": {
        "key": "t-1",
        "title": "瓯北旧厂房退二进三",
        "unit": "330324-ghj",
        "status": "running",
        "fields": {"programme": "land_conversion", "enterprise": "瓯北阀门厂", "started_on": "2010-01-01"},
        "valid_from": "2010-05-01",
    },
    "policies": {
        "key": "永政发〔2009〕88号",
        "title": "关于加快服务业发展的若干意见",
        "unit": "330324-fgj",
        "status": "in_force",
        "fields": {
            "kind": "policy",
            "issuer": "永嘉县人民政府",
            "written_on": "2009-09-01",
            "addressees": ["各乡镇人民政府"],
            "copies": ["县委各部门"],
            "subject_words": ["服务业", "意见"],
        },
        "valid_from": "2009-09-01",
    },
}


async def recorded(office: httpx.AsyncClient, register: str, **changes: object) -> dict[str, Any]:
    answer = await office.post(f"/v1/registers/{register}", json=EXAMPLES[register] | changes)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture
async def entry(office: httpx.AsyncClient) -> dict[str, Any]:
    return await recorded(office, "standards")


@pytest.mark.parametrize("register", REGISTERS)
async def test_each_register_takes_shows_and_tells_its_entries(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask, register: str
) -> None:
    entered = await recorded(office, register)
    listed = await ask(f"/v1/registers/{register}", as_of="2026-01-01")
    assert [item["key"] for item in listed["items"]] == [EXAMPLES[register]["key"]]
    assert listed["items"][0]["fields"] == EXAMPLES[register]["fields"]
    (event,) = await registry.events(entered["id"])
    assert event.type == "cn.xietiao.registry.register-entry-changed.v1"
    assert (event.data.model_dump()["register_name"], event.data.model_dump()["title"]) == (
        register,
        EXAMPLES[register]["title"],
    )


async def test_the_registers_say_what_they_keep(ask: Ask) -> None:
    registers = (await ask("/v1/registers"))["items"]
    assert [register["name"] for register in registers] == list(REGISTERS)
    assert registers[0]["states"]["in_force"] == "现行"
    assert registers[0]["fields"]["properties"]["level"]["title"] == "级别"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "游服"}, 1),
        ({"q": "28003"}, 1),
        ({"q": "国家标准"}, 1),
        ({"q": "游"}, 1),
        ({"q": "旅馆"}, 0),
        ({"status": "withdrawn"}, 0),
        ({"sector": "tourism"}, 1),
        ({"sector": "hotels"}, 0),
        ({"unit": "330324-zjj"}, 1),
        ({"level": "national"}, 1),
        ({"level": "local"}, 0),
        ({"where": "issued_on:2011-10-31"}, 1),
        ({"where": "issued_on:2011-10-30"}, 0),
        ({"as_of": "2012-02-29"}, 0),
    ],
)
async def test_a_register_is_searched_and_filtered(
    entry: object, office: httpx.AsyncClient, query: dict[str, str], found: int
) -> None:
    answer = await office.get("/v1/registers/standards", params={"as_of": "2026-01-01", **query})
    assert len(answer.json()["items"]) == found


async def test_a_register_is_paged(office: httpx.AsyncClient, ask: Ask) -> None:
    for year in (2009, 2010, 2011):
        await recorded(office, "standards", key=f"GB/T 1-{year}")
    first = await ask("/v1/registers/standards", as_of="2026-01-01", limit=2)
    second = await ask("/v1/registers/standards", as_of="2026-01-01", limit=2, cursor=first["next"])
    assert [item["key"] for item in (*first["items"], *second["items"])] == [
        "GB/T 1-2009",
        "GB/T 1-2010",
        "GB/T 1-2011",
    ]
    assert second["next"] is None


async def test_what_an_entry_was_stays_known(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask, entry: dict[str, Any]
) -> None:
    path = f"/v1/registers/standards/{entry['id']}"
    before = registry.clock.at.replace(hour=3).isoformat()
    registry.clock.at = registry.clock.at.replace(hour=5)
    change = STANDARD | {"status": "replaced", "valid_from": "2020-01-01", "document": "永政办发〔2020〕5号"}
    amended = await office.put(path, json=change, headers={"if-match": '"1"'})
    assert (amended.status_code, amended.json()["version"]) == (200, 2)
    assert (await ask(path, as_of="2019-12-31"))["status"] == "in_force"
    assert (await ask(path, as_of="2020-01-01"))["status"] == "replaced"
    assert (await ask(path, as_of="2020-01-01", known_at=before))["status"] == "in_force"
    history = (await office.get(f"{path}/history")).json()["items"]
    assert [
        (item["status"], item["valid_from"], item["valid_to"], item["superseded_at"] is None) for item in history
    ] == [
        ("replaced", "2020-01-01", None, True),
        ("in_force", "2012-03-01", "2020-01-01", True),
        ("in_force", "2012-03-01", None, False),
    ]
    assert history[0]["by"] == "office (office)"
    assert history[0]["change_document"] == "永政办发〔2020〕5号"
    assert [event.aggregateversion for event in await registry.events(entry["id"])] == [1, 2]


async def test_an_entry_ends(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask, entry: dict[str, Any]
) -> None:
    path = f"/v1/registers/standards/{entry['id']}"
    ended = await office.post(f"{path}/end", json={"ends_on": "2020-01-01"})
    assert ended.json()["valid_to"] == "2020-01-01"
    await ask(path, 404, as_of="2020-01-01")
    again = await office.post(f"{path}/end", json={"ends_on": "2021-01-01"})
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, "ends_on")
    assert str((await registry.events(entry["id"]))[-1].data.model_dump()["valid_to"]) == "2020-01-01"


@pytest.mark.parametrize(
    ("register", "changes", "field", "expected"),
    [
        ("standards", {"key": "GB/T28003—2011"}, "key", "GB/T 12345-2020"),
        ("standards", {"fields": {"level": "local"}}, "fields", "level national"),
        ("standards", {"fields": {}}, "fields.level", None),
        ("standards", {"status": "gültig"}, "status", "in_force"),
        ("standards", {"unit": "330324-zj"}, "unit", "330324-zjj"),
        ("standards", {"sectors": ["tourismus"]}, "sectors", "tourism"),
        ("standards", {"valid_to": "2012-03-01"}, "body", "a valid_to after valid_from"),
        ("policies", {"key": "[2023]01号"}, "key", "发文字号"),
        ("policies", {"document": "永政办发[2009]106号"}, "document", "〔four-digit year〕"),
        ("trademarks", {"fields": {"grade": "famous", "year": 1800, "holder": "x"}}, "fields.year", None),
    ],
)
async def test_what_a_register_does_not_take_is_refused_by_field(
    office: httpx.AsyncClient, register: str, changes: dict[str, Any], field: str, expected: str | None
) -> None:
    answer = await office.post(f"/v1/registers/{register}", json=EXAMPLES[register] | changes)
    assert answer.status_code == 422, answer.text
    fault = answer.json()["errors"][0]
    assert fault["field"] == field
    assert expected is None or expected in fault["expected"]


async def test_a_key_means_one_entry_at_a_time(office: httpx.AsyncClient, entry: object) -> None:
    again = await office.post("/v1/registers/standards", json=STANDARD | {"title": "另一标准"})
    assert again.status_code == 409
    assert "旅游服务质量评价体系" in again.json()["detail"]


async def test_only_the_office_writes_and_everybody_known_reads(registry: ServiceUnderTest) -> None:
    async with registry.client("unit", "330324-zjj") as unit, registry.client(None) as nobody:
        assert (await unit.post("/v1/registers/standards", json=STANDARD)).status_code == 403
        assert (await unit.get("/v1/registers/standards")).status_code == 200
        assert (await nobody.get("/v1/registers/standards")).status_code == 401


async def test_trademarks_are_filtered_by_grade_and_year(office: httpx.AsyncClient) -> None:
    await recorded(office, "trademarks")
    for where, found in (("grade:famous", 1), ("year:2010", 1), ("grade:well_known", 0), ("year:2011", 0)):
        answer = await office.get("/v1/registers/trademarks", params={"where": where, "as_of": "2026-01-01"})
        assert len(answer.json()["items"]) == found
    wrong = await office.get("/v1/registers/trademarks", params={"where": "colour:red"})
    assert "grade" in wrong.json()["errors"][0]["expected"]


async def test_what_is_not_there_is_not_found(office: httpx.AsyncClient, ask: Ask, entry: dict[str, Any]) -> None:
    await ask("/v1/registers/recipes", 404)
    await ask(f"/v1/registers/policies/{entry['id']}", 404)
    await ask("/v1/registers/standards/0190a5d0-0000-7000-8000-000000000000/history", 404)
    stale = await office.put(f"/v1/registers/standards/{entry['id']}", json=STANDARD, headers={"if-match": '"7"'})
    assert stale.status_code == 412


async def test_the_same_request_again_enters_nothing(office: httpx.AsyncClient, ask: Ask) -> None:
    for _ in range(2):
        answer = await office.post("/v1/registers/standards", json=STANDARD, headers={"idempotency-key": "k"})
        assert answer.status_code == 201
    assert len((await ask("/v1/registers/standards", as_of="2026-01-01"))["items"]) == 1


async def test_nothing_is_listed_before_the_first_day(ask: Ask, entry: object) -> None:
    assert (await ask("/v1/registers/standards", as_of=SEED_DAY))["items"] == []


@pytest.mark.parametrize(
    "number", ["GB/T 28003-2011", "GB 5749-2006", "SB/T 10482-2008", "DB33/T 836-2011", "LB/T 1.2-2009"]
)
def test_numbers_of_standards_are_taken(number: str) -> None:
    assert standard_number_faults(number) == []


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("GB/T28003—2011", "is written GB/T 28003-2011"),
        ("gb/t 28003-2011", "is written GB/T 28003-2011"),
        ("GB/T 28003-11", "is no standard's number"),
        ("DB/T 836-2011", "a local standard has the division's digits"),
        ("SB33/T 1-2011", "only local standards"),
        ("GB/T 1-1900", "no year"),
        ("服务业标准", "is no standard's number"),
    ],
)
def test_other_numbers_are_refused_with_what_would_be_right(number: str, reason: str) -> None:
    assert reason in standard_number_faults(number)[0]


def test_the_level_follows_from_the_number() -> None:
    assert [level_of(number) for number in ("GB 1-2000", "DB33/T 1-2000", "SB/T 1-2000")] == [
        "national",
        "local",
        "industry",
    ]
