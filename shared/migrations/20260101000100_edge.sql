-- migrate:up
set lock_timeout = '5s';

-- Who did what, when, with what result; refusals too.
create table audit_log (
    id bigint generated always as identity primary key,
    recorded_at timestamptz not null default now(),
    occurred_at timestamptz not null,
    subject text not null,
    role text not null,
    unit text,
    action text not null,
    target text not null,
    result text not null,
    status integer not null,
    correlation_id text not null
);
create index audit_log_target on audit_log (target, id);

-- Answers of commands that create, by the caller's Idempotency-Key.
create table idempotency (
    subject text not null,
    key text not null,
    request_digest text not null,
    status integer,
    headers jsonb,
    answer bytea,
    created_at timestamptz not null default now(),
    primary key (subject, key)
);

-- migrate:down
