"""Where the content of attachments is kept: a folder today; an object store has the same two verbs."""

import asyncio
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Protocol

from shared.errors import RefusalError


class FilesAwayError(RefusalError):
    """The file store gives or takes nothing at the moment: its disk is full, say."""

    status = 503
    code = "files-away"
    title = "The service cannot reach its file store"


class FileStore(Protocol):
    """Keeps contents under references of its own; the same content may be kept once."""

    async def put(self, content: bytes) -> str:
        """Keep a content, safely on its medium; return the reference under which `get` gives it back.

        Raises:
            FilesAwayError: it cannot be kept now.
        """

    async def get(self, reference: str) -> bytes:
        """Return a content.

        Raises:
            FileNotFoundError: nothing is kept under this reference.
            FilesAwayError: it cannot be read now.
        """


class FolderStore:
    """A folder, one file per content, named by its SHA-256: `ab/cd/abcd…`. Several processes may share it."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when the first file comes."""
        self._folder = folder

    async def put(self, content: bytes) -> str:
        """Keep a content; a content that is kept already is left alone."""
        try:
            return await asyncio.to_thread(self._put, content)
        except OSError as error:
            raise FilesAwayError(f"the file was not kept: {error.strerror}; try again later") from error

    async def get(self, reference: str) -> bytes:
        """Return a content."""
        try:
            return await asyncio.to_thread((self._folder / reference).read_bytes)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise FilesAwayError(f"the file cannot be read: {error.strerror}; try again later") from error

    def _put(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        reference = f"{digest[:2]}/{digest[2:4]}/{digest}"
        path = self._folder / reference
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(path, content)
        return reference


def _write_whole(path: Path, content: bytes) -> None:
    """Write beside, flush, rename: neither a crash nor a full disk leaves half of a file under the final name."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as beside:
        try:
            beside.write(content)
            beside.flush()
            os.fsync(beside.fileno())
        except BaseException:
            Path(beside.name).unlink()
            raise
    Path(beside.name).replace(path)
