-- migrate:up
set lock_timeout = '5s';

-- When a plan was last submitted: a meeting that rejected it since need not see it proposed again.
alter table known_plan add column submitted_at timestamptz;
alter table agenda_item add column decided_at timestamptz;

-- migrate:down
