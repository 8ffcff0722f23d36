-- name: open_on_unit
-- What hangs on a unit on days, by kind and key. $1 unit, $2 first day, $3 the day before which they end, or null.
select 'post' as kind, code as key, null as part from post where unit = $1 and valid && daterange($2, $3)
union
select 'duty', code, null from duty where holder_unit = $1 and valid && daterange($2, $3)
union
select 'partner', duty.code, null from duty
join clause_partner on clause_partner.duty = duty.id
where clause_partner.unit = $1 and duty.valid && daterange($2, $3)
union
select 'membership', body, role from membership where holder_unit = $1 and valid && daterange($2, $3)
union
select 'portfolio', portfolio.post, portfolio.scope from portfolio
join portfolio_unit on portfolio_unit.portfolio = portfolio.id
where portfolio_unit.unit = $1 and portfolio.valid && daterange($2, $3)
union
select 'office', code, null from body where office_unit = $1 and valid && daterange($2, $3)
union
select 'child', code, null from unit where parent = $1 and valid && daterange($2, $3)
order by kind, key, part

-- name: open_on_post
-- What hangs on a post on days, by kind and key. $1 post, $2 first day, $3 the day before which they end, or null.
select 'duty' as kind, code as key, null as part from duty where holder_post = $1 and valid && daterange($2, $3)
union
select 'membership', body, role from membership where holder_post = $1 and valid && daterange($2, $3)
union
select 'portfolio', post, scope from portfolio where post = $1 and valid && daterange($2, $3)
union
select 'incumbency', post, null from incumbency where post = $1 and valid && daterange($2, $3)
order by kind, key, part

-- name: open_on_sector
-- What names a sector or theme on or after a day, by kind and key. $1 sector, $2 day.
select 'duty' as kind, duty.code as key, null as part from duty
join clause_object on clause_object.duty = duty.id
where clause_object.sector = $1 and duty.valid && daterange($2, null)
union
select 'portfolio', portfolio.post, portfolio.scope from portfolio
join portfolio_sector on portfolio_sector.portfolio = portfolio.id
where portfolio_sector.sector = $1 and portfolio.valid && daterange($2, null)
union
select 'child', code, null from sector where within = $1 and valid && daterange($2, null)
order by kind, key, part

-- name: add_organisation_change
-- Keep which units became which. $1 change, $2 kind, $3 first day, $4 document, $5 units before, $6 units after.
with added as (
    insert into organisation_change (change, kind, effective_on, document) values ($1, $2, $3, $4)
    returning id
)
insert into organisation_change_unit (organisation_change, part, unit)
select added.id, 'original', unit from added, unnest($5::text[]) as unit
union all
select added.id, 'resulting', unit from added, unnest($6::text[]) as unit

-- name: list_lineage
-- Changes of organisation in which units took part, up to a day. $1 units, $2 day, $3 as known when.
select
    organisation_change.id, organisation_change.kind, organisation_change.effective_on, organisation_change.document,
    change.recorded_at,
    array(
        select unit from organisation_change_unit
        where organisation_change_unit.organisation_change = organisation_change.id and part = 'original'
        order by unit
    ) as original,
    array(
        select unit from organisation_change_unit
        where organisation_change_unit.organisation_change = organisation_change.id and part = 'resulting'
        order by unit
    ) as resulting
from organisation_change
join change on change.id = organisation_change.change
where
    organisation_change.effective_on <= $2
    and change.recorded_at <= coalesce($3::timestamptz, 'infinity')
    and exists (
        select from organisation_change_unit
        where organisation_change_unit.organisation_change = organisation_change.id and unit = any($1::text[])
    )
order by organisation_change.effective_on, organisation_change.change, organisation_change.id
