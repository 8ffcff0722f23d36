-- migrate:up
set lock_timeout = '5s';

-- Copies of what the registry knows, from its events; `version` is that of the registry's aggregate.
create table known_unit (
    code text primary key,
    name text not null,
    version integer not null
);
create table known_body (
    code text primary key,
    name text not null,
    version integer not null
);

-- The aggregate. `version` counts its events, `resolution_count` the resolutions adopted so far.
create table meeting (
    id uuid primary key default uuidv7(),
    version integer not null default 1,
    body text not null,
    kind text not null check (kind in ('coordination', 'executive', 'special')),
    title text not null,
    starts_at timestamptz not null,
    place text not null,
    chair_post text,
    state text not null default 'convened' check (state in ('convened', 'held', 'cancelled')),
    convened_at timestamptz not null,
    held_on date,
    cancelled_at timestamptz,
    cancel_reason text,
    resolution_count integer not null default 0,
    check ((state = 'held') = (held_on is not null)),
    check ((state = 'cancelled') = (cancelled_at is not null))
);

create table resolution (
    id uuid primary key default uuidv7(),
    meeting_id uuid not null references meeting,
    sequence integer not null check (sequence > 0),
    title text not null,
    text text,
    lead_unit text not null,
    cooperating_units text[] not null,
    adopted_on date not null,
    due_on date not null check (due_on >= adopted_on),
    weight numeric not null check (weight > 0),
    tags text[] not null,
    leader_post text,
    unique (meeting_id, sequence)
);
create index resolution_due on resolution (due_on, id);

-- What the tasks service says of the tasks made from resolutions: another service's facts, hence no part of the
-- aggregate and outside its version. `version` is that of the task, whose newest event decides.
create table resolution_task (
    task_id uuid primary key,
    resolution_id uuid not null,
    version integer not null,
    state text not null check (state in ('in_progress', 'fulfilled', 'cancelled')),
    fulfilled_at timestamptz,
    days_late integer
);
create index resolution_task_resolution on resolution_task (resolution_id);

-- A resolution with the task that decides whether it is fulfilled: an open one, else the last to be completed.
create view resolution_with_fulfilment as
select
    resolution.*,
    coalesce(task.state, 'adopted') as fulfilment_state,
    task.task_id,
    task.fulfilled_at,
    task.days_late
from resolution
left join lateral (
    select * from resolution_task
    where resolution_task.resolution_id = resolution.id
    order by array_position(array['in_progress', 'fulfilled', 'cancelled'], state), fulfilled_at desc, task_id
    limit 1
) as task on true;

-- migrate:down
