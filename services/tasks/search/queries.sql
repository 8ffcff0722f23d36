-- Every statement that finds tasks. A light is that of `supervision/lights.py`, in SQL; a task's is the worst of its
-- parts'. What is not asked for falls away when the statement is planned, since it is planned with what is given;
-- `coalesce((select true … limit 1), false)` is `exists` that is asked row by row, for statements that end early; which
-- tasks have targets that are past is found once before.

-- name: search_newest
-- Tasks, newest first.
-- $1 id after which the page begins or null, $2 states or null, $3 source kind, $4 source id, $5 plan, $6 tag,
-- $7 leader's post, $8 parent, $9 due from, $10 due to, $11 text, $12 role, $13 light, each or null; $14 today,
-- $15 last day that is near or null if unknown, $16 limit
select task.* from task
where ($1::uuid is null or task.id < $1)
  and (task.state = any($2::text[]) or ($2::text[] is null and task.state <> 'draft'))
  and ($3::text is null or task.source_kind = $3)
  and ($4::text is null or task.source_id = $4)
  and ($5::uuid is null or task.plan_id = $5 or task.id in (
      select task_id from plan_item join plan on plan.id = plan_item.plan_id and plan.edition = plan_item.edition
      where plan_item.plan_id = $5))
  and ($6::text is null or task.tags @> array[$6::text])
  and ($7::text is null or task.leader_post = $7)
  and ($8::uuid is null or task.parent_id = $8)
  and ($11::text is null or (text_grams(task_words(task.title, task.text)) @> needle_grams(lower($11))
                             and strpos(task_words(task.title, task.text), lower($11)) > 0))
  and ($9::date is null or task.due_on >= $9)
  and ($10::date is null or task.due_on <= $10)
  and ($12::text is null or coalesce((
      select true from assignment as part
      where part.task_id = task.id and part.role = $12 and part.state <> 'reassigned' limit 1), false))
  and ($13::text is distinct from 'red' or task.owed_from < $14::date)
  and ($13::text is distinct from 'yellow' or (task.owed_from >= $14::date and (task.owed_from <= $15::date or (
          task.id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
          select true from assignment_target as target
          join assignment as late on late.task_id = target.task_id and late.unit = target.unit
          where target.task_id = task.id and target.due_on < $14::date and late.percent < target.percent
            and late.state in ('assigned', 'acknowledged', 'in_progress')
          limit 1), false)))))
  and ($13::text is distinct from 'unknown' or ($15::date is null and task.owed_from >= $14::date and not (
          task.id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
          select true from assignment_target as target
          join assignment as late on late.task_id = target.task_id and late.unit = target.unit
          where target.task_id = task.id and target.due_on < $14::date and late.percent < target.percent
            and late.state in ('assigned', 'acknowledged', 'in_progress')
          limit 1), false))))
  and ($13::text is distinct from 'green'
       or (task.owed_from is null and task.state not in ('draft', 'cancelled', 'bounced', 'reassigned'))
       or (task.owed_from > $15::date and not (
          task.id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
          select true from assignment_target as target
          join assignment as late on late.task_id = target.task_id and late.unit = target.unit
          where target.task_id = task.id and target.due_on < $14::date and late.percent < target.percent
            and late.state in ('assigned', 'acknowledged', 'in_progress')
          limit 1), false))))
order by task.id desc
limit $16

