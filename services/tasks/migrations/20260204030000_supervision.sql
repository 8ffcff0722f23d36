-- migrate:up
set lock_timeout = '5s';

-- A supervision slip (督办单) about one unit's part of a task; `due_on` is the due date that it is about.
create table slip (
    id uuid primary key default uuidv7(),
    task_id uuid not null,
    unit text not null,
    due_on date not null,
    colour text not null check (colour in ('blue', 'yellow', 'red')),
    state text not null check (state in ('open', 'answered', 'lapsed', 'settled')),
    issued_at timestamptz not null,
    issued_by text not null,
    text text,
    answer_due_on date not null,
    answered_at timestamptz,
    answered_by text,
    answer text,
    on_time boolean,
    closed_at timestamptz,
    foreign key (task_id, unit) references assignment (task_id, unit),
    check ((state = 'open') = (closed_at is null)),
    check ((state = 'answered') = (answer is not null))
);
-- One matter, one open slip.
create unique index slip_open on slip (task_id, unit) where state = 'open';
create index slip_of_matter on slip (task_id, unit, due_on, id desc);
create index slip_by_unit on slip (unit, id desc);
create index slip_by_state on slip (state, id desc);
-- What the watch looks for.
create index slip_lapsing on slip (answer_due_on) where state = 'open';
create index assignment_overdue on assignment (due_on, task_id)
    where overdue_at is not null and state in ('assigned', 'acknowledged', 'in_progress');
create index assignment_owed_by_unit on assignment (unit, due_on, task_id)
    where state in ('assigned', 'acknowledged', 'in_progress');
create index assignment_requested on assignment (requested_at, task_id) where state = 'completion_requested';

-- Units that were reminded (催办): of a part of a task or of a report, before a due moment, at it, or by the office.
create table reminder (
    id uuid primary key default uuidv7(),
    matter text not null check (matter in ('assignment', 'report')),
    matter_id uuid not null,
    unit text not null,
    title text not null,
    due_at timestamptz not null,
    occasion text not null check (occasion in ('before_due', 'lapsed', 'office')),
    reminded_at timestamptz not null,
    reminded_by text not null
);
create unique index reminder_once on reminder (matter_id, unit, due_at, occasion) where occasion <> 'office';
create index reminder_by_unit on reminder (unit, id desc);

-- Dated milestones or monthly targets of a unit's part: how far along it is to be by the end of a day.
create table assignment_target (
    task_id uuid not null,
    unit text not null,
    due_on date not null,
    percent integer not null check (percent between 1 and 100),
    title text,
    primary key (task_id, unit, due_on),
    foreign key (task_id, unit) references assignment (task_id, unit)
);

-- migrate:down
