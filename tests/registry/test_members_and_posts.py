"""Members of bodies, posts with their incumbents and portfolios: by command, all or nothing, names in no event."""

from typing import Any

import httpx
import pytest

from shared.contracts.registry import BodyChanged, IncumbencyChanged, MembershipChanged, PortfolioChanged, PostChanged
from tests.registry.conftest import Ask
from tests.support.api import ServiceUnderTest

MEETING = "/v1/bodies/coordination-meeting"
DAY = "2026-03-01"
HEAD = "330324-fgj-head"


def dated(**changes: object) -> dict[str, Any]:
    return {"effective_on": DAY, "document": "永政办发〔2026〕12号", **changes}


def member(unit: str, role: str = "member") -> dict[str, Any]:
    return {"role": role, "holder": {"unit": unit}}


async def units_of(ask: Ask, day: str) -> set[str]:
    members = (await ask(f"{MEETING}/members", as_of=day, role="member", limit=200))["items"]
    return {each["holder"]["unit"]["code"] for each in members if "unit" in each["holder"]}


async def test_members_are_adjusted_by_one_document(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask
) -> None:
    before, version = await units_of(ask, DAY), (await ask(MEETING))["version"]
    body = dated(
        adds=[member("330324-fdj"), member("330324-nb")],
        ends=[member("330324-rhz")],
        role_changes=[{"holder": {"unit": "330324-tjj"}, "from_role": "member", "to_role": "office"}],
    )
    answer = await office.post(f"{MEETING}/members/adjust", json=body, headers={"if-match": f'"{version}"'})
    assert answer.status_code == 200, answer.text
    assert answer.json()["version"] == version + 5
    after = await units_of(ask, DAY)
    assert after == before - {"330324-rhz", "330324-tjj"} | {"330324-fdj", "330324-nb"}
    assert await units_of(ask, "2026-02-28") == before
    ended = [event.data for event in (await registry.events("coordination-meeting"))[-5:]]
    assert all(isinstance(each, MembershipChanged) for each in ended)
    stale = await office.post(f"{MEETING}/members/adjust", json=body, headers={"if-match": f'"{version}"'})
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"ends": [member("330324-nb")]}, ["ends.0.holder"]),
        ({"adds": [member("330324-fdj"), member("330324-nix")]}, ["adds.1.holder.unit"]),
        (
            {"ends": [member("330324-nb")], "adds": [member("330324-fgj"), member("330324-nb")]},
            ["ends.0.holder", "adds.0"],
        ),
        ({"adds": [member("330324-fdj")], "document": "[2023]01号"}, ["document"]),
        ({}, ["body"]),
    ],
)
async def test_one_fault_refuses_the_whole_adjustment(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask, changes: dict[str, Any], fields: list[str]
) -> None:
    before, events = await units_of(ask, DAY), len(await registry.events())
    answer = await office.post(f"{MEETING}/members/adjust", json=dated(**changes))
    assert answer.status_code == 422, answer.text
    assert [fault["field"] for fault in answer.json()["errors"]] == fields
    assert (await units_of(ask, DAY), len(await registry.events())) == (before, events)


async def test_a_wrong_number_is_told_what_is_wrong(office: httpx.AsyncClient) -> None:
    answer = await office.post(
        f"{MEETING}/members/adjust", json=dated(adds=[member("330324-nb")], document="[2023]01号")
    )
    [fault] = answer.json()["errors"]
    assert "brackets must be 〔〕" in fault["reason"]
    assert "without leading zero" in fault["reason"]


async def test_a_member_that_is_one_already_is_named(office: httpx.AsyncClient) -> None:
    answer = await office.post(f"{MEETING}/members/adjust", json=dated(adds=[member("330324-fgj")]))
    assert (answer.status_code, answer.json()["code"]) == (409, "overlap")
    assert "县发改局" in answer.json()["detail"]


async def test_membership_of_the_past_is_corrected(office: httpx.AsyncClient, ask: Ask) -> None:
    body = {**member("330324-nb"), "valid_from": "2010-01-01", "valid_to": "2012-01-01", "reason": "漏录"}
    assert (await office.post(f"{MEETING}/members/correct", json=body)).status_code == 200
    assert "330324-nb" in await units_of(ask, "2011-01-01")
    assert "330324-nb" not in await units_of(ask, "2012-01-01")
    body |= {"never": True, "valid_from": "2011-01-01"}
    assert (await office.post(f"{MEETING}/members/correct", json=body)).status_code == 200
    assert "330324-nb" in await units_of(ask, "2010-12-31")
    assert "330324-nb" not in await units_of(ask, "2011-01-01")


async def test_a_body_is_set_up_and_dissolved_with_its_members(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask
) -> None:
    made = await office.put("/v1/bodies/leading-group", json=dated(name="县服务业发展领导小组", office="330324-fgj"))
    assert made.status_code == 200, made.text
    adjusted = await office.post("/v1/bodies/leading-group/members/adjust", json=dated(adds=[member("330324-jyj")]))
    assert adjusted.status_code == 200, adjusted.text
    ended = await office.post("/v1/bodies/leading-group/dissolve", json=dated(effective_on="2026-06-01"))
    assert ended.status_code == 200, ended.text
    assert len((await ask("/v1/bodies/leading-group/members", as_of="2026-05-31"))["items"]) == 1
    await ask("/v1/bodies/leading-group", 404, as_of="2026-06-01")
    last = (await registry.events("leading-group"))[-1].data
    assert isinstance(last, BodyChanged)
    assert str(last.states[-1].valid_to) == "2026-06-01"


