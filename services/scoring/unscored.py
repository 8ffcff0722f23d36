"""Which raters' scores are missing: what a standing says, and what a closing asks about. Pure."""

from collections.abc import Mapping, Sequence

from services.scoring.method import Method
from services.scoring.rules.base import EMPTY
from services.scoring.rules.panel import Panel, Unscored
from services.scoring.scores import TalliesByCriterion


def unscored(method: Method, units: Sequence[str], tallies: TalliesByCriterion) -> list[Unscored]:
    """Return whose scores are missing, panel by panel, each class by itself."""
    classes: dict[str | None, list[str]] = {}
    for unit in units:
        classes.setdefault(method.subjects.class_of(unit), []).append(unit)
    return [
        each
        for panel in method.of_kind(Panel)
        for peers in classes.values()
        for each in panel.unscored({unit: tallies.get(panel.code, {}).get(unit, EMPTY) for unit in peers})
    ]


def notes_by_unit(found: Sequence[Unscored]) -> Mapping[str, tuple[str, ...]]:
    """Return what is missing as notes, by unit."""
    notes: dict[str, tuple[str, ...]] = {}
    for each in found:
        notes[each.unit] = (*notes.get(each.unit, ()), each.text)
    return notes
