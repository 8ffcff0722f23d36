"""Settings of scoring: those that every service has, with its own port."""

from pydantic import Field

from shared.settings import ServiceSettings


class ScoringSettings(ServiceSettings):
    """One process of scoring."""

    port: int = Field(8104, ge=0, le=65535, description="Port the API listens on.")
