"""What a fresh stack is filled with: the county's real registry, and an illustrative assessment method.

Both are safe to run again: the registry's seed changes nothing that is already so, and the method goes with an
idempotency key made from its own text.
"""

import hashlib
import json
import time

import httpx
import yaml

from deploy.local import clock, tokens
from deploy.local.errors import StartError
from deploy.local.layout import REPOSITORY
from deploy.local.services import Services
from shared.auth import Role
from shared.clock import county_date

REGISTRY_FILE = REPOSITORY / "deploy" / "seed" / "yongjia-2009.yaml"
OBLIGATIONS_FILE = REPOSITORY / "deploy" / "seed" / "obligations-2009.yaml"
METHOD_FILE = REPOSITORY / "deploy" / "seed" / "methods" / "departments-illustrative.yaml"
METHOD_PATIENCE_SECONDS = 30.0
TIMEOUT_SECONDS = 30.0


def adopt_method(services: Services) -> str:
    """Adopt the illustrative method of assessing departments, and return what became of it.

    Raises:
        StartError: scoring refuses it.
    """
    if not METHOD_FILE.is_file():
        return "no method shipped"
    deadline = time.monotonic() + METHOD_PATIENCE_SECONDS
    while True:
        try:
            answer = _post_method(services)
        except httpx.TransportError as error:
            if time.monotonic() > deadline:
                raise StartError(f"scoring does not take the method {METHOD_FILE.name}: {error}") from error
            time.sleep(0.5)
            continue
        if answer.is_success:
            return "already adopted" if "idempotent-replayed" in answer.headers else "adopted"
        if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR or time.monotonic() > deadline:
            raise StartError(f"scoring refuses the method {METHOD_FILE.name}: {answer.status_code} {answer.text[:300]}")
        time.sleep(0.5)


def method_of(year: int) -> bytes:
    """Return the illustrative method for a year, as JSON; the shipped file is written for one."""
    method = yaml.load(METHOD_FILE.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - makes strings, lists and maps only
    assessed = {"from": f"{year}-01-01", "to": f"{year}-12-31"}
    return json.dumps({**method, "method": f"departments-{year}", "assessed": assessed}, ensure_ascii=False).encode()


def _post_method(services: Services) -> httpx.Response:
    body = method_of(county_date(clock.now(services.layout)).year)
    return httpx.post(
        f"{services.url('scoring')}/v1/methods",
        content=body,
        headers={
            "authorization": f"Bearer {tokens.issue(services.layout, Role.OFFICE, subject='seed')}",
            "content-type": "application/json",
            "idempotency-key": f"seed-{hashlib.sha256(body).hexdigest()[:32]}",
        },
        timeout=TIMEOUT_SECONDS,
    )
