-- migrate:up
set lock_timeout = '5s';

-- Lines as the fold hands them over: one JSON array per member of `fold.Line`, all of the same length. Text and JSON cost
-- the client a fourth of what arrays cost it, and the server hardly more.
create function incoming_lines(told text []) returns setof ledger_line language sql stable parallel safe
begin atomic
select
    generation::integer, unit, criterion, source_key, aggregate, version::integer, event_id, event_type,
    occurred_at::timestamptz, recorded_at::timestamptz, weight::numeric, points::numeric, counts::boolean, rule,
    text, part
from rows from (
    json_array_elements_text(told[1]::json), json_array_elements_text(told[2]::json),
    json_array_elements_text(told[3]::json), json_array_elements_text(told[4]::json),
    json_array_elements_text(told[5]::json), json_array_elements_text(told[6]::json),
    json_array_elements_text(told[7]::json), json_array_elements_text(told[8]::json),
    json_array_elements_text(told[9]::json), json_array_elements_text(told[10]::json),
    json_array_elements_text(told[11]::json), json_array_elements_text(told[12]::json),
    json_array_elements_text(told[13]::json), json_array_elements_text(told[14]::json),
    json_array_elements_text(told[15]::json), json_array_elements_text(told[16]::json)
) as line (
    generation, unit, criterion, source_key, aggregate, version, event_id, event_type, occurred_at, recorded_at,
    weight, points, counts, rule, text, part
);
end;

-- migrate:down
