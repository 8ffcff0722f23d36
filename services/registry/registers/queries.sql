-- name: list_entries
-- Entries of a register on a day, in the order of entry. $1 day, $2 as known when, $3 register or null for all, $4 entry
-- id or null, $5 text that key, title and fields must hold, or null, $6 status or null, $7 sector or null, $8 unit or
-- null, $9 fields that must have these values (jsonb), $10 position after which to begin, $11 how many (null: all).
select
    listed.id::text, listed.position, listed.entry, listed.register, listed.key, listed.title, listed.unit,
    unit.name as unit_name, listed.status, listed.fields, listed.document,
    lower(listed.valid) as valid_from, upper(listed.valid) as valid_to,
    coalesce(
        (
            select jsonb_agg(jsonb_build_array(named.code, coalesce(sector.name, named.code)) order by named.place)
            from unnest(listed.sectors) with ordinality as named (code, place)
            left join sector_on($1, $2) as sector on sector.code = named.code
        ),
        '[]'
    ) as sectors,
    aggregate.version
from register_entry_on($1, $2) as listed
join aggregate on aggregate.id = listed.id::text
left join unit_on($1, $2) as unit on unit.code = listed.unit
where
    ($3::text is null or listed.register = $3)
    and ($4::uuid is null or listed.id = $4)
    and (
        $5::text is null
        or (bigrams(listed.words) @> bigrams($5) and strpos(searched(listed.words), searched($5)) > 0)
    )
    and ($6::text is null or listed.status = $6)
    and ($7::text is null or $7 = any(listed.sectors))
    and ($8::text is null or listed.unit = $8)
    and listed.fields @> $9::jsonb
    and listed.position > $10
order by listed.position
limit $11

-- name: entry_days
-- What is known of an entry, each of its days; locks nothing. $1 entry id.
select
    id::text, position, entry, register, key, title, unit, unit as unit_name, status, fields, document,
    lower(valid) as valid_from, upper(valid) as valid_to,
    coalesce(
        (
            select jsonb_agg(jsonb_build_array(named.code, named.code) order by named.place)
            from unnest(sectors) with ordinality as named (code, place)
        ),
        '[]'
    ) as sectors,
    0 as version
from register_entry
where id = $1
order by valid

-- name: entries_of_unit
-- Ids of entries that name a unit on some day from a day on. $1 unit, $2 day.
select distinct id::text from register_entry where unit = $1 and valid && daterange($2, null)

-- name: entry_of_key
-- An entry that has this key in the register on some of these days. $1 register, $2 key, $3 first day, $4 the day
-- before which it ends, or null, $5 entry id that does not count, or null.
select id::text, title, lower(valid) as valid_from, upper(valid) as valid_to
from register_entry
where register = $1 and key = $2 and valid && daterange($3, $4) and ($5::uuid is null or id <> $5)
order by valid
limit 1

-- name: add_entry
-- Enter an entry, or what continues it. $1 id or null for a new one, $2 position or null, $3 register, $4 key, $5 title,
-- $6 unit or null, $7 sectors, $8 status, $9 fields, $10 document or null, $11 words by which it is found, $12 first
-- day, $13 the day before which it ends, or null.
insert into register_entry (
    id, position, register, key, title, unit, sectors, status, fields, document, words, valid
)
values (
    coalesce($1::uuid, uuidv7()), place('register_entry', $2), $3, $4, $5, $6, $7, $8, $9, $10, $11,
    daterange($12, $13)
)
returning id::text

-- name: entry_history
-- All that was ever known of an entry, latest first, with the change that said it. $1 entry id.
select
    ever.id::text, ever.position, ever.entry, ever.register, ever.key, ever.title, ever.unit, ever.unit as unit_name,
    ever.status, ever.fields, ever.document, lower(ever.valid) as valid_from, upper(ever.valid) as valid_to,
    coalesce(
        (
            select jsonb_agg(jsonb_build_array(named.code, named.code) order by named.place)
            from unnest(ever.sectors) with ordinality as named (code, place)
        ),
        '[]'
    ) as sectors,
    0 as version, ever.recorded_at, ever.superseded_at, change.subject, change.role, change.action, change.correction,
    change.document as change_document, change.reason
from register_entry_ever as ever
join change on change.id = ever.change
where ever.id = $1
order by ever.recorded_at desc, lower(ever.valid) desc

-- name: unknown_sectors
-- Which of these sectors is not valid on each of these days. $1 sectors, $2 first day, $3 the day before which they
-- end, or null.
select named.code
from unnest($1::text[]) as named (code)
where
    not coalesce(
        (select range_agg(sector.valid) @> daterange($2, $3) from sector where sector.code = named.code), false
    )

-- name: sector_codes
-- All sector codes that were ever entered.
select distinct code from sector order by code
