-- migrate:up
set lock_timeout = '5s';

-- `recorded`: entered after it was held. `invites_all`: all members of the day, rather than some that were chosen. `calendar_sequence` is the SEQUENCE of the meeting's iCalendar entry: it rises
-- when time, place, title or agenda change, and on cancelling. `item_count` numbers agenda items, never reused.
alter table meeting
    add column ends_at timestamptz,
    add column session text,
    add column chair_title text,
    add column recorded boolean not null default false,
    add column invites_all boolean not null default true,
    add column changed_at timestamptz,
    add column calendar_sequence integer not null default 0,
    add column item_count integer not null default 0,
    add column minutes_state text check (minutes_state in ('drafted', 'reviewed', 'signed', 'published')),
    add check (ends_at > starts_at);
update meeting set changed_at = convened_at;
alter table meeting alter column changed_at set not null;
create index meeting_time on meeting (starts_at) where state = 'convened';

-- Who is invited: the members of the meeting's day, by the names of that day, and guests.
create table invitee (
    meeting_id uuid not null references meeting,
    code text not null,
    kind text not null check (kind in ('unit', 'post', 'guest')),
    role text not null,
    unit text,
    name text not null,
    position integer not null,
    primary key (meeting_id, code),
    unique (meeting_id, position)
);
create index invitee_unit on invitee (unit);

-- One item of the agenda with what was decided on it. `number` stays, `position` is its place on the agenda.
create table agenda_item (
    meeting_id uuid not null references meeting,
    number integer not null check (number > 0),
    version integer not null default 1,
    position integer not null,
    kind text not null check (
        kind in ('hear_report', 'deliberate_plan', 'deliberate_policy', 'deliberate_project_list', 'coordinate_problem')
    ),
    title text not null,
    text text,
    presenter_units text[] not null,
    presenter_body text,
    covers text[] not null,
    plan_id uuid,
    problem_id uuid,
    resolution_id uuid,
    task_id uuid,
    restricted boolean not null,
    visible_to text[] not null,
    decision text check (decision in ('adopted', 'adopted_in_principle', 'deferred', 'rejected')),
    conditions text,
    decided_on date,
    primary key (meeting_id, number),
    unique (meeting_id, position) deferrable initially deferred,
    check ((decision is null) = (decided_on is null))
);

-- A paper asked of a unit, and what tasks says of the report that it became.
create table paper (
    id uuid primary key default uuidv7(),
    meeting_id uuid not null references meeting,
    item_number integer,
    unit text not null,
    title text not null,
    due_at timestamptz not null,
    withdrawn boolean not null default false,
    foreign key (meeting_id, item_number) references agenda_item
);
create index paper_meeting on paper (meeting_id);
create table paper_report (
    paper_id uuid primary key,
    report_id uuid not null,
    version integer not null,
    state text not null check (state in ('open', 'submitted', 'sent_back', 'accepted', 'overdue')),
    submitted_at timestamptz,
    on_time boolean,
    days_late integer,
    timeliness_version integer not null default 0
);

-- What was changed of a convened meeting, by whom and why.
create table meeting_change (
    meeting_id uuid not null references meeting,
    version integer not null,
    change text not null check (change in ('rescheduled', 'cancelled')),
    occurred_at timestamptz not null,
    subject text not null,
    before jsonb not null,
    after jsonb not null,
    reason text not null,
    primary key (meeting_id, version)
);

-- How each invitee attended. Names of persons stand here and in minutes, nowhere else.
create table attendance (
    meeting_id uuid not null,
    code text not null,
    attendance text not null check (attendance in ('present', 'stand_in', 'leave', 'absent')),
    person text,
    person_post text,
    approved boolean,
    approved_by text,
    reason text,
    recorded_at timestamptz not null,
    recorded_by text not null,
    primary key (meeting_id, code),
    foreign key (meeting_id, code) references invitee
);

-- What a body does its own way; a body without a row does as the settings of the service say.
create table body_rule (
    body text primary key,
    version integer not null default 1,
    quorum_percent integer not null check (quorum_percent between 0 and 100),
    due_working_days integer not null check (due_working_days between 1 and 250),
    minutes_name text not null
);

-- A resolution settles an item of the agenda, and may be several tasks; a part has its own title, units and due date.
alter table resolution
    add column item_number integer,
    add column parts integer not null default 1 check (parts between 1 and 20),
    add foreign key (meeting_id, item_number) references agenda_item;
create table resolution_part (
    resolution_id uuid not null references resolution,
    part integer not null check (part > 0),
    title text not null,
    lead_unit text not null,
    cooperating_units text[] not null,
    due_on date not null,
    weight numeric not null check (weight > 0),
    primary key (resolution_id, part)
);

-- As before, with whether it is restricted as its item is, and for a resolution of several tasks: fulfilled when as many tasks as it has parts have come to an end, the
-- last to be completed deciding; an open one keeps it open.
drop view resolution_with_fulfilment;
create view resolution_with_fulfilment as
select
    resolution.*,
    case
        when task.state is null then 'adopted'
        when task.state <> 'in_progress' and ended.tasks < resolution.parts then 'in_progress'
        else task.state
    end as fulfilment_state,
    task.task_id,
    case when ended.tasks >= resolution.parts then task.fulfilled_at end as fulfilled_at,
    case when task.state = 'fulfilled' and ended.tasks >= resolution.parts then ended.days_late end as days_late,
    coalesce(item.restricted, false) as restricted,
    coalesce(item.visible_to, '{}') as visible_to
from resolution
left join agenda_item as item on item.meeting_id = resolution.meeting_id and item.number = resolution.item_number
left join lateral (
    select * from resolution_task
    where resolution_task.resolution_id = resolution.id
    order by array_position(array['in_progress', 'fulfilled', 'cancelled'], state), fulfilled_at desc, task_id
    limit 1
) as task on true
cross join lateral (
    select count(*) as tasks, max(days_late) as days_late from resolution_task
    where resolution_task.resolution_id = resolution.id and state <> 'in_progress'
) as ended;

-- Who may read a restricted item: the one place that says so. `reader` is a unit's code, '*' for those who read
-- everything (office, leaders, auditors), or '' for everybody else.
create function may_read(restricted boolean, visible_to text[], reader text) returns boolean
language sql immutable parallel safe
return coalesce(not restricted, true) or reader = '*' or reader = any(visible_to);

-- migrate:down
