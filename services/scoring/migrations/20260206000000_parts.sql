-- migrate:up
set lock_timeout = '5s';

-- The part of a tally that a line moves: its month, its report's period, its rater, where a rule needs to know it.
alter table ledger_line add column part text not null default '';

alter table tally add column part text not null default '';
alter table tally drop constraint tally_pkey;
alter table tally add primary key (generation, unit, criterion, part);

-- migrate:down
