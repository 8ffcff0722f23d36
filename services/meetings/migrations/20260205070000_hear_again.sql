-- migrate:up
set lock_timeout = '5s';

-- The copies hold more than before: what was heard is heard again, from the beginning of the topics (generation 2 of the
-- subscription). Every handler keeps only what is newer than what it has, so that this repeats nothing.
delete from inbox where consumer = 'meetings';

-- migrate:down
