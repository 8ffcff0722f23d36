-- name: aggregate_versions
-- The version of every aggregate.
select id, version from aggregate

-- name: known_codes
-- Codes of everything that is known now, by kind.
select 'unit' as kind, array(select distinct code from unit order by code) as codes
union all select 'post', array(select distinct code from post order by code)
union all select 'body', array(select distinct code from body order by code)
union all select 'sector', array(select distinct code from sector order by code)
union all select 'duty', array(select distinct code from duty order by code)

-- name: all_documents
-- Every document, in the order of entry.
select number, position, title, issuer, written_on, printed_on, addressees, copies, subject_words
from document
order by position

-- name: all_memberships
-- Every membership as it is known now, on all days.
select
    id, position, entry, body, role, holder_unit, holder_post, null as holder_name, null as post_unit,
    null as post_unit_name, document, source, lower(valid) as valid_from, upper(valid) as valid_to
from membership
order by position, valid

-- name: all_entries
-- Every register entry as it is known now, on all days.
select
    id, register, key, title, unit, sectors, status, document, lower(valid) as valid_from, upper(valid) as valid_to
from register_entry
order by position, valid
