"""Nodes of a task, and the templates of each kind of work. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from services.tasks.errors import MilestoneReachedError
from services.tasks.supervision.lights import DatedTarget

Kind = Literal["decision", "investment", "construction"]

TEMPLATES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "decision": ("调查研究", "形成初稿", "征求意见", "审定印发"),
        "investment": ("洽谈对接", "签订协议", "项目落地"),
        "construction": (
            "项目建议书",
            "可行性研究",
            "立项审批",
            "规划选址",
            "用地报批",
            "环境影响评价",
            "初步设计",
            "施工图审查",
            "招标投标",
            "开工建设",
            "竣工验收",
        ),
    }
)
"""The nodes of decisions (决策类), of investment attraction (招商引资类) and of construction (工程建设类)."""


@dataclass(frozen=True, slots=True)
class Milestone:
    """A node of a task: when it is due, when it was reached."""

    task_id: UUID
    number: int
    title: str
    due_on: date | None = None
    reached_at: datetime | None = None
    reached_by: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A node as it is planned."""

    title: str
    due_on: date | None = None


def of_kind(task_id: UUID, kind: str | None) -> list[Milestone]:
    """Return the nodes of a new task of this kind; none of another."""
    return planned(task_id, [Node(title) for title in TEMPLATES.get(kind or "", ())], [])


def planned(task_id: UUID, nodes: Sequence[Node], present: Sequence[Milestone]) -> list[Milestone]:
    """Return the nodes as planned; one that was reached stays so, and may not be left out.

    Raises:
        MilestoneReachedError: a node that was reached is not among them.
    """
    reached = {each.title: each for each in present if each.reached_at is not None}
    missing = [title for title in reached if title not in {node.title for node in nodes}]
    if missing:
        raise MilestoneReachedError(missing)
    blank = [Milestone(task_id, number, node.title, node.due_on) for number, node in enumerate(nodes, start=1)]
    return [
        each if each.title not in reached else replace(each, reached_at=was.reached_at, reached_by=was.reached_by)
        for each in blank
        for was in [reached.get(each.title, each)]
    ]


def percent_of(milestones: Sequence[Milestone]) -> int:
    """Return the share of nodes that were reached, per cent, rounded down."""
    return 100 * sum(each.reached_at is not None for each in milestones) // len(milestones)


def targets_of(milestones: Sequence[Milestone]) -> list[DatedTarget]:
    """Return how far along the lead is to be by the end of which days; of nodes due on one day the last counts."""
    by_day: dict[date, DatedTarget] = {}
    for each in sorted(milestones, key=lambda milestone: milestone.number):
        if each.due_on is not None:
            percent = 100 * each.number // len(milestones)
            by_day[each.due_on] = DatedTarget(each.due_on, percent, each.title)
    return [by_day[day] for day in sorted(by_day)]
