-- migrate:up
set lock_timeout = '5s';

-- What became of units, as the registry told: who has the work that they left open from a day on. A unit that
-- continues beside its parts may still be given work. `handed_over_at` is null until the day has come.
create table unit_succession (
    unit text not null,
    version integer not null,
    open_work_to text,
    ends boolean not null,
    effective_on date not null,
    document text,
    told_at timestamptz not null,
    correlation_id text not null,
    causation_id text,
    handed_over_at timestamptz,
    primary key (unit, version)
);
create index unit_succession_due on unit_succession (effective_on) where handed_over_at is null;

alter table known_unit add column aliases text[] not null default '{}';

-- migrate:down
