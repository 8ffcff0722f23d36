-- Scoring's SQL. `$1…` are explained per query. Column order of ledger lines is that of `fold.Line`.

-- name: apply_lines
-- Upserts ledger lines (newer aggregate version wins; of one version, which the log can have twice, what it has from
-- earlier), keeps the older version that each replaced among those of the past, and adds the difference that each made to
-- the part of the tally that it moves; a line that changes its part is taken out of the old one. A part stands where any
-- line stands or stood, void ones too.
-- $1 one JSON array per member of fold.Line, at most one element per key (see `incoming_lines`). Returns how many lines
-- were written and the (generation, unit) that moved.
with written as (
    insert into ledger_line as line
    select * from incoming_lines($1)
    on conflict (generation, unit, criterion, source_key) do update set
        aggregate = excluded.aggregate, version = excluded.version, event_id = excluded.event_id,
        event_type = excluded.event_type, occurred_at = excluded.occurred_at, recorded_at = excluded.recorded_at,
        weight = excluded.weight, points = excluded.points, counts = excluded.counts,
        rule = excluded.rule, text = excluded.text, part = excluded.part
    where (line.version, excluded.recorded_at, excluded.event_id collate "C")
        < (excluded.version, line.recorded_at, line.event_id collate "C")
    returning
        old as replaced, new.version, new.generation, new.unit, new.criterion, new.part,
        coalesce(old.part, new.part) as old_part,
        new.counts::integer as lines, case when new.counts then new.weight else 0 end as weight,
        case when new.counts then new.points else 0 end as points,
        coalesce(old.counts::integer, 0) as old_lines, case when old.counts then old.weight else 0 end as old_weight,
        case when old.counts then old.points else 0 end as old_points
),
kept as (
    insert into ledger_past
    select (replaced).* from written where (replaced).version < version
    on conflict do nothing
),
difference as (
    select
        generation, unit, criterion, part,
        case when part = old_part then lines - old_lines else lines end as lines,
        case when part = old_part then weight - old_weight else weight end as weight,
        case when part = old_part then points - old_points else points end as points
    from written
    union all
    select generation, unit, criterion, old_part, -old_lines, -old_weight, -old_points from written where part <> old_part
),
moved as (
    select generation, unit, criterion, part, sum(lines) as lines, sum(weight) as weight, sum(points) as points
    from difference
    group by generation, unit, criterion, part
    order by generation, unit, criterion, part
),
tallied as (
    insert into tally as held (generation, unit, criterion, part, lines, weight, points)
    select generation, unit, criterion, part, lines, weight, points from moved
    on conflict (generation, unit, criterion, part) do update set
        lines = held.lines + excluded.lines,
        weight = held.weight + excluded.weight,
        points = held.points + excluded.points
    where excluded.lines <> 0 or excluded.weight <> 0 or excluded.points <> 0
),
touched as (
    select distinct generation, unit
    from moved
    where lines <> 0 or weight <> 0 or points <> 0
    order by generation, unit
)
select
    (select count(*) from written) as written,
    array(select generation from touched) as generations,
    array(select unit from touched) as units

-- name: keep_past
-- $1 as apply_lines: keeps those of these lines among the past before which a newer line stands in the ledger; of one
-- version what the log has from earlier.
insert into ledger_past as past
select line.*
from incoming_lines($1) as line
join ledger_line as held using (generation, unit, criterion, source_key)
where held.version > line.version
on conflict (generation, unit, criterion, source_key, version) do update set
    aggregate = excluded.aggregate, event_id = excluded.event_id, event_type = excluded.event_type,
    occurred_at = excluded.occurred_at, recorded_at = excluded.recorded_at, weight = excluded.weight,
    points = excluded.points, counts = excluded.counts, rule = excluded.rule, text = excluded.text, part = excluded.part
where (excluded.recorded_at, excluded.event_id collate "C") < (past.recorded_at, past.event_id collate "C")

-- name: ensure_positions
-- $1 topics, $2 partitions: partitions that were never folded begin at 0.
insert into stream_position (topic, partition, next_offset)
select topic, partition, 0 from unnest($1::text[], $2::integer[]) as known (topic, partition)
on conflict do nothing

-- name: list_positions
-- Where the live fold stands, all partitions.
select topic, partition, next_offset from stream_position order by topic, partition

-- name: lock_all_positions
-- As list_positions, and no worker moves any until this transaction ends.
select topic, partition, next_offset from stream_position order by topic, partition for update

-- name: lock_positions
-- $1 topics, $2 partitions: the positions of these partitions, locked in a fixed order.
select topic, partition, next_offset
from stream_position
where (topic, partition) in (select * from unnest($1::text[], $2::integer[]))
order by topic, partition
for update

