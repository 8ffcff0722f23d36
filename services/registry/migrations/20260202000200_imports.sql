-- migrate:up
set lock_timeout = '5s';

-- Files that were compared with the registry. `known_to` is the registry's last change when they were: a plan is applied
-- to that state only. Plans are work in hand, no facts: old ones are removed.
create table import_plan (
    id uuid primary key default uuidv7(),
    created_at timestamptz not null,
    created_by text not null,
    file_name text not null,
    file_digest text not null,
    file_bytes integer not null,
    effective_on date not null,
    document text,
    complete boolean not null,
    state text not null default 'planning' check (state in ('planning', 'planned', 'failed', 'applied')),
    rows_total integer not null,
    rows_done integer not null default 0,
    touched_at timestamptz not null default now(),
    known_to bigint,
    counts jsonb not null default '{}',
    remarks text[] not null,
    failure text,
    applied_at timestamptz,
    applied_by text,
    applied_change bigint references change (id)
);
create index import_plan_created on import_plan (created_at);

create table import_line (
    plan uuid not null references import_plan (id) on delete cascade,
    number integer not null,
    list text not null,
    sheet text not null,
    row_number integer,
    key text not null,
    action text not null check (action in ('new', 'changed', 'ended', 'unchanged', 'bad')),
    record jsonb,
    ends_on date,
    changes jsonb not null,
    faults jsonb not null,
    primary key (plan, number)
);
create index import_line_action on import_line (plan, action, number);

-- migrate:down
