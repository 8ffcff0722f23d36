"""A closed assessment and an appeal, for the tests of publications, appeals and result sheets."""

from datetime import UTC, datetime
from typing import Any

from tests.scoring.county import CO, County

CLOSING = datetime(2027, 1, 10, 2, 0, tzinfo=UTC)
CLOSE = {"method": "departments-2026", "reason": "本年度不作领导评价"}
AFTER_THE_WINDOW = datetime(2027, 1, 18, 2, 0, tzinfo=UTC)


async def closed(made: County) -> dict[str, Any]:
    made.service.clock.at = CLOSING
    answer = await made.post("/v1/publications", CLOSE)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def appealed(made: County, publication: str, unit: str = CO, **changed: object) -> dict[str, Any]:
    body = {"unit": unit, "criterion": "key-tasks", "reason": "任务已于期限内办结，附证明。"} | changed
    answer = await made.post(f"/v1/publications/{publication}/appeals", body, "unit", unit)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def place(rows: list[dict[str, Any]], unit: str) -> dict[str, Any]:
    (found,) = [row for row in rows if row["unit"]["code"] == unit]
    return found
