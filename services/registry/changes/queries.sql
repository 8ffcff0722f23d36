-- name: one_change_at_a_time
-- Wait until no other change is being made, so that changes are known in the order of their instants.
select pg_advisory_xact_lock(hashtext('xietiao-registry-change'))

-- name: begun_change
-- The change that this transaction has begun; no row if none.
select id, recorded_at, occurred_at, subject, role, action, correction, document, reason
from change
where id = nullif(current_setting('xietiao.change', true), '')::bigint

-- name: begin_change
-- Begin a change; every fact written by this transaction is stamped with it. $1 the clock's instant (a later one is
-- taken if the change before is not earlier), $2 event time, $3 subject, $4 role, $5 action, $6 whether it corrects,
-- $7 document or null, $8 reason or null, $9 correlation id.
with begun as (
    insert into change (
        recorded_at, occurred_at, subject, role, action, correction, document, reason, correlation_id
    )
    select
        greatest($1::timestamptz, (select max(change.recorded_at) from change) + interval '1 microsecond'),
        $2, $3, $4, $5, $6, $7, $8, $9
    returning id, recorded_at, occurred_at, subject, role, action, correction, document, reason
)
select begun.*, set_config('xietiao.change', begun.id::text, true) from begun

-- name: last_change
-- The newest change and when it was recorded; nulls before the first.
select max(id) as id, max(recorded_at) as recorded_at from change

-- name: hold_references
-- Look at references between facts only when the change is complete.
set constraints all deferred

-- name: check_references
-- Look at references between facts now.
set constraints all immediate

-- name: restrict_fact
-- Leave a fact fewer days. $1 table, $2 entry, $3 first day, $4 the day before which it ends, or null.
select restrict_fact($1::text::regclass, $2, daterange($3, $4))

-- name: withdraw_fact
-- Withdraw a fact: it is known no longer. $1 table, $2 entry.
select withdraw_fact($1::text::regclass, $2)

-- name: unit_timeline
-- Units as they are known now on all their days. $1 codes.
select
    unit.code, unit.position, unit.entry, unit.name, unit.short_name, unit.aliases, unit.kind, unit.parent,
    unit.social_credit_code, unit.note,
    unit.document, lower(unit.valid) as valid_from, upper(unit.valid) as valid_to, aggregate.version
from unit
join aggregate on aggregate.id = unit.code
where unit.code = any($1::text[])
order by unit.code, unit.valid

-- name: post_timeline
-- Posts as they are known now on all their days. $1 codes.
select
    code, position, entry, title, unit, null as unit_name, lower(valid) as valid_from, upper(valid) as valid_to
from post
where code = any($1::text[])
order by code, valid

-- name: incumbency_timeline
-- Who is in posts, as it is known now, on all days. $1 posts.
select id, post, person, document, position, entry, lower(valid) as valid_from, upper(valid) as valid_to
from incumbency
where post = any($1::text[])
order by post, valid

-- name: portfolio_timeline
-- What posts are in charge of, as it is known now, on all days. $1 posts, $2 scope or null for all.
select
    id, post, position, entry, scope, source, document, lower(valid) as valid_from, upper(valid) as valid_to,
    coalesce(
        (
            select jsonb_agg(jsonb_build_array(portfolio_unit.unit, '') order by portfolio_unit.position)
            from portfolio_unit
            where portfolio_unit.portfolio = portfolio.id
        ),
        '[]'
    ) as units,
    coalesce(
        (
            select jsonb_agg(jsonb_build_array(portfolio_sector.sector, '') order by portfolio_sector.position)
            from portfolio_sector
            where portfolio_sector.portfolio = portfolio.id
        ),
        '[]'
    ) as sectors
from portfolio
where post = any($1::text[]) and ($2::text is null or scope = $2)
order by post, valid, position

-- name: body_timeline
-- Bodies as they are known now on all their days. $1 codes.
select
    body.code, body.position, body.entry, body.name, body.office_unit, null as office_name, body.note, body.source,
    lower(body.valid) as valid_from, upper(body.valid) as valid_to, aggregate.version
from body
join aggregate on aggregate.id = body.code
where body.code = any($1::text[])
order by body.code, body.valid

-- name: membership_timeline
-- A holder's role in a body as it is known now on all days. $1 body, $2 role, $3 unit or null, $4 post or null.
select
    id, position, entry, body, role, holder_unit, holder_post, null as holder_name, null as post_unit,
    null as post_unit_name, document, source, lower(valid) as valid_from, upper(valid) as valid_to
from membership
where body = $1 and role = $2 and holder = coalesce('unit ' || $3::text, 'post ' || $4::text)
order by valid

-- name: sector_timeline
-- Sectors and themes as they are known now on all their days. $1 codes.
select
    code, position, entry, name, kind, within, gbt4754_class, gbt4754_edition,
    lower(valid) as valid_from, upper(valid) as valid_to
from sector
where code = any($1::text[])
order by code, valid

-- name: duty_timeline
-- Duty items as they are known now on all their days, with the codes in their clauses. $1 codes.
select
    duty.id, duty.code, duty.position, duty.entry, duty.aggregate, duty.article, duty.number, duty.holder_unit,
    duty.holder_post, null as holder_name, null as post_unit, null as post_unit_name, duty.text, duty.source,
    duty.document, lower(duty.valid) as valid_from, upper(duty.valid) as valid_to,
    (
        select jsonb_agg(
            jsonb_build_object(
                'kind', clause.kind,
                'text', clause.text,
                'objects', coalesce(
                    (
                        select jsonb_agg(jsonb_build_array(clause_object.sector, '') order by clause_object.position)
                        from clause_object
                        where clause_object.duty = clause.duty and clause_object.clause = clause.number
                    ),
                    '[]'
                ),
                'partners', coalesce(
                    (
                        select jsonb_agg(jsonb_build_array(clause_partner.unit, '') order by clause_partner.position)
                        from clause_partner
                        where clause_partner.duty = clause.duty and clause_partner.clause = clause.number
                    ),
                    '[]'
                )
            )
            order by clause.number
        )
        from clause
        where clause.duty = duty.id
    ) as clauses
from duty
where duty.code = any($1::text[])
order by duty.code, duty.valid
