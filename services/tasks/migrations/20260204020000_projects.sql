-- migrate:up
set lock_timeout = '5s';

-- A major project is an aggregate: `version` is that of its last event. Amounts are 万元.
create table project (
    id uuid primary key default uuidv7(),
    code text not null unique,
    title text not null,
    unit text not null,
    sectors text[] not null,
    total_investment numeric,
    version integer not null check (version >= 0),
    registered_at timestamptz not null,
    correlation_id text not null
);
create index project_by_unit on project (unit, id desc);

create table project_year (
    project_id uuid not null references project (id),
    year integer not null,
    planned numeric not null check (planned >= 0),
    goal text,
    primary key (project_id, year)
);
create index project_year_by_year on project_year (year, project_id desc);

-- Every statement of a month is kept; the newest one counts.
create table project_month (
    project_id uuid not null,
    year integer not null,
    month integer not null check (month between 1 and 12),
    edition integer not null check (edition > 0),
    invested numeric not null,
    node text,
    note text,
    stated_at timestamptz not null,
    stated_by text not null,
    reason text,
    primary key (project_id, year, month, edition),
    foreign key (project_id, year) references project_year (project_id, year)
);

-- migrate:down
