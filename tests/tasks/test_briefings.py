"""Briefings (年中、年末工作情况汇报) are reports of text with files; who reports is who sits in the meeting."""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.tasks.app import SERVICE
from services.tasks.settings import TasksSettings
from services.tasks.supervision import watch
from shared.contracts import tasks as facts
from shared.contracts.registry import MembershipChanged
from tests.conftest import DatabaseFactory
from tests.support.api import ServiceUnderTest, service_under_test
from tests.tasks.builders import CO, LEAD, OTHER, UNITS, a_unit

BRIEFING: dict[str, Any] = {
    "code": "half-year-briefing",
    "title": "服务业工作情况汇报",
    "period_kind": "half",
    "due_offset_days": 5,
    "due_counted": "working",
    "open_offset_days": -15,
    "reporters": {"bodies": ["coordination-meeting"]},
    "least_attachments": 1,
    "fields": [
        {"indicator": "done", "title": "工作完成情况", "type": "text"},
        {"indicator": "plans", "title": "下步打算", "type": "text", "required": False},
    ],
}
SUMMARY = "一、上半年工作情况……".encode() * 100


@pytest.fixture
async def tasks(database: DatabaseFactory, tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    """The service with a folder of the test's own for files."""
    folder = {"files_folder": tmp_path / "files"}
    async with service_under_test(SERVICE, await database("tasks"), tmp_path, TasksSettings, **folder) as service:
        for unit in UNITS:
            await service.deliver(a_unit(unit), subject=unit, version=1)
        yield service


async def expected(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> str:
    for number, unit in enumerate((LEAD, OTHER), start=2):
        member = MembershipChanged(
            membership_id=unit,
            body="coordination-meeting",
            role="member",
            holder_unit=unit,
            valid_from=date(2009, 7, 6),
        )
        await tasks.deliver(member, subject="coordination-meeting", version=number)
    assert (await office.post("/v1/report-definitions", json=BRIEFING)).status_code == 201
    tasks.clock.at = datetime(2026, 6, 16, tzinfo=UTC)
    await watch.catch_up(tasks.runtime)
    reports = (await office.get("/v1/reports", params={"definition": BRIEFING["code"]})).json()["items"]
    assert {each["unit"] for each in reports} == {LEAD, OTHER}
    assert {each["due_at"] for each in reports} == {"2026-07-07T16:00:00Z"}
    return str(next(each["id"] for each in reports if each["unit"] == LEAD))


async def upload(client: httpx.AsyncClient, report_id: str, **params: str) -> httpx.Response:
    return await client.post(
        f"/v1/reports/{report_id}/attachments", params={"name": "半年总结.docx", **params}, content=SUMMARY
    )


async def test_a_briefing_is_text_with_files(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    report_id = await expected(tasks, office)
    body: dict[str, Any] = {"values": {"done": "完成规划编制，\n服务业增加值增长8%。"}}
    bare = await lead.post(f"/v1/reports/{report_id}/submit", json=body)
    assert (bare.status_code, bare.json()["errors"][0]["field"]) == (422, "attachments")
    file = (await upload(lead, report_id)).json()
    assert (file["name"], file["digest"]) == ("半年总结.docx", hashlib.sha256(SUMMARY).hexdigest())
    answer = await lead.post(f"/v1/reports/{report_id}/submit", json={**body, "attachments": [file["id"]]})
    assert answer.status_code == 200, answer.text
    assert answer.json()["submissions"][0]["attachments"] == [
        {"id": file["id"], "name": "半年总结.docx", "digest": file["digest"]}
    ]
    assert (await office.get(file["link"])).content == SUMMARY
    submitted = (await tasks.events(report_id))[-1]
    assert isinstance(submitted.data, facts.ReportSubmitted)
    assert (submitted.data.observations, submitted.data.content_digest is None) == ((), False)
    assert "增长8%" not in submitted.to_bytes().decode()


async def test_files_of_another_report_or_named_twice_are_refused(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    report_id = await expected(tasks, office)
    file = (await upload(lead, report_id)).json()["id"]
    stranger = "01900000-0000-7000-8000-0000000000ff"
    for files, fields in (([stranger], ["attachments.0"]), ([file, file], ["attachments.1"])):
        body = {"values": {"done": "完成"}, "attachments": files}
        answer = await lead.post(f"/v1/reports/{report_id}/submit", json=body)
        assert [each["field"] for each in answer.json()["errors"]] == fields
    wrong = await upload(lead, report_id, digest="0" * 64)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "digest")
    assert (await upload(lead, stranger)).status_code == 404


async def test_only_those_concerned_see_and_put_files(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    report_id = await expected(tasks, office)
    link = (await upload(lead, report_id)).json()["link"]
    async with tasks.client("unit", CO) as other, tasks.client("auditor") as auditor:
        assert (await upload(other, report_id)).status_code == 403
        assert (await other.get(link)).status_code == 403
        assert (await other.get(f"/v1/reports/{report_id}/attachments")).status_code == 403
        assert len((await auditor.get(f"/v1/reports/{report_id}/attachments")).json()) == 1
        assert (await auditor.get(link)).status_code == 200
        assert (
            await auditor.get("/v1/report-attachments/01900000-0000-7000-8000-0000000000ff/content")
        ).status_code == 404
