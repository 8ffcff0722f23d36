"""A disk that is full for the broker, in two ways: a small file system that is filled up, or a limit on its files.

Mounting needs rights that not every machine gives; the limit (`RLIMIT_FSIZE`) needs none. To the broker both are an
append that the operating system refuses.
"""

import contextlib
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import psutil

from deploy.local import kafka, processes
from deploy.local.layout import Layout

SIZE_MB = 64
_CHUNK = b"\1" * 4096


class Disk(Protocol):
    """What can be full and have space again."""

    def fill(self) -> None:
        """Leave no space."""

    def clear(self) -> None:
        """Give the space back."""


class SmallFileSystem:
    """A file system of some megabytes, filled by somebody else's file."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Write until nothing more goes in."""
        with contextlib.suppress(OSError), self._ballast.open("ab", buffering=0) as file:
            while True:
                file.write(_CHUNK)

    def clear(self) -> None:
        """Remove what filled it."""
        self._ballast.unlink()


class LimitedFiles:
    """A broker whose files may not grow; one that is started later has no such limit."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def fill(self) -> None:
        """Allow no file of the broker to grow beyond what it has; the smallest is empty."""
        running = processes.find(self._layout, kafka.NAME)
        assert running is not None
        psutil.Process(running.pid).rlimit(psutil.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def clear(self) -> None:
        """Do nothing: the next broker has no limit."""


def can_mount(folder: Path) -> bool:
    """Say whether this machine allows to mount a small file system."""
    try:
        with small_file_system(folder):
            return True
    except PermissionError:
        return False


@contextlib.contextmanager
def small_file_system(folder: Path) -> Iterator[None]:
    """Mount one on a folder.

    Raises:
        PermissionError: this machine does not allow it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mounting = ("mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(folder))
    try:
        subprocess.run(mounting, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise PermissionError(getattr(error, "stderr", None) or str(error)) from error
    try:
        yield
    finally:
        unmounting = ("umount", "--lazy", str(folder))
        subprocess.run(unmounting, check=True)
