-- migrate:up
set lock_timeout = '5s';

-- The city's published evaluation of the county's service industry (永政办发〔2009〕106号 四), and what is done about it.
create table city_evaluation (
    id uuid primary key default uuidv7(),
    year integer not null,
    title text not null,
    document text,
    published_on date not null,
    indicators jsonb not null,
    imported_by text not null,
    imported_at timestamptz not null,
    version integer not null,
    unique (year, title)
);

create table improvement (
    id uuid primary key default uuidv7(),
    evaluation uuid not null references city_evaluation (id),
    indicator text not null,
    title text not null,
    lead_unit text not null,
    cooperating_units text[] not null,
    due_on date not null,
    text text,
    ordered_by text not null,
    ordered_at timestamptz not null
);
create index improvement_of_evaluation on improvement (evaluation, id);

-- migrate:down