-- name: search_by_due
-- Tasks that are not void, the earliest due date first. $1 to $16 as above, $17 due date after which the page begins
-- or null
select task.* from task
where task.state not in ('draft', 'cancelled')
  and ($17::date is null or (task.due_on, task.id) > ($17::date, $1::uuid))
  and (task.state = any($2::text[]) or ($2::text[] is null and task.state <> 'draft'))
  and ($3::text is null or task.source_kind = $3)
  and ($4::text is null or task.source_id = $4)
  and ($5::uuid is null or task.plan_id = $5 or task.id in (
      select task_id from plan_item join plan on plan.id = plan_item.plan_id and plan.edition = plan_item.edition
      where plan_item.plan_id = $5))
  and ($6::text is null or task.tags @> array[$6::text])
  and ($7::text is null or task.leader_post = $7)
  and ($8::uuid is null or task.parent_id = $8)
  and ($11::text is null or (text_grams(task_words(task.title, task.text)) @> needle_grams(lower($11))
                             and strpos(task_words(task.title, task.text), lower($11)) > 0))
  and ($9::date is null or task.due_on >= $9)
  and ($10::date is null or task.due_on <= $10)
  and ($12::text is null or coalesce((
      select true from assignment as part
      where part.task_id = task.id and part.role = $12 and part.state <> 'reassigned' limit 1), false))
  and ($13::text is distinct from 'red' or task.owed_from < $14::date)
  and ($13::text is distinct from 'yellow' or (task.owed_from >= $14::date and (task.owed_from <= $15::date or (
          task.id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
          select true from assignment_target as target
          join assignment as late on late.task_id = target.task_id and late.unit = target.unit
          where target.task_id = task.id and target.due_on < $14::date and late.percent < target.percent
            and late.state in ('assigned', 'acknowledged', 'in_progress')
          limit 1), false)))))
  and ($13::text is distinct from 'unknown' or ($15::date is null and task.owed_from >= $14::date and not (
          task.id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
          select true from assignment_target as target
          join assignment as late on late.task_id = target.task_id and late.unit = target.unit
          where target.task_id = task.id and target.due_on < $14::date and late.percent < target.percent
            and late.state in ('assigned', 'acknowledged', 'in_progress')
          limit 1), false))))
  and ($13::text is distinct from 'green'
       or (task.owed_from is null and task.state not in ('draft', 'cancelled', 'bounced', 'reassigned'))
       or (task.owed_from > $15::date and not (
          task.id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
          select true from assignment_target as target
          join assignment as late on late.task_id = target.task_id and late.unit = target.unit
          where target.task_id = task.id and target.due_on < $14::date and late.percent < target.percent
            and late.state in ('assigned', 'acknowledged', 'in_progress')
          limit 1), false))))
order by task.due_on, task.id
limit $16

-- name: search_of_unit_newest
-- Tasks in which a unit takes part, newest first; role, states, light and due dates are those of its part;
-- its parts are gone through in order, one task looked up for each, until the page is full.
-- $1 to $16 as above, $17 states of the part or null, $18 unit
select task.* from assignment as part cross join lateral (select * from task where id = part.task_id offset 0) as task
where part.unit = $18 and part.state <> 'reassigned'
  and ($17::text[] is null or part.state = any($17::text[]))
  and ($1::uuid is null or part.task_id < $1)
  and (task.state = any($2::text[]) or ($2::text[] is null and task.state <> 'draft'))
  and ($3::text is null or task.source_kind = $3)
  and ($4::text is null or task.source_id = $4)
  and ($5::uuid is null or task.plan_id = $5 or task.id in (
      select task_id from plan_item join plan on plan.id = plan_item.plan_id and plan.edition = plan_item.edition
      where plan_item.plan_id = $5))
  and ($6::text is null or task.tags @> array[$6::text])
  and ($7::text is null or task.leader_post = $7)
  and ($8::uuid is null or task.parent_id = $8)
  and ($11::text is null or (text_grams(task_words(task.title, task.text)) @> needle_grams(lower($11))
                             and strpos(task_words(task.title, task.text), lower($11)) > 0))
  and ($9::date is null or part.due_on >= $9)
  and ($10::date is null or part.due_on <= $10)
  and ($12::text is null or part.role = $12)
  and ($13::text is distinct from 'red' or (part.state in ('assigned', 'acknowledged', 'in_progress') and part.due_on < $14::date))
  and ($13::text is distinct from 'yellow'
       or (part.state in ('assigned', 'acknowledged', 'in_progress') and part.due_on >= $14::date and (part.due_on <= $15::date or (
          part.task_id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
          select true from assignment_target as target
          join assignment as late on late.task_id = target.task_id and late.unit = target.unit
          where target.task_id = part.task_id and target.unit = part.unit and target.due_on < $14::date and late.percent < target.percent
            and late.state in ('assigned', 'acknowledged', 'in_progress')
          limit 1), false)))))
  and ($13::text is distinct from 'unknown'
       or (part.state in ('assigned', 'acknowledged', 'in_progress') and $15::date is null and part.due_on >= $14::date and not (
          part.task_id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
          select true from assignment_target as target
          join assignment as late on late.task_id = target.task_id and late.unit = target.unit
          where target.task_id = part.task_id and target.unit = part.unit and target.due_on < $14::date and late.percent < target.percent
            and late.state in ('assigned', 'acknowledged', 'in_progress')
          limit 1), false))))
  and ($13::text is distinct from 'green'
       or part.state in ('completion_requested', 'completed', 'closed_out', 'suspended')
       or (part.state in ('assigned', 'acknowledged', 'in_progress') and part.due_on > $15::date and not (
          part.task_id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
          select true from assignment_target as target
          join assignment as late on late.task_id = target.task_id and late.unit = target.unit
          where target.task_id = part.task_id and target.unit = part.unit and target.due_on < $14::date and late.percent < target.percent
            and late.state in ('assigned', 'acknowledged', 'in_progress')
          limit 1), false))))
