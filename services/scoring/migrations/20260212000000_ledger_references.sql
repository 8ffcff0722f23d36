-- migrate:up
set lock_timeout = '5s';

-- Lines come by thousands in one statement, all of the live generations that the same transaction has read, and no
-- generation is ever deleted. To look each line's generation up again was a fifth of the database's work per batch.
alter table ledger_line drop constraint ledger_line_generation_fkey;
alter table ledger_past drop constraint ledger_past_generation_fkey;

-- migrate:down
