-- The SQL of the meetings service. Each block is one query and has one function of the same name in store.py.

-- name: insert_meeting
-- A convened meeting in version 1. $1 body, $2 kind, $3 title, $4 start, $5 place, $6 chair's post, $7 its title, $8 end
-- or null, $9 session, $10 whether it is recorded after it was held, $11 whether all members are invited, $12 when
-- convened.
insert into meeting (
    body, kind, title, starts_at, place, chair_post, chair_title, ends_at, session, recorded, invites_all, convened_at,
    changed_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::timestamptz, $12::timestamptz)
returning *

-- name: find_meeting
-- $1 id.
select * from meeting where id = $1

-- name: lock_meeting
-- As find_meeting, and nobody else changes it until the transaction ends: versions and sequences have no gaps. $1 id.
select * from meeting where id = $1 for update

-- name: next_version
-- The meeting's next version, for an event that changes nothing of the meeting's own row. $1 meeting.
update meeting set version = version + 1 where id = $1 returning *

-- name: next_item
-- The meeting with one agenda item more. $1 meeting, $2 when.
update meeting set item_count = item_count + 1, calendar_sequence = calendar_sequence + 1, changed_at = $2
where id = $1
returning *

-- name: touch
-- What the calendar shows has changed. $1 meeting, $2 when.
update meeting set calendar_sequence = calendar_sequence + 1, changed_at = $2 where id = $1 returning *

-- name: mark_held
-- $1 id, $2 the day.
update meeting set state = 'held', held_on = $2, version = version + 1 where id = $1 returning *

-- name: mark_cancelled
-- $1 id, $2 when, $3 why.
update meeting set
    state = 'cancelled', cancelled_at = $2::timestamptz, changed_at = $2::timestamptz, cancel_reason = $3,
    version = version + 1, calendar_sequence = calendar_sequence + 1
where id = $1
returning *

-- name: count_resolution
-- One more resolution, its sequence; the events that say so take the versions. $1 id.
update meeting set resolution_count = resolution_count + 1 where id = $1 returning *

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
-- $10 tags, $11 post of the leader in charge, $12 number of the agenda item that it settles, $13 how many tasks it is.
insert into resolution (
    meeting_id, sequence, title, text, lead_unit, cooperating_units, adopted_on, due_on, weight, tags, leader_post,
    item_number, parts
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
returning id

-- name: insert_part
-- $1 resolution, $2 part, $3 title, $4 lead unit, $5 cooperating units, $6 due on, $7 weight.
insert into resolution_part (resolution_id, part, title, lead_unit, cooperating_units, due_on, weight)
values ($1, $2, $3, $4, $5, $6, $7)

-- name: list_parts
-- $1 resolutions.
select resolution_id, part, title, lead_unit, cooperating_units, due_on, weight from resolution_part
where resolution_id = any($1)
order by resolution_id, part

-- name: find_resolution
-- $1 id, $2 reader.
select resolution.* from resolution_with_fulfilment as resolution
where resolution.id = $1 and may_read(resolution.restricted, resolution.visible_to, $2)

-- name: list_resolutions_of_meeting
-- In the order of the minutes. $1 meeting, $2 reader.
select resolution.* from resolution_with_fulfilment as resolution
where resolution.meeting_id = $1 and may_read(resolution.restricted, resolution.visible_to, $2)
order by resolution.sequence

-- name: list_resolutions
-- What is due first, first. $1 fulfilment states, $2 lead or cooperating unit, $3 meeting, each null for any; $4 and
-- $5 due date and id after which the page begins, null for the first; $6 rows at most; $7 reader.
select resolution.* from resolution_with_fulfilment as resolution
where
    ($1::text[] is null or resolution.fulfilment_state = any($1))
    and (
        $2::text is null
        or resolution.lead_unit = $2
        or $2 = any(resolution.cooperating_units)
        or exists (
            select 1 from resolution_part as part
            where part.resolution_id = resolution.id and (part.lead_unit = $2 or $2 = any(part.cooperating_units))
        )
    )
    and ($3::uuid is null or resolution.meeting_id = $3)
    and ($4::text is null or (resolution.due_on, resolution.id) > ($4::text::date, $5::text::uuid))
    and may_read(resolution.restricted, resolution.visible_to, $7)
order by resolution.due_on, resolution.id
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
