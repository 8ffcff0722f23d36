-- migrate:up
set lock_timeout = '5s';

-- The registry's units as last heard of (unit-registered), to check the units that commands name.
create table known_unit (
    code text primary key,
    name text not null,
    short_name text not null,
    kind text not null,
    version integer not null
);

-- A task is the aggregate: `version` is that of its last event, `state` is derived from its assignments.
create table task (
    id uuid primary key default uuidv7(),
    source_kind text not null check (source_kind in ('resolution', 'plan_item', 'document', 'instruction', 'problem')),
    source_id text not null,
    title text not null,
    text text,
    text_digest text,
    text_link text,
    leader_post text,
    weight numeric not null check (weight > 0),
    tags text[] not null,
    due_on date not null,
    state text not null check (state in
        ('assigned', 'acknowledged', 'in_progress', 'completion_requested', 'completed', 'bounced', 'cancelled')),
    version integer not null check (version >= 0),
    correlation_id text not null,
    assigned_at timestamptz not null
);
-- One resolution makes one task, however often its event comes.
create unique index task_of_resolution on task (source_kind, source_id) where source_kind = 'resolution';
create index task_by_source on task (source_id, id desc);
create index task_by_state on task (state, id desc);

create table assignment (
    task_id uuid not null references task (id),
    unit text not null,
    role text not null check (role in ('lead', 'cooperating')),
    due_on date not null,
    state text not null check (state in
        ('assigned', 'acknowledged', 'in_progress', 'completion_requested', 'completed', 'bounced', 'cancelled')),
    percent integer not null check (percent between 0 and 100),
    requested_at timestamptz,
    done_at timestamptz,
    overdue_at timestamptz,
    primary key (task_id, unit)
);
create unique index assignment_lead on assignment (task_id) where role = 'lead';
create index assignment_by_unit on assignment (unit, task_id desc);
-- What the overdue watch looks for.
create index assignment_lapsing on assignment (due_on, task_id)
    where overdue_at is null and state in ('assigned', 'acknowledged', 'in_progress');

create table task_history (
    id bigint generated always as identity primary key,
    task_id uuid not null references task (id),
    version integer not null,
    unit text,
    transition text not null,
    from_state text,
    to_state text not null,
    occurred_at timestamptz not null,
    subject text not null,
    role text not null,
    acting_unit text,
    reason text,
    note text,
    percent integer
);
create index task_history_of_task on task_history (task_id, id);

-- migrate:down
