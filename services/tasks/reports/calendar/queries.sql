-- Every statement of openings and of the registry's copies.

-- name: due_openings
-- Definitions whose next period is to be opened, longest waiting first; busy ones are left for the next look.
-- $1 now, $2 codes that were tried already, $3 limit
select code, version, next_period, next_opens_at, blocked from report_definition
where next_opens_at <= $1 and code <> all($2::text[]) order by next_opens_at, code limit $3 for update skip locked

-- name: find_period
-- What was decided about a period. $1 definition, $2 period
select * from report_period where definition = $1 and period = $2

-- name: periods_of
-- What was decided and opened, of a definition. $1 definition
select * from report_period where definition = $1 order by period

-- name: decide_period
-- What the office decides about a period. $1 definition, $2 period, $3 due at or null, $4 exempt, $5 reason,
-- $6 decided at, $7 by whom
insert into report_period (definition, period, due_at, exempt, reason, decided_at, decided_by)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (definition, period) do update
set due_at = excluded.due_at, exempt = excluded.exempt, reason = excluded.reason, decided_at = excluded.decided_at,
    decided_by = excluded.decided_by,
    opened_due_at = case when report_period.opened_at is null then null
                         else coalesce(excluded.due_at, report_period.opened_due_at) end

-- name: note_opening
-- That a period was opened. $1 definition, $2 period, $3 opened at, $4 due at or null if exempt, $5 registry revision
insert into report_period (definition, period, opened_at, opened_due_at, registry_revision) values ($1, $2, $3, $4, $5)
on conflict (definition, period) do update
set opened_at = excluded.opened_at, opened_due_at = excluded.opened_due_at,
    registry_revision = excluded.registry_revision

-- name: periods_to_recheck
-- Opened periods, not due yet, that were last held against an older state of the registry. $1 now, $2 limit
select p.* from report_period p
where p.opened_at is not null and not p.exempt and p.opened_due_at > $1
  and p.registry_revision < (select revision from registry_revision)
order by p.opened_due_at, p.definition, p.period limit $2 for update skip locked

-- name: registry_revision
-- How much was learnt from the registry.
select revision from registry_revision

-- name: raise_revision
-- Something was learnt from the registry.
update registry_revision set revision = revision + 1

-- name: learn_span
-- A unit's kind from a day on, unless something newer is known. $1 unit, $2 from, $3 kind, $4 up to, $5 version
insert into unit_span (unit, valid_from, kind, valid_to, version) values ($1, $2, $3, $4, $5)
on conflict (unit, valid_from) do update
set kind = excluded.kind, valid_to = excluded.valid_to, version = excluded.version
where unit_span.version < excluded.version

-- name: learn_end
-- The day from which a unit is no more, unless something newer is known. $1 unit, $2 day, $3 version
insert into unit_end (unit, ended_on, version) values ($1, $2, $3)
on conflict (unit) do update set ended_on = excluded.ended_on, version = excluded.version
where unit_end.version < excluded.version

-- name: learn_duty
-- A duty as it rests with a unit. $1 unit, $2 duty, $3 from, $4 clauses, $5 up to, $6 version
insert into duty_copy (unit, duty, valid_from, clauses, valid_to, assigned_version) values ($1, $2, $3, $4, $5, $6)
on conflict (unit, duty, valid_from) do update
set clauses = excluded.clauses, valid_to = excluded.valid_to, assigned_version = excluded.assigned_version
where duty_copy.assigned_version < excluded.assigned_version

-- name: learn_revocation
-- That a duty no longer rests with a unit; it may be heard of before the duty is. $1 unit, $2 duty, $3 from,
-- $4 revoked on, $5 version
insert into duty_copy (unit, duty, valid_from, revoked_on, revoked_version) values ($1, $2, $3, $4, $5)
on conflict (unit, duty, valid_from) do update
set revoked_on = excluded.revoked_on, revoked_version = excluded.revoked_version
where duty_copy.revoked_version < excluded.revoked_version

-- name: learn_membership
-- A role in a body. $1 id, $2 body, $3 role, $4 unit or null, $5 from, $6 up to, $7 version
insert into membership_copy (membership_id, body, role, holder_unit, valid_from, valid_to, version)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (membership_id) do update
set body = excluded.body, role = excluded.role, holder_unit = excluded.holder_unit, valid_from = excluded.valid_from,
    valid_to = excluded.valid_to, version = excluded.version
where membership_copy.version < excluded.version

-- name: learn_calendar
-- A year's working days as the office set them. $1 year, $2 days off, $3 working days, $4 version
insert into calendar_copy (year, days_off, working_days, version) values ($1, $2, $3, $4)
on conflict (year) do update
set days_off = excluded.days_off, working_days = excluded.working_days, version = excluded.version
where calendar_copy.version < excluded.version

-- name: calendars
-- The working days that the office set.
select year, days_off, working_days from calendar_copy

-- name: units_of_kinds
-- Units of some kinds on a day. $1 kinds, $2 day
select s.unit from (
    select distinct on (unit) unit, kind, valid_to from unit_span where valid_from <= $2 order by unit, valid_from desc
) as s
left join unit_end e on e.unit = s.unit and e.ended_on <= $2
where s.kind = any($1::text[]) and (s.valid_to is null or s.valid_to > $2) and e.unit is null
order by s.unit

-- name: ended_units
-- Which of these units are no more on a day. $1 units, $2 day
select unit from unit_end where unit = any($1::text[]) and ended_on <= $2

-- name: duties_on
-- Where duties rest on a day. $1 day
select unit, clauses from duty_copy
where valid_from <= $1 and assigned_version > 0
  and (case when revoked_version > assigned_version then revoked_on else valid_to end is null
       or case when revoked_version > assigned_version then revoked_on else valid_to end > $1)
order by unit, duty

-- name: members_on
-- Units with a role in some bodies on a day. $1 bodies, $2 day
select distinct holder_unit from membership_copy
where body = any($1::text[]) and holder_unit is not null and valid_from <= $2 and (valid_to is null or valid_to > $2)
order by holder_unit
