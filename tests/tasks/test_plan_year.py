"""A year with the sample plan: on time, late, a cooperating unit late, bounced, extended, reopened, at rest, undone."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from deploy.seed.plans.make import WORKBOOK
from services.tasks.plans.reading import read_plan
from services.tasks.supervision import watch
from shared.contracts import tasks as facts
from tests.support.api import ServiceUnderTest
from tests.tasks.builders import part
from tests.tasks.plan_builders import a_decision, done, drafted

CONTENT = WORKBOOK.read_bytes()
ASSIGNED, JUNE, JULY, YEAR_END = (datetime(2026, *day, 2, tzinfo=UTC) for day in ((1, 20), (6, 20), (7, 10), (12, 31)))


class County:
    """The county at work: each step is some unit's, or the office's, on a day."""

    def __init__(self, tasks: ServiceUnderTest, office: httpx.AsyncClient, plan: dict[str, Any]) -> None:
        """Take the issued plan."""
        self.tasks, self.office = tasks, office
        self.ids = {item["serial"]: item["task_id"] for item in plan["items"]}

    async def on(self, day: datetime) -> None:
        """Let it be a day; the watch looks."""
        self.tasks.clock.at = day
        await watch.catch_up(self.tasks.runtime)

    async def task(self, serial: str) -> dict[str, Any]:
        """Return a task as it is."""
        found: dict[str, Any] = (await self.office.get(f"/v1/tasks/{self.ids[serial]}")).json()
        return found

    async def does(self, serial: str, unit: str, step: str, **body: object) -> httpx.Response:
        """Let a unit take a step with its part."""
        async with self.tasks.client("unit", unit) as client:
            answer = await client.post(f"/v1/tasks/{self.ids[serial]}/assignments/{unit}/{step}", json=body)
        assert answer.is_success, answer.text
        return answer

    async def decides(self, path: str, **body: object) -> dict[str, Any]:
        """Let the office decide."""
        answer = await self.office.post(path, json=body)
        assert answer.is_success, answer.text
        decided: dict[str, Any] = answer.json()
        return decided

    async def completes(self, serial: str, unit: str) -> None:
        """Let a unit ask for completion, and the office accept it."""
        await self.does(serial, unit, "request-completion")
        await self.decides(f"/v1/tasks/{self.ids[serial]}/assignments/{unit}/complete")

    async def all_of(self, serial: str, *, but: Sequence[str] = ()) -> None:
        """Let every unit of a task complete its part."""
        for each in (await self.task(serial))["assignments"]:
            if each["unit"] not in but and each["state"] in {"acknowledged", "in_progress"}:
                await self.completes(serial, each["unit"])


async def issued(county: ServiceUnderTest, office: httpx.AsyncClient) -> County:
    """Read the sample plan, have a meeting adopt it, issue it; every unit acknowledges what it has to do."""
    assert len(read_plan(CONTENT).items) == 24
    plan_id = await drafted(office, [])
    assert (await office.post(f"/v1/plans/{plan_id}/import", content=CONTENT, params={"apply": "true"})).is_success
    await done(office, plan_id, "submit")
    await county.deliver(a_decision(plan_id), subject="m", version=4)
    county.clock.at = ASSIGNED
    year = County(county, office, await done(office, plan_id, "issue", document="永政办发〔2026〕5号"))
    for serial in year.ids:
        for each in (await year.task(serial))["assignments"]:
            await year.does(serial, each["unit"], "acknowledge")
    return year


async def test_a_year_with_the_sample_plan(county: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    year = await issued(county, office)
    rest = f"/v1/tasks/{year.ids['16']}"
    await year.decides(f"{rest}/suspend", reason="用地指标待下达")
    bounced = f"/v1/tasks/{year.ids['21']}/assignments/330324-nb"
    await year.does("21", "330324-nb", "bounce", reason="属旅游管理职责")
    await year.decides(f"{bounced}/reassign", reason="改由楠溪江风景旅游管理局牵头", to_unit="330324-nxj")
    await year.on(JUNE)
    asked = await year.does("19", "330324-zjj", "extensions", due_on="2026-07-20", reason="标准待省局发布")
    await year.decides(f"/v1/extensions/{asked.json()['id']}/approve")
    await year.decides(f"{rest}/resume")
    await year.all_of("1")
    await year.all_of("3", but=["330324-jmj"])
    await year.all_of("8", but=["330324-czj"])
    await year.all_of("13")
    await year.decides(f"/v1/tasks/{year.ids['13']}/reopen", reason="核查发现两个社区未建成", units=["330324-mzj"])
    await year.on(JULY)
    await year.completes("3", "330324-jmj")
    await year.completes("8", "330324-czj")
    await year.completes("19", "330324-zjj")
    await year.decides(f"/v1/tasks/{year.ids['1']}/close-out")
    await year.on(YEAR_END)
    await year.completes("13", "330324-mzj")
    await year.on(datetime(2027, 4, 1, tzinfo=UTC))

    one, three, eight = await year.task("1"), await year.task("3"), await year.task("8")
    assert (one["state"], three["state"], eight["state"]) == ("closed_out", "completed", "completed")
    assert (part(three, "330324-jmj")["days_late"], part(three, "330324-gsj")["days_late"]) == (10, 0)
    assert (part(eight, "330324-rhz")["days_late"], part(eight, "330324-czj")["days_late"]) == (0, 10)
    assert part(await year.task("19"), "330324-zjj")["days_late"] == 0
    thirteen = await year.task("13")
    assert (thirteen["state"], part(thirteen, "330324-mzj")["days_late"]) == ("completed", 0)
    assert (await year.task("16"))["due_on"] == "2027-05-31"
    twentyone = await year.task("21")
    assert (part(twentyone, "330324-nb")["state"], part(twentyone, "330324-nxj")["role"]) == ("reassigned", "lead")
    await _require_consistent(year)


async def _require_consistent(year: County) -> None:
    """Hold the events against the tasks: versions without a gap, each lapse said once and at its moment."""
    for serial, task_id in year.ids.items():
        events = await year.tasks.events(task_id)
        task = await year.task(serial)
        assert [event.aggregateversion for event in events] == list(range(1, task["version"] + 1))
        lapses = Counter(e.data.unit for e in events if isinstance(e.data, facts.AssignmentWentOverdue))
        assert set(lapses) == {each["unit"] for each in task["assignments"] if each["overdue"]}
        assert set(lapses.values()) <= {1}
    red = (await year.office.get("/v1/tasks", params={"light": "red", "limit": "200"})).json()["items"]
    assert len(red) == 24 - len(["1", "3", "8", "13"]) - len(["16"])
    progress = await year.office.get(f"/v1/plans/{red[0]['plan_id']}/progress", params={"format": "docx"})
    assert progress.is_success
