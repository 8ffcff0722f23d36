-- migrate:up
set lock_timeout = '5s';

-- A part that an amendment of the plan took from a cooperating unit waits for nobody: the office decided that already.
create or replace view waiting_decision as
select 'completion' as kind, a.task_id as id, a.unit, t.title, a.requested_at as since, 'office' as level
from assignment a join task t on t.id = a.task_id
where a.state = 'completion_requested'
union all
select 'bounced', a.task_id, a.unit, t.title, given.occurred_at, 'office'
from assignment a join task t on t.id = a.task_id
left join lateral (select h.occurred_at, h.basis_kind from task_history h
                   where h.task_id = a.task_id and h.unit = a.unit and h.transition = 'bounce'
                   order by h.version desc limit 1) given on true
where a.state = 'bounced' and given.basis_kind is distinct from 'plan_amendment'
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
