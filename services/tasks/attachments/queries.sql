-- Every statement about files put to tasks.

-- name: insert_attachment
-- A file put to a task. $1 task, $2 name, $3 media type, $4 size in bytes, $5 SHA-256, $6 reference in the file store,
-- $7 unit that put it, $8 who, $9 when
insert into attachment (task_id, name, media_type, size, digest, storage, unit, uploaded_by, uploaded_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
returning *

-- name: find_attachment
-- One file. $1 id
select * from attachment where id = $1

-- name: attachments_of
-- The files of a task, oldest first. $1 task
select * from attachment where task_id = $1 order by id

-- name: strangers_among
-- Which of these ids are no files of the task. $1 ids, $2 task
select wanted.id from unnest($1::uuid[]) as wanted (id)
where not exists (select from attachment where attachment.id = wanted.id and attachment.task_id = $2)
