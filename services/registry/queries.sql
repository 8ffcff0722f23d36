-- name: next_version
-- Take an aggregate's next version and lock its row until the transaction ends. $1 aggregate id, $2 its kind.
insert into aggregate (id, kind, version) values ($1, $2, 1)
on conflict (id) do update set version = aggregate.version + 1
returning version

-- name: lock_aggregate
-- Lock an aggregate and return its version; no row if it has none yet. $1 aggregate id.
select version from aggregate where id = $1 for update

-- name: audit_seed
-- Record in the audit log that a seed was loaded. $1 event time, $2 subject, $3 role, $4 file, $5 result,
-- $6 correlation id.
insert into audit_log (occurred_at, subject, role, action, target, result, status, correlation_id)
values ($1, $2, $3, 'load-seed', $4, $5, 200, $6)

-- name: list_documents
-- Documents written by a day, in the order of entry. $1 day, $2 number or null for all, $3 position after which to
-- begin, $4 how many (null: all), $5 as known when.
select number, position, title, issuer, written_on, printed_on, addressees, copies, subject_words
from document
where
    written_on <= $1 and recorded_at <= coalesce($5::timestamptz, 'infinity') and ($2::text is null or number = $2) and position > $3
order by position
limit $4

-- name: document_numbers
-- Numbers of recorded documents. $1 among these, or null for all.
select number from document where $1::text[] is null or number = any($1) order by position

-- name: add_document
-- Enter a document. $1 number, $2 title, $3 issuer, $4 written on, $5 printed on, $6 addressees, $7 copies,
-- $8 subject words.
insert into document (number, title, issuer, written_on, printed_on, addressees, copies, subject_words)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: list_units
-- Units of a day, in the order of entry. $1 day, $2 code or null, $3 kind or null, $4 part of a name, alias or code
-- (full-width and half-width forms are the same) or null, $5 position after which to begin, $6 how many (null: all),
-- $7 as known when.
select
    unit.code, unit.position, unit.entry, unit.name, unit.short_name, unit.aliases, unit.kind, unit.parent,
    unit.social_credit_code, unit.note, unit.document, lower(unit.valid) as valid_from, upper(unit.valid) as valid_to,
    aggregate.version
from unit_on($1, $7) as unit
join aggregate on aggregate.id = unit.code
where
    ($2::text is null or unit.code = $2)
    and ($3::text is null or unit.kind = $3)
    and (
        $4::text is null
        or strpos(unit.code, lower($4)) > 0
        or exists (
            select from unnest(unit.spoken) as spoken (name)
            where strpos(spoken.name, lower(normalize($4, nfkc))) > 0
        )
    )
    and unit.position > $5
order by unit.position
limit $6

-- name: unit_codes
-- All unit codes that are known.
select distinct code from unit order by code

-- name: unit_names
-- The newest name of every unit that was ever known.
select distinct on (code) code, name from unit_ever order by code, upper(recorded) desc, lower(valid) desc

-- name: unit_first_day
-- The first day on which a unit code was valid; null if never. $1 code.
select min(lower(valid)) from unit where code = $1

-- name: add_unit
-- Enter a unit; the database enters its names. $1 position or null, $2 code, $3 name, $4 short name, $5 aliases,
-- $6 kind, $7 parent or null, $8 note, $9 document, $10 names in the form in which they are compared, $11 first day,
-- $12 the day before which it ends, or null, $13 unified social credit code or null.
insert into unit (
    position, code, name, short_name, aliases, kind, parent, note, document, spoken, valid, social_credit_code
)
values (place('unit', $1), $2, $3, $4, $5, $6, $7, $8, $9, $10, daterange($11, $12), $13)

-- name: units_overlapping
-- Units that have the code or the unified social credit code, or are called by one of the names, on a day of an
-- interval. $1 code, $2 names in the form in which they are compared, $3 first day, $4 the day before which it ends,
-- or null, $5 unified social credit code or null.
select
    unit.code, unit.position, unit.entry, unit.name, unit.short_name, unit.aliases, unit.kind, unit.parent,
    unit.social_credit_code, unit.note, unit.document, lower(unit.valid) as valid_from, upper(unit.valid) as valid_to,
    aggregate.version
