-- How far resolutions are carried out.

-- name: list_followed
-- Resolutions of a body, of the meetings held between two days, in the order of meetings and minutes. $1 body, $2 first
-- and $3 last day, each null for any; $4 reader.
select resolution.*, meeting.title as meeting_title, meeting.held_on
from resolution_with_fulfilment as resolution
join meeting on meeting.id = resolution.meeting_id
where
    meeting.body = $1
    and ($2::date is null or meeting.held_on >= $2)
    and ($3::date is null or meeting.held_on <= $3)
    and may_read(resolution.restricted, resolution.visible_to, $4)
order by meeting.held_on, meeting.id, resolution.sequence
