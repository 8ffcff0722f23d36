"""`python -m deploy.images.make_secrets [FOLDER]`: make what is missing of docker-compose.yml's secrets.

One file per secret: a password per database role, the key that signs tokens, the key set that verifies them. The
folder (`.secrets`) is closed to others; the files in it can be read by all, because the containers' users, whom this
machine does not know, read them through their mounts.
"""

import secrets
import sys
from pathlib import Path

from deploy.local.databases import OWNER, SERVICES, role
from deploy.local.layout import REPOSITORY
from deploy.local.tokens import write_keys

DEFAULT_FOLDER = REPOSITORY / ".secrets"
SUPERUSER = "postgres"
ROLES = (SUPERUSER, OWNER, *map(role, SERVICES))
PASSWORD_BYTES = 24


def make(folder: Path) -> None:
    """Make what is missing or empty; what is there stays as it is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ROLES:
        file = folder / name
        if not file.is_file() or not file.read_text(encoding="utf-8").strip():
            file.write_text(secrets.token_urlsafe(PASSWORD_BYTES), encoding="utf-8")
    write_keys(folder / "signing_key", folder / "jwks")
    for file in folder.iterdir():
        file.chmod(0o644)


def main(arguments: list[str]) -> int:
    """Run from the command line."""
    folder = Path(*arguments) if arguments else DEFAULT_FOLDER
    make(folder)
    sys.stdout.write(f"secrets are in {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
