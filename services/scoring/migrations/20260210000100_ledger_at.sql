-- migrate:up
set lock_timeout = '5s';

-- Where in the tables the lines of a time stand: they come about in the order of the log. A few bytes per hundred pages, so
-- the fold hardly feels them; several intervals each, for a newer version may take the place of any older one.
create index ledger_line_occurred on ledger_line using brin (occurred_at timestamptz_minmax_multi_ops);
create index ledger_line_recorded on ledger_line using brin (recorded_at timestamptz_minmax_multi_ops);

-- Of keys whose line came after a moment, the newest version that had happened by then and that the log had; units and
-- criteria null for all.
create function overtaken_at(asked integer, as_of timestamptz, known_at timestamptz, units text [], criteria text [])
returns setof ledger_line language sql stable parallel safe
begin atomic
select distinct on (past.unit, past.criterion, past.source_key) past.*
from ledger_past as past
join ledger_line as line using (generation, unit, criterion, source_key)
where past.generation = asked and past.occurred_at <= as_of and past.recorded_at <= known_at
    and (units is null or past.unit = any(units)) and (criteria is null or past.criterion = any(criteria))
    and line.generation = asked and (line.occurred_at > as_of or line.recorded_at > known_at)
    and (units is null or line.unit = any(units)) and (criteria is null or line.criterion = any(criteria))
order by past.unit, past.criterion, past.source_key, past.version desc;
end;

-- The ledger as it stood at a moment: of each key the newest version that had happened and that the log had by then. What
-- stands now and stood then is read as it is; only of keys whose line came later is the past looked at.
create function ledger_at(asked integer, as_of timestamptz, known_at timestamptz, units text [], criteria text [])
returns setof ledger_line language sql stable parallel safe
begin atomic
select * from ledger_line
where generation = asked and occurred_at <= as_of and recorded_at <= known_at
    and (units is null or unit = any(units)) and (criteria is null or criterion = any(criteria))
union all
select * from overtaken_at(asked, as_of, known_at, units, criteria);
end;

-- migrate:down
