-- migrate:up
set lock_timeout = '5s';

-- A definition has editions; a report keeps the one under which it was opened. `body` is the edition in whole.
create table report_edition (
    code text not null,
    version integer not null check (version > 0),
    body jsonb not null,
    defined_at timestamptz not null,
    defined_by text not null,
    primary key (code, version)
);
insert into report_edition (code, version, body, defined_at, defined_by)
select code, version,
       jsonb_build_object('title', title, 'period_kind', period_kind, 'fields', fields,
                          'due_rule', jsonb_build_object('offset_days', due_offset_days, 'hour', due_hour)),
       defined_at, 'service:tasks'
from report_definition;

-- The definition's head: its current edition, and the period that opens next by itself (null: none does).
-- `blocked`: why the next period could not be opened when it was time.
alter table report_definition
    drop column title, drop column period_kind, drop column due_offset_days, drop column due_hour, drop column fields,
    drop column defined_at,
    add column next_period text,
    add column next_opens_at timestamptz,
    add column blocked text,
    add check ((next_period is null) = (next_opens_at is null));
create index report_definition_opening on report_definition (next_opens_at) where next_opens_at is not null;

-- What the office decided about one period, and when the period was opened by itself.
create table report_period (
    definition text not null references report_definition (code),
    period text not null,
    due_at timestamptz,
    exempt boolean not null default false,
    reason text,
    decided_at timestamptz,
    decided_by text,
    opened_at timestamptz,
    opened_due_at timestamptz,
    registry_revision bigint not null default 0,
    primary key (definition, period)
);
create index report_period_running on report_period (opened_due_at) where opened_at is not null;

alter table report
    drop constraint report_state_check,
    add constraint report_state_check check (state in
        ('open', 'overdue', 'submitted', 'sent_back', 'accepted', 'locked', 'reopened', 'withdrawn')),
    add column title text,
    add column source_id text,
    add column source_version integer not null default 0,
    add column locked_at timestamptz,
    add column locked_by text,
    add column reminded_for timestamptz,
    add constraint report_edition_fkey foreign key (definition, definition_version)
        references report_edition (code, version);
-- What a report was asked for by (a meeting's paper) asks for one report.
create unique index report_of_source on report (source_id) where source_id is not null;
create index report_by_definition on report (definition, period, unit);
-- What is to be reminded of.
create index report_to_remind on report (due_at) where state = 'open' and reminded_for is distinct from due_at;

-- `kind`: a correction changes what stood before; `stated` is everything that was stated, as text by indicator.
alter table report_submission
    add column kind text not null default 'submission' check (kind in ('submission', 'correction')),
    add column channel text not null default 'api' check (channel in ('api', 'xlsx', 'csv')),
    add column stated jsonb not null default '{}',
    add column confirmed jsonb not null default '[]',
    add column unchecked jsonb not null default '[]',
    add column attachments jsonb not null default '[]',
    add column correction_reason text;
update report_submission
set stated = coalesce((select jsonb_object_agg(o ->> 'indicator', o ->> 'value')
                       from jsonb_array_elements(observations) as o), '{}');

-- What the registry said of units, duties and memberships, to know who must report as of a period.
-- Each row is the newest event of one thing; `revision` counts what was learnt.
create table registry_revision (
    only_row boolean primary key default true check (only_row),
    revision bigint not null
);
insert into registry_revision (revision) values (1);
create table unit_span (
    unit text not null,
    valid_from date not null,
    kind text not null,
    valid_to date,
    version integer not null,
    primary key (unit, valid_from)
);
insert into unit_span (unit, valid_from, kind, version) select code, date '1949-10-01', kind, version from known_unit;
create table unit_end (
    unit text primary key,
    ended_on date not null,
    version integer not null
);
create table duty_copy (
    unit text not null,
    duty text not null,
    valid_from date not null,
    clauses jsonb not null default '[]',
    valid_to date,
    assigned_version integer not null default 0,
    revoked_on date,
    revoked_version integer not null default 0,
    primary key (unit, duty, valid_from)
);
create table membership_copy (
    membership_id text primary key,
    body text not null,
    role text not null,
    holder_unit text,
    valid_from date not null,
    valid_to date,
    version integer not null
);
create index membership_copy_of_body on membership_copy (body, valid_from);

-- The county's working days as the office set them, by year; the national calendar is in the program.
create table calendar_copy (
    year integer primary key,
    days_off date[] not null,
    working_days date[] not null,
    version integer not null
);

-- The definition of papers that meetings ask for; it follows no calendar.
insert into report_edition (code, version, body, defined_at, defined_by)
values ('meeting-paper', 1, jsonb_build_object(
            'title', '会议材料', 'period_kind', 'occasion', 'due_rule', jsonb_build_object('offset_days', 0, 'hour', 24),
            'fields', jsonb_build_array(jsonb_build_object(
                'indicator', 'content', 'title', '材料正文', 'unit_of_measure', null, 'required', false,
                'type', 'text'))),
        now(), 'service:tasks')
on conflict do nothing;
insert into report_definition (code, version) values ('meeting-paper', 1) on conflict do nothing;

-- migrate:down