from unit
join aggregate on aggregate.id = unit.code
where
    unit.valid && daterange($3, $4)
    and (
        unit.code = $1
        or unit.social_credit_code = $5
        or exists (
            select from spoken_name
            where
                spoken_name.unit = unit.code
                and spoken_name.valid && daterange($3, $4)
                and spoken_name.name = any($2::text[])
        )
    )
order by unit.code <> $1, unit.position

-- name: unit_covers
-- Whether a unit is valid on each day of an interval. $1 code, $2 first day, $3 the day before which it ends, or null.
select coalesce(range_agg(valid) @> daterange($2, $3), false) from unit where code = $1

-- name: list_posts
-- Posts of a day with their units and portfolios, in the order of entry. $1 day, $2 code or null, $3 unit or null,
-- $4 position after which to begin, $5 how many (null: all), $6 as known when.
select
    post.code, post.position, post.entry, post.title, post.unit, unit.name as unit_name,
    lower(post.valid) as valid_from, upper(post.valid) as valid_to
from post_on($1, $6) as post
join unit_on($1, $6) as unit on unit.code = post.unit
where
    ($2::text is null or post.code = $2)
    and ($3::text is null or post.unit = $3)
    and post.position > $4
order by post.position
limit $5

-- name: add_post
-- Enter a post. $1 position or null, $2 code, $3 title, $4 unit, $5 first day, $6 the day before which it ends, or
-- null.
insert into post (position, code, title, unit, valid) values (place('post', $1), $2, $3, $4, daterange($5, $6))

-- name: post_covers
-- Whether a post exists on each day of an interval. $1 code, $2 first day, $3 the day before which it ends, or null.
select coalesce(range_agg(valid) @> daterange($2, $3), false) from post where code = $1

-- name: post_codes
-- All post codes that were ever entered.
select distinct code from post order by code

-- name: list_bodies
-- Bodies of a day, in the order of entry. $1 day, $2 code or null, $3 position after which to begin, $4 how many
-- (null: all), $5 as known when.
select
    body.code, body.position, body.entry, body.name, body.office_unit, unit.name as office_name, body.note, body.source,
    lower(body.valid) as valid_from, upper(body.valid) as valid_to, aggregate.version
from body_on($1, $5) as body
join aggregate on aggregate.id = body.code
left join unit_on($1, $5) as unit on unit.code = body.office_unit
where ($2::text is null or body.code = $2) and body.position > $3
order by body.position
limit $4

-- name: body_first_day
-- The first day on which a body existed; null if never. $1 code.
select min(lower(valid)) from body where code = $1

-- name: add_body
-- Enter a body. $1 position or null, $2 code, $3 name, $4 office unit or null, $5 note, $6 source, $7 first day, $8 the
-- day before which it ends, or null.
insert into body (position, code, name, office_unit, note, source, valid)
values (place('body', $1), $2, $3, $4, $5, $6, daterange($7, $8))

-- name: body_covers
-- Whether a body exists on each day of an interval. $1 code, $2 first day, $3 the day before which it ends, or null.
select coalesce(range_agg(valid) @> daterange($2, $3), false) from body where code = $1

-- name: list_obligations
-- What bodies owe in a year. $1 day, $2 body or null, $3 as known when.
select
    body, kind, position, entry, times_per_year, windows, hears, decides, source,
    lower(valid) as valid_from, upper(valid) as valid_to
from obligation_on($1, $3) as obligation
where ($2::text is null or body = $2)
order by position

-- name: add_obligation
-- Enter an obligation. $1 position or null, $2 body, $3 kind, $4 times per year or null, $5 windows, $6 hears,
-- $7 decides, $8 source, $9 first day, $10 the day before which it ends, or null.
insert into obligation (position, body, kind, times_per_year, windows, hears, decides, source, valid)
values (place('obligation', $1), $2, $3, $4, $5, $6, $7, $8, daterange($9, $10))

