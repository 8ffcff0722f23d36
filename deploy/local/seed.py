"""What a fresh stack is filled with: the county's real registry, and an illustrative assessment method.

Both are safe to run again: the registry's seed changes nothing that is already so, and the method goes with an
idempotency key made from its own text.
"""

import hashlib
import time

import httpx

from deploy.local import tokens
from deploy.local.errors import StartError
from deploy.local.layout import REPOSITORY
from deploy.local.services import Services
from shared.auth import Role

REGISTRY_FILE = REPOSITORY / "deploy" / "seed" / "yongjia-2009.yaml"
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
        answer = _post_method(services)
        if answer.is_success:
            return "already adopted" if "idempotent-replayed" in answer.headers else "adopted"
        if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR or time.monotonic() > deadline:
            raise StartError(f"scoring refuses the method {METHOD_FILE.name}: {answer.status_code} {answer.text[:300]}")
        time.sleep(0.5)


def _post_method(services: Services) -> httpx.Response:
    body = METHOD_FILE.read_bytes()
    return httpx.post(
        f"{services.url('scoring')}/v1/methods",
        content=body,
        headers={
            "authorization": f"Bearer {tokens.issue(services.layout, Role.OFFICE, subject='seed')}",
            "content-type": "text/yaml",
            "idempotency-key": f"seed-{hashlib.sha256(body).hexdigest()[:32]}",
        },
        timeout=TIMEOUT_SECONDS,
    )
