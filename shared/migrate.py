"""`python -m shared.migrate <service>`: bring a service's database up to date, as its owner.

Plain SQL by dbmate, forward only: the common tables of `shared/migrations/`, then the service's own.
"""

import os
import subprocess
import sys
from pathlib import Path

from shared.postgres import url_with_password

_ROOT = Path(__file__).resolve().parent.parent
OWNER_URL = "XIETIAO_OWNER_DATABASE_URL"
OWNER_PASSWORD_FILE = "XIETIAO_OWNER_DATABASE_PASSWORD_FILE"  # noqa: S105 - a variable's name


def migration_directories(service: str) -> list[Path]:
    """Return where a service's migrations stand, the common ones first."""
    return [_ROOT / "shared" / "migrations", _ROOT / "services" / service / "migrations"]


def migrate(service: str, owner_url: str) -> None:
    """Apply all pending migrations; raise `subprocess.CalledProcessError` with dbmate's words if one fails."""
    url = owner_url if "sslmode=" in owner_url else f"{owner_url}{'&' if '?' in owner_url else '?'}sslmode=disable"
    directories = [part for path in migration_directories(service) for part in ("--migrations-dir", str(path))]
    dbmate = Path(sys.executable).parent / "dbmate"
    subprocess.run(  # noqa: S603 - our own program with our own paths
        [str(dbmate), *directories, "--no-dump-schema", "--migration-lock", "migrate"],
        env={**os.environ, "DATABASE_URL": url},
        check=True,
        capture_output=True,
        text=True,
    )


def owner_url() -> str:
    """Return the URL from the environment, with the password of its file if there is one.

    Raises:
        KeyError: there is none.
        ValueError: its password file cannot be taken.
    """
    file = os.environ.get(OWNER_PASSWORD_FILE)
    return url_with_password(os.environ[OWNER_URL], Path(file) if file else None)


def main() -> int:
    """Run from the command line."""
    try:
        (service,) = sys.argv[1:]
        migrate(service, owner_url())
    except (ValueError, KeyError) as error:
        sys.stderr.write(f"usage: {OWNER_URL}=postgres://… python -m shared.migrate <service> ({error})\n")
        return 2
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"migration failed: {error.stdout}{error.stderr}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
