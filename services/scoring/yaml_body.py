"""Bodies that are YAML (or JSON) text."""

from fastapi import Request

from shared.errors import invalid

YAML_BODY = {"requestBody": {"required": True, "content": {"application/yaml": {"schema": {"type": "object"}}}}}


async def text_body(request: Request) -> str:
    """Return the body as text; refuse what is no UTF-8."""
    try:
        return (await request.body()).decode()
    except UnicodeDecodeError as error:
        raise invalid("body", f"no UTF-8: {error.reason}", "the text in UTF-8") from error
