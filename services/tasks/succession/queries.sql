-- Every statement about what became of units.

-- name: insert_succession
-- What became of a unit; no row if it was told before. $1 unit, $2 version of the registry's event, $3 who takes its
-- open work or null, $4 whether it ends, $5 from when on, $6 document, $7 told at, $8 correlation id, $9 cause
insert into unit_succession (unit, version, open_work_to, ends, effective_on, document, told_at, correlation_id,
                             causation_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict do nothing
returning true

-- name: note_handed_over
-- A change of units took effect on open work. $1 unit, $2 version, $3 when
update unit_succession set handed_over_at = $3 where unit = $1 and version = $2

-- name: lock_due_succession
-- The earliest change whose day has come, unless another process deals with it. $1 the county's date today
select * from unit_succession where handed_over_at is null and effective_on <= $1
order by effective_on, unit, version
limit 1
for update skip locked

-- name: successions_of
-- What became of units up to a day, where work passes on. $1 units, $2 day
select * from unit_succession
where unit = any($1::text[]) and effective_on <= $2 and (ends or open_work_to is not null)
order by effective_on, unit, version
