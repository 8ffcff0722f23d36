-- Every statement about requests for transitions.

-- name: insert_request
-- A request. $1 task, $2 unit or null, $3 transition, $4 unit that is to take over or null, $5 reason, $6 attachments,
-- $7 who, $8 in which role, $9 of which unit, $10 when
insert into transition_request (task_id, unit, transition, to_unit, reason, attachments, state, asked_by, asked_role,
                                asked_unit, asked_at)
values ($1, $2, $3, $4, $5, $6, 'asked', $7, $8, $9, $10)
on conflict (task_id, transition, coalesce(unit, '')) where state = 'asked' do nothing
returning *

-- name: lock_request
-- A request, locked. $1 id
select * from transition_request where id = $1 for update

-- name: find_request
-- A request as it is. $1 id
select * from transition_request where id = $1

-- name: decide_request
-- What was decided. $1 id, $2 state, $3 who, $4 when, $5 why
update transition_request set state = $2, decided_by = $3, decided_at = $4, decision = $5 where id = $1 returning *

-- name: page_of_requests
-- Requests, newest first. $1 id before which the page begins or null, $2 task or null, $3 asking unit or null,
-- $4 state or null, $5 limit
select * from transition_request
where ($1::uuid is null or id < $1)
  and ($2::uuid is null or task_id = $2)
  and ($3::text is null or asked_unit = $3)
  and ($4::text is null or state = $4)
order by id desc
limit $5
