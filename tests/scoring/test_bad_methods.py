"""Methods as people get them wrong: each slip is refused with path, reason and what would be right, in no time."""

import time

import pytest

from services.scoring.fault_words import words_for
from services.scoring.method import MAX_TEXT, read_method
from shared.errors import FieldFault, InvalidError

WRITTEN = """
method: m
version: 1
title: 试办法
group: townships
subjects: { units: [jia, yi] }
assessed: { from: 2026-01-01, to: 2026-12-31 }
total: 10
criteria:
  - { code: a, title: 甲项, kind: target_ratio, max: 10, measure: x, target: 5, cap: 1 }
"""
CRITERION = "criteria.0"


def refused(text: str) -> list[FieldFault]:
    with pytest.raises(InvalidError) as error:
        read_method(text)
    return list(error.value.faults)


def test_the_method_without_a_slip_is_taken() -> None:
    assert read_method(WRITTEN).total == 10


@pytest.mark.parametrize(
    ("right", "wrong", "path", "reason", "words"),
    [
        ("max: 10", "max: NaN", f"{CRITERION}.max", "no number; write", "0～9"),
        ("target: 5", "target: Infinity", f"{CRITERION}.target.value", "no number; write", "0～9"),
        ("target: 5", "target: 1e-999999999", f"{CRITERION}.target.value", "no number; write", "0～9"),
        ("target: 5", "target: 1e90", f"{CRITERION}.target.value", "no more than 24 digits", "最多 24 位"),
        ("max: 10", "max: 1_0", f"{CRITERION}.max", "no number; write", "0～9"),
        ("max: 10", "max: １０", f"{CRITERION}.max", "no number; write", "0～9"),
        ("max: 10", "max: 80%", f"{CRITERION}.max", "no number; write", "0～9"),
        ("max: 10", "max: -0", f"{CRITERION}.max", "greater than 0", "大于 0"),
        ("total: 10", "total: NaN", "total", "no number; write", "0～9"),
        ("cap: 1", "cap: ８０%", f"{CRITERION}.cap", "no percentage; write", "80% 或 0.8"),
        ("cap: 1", "cap: no", f"{CRITERION}.cap", "no number; write", "0～9"),
        ("2026-01-01", "2026", "assessed.from", "a number is no date", "2026-03-05"),
        ("2026-01-01", "86400", "assessed.from", "a number is no date", "2026-03-05"),
        ("2026-01-01", "2026-02-30", "assessed.from", "day value", "2026-03-05"),
        ("version: 1", "version: yes", "version", "no whole number", "不是整数"),
        ("version: 1", "version: 99999999999999999999", "version", "less than or equal to", "应不大于 1000000"),
        ("version: 1", "version: 1_0", "version", "no whole number", "不是整数"),
        ("version: 1", "version: 1\nrounding: { total: 1_0 }", "rounding.total", "no whole number", "不是整数"),
        ("cap: 1", "measures: x", "criteria.0.measures", "not permitted", "核对键名"),
        ("2026-01-01", "1900-01-01", "assessed.from", "greater than or equal to 1949-10-01", "应不小于 1949-10-01"),
        ("to: 2026-12-31", "to: 2025-12-31", "assessed", "is before from", "止日 2025-12-31 早于起日 2026-01-01"),
        ("max: 10", "max:", f"{CRITERION}.max", "no number", "不是数字"),
        ("max: 10", "max: null", f"{CRITERION}.max", "Decimal input should be", "不是数字"),
        ("title: 试办法", "title: 一\ntitle: 二", "body", "the key title stands twice", "title 写了两次"),
        ("title: 试办法", "title: &t 一\ndocument: *t", "body", "aliases", "引用"),
        ("title: 试办法", "title: 一\n<<: { version: 2 }", "<<", "not permitted", "核对键名"),
        ("title: 试办法", "title:\n\t一", "body", "no YAML", "制表符"),
        ("title: 试办法", "title: [" + "[" * 5000, "body", "no YAML", "YAML"),
        ("title: 试办法", "blocks: { a: 1 }\ntitle: 一", "blocks", "valid tuple", "列表"),
        ("measure: x", 'measure: { formula: "x ÷ ２" }', f"{CRITERION}.measure", "cannot read from", "公式"),
    ],
)
def test_a_slip_is_named(right: str, wrong: str, path: str, reason: str, words: str) -> None:
    fault = refused(WRITTEN.replace(right, wrong, 1))[0]
    assert fault.field == path
    assert reason in fault.reason
    assert words in words_for(fault.reason)


