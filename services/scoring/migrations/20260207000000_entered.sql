-- migrate:up
set lock_timeout = '5s';

-- What people enter: raters' scores and the office's adjustments. Command tables with their rules; they leave by the
-- outbox and are folded from the log like any other event. `version` counts a row's events.
create table entered_score (
    id uuid primary key default uuidv7(),
    method text not null,
    method_version integer not null,
    criterion text not null,
    unit text not null,
    rater_group text not null,
    rater text not null,
    score numeric not null,
    scored_on date not null,
    withdrawn boolean not null default false,
    entered_by text not null,
    entered_at timestamptz not null,
    version integer not null,
    foreign key (method, method_version) references method (code, version),
    constraint entered_score_once_per_rater unique (method, method_version, criterion, unit, rater_group, rater)
);

create table adjustment (
    id uuid primary key default uuidv7(),
    method text not null,
    method_version integer not null,
    criterion text not null,
    unit text not null,
    points numeric not null check (points <> 0),
    effective_on date not null,
    document text not null,
    reason text not null,
    state text not null check (state in ('proposed', 'approved', 'refused', 'withdrawn')),
    proposed_by text not null,
    proposed_at timestamptz not null,
    decided_by text,
    decided_at timestamptz,
    decision_reason text,
    version integer not null default 0,
    foreign key (method, method_version) references method (code, version),
    constraint adjustment_approved_by_a_second_person check (state <> 'approved' or decided_by <> proposed_by)
);
create index adjustment_of_method on adjustment (method, method_version, id);

-- migrate:down
