"""An assessment method: data that an office writes (YAML), checked as a whole and never changed once adopted."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError

from services.scoring.grading import (
    Assessed,
    Block,
    Grade,
    LateData,
    Rectification,
    RollUp,
    Rounding,
    Subjects,
    UnitClass,
)  # fmt: skip
from services.scoring.method_faults import faults_of
from services.scoring.rules.awards import Bonus, Gate, Veto
from services.scoring.rules.base import ZERO, Code, Rule, ScoredRule, Strict, forgiving
from services.scoring.rules.completion import Completion
from services.scoring.rules.formula import names, parse
from services.scoring.rules.incidents import Incidents
from services.scoring.rules.indicators import Indicator, Reported
from services.scoring.rules.lateness import Lateness
from services.scoring.rules.levels import BaseSteps, ImprovementSteps, StepTable, TargetRatio
from services.scoring.rules.measures import PERIOD
from services.scoring.rules.mixed import Composite
from services.scoring.rules.numbers import PositivePoints, Whole
from services.scoring.rules.panel import Panel
from services.scoring.rules.peers import Efficacy, MinMax, PeerMaxRatio, RankInterpolated, RankSteps
from services.scoring.rules.reporting import ThreeWay
from shared.clock import Day
from shared.errors import FieldFault, InvalidError, invalid

Criterion = Annotated[
    Completion | Incidents | Lateness | ThreeWay
    | TargetRatio | StepTable | BaseSteps | ImprovementSteps
    | PeerMaxRatio | RankSteps | RankInterpolated | Efficacy | MinMax
    | Composite | Panel | Bonus | Veto | Gate,
    Field(discriminator="kind"),
]  # fmt: skip
"""Every rule kind there is; a new kind is added here and in the file of its family."""

Group = Literal["departments", "townships"]
"""Who is assessed by a method: departments yearly for their work, townships for their development."""

MAX_TEXT = 200_000
"""Characters of a method's text: twenty times a complete one."""
_MOST_FAULTS = 100
"""Faults that are told at once."""

WHOLE = Block(code="whole", title="合计")
"""The one block of a method that names none."""


