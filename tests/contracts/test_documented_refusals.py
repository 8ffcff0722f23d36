"""What each service's OpenAPI document says of the answers that every route can give."""

from pathlib import Path
from typing import Any

import pytest

from services.meetings.app import SERVICE as MEETINGS
from services.registry.app import SERVICE as REGISTRY
from services.scoring.app import SERVICE as SCORING
from services.tasks.app import SERVICE as TASKS
from shared.process import Service
from tests.conftest import DatabaseFactory
from tests.support.api import service_under_test

PROBLEM = "application/problem+json"


async def routes(service: Service, database: DatabaseFactory, folder: Path) -> dict[str, Any]:
    """Return what the document says of each route's answers."""
    async with service_under_test(service, await database(service.name), folder) as running:
        paths = running.app.openapi()["paths"]
        return {f"{verb} {path}": each["responses"] for path, verbs in paths.items() for verb, each in verbs.items()}


@pytest.mark.parametrize("service", [REGISTRY, TASKS, MEETINGS, SCORING], ids=lambda service: service.name)
async def test_every_route_says_what_it_answers_to_a_stranger_a_wrong_payload_and_without_database(
    service: Service, database: DatabaseFactory, tmp_path: Path
) -> None:
    documented = await routes(service, database, tmp_path)
    assert "503" in documented["get /healthz"]
    assert "503" in documented["get /readyz"]
    for route, answers in documented.items():
        if "/v1/" not in route:
            continue
        for status in ("401", "422", "503"):
            assert PROBLEM in answers[status]["content"], (route, status)
        assert set(answers["503"]["headers"]) == {"Retry-After"}, route
