"""Titles and free text: what is taken, what is refused, and that a refusal says what would be right."""

import hashlib

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.text import LongText, Title, digest

TITLE: TypeAdapter[str] = TypeAdapter(Title)
LONG_TEXT: TypeAdapter[str] = TypeAdapter(LongText)


def test_a_title_is_stripped() -> None:
    assert TITLE.validate_python("  研究现代物流业集聚区建设 ") == "研究现代物流业集聚区建设"


def test_the_longest_title_and_text_are_taken() -> None:
    assert TITLE.validate_python("字" * 200) == "字" * 200
    assert LONG_TEXT.validate_python("字" * 20_000) == "字" * 20_000


def test_text_keeps_lines_and_tabs_and_unifies_line_ends() -> None:
    assert LONG_TEXT.validate_python("一、\t物流\r\n二、旅游\n") == "一、\t物流\n二、旅游"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "   ",
        "\u200b",
        "字" * 201,
        "a\nb",
        "a\tb",
        "a\x00b",
        "a\x1bb",
        "a\x85b",
        "a\u2028b",
        "a\ud800b",
        "a\uffffb",
    ],
)
def test_a_title_that_is_no_line_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        TITLE.validate_python(value)


@pytest.mark.parametrize("value", ["", " \n\t ", "字" * 20_001, "a\x00b", "a\rb", "a\x7fb", "a\ud800b", "a\ufffeb"])
def test_a_text_with_control_characters_or_beyond_the_limit_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        LONG_TEXT.validate_python(value)


def test_a_refusal_says_what_would_be_right() -> None:
    with pytest.raises(ValidationError) as refusal:
        TITLE.validate_python("a\x00b")
    fault = refusal.value.errors()[0]
    assert fault["msg"] == "holds the character U+0000; expected 1 to 200 characters on one line"
    assert fault["ctx"]["expected"] == "1 to 200 characters on one line"


def test_the_digest_is_that_of_the_utf8_form() -> None:
    assert digest("议定") == hashlib.sha256("议定".encode()).hexdigest()
