-- name: list_portfolios
-- Portfolios of a day. $1 day, $2 posts or null for all, $3 as known when.
select
    portfolio.id, portfolio.post, portfolio.position, portfolio.entry, portfolio.scope, portfolio.source,
    portfolio.document, lower(portfolio.valid) as valid_from, upper(portfolio.valid) as valid_to,
    coalesce(
        (
            select jsonb_agg(jsonb_build_array(unit.code, unit.name) order by portfolio_unit.position)
            from portfolio_unit
            join unit_on($1, $3) as unit on unit.code = portfolio_unit.unit
            where portfolio_unit.portfolio = portfolio.id
        ),
        '[]'
    ) as units,
    coalesce(
        (
            select jsonb_agg(jsonb_build_array(sector.code, sector.name) order by portfolio_sector.position)
            from portfolio_sector
            join sector_on($1, $3) as sector on sector.code = portfolio_sector.sector
            where portfolio_sector.portfolio = portfolio.id
        ),
        '[]'
    ) as sectors
from portfolio_on($1, $3) as portfolio
where ($2::text[] is null or portfolio.post = any($2))
order by portfolio.position

-- name: add_portfolio
-- Enter a portfolio and return its id. $1 position or null, $2 post, $3 scope, $4 source, $5 document or null, $6 first
-- day, $7 the day before which it ends, or null, $8 sectors, $9 units.
with added as (
    insert into portfolio (position, post, scope, source, document, valid)
    values (place('portfolio', $1), $2, $3, $4, $5, daterange($6, $7))
    returning id, valid
),
sectors as (
    insert into portfolio_sector (portfolio, position, sector, valid)
    select added.id, named.position, named.sector, added.valid
    from added, unnest($8::text[]) with ordinality as named (sector, position)
),
units as (
    insert into portfolio_unit (portfolio, position, unit, valid)
    select added.id, named.position, named.unit, added.valid
    from added, unnest($9::text[]) with ordinality as named (unit, position)
)
select id::text from added

-- name: add_incumbency
-- Enter who is in a post and return the id. $1 position or null, $2 post, $3 person, $4 document or null, $5 first day,
-- $6 the day before which it ends, or null.
insert into incumbency (position, post, person, document, valid)
values (place('incumbency', $1), $2, $3, $4, daterange($5, $6))
returning id::text

-- name: list_incumbents
-- Who is in posts on a day. $1 day, $2 posts or null for all, $3 as known when, $4 person or null.
select id, post, person, document, position, entry, lower(valid) as valid_from, upper(valid) as valid_to
from incumbency_on($1, $3) as incumbency
where ($2::text[] is null or post = any($2)) and ($4::text is null or person = $4)
order by position
