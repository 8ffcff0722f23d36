"""What scoring does on command: adopt a method, have the projection rebuilt. No operation commits."""

import hashlib
from dataclasses import replace
from datetime import date

import orjson

from services.scoring import store
from services.scoring.domain import AdoptedMethod, Adoption, Generation, Rebuild, methods_in_force
from services.scoring.errors import MethodNotFoundError, MethodVersionConflictError, RebuildNotFoundError
from services.scoring.method import Method, adopted_method
from shared import outbox
from shared.auth import Role
from shared.clock import county_date
from shared.commands import Act
from shared.contracts.scoring import MethodAdopted
from shared.postgres import Connection


async def adopt_method(conn: Connection, act: Act, method: Method) -> Adoption:
    """Adopt a method's next version; the event carries it whole. The same version twice is answered as before."""
    act.principal.require(Role.OFFICE)
    await store.lock_method_code(conn, method.method)
    adopted = _adopted(method, act)
    beside = await store.methods_beside(conn, adopted)
    latest = await store.latest_method(conn, method.method)
    if latest is not None and latest.version == method.version and _says_the_same(latest, method):
        return Adoption(latest, beside)
    _check_version(method, latest)
    await store.insert_method(conn, adopted)
    await outbox.append(conn, act.event(_fact(adopted), subject=adopted.code, version=adopted.version))
    return Adoption(adopted, beside)


async def start_rebuild(conn: Connection, act: Act, method: str) -> Rebuild:
    """Have the live generation of a method built anew from the log and compared."""
    act.principal.require(Role.OPERATOR, Role.OFFICE)
    live = [generation for generation in await store.list_live_generations(conn) if generation.method == method]
    if not live:
        raise MethodNotFoundError(f"no method {method} is in force")
    return await find_rebuild(conn, await store.open_rebuild_generation(conn, live[0].id))


async def find_rebuild(conn: Connection, rebuild: int) -> Rebuild:
    """Return a rebuild's state."""
    found = await store.find_generation(conn, rebuild)
    if found is None or found.purpose != "rebuild":
        raise RebuildNotFoundError(f"there is no rebuild {rebuild}")
    return found


async def choose_generation(conn: Connection, day: date, method: str | None, group: str) -> Generation:
    """Return the live generation of a named method, else the first of those of the group in force on a day."""
    live = await store.list_live_generations(conn)
    found = methods_in_force(live, group, day) if method is None else [each for each in live if each.method == method]
    if not found:
        wanted = f"method {method}" if method else f"method of group {group}"
        known = ", ".join(generation.method for generation in live) or "none"
        raise MethodNotFoundError(f"no {wanted} is in force; in force: {known}")
    return replace(found[0], beside=tuple(each.method for each in found[1:]))


def _adopted(method: Method, act: Act) -> AdoptedMethod:
    body = method.to_body()
    return AdoptedMethod(
        code=method.method,
        version=method.version,
        title=method.title,
        subject_group=method.group,
        document=method.document,
        adopted_on=method.adopted_on or county_date(act.occurred_at),
        assessed_from=method.assessed.start,
        assessed_to=method.assessed.end,
        body=body,
        body_digest=hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest(),
    )


def _says_the_same(held: AdoptedMethod, method: Method) -> bool:
    """Compare as read now: what was adopted when the language had fewer keys is the same with their defaults."""
    return adopted_method(held.body).to_body() == method.to_body()


def _check_version(method: Method, latest: AdoptedMethod | None) -> None:
    expected = 1 if latest is None else latest.version + 1
    if method.version != expected:
        raise MethodVersionConflictError(
            f"method {method.method}: version {method.version} cannot be adopted, the next one is {expected}",
            allowed=[f"version {expected}"],
        )


def _fact(adopted: AdoptedMethod) -> MethodAdopted:
    return MethodAdopted(
        method=adopted.code,
        method_version=adopted.version,
        title=adopted.title,
        group=adopted.subject_group,
        document=adopted.document,
        adopted_on=adopted.adopted_on,
        assessed_from=adopted.assessed_from,
        assessed_to=adopted.assessed_to,
        body=adopted.body,
        body_digest=adopted.body_digest,
    )
