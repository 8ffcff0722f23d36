"""Bodies that convene meetings and adopt resolutions, each field to be overridden, and what posts them."""

from typing import Any

import httpx


def a_meeting(**given: object) -> dict[str, Any]:
    """Return a body that convenes a meeting."""
    return {
        "body": "coordination-meeting",
        "kind": "coordination",
        "title": "2026年第一次服务业发展协调会议",
        "starts_at": "2026-01-15T09:00:00+08:00",
        "place": "县政府第一会议室",
        "chair_post": "330324-xz",
        **given,
    }


def a_resolution(**given: object) -> dict[str, Any]:
    """Return a body that adopts a resolution."""
    return {
        "title": "编制现代物流业发展规划",
        "lead_unit": "330324-fgj",
        "cooperating_units": ["330324-jtj"],
        "due_on": "2026-03-31",
        **given,
    }


async def convened(office: httpx.AsyncClient, **given: object) -> str:
    """Convene a meeting; return its id."""
    answer = await office.post("/v1/meetings", json=a_meeting(**given))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def held(office: httpx.AsyncClient, **given: object) -> str:
    """Record a meeting that was held; return its id."""
    return await convened(office, **{"held_on": "2026-01-15", **given})


async def adopted(office: httpx.AsyncClient, meeting_id: str, **given: object) -> str:
    """Adopt a resolution; return its id."""
    answer = await office.post(f"/v1/meetings/{meeting_id}/resolutions", json=a_resolution(**given))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
