"""Files that a route hands out: the name may be Chinese (RFC 6266, RFC 8187)."""

from typing import Final
from urllib.parse import quote

from fastapi import Response

DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF: Final = "application/pdf"
CALENDAR: Final = "text/calendar; charset=utf-8"


def download(content: bytes, name: str, media_type: str) -> Response:
    """Return a file under its name, to be saved and never to be run by a browser."""
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "x-content-type-options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)
