"""`python -m services.meetings.obligations [--replace] <file.yaml>`: load a county's mechanism into the database.

The file is one transaction: all its rules are kept, or none. A rule that is there already is left as the office has it
since, so loading again changes nothing; with `--replace` it is set as the file says. Rules that the file does not name
stay; retire them over the API.
"""

import argparse
import asyncio
import sys
from pathlib import Path

import asyncpg
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from services.meetings.convening.schemas import Slug
from services.meetings.obligations import operations, store
from services.meetings.obligations.schemas import RuleContent
from services.meetings.settings import MeetingsSettings
from shared.auth import Principal, Role
from shared.commands import Act
from shared.postgres import open_pool
from shared.settings import SettingsError, read_settings

_SEED = Principal(subject="seed:obligations", role=Role.OFFICE)


class Mechanism(BaseModel):
    """The whole file: rules by code."""

    model_config = ConfigDict(extra="forbid")

    rules: dict[Slug, RuleContent]


def read_mechanism(path: Path) -> Mechanism:
    """Return the file's rules.

    Raises:
        ValueError: the file cannot be read or taken; the message names each fault by its path.
    """
    try:
        return Mechanism.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{path}: cannot be read: {error}") from error
    except ValidationError as error:
        faults = "".join(f"\n  {_place(fault)}: {fault['msg']}" for fault in error.errors())
        raise ValueError(f"{path}: nothing was loaded{faults}") from error


def _place(fault: ErrorDetails) -> str:
    named = fault.get("ctx", {}).get("field")
    return ".".join(str(part) for part in (*fault["loc"], *([named] if named else [])))


async def load(mechanism: Mechanism, settings: MeetingsSettings, *, replace: bool) -> str:
    """Keep the rules; return in a line what became of them."""
    act = Act(principal=_SEED, occurred_at=settings.clock(), correlation_id="seed-obligations")
    changed = 0
    url = settings.database_url.get_secret_value()
    async with await open_pool(url, 1, "meetings-obligations") as pool, pool.acquire() as conn, conn.transaction():
        for code, rule in mechanism.rules.items():
            before = await store.lock_rule(conn, code)
            if before is not None and not replace:
                continue
            after = await operations.keep_rule(conn, act, code, rule)
            changed += before is None or before.version != after.version
    return f"{len(mechanism.rules)} obligation rules, {changed} of them new or changed"


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m services.meetings.obligations", description=__doc__)
    parser.add_argument("file", type=Path, help="the mechanism, e.g. deploy/seed/obligations-2009.yaml")
    parser.add_argument("--replace", action="store_true", help="set rules that are there already as the file says")
    given = parser.parse_args()
    try:
        mechanism, settings = read_mechanism(given.file), read_settings(MeetingsSettings)
    except (ValueError, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        outcome = asyncio.run(load(mechanism, settings, replace=given.replace))
    except (OSError, asyncpg.PostgresError) as error:
        sys.stderr.write(f"nothing was loaded: {error}\n")
        return 1
    sys.stdout.write(f"{outcome}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
