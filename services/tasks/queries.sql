-- Every statement of the tasks proper; those of reports stand in reports/queries.sql.

-- name: learn_unit
-- Take a unit as the registry states it, unless something newer is known.
-- $1 code, $2 name, $3 short name, $4 kind, $5 version of the registry's event, $6 other names
insert into known_unit (code, name, short_name, kind, version, aliases) values ($1, $2, $3, $4, $5, $6)
on conflict (code) do update
set name = excluded.name, short_name = excluded.short_name, kind = excluded.kind, version = excluded.version,
    aliases = excluded.aliases
where known_unit.version < excluded.version

-- name: faulty_units
-- Those of some units that a command may not name on a day: the registry has not told of them, or they are no more; since
-- when, and who has their open work. $1 codes, $2 day
select named.code, known_unit.code is not null as known, gone.effective_on as ended_on, gone.open_work_to
from (select distinct unnest($1::text[])) as named (code)
left join known_unit on known_unit.code = named.code
left join lateral (
    select effective_on, open_work_to from unit_succession
    where unit = named.code and effective_on <= $2 and ends
    order by effective_on desc, version desc
    limit 1
) as gone on true
where known_unit.code is null or gone.effective_on is not null

-- name: all_unit_codes
-- Every known code, to suggest near ones in a refusal.
select code from known_unit order by code

-- name: insert_tasks
-- New tasks with their parts, first lines of history and events; a task that comes from what has one already is left
-- out, with all that is its. Returns the ids of those made. $1 tasks, $2 parts, $3 lines, each a JSON array of rows, $4
-- topics, $5 tasks, $6 versions, $7 events
with made as (
    insert into task (id, source_kind, source_id, title, text, text_digest, text_link, leader_post, weight, tags, due_on,
                      state, version, correlation_id, assigned_at, plan_id, meeting_id, parent_id, kind, origin,
                      owed_from)
    select id, source_kind, source_id, title, text, text_digest, text_link, leader_post, weight, tags, due_on, state,
           version, correlation_id, assigned_at, plan_id, meeting_id, parent_id, kind, origin, owed_from
    from json_populate_recordset(null::task, $1)
    on conflict (origin) where origin is not null do nothing
    returning id
), parts as (
    insert into assignment
    select part.* from json_populate_recordset(null::assignment, $2) as part where task_id in (select id from made)
), lines as (
    insert into task_history (task_id, version, unit, transition, from_state, to_state, occurred_at, subject, role,
                              acting_unit, reason, note, percent, on_behalf_of, basis_kind, basis, attachments)
    select task_id, version, unit, transition, from_state, to_state, occurred_at, subject, role, acting_unit, reason,
           note, percent, on_behalf_of, basis_kind, basis, attachments
    from json_populate_recordset(null::task_history, $3) where task_id in (select id from made)
), told as (
    insert into outbox (topic, aggregate, version, event)
    select topic, aggregate, version, event
    from unnest($4::text[], $5::text[], $6::integer[], $7::bytea[]) with ordinality
        as event (topic, aggregate, version, event, position)
    where aggregate in (select id::text from made)
    order by event.position
)
select id from made

-- name: insert_assignments
-- New parts. $1 a JSON array of rows
insert into assignment select * from json_populate_recordset(null::assignment, $1)

-- name: lock_task
-- The task, locked: commands on one task follow each other. $1 id
select * from task where id = $1 for update

-- name: find_task
-- The task as it is. $1 id
select * from task where id = $1

-- name: tasks_among
-- Several tasks at once. $1 ids
select * from task where id = any($1::uuid[])

-- name: assignments_of
-- All assignments of several tasks, each task's lead first. $1 task ids
select * from assignment where task_id = any($1::uuid[]) order by task_id, role <> 'lead', unit

-- name: children_of
-- Sub-tasks of a task. $1 id
select * from task where parent_id = $1 order by id

-- name: rewrite_draft
-- Other words, day and units of a draft; its parts are put in anew. $1 id, $2 source kind, $3 source id, $4 title,
-- $5 text, $6 text digest, $7 leader's post, $8 weight, $9 tags, $10 due date, $11 parent, $12 kind
with parts as (delete from assignment where task_id = $1)
update task
set source_kind = $2, source_id = $3, title = $4, text = $5, text_digest = $6, leader_post = $7, weight = $8,
    tags = $9, due_on = $10, parent_id = $11, kind = $12
where id = $1 and state = 'draft'
returning *

-- name: delete_draft
-- Throw a draft away, with its parts. $1 id
with parts as (delete from assignment where task_id = $1)
delete from task where id = $1 and state = 'draft'

