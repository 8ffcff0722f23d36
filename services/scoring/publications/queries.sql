-- Publications and appeals. `$1…` are explained per query.

-- name: lock_method
-- $1 method: nothing is closed or entered under it meanwhile.
select pg_advisory_xact_lock(hashtext('assessment:' || $1))

-- name: share_method
-- $1 method: nothing is closed meanwhile; others may enter too.
select pg_advisory_xact_lock_shared(hashtext('assessment:' || $1))

-- name: newest_publication
-- $1 method, $2 version: the newest edition that was not abandoned.
select * from publication
where method = $1 and method_version = $2 and state <> 'abandoned'
order by edition desc
limit 1

-- name: results_before
-- $1 method, $2 version, $3 edition: what earlier editions published.
select result from publication
where method = $1 and method_version = $2 and edition < $3 and state = 'published'
order by edition

-- name: next_edition
-- $1 method, $2 version.
select coalesce(max(edition), 0) + 1 from publication where method = $1 and method_version = $2

-- name: entered_but_not_counted
-- $1 method, $2 version, $3 live generation: how many entered scores, approved adjustments and decided
-- appeals the ledger lacks.
select count(*) from (
    select s.id, s.version, s.unit, s.criterion from entered_score as s
    where s.method = $1 and s.method_version = $2
    union all
    select a.id, a.version, a.unit, a.criterion from adjustment as a
    where a.method = $1 and a.method_version = $2 and a.version > 0
    union all
    select p.id, p.version, p.unit, p.decided_criterion from appeal as p
    where p.method = $1 and p.method_version = $2 and p.state in ('upheld', 'rejected')
        and p.decided_criterion is not null
) as entered
where not exists (
    select from ledger_line as l
    where l.generation = $3 and l.unit = entered.unit
        and l.criterion in (entered.criterion, 'adjustment.' || entered.criterion)
        and l.aggregate = entered.id::text and l.version >= entered.version
)

-- name: proposed_adjustments
-- $1 method, $2 version: how many are not decided.
select count(*) from adjustment where method = $1 and method_version = $2 and state = 'proposed'

-- name: insert_publication
-- $1 method, $2 version, $3 edition, $4 who, $5 when, $6 last day of appeals, $7 reason or null, $8 positions, $9 facts,
-- $10 preliminary standings.
insert into publication (
    method, method_version, edition, state, closed_by, closed_at, appeal_until, reason, positions, facts, preliminary,
    version
)
values ($1, $2, $3, 'preliminary', $4, $5, $6, $7, $8, $9, $10, 1)
returning *

-- name: lock_publication
-- $1 id.
select * from publication where id = $1 for update

-- name: find_publication
-- $1 id.
select * from publication where id = $1

-- name: publish
-- $1 id, $2 result, $3 digest, $4 document or null, $5 who, $6 when, $7 version.
update publication
set state = 'published', result = $2, result_digest = $3, document = $4, published_by = $5, published_at = $6,
    version = $7
where id = $1
returning *

-- name: abandon
-- $1 id, $2 reason, $3 version.
update publication set state = 'abandoned', abandoned_reason = $2, version = $3
where id = $1
returning *

-- name: page_of_publications
-- $1 after id or null, $2 method or null, $3 limit.
select * from publication
where ($1::uuid is null or id > $1) and ($2::text is null or method = $2)
order by id
limit $3

-- name: insert_appeal
-- $1 publication, $2 method, $3 version, $4 unit, $5 criterion or null, $6 reason, $7 who, $8 when; no row if the unit has
-- an open one.
insert into appeal (publication, method, method_version, unit, criterion, reason, filed_by, filed_at, state, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'filed', 1)
on conflict do nothing
returning *

-- name: lock_appeal
-- $1 id.
select * from appeal where id = $1 for update

-- name: find_appeal
-- $1 id.
select * from appeal where id = $1

-- name: end_appeal
-- Decided or withdrawn: $1 id, $2 state, $3 points, $4 criterion or null, $5 effective on, $6 who, $7 when, $8 reason, $9 version.
update appeal
set state = $2, points = $3, decided_criterion = $4, effective_on = $5, decided_by = $6, decided_at = $7,
    decision_reason = $8, version = $9
where id = $1
returning *

-- name: appeals_of
-- $1 publication: all, oldest first.
select * from appeal where publication = $1 order by id

-- name: page_of_appeals
-- $1 after id or null, $2 publication or null, $3 unit or null, $4 state or null, $5 limit.
select * from appeal
where ($1::uuid is null or id > $1)
    and ($2::uuid is null or publication = $2)
    and ($3::text is null or unit = $3)
    and ($4::text is null or state = $4)
order by id
limit $5

-- name: last_recorded
-- $1 generation: when the log took the newest line that the ledger has; null if it has none.
select max(recorded_at) from ledger_line where generation = $1

-- name: lines_recorded_since
-- $1 generation, $2 instant, $3 units, $4 limit: ledger lines of these units that the log took after it.
select
    unit, criterion, source_key, aggregate, version, event_id, event_type, occurred_at, recorded_at,
    trim_scale(weight) as weight, trim_scale(points) as points, counts, rule, text, part
from ledger_line
where generation = $1 and recorded_at > $2 and unit = any($3::text[])
order by recorded_at, unit, criterion, source_key
limit $4