class Method(Strict):
    """One version of an assessment method."""

    method: Code = Field(description="Name of the method; its versions count 1, 2, 3 …")
    version: Whole = Field(ge=1, le=1_000_000)
    title: str = Field(min_length=1, max_length=200)
    group: Group
    subjects: Subjects
    assessed: Assessed
    document: str | None = Field(None, description="Number of the document by which it was adopted.")
    adopted_on: Day | None = Field(None, description="Day of adoption; the day on which it is entered if left out.")
    total: PositivePoints | dict[str, PositivePoints] = Field(
        description="Sum of all full marks, stated so that a slip is noticed; by class where it differs."
    )
    places: Whole = Field(2, ge=0, le=4, description="Decimal places of scores and total; `rounding` says more.")
    rounding: Rounding | None = None
    period: str | None = Field(
        None, pattern=PERIOD, description="Period of indicators, where a measure names none; the year of assessed.to."
    )
    indicators: tuple[Indicator, ...] = Field((), max_length=200)
    blocks: tuple[Block, ...] = Field((), max_length=50)
    criteria: tuple[Criterion, ...] = Field(min_length=1, max_length=200)
    grades: tuple[Grade, ...] = Field((), max_length=50, description="The best first.")
    tie_break: tuple[Code, ...] = Field(
        (), max_length=50, description="Of equal totals: criteria or blocks that decide, in order."
    )
    late_data: LateData = LateData()
    roll_up: RollUp | None = None
    rectification: Rectification | None = None

    def to_body(self) -> dict[str, Any]:
        """Return the method as JSON values, complete with defaults; `adopted_method` reads it back."""
        return self.model_dump(mode="json", by_alias=True)

    @cached_property
    def rounds(self) -> Rounding:
        """Return how numbers are rounded."""
        return self.rounding or Rounding(criterion=self.places, total=self.places)

    @cached_property
    def year(self) -> str:
        """Return the period of indicators where a measure names none."""
        return self.period or str(self.assessed.end.year)

    @cached_property
    def reads_whole_years(self) -> bool:
        """Return whether no measure names a part of a year; a formula's shifts lead from a year to a year."""
        return all(period == period[:4] for period in (self.year, *_named_periods(self.to_body())))

    @cached_property
    def scored(self) -> tuple[ScoredRule, ...]:
        """Return the criteria that have full marks."""
        return tuple(criterion for criterion in self.criteria if isinstance(criterion, ScoredRule))

    def of_kind(self, *kinds: type[Any]) -> list[Any]:
        """Return the criteria of some kinds, e.g. `Bonus`."""
        return [criterion for criterion in self.criteria if isinstance(criterion, kinds)]

    @cached_property
    def all_blocks(self) -> tuple[Block, ...]:
        """Return the blocks, the whole if none is named."""
        return self.blocks or (WHOLE,)

    def members(self, block: Block) -> list[ScoredRule]:
        """Return a block's criteria."""
        return [rule for rule in self.scored if not self.blocks or rule.block == block.code]

    def classes(self) -> list[UnitClass | None]:
        """Return the classes, one of None where there are none."""
        return list(self.subjects.classes) or [None]

    def total_of(self, unit_class: str | None) -> Decimal:
        """Return the stated total of a class."""
        if isinstance(self.total, dict):
            return self.total.get(unit_class or "", ZERO)
        return self.total

    def full_marks(self, block: Block, unit_class: str | None) -> Decimal:
        """Return what a block gives at most to a class, before its weight."""
        rules = [rule.for_class(unit_class) for rule in self.members(block)]
        full = sum((rule.max * rule.weight for rule in rules), ZERO)
        weights = sum((rule.weight for rule in rules), ZERO)
        return full / weights if block.combine == "mean" and weights else full

    def full_total(self, unit_class: str | None) -> Decimal:
        """Return what the criteria's full marks add up to for a class."""
        return sum((self.full_marks(block, unit_class) * block.weight for block in self.all_blocks), ZERO)

    @cached_property
    def declared(self) -> Mapping[str, Indicator]:
        """Return the declared indicators by code."""
        return {indicator.code: indicator for indicator in self.indicators}

    @cached_property
    def reported(self) -> tuple[Reported, ...]:
        """Return every indicator that is read from reports, directly or through formulas."""
        used: dict[str, None] = {}
        for criterion in self.criteria:
            used |= dict.fromkeys(self.reported_by(criterion))
        for indicator in self.indicators:
            if indicator.formula is None:
                used[indicator.code] = None
        return tuple(self._source(code) for code in sorted(used))

    def _source(self, code: str) -> Reported:
        found = self.declared.get(code)
        return Reported(code, found.title, found.definitions) if found else Reported(code, code, ())

    def reported_by(self, criterion: Rule) -> Iterator[str]:
        """Yield the reported indicators that a criterion reads, for units of any class."""
        for rule in criterion.variants:
            for expression in rule.indicators():
                yield from self.reported_in(expression)

    def reported_in(self, expression: str, above: tuple[str, ...] = ()) -> Iterator[str]:
        """Yield the reported indicators behind an indicator or formula."""
        for code in names(parse(expression)):
            found = self.declared.get(code)
            if found is None or found.formula is None:
                yield code
            elif code not in above:
                yield from self.reported_in(found.formula, (*above, code))


@cache
def method_schema() -> dict[str, Any]:
    """Return the JSON schema of methods, draft 2020-12."""
    schema = Method.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Assessment method", **schema}


def _named_periods(content: object) -> Iterator[str]:
    """Yield the periods that stand anywhere in a method's body."""
    if isinstance(content, list):
        for each in content:
            yield from _named_periods(each)
    elif isinstance(content, dict):
        for key, value in content.items():
            if key == "period" and isinstance(value, str):
                yield value
            yield from _named_periods(value)


def read_method(text: str) -> Method:
    """Return the method in a YAML (or JSON) text; refuse it with path and reason of each fault.

    Scalars are read as they are written, so 0.1 stays the decimal 0.1.
    """
    method = parse_method(text)
    faults = list(faults_of(method))
    if faults:
        raise InvalidError(
            *(FieldFault(field=each.path, reason=each.reason, expected=each.expected) for each in faults)
        )
    return method


