-- migrate:up
set lock_timeout = '5s';

-- A file put to a report; the content stands in the file store under `storage`. Submissions name the files they bring.
create table report_file (
    id uuid primary key default uuidv7(),
    report_id uuid not null references report (id),
    name text not null,
    media_type text not null,
    size bigint not null check (size > 0),
    digest text not null check (digest ~ '^[0-9a-f]{64}$'),
    storage text not null,
    uploaded_by text not null,
    uploaded_at timestamptz not null
);
create index report_file_of_report on report_file (report_id, id);

-- migrate:down
