"""Derived indicators: a formula over indicators, read by a parser of its own; nothing is ever handed to Python to run.

    formula  = term { ("+" | "−" | "-") term }
    term     = factor { ("×" | "*" | "÷" | "/") factor }
    factor   = ["−" | "-"] ( number | name | function "(" formula ")" | "(" formula ")" )
    function = "previous" | "year_before" | "county" | "growth"

A name is an indicator's code; a minus between two names stands between spaces, for `a-b` is one name. `growth(x)` is
the change against a year before in per cent of it. A value that is missing makes the result missing, with the reason;
so do a division by zero and growth from below zero. None of them is ever read as zero.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal, NamedTuple

from services.scoring.rules.base import EXACT, HUNDRED, ZERO, Figure
from services.scoring.rules.numbers import plain, read_number

NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
"""An indicator or a function."""
_TOKEN = re.compile(rf"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?%?)|(?P<name>{NAME.pattern})|(?P<sign>[-+−*/×÷()（）]))")
_SIGNS = {"−": "-", "*": "×", "/": "÷", "（": "(", "）": ")"}
MAX_DEPTH = 40
MAX_LENGTH = 500

Shift = Literal["previous", "year_before", "county"]
_FUNCTIONS: tuple[Shift, ...] = ("previous", "year_before", "county")
_GROWTH = "growth"
"""Function, and sign of the operation that it stands for."""


class FormulaError(ValueError):
    """The text is no formula; says where."""


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Name:
    """An indicator."""

    code: str


@dataclass(frozen=True, slots=True)
class Shifted:
    """The same formula for another period, or summed over the county."""

    function: Shift
    inner: "Node"


@dataclass(frozen=True, slots=True)
class Operation:
    """Two values and a sign."""

    sign: str
    left: "Node"
    right: "Node"


Node = Number | Name | Shifted | Operation


class Scope(NamedTuple):
    """For whom and when a formula is computed: `None` as the unit means the sum over all assessed units."""

    unit: str | None
    period: str


Lookup = Callable[[str, Scope], Figure]
"""Returns an indicator's value."""
Move = Callable[[Shift, Scope], Scope]
"""Returns the scope that a function means."""


@cache
def parse(text: str) -> Node:
    """Return the formula in a text.

    Raises:
        FormulaError: it is none.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"longer than {MAX_LENGTH} characters")
    parser = _Parser(list(_tokens(text)), text)
    node = parser.formula(0)
    if parser.here < len(parser.tokens):
        raise FormulaError(f"{text!r}: unexpected {parser.tokens[parser.here].text!r}")
    return node


class _Token(NamedTuple):
    kind: str
    text: str


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    stripped = text.rstrip()
    while position < len(stripped):
        found = _TOKEN.match(stripped, position)
        if found is None or found.lastgroup is None:
            raise FormulaError(f"{text!r}: cannot read from {stripped[position:].strip()[:20]!r} on")
        position = found.end()
        word = found[found.lastgroup]
        yield _Token(found.lastgroup, _SIGNS.get(word, word))


class _Parser:
    """Recursive descent; depth is bounded, so that no text can exhaust the stack."""

    def __init__(self, tokens: list[_Token], text: str) -> None:
        self.tokens, self.text, self.here = tokens, text, 0

    def formula(self, depth: int) -> Node:
        left = self._term(depth)
        while (sign := self._sign("+", "-")) is not None:
            left = Operation(sign, left, self._term(depth))
        return left

    def _term(self, depth: int) -> Node:
        left = self._factor(depth)
        while (sign := self._sign("×", "÷")) is not None:
            left = Operation(sign, left, self._factor(depth))
        return left

    def _factor(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise FormulaError(f"nested deeper than {MAX_DEPTH}")
        if self._sign("-") is not None:
            return Operation("-", Number(ZERO), self._factor(depth + 1))
        if self._sign("(") is not None:
            return self._closed(depth)
        token = self._next()
        if token.kind == "number":
            return Number(read_number(token.text))
        if token.kind != "name":
            raise FormulaError(f"{self.text!r}: unexpected {token.text!r}")
        for function in _FUNCTIONS:
            if token.text == function and self._sign("(") is not None:
                return Shifted(function, self._closed(depth))
        if token.text == _GROWTH and self._sign("(") is not None:
            now = self._closed(depth)
            return Operation(_GROWTH, now, Shifted("year_before", now))
        return Name(token.text)

    def _closed(self, depth: int) -> Node:
        node = self.formula(depth + 1)
        if self._sign(")") is None:
            raise FormulaError(f"{self.text!r}: a bracket is not closed")
        return node

    def _next(self) -> _Token:
        if self.here == len(self.tokens):
            raise FormulaError(f"{self.text!r}: ends too early")
        self.here += 1
        return self.tokens[self.here - 1]

    def _sign(self, *wanted: str) -> str | None:
        if self.here < len(self.tokens) and self.tokens[self.here].text in wanted:
            self.here += 1
            return self.tokens[self.here - 1].text
        return None


def names(node: Node) -> Iterator[str]:
    """Yield the indicators that a formula reads."""
    match node:
        case Name(code):
            yield code
        case Shifted(_, inner):
            yield from names(inner)
        case Operation(_, left, right):
            yield from names(left)
            yield from names(right)


def evaluate(node: Node, scope: Scope, lookup: Lookup, move: Move) -> Figure:
    """Return the formula's value, or why there is none."""
    match node:
        case Number(value):
            return Figure(value)
        case Name(code):
            return lookup(code, scope)
        case Shifted(function, inner):
            return evaluate(inner, move(function, scope), lookup, move)
        case Operation(sign, left, right):
            return _combined(sign, evaluate(left, scope, lookup, move), evaluate(right, scope, lookup, move))


def _combined(sign: str, left: Figure, right: Figure) -> Figure:
    if left.value is None or right.value is None:
        return left if left.value is None else right
    if sign in {"÷", _GROWTH} and right.value == ZERO:
        return Figure(None, f"除数为零：{plain(left.value)} ÷ 0")
    if sign == _GROWTH:
        return _growth(left.value, right.value)
    return Figure(_COMPUTE[sign](left.value, right.value))


def _growth(now: Decimal, before: Decimal) -> Figure:
    if before < ZERO:
        return Figure(None, f"上年同期值为负（{plain(before)}），无法计算增速")
    return Figure(EXACT.divide(EXACT.multiply(EXACT.subtract(now, before), HUNDRED), before))


_COMPUTE: Mapping[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": EXACT.add,
    "-": EXACT.subtract,
    "×": EXACT.multiply,
    "÷": EXACT.divide,
}
