-- migrate:up
set lock_timeout = '5s';

-- Command side: what the office adopted. Published by the outbox, folded from the log like any other event.
create table method (
    code text not null,
    version integer not null check (version > 0),
    title text not null,
    subject_group text not null check (subject_group in ('departments', 'townships')),
    document text,
    adopted_on date not null,
    assessed_from date not null,
    assessed_to date not null check (assessed_to >= assessed_from),
    body jsonb not null,
    body_digest text not null,
    primary key (code, version)
);

-- Copies of registry facts, joined by valid time when scores are computed. `version` is the aggregate's.
create table unit_copy (
    code text primary key,
    name text not null,
    kind text not null,
    version integer not null
);
create table membership_copy (
    membership_id text primary key,
    body text not null,
    role text not null,
    unit text not null,
    valid_from date not null,
    valid_to date,
    version integer not null
);
create index membership_copy_body on membership_copy (body, role);

-- The projection: a fold of the log alone. A generation is one fold by one method version into rows of its own.
create table generation (
    id integer generated always as identity primary key,
    method text not null,
    method_version integer not null,
    subject_group text not null,
    assessed_from date not null,
    assessed_to date not null,
    body jsonb not null,
    purpose text not null check (purpose in ('adoption', 'rebuild')),
    state text not null default 'building' check (state in ('building', 'live', 'retired', 'different')),
    folded bigint not null default 0,
    to_fold bigint not null default 0,
    checksum text,
    live_checksum text,
    difference text,
    requested_at timestamptz not null default now(),
    finished_at timestamptz
);
create unique index generation_adopted on generation (method, method_version) where purpose = 'adoption';
create unique index generation_live on generation (method) where state = 'live';

create table ledger_line (
    generation integer not null references generation (id),
    unit text not null,
    criterion text not null,
    source_key text not null,
    aggregate text not null,
    version integer not null,
    event_id text not null,
    event_type text not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null,
    weight numeric not null,
    points numeric not null,
    counts boolean not null,
    rule text not null,
    text text not null,
    primary key (generation, unit, criterion, source_key)
);

create table tally (
    generation integer not null references generation (id),
    unit text not null,
    criterion text not null,
    lines integer not null,
    weight numeric not null,
    points numeric not null,
    primary key (generation, unit, criterion)
);

-- Where the live fold stands in the log. The record; Kafka's own commits are never trusted.
create table stream_position (
    topic text not null,
    partition integer not null,
    next_offset bigint not null,
    moved_at timestamptz not null default now(),
    primary key (topic, partition)
);

-- One row: counts the swaps of generations, so that a worker notices that its set of methods is old.
create table projection (
    epoch bigint not null,
    singleton boolean primary key default true check (singleton)
);
insert into projection (epoch) values (0);

-- Counts the notices about a unit's tallies; outside any rebuild.
create table tally_notice (
    method text not null,
    unit text not null,
    revision integer not null,
    primary key (method, unit)
);

-- migrate:down
