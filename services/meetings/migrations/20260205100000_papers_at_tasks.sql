-- migrate:up
set lock_timeout = '5s';

-- A paper's report may be opened again for a correction, moved to another due moment, or exempted at tasks.
alter table paper_report
    add column due_at timestamptz,
    drop constraint paper_report_state_check,
    add constraint paper_report_state_check
        check (state in ('open', 'submitted', 'sent_back', 'accepted', 'reopened', 'overdue', 'withdrawn'));

-- migrate:down
