-- At the meeting.

-- name: save_attendance
-- How an invitee attended; a later record replaces an earlier one. $1 meeting, $2 invitee, $3 how, $4 person, $5 the
-- person's post, $6 whether approved, $7 by whom, $8 reason, $9 when recorded, $10 by whom.
insert into attendance (
    meeting_id, code, attendance, person, person_post, approved, approved_by, reason, recorded_at, recorded_by
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (meeting_id, code) do update set
    attendance = excluded.attendance, person = excluded.person, person_post = excluded.person_post,
    approved = excluded.approved, approved_by = excluded.approved_by, reason = excluded.reason,
    recorded_at = excluded.recorded_at, recorded_by = excluded.recorded_by

-- name: list_attendance
-- $1 meeting.
select * from attendance where meeting_id = $1 order by code

-- name: find_rule
-- $1 body.
select * from body_rule where body = $1

-- name: save_rule
-- $1 body, $2 quorum in per cent, $3 working days until a resolution is due, $4 name of the minutes.
insert into body_rule (body, quorum_percent, due_working_days, minutes_name) values ($1, $2, $3, $4)
on conflict (body) do update set
    quorum_percent = excluded.quorum_percent, due_working_days = excluded.due_working_days,
    minutes_name = excluded.minutes_name, version = body_rule.version + 1
returning *

-- name: decide_item
-- $1 meeting, $2 number, $3 decision, $4 conditions, $5 day, $6 when.
update agenda_item set decision = $3, conditions = $4, decided_on = $5, decided_at = $6, version = version + 1
where meeting_id = $1 and number = $2
returning *

-- name: show_item_to
-- Units that a restricted item's resolution charges may see the item. $1 meeting, $2 number, $3 units.
update agenda_item set visible_to = (
    select array_agg(distinct unit order by unit) from unnest(visible_to || $3::text[]) as unit
)
where meeting_id = $1 and number = $2 and restricted