async def test_persons_come_and_go_by_date_and_stand_in_no_event(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask
) -> None:
    first = dated(person="张三", effective_on="2026-01-01")
    assert (await office.post(f"/v1/posts/{HEAD}/appoint", json=first)).status_code == 200
    taken = await office.post(f"/v1/posts/{HEAD}/appoint", json=dated(person="李四"))
    assert (taken.status_code, taken.json()["code"]) == (409, "overlap")
    assert "张三" in taken.json()["detail"]
    assert (await office.post(f"/v1/posts/{HEAD}/appoint", json=dated(person="李四", replace=True))).status_code == 200
    assert (await ask(f"/v1/posts/{HEAD}", as_of="2026-02-28"))["incumbent"]["person"] == "张三"
    assert (await ask(f"/v1/posts/{HEAD}", as_of=DAY))["incumbent"]["person"] == "李四"
    assert (await office.post(f"/v1/posts/{HEAD}/vacate", json=dated(effective_on="2026-06-01"))).status_code == 200
    assert (await ask(f"/v1/posts/{HEAD}/incumbents", as_of="2026-06-01"))["items"] == []
    events = await registry.events(f"post:{HEAD}")
    assert isinstance(events[-1].data, IncumbencyChanged)
    assert not any("张三" in event.model_dump_json() or "李四" in event.model_dump_json() for event in events)
    right = {"valid_from": "2025-01-01", "valid_to": "2026-01-01", "person": "王五", "reason": "补录"}
    assert (await office.post(f"/v1/posts/{HEAD}/incumbents/correct", json=right)).status_code == 200
    assert (await ask(f"/v1/posts/{HEAD}", as_of="2025-06-01"))["incumbent"]["person"] == "王五"


async def test_who_is_in_charge_of_what(registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask) -> None:
    post = "330324-fgfxz"
    assert (await office.post(f"/v1/posts/{post}/appoint", json=dated(person="张三"))).status_code == 200
    scope = dated(scope="分管旅游口", units=["330324-nxj"], sectors=["hotels"])
    answer = await office.post(f"/v1/posts/{post}/portfolios", json=scope)
    assert answer.status_code == 200, answer.text
    assert (await office.post(f"/v1/posts/{post}/portfolios", json=scope)).status_code == 409
    for query in ({"person": "张三"}, {"unit": "330324-nxj"}, {"sector": "hotels", "person": "张三"}):
        [charge] = (await ask("/v1/charges", as_of=DAY, **query))["items"]
        assert (charge["post"]["code"], charge["incumbent"]["person"]) == (post, "张三")
        assert {"unit", "sector"} <= {why for duty in charge["duties"] for why in duty["why"]}
    assert (await ask("/v1/charges", as_of=DAY, person="李四"))["items"] == []
    told = (await registry.events(f"post:{post}"))[-1].data
    assert isinstance(told, PortfolioChanged)
    assert (told.units, told.sectors) == (("330324-nxj",), ("hotels",))
    taken = await office.post(
        f"/v1/posts/{post}/portfolios/take", json=dated(scope="分管旅游口", effective_on="2026-06-01")
    )
    assert taken.status_code == 200, taken.text
    assert (await ask("/v1/charges", as_of="2026-06-01", unit="330324-nxj"))["items"] == []
    wrong = await office.post(f"/v1/posts/{post}/portfolios", json=dated(scope="其他", sectors=["none"]))
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "sectors.0")


async def test_a_post_is_set_up_changed_and_ended(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask
) -> None:
    post = {"code": "330324-fgj-deputy", "title": "县发改局副局长", "unit": "330324-fgj"}
    assert (await office.post("/v1/posts", json=dated(**post))).status_code == 201
    assert (await office.post("/v1/posts", json=dated(**post))).status_code == 409
    code = post["code"]
    changed = dated(title="县发改局党组副书记", effective_on="2026-04-01")
    assert (await office.post(f"/v1/posts/{code}/change", json=changed)).status_code == 200
    assert (await ask(f"/v1/posts/{code}", as_of="2026-04-01"))["post"]["title"] == "县发改局党组副书记"
    assert (await office.post(f"/v1/posts/{code}/appoint", json=dated(person="张三"))).status_code == 200
    right = {"valid_from": "2026-01-01", "valid_to": "2026-03-01", "title": "县发改局副调研员", "reason": "补录"}
    assert (await office.post(f"/v1/posts/{code}/correct", json=right)).status_code == 200
    assert (await ask(f"/v1/posts/{code}", as_of="2026-02-01"))["post"]["title"] == "县发改局副调研员"
    held = await office.post(f"/v1/posts/{code}/end", json=dated(effective_on="2026-05-01"))
    assert (held.status_code, held.json()["code"]) == (409, "dangling-reference")
    ended = await office.post(f"/v1/posts/{code}/end", json=dated(effective_on="2026-05-01", with_all=True))
    assert ended.status_code == 200, ended.text
    await ask(f"/v1/posts/{code}", 404, as_of="2026-05-01")
    last = (await registry.events(f"post:{code}"))[-1].data
    assert isinstance(last, PostChanged)
    assert str(last.states[-1].valid_to) == "2026-05-01"
    assert (await office.post("/v1/posts/330324-none/end", json=dated())).status_code == 404
