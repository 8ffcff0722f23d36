-- migrate:up
set lock_timeout = '5s';

-- What a row says, without the bookkeeping of its times and place.
create function says(fact jsonb) returns jsonb language sql immutable begin atomic
select jsonb_strip_nulls(fact - array[
    'valid', 'recorded', 'recorded_at', 'superseded_at', 'superseded_by', 'change', 'entry', 'position', 'spoken',
    'aggregate', 'holder'
]);
end;

-- migrate:down
