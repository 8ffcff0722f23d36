"""What all event payloads share: frozen, exact, open to optional additions."""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

UnitCode = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-z]+(-[0-9a-z]+)*$", min_length=2, max_length=64, description="Code of a unit in the registry."
    ),
]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the free text kept by its owner.")]
Link = Annotated[str, Field(description="Path at the owning service where the text can be read.")]


def _only_required_without_default(schema: dict[str, Any]) -> None:
    """Keep golden schemas free of generated titles, so that a renamed class is no change of contract."""
    schema.pop("title", None)
    for definition in schema.get("properties", {}).values():
        definition.pop("title", None)


class Payload(BaseModel):
    """Base of every event's `data`: immutable; unknown members are additions of a later producer and ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra=_only_required_without_default)

    event_type: ClassVar[str] = ""
    """CloudEvents `type`; empty on parts that are no event by themselves."""
