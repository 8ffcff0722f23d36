"""What can be done with files of tasks, in the caller's transaction."""

import hashlib
from uuid import UUID

from services.tasks import store as tasks
from services.tasks.attachments import store
from services.tasks.attachments.domain import Attachment, NewFile, require_concerned
from services.tasks.attachments.files import FileStore
from services.tasks.errors import AttachmentDamagedError, AttachmentNotFoundError, TaskNotFoundError
from shared.auth import Principal, Role
from shared.commands import Act
from shared.errors import FieldFault, InvalidError
from shared.postgres import Connection


async def upload(conn: Connection, act: Act, files: FileStore, task_id: UUID, new: NewFile) -> Attachment:
    """Put a file to a task: the office, or a unit that has a part in it.

    The content is kept before the row is: a refusal or a crash in between leaves a file that nothing refers to.
    """
    act.principal.require(Role.UNIT, Role.OFFICE)
    task = await tasks.find_task(conn, task_id)
    if task is None:
        raise TaskNotFoundError(task_id)
    require_concerned(act.principal, task)
    return await store.insert_attachment(conn, act, task_id, new, await files.put(new.content))


async def found(conn: Connection, principal: Principal, attachment_id: UUID) -> Attachment:
    """Return a file that the caller may read."""
    attachment = await store.find_attachment(conn, attachment_id)
    task = None if attachment is None else await tasks.find_task(conn, attachment.task_id)
    if attachment is None or task is None:
        raise AttachmentNotFoundError(attachment_id)
    require_concerned(principal, task)
    return attachment


async def content(files: FileStore, attachment: Attachment) -> bytes:
    """Return a file's content; one that is not what was put in is not given out."""
    try:
        kept = await files.get(attachment.storage)
    except FileNotFoundError as error:
        raise AttachmentDamagedError(attachment.id, "the file store has it no more") from error
    if hashlib.sha256(kept).hexdigest() != attachment.digest:
        raise AttachmentDamagedError(attachment.id, "its content is not what was uploaded")
    return kept


async def require_of_task(conn: Connection, task_id: UUID, ids: tuple[UUID, ...]) -> None:
    """Refuse files that were not uploaded to this task."""
    if not ids:
        return
    strangers = set(await store.strangers_among(conn, ids, task_id))
    faults = [
        FieldFault(field=f"attachments.{index}", reason=f"{each} is no file of this task", expected="upload it first")
        for index, each in enumerate(ids)
        if each in strangers
    ]
    if faults:
        raise InvalidError(*faults)
