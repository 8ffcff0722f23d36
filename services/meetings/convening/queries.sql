-- Before the meeting. `reader` is as in services/meetings/readers.py; `may_read` decides.

-- name: insert_invitees
-- Invitees, in order after those that stand; one who stands already keeps the place. $1 meeting, then one list per column: $2 codes, $3 kinds, $4 roles,
-- $5 units, $6 names.
insert into invitee (meeting_id, code, kind, role, unit, name, position)
select
    $1::uuid, named.code, named.kind, named.role, named.unit, named.name,
    named.position + coalesce((select max(position) from invitee where meeting_id = $1::uuid), 0)
from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    with ordinality as named (code, kind, role, unit, name, position)
on conflict (meeting_id, code) do update set role = excluded.role, unit = excluded.unit, name = excluded.name

-- name: delete_invitees
-- Take out some with what they announced. $1 meeting, $2 codes.
with announced as (delete from attendance where meeting_id = $1 and code = any($2))
delete from invitee where meeting_id = $1 and code = any($2)

-- name: list_invitees
-- $1 meeting.
select meeting_id, code, kind, role, unit, name, position from invitee
where meeting_id = $1
order by
    array_position(array['convener', 'deputy_convener', 'assistant_convener', 'member', 'guest'], role), position

-- name: name_invitees
-- Call units and posts as they are called on a day. $1 meeting, $2 day.
update invitee set
    name = coalesce(
        (
            select coalesce(on_day(unit.states, 'name', $2), unit.name) from known_unit as unit
            where invitee.kind = 'unit' and unit.code = invitee.code
        ),
        (
            select coalesce(on_day(post.states, 'title', $2), post.title) from known_post as post
            where invitee.kind = 'post' and post.post = invitee.code
        ),
        name
    )
where meeting_id = $1

-- name: list_meetings_inviting
-- Convened meetings that have not begun and to which a unit or post is invited. $1 its code, $2 the moment.
select * from meeting
where
    state = 'convened'
    and starts_at > $2
    and exists (select 1 from invitee where invitee.meeting_id = meeting.id and invitee.code = $1)
order by id
for update

-- name: list_meetings_to_invite
-- Convened meetings that invite all members of a body and have not begun. $1 body, $2 the moment.
select * from meeting where body = $1 and state = 'convened' and invites_all and starts_at > $2 order by id for update

-- name: mark_rescheduled
-- $1 meeting, $2 start, $3 end or null, $4 place, $5 when.
update meeting set
    starts_at = $2, ends_at = $3, place = $4, changed_at = $5, version = version + 1,
    calendar_sequence = calendar_sequence + 1
where id = $1
returning *

-- name: insert_change
-- $1 meeting, $2 version, $3 change, $4 when, $5 who, $6 before, $7 after, $8 why.
insert into meeting_change (meeting_id, version, change, occurred_at, subject, before, after, reason)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: list_changes
-- $1 meeting.
select meeting_id, version, change, occurred_at, subject, before, after, reason from meeting_change
where meeting_id = $1
order by version

-- name: list_clashes
-- Other convened meetings at an overlapping time with the same place or chair or a common invitee. $1 meeting, $2 start,
-- $3 end, $4 place, $5 chair's post or null, $6 how long a meeting lasts whose end nobody stated.
select
    other.id as meeting_id, other.title, other.starts_at,
    other.place = $4 as same_place,
    coalesce(other.chair_post = $5, false) as same_chair,
    common.codes as shared
from meeting as other
cross join lateral (
    select coalesce(array_agg(theirs.code order by theirs.position), '{}') as codes
    from invitee as theirs
    where theirs.meeting_id = other.id
        and theirs.kind in ('unit', 'post')
        and theirs.code in (select ours.code from invitee as ours where ours.meeting_id = $1)
) as common
where
    other.id <> $1
    and other.state = 'convened'
    and tstzrange(other.starts_at, coalesce(other.ends_at, other.starts_at + $6::interval)) && tstzrange($2, $3)
    and (other.place = $4 or other.chair_post = $5 or common.codes <> '{}')
order by other.starts_at, other.id

-- name: insert_item
-- $1 meeting, $2 number, $3 kind, $4 title, $5 text, $6 presenting units, $7 presenting body, $8 what it covers, $9 plan,
-- $10 problem, $11 resolution, $12 task, $13 whether restricted, $14 to whom visible. It comes last. Of a plan, the words
-- in which it was last submitted lie on the table.
insert into agenda_item (
    meeting_id, number, position, kind, title, text, presenter_units, presenter_body, covers, plan_id, problem_id,
    resolution_id, task_id, restricted, visible_to, plan_digest
)
values (
    $1::uuid, $2, (select coalesce(max(position), 0) + 1 from agenda_item where meeting_id = $1::uuid),
    $3, $4, $5, $6, $7, $8, $9::uuid, $10, $11, $12, $13, $14,
    (select content_digest from known_plan where plan_id = $9::uuid and state <> 'withdrawn')
)
returning *

-- name: replace_item
-- As insert_item; the item keeps number and place, and once its plan is adopted the words that lay on the table.
update agenda_item set
    kind = $3, title = $4, text = $5, presenter_units = $6, presenter_body = $7, covers = $8, plan_id = $9::uuid,
    problem_id = $10, resolution_id = $11, task_id = $12, restricted = $13, visible_to = $14, version = version + 1,
    plan_digest = case
        when decision in ('adopted', 'adopted_in_principle') then plan_digest
        else (select content_digest from known_plan where plan_id = $9::uuid and state <> 'withdrawn')
    end
