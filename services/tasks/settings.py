"""Settings of the tasks service."""

from pathlib import Path

from pydantic import Field

from shared.settings import ServiceSettings
from shared.web import MAX_UPLOAD_BYTES


class TasksSettings(ServiceSettings):
    """What every service has, with this service's port."""

    port: int = Field(8102, ge=0, le=65535, description="Port the API listens on.")
    files_folder: Path = Field(
        Path("files"), description="Folder for uploaded files; all processes of the service share it."
    )
    attachment_max_bytes: int = Field(
        20 * 1024 * 1024, ge=1, le=MAX_UPLOAD_BYTES, description="Largest file that may be put to a task, in bytes."
    )
