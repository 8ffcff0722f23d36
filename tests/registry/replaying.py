"""A consumer's copy of the registry, made of nothing but what it was told: by events, or by a snapshot and events."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from shared.contracts import registry as told
from shared.contracts.catalogue import PAYLOADS
from shared.contracts.envelope import Event
from shared.contracts.payload import Payload

Days = tuple[date, date | None]


def _holds(valid_from: date, valid_to: date | None, day: date) -> bool:
    return valid_from <= day and (valid_to is None or day < valid_to)


@dataclass
class Copy:
    """What a consumer keeps: each thing by its key, with the version of the aggregate at which it was told."""

    units: dict[str, tuple[int, tuple[Any, ...]]] = field(default_factory=dict)
    posts: dict[str, tuple[int, tuple[Any, ...]]] = field(default_factory=dict)
    sectors: dict[str, tuple[int, tuple[Any, ...]]] = field(default_factory=dict)
    bodies: dict[str, tuple[int, tuple[Any, ...]]] = field(default_factory=dict)
    seats: dict[str, tuple[int, told.MembershipChanged]] = field(default_factory=dict)
    duties: dict[tuple[str, str, date], tuple[int, Any, date | None]] = field(default_factory=dict)

    def hear(self, events: Iterable[Event]) -> "Copy":
        """Take events, in any order and any number of times."""
        for event in events:
            self.take(event.data, event.subject, event.aggregateversion)
        return self

    def begin(self, items: Iterable[dict[str, Any]]) -> "Copy":
        """Take the items of a snapshot."""
        for item in items:
            self.take(PAYLOADS[item["type"]].model_validate(item["data"]), item["subject"], item["aggregateversion"])
        return self

    def take(self, payload: Payload, subject: str, version: int) -> None:
        """Take one thing; what is older than what is kept changes nothing."""
        match payload:
            case told.UnitRegistered():
                self._keep(self.units, payload.unit, version, (payload,))
            case told.UnitChanged() | told.UnitRetired() | told.UnitsMerged() | told.UnitSplit():
                self._keep(self.units, payload.unit, version, payload.states)
            case told.PostChanged():
                self._keep(self.posts, payload.post, version, payload.states)
            case told.SectorChanged():
                self._keep(self.sectors, payload.sector, version, payload.states)
            case told.BodyChanged():
                self._keep(self.bodies, payload.body, version, payload.states)
            case told.MembershipChanged():
                self._keep(self.seats, payload.membership_id, version, payload)
            case told.DutyAssigned():
                self._duty((subject, payload.duty, payload.valid_from), version, payload, payload.valid_to)
            case told.DutyRevoked():
                self._duty((subject, payload.duty, payload.valid_from), version, payload, payload.revoked_on)
            case _:
                pass

    @staticmethod
    def _keep(kept: dict[str, tuple[int, Any]], key: str, version: int, what: object) -> None:
        if key not in kept or kept[key][0] < version:
            kept[key] = (version, what)

    def _duty(self, key: tuple[str, str, date], version: int, what: object, end: date | None) -> None:
        before = self.duties.get(key)
        if before is None or before[0] < version:
            self.duties[key] = (version, what, end)

    def names_on(self, day: date) -> dict[str, str]:
        """Return the units of a day with their names."""
        return {
            code: state.name
            for code, (_, states) in self.units.items()
            for state in states
            if _holds(state.valid_from, state.valid_to, day)
        }

    def seats_on(self, day: date) -> set[tuple[str, str, str]]:
        """Return who has which role in which body on a day."""
        return {
            (seat.body, seat.role, seat.holder_unit or seat.holder_post or "")
            for _, seat in self.seats.values()
            if _holds(seat.valid_from, seat.valid_to, day)
        }

    def duties_on(self, day: date) -> list[tuple[str, str, tuple[Any, ...]]]:
        """Return the duties of a day: code, holder, clauses; a list, so that a duty told twice would show."""
        return sorted(
            (code, told_.unit or told_.post or "", told_.clauses)
            for (_, code, valid_from), (_, told_, end) in self.duties.items()
            if _holds(valid_from, end, day)
        )
