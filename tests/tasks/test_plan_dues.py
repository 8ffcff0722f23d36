"""Due dates as counties write them."""

from datetime import date

import pytest

from services.tasks.plans.dues import due_within, read_due


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6月底", "2026-06-30"),
        ("６月底前", "2026-06-30"),
        ("六月底前完成", "2026-06-30"),
        ("2月底", "2026-02-28"),
        ("2024年2月底前", "2024-02-29"),
        ("12月", "2026-12-31"),
        ("十二月底", "2026-12-31"),
        ("十一月份", "2026-11-30"),
        ("第三季度", "2026-09-30"),
        ("三季度末", "2026-09-30"),
        ("第1季度", "2026-03-31"),
        ("第四季度 前", "2026-12-31"),
        ("全年", "2026-12-31"),
        ("年底前", "2026-12-31"),
        ("年内完成", "2026-12-31"),
        ("2026年底前", "2026-12-31"),
        ("2027年", "2027-12-31"),
        ("12月15日前", "2026-12-15"),
        ("十二月十五日前", "2026-12-15"),
        ("2026年12月15日", "2026-12-15"),
        ("2026-6-30", "2026-06-30"),
        ("2026/06/30", "2026-06-30"),
        ("上半年", "2026-06-30"),
        ("下半年", "2026-12-31"),
        ("5月上旬", "2026-05-10"),
        ("5月中旬前", "2026-05-20"),
        ("5月下旬", "2026-05-31"),
        ("1-6月", "2026-06-30"),
        ("3月至10月", "2026-10-31"),
        ("长期坚持", "2026-12-31"),
        ("每季度末", "2026-12-31"),
    ],
)
def test_a_due_date_in_words_is_a_day(text: str, expected: str) -> None:
    due = read_due(text, 2026)
    assert due is not None
    assert due.day == date.fromisoformat(expected)


@pytest.mark.parametrize("text", ["", "尽快", "6月前", "2月30日", "13月底", "国庆前", "按上级要求", "6月或7月"])
def test_what_says_no_day_for_certain_is_none(text: str) -> None:
    assert read_due(text, 2026) is None


def test_a_sentence_may_name_the_day() -> None:
    due = due_within("编制物流业发展规划，3月底前完成初稿，6月底前报县政府审定。", 2026)
    assert due is not None
    assert due.day == date(2026, 6, 30)
    assert due_within("做好行业指导工作。", 2026) is None
