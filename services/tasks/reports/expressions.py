"""The expressions of validation rules: arithmetic and comparisons over a report's fields, read once and kept safe.

`total = first + second`, `value_added >= previous(value_added) × 0.5`, `not given(exports) or exports ≤ total`.
There are no names but fields and the functions below, no loops and no powers, so an expression always ends. A minus
between two names needs spaces, because a field's code may hold a hyphen.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import Literal, TypeAlias

ValueType = Literal["number", "text", "date", "truth"]
Value: TypeAlias = Decimal | str | date | bool

MAX_LENGTH = 500
_MAX_DEPTH = 40
_DIGITS = 60
"""Digits that intermediate results keep; more than any product of reported values needs."""


class ExpressionError(ValueError):
    """The text is no expression over these fields; the message says what is wrong and what would be right."""


class NotComputableError(Exception):
    """The expression has no answer for these values: one is missing, or it divides by zero."""


@dataclass(frozen=True, slots=True)
class Literally:
    """A number or text that stands in the expression."""

    value: Value


@dataclass(frozen=True, slots=True)
class Named:
    """A field's value, of this period or the one before."""

    field: str
    previous: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """Whether a field is stated."""

    field: str


@dataclass(frozen=True, slots=True)
class Operated:
    """An operator or function over its operands."""

    operator: str
    operands: tuple["Node", ...]


Node: TypeAlias = Literally | Named | Given | Operated

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d+(?:\.\d+)?)(?![a-z0-9_])
      | (?P<name>[a-z0-9]+(?:[_-][a-z0-9]+)*)
      | "(?P<quoted>[a-z0-9_-]+)"
      | '(?P<text>[^']*)'
      | (?P<sign><=|>=|!=|==|[-+*/()=<>,−×÷≤≥≠（），＋＝＜＞]|且|或|非|上期)
    )""",
    re.VERBOSE,
)
_SAME: Mapping[str, str] = {
    "−": "-", "×": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "==": "=", "（": "(", "）": ")", "，": ",",
    "＋": "+", "＝": "=", "＜": "<", "＞": ">", "且": "and", "或": "or", "非": "not", "上期": "previous",
}  # fmt: skip
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_FUNCTIONS = frozenset({"abs", "min", "max"})


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def _tokens(text: str) -> Iterator[_Token]:
    position, end = 0, len(text.rstrip())
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None:
            raise ExpressionError(f"cannot be read from character {position + 1}: {text[position : position + 10]}")
        kind = found.lastgroup or ""
        word = found[kind]
        if kind == "sign" or (kind == "name" and word in {"and", "or", "not"}):
            kind, word = "sign", _SAME.get(word, word)
        yield _Token(kind, word, found.start(kind) + 1)
        position = found.end()
    yield _Token("end", "the end", len(text) + 1)


class _Reader:
    """Reads by precedence: or, and, not, comparison, sum, product, sign."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_LENGTH:
            raise ExpressionError(f"has {len(text)} characters; at most {MAX_LENGTH}")
        self._tokens = list(_tokens(text))
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._either()
        if self._here.kind != "end":
            raise self._unexpected("an operator or the end")
        return node

    @property
    def _here(self) -> _Token:
        return self._tokens[self._next]

    def _take(self, *signs: str) -> str | None:
        token = self._here
        if token.kind == "sign" and token.text in signs:
            self._next += 1
            return token.text
        return None

    def _must(self, sign: str) -> None:
        if self._take(sign) is None:
            raise self._unexpected(f"“{sign}”")

    def _unexpected(self, expected: str) -> ExpressionError:
        return ExpressionError(f"has {self._here.text} at character {self._here.at}; expected {expected}")

    def _either(self) -> Node:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise ExpressionError(f"is nested more than {_MAX_DEPTH} deep")
        node = self._both()
        while self._take("or"):
            node = Operated("or", (node, self._both()))
        self._depth -= 1
        return node

    def _both(self) -> Node:
        node = self._negation()
        while self._take("and"):
            node = Operated("and", (node, self._negation()))
        return node

    def _negation(self) -> Node:
        negated = False
        while self._take("not"):
            negated = not negated
        node = self._comparison()
        return Operated("not", (node,)) if negated else node

    def _comparison(self) -> Node:
        left = self._sum()
        operator = self._take(*_COMPARISONS)
        return left if operator is None else Operated(operator, (left, self._sum()))

    def _sum(self) -> Node:
        node = self._product()
        while operator := self._take("+", "-"):
            node = Operated(operator, (node, self._product()))
        return node

    def _product(self) -> Node:
        node = self._signed()
        while operator := self._take("*", "/"):
            node = Operated(operator, (node, self._signed()))
        return node

    def _signed(self) -> Node:
        negative = False
        while sign := self._take("-", "+"):
            negative ^= sign == "-"
        node = self._operand()
        return Operated("negative", (node,)) if negative else node

    def _operand(self) -> Node:
        if self._take("("):
            node = self._either()
            self._must(")")
            return node
        if self._take("previous"):
            return self._of_field("previous")
        token = self._here
        self._next += 1
        match token.kind:
            case "number":
                return Literally(Decimal(token.text))
            case "text":
                return Literally(token.text)
            case "quoted":
                return Named(token.text)
            case "name":
                return self._call(token.text) if self._here.text == "(" else Named(token.text)
        self._next -= 1
        raise self._unexpected("a number, a field or “(”")

    def _call(self, name: str) -> Node:
        if name in {"previous", "given"}:
            return self._of_field(name)
        if name not in _FUNCTIONS:
            raise ExpressionError(f"calls {name}; there are abs, min, max, previous and given")
        self._must("(")
        operands = [self._either()]
        while self._take(","):
            operands.append(self._either())
        self._must(")")
        if name == "abs" and len(operands) != 1:
            raise ExpressionError(f"gives abs {len(operands)} values; it takes one")
        return Operated(name, tuple(operands))

    def _of_field(self, name: str) -> Node:
        self._must("(")
        token = self._here
        if token.kind not in {"name", "quoted"}:
            raise self._unexpected(f"a field's code within {name}( )")
        self._next += 1
        self._must(")")
        return Given(token.text) if name == "given" else Named(token.text, previous=True)


