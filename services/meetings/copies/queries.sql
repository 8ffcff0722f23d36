-- What is known of others. Each `learn_` keeps the newest: an older event or a second delivery changes nothing.

-- name: learn_unit
-- $1 code, $2 name, $3 short name, $4 kind, $5 version of the unit's aggregate.
insert into known_unit (code, name, short_name, kind, version) values ($1, $2, $3, $4, $5)
on conflict (code) do update set
    name = excluded.name, short_name = excluded.short_name, kind = excluded.kind, version = excluded.version
where excluded.version > known_unit.version

-- name: end_unit
-- A unit of which only the end is known yet has no name: version 0 yields to its registration. $1 code, $2 first day on
-- which it is no more, $3 version.
insert into known_unit (code, name, version, ended_on, ended_version) values ($1, $1, 0, $2, $3)
on conflict (code) do update set ended_on = excluded.ended_on, ended_version = excluded.ended_version
where excluded.ended_version > known_unit.ended_version

-- name: learn_unit_states
-- All days of a unit. Of which only this is known yet, has no name of its own. $1 code, $2 states, $3 version.
insert into known_unit (code, name, version, states, states_version)
values ($1, coalesce($2::jsonb -> -1 ->> 'name', $1), 0, $2::jsonb, $3)
on conflict (code) do update set states = excluded.states, states_version = excluded.states_version
where excluded.states_version > known_unit.states_version

-- name: learn_body
-- $1 code, $2 name, $3 office unit, $4 version.
insert into known_body (code, name, office_unit, version) values ($1, $2, $3, $4)
on conflict (code) do update set
    name = excluded.name, office_unit = excluded.office_unit, version = excluded.version
where excluded.version > known_body.version

-- name: learn_membership
-- $1 id, $2 body, $3 role, $4 holding unit, $5 holding post, $6 first day, $7 first day no more, $8 version.
insert into known_membership (membership_id, body, role, holder_unit, holder_post, valid_from, valid_to, version)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (membership_id) do update set
    body = excluded.body, role = excluded.role, holder_unit = excluded.holder_unit,
    holder_post = excluded.holder_post, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
    version = excluded.version
where excluded.version > known_membership.version

-- name: learn_post
-- $1 post, $2 title, $3 unit, $4 version.
insert into known_post (post, title, unit, version) values ($1, $2, $3, $4)
on conflict (post) do update set title = excluded.title, unit = excluded.unit, version = excluded.version
where excluded.version > known_post.version

-- name: learn_post_states
-- All days of a post. $1 post, $2 states, $3 version.
insert into known_post (post, title, unit, version, states, states_version)
values ($1, coalesce($2::jsonb -> -1 ->> 'title', $1), coalesce($2::jsonb -> -1 ->> 'unit', ''), 0, $2::jsonb, $3)
on conflict (post) do update set states = excluded.states, states_version = excluded.states_version
where excluded.states_version > known_post.states_version

-- name: learn_calendar
-- $1 year, $2 days off, $3 worked weekend days, $4 version.
insert into known_calendar (year, days_off, working_days, version) values ($1, $2, $3, $4)
on conflict (year) do update set
    days_off = excluded.days_off, working_days = excluded.working_days, version = excluded.version
where excluded.version > known_calendar.version

-- name: learn_problem
-- $1 id, $2 title, $3 unit, $4 state, $5 version.
insert into known_problem (problem_id, title, unit, state, version) values ($1, $2, $3, $4, $5)
on conflict (problem_id) do update set
    title = excluded.title, unit = excluded.unit, state = excluded.state, version = excluded.version
where excluded.version > known_problem.version

-- name: learn_plan
-- $1 id, $2 year, $3 title, $4 edition, $5 state, $6 version; null if the event says something else: $7 when submitted,
-- $8 digest of its words.
insert into known_plan (plan_id, year, title, edition, state, version, submitted_at, content_digest)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (plan_id) do update set
    year = excluded.year, title = excluded.title, edition = excluded.edition, state = excluded.state,
    version = excluded.version, submitted_at = coalesce(excluded.submitted_at, known_plan.submitted_at),
    content_digest = coalesce(excluded.content_digest, known_plan.content_digest)