where meeting_id = $1 and number = $2
returning *

-- name: table_plan
-- Where a plan was put on an agenda before it was submitted, its words lie on the table now. $1 plan.
update agenda_item set plan_digest = known_plan.content_digest
from known_plan
where
    known_plan.plan_id = $1
    and known_plan.state = 'submitted'
    and agenda_item.plan_id = known_plan.plan_id
    and agenda_item.plan_digest is null
    and agenda_item.decision is null

-- name: delete_item
-- $1 meeting, $2 number.
delete from agenda_item where meeting_id = $1 and number = $2

-- name: order_items
-- Put items in this order. $1 meeting, $2 numbers.
update agenda_item set position = named.position, version = version + 1
from unnest($2::integer[]) with ordinality as named (number, position)
where agenda_item.meeting_id = $1 and agenda_item.number = named.number and agenda_item.position <> named.position

-- name: find_item
-- $1 meeting, $2 number, $3 reader.
select * from agenda_item where meeting_id = $1 and number = $2 and may_read(restricted, visible_to, $3)

-- name: list_items
-- In the order of the agenda. $1 meeting, $2 reader.
select * from agenda_item where meeting_id = $1 and may_read(restricted, visible_to, $2) order by position

-- name: list_charged
-- Units that resolutions on an item charge. $1 meeting, $2 number.
select distinct unit
from resolution
left join resolution_part as part on part.resolution_id = resolution.id
cross join lateral unnest(
    resolution.lead_unit || resolution.cooperating_units || part.lead_unit || part.cooperating_units
) as unit
where resolution.meeting_id = $1 and resolution.item_number = $2 and unit is not null
order by unit

-- name: insert_paper
-- $1 meeting, $2 item or null, $3 unit, $4 title, $5 due moment.
insert into paper (meeting_id, item_number, unit, title, due_at) values ($1, $2, $3, $4, $5) returning id

-- name: withdraw_paper
-- $1 paper.
update paper set withdrawn = true where id = $1

-- name: list_papers
-- With what tasks says of them. $1 meeting or null for any, $2 unit or null for any, $3 id or null for any, $4 reader, who
-- sees what is asked of it in any case.
select
    paper.id, paper.meeting_id, paper.item_number, paper.unit, coalesce(unit.name, paper.unit) as unit_name,
    paper.title, coalesce(report.due_at, paper.due_at) as due_at,
    paper.withdrawn or coalesce(report.state = 'withdrawn', false) as withdrawn,
    case when paper.withdrawn then 'withdrawn' else coalesce(report.state, 'requested') end as state,
    report.report_id, report.submitted_at, report.on_time, report.days_late
from paper
left join paper_report as report on report.paper_id = paper.id
left join known_unit as unit on unit.code = paper.unit
left join agenda_item as item on item.meeting_id = paper.meeting_id and item.number = paper.item_number
where
    ($1::uuid is null or paper.meeting_id = $1)
    and ($2::text is null or paper.unit = $2)
    and ($3::uuid is null or paper.id = $3)
    and (paper.unit = $4 or may_read(item.restricted, item.visible_to, $4))
order by coalesce(report.due_at, paper.due_at), paper.id

-- name: follow_paper
-- Keep the newest of what tasks says of a paper's report. $1 paper, $2 report, $3 version, $4 state, and, null where the
-- event says nothing of it, $5 when submitted, $6 whether on time, $7 days late; $8 due moment.
insert into paper_report (
    paper_id, report_id, version, state, submitted_at, on_time, days_late, timeliness_version, due_at
)
values (
    $1, $2, $3::integer, $4, $5::timestamptz, $6, $7, case when $5::timestamptz is null then 0 else $3::integer end, $8
)
on conflict (paper_id) do update set
    report_id = excluded.report_id,
    state = case when excluded.version > paper_report.version then excluded.state else paper_report.state end,
    due_at = case when excluded.version > paper_report.version then excluded.due_at else paper_report.due_at end,
    version = greatest(excluded.version, paper_report.version),
    (submitted_at, on_time, days_late, timeliness_version) = (
        select
            case when newer then excluded.submitted_at else paper_report.submitted_at end,
            case when newer then excluded.on_time else paper_report.on_time end,
            case when newer then excluded.days_late else paper_report.days_late end,
            greatest(excluded.timeliness_version, paper_report.timeliness_version)
        from (select excluded.timeliness_version > paper_report.timeliness_version as newer) as news
    )

-- name: list_open_resolutions
-- What earlier meetings of a body resolved and is still open. $1 body, $2 the meeting that is prepared or null, $3 its
-- start.
select resolution.*
from resolution_with_fulfilment as resolution
join meeting on meeting.id = resolution.meeting_id
where
    meeting.body = $1
    and ($2::uuid is null or meeting.id <> $2)
    and meeting.starts_at < $3
    and resolution.fulfilment_state in ('adopted', 'in_progress')
order by resolution.due_on, resolution.id

-- name: list_calendar_meetings
-- Meetings for a calendar: of a reader, those to which it is invited. $1 reader, $2 from this moment on.
select * from meeting
where
    starts_at >= $2
    and (
        $1 = '*'
        or exists (select 1 from invitee where invitee.meeting_id = meeting.id and invitee.unit = $1)
    )
order by starts_at, id
limit 1000
