-- Every statement of major projects.

-- name: insert_project
-- A new project; no row if the code is taken. $1 code, $2 title, $3 unit, $4 sectors, $5 total investment,
-- $6 registered at, $7 correlation id
insert into project (code, title, unit, sectors, total_investment, version, registered_at, correlation_id)
values ($1, $2, $3, $4, $5, 0, $6, $7)
on conflict (code) do nothing
returning *

-- name: lock_project
-- The project, locked. $1 id
select * from project where id = $1 for update

-- name: find_project
-- The project as it is. $1 id
select * from project where id = $1

-- name: save_project
-- A project's data and version. $1 id, $2 title, $3 unit, $4 sectors, $5 total investment, $6 version
update project set title = $2, unit = $3, sectors = $4, total_investment = $5, version = $6 where id = $1

-- name: plan_year
-- A project's plan of a year, anew if it had one. $1 project, $2 year, $3 planned, $4 goal
insert into project_year (project_id, year, planned, goal) values ($1, $2, $3, $4)
on conflict (project_id, year) do update set planned = excluded.planned, goal = excluded.goal

-- name: years_of
-- The plans of a project. $1 project
select year, planned, goal from project_year where project_id = $1 order by year

-- name: months_of
-- The newest statement of each month of several projects in a year. $1 projects, $2 year or null for all
select distinct on (project_id, year, month) * from project_month
where project_id = any($1::uuid[]) and ($2::integer is null or year = $2)
order by project_id, year, month, edition desc

-- name: editions_of_month
-- Every statement of a project's months in a year. $1 project, $2 year
select * from project_month where project_id = $1 and year = $2 order by month, edition

-- name: insert_month
-- A statement of a month. $1 project, $2 year, $3 month, $4 edition, $5 invested, $6 node, $7 note, $8 stated at,
-- $9 by whom, $10 why it is stated again
insert into project_month (project_id, year, month, edition, invested, node, note, stated_at, stated_by, reason)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: page_of_projects
-- Projects of a year's plan, newest first. $1 id before which the page begins or null, $2 year, $3 unit or null,
-- $4 sector or null, $5 part of the title or null, $6 a month of which nothing is stated or null, $7 limit
select p.*, y.planned, y.goal from project_year y join project p on p.id = y.project_id
where y.year = $2
  and ($1::uuid is null or p.id < $1)
  and ($3::text is null or p.unit = $3)
  and ($4::text is null or $4 = any(p.sectors))
  and ($5::text is null or strpos(lower(p.title), lower($5)) > 0)
  and ($6::integer is null or not exists (
      select from project_month m where m.project_id = p.id and m.year = $2 and m.month = $6))
order by p.id desc
limit $7

-- name: totals_of_year
-- Plan and investment of a year by unit. $1 year, $2 unit or null
select p.unit, count(*) as projects, sum(y.planned) as planned, coalesce(sum(i.invested), 0) as invested
from project_year y
join project p on p.id = y.project_id
left join lateral (
    select sum(newest.invested) as invested from (
        select distinct on (month) invested from project_month
        where project_id = p.id and year = y.year order by month, edition desc
    ) as newest
) as i on true
where y.year = $1 and ($2::text is null or p.unit = $2)
group by p.unit
order by p.unit
