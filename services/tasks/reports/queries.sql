-- Every statement of reports.

-- name: insert_definition
-- A new report definition; no row if the code is taken.
-- $1 code, $2 title, $3 period kind, $4 offset in days, $5 hour, $6 fields, $7 defined at
insert into report_definition (code, version, title, period_kind, due_offset_days, due_hour, fields, defined_at)
values ($1, 1, $2, $3, $4, $5, $6, $7)
on conflict (code) do nothing
returning *

-- name: find_definition
-- A report definition. $1 code
select * from report_definition where code = $1

-- name: page_of_definitions
-- Report definitions by code. $1 code after which the page begins or null, $2 limit
select * from report_definition where ($1::text is null or code > $1) order by code limit $2

-- name: insert_reports
-- Expected reports that are not there yet; only the new ones come back.
-- $1 definition, $2 its version, $3 period, $4 due at, $5 units, $6 correlation id, $7 opened at
insert into report (definition, definition_version, unit, period, due_at, state, version, submissions, correlation_id,
                    opened_at)
select $1, $2, c.unit, $3, $4, 'open', 0, 0, $6, $7
from unnest($5::text[]) as c (unit)
on conflict (definition, period, unit) do nothing
returning *

-- name: reports_of_period
-- The reports that some units owe for a period. $1 definition, $2 period, $3 units
select * from report where definition = $1 and period = $2 and unit = any($3::text[]) order by unit

-- name: lock_report
-- The report, locked: commands on one report follow each other. $1 id
select * from report where id = $1 for update

-- name: find_report
-- The report as it is. $1 id
select * from report where id = $1

-- name: page_of_reports
-- Reports, newest first. $1 id before which the page begins or null, $2 unit or null, $3 definition or null,
-- $4 period or null, $5 state or null, $6 limit
select * from report
where ($1::uuid is null or id < $1)
  and ($2::text is null or unit = $2)
  and ($3::text is null or definition = $3)
  and ($4::text is null or period = $4)
  and ($5::text is null or state = $5)
order by id desc
limit $6

-- name: save_reports
-- What became of reports. $1 ids, $2 versions, $3 states, $4 numbers of submissions, $5 on time or not, $6 days late
update report
set version = c.version, state = c.state, submissions = c.submissions, on_time = c.on_time, days_late = c.days_late
from unnest($1::uuid[], $2::integer[], $3::text[], $4::integer[], $5::boolean[], $6::integer[])
    as c (id, version, state, submissions, on_time, days_late)
where report.id = c.id

-- name: insert_submission
-- A submission. $1 report, $2 number, $3 submitted at, $4 by whom, $5 observations
insert into report_submission (report_id, submission, submitted_at, submitted_by, observations)
values ($1, $2, $3, $4, $5)

-- name: decide_submission
-- What the office decided on a submission. $1 report, $2 number, $3 decision, $4 decided at, $5 by whom, $6 reason
update report_submission set decision = $3, decided_at = $4, decided_by = $5, reason = $6
where report_id = $1 and submission = $2

-- name: submissions_of
-- All submissions of a report, the first first. $1 report
select * from report_submission where report_id = $1 order by submission

-- name: lapsing_reports
-- Reports missing after their due moment, longest overdue first; those that someone works on at this moment are left
-- for the next look. $1 now, $2 limit
select * from report where state = 'open' and due_at < $1 order by due_at, id limit $2 for update skip locked
