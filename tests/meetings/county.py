"""The seed county as the registry tells it: units, posts, bodies and their members, from the file that ships."""

from datetime import date
from typing import Any

import httpx
import yaml

from deploy.local.layout import REPOSITORY
from services.meetings.obligations.__main__ import read_mechanism
from shared.contracts.registry import BodyChanged, MembershipChanged, PostChanged, PostState, UnitRegistered
from tests.support.api import ServiceUnderTest

SEED = REPOSITORY / "deploy" / "seed" / "yongjia-2009.yaml"
MECHANISM = REPOSITORY / "deploy" / "seed" / "obligations-2009.yaml"
FIRST_DAY = date(2009, 7, 6)


async def settle(meetings: ServiceUnderTest) -> None:
    """Deliver the whole registry of the seed county."""
    seed: dict[str, Any] = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    for unit in seed["units"]:
        kept = {name: unit[name] for name in ("name", "short_name", "kind")}
        payload = UnitRegistered(unit=unit["code"], valid_from=FIRST_DAY, **kept)
        await meetings.deliver(payload, subject=unit["code"], version=1)
    for post in seed["posts"]:
        state = PostState(title=post["title"], unit=post["unit"], valid_from=FIRST_DAY)
        told = PostChanged(post=post["code"], states=(state,))
        await meetings.deliver(told, subject=f"post:{post['code']}", version=2)
    for body in seed["bodies"]:
        payload_of_body = BodyChanged(
            body=body["code"], name=body["name"], office_unit=body["office"], valid_from=FIRST_DAY
        )
        await meetings.deliver(payload_of_body, subject=body["code"], version=1000)
    for number, row in enumerate(seed["memberships"], start=2):
        await meetings.deliver(seat_of(row, number), subject=row["body"], version=number)


def seat_of(row: dict[str, Any], number: int) -> MembershipChanged:
    """Return the membership of a row of the seed file."""
    return MembershipChanged(
        membership_id=f"m-{number}",
        body=row["body"],
        role=row["role"],
        holder_unit=row["holder"].get("unit"),
        holder_post=row["holder"].get("post"),
        valid_from=FIRST_DAY,
    )


async def oblige(office: httpx.AsyncClient, since: str | None = None) -> None:
    """Make the county's obligation rules over the API."""
    for code, rule in read_mechanism(MECHANISM).rules.items():
        body = {**rule.model_dump(mode="json"), "since": since}
        answer = await office.put(f"/v1/obligation-rules/{code}", json=body)
        assert answer.status_code == 200, answer.text
