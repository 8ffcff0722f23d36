"""The event catalogue: every payload by its CloudEvents type. A new event is added in its producer's module."""

import inspect
from collections.abc import Mapping
from types import MappingProxyType

from shared.contracts import meetings, registry, scoring, tasks
from shared.contracts.payload import Payload

PRODUCERS = {"registry": registry, "tasks": tasks, "meetings": meetings, "scoring": scoring}


def _collect() -> Mapping[str, type[Payload]]:
    found: dict[str, type[Payload]] = {}
    for module in PRODUCERS.values():
        for _, member in inspect.getmembers(module, inspect.isclass):
            if issubclass(member, Payload) and member.event_type:
                found[member.event_type] = member
    return MappingProxyType(dict(sorted(found.items())))


PAYLOADS: Mapping[str, type[Payload]] = _collect()
"""Payload model by event type."""