order by part.task_id desc
limit $16

-- name: search_of_unit_by_due
-- As before, the earliest due date of the part first. $1 to $18 as above, $19 due date after which the page begins
-- or null
select task.* from assignment as part cross join lateral (select * from task where id = part.task_id offset 0) as task
where part.unit = $18 and part.state <> 'reassigned'
  and ($17::text[] is null or part.state = any($17::text[]))
  and ($19::date is null or (part.due_on, part.task_id) > ($19::date, $1::uuid))
  and (task.state = any($2::text[]) or ($2::text[] is null and task.state <> 'draft'))
  and ($3::text is null or task.source_kind = $3)
  and ($4::text is null or task.source_id = $4)
  and ($5::uuid is null or task.plan_id = $5 or task.id in (
      select task_id from plan_item join plan on plan.id = plan_item.plan_id and plan.edition = plan_item.edition
      where plan_item.plan_id = $5))
  and ($6::text is null or task.tags @> array[$6::text])
  and ($7::text is null or task.leader_post = $7)
  and ($8::uuid is null or task.parent_id = $8)
  and ($11::text is null or (text_grams(task_words(task.title, task.text)) @> needle_grams(lower($11))
                             and strpos(task_words(task.title, task.text), lower($11)) > 0))
  and ($9::date is null or part.due_on >= $9)
  and ($10::date is null or part.due_on <= $10)
  and ($12::text is null or part.role = $12)
  and ($13::text is distinct from 'red' or (part.state in ('assigned', 'acknowledged', 'in_progress') and part.due_on < $14::date))
  and ($13::text is distinct from 'yellow'
       or (part.state in ('assigned', 'acknowledged', 'in_progress') and part.due_on >= $14::date and (part.due_on <= $15::date or (
          part.task_id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
          select true from assignment_target as target
          join assignment as late on late.task_id = target.task_id and late.unit = target.unit
          where target.task_id = part.task_id and target.unit = part.unit and target.due_on < $14::date and late.percent < target.percent
            and late.state in ('assigned', 'acknowledged', 'in_progress')
          limit 1), false)))))
  and ($13::text is distinct from 'unknown'
       or (part.state in ('assigned', 'acknowledged', 'in_progress') and $15::date is null and part.due_on >= $14::date and not (
          part.task_id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
          select true from assignment_target as target
          join assignment as late on late.task_id = target.task_id and late.unit = target.unit
          where target.task_id = part.task_id and target.unit = part.unit and target.due_on < $14::date and late.percent < target.percent
            and late.state in ('assigned', 'acknowledged', 'in_progress')
          limit 1), false))))
  and ($13::text is distinct from 'green'
       or part.state in ('completion_requested', 'completed', 'closed_out', 'suspended')
       or (part.state in ('assigned', 'acknowledged', 'in_progress') and part.due_on > $15::date and not (
          part.task_id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
          select true from assignment_target as target
          join assignment as late on late.task_id = target.task_id and late.unit = target.unit
          where target.task_id = part.task_id and target.unit = part.unit and target.due_on < $14::date and late.percent < target.percent
            and late.state in ('assigned', 'acknowledged', 'in_progress')
          limit 1), false))))
order by part.due_on, part.task_id
limit $16

