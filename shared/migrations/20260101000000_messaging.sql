-- migrate:up
set lock_timeout = '5s';

-- Events that a command decided, waiting for the bus. Within an aggregate `position` follows `version`, because a
-- command locks its aggregate before it takes the next version.
create table outbox (
    position bigint generated always as identity primary key,
    topic text not null,
    aggregate text not null,
    version integer not null check (version > 0),
    event bytea not null,
    appended_at timestamptz not null default now(),
    sent_at timestamptz,
    unique (topic, aggregate, version)
);
create index outbox_unsent on outbox (position) where sent_at is null;
create index outbox_sent on outbox (sent_at) where sent_at is not null;

-- Events that a consumer has taken: the effect and this row are one transaction.
create table inbox (
    consumer text not null,
    source text not null,
    event_id text not null,
    taken_at timestamptz not null default now(),
    primary key (consumer, source, event_id)
);

-- Records that a consumer could not take. The record itself stays in its topic, at this position.
create table dead_letter (
    consumer text not null,
    topic text not null,
    partition integer not null,
    record_offset bigint not null,
    reason text not null,
    parked boolean not null default false,
    noticed_at timestamptz not null default now(),
    replayed_at timestamptz,
    primary key (consumer, topic, partition, record_offset)
);

-- migrate:down
