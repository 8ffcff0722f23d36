"""CloudEvents on Kafka: both modes are read, and whatever is none is told apart."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest

from shared.contracts import envelope
from shared.contracts.envelope import (
    STRUCTURED,
    Event,
    UnknownTypeError,
    UnreadableEventError,
    UnsupportedVersionError,
    read_event,
)
from shared.contracts.golden import EXAMPLES
from shared.contracts.meetings import MeetingHeld
from shared.contracts.scoring import MethodAdopted
from shared.contracts.tasks import TaskCompleted

MEETING = "019bbf2a-6c00-7d3e-9a51-0d4f6b1c2e30"
HELD = MeetingHeld(
    meeting_id=UUID(MEETING), body="coordination-meeting", kind="coordination", held_on=date(2026, 1, 15)
)
AT = datetime(2026, 1, 15, 4, 0, tzinfo=UTC)
_METHOD = orjson.dumps(orjson.loads((EXAMPLES / f"{MethodAdopted.event_type}.json").read_bytes()))


def _event(**given: Any) -> Event:  # noqa: ANN401 - any attribute
    event = Event.of(HELD, subject=MEETING, version=2, time=AT, correlation_id="c-1", causation_id="x@1")
    return event.model_copy(update=given)


def _structured(**given: object) -> bytes:
    content = orjson.loads(_event().to_bytes()) | given
    return orjson.dumps({name: value for name, value in content.items() if value is not ...}, default=lambda _: None)


def _without(*names: str) -> bytes:
    content = orjson.loads(_event().to_bytes())
    return orjson.dumps({name: value for name, value in content.items() if name not in names})


def test_what_is_written_is_read_again() -> None:
    event = read_event(_event().to_bytes(), [("content-type", STRUCTURED)])
    assert event == _event()
    assert event.data == HELD
    assert (event.id, event.source, event.producer) == (f"{MEETING}@2", "/xietiao/meetings", "meetings")


def test_an_absent_cause_is_left_out() -> None:
    event = Event.of(HELD, subject=MEETING, version=2, time=AT)
    assert not {"causationid", "correlationid"} & orjson.loads(event.to_bytes()).keys()


def test_decimals_are_written_exactly() -> None:
    payload = TaskCompleted(
        task_id=UUID(MEETING),
        title="规划",
        source_kind="resolution",
        source_id=MEETING,
        weight=Decimal("0.10"),
        due_on=date(2026, 3, 31),
        done_at=AT,
        days_late=0,
    )
    event = Event.of(payload, subject=MEETING, version=1, time=AT)
    assert orjson.loads(event.to_bytes())["data"]["weight"] == "0.10"
    assert str(read_event(event.to_bytes()).data.weight) == "0.10"


def _binary_headers(**given: str) -> list[tuple[str, bytes]]:
    attributes = {
        "specversion": "1.0",
        "id": f"{MEETING}@2",
        "source": "/xietiao/meetings",
        "type": HELD.event_type,
        "subject": MEETING,
        "time": "2026-01-15T12:00:00+08:00",
        "aggregateversion": "2",
        "correlationid": "c-1",
        "causationid": "x@1",
        **given,
    }
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items() if value]
    return [*headers, ("content-type", b"application/json")]


def test_binary_mode_is_the_same_event() -> None:
    event = read_event(orjson.dumps(HELD.model_dump(mode="json")), _binary_headers())
    assert event.data == HELD
    assert (event.aggregateversion, event.time, event.causationid) == (2, AT, "x@1")


def test_the_content_type_decides_when_headers_repeat_the_attributes() -> None:
    headers = [*_binary_headers()[:-1], ("Content-Type", STRUCTURED)]
    assert read_event(_event().to_bytes(), headers) == _event()


def test_an_extension_of_another_producer_is_kept() -> None:
    event = read_event(_structured(traceparent="00-0af7-b7ad-01"))
    assert orjson.loads(event.to_bytes())["traceparent"] == "00-0af7-b7ad-01"


def test_optional_additions_of_a_later_producer_are_ignored() -> None:
    data = {**HELD.model_dump(mode="json"), "quorum": True}
    assert read_event(_structured(data=data)).data == HELD


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "empty record"),
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"{", "not JSON"),
        (b'{"weight": NaN}', "not JSON"),
        (b"[" * 5000 + b"]" * 5000, "not JSON"),
        (b"17", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b"{}", "`type` is missing"),
        (b'{"type": 17}', "`type` is missing"),
        (_without("id"), "id"),
        (_without("source"), "source"),
        (_without("subject"), "subject"),
        (_without("time"), "time"),
        (_without("data"), "data"),
        (_without("aggregateversion"), "aggregateversion"),
        (_structured(aggregateversion=0), "aggregateversion"),
        (_structured(aggregateversion="two"), "aggregateversion"),
        (_structured(specversion="0.3"), "specversion"),
        (_structured(time="2026-01-15T12:00:00"), "time"),
        (_structured(data={"meeting_id": MEETING}), "body"),
        (_structured(data="<held/>"), "MeetingHeld"),
    ],
)
def test_what_cannot_be_read_is_poison_and_says_why(value: bytes | None, reason: str) -> None:
    with pytest.raises(UnreadableEventError) as poison:
        read_event(value)
    assert reason in poison.value.reason
    assert "\n" not in poison.value.reason


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity"])
def test_a_word_that_is_no_json_is_poison_even_where_nobody_reads_it(word: bytes) -> None:
    ignored = _structured(note=17).replace(b'"note":17', b'"note":' + word)
    with pytest.raises(UnreadableEventError, match="not JSON"):
        read_event(ignored)
    assert read_event(_structured(note="NaN, Infinity")).model_extra == {"note": "NaN, Infinity"}


def test_what_is_read_closely_is_the_same_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two ways agree on members written twice, on numbers that are no texts and on what nobody reads."""
    plain = _structured(aggregateversion="2", note=17)
    written = [
        plain,
        plain.replace(b'"note":17', b'"note":' + b"[" * 300 + b"]" * 300),
        plain.replace(b'"note":17', b'"aggregateversion":7'),
        plain.replace(b'"note":17', b'"type":"cn.xietiao.meetings.meeting-held.v1","subject":"z","note":1e5'),
        plain.replace(b'"note":17', b'"data":' + orjson.dumps(HELD.model_dump(mode="json") | {"body": "last"})),
        b" \n" + plain + b"\t",
    ]
    read = [read_event(value) for value in written]
    assert [event.aggregateversion for event in read] == [2, 2, 7, 2, 2, 2]
    monkeypatch.setattr(envelope, "_may_hold_no_number", lambda _value: True)
    assert [read_event(value) for value in written] == read


