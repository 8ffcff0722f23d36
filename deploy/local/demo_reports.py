"""What units report in the demo: report definitions, each period's reports, late ones, corrections."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import yaml

from deploy.local.demo_year import Step, Story, Year
from deploy.local.layout import REPOSITORY
from shared.auth import Role

_FACTS = REPOSITORY / "deploy" / "seed" / "facts"
_OPENED_BEFORE = timedelta(days=4)
_USUAL_VALUE = "100"
_NEVER = "never"

Figures = Mapping[int, Mapping[str, Mapping[str, str]]]
"""Values by year (0: the assessed one, -1: the one before), indicator and unit."""


class Reporting:
    """One report definition and all its reports of the year.

    Every unit submits `_USUAL_VALUE` for each field, or what the facts file that `figures` names says of it; of what
    stands there for a unit not at all it states nothing. With `rows` it reports on those units, a row for each.
    """

    def __init__(self, year: Year, story: Story) -> None:
        self._year, self._story = year, story
        self._figures = _figures(story["figures"]) if "figures" in story else None
        self._reports: dict[tuple[str, str], str] = {}

    def steps(self) -> Iterator[Step]:
        """Return the definition, and each period's reports."""
        yield Step(self._year.day("01-04"), self._define)
        for period in self._story["periods"]:
            yield from self._period(period["period"], period["submit"])

    @property
    def _code(self) -> str:
        return str(self._story["code"])

    def _define(self) -> None:
        if self._year.client.has("tasks", f"/v1/report-definitions/{self._code}"):
            return  # in an earlier year
        names = ("code", "title", "period_kind", "due_offset_days", "fields", "observed")
        body = {name: self._story[name] for name in names if name in self._story}
        self._year.client.post("tasks", "/v1/report-definitions", body)

    def _period(self, period: str, usual: str) -> Iterator[Step]:
        own = {entry["unit"]: entry["submit"] for entry in self._story.get("late", []) if entry["period"] == period}
        name, day = self._period_name(period), self._year.day
        units = self._story["units"]
        who = self._year.name(units[0]) if len(units) == 1 else f"{len(units)}个单位"
        words = f"布置{self._story['title']}（{name}），{who}"
        yield Step(day(usual) - _OPENED_BEFORE, partial(self._open, name), words)
        for unit in units:
            submit = own.get(unit, usual)
            if submit != _NEVER:
                yield Step(day(submit), partial(self._submit, period, unit, late=unit in own))
        for correction in self._story.get("corrections", []):
            if correction["period"] == period:
                yield Step(day(correction["on"]), partial(self._correct, correction))

    def _period_name(self, period: str) -> str:
        return str(self._year.year + _OFFSETS[period]) if period in _OFFSETS else f"{self._year.year}-{period}"

    def _open(self, name: str) -> None:
        units = [self._year.code(short) for short in self._story["units"]]
        body = {"period": name, "units": units}
        opened = self._year.client.post("tasks", f"/v1/report-definitions/{self._code}/open", body)["opened"]
        self._reports.update({(name, report["unit"]): f"/v1/reports/{report['id']}" for report in opened})

    def _path(self, period: str, short: str) -> str | None:
        """Return where a report is; None for one that an earlier year's demo has submitted."""
        return self._reports.get((self._period_name(period), self._year.code(short)))

    def _submit(self, period: str, short: str, *, late: bool) -> None:
        path = self._path(period, short)
        if path is None:
            return
        if late:
            self._year.wait_for(f"{short} 报表逾期", lambda: self._state(path) == "overdue")
            self._year.tell(f"{self._year.name(short)}逾期报送{self._story['title']}（{self._period_name(period)}）")
        self._state_values(path, "submit", short, self._stated(period, short))

    def _stated(self, period: str, short: str) -> dict[str, Any]:
        """Return what a unit submits at first: a row for each unit, or its own values before any correction."""
        if "rows" in self._story:
            return {
                "rows": {self._year.code(row): {"values": self._values(period, row)} for row in self._story["rows"]}
            }
        first = {
            entry["indicator"]: entry["first"]
            for entry in self._story.get("corrections", [])
            if (entry["period"], entry["unit"]) == (period, short)
        }
        return {"values": {**self._values(period, short), **first}}

    def _correct(self, correction: Story) -> None:
        period, short, indicator = correction["period"], correction["unit"], correction["indicator"]
        path = self._path(period, short)
        if path is None:
            return
        values = self._values(period, short)
        (title,) = [field["title"] for field in self._story["fields"] if field["indicator"] == indicator]
        said = f"{title} {correction['first']} → {values[indicator]}，{correction['reason']}"
        self._year.tell(f"{self._year.name(short)}更正{self._story['title']}：{said}")
        body = {"values": values, "reason": correction["reason"]}
        self._state_values(path, "correct", short, body)

    def _state_values(self, path: str, transition: str, short: str, body: Mapping[str, Any]) -> None:
        """State values as the unit; the office accepts them."""
        unit = self._year.code(short)
        self._year.client.post("tasks", f"{path}/{transition}", body, role=Role.UNIT, unit=unit)
        self._year.client.post("tasks", f"{path}/accept", {})

    def _state(self, path: str) -> str:
        return str(self._year.client.get("tasks", path)["state"])

    def _values(self, period: str, short: str) -> dict[str, str]:
        fields = [field["indicator"] for field in self._story["fields"]]
        if self._figures is None:
            return dict.fromkeys(fields, _USUAL_VALUE)
        known = self._figures[_OFFSETS[period]]
        return {field: known[field][short] for field in fields if short in known.get(field, {})}


_OFFSETS = {"last-year": -1, "this-year": 0}


def _figures(name: str) -> Figures:
    """Return the observations of a facts file; its latest year is the one that the demo plays."""
    text = (_FACTS / f"{name}.yaml").read_text(encoding="utf-8")
    observations = yaml.load(text, Loader=yaml.BaseLoader)["observations"]  # noqa: S506 - makes strings, lists and maps only
    latest = max(int(each["period"]) for each in observations)
    found: dict[int, dict[str, Mapping[str, str]]] = {}
    for each in observations:
        found.setdefault(int(each["period"]) - latest, {})[each["indicator"]] = each["values"]
    return found
