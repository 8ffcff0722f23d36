"""`python -m deploy.images.databases`: make the roles and databases that a PostgreSQL server lacks.

The same as in the embedded stack. Safe to run again: it changes nothing but passwords, to those in the files.
`XIETIAO_SUPERUSER_URL` names server and superuser, `XIETIAO_ROLE_PASSWORDS` the folder of their passwords: one file per
role, named after it. Exit code 1: the server refused, and why; 2: wrong settings.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from deploy.local.databases import Databases
from shared.postgres import password_of, url_with_password

SUPERUSER_URL = "XIETIAO_SUPERUSER_URL"
ROLE_PASSWORDS = "XIETIAO_ROLE_PASSWORDS"


def databases_of(environment: Mapping[str, str]) -> Databases:
    """Return what makes the databases of the server that the environment names.

    Raises:
        KeyError: a variable is missing.
        ValueError: the URL or the superuser's password file cannot be taken.
    """
    folder, server = Path(environment[ROLE_PASSWORDS]), environment[SUPERUSER_URL]
    url = url_with_password(server, folder / (urlsplit(server).username or "postgres"))

    def superuser_url(database: str) -> str:
        return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))

    return Databases(superuser_url, lambda role: password_of(folder / role))


def main() -> int:
    """Run from the command line."""
    try:
        asyncio.run(databases_of(os.environ).provision())
    except KeyError as error:
        sys.stderr.write(f"{SUPERUSER_URL} and {ROLE_PASSWORDS} are needed: {error}\n")
        return 2
    except ValueError as error:
        sys.stderr.write(f"{SUPERUSER_URL} or {ROLE_PASSWORDS} cannot be taken: {error}\n")
        return 2
    except (OSError, asyncpg.PostgresError) as error:
        sys.stderr.write(f"the databases cannot be made: {error}\n")
        return 1
    sys.stdout.write("roles and databases are there\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
