"""Duties, sectors and documents by command: assigned, amended, revoked, corrected; what is refused and told."""

from typing import Any

import httpx
import pytest

from shared.contracts.registry import DocumentRecorded, DutyAssigned, DutyRevoked, SectorChanged
from tests.registry.conftest import Ask
from tests.support.api import ServiceUnderTest

OLD = "永政办发〔2009〕106号"
NEW = "永政办发〔2026〕12号"
DAY = "2026-03-01"


def duty(**changes: object) -> dict[str, Any]:
    return {
        "code": "2026.1",
        "article": "一",
        "number": 1,
        "source": "一.1",
        "holder": {"unit": "330324-fgj"},
        "text": "负责夜间经济的指导协调和统计。",
        "clauses": [
            {"kind": "guide_coordinate", "text": "指导协调", "objects": ["hotels"], "partners": ["330324-tjj"]}
        ],
        "document": OLD,
        "valid_from": DAY,
        **changes,
    }


def dated(**changes: object) -> dict[str, Any]:
    return {"effective_on": DAY, "document": NEW, **changes}


async def test_a_duty_is_assigned_and_stands_in_the_matrix(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask
) -> None:
    answer = await office.post("/v1/duties", json=duty())
    assert answer.status_code == 201, answer.text
    assert answer.json()["holder"]["unit"]["name"] == "县发改局"
    [row] = [
        row for row in (await ask("/v1/matrix", as_of=DAY, limit=200))["items"] if row["sector"]["code"] == "hotels"
    ]
    cells = {cell["unit"]["code"]: cell for cell in row["cells"]}
    assert "guide_coordinate" in cells["330324-fgj"]["kinds"]
    assert "guide_coordinate" in cells["330324-tjj"]["partner_kinds"]
    event = (await registry.events("330324-fgj"))[-1].data
    assert isinstance(event, DutyAssigned)
    assert event.clauses[0].partners == ("330324-tjj",)
    again = await office.post("/v1/duties", json=duty(holder={"unit": "330324-jyj"}))
    assert (again.status_code, again.json()["code"]) == (409, "overlap")
    assert "330324-fgj from 2026-03-01 on" in again.json()["detail"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"document": "永政办发〔2009〕107号"}, "document"),
        ({"document": "[2023]01号"}, "document"),
        ({"holder": {"unit": "330324-nix"}}, "holder.unit"),
        ({"holder": {}}, "holder"),
        ({"valid_from": "2009-01-01"}, "holder.unit"),
        ({"clauses": []}, "clauses"),
        ({"clauses": [{"kind": "statistics", "text": "统计", "objects": ["hotel"]}]}, "clauses.0.objects.0"),
        ({"clauses": [{"kind": "statistics", "text": "统计", "partners": ["330324-n"]}]}, "clauses.0.partners.0"),
    ],
)
async def test_what_a_duty_names_must_be_there(office: httpx.AsyncClient, changes: dict[str, Any], field: str) -> None:
    answer = await office.post("/v1/duties", json=duty(**changes))
    assert answer.status_code == 422, answer.text
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


async def test_a_duty_goes_to_another_unit_from_a_day_on(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask
) -> None:
    before = await ask("/v1/duties/3.1", as_of=DAY)
    old = before["holder"]["unit"]["code"]
    answer = await office.post("/v1/duties/3.1/amend", json=dated(holder={"unit": "330324-jtj"}))
    assert answer.status_code == 200, answer.text
    assert (await ask("/v1/duties/3.1", as_of="2026-02-28"))["holder"]["unit"]["code"] == old
    after = await ask("/v1/duties/3.1", as_of=DAY)
    assert (after["holder"]["unit"]["code"], after["text"]) == ("330324-jtj", before["text"])
    revoked = (await registry.events(old))[-1].data
    assert isinstance(revoked, DutyRevoked)
    assert (revoked.duty, str(revoked.revoked_on), revoked.document) == ("3.1", DAY, NEW)
    assert isinstance((await registry.events("330324-jtj"))[-1].data, DutyAssigned)
    order = [each["code"] for each in (await ask("/v1/duties", as_of="2026-02-28", limit=200))["items"]]
    assert [each["code"] for each in (await ask("/v1/duties", as_of=DAY, limit=200))["items"]] == order