-- name: lock_live_tasks_of
-- Tasks in which a unit has a part that is not ended, locked in the order of their ids. $1 unit
select task.* from task join assignment on assignment.task_id = task.id
where assignment.unit = $1
  and assignment.state not in ('completed', 'closed_out', 'cancelled', 'reassigned')  -- as its index
order by task.id
for update of task

-- name: page_of_tasks
-- Tasks, newest first. $1 id before which the page begins or null, $2 state or null, $3 source id or null,
-- $4 part of the title or null, $5 limit, $6 a role that some unit has in the task or null
select * from task
where ($1::uuid is null or id < $1)
  and (state = $2 or ($2::text is null and state <> 'draft'))
  and ($3::text is null or source_id = $3)
  and ($4::text is null or strpos(lower(title), lower($4)) > 0)
  and ($6::text is null or exists (select from assignment where task_id = task.id and role = $6))
order by id desc
limit $5

-- name: page_of_tasks_of_unit
-- Tasks in which a unit takes part, newest first. $1 to $5 as above, $6 its role in the task or null, $7 unit
select task.* from assignment join task on task.id = assignment.task_id
where assignment.unit = $7
  and ($6::text is null or assignment.role = $6)
  and ($1::uuid is null or assignment.task_id < $1)
  and (task.state = $2 or ($2::text is null and task.state <> 'draft'))
  and ($3::text is null or task.source_id = $3)
  and ($4::text is null or strpos(lower(task.title), lower($4)) > 0)
order by assignment.task_id desc
limit $5

-- name: save_changes
-- What became of tasks and of their parts, new ones too, with the lines of history and the events. $1 tasks, $2 parts,
-- $3 lines, each a JSON array of rows, $4 topics, $5 tasks, $6 versions, $7 events
with tasks as (
    update task
    set version = c.version, state = c.state, due_on = c.due_on, assigned_at = c.assigned_at, owed_from = c.owed_from
    from json_populate_recordset(null::task, $1) as c
    where task.id = c.id
), parts as (
    insert into assignment select * from json_populate_recordset(null::assignment, $2)
    on conflict (task_id, unit) do update
    set role = excluded.role, due_on = excluded.due_on, state = excluded.state, percent = excluded.percent,
        requested_at = excluded.requested_at, done_at = excluded.done_at, overdue_at = excluded.overdue_at,
        state_before = excluded.state_before, suspended_at = excluded.suspended_at, extensions = excluded.extensions,
        reassigned_to = excluded.reassigned_to
), told as (
    insert into outbox (topic, aggregate, version, event)
    select * from unnest($4::text[], $5::text[], $6::integer[], $7::bytea[])
)
insert into task_history (task_id, version, unit, transition, from_state, to_state, occurred_at, subject, role,
                          acting_unit, reason, note, percent, on_behalf_of, basis_kind, basis, attachments)
select task_id, version, unit, transition, from_state, to_state, occurred_at, subject, role, acting_unit, reason, note,
       percent, on_behalf_of, basis_kind, basis, attachments
from json_populate_recordset(null::task_history, $3)

-- name: save_task_content
-- What an amendment made of a task's words and weight. $1 id, $2 title, $3 text, $4 text digest, $5 weight, $6 tags,
-- $7 leader's post
update task set title = $2, text = $3, text_digest = $4, weight = $5, tags = $6, leader_post = $7 where id = $1

-- name: latest_notes
-- The newest note on the progress of the lead's part of each task. $1 tasks
select distinct on (task_history.task_id) task_history.task_id, task_history.note
from task_history
join assignment on assignment.task_id = task_history.task_id and assignment.unit = task_history.unit
    and assignment.role = 'lead'
where task_history.task_id = any($1::uuid[]) and task_history.note is not null
    and task_history.transition in ('progress', 'request-completion')
order by task_history.task_id, task_history.id desc

-- name: page_of_history
-- A task's history, oldest first. $1 task, $2 id after which the page begins, $3 limit
select * from task_history where task_id = $1 and id > $2 order by id limit $3

-- name: latest_history
-- A task's newest lines, newest first. $1 task, $2 limit
select * from task_history where task_id = $1 order by id desc limit $2

-- name: lapsing_tasks
-- Tasks with a part still owed after the end of its due date, longest overdue first; those that someone works on at
-- this moment are left for the next look. $1 the county's date today, $2 limit
select task.id from assignment join task on task.id = assignment.task_id
where assignment.overdue_at is null
  and assignment.state in ('assigned', 'acknowledged', 'in_progress')
  and assignment.due_on < $1
order by assignment.due_on, assignment.task_id
limit $2
for update of task skip locked
