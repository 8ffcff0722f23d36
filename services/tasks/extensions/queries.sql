-- Every statement about extensions.

-- name: insert_extension
-- A question for a later due date. $1 task, $2 unit, $3 number, $4 level, $5 present due date, $6 asked due date,
-- $7 reason, $8 attachments, $9 who, $10 when
insert into extension (task_id, unit, number, level, due_on, asked_due_on, reason, attachments, state, asked_by, asked_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'asked', $9, $10)
on conflict (task_id, unit) where state = 'asked' do nothing
returning *

-- name: count_approved
-- How many extensions a part had. $1 task, $2 unit
select count(*) from extension where task_id = $1 and unit = $2 and state = 'approved'

-- name: lock_extension
-- A question, locked. $1 id
select * from extension where id = $1 for update

-- name: find_extension
-- A question as it is. $1 id
select * from extension where id = $1

-- name: decide_extension
-- What was decided. $1 id, $2 state, $3 granted due date, $4 who, $5 in which role, $6 when, $7 why, $8 kind of basis,
-- $9 basis
update extension
set state = $2, granted_due_on = $3, decided_by = $4, decided_role = $5, decided_at = $6, decision = $7,
    basis_kind = $8, basis = $9
where id = $1
returning *

-- name: page_of_extensions
-- Questions, newest first. $1 id before which the page begins or null, $2 task or null, $3 unit or null,
-- $4 state or null, $5 level or null, $6 limit
select * from extension
where ($1::uuid is null or id < $1)
  and ($2::uuid is null or task_id = $2)
  and ($3::text is null or unit = $3)
  and ($4::text is null or state = $4)
  and ($5::text is null or level = $5)
order by id desc
limit $6
