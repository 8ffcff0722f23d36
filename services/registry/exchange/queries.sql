-- name: document_records
-- Documents as records, in the order of entry. $1 the day by which they were written, or null for all; $2 as known
-- when, or null for now.
select
    jsonb_build_object(
        'number', number, 'title', title, 'issuer', issuer, 'written_on', written_on, 'printed_on', printed_on,
        'addressees', addressees, 'copies', copies, 'subject_words', subject_words
    ) as record,
    null::date as valid_from, null::date as valid_to
from document
where ($1::date is null or written_on <= $1) and recorded_at <= coalesce($2::timestamptz, 'infinity')
order by position

-- name: unit_records
-- Units as records, in the order of entry. $1 day, or null for all days; $2 as known when, or null for now. So for
-- every list below.
select
    jsonb_build_object(
        'code', code, 'name', name, 'short_name', short_name, 'aliases', aliases, 'kind', kind, 'parent', parent,
        'social_credit_code', social_credit_code, 'note', note, 'document', document
    ) as record,
    lower(valid) as valid_from, upper(valid) as valid_to
from unit_ever
where ($1::date is null or valid @> $1) and recorded @> coalesce($2, 'infinity'::timestamptz)
order by position, valid

-- name: post_records
-- Posts as records.
select
    jsonb_build_object('code', code, 'title', title, 'unit', unit) as record,
    lower(valid) as valid_from, upper(valid) as valid_to
from post_ever
where ($1::date is null or valid @> $1) and recorded @> coalesce($2, 'infinity'::timestamptz)
order by position, valid

-- name: incumbency_records
-- Incumbencies as records.
select
    jsonb_build_object('post', post, 'person', person, 'document', document) as record,
    lower(valid) as valid_from, upper(valid) as valid_to
from incumbency_ever
where ($1::date is null or valid @> $1) and recorded @> coalesce($2, 'infinity'::timestamptz)
order by position, valid

-- name: body_records
-- Bodies as records.
select
    jsonb_build_object('code', code, 'name', name, 'office', office_unit, 'note', note, 'source', source) as record,
    lower(valid) as valid_from, upper(valid) as valid_to
from body_ever
where ($1::date is null or valid @> $1) and recorded @> coalesce($2, 'infinity'::timestamptz)
order by position, valid

-- name: obligation_records
-- What bodies owe in a year as records.
select
    jsonb_build_object(
        'body', body, 'kind', kind, 'times_per_year', times_per_year, 'windows', windows, 'hears', hears,
        'decides', decides, 'source', source
    ) as record,
    lower(valid) as valid_from, upper(valid) as valid_to
from obligation_ever
where ($1::date is null or valid @> $1) and recorded @> coalesce($2, 'infinity'::timestamptz)
order by position, valid

-- name: membership_records
-- Memberships as records.
select
    jsonb_build_object(
        'body', body, 'role', role, 'holder_unit', holder_unit, 'holder_post', holder_post, 'document', document,
        'source', source
    ) as record,
    lower(valid) as valid_from, upper(valid) as valid_to
from membership_ever
where ($1::date is null or valid @> $1) and recorded @> coalesce($2, 'infinity'::timestamptz)
order by position, valid

-- name: sector_records
-- Sectors and themes as records.
select
    jsonb_build_object(
        'code', code, 'name', name, 'kind', kind, 'within', within, 'gbt4754_class', gbt4754_class,
        'gbt4754_edition', gbt4754_edition
    ) as record,
    lower(valid) as valid_from, upper(valid) as valid_to
from sector_ever
where ($1::date is null or valid @> $1) and recorded @> coalesce($2, 'infinity'::timestamptz)
order by position, valid

-- name: duty_records
-- Duties with their clauses as records.
select
    jsonb_build_object(
        'code', code, 'article', article, 'number', number, 'holder_unit', holder_unit, 'holder_post', holder_post,
        'text', text, 'source', source, 'document', document,
        'clauses', (
            select jsonb_agg(
                jsonb_build_object(
                    'clause_kind', clause.kind,
                    'clause_text', clause.text,
                    'objects', (
                        select coalesce(jsonb_agg(clause_object.sector order by clause_object.position), '[]')
                        from clause_object
                        where clause_object.duty = clause.duty and clause_object.clause = clause.number
                    ),
                    'partners', (
                        select coalesce(jsonb_agg(clause_partner.unit order by clause_partner.position), '[]')
                        from clause_partner
                        where clause_partner.duty = clause.duty and clause_partner.clause = clause.number
                    )
                )
                order by clause.number
            )
            from clause
            where clause.duty = ever.id
        )
    ) as record,
    lower(valid) as valid_from, upper(valid) as valid_to
from duty_ever as ever
where ($1::date is null or valid @> $1) and recorded @> coalesce($2, 'infinity'::timestamptz)
order by position, valid

