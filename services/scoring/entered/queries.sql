-- What people enter. `$1…` are explained per query.

-- name: enter_scores
-- $1 method, $2 its version, $3 criterion, $4 rater group, $5 day, $6 who, $7 when; $8 units, $9 raters, $10 scores, one
-- element per line. A line that is there with the same score is not touched; returns what was entered or corrected.
insert into entered_score as held (
    method, method_version, criterion, rater_group, scored_on, entered_by, entered_at, unit, rater, score, version
)
select $1, $2, $3, $4, $5, $6, $7, line.unit, line.rater, line.score, 1
from unnest($8::text[], $9::text[], $10::numeric[]) as line (unit, rater, score)
order by line.unit, line.rater
on conflict on constraint entered_score_once_per_rater do update set
    score = excluded.score, scored_on = excluded.scored_on, withdrawn = false, entered_by = excluded.entered_by,
    entered_at = excluded.entered_at, version = held.version + 1
where held.withdrawn or held.score <> excluded.score or held.scored_on <> excluded.scored_on
returning *

-- name: lock_raters
-- $1 method, $2 criterion, $3 rater group: nobody else enters their scores meanwhile.
select pg_advisory_xact_lock(hashtext('raters:' || $1 || '/' || $2 || '/' || $3))

-- name: standing_scores
-- $1 method, $2 its version, $3 criterion, $4 rater group, $5 units: whose scores of them stand, and who entered them.
select unit, rater, entered_by from entered_score
where method = $1 and method_version = $2 and criterion = $3 and rater_group = $4 and unit = any($5::text[])
    and not withdrawn
order by unit, rater

-- name: lock_score
-- $1 id.
select * from entered_score where id = $1 for update

-- name: find_score
-- $1 id.
select * from entered_score where id = $1

-- name: withdraw_score
-- $1 id, $2 who, $3 when.
update entered_score set withdrawn = true, entered_by = $2, entered_at = $3, version = version + 1
where id = $1
returning *

-- name: page_of_scores
-- $1 after id or null, $2 method or null, $3 criterion or null, $4 unit or null, $5 limit.
select * from entered_score
where ($1::uuid is null or id > $1)
    and ($2::text is null or method = $2)
    and ($3::text is null or criterion = $3)
    and ($4::text is null or unit = $4)
order by id
limit $5

-- name: insert_adjustment
-- $1 method, $2 its version, $3 criterion, $4 unit, $5 points, $6 effective on, $7 document, $8 reason, $9 who, $10 when.
insert into adjustment (
    method, method_version, criterion, unit, points, effective_on, document, reason, state, proposed_by, proposed_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'proposed', $9, $10)
returning *

-- name: lock_adjustment
-- $1 id.
select * from adjustment where id = $1 for update

-- name: find_adjustment
-- $1 id.
select * from adjustment where id = $1

-- name: decide_adjustment
-- $1 id, $2 state, $3 who, $4 when, $5 reason or null, $6 version.
update adjustment
set state = $2, decided_by = $3, decided_at = $4, decision_reason = $5, version = $6
where id = $1
returning *

-- name: page_of_adjustments
-- $1 after id or null, $2 method or null, $3 unit or null, $4 state or null, $5 limit.
select * from adjustment
where ($1::uuid is null or id > $1)
    and ($2::text is null or method = $2)
    and ($3::text is null or unit = $3)
    and ($4::text is null or state = $4)
order by id
limit $5