-- name: search_rare_text_of_unit_newest
-- As `search_of_unit_newest`, for a text that few tasks have: they are found first.
select task.* from assignment as part join task on task.id = part.task_id
where part.unit = $18 and part.state <> 'reassigned'
  and ($17::text[] is null or part.state = any($17::text[]))
  and ($1::uuid is null or (part.task_id < $1 and task.id < $1))
  and (task.state = any($2::text[]) or ($2::text[] is null and task.state <> 'draft'))
  and ($3::text is null or task.source_kind = $3)
  and ($4::text is null or task.source_id = $4)
  and ($5::uuid is null or task.plan_id = $5 or task.id in (
      select task_id from plan_item join plan on plan.id = plan_item.plan_id and plan.edition = plan_item.edition
      where plan_item.plan_id = $5))
  and ($6::text is null or task.tags @> array[$6::text])
  and ($7::text is null or task.leader_post = $7)
  and ($8::uuid is null or task.parent_id = $8)
  and ($11::text is null or (text_grams(task_words(task.title, task.text)) @> needle_grams(lower($11))
                             and strpos(task_words(task.title, task.text), lower($11)) > 0))
  and ($9::date is null or part.due_on >= $9)
  and ($10::date is null or part.due_on <= $10)
  and ($12::text is null or part.role = $12)
  and ($13::text is distinct from 'red' or (part.state in ('assigned', 'acknowledged', 'in_progress') and part.due_on < $14::date))
  and ($13::text is distinct from 'yellow'
       or (part.state in ('assigned', 'acknowledged', 'in_progress') and part.due_on >= $14::date and (part.due_on <= $15::date or (
          part.task_id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
          select true from assignment_target as target
          join assignment as late on late.task_id = target.task_id and late.unit = target.unit
          where target.task_id = part.task_id and target.unit = part.unit and target.due_on < $14::date and late.percent < target.percent
            and late.state in ('assigned', 'acknowledged', 'in_progress')
          limit 1), false)))))
  and ($13::text is distinct from 'unknown'
       or (part.state in ('assigned', 'acknowledged', 'in_progress') and $15::date is null and part.due_on >= $14::date and not (
          part.task_id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
          select true from assignment_target as target
          join assignment as late on late.task_id = target.task_id and late.unit = target.unit
          where target.task_id = part.task_id and target.unit = part.unit and target.due_on < $14::date and late.percent < target.percent
            and late.state in ('assigned', 'acknowledged', 'in_progress')
          limit 1), false))))
  and ($13::text is distinct from 'green'
       or part.state in ('completion_requested', 'completed', 'closed_out', 'suspended')
       or (part.state in ('assigned', 'acknowledged', 'in_progress') and part.due_on > $15::date and not (
          part.task_id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
          select true from assignment_target as target
          join assignment as late on late.task_id = target.task_id and late.unit = target.unit
          where target.task_id = part.task_id and target.unit = part.unit and target.due_on < $14::date and late.percent < target.percent
            and late.state in ('assigned', 'acknowledged', 'in_progress')
          limit 1), false))))
order by part.task_id desc
limit $16