-- name: move_positions
-- $1 topics, $2 partitions, $3 next offsets.
update stream_position as held
set next_offset = moved.next_offset, moved_at = now()
from unnest($1::text[], $2::integer[], $3::bigint[]) as moved (topic, partition, next_offset)
where held.topic = moved.topic and held.partition = moved.partition

-- name: read_epoch
select epoch from projection

-- name: advance_epoch
update projection set epoch = epoch + 1

-- name: list_live_generations
-- The folds in force, what is needed to name them, and when each method was adopted.
select
    g.id, g.method, g.method_version, g.subject_group, g.assessed_from, g.assessed_to, g.body, g.state, g.purpose,
    m.adopted_on
from generation as g
left join method as m on m.code = g.method and m.version = g.method_version
where g.state = 'live'
order by g.id

-- name: open_adopted_generation
-- $1 method, $2 version, $3 group, $4 from, $5 to, $6 body: once per method version.
insert into generation (method, method_version, subject_group, assessed_from, assessed_to, body, purpose)
values ($1, $2, $3, $4, $5, $6, 'adoption')
on conflict (method, method_version) where purpose = 'adoption' do nothing

-- name: open_rebuild_generation
-- $1 generation that is live: a new one of the same method beside it.
insert into generation (method, method_version, subject_group, assessed_from, assessed_to, body, purpose)
select method, method_version, subject_group, assessed_from, assessed_to, body, 'rebuild'
from generation
where id = $1
returning id

-- name: next_building_generation
select id, method, method_version, subject_group, assessed_from, assessed_to, body, state, purpose
from generation
where state = 'building'
order by id
limit 1

-- name: find_generation
-- $1 id.
select
    id, method, method_version, purpose, state, folded, to_fold, checksum, live_checksum, difference, requested_at,
    finished_at
from generation
where id = $1

-- name: live_generation_of
-- $1 method code.
select id from generation where method = $1 and state = 'live'

-- name: try_builder_lock
-- One worker builds at a time; held by the session.
select pg_try_advisory_lock(hashtext('xietiao-generation-builder'))

-- name: release_builder_lock
select pg_advisory_unlock(hashtext('xietiao-generation-builder'))

-- name: note_build_progress
-- $1 generation, $2 folded so far, $3 to fold in all.
update generation set folded = $2, to_fold = $3 where id = $1

-- name: note_comparison
-- $1 generation, $2 its checksum, $3 the live one's, $4 first difference or null.
update generation set checksum = $2, live_checksum = $3, difference = $4 where id = $1

-- name: finish_as_different
-- $1 generation: it was not equal to the live one, which stays.
update generation set state = 'different', finished_at = now() where id = $1

-- name: retire_live_of
-- $1 method code.
update generation set state = 'retired', finished_at = now() where method = $1 and state = 'live'

-- name: make_live
-- $1 generation.
update generation set state = 'live', finished_at = now() where id = $1

-- name: clear_lines_of
-- $1 generation.
delete from ledger_line where generation = $1

-- name: clear_past_of
-- $1 generation.
delete from ledger_past where generation = $1

-- name: clear_tallies_of
-- $1 generation.
delete from tally where generation = $1

-- name: list_cleared_late
-- Generations that are out of use and still have rows.
select id from generation as g
where state in ('retired', 'different') and exists (select from ledger_line where generation = g.id)
order by id

-- name: ledger_rows_in_order
-- $1 generation: each line as text, byte for byte reproducible.
select concat_ws(
    E'\t', unit, criterion, source_key, aggregate, version, event_id, event_type,
    extract(epoch from occurred_at), extract(epoch from recorded_at),
    trim_scale(weight), trim_scale(points), counts, rule, text, part
) as row
from ledger_line
where generation = $1
order by unit collate "C", criterion collate "C", source_key collate "C"

-- name: past_rows_in_order
-- $1 generation: each line of the past as text.
select concat_ws(
    E'\t', unit, criterion, source_key, aggregate, version, event_id, event_type,
    extract(epoch from occurred_at), extract(epoch from recorded_at),
    trim_scale(weight), trim_scale(points), counts, rule, text, part
) as row
from ledger_past
where generation = $1
order by unit collate "C", criterion collate "C", source_key collate "C", version

-- name: tally_rows_in_order
-- $1 generation: each part of a tally as text; those that nothing moves any more say nothing, and are left out, for
-- whether they stand depends on the order in which their lines came.
select concat_ws(E'\t', unit, criterion, part, lines, trim_scale(weight), trim_scale(points)) as row
from tally
where generation = $1 and (part = '' or lines <> 0 or weight <> 0 or points <> 0)
order by unit collate "C", criterion collate "C", part collate "C"

-- name: tallies_of_units
-- $1 generations, $2 units: all tallies of these pairs, their parts together.
select
    t.generation, t.unit, t.criterion, sum(t.lines)::integer as lines, trim_scale(sum(t.weight)) as weight,
    trim_scale(sum(t.points)) as points
