"""A file put to a task, and who may read it. Pure."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.tasks.domain import Task
from shared.auth import Principal, Role
from shared.errors import ForbiddenError, invalid

_READ_ALL = frozenset({Role.OFFICE, Role.LEADER, Role.AUDITOR})
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class NewFile:
    """A content as it came in."""

    name: str
    media_type: str
    content: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that was put to a task; `storage` is the file store's reference."""

    id: UUID
    task_id: UUID
    name: str
    media_type: str
    size: int
    digest: str
    storage: str
    unit: str | None
    uploaded_by: str
    uploaded_at: datetime


def require_concerned(principal: Principal, task: Task) -> None:
    """Refuse who is neither office, leader nor auditor, nor a unit that has or had a part in the task."""
    if principal.role in _READ_ALL:
        return
    if principal.role is Role.UNIT and principal.unit is not None and task.of_unit(principal.unit) is not None:
        return
    units = "、".join(part.unit for part in task.assignments)
    raise ForbiddenError(f"only the office, leaders, auditors and the units concerned ({units}) may see this file")


def file_name(name: str) -> str:
    """Return the last part of a file's name; refuse one without visible signs or with control characters."""
    last = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1].strip())
    if not last.strip(".") or len(last) > _LONGEST_NAME or any(unicodedata.category(each)[0] == "C" for each in last):
        raise invalid("name", "is no name of a file", f"1 to {_LONGEST_NAME} characters, e.g. 佐证材料.pdf")
    return last
