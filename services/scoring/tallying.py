"""From ledger lines to tallies, from scratch: what the projection keeps up to date by differences. Pure."""

from collections.abc import Iterable

from services.scoring.fold import Line, newest
from services.scoring.rules.base import EXACT, Part, Tally


def tallies_of(lines: Iterable[Line]) -> dict[str, dict[str, Tally]]:
    """Return the tallies of one generation's lines by criterion and unit; of each source the newest line counts."""
    parts: dict[str, dict[str, dict[str, Part]]] = {}
    for line in newest(lines):
        found = parts.setdefault(line.criterion, {}).setdefault(line.unit, {})
        if line.counts:
            found[line.part] = _with(found.get(line.part, Part()), line)
    return {code: {unit: Tally(found) for unit, found in units.items()} for code, units in parts.items()}


def _with(part: Part, line: Line) -> Part:
    return Part(part.lines + 1, EXACT.add(part.weight, line.weight), EXACT.add(part.points, line.points))
