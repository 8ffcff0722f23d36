"""Routes of milestones."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Body, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from services.tasks.milestones import operations, store
from services.tasks.milestones.domain import TEMPLATES, Milestone, Node
from services.tasks.schemas import Remark
from shared.clock import Day
from shared.commands import CommandBody, UnitEdge
from shared.runtime import Caller, ReadConnection
from shared.text import Title
from shared.web import refusals

router = APIRouter(tags=["milestones"])

_REFUSALS = refusals(403, 404, 409, 412)


class NodeBody(BaseModel):
    """A node as it is planned."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Title
    due_on: Day | None = None


class PlanMilestones(CommandBody):
    """All nodes of a task, in order."""

    milestones: tuple[NodeBody, ...] = Field(min_length=1, max_length=50)

    def nodes(self) -> list[Node]:
        """Return them as the domain has them."""
        return [Node(each.title, each.due_on) for each in self.milestones]


class MilestoneView(BaseModel):
    """A node of a task."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    title: str
    due_on: date | None
    reached_at: datetime | None


class Milestones(BaseModel):
    """All nodes of a task, in order."""

    items: list[MilestoneView]

    @classmethod
    def of(cls, milestones: list[Milestone]) -> Self:
        """Show nodes."""
        return cls(items=[MilestoneView.model_validate(each) for each in milestones])


class Template(BaseModel):
    """The nodes of a kind of work."""

    kind: str
    milestones: tuple[str, ...]


class Templates(BaseModel):
    """The nodes of every kind of work that has a template."""

    items: list[Template]


@router.get("/v1/milestone-templates", responses=refusals())
async def list_templates(_caller: Caller) -> Templates:
    """Show which kinds of work have which nodes; a task of such a kind begins with them."""
    return Templates(items=[Template(kind=kind, milestones=nodes) for kind, nodes in TEMPLATES.items()])


@router.get("/v1/tasks/{task_id}/milestones", responses=refusals())
async def list_milestones(task_id: UUID, conn: ReadConnection, _caller: Caller) -> Milestones:
    """Show the nodes of a task, in order."""
    return Milestones.of(await store.milestones_of(conn, task_id))


@router.put("/v1/tasks/{task_id}/milestones", response_model=Milestones, responses=_REFUSALS)
async def plan_milestones(task_id: UUID, body: PlanMilestones, edge: UnitEdge) -> Response:
    """Say through which nodes a task goes, and by when (office, or its lead unit); what was reached stays."""
    return await edge.run(
        "plan-milestones",
        f"tasks/{task_id}/milestones",
        lambda conn, act: operations.plan(conn, act, task_id, body.nodes()),
        view=Milestones.of,
        body=body,
    )


@router.post("/v1/tasks/{task_id}/milestones/{number}/reach", response_model=Milestones, responses=_REFUSALS)
async def reach_milestone(
    task_id: UUID,
    number: Annotated[int, Path(ge=1)],
    edge: UnitEdge,
    body: Annotated[Remark, Body(default_factory=Remark)],
) -> Response:
    """Say that a node was reached (lead unit, or the office for it): the lead's progress is the share of nodes."""
    return await edge.run(
        "reach-milestone",
        f"tasks/{task_id}/milestones/{number}",
        lambda conn, act: operations.reach(conn, act, task_id, number, body.words()),
        view=Milestones.of,
        body=body,
    )
