"""Where the content of attachments is kept: a folder today; an object store has the same two verbs."""

import asyncio
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Protocol


class FileStore(Protocol):
    """Keeps contents under references of its own; the same content may be kept once."""

    async def put(self, content: bytes) -> str:
        """Keep a content, safely on its medium; return the reference under which `get` gives it back."""

    async def get(self, reference: str) -> bytes:
        """Return a content.

        Raises:
            FileNotFoundError: nothing is kept under this reference.
        """


class FolderStore:
    """A folder, one file per content, named by its SHA-256: `ab/cd/abcd…`. Several processes may share it."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when the first file comes."""
        self._folder = folder

    async def put(self, content: bytes) -> str:
        """Keep a content; a content that is kept already is left alone."""
        return await asyncio.to_thread(self._put, content)

    async def get(self, reference: str) -> bytes:
        """Return a content."""
        return await asyncio.to_thread((self._folder / reference).read_bytes)

    def _put(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        reference = f"{digest[:2]}/{digest[2:4]}/{digest}"
        path = self._folder / reference
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(path, content)
        return reference


def _write_whole(path: Path, content: bytes) -> None:
    """Write beside, flush, rename: a crash leaves no half of a file under the final name."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as beside:
        beside.write(content)
        beside.flush()
        os.fsync(beside.fileno())
    Path(beside.name).replace(path)
