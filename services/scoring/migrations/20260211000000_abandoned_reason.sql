-- migrate:up
set lock_timeout = '5s';

-- Why a closing was given up, beside the reason with which it was closed; until now the one replaced the other.
alter table publication add column abandoned_reason text;
update publication set abandoned_reason = reason, reason = null where state = 'abandoned';

-- migrate:down
