"""An assessment method: data that an office writes (YAML), checked as a whole and never changed once adopted."""

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from services.scoring.rules.base import Code, PositivePoints, Strict
from services.scoring.rules.completion import Completion
from services.scoring.rules.incidents import Incidents
from services.scoring.rules.peers import PeerMaxRatio, RankSteps
from services.scoring.rules.reporting import ThreeWay
from shared.clock import Day
from shared.errors import FieldFault, InvalidError, invalid

Criterion = Annotated[Completion | Incidents | ThreeWay | RankSteps | PeerMaxRatio, Field(discriminator="kind")]
"""Every rule kind there is; a new kind is added here and in the file of its family."""


Group = Literal["departments", "townships"]
"""Who is assessed by a method: departments yearly for their work, townships for their development."""


class Subjects(Strict):
    """Who is assessed: the units that hold a role in a body on any day of the assessed interval."""

    body: str = Field(min_length=1, description="Body in the registry, e.g. `coordination-meeting`.")
    role: Literal["member"] = "member"


class Assessed(Strict):
    """The assessed interval, both days included; events count by the day on which they happened."""

    start: Day = Field(alias="from")
    end: Day = Field(alias="to")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"to: {self.end} is before from: {self.start}")
        return self


class Method(Strict):
    """One version of an assessment method."""

    method: Code = Field(description="Name of the method; its versions count 1, 2, 3 …")
    version: int = Field(ge=1, le=2**31 - 1)
    title: str = Field(min_length=1)
    group: Group
    subjects: Subjects
    assessed: Assessed
    document: str | None = Field(None, description="Number of the document by which it was adopted.")
    total: PositivePoints = Field(description="Sum of all full marks, stated so that a slip is noticed.")
    places: int = Field(2, ge=0, le=4, description="Decimal places of scores, rounded half up.")
    criteria: tuple[Criterion, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_whole(self) -> Self:
        codes = [criterion.code for criterion in self.criteria]
        if len(set(codes)) != len(codes):
            raise ValueError(f"criteria: each code may stand once, found {', '.join(codes)}")
        found = sum((criterion.max for criterion in self.criteria), Decimal(0))
        if found != self.total:
            raise ValueError(f"total: the criteria's full marks add up to {found}, not {self.total}")
        return self

    def to_body(self) -> dict[str, Any]:
        """Return the method as JSON values, complete with defaults; `Method.model_validate` reads it back."""
        return self.model_dump(mode="json", by_alias=True)


def read_method(text: str) -> Method:
    """Return the method in a YAML (or JSON) text; refuse it with path and reason of each fault.

    Scalars are read as they are written, so 0.1 stays the decimal 0.1.
    """
    try:
        content = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes strings, lists and maps only
    except yaml.YAMLError as error:
        raise invalid("body", f"no YAML: {error}", "a method as YAML") from error
    try:
        return Method.model_validate(content)
    except ValidationError as error:
        raise InvalidError(*(_fault(entry) for entry in error.errors(include_url=False))) from error


def _fault(entry: Any) -> FieldFault:  # noqa: ANN401 - pydantic's error details
    expected = entry.get("ctx", {}).get("expected_tags") or entry.get("ctx", {}).get("expected")
    path = ".".join(str(part) for part in entry["loc"])
    return FieldFault(field=path or "body", reason=entry["msg"], expected=expected and str(expected))
