"""One runner per stack: held by the process that supervises it, and free as soon as that process is gone."""

import fcntl
import os
from dataclasses import dataclass

from deploy.local.layout import Layout


@dataclass(frozen=True)
class StackLock:
    """The lock, held; a child that inherits the descriptor goes on holding it."""

    descriptor: int

    @classmethod
    def take(cls, layout: Layout) -> "StackLock | None":
        """Take the lock; None if somebody else runs this stack."""
        descriptor = os.open(layout.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return cls(descriptor)

    def release(self) -> None:
        """Let go, in this process."""
        os.close(self.descriptor)


def is_held(layout: Layout) -> bool:
    """Say whether somebody runs this stack now."""
    if not layout.lock.is_file():
        return False
    lock = StackLock.take(layout)
    if lock is None:
        return True
    lock.release()
    return False
