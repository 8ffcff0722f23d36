-- migrate:up
set lock_timeout = '5s';

-- Lines that a newer line of the same key stands before: with them the ledger answers for any past moment, by event time
-- and by record time. Same columns in the same order as ledger_line.
create table ledger_past (
    like ledger_line including defaults,
    primary key (generation, unit, criterion, source_key, version),
    foreign key (generation) references generation (id)
);

-- migrate:down
