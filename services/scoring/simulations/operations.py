"""Commands on simulations, and what the builder does when a draft's fold has caught up. No operation commits."""

from typing import Any

from services.scoring import store
from services.scoring.domain import Generation, methods_in_force
from services.scoring.errors import SimulationNotFoundError
from services.scoring.method import Method
from services.scoring.simulations import store as kept
from services.scoring.simulations.ranking import InForce, differences
from services.scoring.simulations.store import Simulation
from services.scoring.standings import standings
from shared.auth import Role
from shared.commands import Act
from shared.postgres import Connection

KEPT = 5
"""Finished simulations that are kept; older ones are cleared away."""


async def start(conn: Connection, act: Act, draft: Method) -> Simulation:
    """Have a draft folded over the real log; nothing of what is in force changes."""
    act.principal.require(Role.OFFICE)
    await kept.retire_simulations_beyond(conn, KEPT - 1)
    return await found(conn, await kept.open_simulation(conn, draft, act.principal.subject))


async def give_up(conn: Connection, act: Act, simulation: int) -> Simulation:
    """Put a simulation out of use."""
    act.principal.require(Role.OFFICE)
    await found(conn, simulation)
    await kept.retire_simulation(conn, simulation)
    return await found(conn, simulation)


async def found(conn: Connection, simulation: int) -> Simulation:
    """Return a simulation."""
    there = await kept.find_simulation(conn, simulation)
    if there is None:
        raise SimulationNotFoundError(f"there is no simulation {simulation}")
    return there


async def finish(conn: Connection, generation: Generation) -> None:
    """Compare a draft that has caught up with the method in force; both stand at the same position of the log.

    A draft that cannot be scored is the office's matter and must not stop the stream: its failure is kept.
    """
    try:
        comparison = await _comparison(conn, generation)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        await kept.fail_simulation(conn, generation.id, f"{type(error).__name__}: {error}")
    else:
        await kept.finish_simulation(conn, generation.id, comparison)


async def _comparison(conn: Connection, generation: Generation) -> list[dict[str, Any]]:
    draft = generation.read_method()
    subjects = await store.subjects_of(conn, draft)
    units = [subject.code for subject in subjects]
    by_draft = standings(draft, units, await store.all_tallies(conn, generation.id))
    live = _compared_with(await store.list_live_generations(conn), generation)
    in_force = None
    if live is not None:
        method = live.read_method()
        assessed = await store.subjects_of(conn, method)
        codes = [subject.code for subject in assessed]
        placed = standings(method, codes, await store.all_tallies(conn, live.id))
        in_force = InForce(live.method, live.method_version, placed)
        subjects = [*subjects, *assessed]
    return differences(subjects, in_force, by_draft)


def _compared_with(live: list[Generation], draft: Generation) -> Generation | None:
    """Return the same method's live generation, else that of the group's method in force at the draft's end."""
    same = next((each for each in live if each.method == draft.method), None)
    return same or next(iter(methods_in_force(live, draft.subject_group, draft.assessed_to)), None)