-- name: list_memberships
-- Memberships of a day, in the order of entry. $1 day, $2 body or null, $3 role or null, $4 unit (the holder, or the
-- unit of the holding post) or null, $5 position after which to begin, $6 how many (null: all), $7 as known when.
select
    membership.id, membership.position, membership.entry, membership.body, membership.role,
    membership.holder_unit, membership.holder_post, coalesce(unit.name, post.title) as holder_name,
    post.unit as post_unit, unit_of_post.name as post_unit_name, membership.document, membership.source,
    lower(membership.valid) as valid_from, upper(membership.valid) as valid_to
from membership_on($1, $7) as membership
left join unit_on($1, $7) as unit on unit.code = membership.holder_unit
left join post_on($1, $7) as post on post.code = membership.holder_post
left join unit_on($1, $7) as unit_of_post on unit_of_post.code = post.unit
where
    ($2::text is null or membership.body = $2)
    and ($3::text is null or membership.role = $3)
    and ($4::text is null or $4 in (membership.holder_unit, post.unit))
    and membership.position > $5
order by membership.position
limit $6

-- name: membership_overlapping
-- The first membership of this body, role and holder on a day of an interval. $1 body, $2 role, $3 unit or null,
-- $4 post or null, $5 first day, $6 the day before which it ends, or null.
select
    membership.id, membership.position, membership.entry, membership.body, membership.role,
    membership.holder_unit, membership.holder_post, coalesce(unit.name, post.title) as holder_name,
    post.unit as post_unit, unit_of_post.name as post_unit_name, membership.document, membership.source,
    lower(membership.valid) as valid_from, upper(membership.valid) as valid_to
from membership
left join unit on unit.code = membership.holder_unit and unit.valid @> lower(membership.valid)
left join post on post.code = membership.holder_post and post.valid @> lower(membership.valid)
left join unit as unit_of_post on unit_of_post.code = post.unit and unit_of_post.valid @> lower(membership.valid)
where
    membership.body = $1 and membership.role = $2
    and membership.holder = coalesce('unit ' || $3::text, 'post ' || $4::text)
    and membership.valid && daterange($5, $6)
order by membership.valid
limit 1

-- name: add_membership
-- Enter a membership and return its id. $1 position or null, $2 body, $3 role, $4 unit or null, $5 post or null,
-- $6 document or null, $7 source or null, $8 first day, $9 the day before which it ends, or null.
insert into membership (position, body, role, holder_unit, holder_post, document, source, valid)
values (place('membership', $1), $2, $3, $4, $5, $6, $7, daterange($8, $9))
returning id::text

-- name: list_sectors
-- Sectors and themes of a day, in the order of entry. $1 day, $2 code or null, $3 kind or null, $4 position after which
-- to begin, $5 how many (null: all), $6 as known when.
select
    code, position, entry, name, kind, within, gbt4754_class, gbt4754_edition,
    lower(valid) as valid_from, upper(valid) as valid_to
from sector_on($1, $6) as sector
where
    ($2::text is null or code = $2)
    and ($3::text is null or kind = $3)
    and position > $4
order by position
limit $5

-- name: sector_codes
-- All codes of sectors and themes.
select distinct code from sector order by code

-- name: add_sector
-- Enter a sector or theme. $1 position or null, $2 code, $3 name, $4 kind, $5 the one it is part of, or null,
-- $6 GB/T 4754 class or null, $7 its edition or null, $8 first day, $9 the day before which it ends, or null.
insert into sector (position, code, name, kind, within, gbt4754_class, gbt4754_edition, valid)
values (place('sector', $1), $2, $3, $4, $5, $6, $7, daterange($8, $9))

