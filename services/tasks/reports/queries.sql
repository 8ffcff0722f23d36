-- Every statement of definitions, reports and their submissions; openings and registry copies stand in calendar/.

-- name: insert_definition
-- A new definition's head; no row if the code is taken. $1 code, $2 next period or null, $3 opens at or null
insert into report_definition (code, version, next_period, next_opens_at) values ($1, 1, $2, $3)
on conflict (code) do nothing
returning code

-- name: insert_edition
-- An edition of a definition. $1 code, $2 version, $3 body, $4 defined at, $5 by whom
insert into report_edition (code, version, body, defined_at, defined_by) values ($1, $2, $3, $4, $5)

-- name: lock_definition
-- A definition's head, locked. $1 code
select code, version, next_period, next_opens_at, blocked from report_definition where code = $1 for update

-- name: find_head
-- A definition's head as it is. $1 code
select code, version, next_period, next_opens_at, blocked from report_definition where code = $1

-- name: save_head
-- A definition's current edition and next opening. $1 code, $2 version, $3 next period, $4 opens at, $5 why it is blocked
update report_definition set version = $2, next_period = $3, next_opens_at = $4, blocked = $5 where code = $1

-- name: find_definition
-- The current edition. $1 code
select e.code, e.version, e.body from report_definition d join report_edition e using (code, version) where code = $1

-- name: find_edition
-- One edition. $1 code, $2 version
select code, version, body from report_edition where code = $1 and version = $2

-- name: editions_of
-- All editions of a definition, the first first. $1 code
select code, version, body, defined_at, defined_by from report_edition where code = $1 order by version

-- name: page_of_definitions
-- Current editions by code. $1 code after which the page begins or null, $2 limit
select e.code, e.version, e.body from report_definition d join report_edition e using (code, version)
where ($1::text is null or d.code > $1) order by d.code limit $2

-- name: insert_reports
-- Expected reports that are not there yet; only the new ones come back.
-- $1 definition, $2 its version, $3 period, $4 due at, $5 units, $6 correlation id, $7 opened at, $8 title or null,
-- $9 id of what asked for it or null
insert into report (definition, definition_version, unit, period, due_at, state, version, submissions, correlation_id,
                    opened_at, title, source_id)
select $1, $2, c.unit, $3, $4, 'open', 0, 0, $6, $7, $8, $9
from unnest($5::text[]) as c (unit)
on conflict do nothing
returning *

-- name: reports_of_period
-- The reports that some units owe for a period. $1 definition, $2 period, $3 units
select * from report where definition = $1 and period = $2 and unit = any($3::text[]) order by unit

-- name: lock_reports_of_period
-- The reports of a period in some states, locked. $1 definition, $2 period, $3 states
select * from report where definition = $1 and period = $2 and state = any($3::text[]) order by unit for update

-- name: lock_report
-- The report, locked: commands on one report follow each other. $1 id
select * from report where id = $1 for update

-- name: lock_report_of_source
-- The report that something asked for, locked. $1 id of what asked
select * from report where source_id = $1 for update

-- name: note_source
-- That what asked for a report has said something newer. $1 its id, $2 version of its event
update report set source_version = $2 where source_id = $1 and source_version < $2 returning true

-- name: find_report
-- The report as it is. $1 id
select * from report where id = $1

-- name: page_of_reports
-- Reports, newest first. $1 id before which the page begins or null, $2 unit or null, $3 definition or null,
-- $4 period or null, $5 state or null, $6 limit, $7 due before or null, $8 due from or null, $9 on time or null
select * from report
where ($1::uuid is null or id < $1)
  and ($2::text is null or unit = $2)
  and ($3::text is null or definition = $3)
  and ($4::text is null or period = $4)
  and ($5::text is null or state = $5)
  and ($7::timestamptz is null or due_at < $7)
  and ($8::timestamptz is null or due_at >= $8)
  and ($9::boolean is null or on_time = $9)
order by id desc
limit $6

