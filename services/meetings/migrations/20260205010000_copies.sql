-- migrate:up
set lock_timeout = '5s';

-- Copies of what others know, from their events; `version` is always that of the owner's aggregate.
alter table known_unit
    add column short_name text,
    add column kind text,
    add column ended_on date,
    add column ended_version integer not null default 0;
alter table known_body add column office_unit text;

create table known_membership (
    membership_id text primary key,
    body text not null,
    role text not null,
    holder_unit text,
    holder_post text,
    valid_from date not null,
    valid_to date,
    version integer not null
);
create index known_membership_body on known_membership (body);

create table known_post (
    post text primary key,
    title text not null,
    unit text not null,
    version integer not null
);

-- The office's own table of working days, by year.
create table known_calendar (
    year integer primary key,
    days_off date[] not null,
    working_days date[] not null,
    version integer not null
);

create table known_problem (
    problem_id uuid primary key,
    title text not null,
    unit text not null,
    state text not null check (state in ('raised', 'escalated', 'resolved')),
    version integer not null
);
create table known_plan (
    plan_id uuid primary key,
    year integer not null,
    title text not null,
    edition integer not null,
    state text not null check (state in ('submitted', 'adopted', 'issued', 'amended')),
    version integer not null
);

-- Every task, for what is late on the next agenda and how resolutions stand. `version` is that of the newest event of
-- the task at all, `state_version` that of the newest event about the task's own state.
create table known_task (
    task_id uuid primary key,
    title text not null,
    source_kind text not null,
    source_id text not null,
    due_on date not null,
    tags text[] not null,
    version integer not null,
    state text not null default 'in_progress'
        check (state in ('in_progress', 'completed', 'closed_out', 'suspended', 'cancelled')),
    state_version integer not null default 0
);
create index known_task_source on known_task (source_id);
-- A unit's part: each group of columns is as of the newest event that says something of it.
create table known_assignment (
    task_id uuid not null,
    unit text not null,
    role text not null,
    due_on date not null,
    version integer not null,
    state text not null,
    done_at timestamptz,
    days_late integer,
    state_version integer not null,
    percent integer,
    note_link text,
    progress_version integer not null,
    slip_colour text,
    slip_answered boolean,
    slip_version integer not null,
    primary key (task_id, unit)
);
create index known_assignment_open on known_assignment (due_on) where state = 'open';

-- migrate:down