def adopted_method(body: Mapping[str, Any]) -> Method:
    """Return a method that was adopted, from its body.

    Rules of the language that were made since are not asked of it: it goes on computing as it did; see `broken_since`.
    """
    with forgiving():
        return Method.model_validate(body)


def broken_since(body: Mapping[str, Any]) -> list[str]:
    """Return which rules of the language, made since its adoption, a method in force breaks."""
    with forgiving() as forgiven:
        method = Method.model_validate(body)
    return [*forgiven, *(f"{fault.path}: {fault.reason}" for fault in faults_of(method))]


def parse_method(text: str) -> Method:
    """Return the method in a text, its parts checked each by itself."""
    if len(text) > MAX_TEXT:
        raise invalid("body", f"{len(text)} characters are no method", f"at most {MAX_TEXT}")
    try:
        return Method.model_validate(load_yaml(text, "a method as YAML"))
    except ValidationError as error:
        raise InvalidError(*validation_faults(error)) from error


def load_yaml(text: str, expected: str) -> Any:  # noqa: ANN401 - whatever stands there
    """Return what a YAML text holds, every scalar as a text; a key that stands twice is refused."""
    try:
        return yaml.load(text, Loader=_TextLoader)  # noqa: S506 - a BaseLoader: strings, lists and maps only
    except (yaml.YAMLError, RecursionError) as error:
        raise invalid("body", f"no YAML: {error}", expected) from error


class _TextLoader(yaml.BaseLoader):
    """Reads every scalar as it is written, `null` and `~` as nothing; refuses a key that stands twice, and aliases.

    A short text with aliases of aliases stands for more than any memory holds.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not taken", self.peek_event().start_mark)  # type: ignore[no-untyped-call]  # as above
        return super().compose_node(parent, index)

    def construct_scalar(self, node: yaml.ScalarNode) -> Any:  # noqa: ANN401 - PyYAML's signature
        if node.style is None and node.value in {"null", "~"}:
            return None
        return super().construct_scalar(node)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        twice = next((key for key, count in Counter(keys).items() if count > 1), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"the key {twice} stands twice", node.start_mark)
        return super().construct_mapping(node, deep=deep)


def validation_faults(error: ValidationError) -> Iterable[FieldFault]:
    """Return pydantic's faults with path and reason."""
    entries = error.errors(include_url=False, include_input=False)
    first = entries[:_MOST_FAULTS]
    found = [_fault(entry) for entry in first if not _follows(entry, first)]
    more = len(entries) - len(first)
    return [*found, FieldFault(field="body", reason=f"{more} faults more")] if more else found


def _follows(entry: Any, entries: Sequence[Any]) -> bool:  # noqa: ANN401 - pydantic's error details
    """Return whether a list is only too short because of faults in its members."""
    path = entry["loc"]
    return entry["type"] == "too_short" and any(
        len(other["loc"]) > len(path) and other["loc"][: len(path)] == path for other in entries
    )


_DATE = re.compile(r"datetime\.date\((\d+), (\d+), (\d+)\)")


def _as_written(path: Sequence[int | str]) -> Iterator[str]:
    """Yield the parts of a path as they stand in the text: without pydantic's names of types, kinds and effects."""
    for index, part in enumerate(path):
        before = path[:index]
        is_kind = (len(before) == 2 and before[0] == "criteria") or before[-1:] == ("consequence",)  # noqa: PLR2004
        if not is_kind and "[" not in str(part):
            yield str(part)


def _fault(entry: Any) -> FieldFault:  # noqa: ANN401 - pydantic's error details
    expected = entry.get("ctx", {}).get("expected_tags") or entry.get("ctx", {}).get("expected")
    path = ".".join(_as_written(entry["loc"]))
    reason = _DATE.sub(lambda found: f"{date(*map(int, found.groups()))}", entry["msg"].replace("Value error, ", ""))
    return FieldFault(field=path or "body", reason=reason, expected=expected and str(expected))
