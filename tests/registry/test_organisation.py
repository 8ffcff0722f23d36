"""Changes of organisation: what follows, what is warned of, what others hear, and what the registry still knows."""

from typing import Any

import httpx
import pytest

from shared.contracts.registry import DutyAssigned, DutyRevoked, UnitChanged, UnitRetired, UnitsMerged, UnitSplit
from tests.registry.conftest import Ask
from tests.support.api import ServiceUnderTest

DOCUMENT = "永委办〔2026〕5号"
DAY = "2026-03-01"
NEW = {"code": "330324-wgt", "name": "县文化和广电旅游体育局", "short_name": "文广旅体局", "kind": "department"}


def order(**changes: object) -> dict[str, Any]:
    return {"effective_on": DAY, "document": DOCUMENT, **changes}


async def told(registry: ServiceUnderTest, subject: str) -> list[Any]:
    return [event.data for event in await registry.events(subject)]


async def confirmed(office: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Try it first, then apply it with every warning confirmed."""
    tried = await office.post(path, json={**body, "dry_run": True})
    assert tried.status_code == 200, tried.text
    answer = await office.post(path, json={**body, "confirm": [each["code"] for each in tried.json()["warnings"]]})
    assert answer.status_code == 200, answer.text
    applied: dict[str, Any] = answer.json()
    assert applied["effects"] == tried.json()["effects"]
    return applied


async def test_a_merger_takes_everything_along(registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask) -> None:
    old = [await ask(f"/v1/units/{code}", as_of="2026-02-28") for code in ("330324-wgj", "330324-tyj")]
    body = order(units=["330324-wgj", "330324-tyj"], into=NEW, follow={"open_work_to": "330324-wgt"})
    applied = await confirmed(office, "/v1/organisation/merges", body)

    card = await ask("/v1/units/330324-wgt", as_of=DAY)
    assert {duty["code"] for duty in card["duties"]} == {duty["code"] for each in old for duty in each["duties"]}
    assert {post["code"] for post in card["posts"]} == {post["code"] for each in old for post in each["posts"]}
    assert [seat["role"] for seat in card["memberships"]].count("member") == 1
    await ask("/v1/units/330324-wgj", 404, as_of=DAY)
    assert (await ask("/v1/units/330324-wgj", as_of="2026-02-28"))["duties"] != []
    assert {effect["outcome"] for effect in applied["effects"]} == {"goes"}
    merged = (await told(registry, "330324-wgj"))[-1]
    assert isinstance(merged, UnitsMerged)
    assert (merged.into, merged.open_work_to, str(merged.states[-1].valid_to)) == (
        "330324-wgt",
        "330324-wgt",
        DAY,
    )
    assert any(isinstance(each, DutyRevoked) for each in await told(registry, "330324-wgj"))
    assert any(isinstance(each, DutyAssigned) for each in await told(registry, "330324-wgt"))


async def test_lineage_leads_both_ways(office: httpx.AsyncClient, ask: Ask) -> None:
    await confirmed(
        office,
        "/v1/organisation/merges",
        order(units=["330324-wgj", "330324-tyj"], into=NEW, follow={"open_work_to": "330324-wgt"}),
    )
    new = await ask("/v1/units/330324-wgt/lineage", as_of=DAY)
    assert {unit["code"] for unit in new["predecessors"]} == {"330324-wgj", "330324-tyj"}
    assert new["events"][0]["type"] == "org:ChangeEvent"
    old = await ask("/v1/units/330324-wgj/lineage", as_of=DAY)
    assert [unit["name"] for unit in old["successors"]] == ["县文化和广电旅游体育局"]
    assert (await ask("/v1/units/330324-wgj/lineage", as_of="2026-02-28"))["successors"] == []
    await ask("/v1/units/330324-none/lineage", 404)
    await confirmed(office, "/v1/units/330324-jyj/rename", order(name="县教育和体育局", short_name="教体局"))
    [renamed] = (await ask("/v1/units/330324-jyj/lineage", as_of=DAY))["events"]
    assert renamed["original_organization"] == [{"code": "330324-jyj", "name": "县教育局"}]
    assert renamed["resulting_organization"] == [{"code": "330324-jyj", "name": "县教育和体育局"}]


async def test_one_unit_becomes_two(registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask) -> None:
    card = await ask("/v1/units/330324-rsj", as_of="2026-02-28")
    duty = card["duties"][0]["code"]
    body = order(
        into=[
            {"code": "330324-rsb", "name": "县人力资源和社会保障局", "short_name": "人社局", "kind": "department"},
            {"code": "330324-gwy", "name": "县公务员局", "short_name": "公务员局", "kind": "department"},
        ],
        follow={
            "rest": {"to": "330324-rsb"},
            "duty_items": {duty: {"to": "330324-gwy"}},
            "open_work_to": "330324-rsb",
        },
    )
    await confirmed(office, "/v1/units/330324-rsj/split", body)
    assert [each["code"] for each in (await ask("/v1/units/330324-gwy", as_of=DAY))["duties"]] == [duty]
    first = await ask("/v1/units/330324-rsb", as_of=DAY)
    assert {each["code"] for each in first["duties"]} == {each["code"] for each in card["duties"]} - {duty}
    assert [seat["role"] for seat in first["memberships"]] == ["member"]
    split = (await told(registry, "330324-rsj"))[-1]
    assert isinstance(split, UnitSplit)
    assert (split.into, split.continues) == (("330324-rsb", "330324-gwy"), False)


async def test_a_unit_that_goes_on_keeps_what_no_rule_names(office: httpx.AsyncClient, ask: Ask) -> None:
    before = await ask("/v1/units/330324-wgj", as_of=DAY)
    body = order(
        into=[{"code": "330324-bqj", "name": "县版权局", "short_name": "版权局", "kind": "department"}], continues=True
    )
    applied = await confirmed(office, "/v1/units/330324-wgj/split", body)
    assert {effect["outcome"] for effect in applied["effects"]} == {"stays"}
    after = await ask("/v1/units/330324-wgj", as_of=DAY)
    assert (after["duties"], after["memberships"]) == (before["duties"], before["memberships"])


async def test_a_sector_left_without_a_guide_is_said_and_must_be_confirmed(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask
) -> None:
    before, events = await ask("/v1/coverage", as_of=DAY), len(await registry.events())
    body = order(follow={"rest": {"end": True}})
    tried = (await office.post("/v1/units/330324-nxj/retire", json={**body, "dry_run": True})).json()
    unguided = [each for each in tried["warnings"] if each["code"].startswith("sectors_without_guide:")]
    assert unguided
    assert all(each["severity"] == "high" and "没有单位指导协调" in each["remark"] for each in unguided)
    assert (tried["dry_run"], tried["change"]) == (True, None)
    assert (await registry.audit())[-1]["action"] == "try-to-retire-unit"
    answer = await office.post("/v1/units/330324-nxj/retire", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "unconfirmed-warnings")
    assert {each["code"] for each in unguided} <= set(answer.json()["allowed"])
    assert (await ask("/v1/coverage", as_of=DAY), len(await registry.events())) == (before, events)
    body["confirm"] = [each["code"] for each in tried["warnings"]]
    assert (await office.post("/v1/units/330324-nxj/retire", json=body)).status_code == 200
    assert any(isinstance(each, UnitRetired) for each in await told(registry, "330324-nxj"))


async def test_a_merger_that_leaves_a_sector_without_a_guide_says_so_first(office: httpx.AsyncClient, ask: Ask) -> None:
    body = order(units=["330324-nxj", "330324-tyj"], into=NEW, follow={"duties": {"end": True}})
    answer = await office.post("/v1/organisation/merges", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "unconfirmed-warnings")
    unguided = [code for code in answer.json()["allowed"] if code.startswith("sectors_without_guide:")]
    assert unguided
    assert (await ask("/v1/units/330324-nxj", as_of=DAY))["duties"] != []
    some = await office.post("/v1/organisation/merges", json={**body, "confirm": unguided[:1]})
    assert some.status_code == 409
    assert unguided[0] not in some.json()["allowed"]


async def test_what_is_open_needs_a_rule(office: httpx.AsyncClient) -> None:
    answer = await office.post("/v1/units/330324-wgj/retire", json=order())
    assert answer.status_code == 422
    [fault] = answer.json()["errors"]
    assert fault["field"].startswith("follow.")
    assert "no rule says what follows" in fault["reason"]


async def test_a_unit_is_renamed_from_a_day_on(registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask) -> None:
    body = order(name="县教育和体育局", short_name="教体局")
    version = (await ask("/v1/units/330324-jyj"))["version"]
    answer = await office.post("/v1/units/330324-jyj/rename", json=body, headers={"if-match": f'"{version}"'})
    assert answer.status_code == 200, answer.text
    assert (await ask("/v1/units/330324-jyj", as_of="2026-02-28"))["name"] == "县教育局"
    assert (await ask("/v1/units/330324-jyj", as_of=DAY))["name"] == "县教育和体育局"
    changed = (await told(registry, "330324-jyj"))[-1]
    assert isinstance(changed, UnitChanged)
    assert (changed.change, [state.name for state in changed.states]) == ("renamed", ["县教育局", "县教育和体育局"])
    codes = [unit["code"] for unit in (await ask("/v1/units", limit=200))["items"]]
    assert [unit["code"] for unit in (await ask("/v1/units", as_of=DAY, limit=200))["items"]] == codes
    stale = await office.post("/v1/units/330324-jyj/rename", json=body, headers={"if-match": f'"{version}"'})
    assert stale.status_code == 412


async def test_a_name_of_another_unit_is_refused(office: httpx.AsyncClient) -> None:
    answer = await office.post("/v1/units/330324-jyj/rename", json=order(name="县体育局", short_name="教体局"))
    assert (answer.status_code, answer.json()["code"]) == (409, "overlap")
    assert "330324-tyj" in answer.json()["detail"]


async def test_a_unit_moves_under_another_and_never_under_itself(office: httpx.AsyncClient, ask: Ask) -> None:
    assert (await office.post("/v1/units/330324-xxb/move", json=order(parent="330324-fgj"))).status_code == 200
    assert (await ask("/v1/units/330324-xxb", as_of=DAY))["parent"] == "330324-fgj"
    circle = await office.post("/v1/units/330324-fgj/move", json=order(parent="330324-xxb"))
    assert (circle.status_code, circle.json()["code"]) == (409, "conflict")
    unknown = await office.post("/v1/units/330324-fgj/move", json=order(parent="330324-nix"))
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "parent")


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("/v1/units/330324-none/retire", order(), 404, None),
        ("/v1/organisation/merges", order(units=["330324-none", "330324-wgj"], into="330324-wgj"), 422, "units.0"),
        ("/v1/organisation/merges", order(units=["330324-wgj"], into="330324-wgj"), 422, ""),
        ("/v1/organisation/merges", order(units=["330324-wgj"], into="330324-nix"), 422, "into"),
        ("/v1/units/330324-wgj/retire", order(document="[2023]01号"), 422, "document"),
        ("/v1/units/330324-wgj/retire", order(effective_on="2009-07-06"), 422, "effective_on"),
        ("/v1/units/330324-wgj/retire", order(effective_on="2000-01-01"), 422, "effective_on"),
        ("/v1/units/330324-wgj/retire", order(follow={"rest": {"to": "330324-nix"}}), 422, "follow.rest.to"),
        ("/v1/units/330324-wgj/retire", order(follow={"rest": {"stay": True}}), 422, "follow.rest"),
        (
            "/v1/units/330324-wgj/retire",
            order(follow={"rest": {"end": True}, "duty_items": {"9.9": {"end": True}}}),
            422,
            "follow.duty_items.9.9",
        ),
    ],
)
async def test_what_cannot_be_is_refused(
    registry: ServiceUnderTest,
    office: httpx.AsyncClient,
    path: str,
    body: dict[str, Any],
    status: int,
    field: str | None,
) -> None:
    before = len(await registry.events())
    answer = await office.post(path, json=body)
    assert answer.status_code == status, answer.text
    if field:
        assert answer.json()["errors"][0]["field"] == field
    assert len(await registry.events()) == before


@pytest.mark.parametrize("parent", ["330324-swj", "330324-nix"])
async def test_a_new_unit_stands_under_one_that_is_there(office: httpx.AsyncClient, parent: str) -> None:
    unit = {"code": "330324-swj", "name": "县商务局", "short_name": "商务局", "kind": "department", "parent": parent}
    registered = await office.post("/v1/units", json={**unit, "valid_from": DAY})
    assert (registered.status_code, registered.json()["errors"][0]["field"]) == (422, "parent")
    merged = await office.post("/v1/organisation/merges", json=order(units=["330324-wgj", "330324-tyj"], into=unit))
    assert (merged.status_code, merged.json()["errors"][0]["field"]) == (422, "into.parent")


@pytest.mark.parametrize("role", ["unit", "leader", "auditor", "integration", "operator"])
async def test_only_the_office_changes_the_organisation(registry: ServiceUnderTest, role: str) -> None:
    async with registry.client(role, "330324-fgj" if role == "unit" else None) as client:
        assert (await client.post("/v1/units/330324-wgj/retire", json=order())).status_code == 403
