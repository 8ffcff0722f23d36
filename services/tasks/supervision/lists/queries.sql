-- Every statement of the lists an office works from.

-- name: owed_parts
-- Parts that are owed, soonest due first. $1 unit or null, $2 role or null, $3 due from or null, $4 due up to or null,
-- $5 part of the title or null, $6 colour of its open slip or null,
-- $7, $8, $9 due date, task and unit after which the page begins or null, $10 limit
select a.task_id, a.unit, a.role, a.due_on, a.state, a.percent, a.overdue_at, t.title, t.version, t.weight, t.tags,
       t.leader_post, t.assigned_at, s.colour as slip_colour, s.answer_due_on as slip_answer_due_on
from assignment a join task t on t.id = a.task_id
left join slip s on s.task_id = a.task_id and s.unit = a.unit and s.state = 'open'
where a.state in ('assigned', 'acknowledged', 'in_progress')
  and ($1::text is null or a.unit = $1)
  and ($2::text is null or a.role = $2)
  and ($3::date is null or a.due_on >= $3)
  and ($4::date is null or a.due_on <= $4)
  and ($5::text is null or strpos(lower(t.title), lower($5)) > 0)
  and ($6::text is null or s.colour = $6)
  and ($7::date is null or (a.due_on, a.task_id, a.unit) > ($7, $8::uuid, $9::text))
order by a.due_on, a.task_id, a.unit
limit $10

-- name: unacknowledged_parts
-- Parts that were never acknowledged, soonest due first. $1 unit or null, $2 role or null, $3 due from or null,
-- $4 due up to or null,
-- $5 part of the title or null, $6 colour of its open slip or null,
-- $7, $8, $9 due date, task and unit after which the page begins or null, $10 limit
select a.task_id, a.unit, a.role, a.due_on, a.state, a.percent, a.overdue_at, t.title, t.version, t.weight, t.tags,
       t.leader_post, t.assigned_at, s.colour as slip_colour, s.answer_due_on as slip_answer_due_on
from assignment a join task t on t.id = a.task_id
left join slip s on s.task_id = a.task_id and s.unit = a.unit and s.state = 'open'
where a.state = 'assigned'
  and ($1::text is null or a.unit = $1)
  and ($2::text is null or a.role = $2)
  and ($3::date is null or a.due_on >= $3)
  and ($4::date is null or a.due_on <= $4)
  and ($5::text is null or strpos(lower(t.title), lower($5)) > 0)
  and ($6::text is null or s.colour = $6)
  and ($7::date is null or (a.due_on, a.task_id, a.unit) > ($7, $8::uuid, $9::text))
order by a.due_on, a.task_id, a.unit
limit $10

-- name: overdue_by_unit
-- How much each unit owes after its due date. $1 the county's date, $2 now, $3 unit or null
with p as (
    select unit, count(*) as parts, min(due_on) as oldest_due_on from assignment
    where state in ('assigned', 'acknowledged', 'in_progress') and due_on < $1 and ($3::text is null or unit = $3)
    group by unit
), r as (
    select unit, count(*) as reports from report
    where state in ('open', 'overdue') and due_at < $2 and ($3::text is null or unit = $3)
    group by unit
), s as (
    select unit, count(*) filter (where colour = 'blue') as blue, count(*) filter (where colour = 'yellow') as yellow,
           count(*) filter (where colour = 'red') as red
    from slip where state = 'open' group by unit
)
select unit, k.name, coalesce(p.parts, 0) as parts, p.oldest_due_on, coalesce(s.blue, 0) as blue,
       coalesce(s.yellow, 0) as yellow, coalesce(s.red, 0) as red, coalesce(r.reports, 0) as reports
from p full join r using (unit) left join s using (unit) left join known_unit k on k.code = unit
order by parts desc, reports desc, unit

-- name: waiting
-- What waits for a decision, longest waiting first. $1 level or null, $2 kind or null, $3 unit or null,
-- $4, $5, $6 since when, id and unit after which the page begins or null, $7 limit
select kind, id, coalesce(unit, '') as unit, title, since, level from waiting_decision
where ($1::text is null or level = $1)
  and ($2::text is null or kind = $2)
  and ($3::text is null or unit = $3)
  and ($4::timestamptz is null or (since, id, coalesce(unit, '')) > ($4, $5::uuid, $6::text))
order by since, id, coalesce(unit, '')
limit $7

-- name: waiting_counts
-- How much waits for a decision, by kind. $1 level or null, $2 unit or null
select kind, count(*) as count, min(since) as oldest from waiting_decision
where ($1::text is null or level = $1) and ($2::text is null or unit = $2)
group by kind
order by kind