def parse(text: str, fields: Mapping[str, ValueType]) -> Node:
    """Return the expression, checked: it names only these fields, its types fit, and its answer is yes or no.

    Raises:
        ExpressionError: it is none; the message is a predicate of the expression ("has …", "names …").
    """
    node = _dated(_Reader(text).whole(), fields)
    if _type_of(node, fields) != "truth":
        raise ExpressionError("gives a value; a rule compares, e.g. total = first + second")
    return node


def fields_of(node: Node) -> list[str]:
    """Return the fields that an expression names, in its order, each once."""
    return list(dict.fromkeys(_named(node)))


def _named(node: Node) -> Iterator[str]:
    match node:
        case Named(field=field) | Given(field=field):
            yield field
        case Operated(operands=operands):
            for each in operands:
                yield from _named(each)


def _dated(node: Node, fields: Mapping[str, ValueType]) -> Node:
    """Read a text beside a date field as the date that it writes."""
    match node:
        case Operated(operator, (left, right)) if operator in _COMPARISONS:
            kinds = {fields.get(each.field) for each in (left, right) if isinstance(each, Named)}
            if "date" in kinds:
                return Operated(operator, (_as_date(left), _as_date(right)))
            return Operated(operator, (_dated(left, fields), _dated(right, fields)))
        case Operated(operator, operands):
            return Operated(operator, tuple(_dated(each, fields) for each in operands))
    return node


def _as_date(node: Node) -> Node:
    if not isinstance(node, Literally) or not isinstance(node.value, str):
        return node
    try:
        return Literally(date.fromisoformat(node.value))
    except ValueError as error:
        raise ExpressionError(f"compares a date with '{node.value}'; write e.g. '2026-03-31'") from error


