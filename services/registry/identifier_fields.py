"""Identifiers as fields of payloads: the check of `identifiers`, said as a fault that names what would be right."""

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from services.registry.identifiers import (
    CREDIT_CODE_FORM,
    EDITIONS,
    credit_code_faults,
    division_faults,
    gbt4754_faults,
)


def _checked(faults_of: Callable[[str], list[str]], kind: str, expected: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        faults = faults_of(text)
        if faults:
            raise PydanticCustomError("identifier", "{kind}: {reason}", {
                "kind": kind, "reason": "; ".join(faults), "expected": expected,
            })  # fmt: skip
        return text

    return check


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


SocialCreditCode = Annotated[
    str,
    BeforeValidator(_upper),
    AfterValidator(_checked(credit_code_faults, "unified social credit code", CREDIT_CODE_FORM)),
    WithJsonSchema({"type": "string", "description": CREDIT_CODE_FORM, "examples": ["11330324002531470A"]}),
]
"""Unified social credit code (统一社会信用代码); small letters are taken for capitals."""

DivisionCode = Annotated[
    str,
    AfterValidator(_checked(division_faults, "division code", "six digits of GB/T 2260, e.g. 330324")),
    WithJsonSchema({"type": "string", "description": "Division code (GB/T 2260).", "examples": ["330324"]}),
]


def check_gbt4754(code: str | None, edition: str | None) -> None:
    """Refuse a class without its edition, an edition without a class, and a class that the edition lacks."""
    if (code is None) != (edition is None):
        raise PydanticCustomError(
            "identifier",
            "GB/T 4754: class and edition belong together",
            {"field": "gbt4754_edition", "expected": f"both or neither; editions {', '.join(EDITIONS)}"},
        )
    faults = [] if code is None or edition is None else gbt4754_faults(code, edition)
    if faults:
        raise PydanticCustomError(
            "identifier",
            "{reason}",
            {"field": "gbt4754_class", "reason": "; ".join(faults), "expected": "a class of that edition"},
        )


def check_division(unit_code: str) -> None:
    """Refuse a unit code that does not begin with a division code."""
    faults = division_faults(unit_code.partition("-")[0])
    if faults:
        raise PydanticCustomError(
            "identifier",
            "{reason}",
            {"field": "code", "reason": "; ".join(faults), "expected": "six digits of GB/T 2260, e.g. 330324"},
        )
