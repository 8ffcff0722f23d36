-- migrate:up
set lock_timeout = '5s';

-- The nodes through which a task goes; those of its kind to begin with.
create table milestone (
    task_id uuid not null references task (id),
    number integer not null check (number > 0),
    title text not null,
    due_on date,
    reached_at timestamptz,
    reached_by text,
    primary key (task_id, number),
    check ((reached_at is null) = (reached_by is null))
);

-- migrate:down
