"""A paper as PDF: layout in `paper.typ`, set by typst in a packaged Noto Serif SC; no office suite is needed."""

import json
from pathlib import Path

import pylopdf_fonts_zh_cn
import typst

from services.meetings.papers.paper import Paper

_LAYOUT = Path(__file__).parent / "paper.typ"
_FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent


def to_pdf(paper: Paper) -> bytes:
    """Return the paper as a PDF file; the same paper gives the same bytes."""
    content = json.dumps(paper.as_json(), ensure_ascii=False)
    made = typst.compile(_LAYOUT, font_paths=[_FONTS], ignore_system_fonts=True, sys_inputs={"paper": content})
    if not isinstance(made, bytes):
        raise TypeError("typst was asked for one PDF and gave something else")
    return made
