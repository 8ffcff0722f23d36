"""Numbers of standards: code of the kind, serial number, four-digit year, e.g. GB/T 12345-2020, SB/T 10482-2008, DB33/T 836-2011.

GB and GB/T (GB/Z) are national, DB with a division's first two or four digits local, two other letters an industry's.
"""  # noqa: E501 - the examples stand together

import re
from typing import Final, Literal

STANDARD_FORM: Final = "code + number + year, e.g. GB/T 12345-2020, SB/T 10482-2008 or DB33/T 836-2011"

_NUMBER = re.compile(
    r"(?P<code>[A-Z]{2}[0-9]{0,6})(?:/[TZ])? (?P<serial>[1-9][0-9]{0,5}(?:\.[0-9]{1,3})?)-(?P<year>[0-9]{4})"
)
_LOOSE = re.compile(r"([A-Z]{2}[0-9]{0,6})(/[TZ])?\s*([0-9]+(?:\.[0-9]+)?)\s*[-—–－]+\s*([0-9]{2,4})")


def written_right(number: str) -> str:
    """Return a standard's number as it is written here, e.g. GB/T 123-2020 for GB/T123—2020; else what was given."""
    loose = _LOOSE.fullmatch(number.strip().upper())
    if loose is None or len(loose[4]) != len("2020"):
        return number
    return f"{loose[1]}{loose[2] or ''} {loose[3]}-{loose[4]}"


def standard_number_faults(number: str) -> list[str]:
    """Return what is wrong with a standard's number, and how it is written right where that can be seen."""
    parts = _NUMBER.fullmatch(number)
    if parts is None:
        right = written_right(number)
        if _NUMBER.fullmatch(right) is None:
            return [f"{number} is no standard's number: {STANDARD_FORM}"]
        return [f"{number} is written {right}"]
    if not 1949 <= int(parts["year"]) <= 2199:  # noqa: PLR2004 - as days are bounded
        return [f"{number}: {parts['year']} is no year of a standard"]
    return _code_faults(parts["code"])


def level_of(number: str) -> Literal["national", "industry", "local"]:
    """Return the level that a standard has by its number."""
    if number.startswith("GB"):
        return "national"
    return "local" if number.startswith("DB") else "industry"


def _code_faults(code: str) -> list[str]:
    local = code.startswith("DB")
    digits = code[2:]
    if local and len(digits) not in {2, 4, 6}:
        return [f"{code}: a local standard has the division's digits, e.g. DB33 or DB3303"]
    if not local and digits:
        return [f"{code}: only local standards (DB) have a division's digits"]
    return []
