-- Obligation rules and the obligations of a year.

-- name: list_rules
-- $1 body or null for any.
select * from obligation_rule where ($1::text is null or body = $1) order by body, code

-- name: find_rule
-- $1 code.
select * from obligation_rule where code = $1

-- name: lock_rule
-- $1 code.
select * from obligation_rule where code = $1 for update

-- name: save_rule
-- $1 code, $2 body, $3 session, $4 title, $5 kinds, $6 windows, $7 requirements, $8 source, $9 since.
insert into obligation_rule (code, body, session, title, kinds, windows, requirements, source, since)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (code) do update set
    body = excluded.body, session = excluded.session, title = excluded.title, kinds = excluded.kinds,
    windows = excluded.windows, requirements = excluded.requirements, source = excluded.source,
    since = excluded.since, retired_on = null, version = obligation_rule.version + 1
returning *

-- name: retire_rule
-- $1 code, $2 first day on which it obliges no longer.
update obligation_rule set retired_on = $2, version = version + 1 where code = $1 returning *

-- name: insert_obligation
-- Open an obligation, unless it is open already. $1 rule, $2 its version, $3 body, $4 session, $5 year, $6 window,
-- $7 first and $8 last day, $9 title, $10 kinds, $11 requirements, $12 source, $13 when opened.
insert into obligation (
    rule, rule_version, body, session, year, window_code, window_from, window_to, title, kinds, requirements, source,
    opened_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict do nothing
returning *

-- name: list_opened
-- By rule and year: which windows are not to be opened, as they stand or were withdrawn while the rule was what it is
-- now, and which were withdrawn before it was changed.
select
    obligation.rule, obligation.year,
    coalesce(array_agg(window_code) filter (where not changed), '{}') as settled,
    coalesce(array_agg(window_code) filter (where changed), '{}') as withdrawn
from obligation
join obligation_rule on obligation_rule.code = obligation.rule
cross join lateral (
    select
        obligation.state = 'withdrawn'
        and obligation.rule_version < obligation_rule.version
        and obligation_rule.retired_on is null as changed
) as since
group by obligation.rule, obligation.year

-- name: list_owed_of_rule
-- What is still owed by a rule, what ends first, first. $1 rule.
select * from obligation where rule = $1 and state in ('due', 'overdue') order by window_to, id

-- name: find_standing
-- That which stands of a rule in a window of a year. $1 rule, $2 year, $3 window.
select * from obligation where rule = $1 and year = $2 and window_code = $3 and state <> 'withdrawn'

-- name: list_uncounted
-- Meetings of a body held between two days that are counted for no obligation, the earliest first. $1 body, $2 and $3 days.
select * from meeting
where
    body = $1
    and held_on between $2 and $3
    and not exists (select 1 from obligation where obligation.meeting_id = meeting.id)
order by held_on, id
for update

-- name: lock_open_obligations
-- Of a body, those for which no meeting is counted yet. $1 body.
select * from obligation where body = $1 and state in ('due', 'overdue') order by window_to, id for update

-- name: lock_lapsing
-- Those whose window ended before a day; a busy one is left for the next look. $1 the county's day, $2 how many.
select * from obligation where state = 'due' and window_to < $1 order by window_to, id limit $2 for update skip locked

-- name: lock_obligation
-- $1 id.
select * from obligation where id = $1 for update

-- name: find_obligation
-- $1 id.
select * from obligation where id = $1

-- name: mark_lapsed
-- $1 id, $2 when.
update obligation set state = 'overdue', lapsed_at = $2, version = version + 1 where id = $1 returning *

-- name: mark_met
-- $1 id, $2 meeting, $3 day, $4 whether within the window.
update obligation set state = 'held', meeting_id = $2, held_on = $3, on_time = $4, version = version + 1
where id = $1
returning *

-- name: mark_reopened
-- $1 id.
update obligation set
    state = case when lapsed_at is null then 'due' else 'overdue' end,
    meeting_id = null, held_on = null, on_time = null, withdrawn_at = null, withdraw_reason = null,
    version = version + 1
where id = $1
returning *

-- name: mark_withdrawn
-- $1 id, $2 when, $3 why.
update obligation set state = 'withdrawn', withdrawn_at = $2, withdraw_reason = $3, version = version + 1
where id = $1
returning *

-- name: list_obligations
-- $1 body, $2 year, $3 state, $4 meeting, each null for any; $5 and $6 last day and id after which the page begins, null
-- for the first; $7 rows at most.
select * from obligation
where
    ($1::text is null or body = $1)
    and ($2::integer is null or year = $2)
    and ($3::text is null or state = $3)
    and ($4::uuid is null or meeting_id = $4)
    and ($5::text is null or (window_to, id) > ($5::text::date, $6::text::uuid))
order by window_to, id
limit $7
