"""Registering a unit and adding a member: who may, what is refused, what others hear of it."""

import asyncio
from typing import Any

import httpx
import pytest

from shared.contracts.registry import MembershipChanged, UnitRegistered
from tests.registry.conftest import Ask
from tests.support.api import ServiceUnderTest

MEMBERS = "/v1/bodies/coordination-meeting/members"


def unit(**changes: object) -> dict[str, Any]:
    return {
        "code": "330324-swj",
        "name": "县商务局",
        "short_name": "商务局",
        "kind": "department",
        "aliases": ["县招商局"],
        "valid_from": "2026-01-01",
        "document": "永政办发〔2025〕88号",
        **changes,
    }


def seat(**changes: object) -> dict[str, Any]:
    return {
        "role": "member",
        "holder": {"unit": "330324-fdj"},
        "valid_from": "2026-01-01",
        "document": "永政办发〔2025〕88号",
        **changes,
    }


async def test_the_office_registers_a_unit_and_others_hear_of_it(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask
) -> None:
    answer = await office.post("/v1/units", json=unit())
    assert answer.status_code == 201, answer.text
    assert (answer.json()["version"], answer.headers["etag"]) == (1, '"1"')
    [event] = await registry.events("330324-swj")
    assert isinstance(event.data, UnitRegistered)
    assert (event.data.name, event.data.aliases, event.aggregateversion) == ("县商务局", ("县招商局",), 1)
    [found] = (await ask("/v1/units", as_of="2026-01-01", q="招商"))["items"]
    assert found["document"] == "永政办发〔2025〕88号"
    assert (await ask("/v1/units", as_of="2025-12-31", q="招商"))["items"] == []
    assert (await registry.audit())[-1]["action"] == "register-unit"


