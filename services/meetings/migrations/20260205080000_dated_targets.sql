-- migrate:up
set lock_timeout = '5s';

-- How far along a part is to be by which day: a list of objects with `due_on` and `percent`.
alter table known_assignment
    add column targets jsonb not null default '[]',
    add column targets_version integer not null default 0;

-- migrate:down