-- name: save_reports
-- What became of reports. $1 ids, $2 versions, $3 states, $4 numbers of submissions, $5 on time or not, $6 days late,
-- $7 due at, $8 locked at, $9 locked by, $10 reminded for
update report
set version = c.version, state = c.state, submissions = c.submissions, on_time = c.on_time, days_late = c.days_late,
    due_at = c.due_at, locked_at = c.locked_at, locked_by = c.locked_by, reminded_for = c.reminded_for
from unnest($1::uuid[], $2::integer[], $3::text[], $4::integer[], $5::boolean[], $6::integer[], $7::timestamptz[],
            $8::timestamptz[], $9::text[], $10::timestamptz[])
    as c (id, version, state, submissions, on_time, days_late, due_at, locked_at, locked_by, reminded_for)
where report.id = c.id

-- name: insert_submission
-- A version of a report's content. $1 report, $2 number, $3 submitted at, $4 by whom, $5 observations, $6 kind,
-- $7 channel, $8 stated, $9 confirmed warnings, $10 rules not checked, $11 attachments, $12 why it is corrected,
-- $13 a table's rows, or null
insert into report_submission (report_id, submission, submitted_at, submitted_by, observations, kind, channel, stated,
                               confirmed, unchecked, attachments, correction_reason, table_rows)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)

-- name: decide_submission
-- What the office decided on a submission. $1 report, $2 number, $3 decision, $4 decided at, $5 by whom, $6 reason
update report_submission set decision = $3, decided_at = $4, decided_by = $5, reason = $6
where report_id = $1 and submission = $2

-- name: submissions_of
-- All submissions of a report, the first first. $1 report
select report_id, submission, submitted_at, submitted_by, observations, decision, decided_at, decided_by, reason, kind,
       channel, stated, confirmed, unchecked, attachments, correction_reason, table_rows
from report_submission where report_id = $1 order by submission

-- name: observed_units
-- Units of which any version of a report, also one that was sent back, told values in its table. $1 report
select distinct o ->> 'unit' as unit
from report_submission s cross join jsonb_array_elements(s.observations) as o
where s.report_id = $1 and o ->> 'unit' is not null
order by 1

-- name: rows_of_period
-- What a unit stated for a period, in its newest version that was not sent back. $1 definition, $2 period, $3 unit
select s.stated, s.table_rows from report r join report_submission s on s.report_id = r.id
where r.definition = $1 and r.period = $2 and r.unit = $3 and s.decision is distinct from 'sent_back'
order by s.submission desc limit 1

-- name: lapsing_reports
-- Reports missing after their due moment, longest overdue first; those that someone works on at this moment are left
-- for the next look. $1 now, $2 limit
select * from report where state = 'open' and due_at < $1 order by due_at, id limit $2 for update skip locked

-- name: reports_to_remind
-- Reports that fall due after now and up to a moment, not reminded of that due moment yet. $1 now, $2 up to, $3 limit
select * from report
where state = 'open' and due_at >= $1 and due_at <= $2 and reminded_for is distinct from due_at
order by due_at, id limit $3 for update skip locked

-- name: timeliness
-- How many reports there are and how they stand, in groups. $1 by unit, $2 by definition, $3 by period, $4 now,
-- $5 unit or null, $6 definition or null, $7 period or null, $8 period from or null, $9 period up to or null
select case when $1 then unit end as unit, case when $2 then definition end as definition,
       case when $3 then period end as period,
       count(*) as expected,
       count(*) filter (where on_time) as on_time,
       count(*) filter (where not on_time) as late,
       count(*) filter (where on_time is null and due_at < $4) as missing,
       count(*) filter (where on_time is null and due_at >= $4) as not_due
from report
where state <> 'withdrawn'
  and ($5::text is null or unit = $5)
  and ($6::text is null or definition = $6)
  and ($7::text is null or period = $7)
  and ($8::text is null or period >= $8)
  and ($9::text is null or period <= $9)
group by 1, 2, 3
order by 1, 2, 3

-- name: unit_names
-- Names of units. $1 codes
select code, name from known_unit where code = any($1::text[])
