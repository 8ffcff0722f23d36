-- Every statement about division plans.

-- name: insert_plan
-- A new draft. $1 year, $2 title, $3 text or null, $4 tags, $5 correlation id, $6 when
insert into plan (year, title, text, tags, state, drafted_edition, correlation_id, created_at)
values ($1, $2, $3, $4, 'draft', 1, $5, $6)
returning *

-- name: lock_plan
-- A plan, locked. $1 id
select * from plan where id = $1 for update

-- name: find_plan
-- A plan as it is. $1 id
select * from plan where id = $1

-- name: page_of_plans
-- Plans, newest first. $1 id before which the page begins or null, $2 year or null, $3 state or null, $4 limit
select * from plan
where ($1::uuid is null or id < $1) and ($2::integer is null or year = $2) and ($3::text is null or state = $3)
order by id desc
limit $4

-- name: save_plan
-- What became of a plan. $1 id, $2 title, $3 text, $4 tags, $5 state, $6 edition, $7 drafted edition, $8 version,
-- $9 document, $10 meeting, $11 adopted on, $12 conditional, $13 decision, $14 decided at, $15 comments due on,
-- $16 submitted at, $17 issued at
update plan
set title = $2, text = $3, tags = $4, state = $5, edition = $6, drafted_edition = $7, version = $8, document = $9,
    meeting_id = $10, adopted_on = $11, conditional = $12, decision = $13, decided_at = $14, comments_due_on = $15,
    submitted_at = $16, issued_at = $17, edits = edits + 1
where id = $1
returning *

-- name: items_of
-- The items of one edition, in order. $1 plan, $2 edition
select * from plan_item where plan_id = $1 and edition = $2 order by position, serial

-- name: put_items
-- Items of an edition. $1 plan, $2 edition, $3 item ids or nulls for new ones, $4 positions, $5 contents
insert into plan_item (plan_id, edition, item_id, position, serial, section, title, text, target, target_value,
                       target_unit, weight, due_on, leader, leader_post, lead_unit, cooperating_units, tags, kind,
                       joint_with, task_id)
select $1, $2, coalesce(c.item_id, uuidv7()), c.position, r.serial, r.section, r.title, r.text, r.target,
       r.target_value, r.target_unit, r.weight, r.due_on, r.leader, r.leader_post, r.lead_unit, r.cooperating_units,
       r.tags, r.kind, r.joint_with, r.task_id
from unnest($3::uuid[], $4::integer[], $5::jsonb[]) as c (item_id, position, content),
     jsonb_to_record(c.content) as r (
         serial text, section text, title text, text text, target text, target_value numeric, target_unit text,
         weight numeric, due_on date, leader text, leader_post text, lead_unit text, cooperating_units text[],
         tags text[], kind text, joint_with text, task_id uuid)

-- name: drop_items
-- Take all items out of an edition that is being written. $1 plan, $2 edition
delete from plan_item where plan_id = $1 and edition = $2

-- name: note_tasks
-- Which task serves which item. $1 plan, $2 edition, $3 items, $4 tasks
update plan_item set task_id = c.task_id
from unnest($3::uuid[], $4::uuid[]) as c (item_id, task_id)
where plan_item.plan_id = $1 and plan_item.edition = $2 and plan_item.item_id = c.item_id

-- name: items_of_tasks
-- Items in force that these tasks serve. $1 tasks
select plan_item.plan_id, plan_item.item_id, plan_item.serial, plan_item.task_id
from plan_item join plan on plan.id = plan_item.plan_id and plan.edition = plan_item.edition
where plan_item.task_id = any($1::uuid[])
order by plan_item.plan_id, plan_item.position

-- name: insert_comment
-- A unit's comment. $1 plan, $2 edition, $3 serial or null, $4 unit, $5 text, $6 who, $7 when
insert into plan_comment (plan_id, edition, serial, unit, text, commented_by, commented_at)
values ($1, $2, $3, $4, $5, $6, $7)
returning *

-- name: answer_comment
-- The office's answer. $1 id, $2 plan, $3 taken, $4 answer, $5 who, $6 when
update plan_comment set taken = $3, answer = $4, answered_by = $5, answered_at = $6
where id = $1 and plan_id = $2
returning *

-- name: comments_of
-- All comments on a plan, oldest first. $1 plan
select * from plan_comment where plan_id = $1 order by id

-- name: add_step
-- A line of a plan's history. $1 plan, $2 edition, $3 step, $4 when, $5 who, $6 in which role, $7 why, $8 document
insert into plan_history (plan_id, edition, step, occurred_at, subject, role, reason, document)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: steps_of
-- A plan's history, oldest first. $1 plan
select * from plan_history where plan_id = $1 order by id

-- name: unit_names
-- Every unit that is known, with all its names.
select code, name, short_name, aliases, kind from known_unit order by code
