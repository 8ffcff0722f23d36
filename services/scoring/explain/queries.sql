-- The ledger at a past moment: of each key the newest version that had happened and that the log had by then. Both tables
-- are read, for what was current then may be past now.

-- name: tallies_at
-- $1 generation, $2 as of, $3 known at, $4 criteria or null for all, $5 units or null for all: every part of the tallies.
select unit, criterion, part, count(*)::integer as lines, trim_scale(sum(weight)) as weight,
    trim_scale(sum(points)) as points
from (
    select distinct on (unit, criterion, source_key) unit, criterion, part, weight, points, counts
    from (
        select unit, criterion, source_key, version, part, weight, points, counts
        from ledger_line
        where generation = $1 and occurred_at <= $2 and recorded_at <= $3
            and ($4::text[] is null or criterion = any($4)) and ($5::text[] is null or unit = any($5))
        union all
        select unit, criterion, source_key, version, part, weight, points, counts
        from ledger_past
        where generation = $1 and occurred_at <= $2 and recorded_at <= $3
            and ($4::text[] is null or criterion = any($4)) and ($5::text[] is null or unit = any($5))
    ) as known
    order by unit, criterion, source_key, version desc
) as newest
where counts
group by unit, criterion, part

-- name: lines_at
-- $1 generation, $2 as of, $3 known at, $4 unit or null, $5 criteria or null, $6… after (occurred_at, unit, criterion,
-- source_key), $10 limit: the ledger as it stood, oldest first, void lines too.
select *
from (
    select distinct on (unit, criterion, source_key)
        unit, criterion, source_key, aggregate, version, event_id, event_type, occurred_at, recorded_at,
        trim_scale(weight) as weight, trim_scale(points) as points, counts, rule, text, part
    from (
        select * from ledger_line
        where generation = $1 and occurred_at <= $2 and recorded_at <= $3
            and ($4::text is null or unit = $4) and ($5::text[] is null or criterion = any($5))
        union all
        select * from ledger_past
        where generation = $1 and occurred_at <= $2 and recorded_at <= $3
            and ($4::text is null or unit = $4) and ($5::text[] is null or criterion = any($5))
    ) as known
    order by unit, criterion, source_key, version desc
) as newest
where (occurred_at, unit, criterion, source_key) > ($6, $7, $8, $9)
order by occurred_at, unit, criterion, source_key
limit $10