@pytest.mark.parametrize("days", [b"123456789012345678901234567890", b"18446744073709551616", b"-9223372036854775809"])
def test_a_number_in_open_json_is_read_as_one_that_can_be_written_again(days: bytes) -> None:
    """A method's body is kept whole: what no writer of JSON takes would fail in the fold's transaction."""
    event = read_event(_METHOD.replace(b'"places":2', b'"places":[{"days":' + days + b"}]"))
    assert orjson.loads(orjson.dumps(event.data.body))["places"] == [{"days": float(days)}]


@pytest.mark.parametrize("number", [b"1e400", b"-1e400", b"1" * 400])
def test_a_number_in_open_json_beyond_a_double_is_poison(number: bytes) -> None:
    with pytest.raises(UnreadableEventError, match="not JSON: number is infinity"):
        read_event(_METHOD.replace(b'"places":2', b'"places":' + number))


@pytest.mark.parametrize("number", [2**64 - 1, -(2**63), 0.5, True])
def test_a_number_in_open_json_within_bounds_is_read_as_it_stands(number: float) -> None:
    event = read_event(_METHOD.replace(b'"places":2', b'"places":' + orjson.dumps(number)))
    assert event.data.body["places"] == number


def test_binary_mode_with_a_missing_or_bad_attribute_is_poison() -> None:
    value = orjson.dumps(HELD.model_dump(mode="json"))
    for headers in (_binary_headers(type=""), _binary_headers(aggregateversion="²"), _binary_headers(id="")):
        with pytest.raises(UnreadableEventError):
            read_event(value, headers)


def test_headers_that_hold_nothing_or_too_much_are_refused_or_replaced() -> None:
    value = orjson.dumps(HELD.model_dump(mode="json"))
    with pytest.raises(UnreadableEventError, match="aggregateversion"):
        read_event(value, _binary_headers(aggregateversion="9" * 5000))
    assert read_event(value, [*_binary_headers(correlationid="a\0b"), ("note", None)]).correlationid == "a\ufffdb"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("aggregateversion", 2**31),
        ("time", "9999-12-31T23:00:00-05:00"),
        ("time", "0001-01-01T00:00:00+08:00"),
        ("subject", "s" * 257),
        ("source", "s" * 201),
        ("id", "s" * 301),
    ],
)
def test_an_attribute_that_no_column_holds_is_refused_by_its_name(member: str, value: object) -> None:
    with pytest.raises(UnreadableEventError, match=f"{HELD.event_type}: {member}: "):
        read_event(_structured(**{member: value}))


@pytest.mark.parametrize("weight", ["1e1000000", "1e-1000000", "9" * 21, "NaN", "0." + "1" * 21, 1e300])
def test_a_number_that_no_sum_holds_is_refused_by_its_name(weight: object) -> None:
    content = {
        "task_id": MEETING,
        "title": "规划",
        "source_kind": "resolution",
        "source_id": MEETING,
        "weight": weight,
        "due_on": "2026-03-31",
        "done_at": "2026-03-31T00:00:00Z",
        "days_late": 0,
    }
    with pytest.raises(UnreadableEventError, match="weight"):
        read_event(_structured(type=TaskCompleted.event_type, data=content))


def test_a_known_event_in_an_unknown_major_version_is_told_apart() -> None:
    with pytest.raises(UnsupportedVersionError):
        read_event(_structured(type="cn.xietiao.meetings.meeting-held.v2"))


@pytest.mark.parametrize("event_type", ["cn.xietiao.meetings.tea-served.v1", "com.example.order", ""])
def test_a_type_outside_the_catalogue_is_told_apart(event_type: str) -> None:
    with pytest.raises(UnknownTypeError):
        read_event(_structured(type=event_type))
