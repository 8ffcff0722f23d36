-- Every statement of the lists an office works from.

-- name: owed_parts
-- Parts that are owed, soonest due first. $1 unit or null, $2 role or null, $3 due from or null, $4 due up to or null,
-- $5 part of the title or null, $6 not acknowledged yet, $7 colour of its open slip or null,
-- $8, $9, $10 due date, task and unit after which the page begins or null, $11 limit
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
  and (not $6::boolean or a.state = 'assigned')
  and ($7::text is null or s.colour = $7)
  and ($8::date is null or (a.due_on, a.task_id, a.unit) > ($8, $9::uuid, $10::text))
order by a.due_on, a.task_id, a.unit
limit $11

-- name: overdue_by_unit
-- How much each unit owes after its due date. $1 the county's date, $2 now, $3 unit or null
select u.unit, k.name, coalesce(p.parts, 0) as parts, p.oldest_due_on, coalesce(s.blue, 0) as blue,
       coalesce(s.yellow, 0) as yellow, coalesce(s.red, 0) as red, coalesce(r.reports, 0) as reports
from (
    select unit from assignment
    where state in ('assigned', 'acknowledged', 'in_progress') and due_on < $1
    union
    select unit from report where state in ('open', 'overdue') and due_at < $2
) as u
left join known_unit k on k.code = u.unit
left join lateral (
    select count(*) as parts, min(due_on) as oldest_due_on from assignment a
    where a.unit = u.unit and a.state in ('assigned', 'acknowledged', 'in_progress') and a.due_on < $1
) as p on true
left join lateral (
    select count(*) filter (where colour = 'blue') as blue, count(*) filter (where colour = 'yellow') as yellow,
           count(*) filter (where colour = 'red') as red
    from slip where slip.unit = u.unit and slip.state = 'open'
) as s on true
left join lateral (
    select count(*) as reports from report
    where report.unit = u.unit and report.state in ('open', 'overdue') and report.due_at < $2
) as r on true
where $3::text is null or u.unit = $3
order by parts desc, reports desc, u.unit

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
