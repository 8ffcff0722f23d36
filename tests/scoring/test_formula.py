"""The formula language: what it computes, what it refuses, and that no text can do more than that."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.figures import ObservedFigures, period_before, year_before
from services.scoring.rules.base import Part, Tally
from services.scoring.rules.formula import FormulaError, names, parse
from services.scoring.rules.indicators import Indicator

VALUES = {
    ("jia", "2026"): {"gdp": "200", "added": "50"},
    ("yi", "2026"): {"gdp": "100", "added": "70"},
    ("jia", "2025"): {"gdp": "160", "added": "40"},
    ("jia", "2025-Q4"): {"gdp": "45"},
    ("jia", "2025-Q1"): {"gdp": "40"},
    ("jia", "2026-Q1"): {"gdp": "50"},
}


def figures(*declared: Indicator) -> ObservedFigures:
    tallies: dict[str, dict[str, dict[str, Part]]] = {}
    for (unit, period), values in VALUES.items():
        for code, value in values.items():
            parts = tallies.setdefault(f"indicator.{code}", {}).setdefault(unit, {})
            parts[f"{period}@yearly"] = Part(1, Decimal(1), Decimal(value))
    found = {code: {unit: Tally(parts) for unit, parts in units.items()} for code, units in tallies.items()}
    return ObservedFigures(declared, found, ["jia", "yi"], "2026")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 × 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("8 − 3 - 2", "3"),
        ("8 ÷ 4 / 2", "1"),
        ("-added + 1", "-49"),
        ("−(2 − 5) × 50%", "1.5"),
        ("added ÷ gdp × 100", "25"),
        ("（added）", "50"),
        ("gdp − year_before(gdp)", "40"),
        ("(gdp − previous(gdp)) ÷ previous(gdp) × 100", "25"),
        ("county(added)", "120"),
        ("added ÷ county(added) × 100", "41.666666666666666666666666666666666666666666666667"),
        ("county(added ÷ gdp)", "0.4"),
        ("0.1 + 0.2", "0.3"),
    ],
)
def test_a_formula_computes(text: str, expected: str) -> None:
    assert figures().of("jia", text, None).value == Decimal(expected)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("added ÷ (gdp − gdp)", "除数为零：50 ÷ 0"),
        ("tax + 1", "没有 2026 期的“tax”数据"),
        ("gdp − year_before(year_before(gdp))", "没有 2024 期的“gdp”数据"),
        ("county(year_before(gdp))", "合计缺少 yi"),
        ("0 × tax", "没有 2026 期的“tax”数据"),
    ],
)
def test_a_missing_value_is_never_zero(text: str, reason: str) -> None:
    found = figures().of("jia", text, None)
    assert found.value is None
    assert reason in found.reason


def test_periods_within_a_year() -> None:
    assert figures().of("jia", "gdp − previous(gdp)", "2026-Q1").value == Decimal(5)
    assert figures().of("jia", "gdp − year_before(gdp)", "2026-Q1").value == Decimal(10)
    shown = [
        period_before(period) for period in ("2026", "2026-H2", "2026-H1", "2026-Q3", "2026-Q1", "2026-01", "2026-12")
    ]
    assert shown == ["2025", "2026-H1", "2025-H2", "2026-Q2", "2025-Q4", "2025-12", "2026-11"]
    assert year_before("2026-Q3") == "2025-Q3"


def test_derived_indicators_build_on_each_other() -> None:
    share = Indicator(code="share", title="占比", formula="added ÷ gdp × 100")
    change = Indicator(code="change", title="变化", formula="share − year_before(share)")
    assert figures(share, change).of("jia", "change", None).value == Decimal(0)
    assert figures(share, change).of("yi", "change", None).value is None


def test_two_reports_of_one_value_need_a_word_which_counts() -> None:
    parts = {"2026@flash": Part(1, Decimal(1), Decimal(9)), "2026@yearly": Part(1, Decimal(1), Decimal(10))}
    tallies = {"indicator.gdp": {"jia": Tally(parts)}}
    for definitions, expected in (((), None), (("yearly", "flash"), Decimal(10)), (("flash", "yearly"), Decimal(9))):
        declared = [Indicator(code="gdp", title="生产总值", definitions=definitions)]
        assert ObservedFigures(declared, tallies, ["jia"], "2026").of("jia", "gdp", None).value == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "1 +", "+ 1", "(1", "1)", "1 2", "a b", "a..b", "__import__('os')", "a.b", "a if b", "lambda: 1", "1e9",
        "a ** b", "sum(a)", "previous a", "A", "增加值", "1" * 600, "(" * 60 + "1" + ")" * 60, "-" * 100 + "1", "a;b",
        "{a}", "county()",
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse(text)


def test_a_long_sum_is_no_danger() -> None:
    text = "+".join(["1"] * 250)
    assert figures().of("jia", text, None).value == Decimal(250)
    assert len(list(names(parse("+".join(["a"] * 250))))) == 250


@given(st.text(alphabet="ab01+-×÷*/()., −previouscounty_\u3000", max_size=60))
def test_any_text_is_a_formula_or_refused(text: str) -> None:
    try:
        node = parse(text)
    except FormulaError:
        return
    assert figures().of("jia", text, None).reason or list(names(node)) is not None
