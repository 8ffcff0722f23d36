"""Settings of the meetings service: those that every service has, with its own port."""

from pydantic import Field

from shared.settings import ServiceSettings


class MeetingsSettings(ServiceSettings):
    """One process of meetings."""

    port: int = Field(8103, ge=0, le=65535, description="Port the API listens on.")
