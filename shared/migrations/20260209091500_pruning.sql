-- migrate:up
set lock_timeout = '5s';

-- What is pruned is found by its age; see shared/pruning.py.
create index idempotency_age on idempotency (created_at);

-- migrate:down
