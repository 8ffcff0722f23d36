-- migrate:up
set lock_timeout = '5s';

-- `readable`: the record is an event, its handler failed; such records count for no run of unreadable ones.
-- A dead letter is closed by a replay or by someone who decided that it need not be taken.
alter table dead_letter
    add column readable boolean not null default false,
    add column dismissed_at timestamptz;

-- migrate:down
