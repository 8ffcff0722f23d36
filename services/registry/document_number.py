"""发文字号: issuer code, four-digit year in 〔〕, number without leading zero, 号, e.g. 永政办发〔2009〕106号.

The form is GB/T 9704's (党政机关公文格式): six-cornered brackets, Arabic digits, no 第 before the number.
"""

import re

FORM = "issuer code + 〔four-digit year〕 + number without leading zero + 号, e.g. 永政办发〔2009〕106号"

_NUMBER = re.compile(r"[\u4e00-\u9fff]{2,20}〔[12][0-9]{3}〕[1-9][0-9]{0,4}号")
_PARTS = re.compile(
    r"(?P<issuer>[^〔\[\]（(【〈［0-9]*)(?P<open>.?)(?P<year>[^〕\]）)】〉］]*)(?P<close>.?)(?P<number>.*)", re.DOTALL
)
_ISSUER = re.compile(r"[\u4e00-\u9fff]{2,20}")


def document_number_faults(text: str) -> list[str]:
    """Return what is wrong with a document number, each fault by name; nothing if it is right."""
    if _NUMBER.fullmatch(text):
        return []
    parts = _PARTS.fullmatch(text)
    assert parts is not None  # noqa: S101 - the pattern takes any text
    faults = [
        _issuer_fault(parts["issuer"]),
        _bracket_fault(parts["open"], parts["close"]),
        _year_fault(parts["year"]),
        *_serial_faults(parts["number"]),
    ]
    return [fault for fault in faults if fault] or [f"the form is {FORM}"]


def _issuer_fault(issuer: str) -> str:
    if _ISSUER.fullmatch(issuer):
        return ""
    return "an issuer code (Chinese characters, no spaces) must stand first"


def _bracket_fault(opening: str, closing: str) -> str:
    return "" if (opening, closing) == ("〔", "〕") else "brackets must be 〔〕"


def _year_fault(year: str) -> str:
    return "" if re.fullmatch(r"[12][0-9]{3}", year) else "the year must have four digits"


def _serial_faults(serial: str) -> list[str]:
    number = serial.removesuffix("号")
    faults = [] if serial.endswith("号") else ["号 must stand last"]
    if number.startswith("第"):
        return [*faults, "no 第 before the number"]
    if not re.fullmatch(r"[0-9]{1,5}", number):
        return [*faults, "number must be one to five Arabic digits"]
    return [*faults, "number without leading zero"] if number.startswith("0") else faults