async def test_what_is_revoked_is_answered_with_its_names(office: httpx.AsyncClient) -> None:
    answer = (await office.post("/v1/duties/3.19/revoke", json=dated())).json()
    assert answer["holder"]["unit"]["name"] == "楠溪江风景旅游管理局"
    assert answer["clauses"][0]["objects"][0]["name"] == "旅游业"
    assert answer["valid_to"] == DAY


async def test_a_revoked_duty_leaves_a_gap_in_the_coverage(office: httpx.AsyncClient, ask: Ask) -> None:
    guided = [row for row in (await ask("/v1/sectors", as_of=DAY, limit=200))["items"] if len(row["guided_by"]) == 1]
    [holder] = guided[0]["guided_by"]
    duties = (await ask("/v1/duties", as_of=DAY, unit=holder["code"], sector=guided[0]["code"]))["items"]
    for each in duties:
        assert (await office.post(f"/v1/duties/{each['code']}/revoke", json=dated())).status_code == 200
    report = await ask("/v1/coverage", as_of=DAY)
    assert {"code": guided[0]["code"], "severity": "high"}.items() <= next(
        finding for finding in report["sectors_without_guide"] if finding["code"] == guided[0]["code"]
    ).items()
    again = await office.post(f"/v1/duties/{duties[0]['code']}/revoke", json=dated(effective_on="2026-04-01"))
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, "effective_on")
    assert (await office.post("/v1/duties/9.9/revoke", json=dated())).status_code == 404


async def test_a_duty_is_corrected_and_what_was_known_stays(office: httpx.AsyncClient, ask: Ask) -> None:
    was = await ask("/v1/duties/3.1")
    body = {"valid_from": "2009-07-06", "valid_to": "2010-01-01", "text": "更正后的职责。", "reason": "漏字"}
    assert (await office.post("/v1/duties/3.1/correct", json=body)).status_code == 200
    assert (await ask("/v1/duties/3.1"))["text"] == "更正后的职责。"
    assert (await ask("/v1/duties/3.1", as_of="2010-01-01"))["text"] == was["text"]
    rows = (await ask("/v1/duties/3.1/history"))["items"]
    assert [(row["content"]["text"], row["known_to"] is None) for row in rows] == [
        (was["text"], False),
        ("更正后的职责。", True),
        (was["text"], True),
    ]
    assert [clause["text"] for clause in rows[0]["content"]["clauses"]] == [each["text"] for each in was["clauses"]]


async def test_a_document_and_a_sector_are_entered(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask
) -> None:
    document = {"number": NEW, "title": "关于调整职责分工的通知", "issuer": "县府办", "written_on": "2026-01-10"}
    assert (await office.post("/v1/documents", json=document)).status_code == 201
    assert isinstance((await registry.events(NEW))[0].data, DocumentRecorded)
    assert (await office.post("/v1/documents", json=document)).status_code == 409
    sector = dated(name="夜间经济", kind="sector", within="hotels")
    assert (await office.put("/v1/sectors/night-economy", json=sector)).status_code == 200
    assert isinstance((await registry.events("sector:night-economy"))[0].data, SectorChanged)
    assert "night-economy" in [row["code"] for row in (await ask("/v1/sectors", as_of=DAY, limit=200))["items"]]
    ended = await office.post("/v1/sectors/hotels/end", json=dated(effective_on="2026-05-01"))
    assert (ended.status_code, ended.json()["code"]) == (409, "dangling-reference")
    assert ended.json()["detail"] == "hotels is still named by child night-economy, child star-rated-hotels, duty 3.19"
    ended = await office.post("/v1/sectors/night-economy/end", json=dated(effective_on="2026-05-01"))
    assert ended.status_code == 200, ended.text
    assert "night-economy" not in [
        row["code"] for row in (await ask("/v1/sectors", as_of="2026-05-01", limit=200))["items"]
    ]
