"""CloudEvents 1.0 on Kafka: building, writing and reading events.

Structured JSON is what xietiao writes; structured and binary mode are both read
(CloudEvents 1.0.2, Kafka protocol binding). Two extensions are required: `aggregateversion`, contiguous per
`subject` and source, and, where a cause exists, `correlationid` and `causationid`.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Self

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import SchemaValidator, core_schema

from shared.contracts.catalogue import PAYLOADS
from shared.contracts.keepable import bounded_schema, holds_nul, may_hold_nul
from shared.contracts.payload import Payload

_STRUCTURED_TYPE = b"application/cloudevents"
STRUCTURED = b"application/cloudevents+json; charset=UTF-8"
_ATTRIBUTE = "ce_"

_VERSION_DIGITS = 10
"""More than any version has; beyond 4300 Python itself refuses to read a number."""

Headers = Collection[tuple[str, bytes | None]]


class UnreadableEventError(Exception):
    """The record is poison: not JSON, no CloudEvent, or its data breaks the schema. `reason` says which."""

    def __init__(self, reason: str) -> None:
        """Keep the reason, one line."""
        super().__init__(reason)
        self.reason = reason


class UnsupportedVersionError(Exception):
    """A known event in a major version that this consumer does not read yet: to be parked, not counted."""


class UnknownTypeError(Exception):
    """An event type outside the catalogue: ignored and counted."""


class Event(BaseModel):
    """One CloudEvent with its typed payload."""

    model_config = ConfigDict(frozen=True, extra="allow")

    specversion: str = Field("1.0", pattern=r"^1\.0$")
    id: str = Field(min_length=1, max_length=300)
    source: str = Field(min_length=1, max_length=200)
    type: str
    subject: str = Field(min_length=1, max_length=256, description="Id of the aggregate; also the record's key.")
    time: AwareDatetime = Field(description="When it happened (event time).")
    datacontenttype: str = "application/json"
    aggregateversion: int = Field(ge=1)
    correlationid: str | None = None
    causationid: str | None = None
    data: Any

    @classmethod
    def of(
        cls,
        payload: Payload,
        *,
        subject: str,
        version: int,
        time: datetime,
        correlation_id: str | None = None,
        causation_id: str | None = None,
    ) -> Self:
        """Return the event that states `payload`; its id follows from aggregate and version, so it never differs."""
        service = payload.event_type.split(".")[2]
        return cls(
            specversion="1.0",
            id=f"{subject}@{version}",
            source=f"/xietiao/{service}",
            type=payload.event_type,
            subject=subject,
            time=time,
            datacontenttype="application/json",
            aggregateversion=version,
            correlationid=correlation_id,
            causationid=causation_id,
            data=payload,
        )

    @property
    def producer(self) -> str:
        """Return the producing service's name, which names its topic."""
        return self.type.split(".")[2]

    def to_bytes(self) -> bytes:
        """Return the structured JSON form."""
        return orjson.dumps(self.model_dump(mode="json", exclude_none=True))


def read_event(value: bytes | None, headers: Headers = ()) -> Event:
    """Return the event in a Kafka record; raise one of this module's errors if it is none that can be folded."""
    if value is None:
        raise UnreadableEventError("empty record")
    if not (_is_binary(headers) or may_hold_nul(value) or _may_hold_no_number(value)):
        try:
            found: Event = _event_validator().validate_json(value)
        except ValidationError:
            return _read_closely(value, headers)  # which says why
        return found
    return _read_closely(value, headers)


def _read_closely(value: bytes, headers: Headers) -> Event:
    """Read what is rare, and say what is wrong with what cannot be read."""
    attributes = _attributes(value, headers)
    event_type = attributes.get("type")
    if not isinstance(event_type, str):
        raise UnreadableEventError("no CloudEvent: attribute `type` is missing")
    _refuse_unknown(event_type)
    if holds_nul(attributes):
        raise UnreadableEventError(f"{event_type}: a text holds U+0000, which cannot be kept")
    try:
        found: Event = _event_validator().validate_python(attributes)
    except ValidationError as error:
        raise UnreadableEventError(_first_fault(event_type, error)) from None
    return found


@cache
def _event_validator() -> SchemaValidator:
    """Return what reads envelope and data in one pass, told apart by `type`; the stream reads the whole log with it."""
    envelope = bounded_schema(Event)
    choices = {event_type: _with_data(envelope, bounded_schema(payload)) for event_type, payload in PAYLOADS.items()}
    schema = core_schema.tagged_union_schema(choices, discriminator="type")
    return SchemaValidator(schema, _use_prebuilt=False)  # else the models' own validators, without the bounds


def _with_data(envelope: Mapping[str, Any], data: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a core schema
    fields = {**envelope["schema"]["fields"], "data": {"type": "model-field", "schema": data}}
    return {**envelope, "schema": {**envelope["schema"], "fields": fields}}


def _refuse_unknown(event_type: str) -> None:
    if event_type in PAYLOADS:
        return
    name, _, _version = event_type.rpartition(".v")
    if any(known.rpartition(".v")[0] == name for known in PAYLOADS):
        raise UnsupportedVersionError(f"{event_type}: this major version is not read here")
    raise UnknownTypeError(event_type)


def _may_hold_no_number(value: bytes) -> bool:
    """Return whether NaN or Infinity may stand where pydantic would pass over it; they are no JSON (RFC 8259)."""
    return (b"N" in value and b"NaN" in value) or (b"I" in value and b"Infinity" in value)  # one byte is found faster


def _attributes(value: bytes, headers: Headers) -> dict[str, Any]:
    try:
        content = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise UnreadableEventError(f"not JSON: {error}") from error
    if _is_binary(headers):
        return {**_binary_attributes(headers), "data": content}
    if not isinstance(content, dict):
        raise UnreadableEventError("no CloudEvent: the record is not a JSON object")
    return content


def _is_binary(headers: Headers) -> bool:
    """Return whether headers hold the attributes; never if the content type says that the record is structured."""
    for name, content in headers:
        if name.lower() == "content-type" and content is not None and content.startswith(_STRUCTURED_TYPE):
            return False
    return any(name.startswith(_ATTRIBUTE) for name, _ in headers)


def _binary_attributes(headers: Headers) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        name.removeprefix(_ATTRIBUTE): (content or b"").decode("utf-8", "replace").replace("\0", "\ufffd")
        for name, content in headers
        if name.startswith(_ATTRIBUTE)
    }
    version = attributes.get("aggregateversion", "")
    if version.isascii() and version.isdigit() and len(version) <= _VERSION_DIGITS:
        attributes["aggregateversion"] = int(version)
    return attributes


def _first_fault(event_type: str, error: ValidationError) -> str:
    """Return what is wrong first, of the envelope before the data, by the path behind `type`."""
    fault = error.errors(include_url=False)[0]
    _, *path = fault["loc"]
    if len(path) > 1 and path[0] == "data":
        del path[0]
    return f"{event_type}: {'.'.join(map(str, path))}: {fault['msg']}"
