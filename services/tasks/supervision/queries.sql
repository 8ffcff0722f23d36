-- Every statement of supervision.

-- name: earliest_waiting
-- The earliest moment at which something happened that was not said yet; null if nothing did. $1 now
select least(
    (select min(next_opens_at) from report_definition where next_opens_at <= $1 and blocked is null),
    (select min(due_at) from report where state = 'open' and due_at < $1),
    (select timezone('Asia/Shanghai', (min(due_on) + 1)::timestamp) from assignment
     where overdue_at is null and state in ('assigned', 'acknowledged', 'in_progress')
       and due_on < timezone('Asia/Shanghai', $1)::date)
)
