-- migrate:up
set lock_timeout = '5s';

-- A simulation folds the real log by a draft, beside the live generations, and is never swapped in. `comparison` is what
-- the draft makes of the same position of the log as the method in force.
alter table generation drop constraint generation_purpose_check;
alter table generation add constraint generation_purpose_check
check (purpose in ('adoption', 'rebuild', 'simulation'));
alter table generation drop constraint generation_state_check;
alter table generation add constraint generation_state_check
check (state in ('building', 'live', 'retired', 'different', 'simulated', 'failed'));
alter table generation add column comparison jsonb;
alter table generation add column requested_by text;

-- migrate:down