-- name: list_duties
-- Duties of a day with their clauses, in the order of entry. $1 day, $2 code or null, $3 unit (the holder, or the unit
-- of the holding post) or null, $4 sector and $5 kind that one clause must have, or null, $6 position after which to
-- begin, $7 how many (null: all), $8 as known when, $9 text that its words must hold (spaces and forms of signs aside;
-- one sign is enough) or null.
with called as materialized (
    select
        (select coalesce(jsonb_object_agg(code, name), '{}') from sector_on($1, $8)) as sectors,
        (select coalesce(jsonb_object_agg(code, name), '{}') from unit_on($1, $8)) as units
)
select
    duty.id, duty.code, duty.position, duty.entry, duty.aggregate, duty.article, duty.number, duty.holder_unit,
    duty.holder_post,
    coalesce(unit.name, post.title) as holder_name, post.unit as post_unit, unit_of_post.name as post_unit_name,
    duty.text, duty.source, duty.document, lower(duty.valid) as valid_from, upper(duty.valid) as valid_to,
    (
        select jsonb_agg(
            jsonb_build_object(
                'kind', clause.kind,
                'text', clause.text,
                'objects', coalesce(
                    (
                        select jsonb_agg(
                            jsonb_build_array(clause_object.sector, called.sectors ->> clause_object.sector)
                            order by clause_object.position
                        )
                        from clause_object
                        where
                            clause_object.duty = clause.duty and clause_object.clause = clause.number
                            and called.sectors ? clause_object.sector
                    ),
                    '[]'
                ),
                'partners', coalesce(
                    (
                        select jsonb_agg(
                            jsonb_build_array(clause_partner.unit, called.units ->> clause_partner.unit)
                            order by clause_partner.position
                        )
                        from clause_partner
                        where
                            clause_partner.duty = clause.duty and clause_partner.clause = clause.number
                            and called.units ? clause_partner.unit
                    ),
                    '[]'
                )
            )
            order by clause.number
        )
        from clause
        where clause.duty = duty.id
    ) as clauses
from called
cross join duty_on($1, $8) as duty
left join unit_on($1, $8) as unit on unit.code = duty.holder_unit
left join post_on($1, $8) as post on post.code = duty.holder_post
left join unit_on($1, $8) as unit_of_post on unit_of_post.code = post.unit
where
    ($2::text is null or duty.code = $2)
    and ($3::text is null or $3 in (duty.holder_unit, post.unit))
    and exists (
        select from clause
        left join clause_object on clause_object.duty = clause.duty and clause_object.clause = clause.number
        where
            clause.duty = duty.id
            and ($4::text is null or clause_object.sector = $4)
            and ($5::text is null or clause.kind = $5)
    )
    and (
        $9::text is null
        or (bigrams(duty.text) @> bigrams($9) and strpos(searched(duty.text), searched($9)) > 0)
    )
    and duty.position > $6
order by duty.position
limit $7

-- name: add_duty
-- Enter a duty item and return its id. $1 position or null, $2 code, $3 article, $4 number, $5 unit or null, $6 post or
-- null, $7 text, $8 source, $9 document, $10 the unit among whose events it is told, $11 first day, $12 the day before
-- which it ends, or null.
insert into duty (position, code, article, number, holder_unit, holder_post, text, source, document, aggregate, valid)
values (place('duty', $1), $2, $3, $4, $5, $6, $7, $8, $9, $10, daterange($11, $12))
returning id

-- name: add_clause
-- Enter a clause of a duty with its objects and partners. $1 duty id, $2 number within the duty, $3 kind, $4 text,
-- $5 sectors, $6 partners.
with added as (
    insert into clause (duty, number, kind, text) values ($1, $2, $3, $4)
    returning duty, number
),
day as (
    select valid from duty where id = $1
),
objects as (
    insert into clause_object (duty, clause, position, sector, valid)
    select added.duty, added.number, named.position, named.sector, day.valid
    from added, day, unnest($5::text[]) with ordinality as named (sector, position)
)
insert into clause_partner (duty, clause, position, unit, valid)
select added.duty, added.number, named.position, named.unit, day.valid
from added, day, unnest($6::text[]) with ordinality as named (unit, position)
