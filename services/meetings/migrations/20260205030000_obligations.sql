-- migrate:up
set lock_timeout = '5s';

-- What the mechanism obliges a body to: the office edits it, another county's differs. Windows and requirements are
-- lists of objects, see services/meetings/obligations/domain.py.
create table obligation_rule (
    code text primary key,
    version integer not null default 1,
    body text not null,
    session text not null,
    title text not null,
    kinds text[] not null,
    windows jsonb not null,
    requirements jsonb not null,
    source text not null,
    since date not null,
    retired_on date
);

-- One session owed in one window of one year, as the rule said when it was opened. `version` counts its events.
create table obligation (
    id uuid primary key default uuidv7(),
    version integer not null default 1,
    rule text not null references obligation_rule,
    rule_version integer not null,
    body text not null,
    session text not null,
    year integer not null,
    window_code text not null,
    window_from date not null,
    window_to date not null check (window_to >= window_from),
    title text not null,
    kinds text[] not null,
    requirements jsonb not null,
    source text not null,
    state text not null default 'due' check (state in ('due', 'overdue', 'held')),
    opened_at timestamptz not null,
    lapsed_at timestamptz,
    meeting_id uuid references meeting,
    held_on date,
    on_time boolean,
    unique (rule, year, window_code),
    check ((state = 'held') = (meeting_id is not null))
);
create index obligation_due on obligation (window_to) where state = 'due';
create index obligation_meeting on obligation (meeting_id);

-- migrate:down
