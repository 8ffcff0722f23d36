-- migrate:up
set lock_timeout = '5s';

-- An obligation that the mechanism imposes no longer is withdrawn and kept; the year can be opened again by a newer
-- version of its rule, so that only those that stand are unique.
alter table obligation
    add column withdrawn_at timestamptz,
    add column withdraw_reason text,
    drop constraint obligation_state_check,
    add constraint obligation_state_check check (state in ('due', 'overdue', 'held', 'withdrawn')),
    add check ((state = 'withdrawn') = (withdrawn_at is not null)),
    add check ((withdrawn_at is null) = (withdraw_reason is null)),
    drop constraint obligation_rule_year_window_code_key;
create unique index obligation_standing on obligation (rule, year, window_code) where state <> 'withdrawn';

-- A plan may be taken back or rejected. An item keeps which words of its plan lay on the table.
alter table known_plan
    add column content_digest text,
    drop constraint known_plan_state_check,
    add constraint known_plan_state_check check (state in ('submitted', 'withdrawn', 'adopted', 'issued', 'amended'));
alter table agenda_item add column plan_digest text;

-- migrate:down