-- name: search_rare_text_of_unit_by_due
-- As `search_of_unit_by_due`, for a text that few tasks have: they are found first.
select task.* from assignment as part join task on task.id = part.task_id
where part.unit = $18 and part.state <> 'reassigned'
  and ($17::text[] is null or part.state = any($17::text[]))
  and ($19::date is null or (part.due_on, part.task_id) > ($19::date, $1::uuid))
  and (task.state = any($2::text[]) or ($2::text[] is null and task.state <> 'draft'))
  and ($3::text is null or task.source_kind = $3)
  and ($4::text is null or task.source_id = $4)
  and ($5::uuid is null or task.plan_id = $5 or task.id in (
      select task_id from plan_item join plan on plan.id = plan_item.plan_id and plan.edition = plan_item.edition
      where plan_item.plan_id = $5))
  and ($6::text is null or task.tags @> array[$6::text])
  and ($7::text is null or task.leader_post = $7)
  and ($8::uuid is null or task.parent_id = $8)
  and ($11::text is null or (text_grams(task_words(task.title, task.text)) @> needle_grams(lower($11))
                             and strpos(task_words(task.title, task.text), lower($11)) > 0))
  and ($9::date is null or part.due_on >= $9)
  and ($10::date is null or part.due_on <= $10)
  and ($12::text is null or part.role = $12)
  and ($13::text is distinct from 'red' or (part.state in ('assigned', 'acknowledged', 'in_progress') and part.due_on < $14::date))
  and ($13::text is distinct from 'yellow'
       or (part.state in ('assigned', 'acknowledged', 'in_progress') and part.due_on >= $14::date and (part.due_on <= $15::date or (
          part.task_id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
          select true from assignment_target as target
          join assignment as late on late.task_id = target.task_id and late.unit = target.unit
          where target.task_id = part.task_id and target.unit = part.unit and target.due_on < $14::date and late.percent < target.percent
            and late.state in ('assigned', 'acknowledged', 'in_progress')
          limit 1), false)))))
  and ($13::text is distinct from 'unknown'
       or (part.state in ('assigned', 'acknowledged', 'in_progress') and $15::date is null and part.due_on >= $14::date and not (
          part.task_id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
          select true from assignment_target as target
          join assignment as late on late.task_id = target.task_id and late.unit = target.unit
          where target.task_id = part.task_id and target.unit = part.unit and target.due_on < $14::date and late.percent < target.percent
            and late.state in ('assigned', 'acknowledged', 'in_progress')
          limit 1), false))))
  and ($13::text is distinct from 'green'
       or part.state in ('completion_requested', 'completed', 'closed_out', 'suspended')
       or (part.state in ('assigned', 'acknowledged', 'in_progress') and part.due_on > $15::date and not (
          part.task_id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
          select true from assignment_target as target
          join assignment as late on late.task_id = target.task_id and late.unit = target.unit
          where target.task_id = part.task_id and target.unit = part.unit and target.due_on < $14::date and late.percent < target.percent
            and late.state in ('assigned', 'acknowledged', 'in_progress')
          limit 1), false))))
order by part.due_on, part.task_id
limit $16

-- name: count_matching
-- How many tasks have a text, up to a limit. $1 text, $2 limit
select count(*)::integer from (
    select from task
    where text_grams(task_words(title, text)) @> needle_grams(lower($1))
    limit $2
) as matching

