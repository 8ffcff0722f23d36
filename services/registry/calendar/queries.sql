-- name: set_calendar
-- Set a year's calendar. $1 year, $2 days off, $3 worked weekend days, $4 document or null.
insert into calendar_year (year, days_off, working_days, document) values ($1, $2, $3, $4)
on conflict (year) do update set
    days_off = excluded.days_off, working_days = excluded.working_days, document = excluded.document

-- name: list_calendars
-- Calendars that the office set. $1 years or null for all, $2 as known when.
select year, days_off, working_days, document, aggregate.version
from calendar_year_ever
join aggregate on aggregate.id = 'calendar-' || year
where ($1::integer[] is null or year = any($1)) and recorded @> coalesce($2::timestamptz, 'infinity')
order by year