def _type_of(node: Node, fields: Mapping[str, ValueType]) -> ValueType:
    match node:
        case Literally(value):
            return "number" if isinstance(value, Decimal) else "date" if isinstance(value, date) else "text"
        case Named(field=field):
            return _known(field, fields)
        case Given(field=field):
            _known(field, fields)
            return "truth"
        case Operated(operator, operands):
            return _result_of(operator, [_type_of(each, fields) for each in operands])


def _known(field: str, fields: Mapping[str, ValueType]) -> ValueType:
    if field in fields:
        return fields[field]
    hint = "; a minus between two names needs spaces" if "-" in field else ""
    raise ExpressionError(f"names {field}, which is no field; there are {', '.join(fields)}{hint}")


def _result_of(operator: str, types: list[ValueType]) -> ValueType:
    wanted = _operands_of(operator, types[0])
    if wanted is None or any(kind != wanted for kind in types):
        raise ExpressionError(f"applies {operator} to {' and '.join(types)}")
    return "truth" if operator in {"and", "or", "not"} or operator in _COMPARISONS else "number"


def _operands_of(operator: str, first: ValueType) -> ValueType | None:
    """Return of which type all operands must be, given the first's; None if the operator takes no such type."""
    if operator in {"and", "or", "not"}:
        return "truth"
    if operator in {"=", "!="}:
        return None if first == "truth" else first
    if operator in _COMPARISONS:
        return first if first in {"number", "date"} else None
    return "number"


def evaluate(node: Node, now: Mapping[str, Value], before: Mapping[str, Value] | None) -> Value:
    """Return what the expression gives for these values; `before` is the period before, None if it has no report.

    Raises:
        NotComputableError: a value that is needed is missing, or it divides by zero.
    """
    with localcontext() as context:
        context.prec = _DIGITS
        return _value_of(node, now, before)


def _value_of(node: Node, now: Mapping[str, Value], before: Mapping[str, Value] | None) -> Value:
    match node:
        case Literally(value):
            return value
        case Given(field=field):
            return field in now
        case Named(field=field, previous=previous):
            return _stated(field, before if previous else now, previous=previous)
        case Operated("and", (left, right)):
            return bool(_value_of(left, now, before)) and bool(_value_of(right, now, before))
        case Operated("or", (left, right)):
            return bool(_value_of(left, now, before)) or bool(_value_of(right, now, before))
        case Operated(operator, operands):
            return _apply(operator, [_value_of(each, now, before) for each in operands])


def _stated(field: str, values: Mapping[str, Value] | None, *, previous: bool) -> Value:
    if values is None:
        raise NotComputableError("there is no report of the period before")
    if field not in values:
        raise NotComputableError(f"{field} is not stated{' for the period before' if previous else ''}")
    return values[field]


def _apply(operator: str, values: list[Value]) -> Value:
    if operator == "not":
        return not values[0]
    if operator in _COMPARISONS:
        return _compare(operator, values[0], values[1])
    return _compute(operator, [value for value in values if isinstance(value, Decimal)])


def _compare(operator: str, left: Value, right: Value) -> bool:
    if operator in {"=", "!="}:
        return (left == right) == (operator == "=")
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return _ordered(operator, left < right, left == right)
    if isinstance(left, date) and isinstance(right, date):
        return _ordered(operator, left < right, left == right)
    raise AssertionError("parse checked the types")


def _ordered(operator: str, less: bool, same: bool) -> bool:  # noqa: FBT001 - two answers, not two switches
    return {"<": less, "<=": less or same, ">": not (less or same), ">=": not less}[operator]


def _compute(operator: str, values: list[Decimal]) -> Decimal:
    if operator == "/" and values[1] == 0:
        raise NotComputableError("it would divide by zero")
    return _ARITHMETIC[operator](values)


_ARITHMETIC: Mapping[str, Callable[[list[Decimal]], Decimal]] = {
    "negative": lambda values: -values[0],
    "abs": lambda values: abs(values[0]),
    "min": min,
    "max": max,
    "+": lambda values: values[0] + values[1],
    "-": lambda values: values[0] - values[1],
    "*": lambda values: values[0] * values[1],
    "/": lambda values: values[0] / values[1],
}