-- name: count_facets
-- How many of the tasks found have which state, kind of source, tag, plan or lead unit. $1 and $16 null, the others as
-- above; $18 unit or null, whose part is then meant
with found as materialized (
    select task.id, task.state, task.tags, task.plan_id, task.source_kind
    from task left join assignment as part on part.task_id = task.id and part.unit = $18 and part.state <> 'reassigned'
    where $1::uuid is null and $16::integer is null
      and ($18::text is null or part.unit is not null)
      and ($17::text[] is null or part.state = any($17::text[]))
      and (task.state = any($2::text[]) or ($2::text[] is null and task.state <> 'draft'))
      and ($3::text is null or task.source_kind = $3)
      and ($4::text is null or task.source_id = $4)
      and ($5::uuid is null or task.plan_id = $5 or task.id in (
          select task_id from plan_item join plan on plan.id = plan_item.plan_id and plan.edition = plan_item.edition
          where plan_item.plan_id = $5))
      and ($6::text is null or task.tags @> array[$6::text])
      and ($7::text is null or task.leader_post = $7)
      and ($8::uuid is null or task.parent_id = $8)
      and ($11::text is null or (text_grams(task_words(task.title, task.text)) @> needle_grams(lower($11))
                                 and strpos(task_words(task.title, task.text), lower($11)) > 0))
      and ($9::date is null or task.due_on >= $9)
      and ($10::date is null or task.due_on <= $10)
      and ($12::text is null or coalesce((
          select true from assignment as other
          where other.task_id = task.id and other.role = $12 and other.state <> 'reassigned'
            and ($18::text is null or other.unit = $18) limit 1), false))
      and ($18::text is not null or (
          ($13::text is distinct from 'red' or task.owed_from < $14::date)
      and ($13::text is distinct from 'yellow' or (task.owed_from >= $14::date and (task.owed_from <= $15::date or (
          task.id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
              select true from assignment_target as target
              join assignment as late on late.task_id = target.task_id and late.unit = target.unit
              where target.task_id = task.id and target.due_on < $14::date and late.percent < target.percent
                and late.state in ('assigned', 'acknowledged', 'in_progress')
              limit 1), false)))))
      and ($13::text is distinct from 'unknown' or ($15::date is null and task.owed_from >= $14::date and not (
          task.id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
              select true from assignment_target as target
              join assignment as late on late.task_id = target.task_id and late.unit = target.unit
              where target.task_id = task.id and target.due_on < $14::date and late.percent < target.percent
                and late.state in ('assigned', 'acknowledged', 'in_progress')
              limit 1), false))))
      and ($13::text is distinct from 'green'
           or (task.owed_from is null and task.state not in ('draft', 'cancelled', 'bounced', 'reassigned'))
           or (task.owed_from > $15::date and not (
          task.id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
              select true from assignment_target as target
              join assignment as late on late.task_id = target.task_id and late.unit = target.unit
              where target.task_id = task.id and target.due_on < $14::date and late.percent < target.percent
                and late.state in ('assigned', 'acknowledged', 'in_progress')
              limit 1), false))))
      ))
      and ($18::text is null or (
          ($13::text is distinct from 'red' or (part.state in ('assigned', 'acknowledged', 'in_progress') and part.due_on < $14::date))
      and ($13::text is distinct from 'yellow'
           or (part.state in ('assigned', 'acknowledged', 'in_progress') and part.due_on >= $14::date and (part.due_on <= $15::date or (
          part.task_id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
              select true from assignment_target as target
              join assignment as late on late.task_id = target.task_id and late.unit = target.unit
              where target.task_id = part.task_id and target.unit = part.unit and target.due_on < $14::date and late.percent < target.percent
                and late.state in ('assigned', 'acknowledged', 'in_progress')
              limit 1), false)))))
      and ($13::text is distinct from 'unknown'
           or (part.state in ('assigned', 'acknowledged', 'in_progress') and $15::date is null and part.due_on >= $14::date and not (
          part.task_id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
              select true from assignment_target as target
              join assignment as late on late.task_id = target.task_id and late.unit = target.unit
              where target.task_id = part.task_id and target.unit = part.unit and target.due_on < $14::date and late.percent < target.percent
                and late.state in ('assigned', 'acknowledged', 'in_progress')
              limit 1), false))))
      and ($13::text is distinct from 'green'
           or part.state in ('completion_requested', 'completed', 'closed_out', 'suspended')
           or (part.state in ('assigned', 'acknowledged', 'in_progress') and part.due_on > $15::date and not (
          part.task_id in (select task_id from assignment_target where due_on < $14::date)
          and coalesce((
              select true from assignment_target as target
              join assignment as late on late.task_id = target.task_id and late.unit = target.unit
              where target.task_id = part.task_id and target.unit = part.unit and target.due_on < $14::date and late.percent < target.percent
                and late.state in ('assigned', 'acknowledged', 'in_progress')
              limit 1), false))))
      ))
)
select 'state' as facet, state as value, count(*)::integer as count from found group by state
union all
select 'source_kind', source_kind, count(*)::integer from found group by source_kind
union all
select 'tag', tag, count(*)::integer from found, unnest(tags) as tag group by tag
union all
select 'plan', plan_id::text, count(*)::integer from found where plan_id is not null group by plan_id
union all
select 'lead_unit', assignment.unit, count(*)::integer
from found join assignment on assignment.task_id = found.id
where assignment.role = 'lead' and assignment.state <> 'reassigned'
group by assignment.unit
order by facet, count desc, value

-- name: unit_counts
-- A unit's parts by role and state, with how many are overdue and near. $1 unit, $2 today, $3 last day that is near
select role, state, count(*)::integer as count,
       count(*) filter (where state in ('assigned', 'acknowledged', 'in_progress') and due_on < $2)::integer as overdue,
       count(*) filter (where state in ('assigned', 'acknowledged', 'in_progress')
                          and due_on between $2 and $3)::integer as near
from assignment
where unit = $1 and state not in ('draft', 'reassigned')
group by role, state
order by role, state

-- name: unit_reports
-- A unit's expected reports by state. $1 unit
select state, count(*)::integer as count from report where unit = $1 group by state order by state

-- name: unit_asked
-- What a unit asked for and waits for. $1 unit
select (select count(*)::integer from extension where unit = $1 and state = 'asked') as extensions,
       (select count(*)::integer from transition_request where asked_unit = $1 and state = 'asked') as requests,
       (select count(*)::integer from slip where unit = $1 and state = 'open') as slips
