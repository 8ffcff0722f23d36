-- Every statement about files put to reports.

-- name: insert_file
-- A file put to a report. $1 report, $2 name, $3 media type, $4 size in bytes, $5 SHA-256, $6 reference in the file
-- store, $7 who, $8 when
insert into report_file (report_id, name, media_type, size, digest, storage, uploaded_by, uploaded_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
returning *

-- name: find_file
-- One file. $1 id
select * from report_file where id = $1

-- name: files_of
-- The files of a report, oldest first. $1 report
select * from report_file where report_id = $1 order by id

-- name: files_among
-- Those of some files that belong to a report. $1 ids, $2 report
select * from report_file where id = any($1::uuid[]) and report_id = $2
