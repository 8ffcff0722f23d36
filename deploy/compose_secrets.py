"""`python -m deploy.compose_secrets [FOLDER]`: make the secrets of docker-compose.yml that are missing, as files.

The folder is closed to everybody but its owner. The files in it that containers mount can be read by any user id, since
each container runs as its own; the key that signs tokens is mounted nowhere and readable by the owner alone.
"""

import secrets
import sys
from pathlib import Path

from deploy.local import tokens
from deploy.local.databases import OWNER, SERVICES, role
from deploy.local.layout import REPOSITORY, Layout

FOLDER = REPOSITORY / ".secrets"
SUPERUSER = "postgres"
_READABLE = 0o444


def make_secrets(folder: Path) -> None:
    """Make what is missing; what is there stays, so that a running database keeps its passwords."""
    layout = Layout.of(folder)
    passwords = layout.root / "passwords"
    for part in (layout.root, layout.keys, passwords):
        part.mkdir(mode=0o700, parents=True, exist_ok=True)
    tokens.make_keys(layout)
    tokens.key_set_path(layout).chmod(_READABLE)
    for name in (SUPERUSER, OWNER, *map(role, SERVICES)):
        _make_password(passwords / name)


def _make_password(file: Path) -> None:
    if not file.is_file():
        file.write_text(secrets.token_urlsafe(24))
        file.chmod(_READABLE)


def main(arguments: list[str]) -> int:
    """Run from the command line."""
    folder = Path(arguments[0]) if arguments else FOLDER
    make_secrets(folder)
    sys.stdout.write(f"secrets are in {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
