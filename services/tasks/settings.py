"""Settings of the tasks service."""

import os
from pathlib import Path

from pydantic import Field, field_validator

from shared.settings import ServiceSettings
from shared.web import MAX_UPLOAD_BYTES


class TasksSettings(ServiceSettings):
    """What every service has, with this service's port."""

    port: int = Field(8102, ge=0, le=65535, description="Port the API listens on.")
    remind_working_days: int = Field(
        3, ge=0, le=60, description="Working days before the due date at which a unit is reminded; 0: not at all."
    )
    near_due_working_days: int = Field(
        5, ge=0, le=60, description="Working days before the due date from which a light is yellow."
    )
    slip_after_working_days: int = Field(
        1, ge=0, le=60, description="Working days after a lapse at which a supervision slip goes out; 0: by hand only."
    )
    slip_answer_working_days: tuple[int, int, int] = Field(
        (3, 2, 1), description="Working days in which a blue, yellow, red slip is to be answered; a JSON list."
    )
    files_folder: Path = Field(
        Path("files"), description="Folder for uploaded files; all processes of the service share it."
    )
    attachment_max_bytes: int = Field(
        20 * 1024 * 1024, ge=1, le=MAX_UPLOAD_BYTES, description="Largest file that may be put to a task, in bytes."
    )

    @field_validator("files_folder")
    @classmethod
    def _can_be_written(cls, folder: Path) -> Path:
        """Refuse a folder that is not there and cannot be made, before a unit's first file is refused."""
        whole = folder.absolute()
        nearest = next(each for each in (whole, *whole.parents) if os.access(each, os.F_OK))
        if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
            raise ValueError(f"{nearest} is no folder in which this process may write")
        return folder
