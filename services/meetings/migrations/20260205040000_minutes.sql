-- migrate:up
set lock_timeout = '5s';

-- The minutes of a meeting. `version` counts edits, reviews and signings and is their ETag; `edition` is the newest
-- edition: 1 is drafted, edited and signed, each correction is the next and signed as it is made.
create table minutes (
    meeting_id uuid primary key references meeting,
    version integer not null default 1,
    body text not null,
    state text not null default 'drafted' check (state in ('drafted', 'reviewed', 'signed', 'published')),
    edition integer not null default 1,
    year integer,
    number integer check (number > 0),
    reviewed_by text,
    signed_on date,
    published_at timestamptz,
    unique (body, year, number),
    check ((state in ('signed', 'published')) = (number is not null)),
    check ((number is null) = (year is null) and (number is null) = (signed_on is null))
);

-- What an edition says. `content` as in services/meetings/minutes/domain.py; names of persons may stand in it.
create table minutes_edition (
    meeting_id uuid not null references minutes,
    edition integer not null check (edition > 0),
    content jsonb not null,
    digest text not null,
    signed_on date,
    signer text,
    signer_post text,
    change_note text,
    made_at timestamptz not null,
    made_by text not null,
    primary key (meeting_id, edition),
    check ((edition = 1) = (change_note is null))
);

-- The last number given in a body's series of a year: its row is locked until the signing that takes the next number
-- commits or is given up, so that there is no gap and no number twice.
create table minutes_series (
    body text not null,
    year integer not null,
    last_number integer not null,
    primary key (body, year)
);

-- To whom the minutes were published.
create table minutes_recipient (
    meeting_id uuid not null references minutes,
    unit text not null,
    primary key (meeting_id, unit)
);
create index minutes_recipient_unit on minutes_recipient (unit);

-- What can be searched: the passages of the newest edition, as plain text and as its single signs and pairs of signs.
create table minutes_passage (
    meeting_id uuid not null references minutes,
    position integer not null,
    item_number integer,
    text text not null,
    plain text not null,
    terms text[] not null,
    primary key (meeting_id, position)
);
create index minutes_passage_terms on minutes_passage using gin (terms);

-- migrate:down
