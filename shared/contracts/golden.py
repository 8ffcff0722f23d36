"""`python -m shared.contracts.golden`: write the JSON schema of every event's `data` to `schemas/<type>.json`.

The committed schemas are golden: what other platforms were promised. Regenerating takes optional additions only; any
other change is a new version of the event. (A version that never left the repository: delete its schema first.) Beside
each schema stands an example, written by hand: a whole CloudEvent.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import DecimalSchema

from shared.contracts.catalogue import PAYLOADS
from shared.contracts.payload import Payload

SCHEMAS = Path(__file__).parent / "schemas"
EXAMPLES = Path(__file__).parent / "examples"

_DECIMAL = r"^-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?$"
_BOUNDS = {"gt": "exclusiveMinimum", "ge": "minimum", "lt": "exclusiveMaximum", "le": "maximum"}
_SAID_ONLY = frozenset({"description", "title", "$defs", "$id", "$schema"})
_MEMBERWISE = frozenset({"properties", "required"})

Schema = Mapping[str, Any]


class _ContractSchema(GenerateJsonSchema):
    """Decimals are written as strings; their bounds are stated, though validators apply them to numbers only."""

    def decimal_schema(self, schema: DecimalSchema) -> JsonSchemaValue:
        bounds = {word: float(schema[key]) for key, word in _BOUNDS.items() if key in schema}  # type: ignore[literal-required]
        return {"type": "string", "pattern": _DECIMAL, **bounds}


def schema_of(payload: type[Payload]) -> dict[str, Any]:
    """Return the JSON schema (2020-12) of an event's `data`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:xietiao:schema:{payload.event_type}",
        **payload.model_json_schema(schema_generator=_ContractSchema),
    }


def incompatibilities(golden: Schema, present: Schema) -> list[str]:
    """Return what `present` changes beyond optional additions, as lines that begin with the member's path."""
    return list(_changes("data", _resolved(golden, golden), _resolved(present, present)))


def _resolved(node: Any, root: Schema) -> Any:  # noqa: ANN401 - any JSON
    """Return the schema with `$ref` replaced by what it names, so that a part's name is no matter of contract."""
    if isinstance(node, Mapping):
        if "$ref" in node:
            part = root["$defs"][str(node["$ref"]).rpartition("/")[2]]
            return _resolved({**part, **{key: value for key, value in node.items() if key != "$ref"}}, root)
        return {key: _resolved(value, root) for key, value in node.items() if key != "$defs"}
    return [_resolved(entry, root) for entry in node] if isinstance(node, list) else node


def _changes(path: str, golden: Any, present: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(golden, Mapping) and isinstance(present, Mapping):
        yield from _changed_members(path, golden, present)
        yield from _changed_keywords(path, golden, present)
    elif isinstance(golden, list) and isinstance(present, list) and len(golden) == len(present):
        for index, (before, after) in enumerate(zip(golden, present, strict=True)):
            yield from _changes(f"{path}[{index}]", before, after)
    elif golden != present:
        yield f"{path}: {json.dumps(golden)} became {json.dumps(present)}"


def _changed_members(path: str, golden: Schema, present: Schema) -> Iterator[str]:
    before, after = golden.get("properties", {}), present.get("properties", {})
    required_before, required_after = set(golden.get("required", ())), set(present.get("required", ()))
    for name in before:
        if name not in after:
            yield f"{path}.{name}: was removed"
        else:
            yield from _changes(f"{path}.{name}", before[name], after[name])
    for name in sorted(required_after - required_before):
        yield f"{path}.{name}: is required now"
    for name in sorted((required_before - required_after) & set(after)):
        yield f"{path}.{name}: is no longer required"


def _changed_keywords(path: str, golden: Schema, present: Schema) -> Iterator[str]:
    for word in sorted((golden.keys() | present.keys()) - _SAID_ONLY - _MEMBERWISE):
        if word not in golden or word not in present:
            yield f"{path}: `{word}` {'came' if word in present else 'went'}"
        else:
            yield from _changes(f"{path} {word}", golden[word], present[word])


def committed_schema(event_type: str) -> dict[str, Any] | None:
    """Return the golden schema; None for an event that has none yet."""
    path = SCHEMAS / f"{event_type}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def write_schemas() -> list[str]:
    """Write every schema that is new or has additions; return what could not be written, with the reason."""
    refused: list[str] = []
    for event_type, payload in PAYLOADS.items():
        golden, present = committed_schema(event_type), schema_of(payload)
        faults = [] if golden is None else incompatibilities(golden, present)
        if faults:
            refused += [f"{event_type}: {fault}" for fault in faults]
        else:
            text = json.dumps(present, ensure_ascii=False, indent=2) + "\n"
            (SCHEMAS / f"{event_type}.json").write_text(text, encoding="utf-8")
    return refused


def main() -> int:
    """Run from the command line."""
    refused = write_schemas()
    missing = [event_type for event_type in PAYLOADS if not (EXAMPLES / f"{event_type}.json").exists()]
    for fault in refused:
        sys.stderr.write(f"{fault}: not an optional addition, so it needs a new version\n")
    for event_type in missing:
        sys.stderr.write(f"{event_type}: write its example by hand: {EXAMPLES.name}/{event_type}.json\n")
    return 1 if refused or missing else 0


if __name__ == "__main__":
    sys.exit(main())
