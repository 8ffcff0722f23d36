-- Every statement of the tasks proper; those of reports stand in reports/queries.sql.

-- name: learn_unit
-- Take a unit as the registry states it, unless something newer is known.
-- $1 code, $2 name, $3 short name, $4 kind, $5 version of the registry's event, $6 other names
insert into known_unit (code, name, short_name, kind, version, aliases) values ($1, $2, $3, $4, $5, $6)
on conflict (code) do update
set name = excluded.name, short_name = excluded.short_name, kind = excluded.kind, version = excluded.version,
    aliases = excluded.aliases
where known_unit.version < excluded.version

-- name: known_among
-- Which of these unit codes are known. $1 codes
select code from known_unit where code = any($1::text[])

-- name: all_unit_codes
-- Every known code, to suggest near ones in a refusal.
select code from known_unit order by code

-- name: insert_task
-- A new task; no row if what it comes from has one already.
-- $1 source kind, $2 source id, $3 title, $4 text, $5 text digest, $6 text link, $7 leader's post, $8 weight, $9 tags,
-- $10 due date, $11 state, $12 correlation id, $13 assigned at, $14 plan, $15 meeting, $16 parent, $17 kind, $18 origin
insert into task (source_kind, source_id, title, text, text_digest, text_link, leader_post, weight, tags, due_on, state,
                  version, correlation_id, assigned_at, plan_id, meeting_id, parent_id, kind, origin)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13, $14, $15, $16, $17, $18)
on conflict (origin) where origin is not null do nothing
returning *

-- name: insert_assignments
-- New assignments. $1 tasks, $2 units, $3 roles, $4 due dates, $5 states, $6 per cents, $7 requested at, $8 overdue at,
-- $9 states before a suspension, $10 suspended at, $11 extensions
insert into assignment (task_id, unit, role, due_on, state, percent, requested_at, overdue_at, state_before,
                        suspended_at, extensions)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::text[], $6::integer[], $7::timestamptz[],
                     $8::timestamptz[], $9::text[], $10::timestamptz[], $11::integer[])

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

-- name: save_tasks
-- New versions of tasks. $1 ids, $2 versions, $3 states, $4 due dates, $5 assigned at, $6 earliest days owed
update task
set version = c.version, state = c.state, due_on = c.due_on, assigned_at = c.assigned_at, owed_from = c.owed_from
from unnest($1::uuid[], $2::integer[], $3::text[], $4::date[], $5::timestamptz[], $6::date[])
    as c (id, version, state, due_on, assigned_at, owed_from)
where task.id = c.id

-- name: save_task_content
-- What an amendment made of a task's words and weight. $1 id, $2 title, $3 text, $4 text digest, $5 weight, $6 tags,
-- $7 leader's post
update task set title = $2, text = $3, text_digest = $4, weight = $5, tags = $6, leader_post = $7 where id = $1

-- name: save_assignments
-- What became of assignments. $1 task ids, $2 units, $3 states, $4 per cents, $5 requested at, $6 done at,
-- $7 overdue at, $8 roles, $9 due dates, $10 states before a suspension, $11 suspended at, $12 extensions,
-- $13 units that have the part now
update assignment
set state = c.state, percent = c.percent, requested_at = c.requested_at, done_at = c.done_at,
    overdue_at = c.overdue_at, role = c.role, due_on = c.due_on, state_before = c.state_before,
    suspended_at = c.suspended_at, extensions = c.extensions, reassigned_to = c.reassigned_to
from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[],
            $8::text[], $9::date[], $10::text[], $11::timestamptz[], $12::integer[], $13::text[])
    as c (task_id, unit, state, percent, requested_at, done_at, overdue_at, role, due_on, state_before, suspended_at,
          extensions, reassigned_to)
where assignment.task_id = c.task_id and assignment.unit = c.unit

-- name: add_history
-- Lines of history. $1 tasks, $2 versions, $3 units, $4 transitions, $5 from, $6 to, $7 occurred at, $8 subjects,
-- $9 roles, $10 acting units, $11 reasons, $12 notes, $13 per cents, $14 on behalf of, $15 kinds of basis, $16 bases
insert into task_history (task_id, version, unit, transition, from_state, to_state, occurred_at, subject, role,
                          acting_unit, reason, note, percent, on_behalf_of, basis_kind, basis)
select * from unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
                     $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::integer[], $14::text[],
                     $15::text[], $16::text[])

-- name: attach_to_history
-- Files that a line of history was given with. $1 task, $2 version, $3 unit or null, $4 attachments
update task_history set attachments = $4::uuid[]
where task_id = $1 and version = $2 and unit is not distinct from $3::text

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
