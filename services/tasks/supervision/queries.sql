-- Every statement of supervision: what the watch looks for, slips, reminders, targets. Lists stand in lists/.

-- name: earliest_waiting
-- The earliest moment at which something happened that was not said yet; null if nothing did. $1 now
select least(
    (select min(next_opens_at) from report_definition where next_opens_at <= $1 and blocked is null),
    (select min(due_at) from report where state = 'open' and due_at < $1),
    (select timezone('Asia/Shanghai', (min(due_on) + 1)::timestamp) from assignment
     where overdue_at is null and state in ('assigned', 'acknowledged', 'in_progress')
       and due_on < timezone('Asia/Shanghai', $1)::date),
    (select timezone('Asia/Shanghai', (min(answer_due_on) + 1)::timestamp) from slip
     where state = 'open' and answer_due_on < timezone('Asia/Shanghai', $1)::date)
)

-- name: tasks_to_remind
-- Parts due from a day on and up to another of which their units were not reminded, soonest first; their tasks locked,
-- busy ones left for the next look. $1 from, $2 up to, $3 assigned by this moment, $4 limit
select a.task_id, a.unit, a.due_on
from assignment a join task t on t.id = a.task_id
where a.overdue_at is null and a.state in ('assigned', 'acknowledged', 'in_progress')
  and a.due_on >= $1 and a.due_on <= $2 and t.assigned_at <= $3
  and not exists (select from reminder r where r.matter_id = a.task_id and r.unit = a.unit
                  and r.due_at = timezone('Asia/Shanghai', (a.due_on + 1)::timestamp) and r.occasion = 'before_due')
order by a.due_on, a.task_id
limit $4
for update of t skip locked

-- name: first_to_remind
-- The earliest due date, up to a day, of parts that their units were not reminded of and that are not overdue.
-- $1 up to, $2 assigned by this moment
select min(a.due_on)
from assignment a join task t on t.id = a.task_id
where a.overdue_at is null and a.state in ('assigned', 'acknowledged', 'in_progress')
  and a.due_on <= $1 and t.assigned_at <= $2
  and not exists (select from reminder r where r.matter_id = a.task_id and r.unit = a.unit
                  and r.due_at = timezone('Asia/Shanghai', (a.due_on + 1)::timestamp) and r.occasion = 'before_due')

-- name: first_report_to_remind
-- The earliest due moment, up to another, of open reports that their units were not reminded of. $1 up to, $2 opened by
select min(due_at) from report
where state = 'open' and reminded_for is distinct from due_at and due_at <= $1 and opened_at <= $2

-- name: first_base
-- The earliest due date or lapsed answer day, up to a day, of which a slip is to follow. $1 up to
select min(greatest(case when last.state = 'lapsed' then last.answer_due_on else a.due_on end, owed.since,
                    timezone('Asia/Shanghai', t.assigned_at)::date))
from assignment a join task t on t.id = a.task_id
cross join lateral (
    select coalesce((
        select max(timezone('Asia/Shanghai', h.occurred_at)::date) from task_history h
        where h.task_id = a.task_id and (h.unit = a.unit or h.unit is null)
          and h.transition in ('reopen', 'send-back', 'resume', 'take-over', 'reassign')
    ), a.due_on) as since
) as owed
left join lateral (
    select s.state, s.colour, s.answer_due_on from slip s
    where s.task_id = a.task_id and s.unit = a.unit and s.due_on = a.due_on order by s.id desc limit 1
) as last on true
where a.overdue_at is not null and a.state in ('assigned', 'acknowledged', 'in_progress') and a.due_on <= $1
  and (last.state is null or last.state = 'settled' or (last.state = 'lapsed' and last.colour <> 'red'))
  and greatest(case when last.state = 'lapsed' then last.answer_due_on else a.due_on end, owed.since,
               timezone('Asia/Shanghai', t.assigned_at)::date) <= $1

