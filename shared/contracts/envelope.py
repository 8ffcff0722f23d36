"""CloudEvents 1.0 on Kafka: building, writing and reading events.

Structured JSON is what xietiao writes; structured and binary mode are both read
(CloudEvents 1.0.2, Kafka protocol binding). Two extensions are required: `aggregateversion`, contiguous per
`subject` and source, and, where a cause exists, `correlationid` and `causationid`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Self, TypeVar

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from shared.contracts.catalogue import PAYLOADS
from shared.contracts.keepable import holds_nul, may_hold_nul, validator_of
from shared.contracts.payload import Payload

_STRUCTURED_TYPE = b"application/cloudevents"
STRUCTURED = b"application/cloudevents+json; charset=UTF-8"

_VERSION_DIGITS = 10
"""More than any version has; beyond 4300 Python itself refuses to read a number."""

Headers = Iterable[tuple[str, bytes | None]]

_Model = TypeVar("_Model", bound=BaseModel)


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
    attributes = _attributes(value, headers)
    event_type = attributes.get("type")
    if not isinstance(event_type, str):
        raise UnreadableEventError("no CloudEvent: attribute `type` is missing")
    payload = _payload_type(event_type)
    if may_hold_nul(value) and holds_nul(attributes):
        raise UnreadableEventError(f"{event_type}: a text holds U+0000, which cannot be kept")
    try:
        data = _validated(payload, attributes.get("data"))
        return _validated(Event, {**attributes, "data": data})
    except ValidationError:
        raise UnreadableEventError(_fault_of(event_type, payload, attributes)) from None


def _validated(model: type[_Model], content: object) -> _Model:
    """As `model.model_validate`, within what can be kept: the stream reads every event of the log through here."""
    found: _Model = validator_of(model).validate_python(content)
    return found


def _fault_of(event_type: str, payload: type[Payload], attributes: dict[str, Any]) -> str:
    """Return the first fault: of the envelope, and if it has none, of the data."""
    try:
        _validated(payload, _validated(Event, attributes).data)
    except ValidationError as error:
        return _first_fault(event_type, error)
    raise AssertionError(f"{event_type}: refused once and accepted once")


def _payload_type(event_type: str) -> type[Payload]:
    payload = PAYLOADS.get(event_type)
    if payload is not None:
        return payload
    name, _, _version = event_type.rpartition(".v")
    if any(known.rpartition(".v")[0] == name for known in PAYLOADS):
        raise UnsupportedVersionError(f"{event_type}: this major version is not read here")
    raise UnknownTypeError(event_type)


def _attributes(value: bytes | None, headers: Headers) -> dict[str, Any]:
    if value is None:
        raise UnreadableEventError("empty record")
    try:
        content = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise UnreadableEventError(f"not JSON: {error}") from error
    binary = _binary_attributes(headers)
    if binary:
        return {**binary, "data": content}
    if not isinstance(content, dict):
        raise UnreadableEventError("no CloudEvent: the record is not a JSON object")
    return content


def _binary_attributes(headers: Headers) -> dict[str, Any]:
    """Return the attributes of binary mode; none if the content type says that the record is structured."""
    found = tuple((name, content or b"") for name, content in headers)
    for name, content in found:
        if name.lower() == "content-type" and content.startswith(_STRUCTURED_TYPE):
            return {}
    attributes: dict[str, Any] = {
        name[3:]: content.decode("utf-8", "replace").replace("\0", "\ufffd")
        for name, content in found
        if name.startswith("ce_")
    }
    version = attributes.get("aggregateversion", "")
    if version.isascii() and version.isdigit() and len(version) <= _VERSION_DIGITS:
        attributes["aggregateversion"] = int(version)
    return attributes


def _first_fault(event_type: str, error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    return f"{event_type}: {_path(fault['loc'])}: {fault['msg']}"


def _path(location: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in location)
