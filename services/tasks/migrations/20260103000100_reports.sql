-- migrate:up
set lock_timeout = '5s';

-- Who is to report what, for which kind of period, due when; `fields` as the office stated them.
create table report_definition (
    code text primary key,
    version integer not null check (version > 0),
    title text not null,
    period_kind text not null check (period_kind in ('month', 'quarter', 'half', 'year')),
    due_offset_days integer not null check (due_offset_days >= 0),
    due_hour integer not null check (due_hour between 1 and 24),
    fields jsonb not null,
    defined_at timestamptz not null
);

-- One expected report of a unit for a period: an aggregate, `version` is that of its last event.
create table report (
    id uuid primary key default uuidv7(),
    definition text not null references report_definition (code),
    definition_version integer not null,
    unit text not null,
    period text not null,
    due_at timestamptz not null,
    state text not null check (state in ('open', 'overdue', 'submitted', 'sent_back', 'accepted')),
    version integer not null check (version >= 0),
    submissions integer not null check (submissions >= 0),
    on_time boolean,
    days_late integer,
    correlation_id text not null,
    opened_at timestamptz not null,
    unique (definition, period, unit)
);
create index report_by_unit on report (unit, id desc);
create index report_by_state on report (state, id desc);
-- What the overdue watch looks for.
create index report_lapsing on report (due_at, id) where state = 'open';

-- Every submission is kept, with what the office decided on it.
create table report_submission (
    report_id uuid not null references report (id),
    submission integer not null,
    submitted_at timestamptz not null,
    submitted_by text not null,
    observations jsonb not null,
    decision text check (decision in ('accepted', 'sent_back')),
    decided_at timestamptz,
    decided_by text,
    reason text,
    primary key (report_id, submission),
    check ((decision is null) = (decided_at is null))
);

-- migrate:down
