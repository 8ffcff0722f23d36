-- Simulations are generations of that purpose. `$1…` are explained per query.

-- name: open_simulation
-- $1 method, $2 version, $3 group, $4 from, $5 to, $6 body, $7 who.
insert into generation (
    method, method_version, subject_group, assessed_from, assessed_to, body, purpose, requested_by
)
values ($1, $2, $3, $4, $5, $6, 'simulation', $7)
returning id

-- name: retire_simulations_beyond
-- $1 how many finished simulations are kept: older ones go out of use, and their rows are cleared.
update generation set state = 'retired', comparison = null
where id in (
    select id from generation where purpose = 'simulation' and state in ('simulated', 'failed')
    order by id desc
    offset $1
)

-- name: retire_simulation
-- $1 id.
update generation set state = 'retired', comparison = null
where id = $1 and purpose = 'simulation' and state <> 'retired'
returning id

-- name: find_simulation
-- $1 id.
select
    id, method, method_version, body ->> 'title' as title, state, folded, to_fold, comparison, difference as failure, requested_by,
    requested_at, finished_at
from generation
where id = $1 and purpose = 'simulation'

-- name: page_of_simulations
-- $1 before id or null, $2 limit: newest first, those out of use left out.
select
    id, method, method_version, body ->> 'title' as title, state, folded, to_fold, null::jsonb as comparison,
    difference as failure, requested_by, requested_at, finished_at
from generation
where purpose = 'simulation' and state <> 'retired' and ($1::integer is null or id < $1)
order by id desc
limit $2

-- name: finish_simulation
-- $1 id, $2 comparison; one that was given up meanwhile stays so.
update generation set state = 'simulated', comparison = $2, finished_at = now()
where id = $1 and state = 'building'

-- name: fail_simulation
-- $1 id, $2 why.
update generation set state = 'failed', difference = $2, finished_at = now()
where id = $1 and state = 'building'

-- name: simulated_generation
-- $1 id: the fold of a simulation that has caught up.
select id, method, method_version, subject_group, assessed_from, assessed_to, body, state, purpose
from generation
where id = $1 and purpose = 'simulation' and state = 'simulated'
