"""What a state machine is here: a table of transitions, asked what is possible now and for whom.

The tables themselves stand in `states.py` (assignments, tasks) and `reports/domain.py` (reports).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from services.tasks.errors import IllegalTransitionError
from shared.auth import Role

BEFORE = "before"
"""Target of a transition that leads back to the state which the thing was in before."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One way from some states to another; `name` is also the last part of the route that asks for it.

    `target` may be `BEFORE`. `label` is what officials read. `requestable`: who may not do it may ask the office to.
    """

    name: str
    sources: frozenset[str]
    target: str
    roles: frozenset[Role]
    label: str = ""
    requestable: bool = False


class TransitionTable:
    """All transitions of one kind of thing."""

    def __init__(self, *transitions: Transition) -> None:
        """Take the declaration."""
        self.transitions: Mapping[str, Transition] = MappingProxyType({each.name: each for each in transitions})

    def named(self, name: str) -> Transition:
        """Return the transition of this name."""
        return self.transitions[name]

    def allowed(self, state: str, role: Role) -> list[str]:
        """Return the names of the transitions that `role` may make from `state`, as declared."""
        return [each.name for each in self.transitions.values() if state in each.sources and role in each.roles]

    def requestable(self, state: str) -> list[str]:
        """Return the names of the transitions that may be asked for from `state`."""
        return [each.name for each in self.transitions.values() if state in each.sources and each.requestable]

    def check(self, what: str, name: str, state: str, role: Role) -> Transition:
        """Return the transition, or refuse naming the possible ones; `what` is the thing as the refusal calls it."""
        transition = self.named(name)
        if state not in transition.sources:
            raise IllegalTransitionError(what, name, state, self.allowed(state, role))
        return transition
