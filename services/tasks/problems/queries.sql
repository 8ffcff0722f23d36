-- Every statement of problems.

-- name: insert_problem
-- A new problem. $1 title, $2 text, $3 unit, $4 sectors, $5 raised at, $6 correlation id
insert into problem (title, text, unit, sectors, state, version, raised_at, correlation_id)
values ($1, $2, $3, $4, 'raised', 0, $5, $6)
returning *

-- name: lock_problem
-- The problem, locked. $1 id
select * from problem where id = $1 for update

-- name: find_problem
-- The problem as it is. $1 id
select * from problem where id = $1

-- name: page_of_problems
-- Problems, newest first. $1 id before which the page begins or null, $2 unit or null, $3 state or null,
-- $4 sector or null, $5 part of the title or null, $6 limit
select * from problem
where ($1::uuid is null or id < $1)
  and ($2::text is null or unit = $2)
  and ($3::text is null or state = $3)
  and ($4::text is null or $4 = any(sectors))
  and ($5::text is null or strpos(lower(title), lower($5)) > 0)
order by id desc
limit $6

-- name: save_problem
-- What became of a problem. $1 id, $2 version, $3 state, $4 escalated at, $5 closed at, $6 resolution, $7 its link,
-- $8 meeting, $9 last decision, $10 task
update problem
set version = $2, state = $3, escalated_at = $4, closed_at = $5, resolution = $6, resolution_link = $7,
    meeting_id = $8, last_decision = $9, task_id = $10
where id = $1

-- name: add_problem_history
-- A line of history. $1 problem, $2 version, $3 transition, $4 from, $5 to, $6 occurred at, $7 who, $8 role,
-- $9 unit, $10 note
insert into problem_history (problem_id, version, transition, from_state, to_state, occurred_at, subject, role,
                             acting_unit, note)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: history_of_problem
-- A problem's history, oldest first. $1 problem
select * from problem_history where problem_id = $1 order by id
