"""`python -m services.registry.seed FILE`: load a county's registry from a file, with the service's own settings.

One transaction; the events leave by the outbox, so the relay must run for others to hear of them. Prints one line.
Exit code 1: nothing was loaded, and why; 2: wrong usage or settings.
"""

import asyncio
import hashlib
import sys
from pathlib import Path

import asyncpg

from services.registry import store
from services.registry.seed.document import SeedError, SeedFile, read_seed
from services.registry.seed.loading import Outcome, load
from services.registry.settings import RegistrySettings
from shared.auth import Principal, Role
from shared.commands import Act
from shared.postgres import Connection, prepare_connection
from shared.settings import SettingsError, read_settings

SUBJECT = "seed"


async def load_seed(conn: Connection, act: Act, seed: SeedFile, name: str) -> Outcome:
    """Load a seed in one transaction and note it in the audit log; raise `SeedError` if nothing was loaded."""
    try:
        async with conn.transaction():
            outcome = await load(conn, act, seed)
            if any(outcome.entered.values()):
                who = act.principal
                await store.audit_seed(
                    conn, act.occurred_at, who.subject, who.role.value, name, str(outcome), act.correlation_id
                )
            return outcome
    except asyncpg.ForeignKeyViolationError as error:
        # The only reference that is checked at commit: a sector may stand within one further down the file.
        raise SeedError(f"sectors: nothing was loaded: {error.detail}") from error


def act_of(settings: RegistrySettings, file: Path) -> Act:
    """Return the act of loading this file now."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    return Act(
        principal=Principal(subject=SUBJECT, role=Role.OPERATOR),
        occurred_at=settings.clock(),
        correlation_id=f"seed-{digest}",
    )


async def _run(settings: RegistrySettings, file: Path) -> Outcome:
    seed = read_seed(file)
    conn = await asyncpg.connect(settings.database_url.get_secret_value(), timeout=30)
    try:
        await prepare_connection(conn)
        return await load_seed(conn, act_of(settings, file), seed, file.name)
    finally:
        await conn.close()


def main(arguments: list[str]) -> int:
    """Run from the command line."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m services.registry.seed FILE\n")
        return 2
    try:
        settings, file = read_settings(RegistrySettings), Path(arguments[0])
        outcome = asyncio.run(_run(settings, file))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (SeedError, OSError, asyncpg.PostgresError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{file.name}: {outcome}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
