-- After the meeting.

-- name: insert_minutes
-- $1 meeting, $2 body.
insert into minutes (meeting_id, body) values ($1, $2) returning *

-- name: find_minutes
-- $1 meeting.
select * from minutes where meeting_id = $1

-- name: lock_minutes
-- $1 meeting.
select * from minutes where meeting_id = $1 for update

-- name: mark_minutes
-- What is minuted goes on: state, reviewer, number, day of signing, edition. $1 meeting, $2 state, $3 edition, $4 year,
-- $5 number, $6 reviewer, $7 signed on, $8 published at.
update minutes set
    state = $2, edition = $3, year = $4, number = $5, reviewed_by = $6, signed_on = $7, published_at = $8,
    version = version + 1
where meeting_id = $1
returning *

-- name: note_state
-- The meeting says where its minutes stand. $1 meeting, $2 state.
update meeting set minutes_state = $2 where id = $1

-- name: next_number
-- The next number of a body's series of a year; the row stays locked until the transaction ends. $1 body, $2 year.
insert into minutes_series (body, year, last_number) values ($1, $2, 1)
on conflict (body, year) do update set last_number = minutes_series.last_number + 1
returning last_number

-- name: save_edition
-- $1 meeting, $2 edition, $3 content, $4 digest, $5 signed on, $6 signer, $7 the signer's post, $8 what changed, $9 when
-- made, $10 by whom.
insert into minutes_edition (
    meeting_id, edition, content, digest, signed_on, signer, signer_post, change_note, made_at, made_by
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (meeting_id, edition) do update set
    content = excluded.content, digest = excluded.digest, signed_on = excluded.signed_on, signer = excluded.signer,
    signer_post = excluded.signer_post, made_at = excluded.made_at, made_by = excluded.made_by

-- name: list_editions
-- $1 meeting.
select * from minutes_edition where meeting_id = $1 order by edition

-- name: insert_recipients
-- $1 meeting, $2 units.
insert into minutes_recipient (meeting_id, unit) select $1::uuid, unit from unnest($2::text[]) as unit
on conflict do nothing

-- name: list_recipients
-- In the order of invitation, then the others. $1 meeting.
select recipient.unit
from minutes_recipient as recipient
left join invitee on invitee.meeting_id = recipient.meeting_id and invitee.code = recipient.unit
where recipient.meeting_id = $1
order by invitee.role = 'guest', invitee.position, recipient.unit

-- name: delete_passages
-- $1 meeting.
delete from minutes_passage where meeting_id = $1

-- name: insert_passages
-- $1 meeting, then one list per column: $2 items, $3 texts, $4 plain texts; $5 terms, those of a passage joined by line
-- feeds.
insert into minutes_passage (meeting_id, position, item_number, text, plain, terms)
select $1::uuid, position, item_number, text, plain, string_to_array(terms, e'\n')
from unnest($2::integer[], $3::text[], $4::text[], $5::text[])
    with ordinality as passage (item_number, text, plain, terms, position)

-- name: hidden_items
-- Numbers of the items of a meeting that a reader may not see. $1 meeting, $2 reader.
select number from agenda_item where meeting_id = $1 and not may_read(restricted, visible_to, $2)

-- name: list_minutes
-- Published minutes of which a reader has a copy, the newest signed first; who reads everything sees every state.
-- $1 reader, $2 body or null, $3 year or null, $4 plain words that must all be found, $5 terms of the longest of them
-- or null, $6 and $7 day and meeting after which the page begins, null for the first, $8 rows at most.
select minutes.*, meeting.title
from minutes
join meeting on meeting.id = minutes.meeting_id
where
    (
        $1::text = '*'
        or minutes.state = 'published' and exists (
            select 1 from minutes_recipient as recipient
            where recipient.meeting_id = minutes.meeting_id and recipient.unit = $1::text
        )
    )
    and ($2::text is null or minutes.body = $2)
    and ($3::integer is null or minutes.year = $3)
    and (
        $5::text[] is null
        or minutes.meeting_id in (select meeting_id from minutes_passage where terms @> $5::text[])
    )
    and not exists (
        select 1 from unnest($4::text[]) as word
        where not exists (
            select 1 from minutes_passage as passage
            left join agenda_item as item
                on item.meeting_id = passage.meeting_id and item.number = passage.item_number
            where
                passage.meeting_id = minutes.meeting_id
                and strpos(passage.plain, word) > 0
                and may_read(item.restricted, item.visible_to, $1::text)
        )
    )
    and (
        $6::text is null
        or (coalesce(minutes.signed_on, 'infinity'), minutes.meeting_id) < ($6::text::date, $7::text::uuid)
    )
order by coalesce(minutes.signed_on, 'infinity') desc, minutes.meeting_id desc
limit $8

-- name: list_hits
-- The passages of minutes that hold one of the words, as a reader may see them. $1 meetings, $2 plain words, $3 reader.
select passage.meeting_id, passage.item_number, passage.text
from minutes_passage as passage
left join agenda_item as item on item.meeting_id = passage.meeting_id and item.number = passage.item_number
where
    passage.meeting_id = any($1)
    and exists (select 1 from unnest($2::text[]) as word where strpos(passage.plain, word) > 0)
    and may_read(item.restricted, item.visible_to, $3)
order by passage.meeting_id, passage.position
