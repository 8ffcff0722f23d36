"""What whoever convenes a meeting should know and what hinders nothing: clashes, days off, what changed meanwhile."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from services.meetings.convening import store as convening
from services.meetings.convening.domain import (
    MEETING_KIND_NAMES,
    AgendaItem,
    Caution,
    Invitee,
    Paper,
    clash_caution,
    day_caution,
    invitees_of,
)
from services.meetings.copies import store as copies
from services.meetings.copies.domain import KnownPlan, Unit
from services.meetings.domain import Meeting
from services.meetings.obligations import store as obligations
from services.meetings.obligations.domain import ObligationRule
from services.meetings.readers import EVERYTHING
from shared.postgres import Connection


async def find_cautions(conn: Connection, meeting: Meeting) -> list[Caution]:
    """Return what is awkward about a convened meeting's time, place, chair, invitees and agenda."""
    if meeting.state != "convened":
        return []
    known = await copies.list_units(conn, meeting.day)
    units = {code: unit.name for code, unit in known.items()}
    posts = {code: post.title for code, post in (await copies.list_posts(conn, meeting.day)).items() if post.stands}
    found = [clash_caution(clash, units | posts) for clash in await convening.list_clashes(conn, meeting)]
    off = day_caution(meeting.starts_at, await copies.list_calendars(conn))
    invited = await convening.list_invitees(conn, meeting.id)
    agenda_items = await convening.list_items(conn, meeting.id, EVERYTHING)
    papers = await convening.list_papers(conn, EVERYTHING, meeting_id=meeting.id)
    seats = {code for code, *_ in invitees_of(await copies.list_members(conn, meeting.body, meeting.day), None)}
    rules = [
        rule
        for rule in await obligations.list_rules(conn, meeting.body)
        if rule.session == meeting.session and rule.holds_on(meeting.day)
    ]
    return [
        *found,
        *([off] if off else []),
        *_of_invitees(meeting, invited, posts),
        *_of_presenters(agenda_items, invited, units),
        *_of_kind(meeting, rules),
        *_of_requirements(agenda_items, rules),
        *_of_plans(
            agenda_items, await copies.list_plans(conn, [item.plan_id for item in agenda_items if item.plan_id])
        ),
        *_of_papers(meeting, papers),
        *_of_seats(invited, seats),
        *_of_ended(meeting.day, known, invited, agenda_items, papers),
    ]


def _of_presenters(items: Sequence[AgendaItem], invited: Sequence[Invitee], names: Mapping[str, str]) -> list[Caution]:
    """Point out units that are to report without being invited; the item's text is not told, it may be restricted."""
    coming = {each.unit or each.code for each in invited}
    missing = dict.fromkeys(unit for item in items for unit in item.presenter_units if unit not in coming)
    if not missing:
        return []
    listed = "、".join(names.get(unit, unit) for unit in missing)
    return [Caution("presenter-not-invited", f"汇报单位未受邀：{listed}", None, tuple(missing))]


def _of_requirements(items: Sequence[AgendaItem], rules: Sequence[ObligationRule]) -> list[Caution]:
    """Point out what the mechanism asks of this session and no item on the agenda is there for."""
    return [
        Caution("requirement-missing", f"议题中没有{_ACTS[requirement.act]}：{requirement.text}")
        for rule in rules
        for requirement in rule.requirements
        if not requirement.planned_in(items)
    ]


def _of_plans(items: Sequence[AgendaItem], plans: Mapping[UUID, KnownPlan]) -> Iterator[Caution]:
    """Point out plans on the agenda that were not submitted, were taken back, or were submitted otherwise since."""
    for item in items:
        plan = None if item.plan_id is None else plans.get(item.plan_id)
        if item.plan_id is None or item.decision is not None:
            continue
        if plan is None or plan.state == "withdrawn":
            yield Caution("plan-not-submitted", f"第{item.number}项议题的方案尚未提请审议，或已撤回")
        elif item.plan_fault(plan) is not None:
            yield Caution("plan-changed", f"第{item.number}项议题的方案列入议题后已修改并重新提请审议，请重新列入")


def _of_papers(meeting: Meeting, papers: Sequence[Paper]) -> list[Caution]:
    """Point out papers that are due only after the meeting begins: it was moved forward."""
    late = [paper for paper in papers if not paper.withdrawn and paper.due_at > meeting.starts_at]
    return [
        Caution("paper-after-start", f"{paper.unit_name}的材料“{paper.title}”报送时限晚于会议开始", None, (paper.unit,))
        for paper in late
    ]


def _of_kind(meeting: Meeting, rules: Sequence[ObligationRule]) -> list[Caution]:
    """Point out a kind of meeting that is not counted for the session that it names."""
    if not rules or any(not rule.kinds or meeting.kind in rule.kinds for rule in rules):
        return []
    asked = "、".join(MEETING_KIND_NAMES[kind] for rule in rules for kind in rule.kinds)
    return [Caution("kind-not-counted", f"{MEETING_KIND_NAMES[meeting.kind]}不计入该会议任务，应为{asked}")]


_ACTS = {"hear": "听取", "decide": "研究审议"}


def _of_invitees(meeting: Meeting, invited: Sequence[Invitee], posts: Collection[str]) -> list[Caution]:
    found = []
    if all(each.role == "guest" for each in invited):
        found.append(Caution("no-members", "登记的成员中没有这一天的成员，未邀请任何成员单位"))
    if meeting.chair_post is not None and meeting.chair_post not in posts:
        found.append(Caution("chair-unknown", "会议当天没有该主持人职务，请核对"))
    return found


def _of_seats(invited: Sequence[Invitee], seats: Collection[str]) -> list[Caution]:
    """Point out chosen members that are none on the meeting's day: it was moved, or the members changed."""
    others = [each for each in invited if each.role != "guest" and each.code not in seats]
    if not others:
        return []
    listed = "、".join(each.name for each in others)
    return [Caution("not-a-member", f"会议当天不是成员：{listed}", None, [each.code for each in others])]


def _of_ended(
    day: date,
    known: Mapping[str, Unit],
    invited: Sequence[Invitee],
    items: Sequence[AgendaItem],
    papers: Sequence[Paper],
) -> list[Caution]:
    """Point out units that are to come, to report or to hand in a paper and are no more on the meeting's day."""
    named = [
        *(each.code for each in invited if each.kind == "unit"),
        *(unit for item in items for unit in item.presenter_units),
        *(paper.unit for paper in papers if not paper.withdrawn),
    ]
    ended = [code for code in dict.fromkeys(named) if code in known and known[code].has_ended(day)]
    if not ended:
        return []
    return [
        Caution("unit-ended", f"会议当天已不存在的单位：{'、'.join(known[code].name for code in ended)}", None, ended)
    ]