async def test_the_same_key_twice_is_one_unit(registry: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    first, second = [await office.post("/v1/units", json=unit(), headers={"idempotency-key": "k"}) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert len(await registry.events("330324-swj")) == 1


async def test_the_same_key_with_another_body_is_refused(registry: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    key = {"idempotency-key": "k"}
    assert (await office.post("/v1/units", json=unit(), headers=key)).status_code == 201
    other = await office.post("/v1/units", json=unit(code="330324-swj2", name="县外贸局", aliases=[]), headers=key)
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert await registry.events("330324-swj2") == []


async def test_the_same_key_twice_is_one_seat(registry: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    before = len(await registry.events("coordination-meeting"))
    first, second = [await office.post(MEMBERS, json=seat(), headers={"idempotency-key": "s"}) for _ in range(2)]
    assert (first.status_code, first.content, first.headers["etag"]) == (201, second.content, second.headers["etag"])
    assert len(await registry.events("coordination-meeting")) == before + 1


@pytest.mark.parametrize(
    ("changes", "other"),
    [
        ({"code": "330324-fgj"}, "330324-fgj 县发改局, from 2009-07-06 on"),
        ({"name": "县教育局"}, "330324-jyj 县教育局"),
        ({"aliases": ["地税局"]}, "330324-czj 县财政局（地税局）"),
        ({"name": "县财政局(地税局)"}, "县财政局(地税局) already means another unit: 330324-czj 县财政局（地税局）"),
    ],
)
async def test_a_code_or_name_that_is_taken_is_refused_naming_the_other(
    registry: ServiceUnderTest, office: httpx.AsyncClient, changes: dict[str, Any], other: str
) -> None:
    before = len(await registry.events())
    answer = await office.post("/v1/units", json=unit(**changes))
    assert (answer.status_code, answer.json()["code"]) == (409, "overlap")
    assert other in answer.json()["detail"]
    assert "days before 2009-07-06" in answer.json()["allowed"]
    assert len(await registry.events()) == before


@pytest.mark.parametrize("second", [{}, {"code": "330324-swj2"}])
async def test_of_two_that_register_at_once_one_is_refused(
    registry: ServiceUnderTest, office: httpx.AsyncClient, second: dict[str, Any]
) -> None:
    answers = await asyncio.gather(office.post("/v1/units", json=unit()), office.post("/v1/units", json=unit(**second)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert len([event for event in await registry.events() if event.subject.startswith("330324-swj")]) == 1


async def test_a_code_may_come_again_after_its_end(office: httpx.AsyncClient) -> None:
    assert (await office.post("/v1/units", json=unit(valid_to="2026-03-01"))).status_code == 201
    assert (await office.post("/v1/units", json=unit(valid_from="2026-02-01"))).status_code == 409
    again = await office.post("/v1/units", json=unit(valid_from="2026-03-01"))
    assert (again.status_code, again.json()["version"]) == (201, 2)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "SWJ"}, "code"),
        ({"name": " "}, "name"),
        ({"kind": "ministry"}, "kind"),
        ({"aliases": [""]}, "aliases.0"),
        ({"valid_from": "2026-13-01"}, "valid_from"),
        ({"nickname": "x"}, "nickname"),
        ({"document": "[2023]01号"}, "document"),
    ],
)
async def test_a_field_that_cannot_be_taken_is_named(
    office: httpx.AsyncClient, changes: dict[str, Any], field: str
) -> None:
    answer = await office.post("/v1/units", json=unit(**changes))
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


async def test_days_in_the_wrong_order_are_refused(office: httpx.AsyncClient) -> None:
    answer = await office.post("/v1/units", json=unit(valid_to="2026-01-01"))
    assert answer.status_code == 422
    assert "valid_to 2026-01-01 is not after valid_from 2026-01-01" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("role", "own"),
    [("unit", "330324-fdj"), ("leader", None), ("auditor", None), ("integration", None), ("operator", None)],
)
async def test_only_the_office_writes_and_a_refusal_is_audited(
    registry: ServiceUnderTest, role: str, own: str | None
) -> None:
    before = len(await registry.events())
    async with registry.client(role, own) as client:
        assert (await client.post("/v1/units", json=unit())).status_code == 403
        assert (await client.post(MEMBERS, json=seat())).status_code == 403
    assert [
        (row["role"], row["unit"], row["action"], row["target"], row["status"]) for row in (await registry.audit())[-2:]
    ] == [
        (role, own, "register-unit", "units", 403),
        (role, own, "add-member", "bodies/coordination-meeting/members", 403),
    ]
    assert len(await registry.events()) == before


async def test_without_a_token_nothing_is_written(registry: ServiceUnderTest) -> None:
    before = len(await registry.events())
    async with registry.client(None) as stranger:
        answers = [await stranger.post("/v1/units", json=unit()), await stranger.post(MEMBERS, json=seat())]
    assert [(answer.status_code, answer.headers["www-authenticate"]) for answer in answers] == [(401, "Bearer")] * 2
    assert len(await registry.events()) == before


async def test_the_office_adds_a_member_and_others_hear_of_it(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask
) -> None:
    version = (await ask("/v1/bodies/coordination-meeting"))["version"]
    answer = await office.post(MEMBERS, json=seat(), headers={"if-match": f'"{version}"'})
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"] == f'"{version + 1}"'
    assert answer.json()["holder"] == {"unit": {"code": "330324-fdj", "name": "县房管局"}}
    event = (await registry.events("coordination-meeting"))[-1]
    assert isinstance(event.data, MembershipChanged)
    assert (event.data.holder_unit, event.data.document) == ("330324-fdj", "永政办发〔2025〕88号")
    assert (event.aggregateversion, event.data.membership_id) == (version + 1, answer.json()["id"])
    named = (await ask(MEMBERS, as_of="2026-01-01", role="member"))["items"]
    assert (len(named), named[-1]["holder"]["unit"]["name"]) == (23, "县房管局")
    assert len((await ask(MEMBERS, role="member"))["items"]) == 22
    uncovered = (await ask("/v1/coverage", as_of="2026-01-01"))["duty_holders_not_members"]
    assert [entry["name"] for entry in uncovered] == ["县农办", "县供销社"]


async def test_of_two_who_take_the_same_seat_at_once_one_is_refused(
    registry: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    before = len(await registry.events("coordination-meeting"))
    answers = await asyncio.gather(*(office.post(MEMBERS, json=seat()) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert len(await registry.events("coordination-meeting")) == before + 1


async def test_a_post_can_hold_a_role(office: httpx.AsyncClient) -> None:
    answer = await office.post(MEMBERS, json=seat(role="assistant_convener", holder={"post": "330324-jmj-head"}))
    assert answer.status_code == 201
    assert answer.json()["holder"]["post"]["unit"]["name"] == "县经贸局"


async def test_a_second_seat_on_the_same_days_is_refused_naming_the_first(office: httpx.AsyncClient) -> None:
    answer = await office.post(MEMBERS, json=seat(holder={"unit": "330324-jyj"}))
    assert (answer.status_code, answer.json()["code"]) == (409, "overlap")
    assert "县教育局 (330324-jyj) already is member of coordination-meeting" in answer.json()["detail"]
    assert "永政办发〔2009〕106号" in answer.json()["detail"]


async def test_a_stale_version_is_refused(office: httpx.AsyncClient) -> None:
    assert (await office.post(MEMBERS, json=seat(), headers={"if-match": '"1"'})).status_code == 412


async def test_a_document_number_in_the_wrong_form_says_what_is_wrong(office: httpx.AsyncClient) -> None:
    answer = await office.post(MEMBERS, json=seat(document="[2023]01号"))
    assert answer.status_code == 422
    [fault] = answer.json()["errors"]
    assert fault["field"] == "document"
    assert "brackets must be 〔〕" in fault["reason"]
    assert "number without leading zero" in fault["reason"]
    assert "永政办发〔2009〕106号" in fault["expected"]


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"holder": {"unit": "330324-fdjj"}}, "holder.unit", "330324-fdj"),
        ({"holder": {"post": "330324-xzz"}}, "holder.post", "330324-xz"),
        ({"holder": {}}, "holder", "unit or post"),
        ({"holder": {"unit": "330324-fdj", "post": "330324-xz"}}, "holder", "unit or post"),
        ({"valid_from": "2009-07-05"}, "valid_from", "2009-07-06"),
    ],
)
async def test_a_holder_or_day_that_is_not_there_is_named_with_what_is(
    office: httpx.AsyncClient, changes: dict[str, Any], field: str, expected: str
) -> None:
    answer = await office.post(MEMBERS, json=seat(**changes))
    assert answer.status_code == 422
    [fault] = answer.json()["errors"]
    assert fault["field"] == field
    assert expected in fault["expected"]


async def test_an_unknown_body_has_no_members_to_add(office: httpx.AsyncClient) -> None:
    assert (await office.post("/v1/bodies/none/members", json=seat())).status_code == 404
    assert (await office.post("/v1/bodies/330324-fgj/members", json=seat())).status_code == 404
