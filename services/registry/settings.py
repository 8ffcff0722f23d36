"""Settings of the registry, read from the environment (`XIETIAO_…`)."""

from pydantic import Field

from shared.settings import ServiceSettings


class RegistrySettings(ServiceSettings):
    """One process of the registry."""

    port: int = Field(8101, ge=0, le=65535, description="Port the API listens on.")
