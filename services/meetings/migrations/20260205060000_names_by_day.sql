-- migrate:up
set lock_timeout = '5s';

-- What units and posts are on which days, as the registry's newest event about all their days says; empty while none
-- has come. Each element: `name` (of a post: `title`), `valid_from`, `valid_to`, of a post also `unit`.
alter table known_unit
    add column states jsonb not null default '[]',
    add column states_version integer not null default 0;
alter table known_post
    add column states jsonb not null default '[]',
    add column states_version integer not null default 0;

-- The value of a member on a day; null if the states do not cover it.
create function on_day(states jsonb, member text, day date) returns text
language sql immutable parallel safe
return (
    select state ->> member from jsonb_array_elements(states) as state
    where
        (state ->> 'valid_from')::date <= day
        and (state ->> 'valid_to' is null or (state ->> 'valid_to')::date > day)
    limit 1
);

-- The first day on which it is no more; null if that is open.
create function ends_on(states jsonb) returns date
language sql immutable parallel safe
return (
    select case when bool_or(state ->> 'valid_to' is null) then null else max((state ->> 'valid_to')::date) end
    from jsonb_array_elements(states) as state
);

-- migrate:down