-- name: parts_for_slips
-- Overdue parts about which a slip is to go out, with the day from which its working days count: the later of the due
-- date (or the lapsed slip's answer day) and the day since when the part is owed again. Longest waiting first; their
-- tasks locked, busy ones left for the next look. $1 last such day, $2 limit
select a.task_id, a.unit, a.due_on, base.day as base_day
from assignment a join task t on t.id = a.task_id
cross join lateral (
    select coalesce((
        select max(timezone('Asia/Shanghai', h.occurred_at)::date) from task_history h
        where h.task_id = a.task_id and (h.unit = a.unit or h.unit is null)
          and h.transition in ('reopen', 'send-back', 'resume', 'take-over', 'reassign')
    ), a.due_on) as since
) as owed
left join lateral (
    select s.state, s.colour, s.answer_due_on from slip s
    where s.task_id = a.task_id and s.unit = a.unit and s.due_on = a.due_on order by s.id desc limit 1
) as last on true
cross join lateral (
    select greatest(case when last.state = 'lapsed' then last.answer_due_on else a.due_on end, owed.since,
                    timezone('Asia/Shanghai', t.assigned_at)::date) as day
) as base
where a.overdue_at is not null and a.state in ('assigned', 'acknowledged', 'in_progress') and a.due_on <= $1
  and (last.state is null or last.state = 'settled' or (last.state = 'lapsed' and last.colour <> 'red'))
  and base.day <= $1
order by base.day, a.task_id, a.unit
limit $2
for update of t skip locked

-- name: lapsing_slips
-- Open slips whose last day for an answer is over, longest first; their tasks locked, busy ones left for the next look.
-- $1 the county's date, $2 limit
select s.* from slip s join task t on t.id = s.task_id
where s.state = 'open' and s.answer_due_on < $1
order by s.answer_due_on, s.id
limit $2
for update of t skip locked

-- name: latest_slips
-- The newest slip about each part of some tasks. $1 tasks
select distinct on (task_id, unit) * from slip where task_id = any($1::uuid[]) order by task_id, unit, id desc

-- name: insert_slip
-- A slip that went out. $1 id, $2 task, $3 unit, $4 due date it is about, $5 colour, $6 issued at, $7 by whom, $8 text,
-- $9 last day for an answer
insert into slip (id, task_id, unit, due_on, colour, state, issued_at, issued_by, text, answer_due_on)
values ($1, $2, $3, $4, $5, 'open', $6, $7, $8, $9)
returning *

-- name: new_id
-- An id for a row that an event names before it is there.
select uuidv7()

-- name: close_slip
-- How a slip ended. $1 id, $2 state, $3 closed at, $4 answered at, $5 by whom, $6 answer, $7 in time
update slip set state = $2, closed_at = $3, answered_at = $4, answered_by = $5, answer = $6, on_time = $7
where id = $1
returning *

-- name: find_slip
-- A slip. $1 id
select * from slip where id = $1

-- name: page_of_slips
-- Slips, newest first. $1 id before which the page begins or null, $2 unit or null, $3 state or null, $4 colour or null,
-- $5 task or null, $6 limit
select * from slip
where ($1::uuid is null or id < $1)
  and ($2::text is null or unit = $2)
  and ($3::text is null or state = $3)
  and ($4::text is null or colour = $4)
  and ($5::uuid is null or task_id = $5)
order by id desc
limit $6

-- name: insert_reminders
-- Reminders; one that was given already is left out. $1 kinds, $2 ids of what it is about, $3 units, $4 titles,
-- $5 due moments, $6 occasions, $7 reminded at, $8 by whom
insert into reminder (matter, matter_id, unit, title, due_at, occasion, reminded_at, reminded_by)
select * from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::timestamptz[],
                     $8::text[])
on conflict do nothing

-- name: page_of_reminders
-- Reminders, newest first. $1 id before which the page begins or null, $2 unit or null, $3 occasion or null, $4 limit
select * from reminder
where ($1::uuid is null or id < $1) and ($2::text is null or unit = $2) and ($3::text is null or occasion = $3)
order by id desc
limit $4

-- name: drop_targets
-- Forget the targets of a part. $1 task, $2 unit
delete from assignment_target where task_id = $1 and unit = $2

-- name: insert_targets
-- The targets of a part. $1 task, $2 unit, $3 days, $4 per cents, $5 titles
insert into assignment_target (task_id, unit, due_on, percent, title)
select $1, $2, c.due_on, c.percent, c.title from unnest($3::date[], $4::integer[], $5::text[]) as c (due_on, percent, title)

-- name: targets_of
-- The targets of several tasks' parts. $1 tasks
select * from assignment_target where task_id = any($1::uuid[]) order by task_id, unit, due_on
