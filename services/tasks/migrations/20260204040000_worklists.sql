-- migrate:up
set lock_timeout = '5s';

-- Parts that are owed, in order of their due dates: due this week, overdue, never acknowledged.
create index assignment_owed on assignment (due_on, task_id, unit)
    where state in ('assigned', 'acknowledged', 'in_progress');
create index assignment_unacknowledged on assignment (due_on, task_id, unit) where state = 'assigned';
create index assignment_bounced on assignment (task_id) where state = 'bounced';
create index report_waiting on report (id) where state = 'submitted';
create index problem_waiting on problem (raised_at) where state in ('raised', 'returned');

-- What waits for somebody's decision: `level` says whose.
create view waiting_decision as
select 'completion' as kind, a.task_id as id, a.unit, t.title, a.requested_at as since, 'office' as level
from assignment a join task t on t.id = a.task_id
where a.state = 'completion_requested'
union all
select 'bounced', a.task_id, a.unit, t.title,
       (select max(h.occurred_at) from task_history h
        where h.task_id = a.task_id and h.unit = a.unit and h.transition = 'bounce'), 'office'
from assignment a join task t on t.id = a.task_id
where a.state = 'bounced'
union all
select 'extension', e.id, e.unit, t.title, e.asked_at, e.level
from extension e join task t on t.id = e.task_id
where e.state = 'asked'
union all
select 'request', r.id, coalesce(r.unit, r.asked_unit), t.title, r.asked_at, 'office'
from transition_request r join task t on t.id = r.task_id
where r.state = 'asked'
union all
select 'report', r.id, r.unit, coalesce(r.title, e.body ->> 'title') || ' ' || r.period,
       (select max(s.submitted_at) from report_submission s where s.report_id = r.id), 'office'
from report r join report_edition e on e.code = r.definition and e.version = r.definition_version
where r.state = 'submitted'
union all
select 'problem', p.id, p.unit, p.title, p.raised_at, 'office'
from problem p
where p.state in ('raised', 'returned');

-- migrate:down
