-- migrate:up
set lock_timeout = '5s';

-- A file that a unit or the office put to a task; the content stands in the file store under `storage`.
create table attachment (
    id uuid primary key default uuidv7(),
    task_id uuid not null references task (id),
    name text not null,
    media_type text not null,
    size bigint not null check (size > 0),
    digest text not null check (digest ~ '^[0-9a-f]{64}$'),
    storage text not null,
    unit text,
    uploaded_by text not null,
    uploaded_at timestamptz not null
);
create index attachment_of_task on attachment (task_id, id);

-- A unit asks for a later due date; the first is the office's to decide, each further one a leader's.
create table extension (
    id uuid primary key default uuidv7(),
    task_id uuid not null,
    unit text not null,
    number integer not null check (number > 0),
    level text not null check (level in ('office', 'leader')),
    due_on date not null,
    asked_due_on date not null,
    granted_due_on date,
    reason text not null,
    attachments uuid[] not null,
    state text not null check (state in ('asked', 'approved', 'refused', 'withdrawn')),
    asked_by text not null,
    asked_at timestamptz not null,
    decided_by text,
    decided_role text,
    decided_at timestamptz,
    decision text,
    basis_kind text,
    basis text,
    foreign key (task_id, unit) references assignment (task_id, unit),
    check ((state = 'asked') = (decided_at is null)),
    check ((state = 'approved') = (granted_due_on is not null))
);
-- One question at a time.
create unique index extension_asked on extension (task_id, unit) where state = 'asked';
create index extension_by_state on extension (state, id desc);
create index extension_of_task on extension (task_id, id);

-- Who may not make a transition asks the office for it.
create table transition_request (
    id uuid primary key default uuidv7(),
    task_id uuid not null references task (id),
    unit text,
    transition text not null,
    to_unit text,
    reason text not null,
    attachments uuid[] not null,
    state text not null check (state in ('asked', 'granted', 'refused', 'withdrawn')),
    asked_by text not null,
    asked_role text not null,
    asked_unit text,
    asked_at timestamptz not null,
    decided_by text,
    decided_at timestamptz,
    decision text,
    check ((state = 'asked') = (decided_at is null))
);
create unique index transition_request_asked on transition_request (task_id, transition, coalesce(unit, ''))
    where state = 'asked';
create index transition_request_by_state on transition_request (state, id desc);
create index transition_request_of_task on transition_request (task_id, id);

-- migrate:down
