-- name: seats_since
-- Roles that are held in a body on or after a day. $1 body, $2 day.
select distinct role, holder_unit, holder_post
from membership
where body = $1 and valid && daterange($2, null)
order by role, holder_unit, holder_post

-- name: obligation_timeline
-- What a body owes, as it is known now on all days. $1 body.
select
    body, kind, position, entry, times_per_year, windows, hears, decides, source,
    lower(valid) as valid_from, upper(valid) as valid_to
from obligation
where body = $1
order by valid, position
