"""The contract with other platforms: golden schemas that only grow by optional members, examples that hold."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from shared.contracts import golden
from shared.contracts.catalogue import PAYLOADS, PRODUCERS
from shared.contracts.envelope import Event, read_event
from shared.contracts.golden import (
    EXAMPLES,
    SCHEMAS,
    committed_schema,
    incompatibilities,
    schema_of,
    write_schemas,
)
from shared.contracts.payload import Payload
from shared.contracts.tasks import TaskAssigned, TaskCompleted

REGENERATE = "run `python -m shared.contracts.golden`"
TYPES = pytest.mark.parametrize("event_type", sorted(PAYLOADS))


def _example(event_type: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EXAMPLES / f"{event_type}.json").read_text(encoding="utf-8"))
    return found


@TYPES
def test_every_event_has_a_golden_schema_that_it_keeps(event_type: str) -> None:
    committed = committed_schema(event_type)
    assert committed is not None, REGENERATE
    assert incompatibilities(committed, schema_of(PAYLOADS[event_type])) == []


@TYPES
def test_the_golden_schema_is_the_present_one(event_type: str) -> None:
    assert committed_schema(event_type) == schema_of(PAYLOADS[event_type]), REGENERATE


@pytest.mark.parametrize("folder", [SCHEMAS, EXAMPLES])
def test_no_schema_or_example_is_left_of_an_event_that_is_gone(folder: Path) -> None:
    assert {path.stem for path in folder.glob("*.json")} == set(PAYLOADS)


@TYPES
def test_the_example_validates_against_the_schema(event_type: str) -> None:
    schema = committed_schema(event_type)
    assert schema is not None
    jsonschema_rs.meta.validate(schema)
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(_example(event_type)["data"])


@TYPES
def test_the_example_reads_as_an_event_and_is_written_the_same(event_type: str) -> None:
    example = _example(event_type)
    event = read_event(json.dumps(example).encode())
    assert isinstance(event.data, PAYLOADS[event_type])
    written = json.loads(event.to_bytes())
    assert written.pop("data").items() >= example.pop("data").items()
    assert written == example


@TYPES
def test_the_example_is_the_same_event_in_binary_mode(event_type: str) -> None:
    example = _example(event_type)
    headers = [(f"ce_{name}", str(value).encode()) for name, value in example.items() if name != "data"]
    assert read_event(json.dumps(example["data"]).encode(), headers) == read_event(json.dumps(example).encode())


@TYPES
def test_the_example_is_what_its_producer_would_send(event_type: str) -> None:
    event = read_event(json.dumps(_example(event_type)).encode())
    again = Event.of(
        event.data,
        subject=event.subject,
        version=event.aggregateversion,
        time=event.time,
        correlation_id=event.correlationid,
        causation_id=event.causationid,
    )
    assert again == event


@TYPES
def test_the_schema_takes_what_the_producer_writes(event_type: str) -> None:
    schema = committed_schema(event_type)
    assert schema is not None
    written = json.loads(read_event(json.dumps(_example(event_type)).encode()).to_bytes())
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(written["data"])


@TYPES
def test_type_names_follow_the_producer(event_type: str) -> None:
    _, organisation, producer, name = event_type.split(".", maxsplit=3)
    assert (organisation, producer in PRODUCERS, name.endswith(".v1")) == ("xietiao", True, True)
    assert PAYLOADS[event_type].__module__.split(".")[:3] == ["shared", "contracts", producer]


def test_the_catalogue_leaves_no_event_out() -> None:
    assert {kind.event_type for kind in _kinds_of(Payload) if kind.event_type} == set(PAYLOADS)


def _kinds_of(kind: type[Payload]) -> Iterator[type[Payload]]:
    for narrower in kind.__subclasses__():
        if narrower.__module__.startswith("shared."):
            yield narrower
        yield from _kinds_of(narrower)


@pytest.mark.parametrize("weight", [Decimal(2), Decimal("0.5"), Decimal("1E+2"), Decimal("1E-10"), Decimal("100.00")])
def test_every_decimal_is_written_as_the_schema_says(weight: Decimal) -> None:
    example = read_event(json.dumps(_example(TaskCompleted.event_type)).encode())
    event = example.model_copy(update={"data": example.data.model_copy(update={"weight": weight})})
    schema = committed_schema(TaskCompleted.event_type)
    assert schema is not None
    jsonschema_rs.validate(schema, json.loads(event.to_bytes())["data"])


def _drop(schema: dict[str, Any]) -> None:
    del schema["properties"]["title"]
    schema["required"].remove("title")


def _drop_optional(schema: dict[str, Any]) -> None:
    del schema["properties"]["tags"]


def _require_new(schema: dict[str, Any]) -> None:
    schema["properties"]["urgency"] = {"type": "string"}
    schema["required"].append("urgency")


def _require_old(schema: dict[str, Any]) -> None:
    schema["required"].append("leader_post")


def _relax(schema: dict[str, Any]) -> None:
    schema["required"].remove("source_id")


def _retype(schema: dict[str, Any]) -> None:
    schema["properties"]["source_id"]["type"] = "integer"


def _narrow(schema: dict[str, Any]) -> None:
    schema["properties"]["title"]["maxLength"] = 100


def _bound(schema: dict[str, Any]) -> None:
    schema["properties"]["source_id"]["maxLength"] = 100


def _narrow_enum(schema: dict[str, Any]) -> None:
    schema["properties"]["source_kind"]["enum"].remove("problem")


def _widen_enum(schema: dict[str, Any]) -> None:
    schema["properties"]["source_kind"]["enum"].append("petition")


def _no_null(schema: dict[str, Any]) -> None:
    schema["properties"]["leader_post"] = {"type": "string"}


def _change_part(schema: dict[str, Any]) -> None:
    del schema["$defs"]["AssignmentPart"]["properties"]["role"]


BREAKING = [
    (_drop, "data.title: was removed"),
    (_drop_optional, "data.tags: was removed"),
    (_require_new, "data.urgency: is required now"),
    (_require_old, "data.leader_post: is required now"),
    (_relax, "data.source_id: is no longer required"),
    (_retype, 'data.source_id type: "string" became "integer"'),
    (_narrow, "data.title maxLength: 200 became 100"),
    (_bound, "data.source_id: `maxLength` came"),
    (_narrow_enum, "data.source_kind enum"),
    (_widen_enum, "data.source_kind enum"),
    (_no_null, "data.leader_post: `anyOf` went"),
    (_change_part, "data.assignments items.role: was removed"),
]


@pytest.mark.parametrize(("change", "fault"), BREAKING)
def test_a_breaking_change_is_found_and_named(change: Callable[[dict[str, Any]], None], fault: str) -> None:
    before = schema_of(TaskAssigned)
    after = deepcopy(before)
    change(after)
    faults = incompatibilities(before, after)
    assert any(line.startswith(fault) for line in faults), faults


def test_an_optional_addition_is_compatible_also_in_a_part() -> None:
    before = schema_of(TaskAssigned)
    after = deepcopy(before)
    addition = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
    after["properties"]["urgency"] = addition
    after["$defs"]["AssignmentPart"]["properties"]["deputy"] = addition
    after["properties"]["title"]["description"] = "Said better."
    assert incompatibilities(before, after) == []


def test_a_part_may_get_another_name() -> None:
    before = schema_of(TaskAssigned)
    after = json.loads(json.dumps(before).replace("AssignmentPart", "Share"))
    assert incompatibilities(before, after) == []


def test_writing_adds_what_is_new_and_refuses_what_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden, "SCHEMAS", tmp_path)
    assert write_schemas() == []
    assert {path.stem for path in tmp_path.glob("*.json")} == set(PAYLOADS)
    promised = schema_of(TaskAssigned)
    promised["properties"]["urgency"] = {"type": "string"}
    kept = tmp_path / f"{TaskAssigned.event_type}.json"
    kept.write_text(json.dumps(promised))
    assert write_schemas() == [f"{TaskAssigned.event_type}: data.urgency: was removed"]
    assert json.loads(kept.read_text()) == promised
