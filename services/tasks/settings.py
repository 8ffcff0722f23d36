"""Settings of the tasks service."""

from pydantic import Field

from shared.settings import ServiceSettings


class TasksSettings(ServiceSettings):
    """What every service has, with this service's port."""

    port: int = Field(8102, ge=0, le=65535, description="Port the API listens on.")
