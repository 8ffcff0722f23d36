-- Every statement about milestones.

-- name: drop_milestones
-- Take all nodes of a task away. $1 task
delete from milestone where task_id = $1

-- name: insert_milestones
-- Nodes of tasks. $1 tasks, $2 numbers, $3 titles, $4 due dates, $5 reached at, $6 who
insert into milestone (task_id, number, title, due_on, reached_at, reached_by)
select * from unnest($1::uuid[], $2::integer[], $3::text[], $4::date[], $5::timestamptz[], $6::text[])

-- name: milestones_of
-- The nodes of a task, in order. $1 task
select * from milestone where task_id = $1 order by number

-- name: reach_milestone
-- A node was reached. $1 task, $2 number, $3 when, $4 who
update milestone set reached_at = $3, reached_by = $4 where task_id = $1 and number = $2
