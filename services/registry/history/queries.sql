-- name: unit_history
-- $1 code.
select
    lower(valid) as valid_from, upper(valid) as valid_to, lower(recorded) as known_from, upper(recorded) as known_to,
    change, superseded_by, says(to_jsonb(ever)) as content
from unit_ever as ever
where code = $1
order by lower(recorded), lower(valid), position

-- name: post_history
-- $1 code.
select
    lower(valid) as valid_from, upper(valid) as valid_to, lower(recorded) as known_from, upper(recorded) as known_to,
    change, superseded_by, says(to_jsonb(ever)) as content
from post_ever as ever
where code = $1
order by lower(recorded), lower(valid), position

-- name: incumbency_history
-- $1 post.
select
    lower(valid) as valid_from, upper(valid) as valid_to, lower(recorded) as known_from, upper(recorded) as known_to,
    change, superseded_by, says(to_jsonb(ever)) as content
from incumbency_ever as ever
where post = $1
order by lower(recorded), lower(valid), position

-- name: body_history
-- $1 code.
select
    lower(valid) as valid_from, upper(valid) as valid_to, lower(recorded) as known_from, upper(recorded) as known_to,
    change, superseded_by, says(to_jsonb(ever)) as content
from body_ever as ever
where code = $1
order by lower(recorded), lower(valid), position

-- name: membership_history
-- $1 body.
select
    lower(valid) as valid_from, upper(valid) as valid_to, lower(recorded) as known_from, upper(recorded) as known_to,
    change, superseded_by, says(to_jsonb(ever)) as content
from membership_ever as ever
where body = $1
order by lower(recorded), lower(valid), position

-- name: sector_history
-- $1 code.
select
    lower(valid) as valid_from, upper(valid) as valid_to, lower(recorded) as known_from, upper(recorded) as known_to,
    change, superseded_by, says(to_jsonb(ever)) as content
from sector_ever as ever
where code = $1
order by lower(recorded), lower(valid), position

-- name: portfolio_history
-- $1 post.
select
    lower(valid) as valid_from, upper(valid) as valid_to, lower(recorded) as known_from, upper(recorded) as known_to,
    change, superseded_by, says(to_jsonb(ever)) as content
from portfolio_ever as ever
where post = $1
order by lower(recorded), lower(valid), position

-- name: duty_history
-- $1 code.
select
    lower(valid) as valid_from, upper(valid) as valid_to, lower(recorded) as known_from, upper(recorded) as known_to,
    change, superseded_by,
    says(to_jsonb(ever)) || jsonb_build_object(
        'clauses',
        (
            select jsonb_agg(
                jsonb_build_object(
                    'kind', clause.kind,
                    'text', clause.text,
                    'objects', array(
                        select clause_object.sector from clause_object
                        where clause_object.duty = clause.duty and clause_object.clause = clause.number
                        order by clause_object.position
                    ),
                    'partners', array(
                        select clause_partner.unit from clause_partner
                        where clause_partner.duty = clause.duty and clause_partner.clause = clause.number
                        order by clause_partner.position
                    )
                )
                order by clause.number
            )
            from clause
            where clause.duty = ever.id
        )
    ) as content
from duty_ever as ever
where code = $1
order by lower(recorded), lower(valid)

-- name: list_changes
-- Changes, the newest first. $1 id before which to begin, or null, $2 how many, $3 document or null, $4 ids or null.
select id, recorded_at, occurred_at, subject, role, action, correction, document, reason
from change
where
    ($1::bigint is null or id < $1)
    and ($3::text is null or document = $3)
    and ($4::bigint[] is null or id = any($4))
order by id desc
limit $2
