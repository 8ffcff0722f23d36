"""Where the matter behind a ledger line is shown by the service that owns it. Pure."""

from collections.abc import Mapping

_PATHS: Mapping[str, str] = {
    "tasks.task": "/v1/tasks/",
    "tasks.assignment": "/v1/tasks/",
    "tasks.slip": "/v1/tasks/",
    "tasks.report": "/v1/reports/",
    "tasks.problem": "/v1/problems/",
    "tasks.project": "/v1/projects/",
    "tasks.plan": "/v1/plans/",
    "scoring.adjustment": "/v1/adjustments/",
    "scoring.appeal": "/v1/appeals/",
    "scoring.score": "/v1/scores/",
}


def source_path(event_type: str, aggregate: str) -> str | None:
    """Return where the matter of an event is shown by its service; None where there is no page of its own."""
    name = event_type.removeprefix("cn.xietiao.")
    if name.startswith("meetings."):
        return f"/v1/meetings/{aggregate}"
    kind = name.partition("-")[0]
    path = _PATHS.get(kind)
    return None if path is None else path + aggregate