where excluded.version > known_plan.version

-- name: learn_task
-- $1 id, $2 title, $3 kind of source, $4 source, $5 due day, $6 tags, $7 version, $8 state or null if the event says
-- nothing of it.
insert into known_task (task_id, title, source_kind, source_id, due_on, tags, version, state, state_version)
values (
    $1, $2, $3, $4, $5, $6, $7::integer, coalesce($8::text, 'in_progress'),
    case when $8::text is null then 0 else $7::integer end
)
on conflict (task_id) do update set
    title = case when excluded.version > known_task.version then excluded.title else known_task.title end,
    due_on = case when excluded.version > known_task.version then excluded.due_on else known_task.due_on end,
    tags = case when excluded.version > known_task.version then excluded.tags else known_task.tags end,
    version = greatest(excluded.version, known_task.version),
    state = case
        when excluded.state_version > known_task.state_version then excluded.state else known_task.state
    end,
    state_version = greatest(excluded.state_version, known_task.state_version)

-- name: learn_assignment
-- $1 task, $2 unit, $3 role, $4 due day, $5 version; null where the event says nothing: $6 state, with $7 when done and
-- $8 days late; $9 per cent with $10 note; $11 colour of the slip with $12 whether it is answered.
insert into known_assignment (
    task_id, unit, role, due_on, version, state, done_at, days_late, state_version, percent, note_link,
    progress_version, slip_colour, slip_answered, slip_version
)
values (
    $1, $2, $3, $4, $5::integer,
    coalesce($6::text, 'open'), $7, $8, case when $6::text is null then 0 else $5::integer end,
    $9::integer, $10, case when $9::integer is null then 0 else $5::integer end,
    $11::text, $12, case when $11::text is null then 0 else $5::integer end
)
on conflict (task_id, unit) do update set
    role = case when excluded.version > known_assignment.version then excluded.role else known_assignment.role end,
    due_on = case
        when excluded.version > known_assignment.version then excluded.due_on else known_assignment.due_on
    end,
    version = greatest(excluded.version, known_assignment.version),
    (state, done_at, days_late, state_version) = (
        select
            case when newer then excluded.state else known_assignment.state end,
            case when newer then excluded.done_at else known_assignment.done_at end,
            case when newer then excluded.days_late else known_assignment.days_late end,
            greatest(excluded.state_version, known_assignment.state_version)
        from (select excluded.state_version > known_assignment.state_version as newer) as news
    ),
    (percent, note_link, progress_version) = (
        select
            case when newer then excluded.percent else known_assignment.percent end,
            case when newer then excluded.note_link else known_assignment.note_link end,
            greatest(excluded.progress_version, known_assignment.progress_version)
        from (select excluded.progress_version > known_assignment.progress_version as newer) as news
    ),
    (slip_colour, slip_answered, slip_version) = (
        select
            case when newer then excluded.slip_colour else known_assignment.slip_colour end,
            case when newer then excluded.slip_answered else known_assignment.slip_answered end,
            greatest(excluded.slip_version, known_assignment.slip_version)
        from (select excluded.slip_version > known_assignment.slip_version as newer) as news
    )

-- name: learn_targets
-- The part is known already. $1 task, $2 unit, $3 targets, $4 version.
update known_assignment set targets = $3, targets_version = $4
where task_id = $1 and unit = $2 and targets_version < $4

-- name: list_units
-- All units, some tens, by their names of a day, null for what they are in the end. $1 day.
select
    code, coalesce(on_day(states, 'name', $1), name) as name, short_name, kind,
    case when states = '[]' then ended_on else ends_on(states) end as ended_on
from known_unit
order by code

-- name: list_bodies
select code, name, office_unit from known_body order by code

