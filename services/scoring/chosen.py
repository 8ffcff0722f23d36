"""Which method's fold a read is about: the one that is named, else the group's in force."""

from typing import Annotated

from fastapi import Depends, Query, Request

from services.scoring import operations
from services.scoring.domain import Generation
from services.scoring.method import Group
from shared.clock import county_date
from shared.runtime import ReadConnection, runtime_of


async def _chosen(
    request: Request,
    conn: ReadConnection,
    method: Annotated[str | None, Query(description="Code of a method; else the group's method in force.")] = None,
    group: Annotated[Group, Query(description="Whose method, where none is named.")] = "departments",
) -> Generation:
    today = county_date(runtime_of(request).clock())
    return await operations.choose_generation(conn, today, method, group)


Chosen = Annotated[Generation, Depends(_chosen)]
