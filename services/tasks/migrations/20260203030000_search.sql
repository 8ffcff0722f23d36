-- migrate:up
set lock_timeout = '5s';

-- Text is found by its signs and pairs of signs: Chinese has no spaces between words, and trigrams need three signs.
create function text_grams(words text) returns text[]
language sql immutable strict parallel safe
as $$
    select array_agg(distinct substr(words, at, length))
    from generate_series(1, length(words)) as at, generate_series(1, 2) as length
    where at + length - 1 <= length(words)
$$;

-- What is looked for has fewer grams than what is looked through: each further one would let it seem rarer.
create function needle_grams(words text) returns text[]
language sql immutable strict parallel safe
as $$
    select case
        when length(words) = 1 then array[words]
        else (select array_agg(distinct substr(words, at, 2)) from generate_series(1, length(words) - 1) as at)
    end
$$;

create function task_words(title text, words text) returns text
language sql immutable parallel safe
as $$ select lower(title || ' ' || left(coalesce(words, ''), 300)) $$;

create index task_by_grams on task using gin (text_grams(task_words(title, text)));
create index task_by_tag on task using gin (tags);
-- The earliest due date of a part that is owed, by which lights go.
alter table task add column owed_from date;
update task set owed_from = (
    select min(due_on) from assignment
    where assignment.task_id = task.id and assignment.state in ('assigned', 'acknowledged', 'in_progress'));
-- The third column lets a list by due date pass over what has another light without looking at the row.
create index task_by_due on task (due_on, id, owed_from) where state not in ('draft', 'cancelled');
create index task_by_owed on task (owed_from, id) where owed_from is not null;
create index task_by_leader on task (leader_post, id desc) where leader_post is not null;
create index assignment_of_unit_by_state on assignment (unit, state, task_id desc);
create index assignment_of_unit_by_due on assignment (unit, due_on, task_id);

-- migrate:down
