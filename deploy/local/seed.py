"""What a fresh stack is filled with: the county's real registry, and an illustrative assessment method.

Both are safe to run again: the registry's seed changes nothing that is already so, and the method goes with an
idempotency key made from its own text.
"""

import hashlib
import json
import time
from typing import Any

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
METHODS = REPOSITORY / "deploy" / "seed" / "methods"
METHOD = "departments-illustrative"
METHOD_PATIENCE_SECONDS = 30.0
TIMEOUT_SECONDS = 30.0


def adopt_method(services: Services) -> str:
    """Adopt the illustrative method of assessing departments for this year, and return what became of it.

    It counts from the year's first day, so that whatever the office adopts goes before it; a version that is there
    already stays as it is.

    Raises:
        StartError: scoring refuses it.
    """
    deadline = time.monotonic() + METHOD_PATIENCE_SECONDS
    while True:
        try:
            answer = _post_method(services)
        except httpx.TransportError as error:
            if time.monotonic() > deadline:
                raise StartError(f"scoring does not take the method {METHOD}: {error}") from error
            time.sleep(0.5)
            continue
        if answer.status_code == httpx.codes.CONFLICT or "idempotent-replayed" in answer.headers:
            return "already adopted"
        if answer.is_success:
            return "adopted"
        if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR or time.monotonic() > deadline:
            raise StartError(f"scoring refuses the method {METHOD}: {answer.status_code} {answer.text[:300]}")
        time.sleep(0.5)


def method_of(name: str, year: int) -> dict[str, Any]:
    """Return a shipped method for a year: its file is written for one, so code, days and period move with it."""
    text = (METHODS / f"{name}.yaml").read_text(encoding="utf-8")
    method: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes strings, lists and maps only
    written_for = int(method["assessed"]["to"][:4])
    days = {end: f"{int(day[:4]) + year - written_for}{day[4:]}" for end, day in method["assessed"].items()}
    period = {"period": str(year)} if "period" in method else {}
    return {**method, "method": method["method"].replace(str(written_for), str(year)), "assessed": days, **period}


def method_at_start(year: int) -> dict[str, Any]:
    """Return the method with which a stack begins; it is in force from the year's first day."""
    return {**method_of(METHOD, year), "adopted_on": f"{year}-01-01"}


def _post_method(services: Services) -> httpx.Response:
    year = county_date(clock.now(services.layout)).year
    body = json.dumps(method_at_start(year), ensure_ascii=False).encode()
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