from unnest($1::integer[], $2::text[]) as moved (generation, unit)
join tally as t using (generation, unit)
group by t.generation, t.unit, t.criterion
order by t.generation, t.unit, t.criterion

-- name: next_notice_revisions
-- $1 methods, $2 units, in order: the number of the next notice of each.
insert into tally_notice as held (method, unit, revision)
select method, unit, 1 from unnest($1::text[], $2::text[]) as moved (method, unit)
on conflict (method, unit) do update set revision = held.revision + 1
returning method, unit, revision

-- name: insert_method
-- $1 code, $2 version, $3 title, $4 group, $5 document, $6 adopted_on, $7 from, $8 to, $9 body, $10 digest.
insert into method (
    code, version, title, subject_group, document, adopted_on, assessed_from, assessed_to, body, body_digest
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: lock_method_code
-- $1 code: one adoption of a method at a time.
select pg_advisory_xact_lock(hashtext('method:' || $1))

-- name: latest_method
-- $1 code.
select code, version, title, subject_group, document, adopted_on, assessed_from, assessed_to, body, body_digest
from method
where code = $1
order by version desc
limit 1

-- name: methods_beside
-- $1 code, $2 group, $3 from, $4 to: the group's other methods whose assessed days overlap.
select distinct code
from method
where code <> $1 and subject_group = $2 and daterange(assessed_from, assessed_to, '[]') && daterange($3, $4, '[]')
order by code

-- name: find_method
-- $1 code, $2 version.
select code, version, title, subject_group, document, adopted_on, assessed_from, assessed_to, body, body_digest
from method
where code = $1 and version = $2

-- name: list_methods
-- $1, $2 after (code, version); $3 limit.
select code, version, title, subject_group, document, adopted_on, assessed_from, assessed_to, body, body_digest
from method
where (code, version) > ($1, $2)
order by code, version
limit $3

-- name: upsert_unit
-- $1 code, $2 name, $3 kind, $4 aggregate version; an older version changes nothing.
insert into unit_copy as held (code, name, kind, version) values ($1, $2, $3, $4)
on conflict (code) do update set name = excluded.name, kind = excluded.kind, version = excluded.version
where held.version < excluded.version

-- name: upsert_membership
-- $1 id, $2 body, $3 role, $4 unit, $5 from, $6 to, $7 aggregate version; an older version changes nothing.
insert into membership_copy as held (membership_id, body, role, unit, valid_from, valid_to, version)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (membership_id) do update set
    body = excluded.body, role = excluded.role, unit = excluded.unit, valid_from = excluded.valid_from,
    valid_to = excluded.valid_to, version = excluded.version
where held.version < excluded.version

-- name: list_subjects
-- $1 body, $2 role, $3 from, $4 to (both included): units that held the role on any of these days.
select distinct m.unit as code, coalesce(u.name, m.unit) as name
from membership_copy as m
left join unit_copy as u on u.code = m.unit
where m.body = $1 and m.role = $2
    and daterange(m.valid_from, m.valid_to) && daterange($3, $4, '[]')
order by code

-- name: list_units_of_kind
-- $1 kind.
select code, name from unit_copy where kind = $1 order by code

-- name: list_named_units
-- $1 codes: with their names; a unit that the registry does not have goes by its code.
select wanted.code, coalesce(u.name, wanted.code) as name
from unnest($1::text[]) as wanted (code)
left join unit_copy as u using (code)
order by wanted.code

-- name: list_tallies
-- $1 generation, $2 unit or null, $3, $4 after (unit, criterion), $5 limit: the parts of each together.
select
    unit, criterion, sum(lines)::integer as lines, trim_scale(sum(weight)) as weight, trim_scale(sum(points)) as points
from tally
where generation = $1 and ($2::text is null or unit = $2) and (unit, criterion) > ($3, $4)
group by unit, criterion
order by unit, criterion
limit $5

-- name: all_tallies
-- $1 generation: every part, or $2: of indicators only those of whole years (`2026@<definition>`).
select unit, criterion, part, lines, trim_scale(weight) as weight, trim_scale(points) as points
from tally
where generation = $1 and (not $2 or not starts_with(criterion, 'indicator.') or strpos(part, '@') = 5)

-- name: list_observations
-- $1 generation, $2 criterion of an indicator (`indicator.<code>`) or null, $3 unit or null, $4 … $6 after (criterion,
-- unit, source_key), $7 limit: what stands of the reports' values; `version` is the report's, so the vintage.
select criterion, unit, source_key, part, trim_scale(points) as value, version, occurred_at, recorded_at, event_id, aggregate
from ledger_line
where generation = $1 and criterion like 'indicator.%' and counts and ($2::text is null or criterion = $2)
    and ($3::text is null or unit = $3) and (criterion, unit, source_key) > ($4, $5, $6)
order by criterion, unit, source_key
limit $7
