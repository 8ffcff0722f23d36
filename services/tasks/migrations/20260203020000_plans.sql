-- migrate:up
set lock_timeout = '5s';

-- A year's division plan. `edition` is the one in force (0 before it is issued), `drafted_edition` the one being
-- written, if any; every edition's items are kept.
create table plan (
    id uuid primary key default uuidv7(),
    year integer not null,
    title text not null,
    text text,
    tags text[] not null,
    state text not null check (state in ('draft', 'circulated', 'submitted', 'adopted', 'issued', 'discarded')),
    edition integer not null default 0,
    drafted_edition integer,
    version integer not null default 0,
    document text,
    meeting_id uuid,
    adopted_on date,
    conditional boolean not null default false,
    decision text,
    decided_at timestamptz,
    comments_due_on date,
    created_at timestamptz not null,
    submitted_at timestamptz,
    issued_at timestamptz,
    correlation_id text not null,
    edits integer not null default 1
);
create index plan_by_year on plan (year, id desc);

-- One line of a plan. `item_id` stays the same from edition to edition; several items may be served by one task.
create table plan_item (
    plan_id uuid not null references plan (id),
    edition integer not null,
    item_id uuid not null default uuidv7(),
    position integer not null,
    serial text not null,
    section text,
    title text not null,
    text text,
    target text,
    target_value numeric,
    target_unit text,
    weight numeric not null check (weight > 0),
    due_on date not null,
    leader text,
    leader_post text,
    lead_unit text not null,
    cooperating_units text[] not null,
    tags text[] not null,
    kind text,
    joint_with text,
    task_id uuid references task (id),
    primary key (plan_id, edition, item_id),
    unique (plan_id, edition, serial)
);
create index plan_item_of_task on plan_item (task_id) where task_id is not null;

create table plan_comment (
    id uuid primary key default uuidv7(),
    plan_id uuid not null references plan (id),
    edition integer not null,
    serial text,
    unit text not null,
    text text not null,
    commented_by text not null,
    commented_at timestamptz not null,
    taken boolean,
    answer text,
    answered_by text,
    answered_at timestamptz
);
create index plan_comment_of_plan on plan_comment (plan_id, id);

-- What happened to a plan, beside its editions.
create table plan_history (
    id bigint generated always as identity primary key,
    plan_id uuid not null references plan (id),
    edition integer not null,
    step text not null,
    occurred_at timestamptz not null,
    subject text not null,
    role text not null,
    reason text,
    document text
);
create index plan_history_of_plan on plan_history (plan_id, id);

create index task_of_plan on task (plan_id, id desc) where plan_id is not null;

-- migrate:down
