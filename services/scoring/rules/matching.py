"""How a method names events: `<service>.<event>`, and only events that speak of one unit."""

from functools import cache
from typing import Annotated

from pydantic import AfterValidator

from shared.contracts.catalogue import PAYLOADS
from shared.contracts.payload import Payload

_TOLD_BY = ("tasks", "meetings")
"""Services whose events are facts about units; the registry's are joined by time, scoring's own are results."""


@cache
def unit_event(name: str) -> type[Payload]:
    """Return the payload of an event that names one unit; raise `ValueError` saying which names there are."""
    known = {
        event_type.removeprefix("cn.xietiao.").removesuffix(".v1"): payload
        for event_type, payload in PAYLOADS.items()
        if "unit" in payload.model_fields and event_type.split(".")[2] in _TOLD_BY
    }
    if name not in known:
        raise ValueError(f"no event of one unit is called {name}; there are: {', '.join(sorted(known))}")
    return known[name]


def _check(name: str) -> str:
    unit_event(name)
    return name


EventName = Annotated[str, AfterValidator(_check)]
"""Name of an event about one unit, e.g. `tasks.report-accepted`."""
