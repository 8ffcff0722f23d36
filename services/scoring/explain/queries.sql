-- What stands now is read from the running tallies and the ledger; a past moment from `ledger_at` (see its migration).

-- name: plan_anew
-- Until the transaction ends, each statement is planned for its values: a plan that serves the whole ledger is of no use
-- for one unit, and the other way round.
select set_config('plan_cache_mode', 'force_custom_plan', true)

-- name: tallies_of
-- $1 generation, $2 units or null for all, $3 criteria: every part of these running tallies.
select unit, criterion, part, lines, trim_scale(weight) as weight, trim_scale(points) as points
from tally
where generation = $1 and ($2::text[] is null or unit = any($2)) and criterion = any($3)

-- name: tallies_at
-- $1 generation, $2 as of, $3 known at, $4 units or null for all, $5 criteria or null for all: every part of the tallies,
-- summed up from the ledger as it stood.
select
    unit, criterion, part, count(*)::integer as lines, trim_scale(sum(weight)) as weight,
    trim_scale(sum(points)) as points
from ledger_at($1, $2, $3, $4, $5)
where counts
group by unit, criterion, part

-- name: tallies_taken_back
-- $1… as tallies_at, and the same answer: the running tallies without what came after the moment, and with what had stood
-- in its place. Reads as much as came after.
select
    unit, criterion, part, sum(lines)::integer as lines, trim_scale(sum(weight)) as weight,
    trim_scale(sum(points)) as points
from (
    select unit, criterion, part, lines, weight, points
    from tally
    where generation = $1 and ($4::text[] is null or unit = any($4)) and ($5::text[] is null or criterion = any($5))
    union all
    select unit, criterion, part, -count(*), -sum(weight), -sum(points)
    from ledger_line
    where generation = $1 and (occurred_at > $2 or recorded_at > $3) and counts
        and ($4::text[] is null or unit = any($4)) and ($5::text[] is null or criterion = any($5))
    group by unit, criterion, part
    union all
    select unit, criterion, part, count(*), sum(weight), sum(points)
    from overtaken_at($1, $2, $3, $4, $5)
    where counts
    group by unit, criterion, part
) as moved
group by unit, criterion, part
having sum(lines) > 0

-- name: lines_at
-- $1 generation, $2 as of, $3 known at, $4 units or null, $5 criteria or null, $6… after (occurred_at, unit, criterion,
-- source_key), $10 limit: the ledger as it stood, oldest first, void lines too.
select
    unit, criterion, source_key, aggregate, version, event_id, event_type, occurred_at, recorded_at,
    trim_scale(weight) as weight, trim_scale(points) as points, counts, rule, text, part
from (
    select * from ledger_at($1, $2, $3, $4, $5)
    where (occurred_at, unit, criterion, source_key) > ($6, $7, $8, $9)
    order by occurred_at, unit, criterion, source_key
    limit $10
) as page
order by occurred_at, unit, criterion, source_key

-- name: changed_lines
-- $1 generation, $2 as of, $3 known at of the earlier moment, $4, $5 of the later one, $6 unit, $7… after (moved_at,
-- criterion, source_key), $10 limit of keys: the lines of which another version stood at the two moments or none at one,
-- in the order in which they stand afterwards. A key has one row or two, the line before first.
with earlier as materialized (
    select * from ledger_at($1, $2, $3, array[$6], null)
),
later as materialized (
    select * from ledger_at($1, $4, $5, array[$6], null)
),
changed as (
    select coalesce(later.occurred_at, earlier.occurred_at) as moved_at, criterion, source_key
    from earlier full join later using (criterion, source_key)
    where earlier.version is distinct from later.version
        and (coalesce(later.occurred_at, earlier.occurred_at), criterion, source_key) > ($7, $8, $9)
    order by moved_at, criterion, source_key
    limit $10
)
select
    moved_at, is_after, unit, criterion, source_key, aggregate, version, event_id, event_type, occurred_at, recorded_at,
    trim_scale(weight) as weight, trim_scale(points) as points, counts, rule, text, part
from (
    select moved_at, false as is_after, earlier.* from changed join earlier using (criterion, source_key)
    union all
    select moved_at, true, later.* from changed join later using (criterion, source_key)
) as line
order by moved_at, criterion, source_key, is_after