-- name: portfolio_records
-- Portfolios as records.
select
    jsonb_build_object(
        'post', post, 'scope', scope, 'source', source, 'document', document,
        'sectors', (
            select coalesce(jsonb_agg(portfolio_sector.sector order by portfolio_sector.position), '[]')
            from portfolio_sector
            where portfolio_sector.portfolio = ever.id
        ),
        'units', (
            select coalesce(jsonb_agg(portfolio_unit.unit order by portfolio_unit.position), '[]')
            from portfolio_unit
            where portfolio_unit.portfolio = ever.id
        )
    ) as record,
    lower(valid) as valid_from, upper(valid) as valid_to
from portfolio_ever as ever
where ($1::date is null or valid @> $1) and recorded @> coalesce($2, 'infinity'::timestamptz)
order by position, valid

-- name: entry_records
-- Entries of a register as records. $3 register.
select
    fields || jsonb_build_object(
        'key', key, 'title', title, 'unit', unit, 'sectors', sectors, 'status', status, 'document', document, 'id', id
    ) as record,
    lower(valid) as valid_from, upper(valid) as valid_to
from register_entry_ever
where
    ($1::date is null or valid @> $1)
    and recorded @> coalesce($2, 'infinity'::timestamptz)
    and register = $3
order by position, valid

-- name: obligation_days
-- What a body owes of a kind, on all its days. $1 body, $2 kind.
select
    body, kind, position, entry, times_per_year, windows, hears, decides, source,
    lower(valid) as valid_from, upper(valid) as valid_to
from obligation
where body = $1 and kind = $2
order by valid

-- name: forget_plans
-- Remove plans older than an instant. $1 instant.
delete from import_plan where created_at < $1

-- name: open_plan
-- Open a plan and return its id. $1 instant, $2 by whom, $3 file name, $4 digest, $5 bytes, $6 day from which changes
-- hold, $7 document or null, $8 whether lists are complete, $9 rows, $10 remarks.
insert into import_plan (
    created_at, created_by, file_name, file_digest, file_bytes, effective_on, document, complete, rows_total, remarks
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
returning id::text

-- name: touch_plan
-- Say how many rows of a plan are done. $1 plan, $2 rows.
update import_plan set rows_done = $2, touched_at = now() where id = $1 and state = 'planning'

-- name: finish_plan
-- A plan is made; returns true, unless it was made or given up before. $1 plan, $2 the registry's last change when it
-- was, or null, $3 counts by list and action.
update import_plan
set state = 'planned', rows_done = rows_total, known_to = $2, counts = $3, touched_at = now()
where id = $1 and state = 'planning'
returning true

-- name: fail_plan
-- A plan cannot be made. $1 plan, $2 why.
update import_plan set state = 'failed', failure = $2, touched_at = now() where id = $1 and state = 'planning'

-- name: add_lines
-- Add lines to a plan. $1 plan, $2 lines as a JSON array.
insert into import_line (
    plan, number, list, sheet, row_number, key, action, record, ends_on, changes, faults
)
select
    $1, line.number, line.list, line.sheet, line.row, line.key, line.action, line.record, line.ends_on, line.changes,
    line.faults
from jsonb_to_recordset($2::jsonb) as line (
    number integer, list text, sheet text, row integer, key text, action text, record jsonb, ends_on date,
    changes jsonb, faults jsonb
)

-- name: plan_by_id
-- A plan. $1 plan.
select
    id::text, created_at, created_by, file_name, file_digest, file_bytes, effective_on, document, complete, state,
    rows_total, rows_done, touched_at, known_to, counts, remarks, failure, applied_at, applied_by, applied_change,
    state = 'planning' and touched_at < now() - interval '1 minute' as left_behind
from import_plan
where id = $1

-- name: lock_plan
-- A plan, locked. $1 plan.
select
    id::text, created_at, created_by, file_name, file_digest, file_bytes, effective_on, document, complete, state,
    rows_total, rows_done, touched_at, known_to, counts, remarks, failure, applied_at, applied_by, applied_change,
    state = 'planning' and touched_at < now() - interval '1 minute' as left_behind
from import_plan
where id = $1
for update

-- name: list_plans
-- Plans, newest first. $1 id before which to begin, or null, $2 how many.
select
    id::text, created_at, created_by, file_name, file_digest, file_bytes, effective_on, document, complete, state,
    rows_total, rows_done, touched_at, known_to, counts, remarks, failure, applied_at, applied_by, applied_change,
    state = 'planning' and touched_at < now() - interval '1 minute' as left_behind
from import_plan
where $1::uuid is null or id < $1
order by id desc
limit $2

-- name: plan_lines
-- Lines of a plan in their order. $1 plan, $2 action or null, $3 list or null, $4 number after which to begin, $5 how
-- many (null: all).
select number, list, sheet, row_number, key, action, record, ends_on, changes, faults
from import_line
where plan = $1 and ($2::text is null or action = $2) and ($3::text is null or list = $3) and number > $4
order by number
limit $5

-- name: apply_plan
-- A plan was applied. $1 plan, $2 instant, $3 by whom, $4 the change that it made, or null if there was nothing to do.
update import_plan set state = 'applied', applied_at = $2, applied_by = $3, applied_change = $4 where id = $1