COMPONENT = "{ of: level, weight: 1, rule: { kind: min_max, max: 1 } }"
SLIP = "event: tasks.slip-issued, text: 督办"
WHERE = "kind: incidents, incidents: [{ event: tasks.slip-issued, text: 督办, points: -1, where: %s }]"
BY_TITLE = "measure: { events: [{ event: tasks.assignment-completed }], sum: title }"


@pytest.mark.parametrize(
    ("criterion", "path", "reason"),
    [
        ("kind: efficacy, measure: x, base: -40, span: 40", "", "must be above 0"),
        (f"kind: rank_steps, step: 1, {BY_TITLE}", ".measure", "title of tasks.assignment-completed is no number"),
        (f"kind: composite, measure: x, components: [{COMPONENT}]", "", "components.0.rule: max cannot be stated"),
        (f"kind: incidents, incidents: [{{ {SLIP} }}]", "", "incidents.0.points: state either"),
        (f"kind: incidents, incidents: [{{ {SLIP}, points: -1, escalating: [-1] }}]", "", "incidents.0.points: state"),
        (f"kind: incidents, escalating: [-1], incidents: [{{ {SLIP}, points: -1 }}]", "", "escalating says what each"),
        (WHERE % "{ due_on: { from: 86400 } }", ".incidents.0", "a number is no date"),
        (WHERE % "{ due_on: 1999999999 }", ".incidents.0", "Datetimes provided to dates"),
        (WHERE % "{ weight: 1_0 }", ".incidents.0", "no number"),
        (WHERE % "{ weight: { not: [1, 2_0] } }", ".incidents.0", "no number"),
        (WHERE % "{ colour: { not: { not: red } } }", ".incidents.0.where.colour", "no condition; write"),
        (WHERE % "{ colour: null }", ".incidents.0.where.colour", "no condition; write"),
        ("kind: target_ratio, measure: x, target: { by_unit: { jia: 1_0 } }", ".target.by_unit.jia", "no number"),
        (f"kind: lateness, table: [{{ days: {2**64}, points: 1 }}]", ".table.0.days", "equal to 1000000"),
        (f"kind: completion, lateness: [{{ days: {2**64}, factor: 1 }}]", ".lateness.0.days", "equal to 1000000"),
    ],
)
def test_a_criterion_that_cannot_be_computed_as_written_is_refused(criterion: str, path: str, reason: str) -> None:
    head, _, _ = WRITTEN.partition("criteria:")
    (fault,) = refused(f"{head}criteria:\n  - {{ code: a, title: 甲项, max: 10, {criterion} }}\n")
    assert fault.field == f"criteria.0{path}"
    assert reason in fault.reason
    assert words_for(fault.reason)


@pytest.mark.parametrize(
    "more",
    [
        "x: " + "长" * MAX_TEXT,
        "\n".join(f"k{number}: 1" for number in range(15_000)),
        "grades: [" + ", ".join(f'{{ title: t{n}, band: "[{n}, {n + 1})" }}' for n in range(4_000)) + "]",
    ],
    ids=["long", "many-keys", "many-grades"],
)
def test_no_text_keeps_the_service_busy(more: str) -> None:
    begun = time.process_time()
    faults = refused(WRITTEN + more)
    assert len(faults) <= 101
    assert time.process_time() - begun < 20


@pytest.mark.parametrize(
    ("subjects", "reason"),
    [
        ("units: [jia, yi, jia]", "units: jia in more than one place"),
        ("kind: township, except: [jia, jia]", "except: jia in more than one place"),
    ],
)
def test_a_unit_stands_in_one_place(subjects: str, reason: str) -> None:
    (fault,) = refused(WRITTEN.replace("units: [jia, yi]", subjects))
    assert (fault.field, reason in fault.reason) == ("subjects", True)


def test_a_gate_has_room_between_its_ends() -> None:
    gate = "  - { code: g, title: 底线, kind: gate, measure: x, at_least: 9, at_most: 3 }\n"
    (fault,) = refused(WRITTEN + gate)
    assert (fault.field, fault.reason) == ("criteria.1", "at_most: 3 is below at_least: 9")


def test_minus_zero_is_zero() -> None:
    method = read_method(WRITTEN.replace("target: 5", "target: -0.00"))
    assert "-0" not in str(method.criteria[0].target.of("jia", None, ()).value)  # type: ignore[union-attr, arg-type]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("Input should be a valid dictionary or instance of Method", "应写成“键: 值”"),
        ("adjustments.0.unit: yyi is not among the units: jia, yi", "units 中没有 yyi"),
        ("where.weight: to: 1 is below from: 9", "to 的 1 小于 from 的 9"),
    ],
)
def test_reasons_have_words(reason: str, words: str) -> None:
    assert words_for(reason) == words
