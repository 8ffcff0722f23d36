"""Where a stack keeps everything: one folder, by default `.xietiao/`."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import StackError

REPOSITORY = Path(__file__).resolve().parents[2]
"""The checkout that the stack runs; seed data are read from it."""


@dataclass(frozen=True)
class Layout:
    """The folders and files of one stack; two stacks differ in `root`."""

    root: Path

    @classmethod
    def of(cls, folder: Path) -> "Layout":
        """Return the layout of a folder, which need not exist yet."""
        return cls(folder.expanduser().absolute())

    @property
    def state(self) -> Path:
        """The ports chosen, remembered between starts."""
        return self.root / "stack.json"

    @property
    def lock(self) -> Path:
        """Held by whoever runs the stack; free again when that process ends, however it ends."""
        return self.root / "stack.lock"

    @property
    def kafka(self) -> Path:
        """Kafka's log and settings."""
        return self.root / "kafka"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data directory."""
        return self.root / "postgres"

    @property
    def logs(self) -> Path:
        """What each process prints, one file per process."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """One file per running process."""
        return self.root / "run"

    @property
    def secrets(self) -> Path:
        """Database passwords, readable by the owner alone."""
        return self.root / "secrets"

    @property
    def keys(self) -> Path:
        """The key that signs tokens, and the key set that verifies them."""
        return self.root / "keys"

    @property
    def files(self) -> Path:
        """What was uploaded."""
        return self.root / "files"

    @property
    def clock(self) -> Path:
        """The settable clock's file."""
        return self.root / "clock.json"

    def create(self) -> None:
        """Make the folders; what others must not read is closed to them."""
        for folder, mode in (
            (self.root, 0o755),
            (self.run, 0o755),
            (self.logs, 0o700),
            (self.kafka, 0o700),
            (self.secrets, 0o700),
            (self.keys, 0o700),
        ):
            folder.mkdir(mode=mode, parents=True, exist_ok=True)

    def require(self) -> None:
        """Refuse to go on where no stack was ever started.

        Raises:
            StackError: the folder holds no stack.
        """
        if not self.state.is_file():
            raise StackError(f"{self.root} holds no stack: start one with `xietiao up`, or name its folder with --data")

    def secret(self, name: str) -> str:
        """Return the secret of this name; made at random when first asked for."""
        path = self.secrets / name
        if not path.is_file():
            write_private(path, secrets.token_urlsafe(24))
        return path.read_text()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
