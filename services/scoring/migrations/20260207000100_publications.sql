-- migrate:up
set lock_timeout = '5s';

-- The closing of an assessment and its publication. `facts` is what was counted: tallies and figures at the positions of
-- the log; late events change neither it nor what is published. A later edition stands beside its predecessor.
create table publication (
    id uuid primary key default uuidv7(),
    method text not null,
    method_version integer not null,
    edition integer not null check (edition > 0),
    state text not null check (state in ('preliminary', 'published', 'abandoned')),
    closed_by text not null,
    closed_at timestamptz not null,
    appeal_until date not null,
    reason text,
    positions jsonb not null,
    facts jsonb not null,
    preliminary jsonb not null,
    result jsonb,
    result_digest text,
    document text,
    published_by text,
    published_at timestamptz,
    version integer not null,
    foreign key (method, method_version) references method (code, version),
    unique (method, method_version, edition),
    check (state <> 'published' or num_nulls(result, result_digest, published_by, published_at) = 0)
);
create unique index publication_one_open on publication (method, method_version) where state = 'preliminary';

create function refuse_change_of_published_result() returns trigger language plpgsql as $$
begin
    raise exception 'a published result never changes; publish another edition' using errcode = 'restrict_violation';
end
$$;
create trigger publication_published_is_frozen before update or delete on publication
for each row when (old.state = 'published') execute function refuse_change_of_published_result();

create table appeal (
    id uuid primary key default uuidv7(),
    publication uuid not null references publication (id),
    method text not null,
    method_version integer not null,
    unit text not null,
    criterion text,
    reason text not null,
    filed_by text not null,
    filed_at timestamptz not null,
    state text not null check (state in ('filed', 'upheld', 'rejected', 'withdrawn')),
    points numeric not null default 0,
    decided_criterion text,
    effective_on date,
    decided_by text,
    decided_at timestamptz,
    decision_reason text,
    version integer not null
);
create unique index appeal_one_open on appeal (publication, unit, coalesce(criterion, '')) where state = 'filed';
create index appeal_of_publication on appeal (publication, id);

-- migrate:down
