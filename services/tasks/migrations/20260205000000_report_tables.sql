-- migrate:up
set lock_timeout = '5s';

-- A report on others is a table: what it states of each unit, as text by indicator. Null where a report is on its own
-- unit; that stands in `stated`.
alter table report_submission add column table_rows jsonb;

-- migrate:down
