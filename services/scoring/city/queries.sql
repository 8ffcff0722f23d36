-- City evaluations and improvement measures. `$1…` are explained per query.

-- name: insert_evaluation
-- $1 year, $2 title, $3 document or null, $4 published on, $5 indicators, $6 who, $7 when; no row if it is there already.
insert into city_evaluation (
    year, title, document, published_on, indicators, imported_by, imported_at, version
)
values ($1, $2, $3, $4, $5, $6, $7, 1)
on conflict do nothing
returning *

-- name: find_evaluation
-- $1 id.
select * from city_evaluation where id = $1

-- name: lock_evaluation
-- $1 id: no other measure is ordered under it meanwhile.
select * from city_evaluation where id = $1 for update

-- name: evaluation_named
-- $1 year, $2 title: locked, to be corrected.
select * from city_evaluation where year = $1 and title = $2 for update

-- name: correct_evaluation
-- $1 id, $2 document or null, $3 published on, $4 indicators, $5 who, $6 when.
update city_evaluation
set document = $2, published_on = $3, indicators = $4, imported_by = $5, imported_at = $6, version = version + 1
where id = $1
returning *

-- name: page_of_evaluations
-- $1 after id or null, $2 year or null, $3 limit.
select * from city_evaluation
where ($1::uuid is null or id > $1) and ($2::integer is null or year = $2)
order by id
limit $3

-- name: insert_improvement
-- $1 evaluation, $2 indicator, $3 title, $4 lead, $5 cooperating, $6 due on, $7 text or null, $8 who, $9 when.
insert into improvement (
    evaluation, indicator, title, lead_unit, cooperating_units, due_on, text, ordered_by, ordered_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
returning *

-- name: same_improvement
-- $1 evaluation, $2 indicator, $3 title, $4 lead: the measure that was ordered before.
select * from improvement
where evaluation = $1 and indicator = $2 and title = $3 and lead_unit = $4
order by id
limit 1

-- name: improvements_of
-- $1 evaluation: oldest first.
select * from improvement where evaluation = $1 order by id

-- name: find_improvement
-- $1 id.
select * from improvement where id = $1

-- name: known_units
-- $1 codes: those that the registry has told of.
select code from unit_copy where code = any($1::text[])

-- name: all_unit_codes
select code from unit_copy order by code
