"""How a method names events: `<service>.<event>`, and only events that speak of one unit."""

from functools import cache
from typing import Annotated

from pydantic import AfterValidator

from shared.contracts.catalogue import PAYLOADS
from shared.contracts.payload import Payload


@cache
def unit_event(name: str) -> type[Payload]:
    """Return the payload of an event that names one unit; raise `ValueError` saying which names there are."""
    payload = PAYLOADS.get(f"cn.xietiao.{name}.v1")
    if payload is None or "unit" not in payload.model_fields:
        known = sorted(
            event_type.removeprefix("cn.xietiao.").removesuffix(".v1")
            for event_type, model in PAYLOADS.items()
            if "unit" in model.model_fields and not event_type.startswith("cn.xietiao.registry.")
        )
        raise ValueError(f"no event of one unit is called {name}; there are: {', '.join(known)}")
    return payload


def _check(name: str) -> str:
    unit_event(name)
    return name


EventName = Annotated[str, AfterValidator(_check)]
"""Name of an event about one unit, e.g. `tasks.report-accepted`."""
