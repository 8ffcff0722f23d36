"""`GET /v1/snapshot`: how a new consumer begins."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from services.registry.copying.position import topic_ends
from services.registry.copying.snapshot import Told, take
from shared.runtime import Caller, runtime_of
from shared.web import refusals

router = APIRouter(prefix="/v1", tags=["copies"])


class PositionView(BaseModel):
    """From where to follow the topic."""

    topic: str = Field(examples=["xietiao.registry"])
    offsets: dict[int, int] = Field(description="Next offset by partition.", examples=[{"0": 12, "1": 0}])


class ToldView(BaseModel):
    """One thing as its newest event would tell it."""

    type: str = Field(description="Type of the event, whose handler takes it.")
    subject: str = Field(description="The aggregate.")
    aggregateversion: int = Field(description="Of the aggregate; events up to it are told by the snapshot.")
    data: dict[str, Any]

    @classmethod
    def of(cls, told: Told) -> "ToldView":
        """Return the view of a thing."""
        data = told.payload.model_dump(mode="json", exclude_none=True)
        return cls(type=told.payload.event_type, subject=told.subject, aggregateversion=told.version, data=data)


class SnapshotView(BaseModel):
    """All that the registry knows now, on all days, and from where to follow what changes after."""

    change: int | None = Field(description="The newest change that is in it.")
    recorded_at: datetime | None
    position: PositionView
    items: list[ToldView]


@router.get("/snapshot", responses=refusals())
async def show_snapshot(request: Request, _caller: Caller) -> SnapshotView:
    """Give a starting copy: hand each item to the handler of its type, then follow the topic from `position`."""
    runtime = runtime_of(request)
    topic = runtime.settings.topic("registry")
    offsets = await topic_ends(runtime.settings, topic)
    async with runtime.pool.acquire() as conn:
        snapshot = await take(conn)
    return SnapshotView(
        change=snapshot.change,
        recorded_at=snapshot.recorded_at,
        position=PositionView(topic=topic, offsets=offsets),
        items=[ToldView.of(told) for told in snapshot.items],
    )
