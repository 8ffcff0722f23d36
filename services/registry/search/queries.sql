-- name: search
-- What holds a text on a day: units by name, alias or code, duties by their words, entries of registers by key, title and
-- fields; in this order, each in the order of entry. $1 day, $2 as known when, $3 text, $4 realm (unit, duty, entry) or
-- null, $5 rank and $6 position after which to begin, $7 how many. Pairs of signs find, the whole text decides.
select found.realm, found.rank, found.position, found.code, found.title, found.text, found.register
from (
    select
        'unit' as realm, 1 as rank, unit.position, unit.code, unit.name as title,
        array_to_string(array[unit.name, unit.short_name] || unit.aliases, ' ') as text, null::text as register
    from unit_on($1, $2) as unit
    where
        strpos(unit.code, searched($3)) > 0
        or exists (select from unnest(unit.spoken) as spoken (name) where strpos(searched(spoken.name), searched($3)) > 0)
    union all
    select
        'duty', 2, duty.position, duty.code, coalesce(unit.name, post.title), duty.text, null
    from duty_on($1, $2) as duty
    left join unit_on($1, $2) as unit on unit.code = duty.holder_unit
    left join post_on($1, $2) as post on post.code = duty.holder_post
    where bigrams(duty.text) @> bigrams($3) and strpos(searched(duty.text), searched($3)) > 0
    union all
    select 'entry', 3, entry.position, entry.id::text, entry.title, entry.words, entry.register
    from register_entry_on($1, $2) as entry
    where bigrams(entry.words) @> bigrams($3) and strpos(searched(entry.words), searched($3)) > 0
) as found
where
    ($4::text is null or found.realm = $4)
    and (found.rank, found.position) > ($5::integer, $6::bigint)
order by found.rank, found.position
limit $7
