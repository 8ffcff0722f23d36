-- migrate:up
set lock_timeout = '5s';

-- A problem is an aggregate: `version` is that of its last event.
create table problem (
    id uuid primary key default uuidv7(),
    title text not null,
    text text not null,
    unit text not null,
    sectors text[] not null,
    state text not null check (state in ('raised', 'escalated', 'returned', 'resolved', 'withdrawn')),
    version integer not null check (version >= 0),
    raised_at timestamptz not null,
    escalated_at timestamptz,
    closed_at timestamptz,
    resolution text,
    resolution_link text,
    meeting_id uuid,
    last_decision text,
    task_id uuid references task (id),
    correlation_id text not null
);
create index problem_by_unit on problem (unit, id desc);
create index problem_by_state on problem (state, id desc);
-- One problem makes one task.
create unique index problem_of_task on problem (task_id) where task_id is not null;

create table problem_history (
    id bigint generated always as identity primary key,
    problem_id uuid not null references problem (id),
    version integer not null,
    transition text not null,
    from_state text,
    to_state text not null,
    occurred_at timestamptz not null,
    subject text not null,
    role text not null,
    acting_unit text,
    note text
);
create index problem_history_of_problem on problem_history (problem_id, id);

-- migrate:down