-- name: list_members
-- Who holds a role in a body on a day, conveners first, then as the registry numbers them. A unit or post that has
-- ceased is no member; the office is a role of a member, not a seat. $1 body, $2 day.
select
    membership.body, membership.role, membership.holder_unit as unit, membership.holder_post as post,
    coalesce(
        on_day(unit.states, 'name', $2), unit.name, on_day(post.states, 'title', $2), post.title,
        membership.holder_post, membership.holder_unit
    ) as name
from known_membership as membership
left join known_unit as unit on unit.code = membership.holder_unit
left join known_post as post on post.post = membership.holder_post
where
    membership.body = $1
    and membership.role <> 'office'
    and membership.valid_from <= $2
    and (membership.valid_to is null or membership.valid_to > $2)
    and (
        unit.code is null
        or (unit.states = '[]' and (unit.ended_on is null or unit.ended_on > $2))
        or on_day(unit.states, 'name', $2) is not null
    )
    and (post.post is null or post.states_version = 0 or on_day(post.states, 'title', $2) is not null)
order by
    array_position(array['convener', 'deputy_convener', 'assistant_convener', 'member'], membership.role),
    membership.version, membership.membership_id

-- name: list_bodies_of
-- Names of the bodies of which a unit is a member on a day. $1 unit, $2 day.
select distinct coalesce(body.name, membership.body) as name
from known_membership as membership
left join known_body as body on body.code = membership.body
where
    membership.holder_unit = $1
    and membership.valid_from <= $2
    and (membership.valid_to is null or membership.valid_to > $2)
order by name

-- name: list_posts
-- All posts, by their titles of a day, null for what they are in the end, with whether they stand on that day: of
-- those whose days nobody told, one that was ever held does. $1 day.
select
    post, coalesce(on_day(states, 'title', $1), title) as title, coalesce(on_day(states, 'unit', $1), unit) as unit,
    states_version = 0 or on_day(states, 'title', $1) is not null as stands
from known_post
order by post

-- name: list_calendars
select year, days_off, working_days from known_calendar

-- name: list_problems
-- $1 state.
select problem_id, title, unit from known_problem where state = $1 order by problem_id

-- name: list_waiting_plans
-- Plans that are submitted and neither adopted nor, since then, rejected by a meeting.
select plan_id, year, title, edition, state, content_digest from known_plan
where
    state = 'submitted'
    and not exists (
        select 1 from agenda_item
        where
            agenda_item.plan_id = known_plan.plan_id
            and agenda_item.decision = 'rejected'
            and agenda_item.decided_at >= known_plan.submitted_at
    )
order by year, plan_id

-- name: list_plans
-- Plans by id. $1 ids.
select plan_id, year, title, edition, state, content_digest from known_plan where plan_id = any($1)

-- name: list_tasks
-- Tasks by id. $1 ids.
select task_id, title, source_kind, source_id, due_on, state from known_task where task_id = any($1) order by task_id

-- name: list_overdue_tasks
-- Tasks with a part that is owed after its due day. $1 the county's day, $2 a tag that they bear.
select task_id, title, source_kind, source_id, due_on, state
from known_task
where
    state = 'in_progress'
    and $2 = any(tags)
    and exists (
        select 1 from known_assignment
        where known_assignment.task_id = known_task.task_id
            and known_assignment.state = 'open' and known_assignment.due_on < $1
    )
order by due_on, task_id

-- name: list_tasks_of_sources
-- Tasks made from these sources. $1 ids of sources.
select task_id, title, source_kind, source_id, due_on, state
from known_task
where source_kind = 'resolution' and source_id = any($1)
order by due_on, task_id

-- name: list_assignments
-- Parts of tasks, the lead first. $1 tasks.
select
    assignment.task_id, assignment.unit, coalesce(unit.name, assignment.unit) as unit_name, assignment.role,
    assignment.due_on, assignment.state, assignment.percent, assignment.done_at, assignment.days_late,
    assignment.slip_colour, assignment.slip_answered, assignment.note_link, assignment.targets
from known_assignment as assignment
left join known_unit as unit on unit.code = assignment.unit
where assignment.task_id = any($1) and assignment.state <> 'reassigned'
order by assignment.task_id, assignment.role desc, assignment.unit
