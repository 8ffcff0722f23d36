"""Codes that others give: what is wrong with one, and what would be right. Pure; each function returns the faults.

Unified social credit codes: GB 32100-2015 with amendment 1 of 2016 (登记管理部门 besides 机构编制、民政、工商); their
organisation code within: GB 11714-1997; their division code: GB/T 2260. Sectors: GB/T 4754 in its editions.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CREDIT_CODE_FORM: Final = "18 characters of GB 32100-2015, e.g. 11330324002531470A"
_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)

AUTHORITIES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "1": ("机构编制", "1239"),
        "2": ("外交", "19"),
        "3": ("司法行政", "123459"),
        "4": ("文化", "19"),
        "5": ("民政", "1239"),
        "6": ("旅游", "129"),
        "7": ("宗教", "129"),
        "8": ("工会", "19"),
        "9": ("工商", "1239"),
        "A": ("中央军委改革和编制办公室", "19"),
        "N": ("农业", "1239"),
        "Y": ("其他", "1"),
    }
)
"""Registration authorities (登记管理部门代码): name, and the categories (机构类别代码) that each gives."""

_NATIONWIDE: Final = "100000"
_PROVINCES: Final = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
    ]
)

EDITIONS: Mapping[str, Mapping[str, tuple[tuple[int, int], ...]]] = MappingProxyType(
    {
        "GB/T 4754-2002": MappingProxyType(
            {
                "A": ((1, 5),), "B": ((6, 11),), "C": ((13, 37), (39, 43)), "D": ((44, 46),), "E": ((47, 50),),
                "F": ((51, 59),), "G": ((60, 62),), "H": ((63, 63), (65, 65)), "I": ((66, 67),), "J": ((68, 71),),
                "K": ((72, 72),), "L": ((73, 74),), "M": ((75, 78),), "N": ((79, 81),), "O": ((82, 83),),
                "P": ((84, 84),), "Q": ((85, 87),), "R": ((88, 92),), "S": ((93, 97),), "T": ((98, 98),),
            }
        ),
        "GB/T 4754-2011": MappingProxyType(
            {
                "A": ((1, 5),), "B": ((6, 12),), "C": ((13, 43),), "D": ((44, 46),), "E": ((47, 50),),
                "F": ((51, 52),), "G": ((53, 60),), "H": ((61, 62),), "I": ((63, 65),), "J": ((66, 69),),
                "K": ((70, 70),), "L": ((71, 72),), "M": ((73, 75),), "N": ((76, 78),), "O": ((79, 81),),
                "P": ((82, 82),), "Q": ((83, 84),), "R": ((85, 89),), "S": ((90, 95),), "T": ((96, 96),),
            }
        ),
        "GB/T 4754-2017": MappingProxyType(
            {
                "A": ((1, 5),), "B": ((6, 12),), "C": ((13, 43),), "D": ((44, 46),), "E": ((47, 50),),
                "F": ((51, 52),), "G": ((53, 60),), "H": ((61, 62),), "I": ((63, 65),), "J": ((66, 69),),
                "K": ((70, 70),), "L": ((71, 72),), "M": ((73, 75),), "N": ((76, 79),), "O": ((80, 82),),
                "P": ((83, 83),), "Q": ((84, 85),), "R": ((86, 90),), "S": ((91, 96),), "T": ((97, 97),),
            }
        ),
    }
)  # fmt: skip
"""Editions of 国民经济行业分类: per section (门类) the divisions (大类) that it has."""

_CLASS = re.compile(r"(?P<section>[A-Z])?(?P<division>[0-9]{2})?[0-9]{0,2}")


def credit_code_faults(code: str) -> list[str]:
    """Return what is wrong with a unified social credit code; the right check character where only that is wrong."""
    if len(code) != len("11330324002531470A"):
        return [f"{len(code)} characters; {CREDIT_CODE_FORM}"]
    strange = "".join(dict.fromkeys(char for char in code if char not in _ALPHABET))
    if strange:
        return [f"holds {strange}; digits and capital letters without I, O, S, V, Z"]
    faults = [_authority_fault(code[0], code[1]), *division_faults(code[2:8]), _organisation_fault(code[8:17])]
    found = [fault for fault in faults if fault]
    right = credit_check(code[:17])
    if code[17] != right:
        found.append(f"check character {code[17]} is wrong; for {code[:17]} it is {right}")
    return found


def credit_check(body: str) -> str:
    """Return the check character (GB 32100-2015, C18) of the 17 characters before it."""
    total = sum(weight * _ALPHABET.index(char) for weight, char in zip(_CREDIT_WEIGHTS, body, strict=True))
    return _ALPHABET[-total % 31]


def organisation_check(body: str) -> str:
    """Return the check character (GB 11714, C9) of the eight characters before it."""
    total = sum(weight * int(char, 36) for weight, char in zip(_ORGANISATION_WEIGHTS, body, strict=True))
    return "0123456789X0"[11 - total % 11]


def division_faults(code: str) -> list[str]:
    """Return what is wrong with a division code of GB/T 2260, e.g. 330324; its province must be one that exists."""
    if not re.fullmatch(r"[0-9]{6}", code):
        return [f"division code {code} must be six digits (GB/T 2260), e.g. 330324"]
    if code == _NATIONWIDE:
        return []
    if code[:2] not in _PROVINCES:
        return [f"division code {code}: no province has {code[:2]} (GB/T 2260); Zhejiang is 33"]
    if code[2:4] == "00" and code[4:] != "00":
        return [f"division code {code}: a county stands under a city, so digits 3 and 4 are not 00 (GB/T 2260)"]
    return []


def gbt4754_faults(code: str, edition: str) -> list[str]:
    """Return what is wrong with a class of GB/T 4754: a section, division, group or class of that edition."""
    sections = EDITIONS.get(edition)
    if sections is None:
        return [f"edition {edition} is not known; one of {', '.join(EDITIONS)}"]
    parts = _CLASS.fullmatch(code)
    if parts is None or not code or (parts["section"] and not parts["division"] and len(code) > 1):
        return [f"class {code} must be a section letter, two to four digits, or both, e.g. I, 67, 6710 or I6710"]
    return _section_faults(parts["section"], parts["division"], edition, sections)


def _section_faults(
    section: str | None, division: str | None, edition: str, sections: Mapping[str, tuple[tuple[int, int], ...]]
) -> list[str]:
    if section is not None and section not in sections:
        return [f"{edition} has no section {section}; it has A to T"]
    if division is None:
        return []
    home = next((letter for letter, ranges in sections.items() if _within(int(division), ranges)), None)
    if home is None:
        last = sections["T"][-1][1]
        return [f"{edition} has no division {division}; it has 01 to {last} with gaps"]
    if section not in {None, home}:
        return [f"division {division} stands in section {home} of {edition}, not in {section}"]
    return []


def _within(number: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= number <= last for first, last in ranges)


def _authority_fault(authority: str, category: str) -> str:
    if authority not in AUTHORITIES:
        return f"no registration authority has {authority}; one of {', '.join(AUTHORITIES)}"
    name, categories = AUTHORITIES[authority]
    if category not in categories:
        return f"authority {authority} ({name}) gives no category {category}; one of {', '.join(categories)}"
    return ""


def _organisation_fault(code: str) -> str:
    right = organisation_check(code[:8])
    return "" if code[8] == right else f"organisation code {code}: check character is {right} (GB 11714), not {code[8]}"
