-- The SQL of the meetings service. Each block is one query and has one function of the same name in store.py.

-- name: learn_unit
-- Keep the newest of what the registry says of a unit. $1 code, $2 name, $3 version of the registry's aggregate.
insert into known_unit (code, name, version) values ($1, $2, $3)
on conflict (code) do update set name = excluded.name, version = excluded.version
where excluded.version > known_unit.version

-- name: learn_body
-- Keep the newest of what the registry says of a body. $1 code, $2 name, $3 version of the registry's aggregate.
insert into known_body (code, name, version) values ($1, $2, $3)
on conflict (code) do update set name = excluded.name, version = excluded.version
where excluded.version > known_body.version

-- name: list_known_units
-- The codes of all known units: some tens.
select code from known_unit order by code

-- name: list_known_bodies
-- The codes of all known bodies.
select code from known_body order by code

-- name: insert_meeting
-- A convened meeting in version 1. $1 body, $2 kind, $3 title, $4 start, $5 place, $6 chair's post, $7 when convened.
insert into meeting (body, kind, title, starts_at, place, chair_post, convened_at)
values ($1, $2, $3, $4, $5, $6, $7)
returning *

-- name: find_meeting
-- $1 id.
select * from meeting where id = $1

-- name: lock_meeting
-- As find_meeting, and nobody else changes it until the transaction ends: versions and sequences have no gaps. $1 id.
select * from meeting where id = $1 for update

-- name: mark_held
-- $1 id, $2 the day.
update meeting set state = 'held', held_on = $2, version = version + 1 where id = $1 returning *

-- name: mark_cancelled
-- $1 id, $2 when, $3 why.
update meeting set state = 'cancelled', cancelled_at = $2, cancel_reason = $3, version = version + 1 where id = $1
returning *

-- name: count_resolution
-- One more resolution: the meeting's next version and the resolution's sequence. $1 id.
update meeting set resolution_count = resolution_count + 1, version = version + 1 where id = $1 returning *

-- name: list_meetings
-- Newest record first (ids are in order of time). $1 body, $2 kind, $3 state, $4 county year in which it was or will
-- be held, each null for any; $5 id after which the page begins, null for the first; $6 rows at most.
select * from meeting
where
    ($1::text is null or body = $1)
    and ($2::text is null or kind = $2)
    and ($3::text is null or state = $3)
    and (
        $4::integer is null
        or extract(year from coalesce(held_on, (starts_at at time zone 'Asia/Shanghai')::date)) = $4
    )
    and ($5::text is null or id < $5::text::uuid)
order by id desc
limit $6

-- name: insert_resolution
-- $1 meeting, $2 sequence, $3 title, $4 text, $5 lead unit, $6 cooperating units, $7 adopted on, $8 due on, $9 weight,
-- $10 tags, $11 post of the leader in charge.
insert into resolution (
    meeting_id, sequence, title, text, lead_unit, cooperating_units, adopted_on, due_on, weight, tags, leader_post
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
returning *, 'adopted' as fulfilment_state, null::uuid as task_id, null::timestamptz as fulfilled_at,
    null::integer as days_late

-- name: find_resolution
-- $1 id.
select * from resolution_with_fulfilment where id = $1

-- name: list_resolutions_of_meeting
-- In the order of the minutes. $1 meeting.
select * from resolution_with_fulfilment where meeting_id = $1 order by sequence

-- name: list_resolutions
-- What is due first, first. $1 fulfilment states, $2 lead or cooperating unit, $3 meeting, each null for any; $4 and
-- $5 due date and id after which the page begins, null for the first; $6 rows at most.
select * from resolution_with_fulfilment
where
    ($1::text[] is null or fulfilment_state = any($1))
    and ($2::text is null or lead_unit = $2 or $2 = any(cooperating_units))
    and ($3::uuid is null or meeting_id = $3)
    and ($4::text is null or (due_on, id) > ($4::text::date, $5::text::uuid))
order by due_on, id
limit $6

-- name: follow_task
-- Keep the newest of what tasks says of a task; an older event or a second delivery changes nothing. $1 task,
-- $2 resolution, $3 version of the task, $4 state, $5 when fulfilled, $6 days late, both null unless fulfilled.
insert into resolution_task (task_id, resolution_id, version, state, fulfilled_at, days_late)
values ($1, $2, $3, $4, $5, $6)
on conflict (task_id) do update set
    version = excluded.version,
    state = excluded.state,
    fulfilled_at = excluded.fulfilled_at,
    days_late = excluded.days_late
where excluded.version > resolution_task.version
