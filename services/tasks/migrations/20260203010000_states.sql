-- migrate:up
set lock_timeout = '5s';

-- What a task comes from, once: `resolution:<id>:<part>`, `plan:<id>:<item>`, `rectification:<id>` …
alter table task add column origin text;
update task set origin = 'resolution:' || source_id || ':1' where source_kind = 'resolution';
drop index task_of_resolution;
create unique index task_of_origin on task (origin) where origin is not null;

alter table task
    add column plan_id uuid,
    add column meeting_id uuid,
    add column parent_id uuid references task (id),
    add column kind text,
    drop constraint task_state_check,
    add constraint task_state_check check (state in
        ('draft', 'assigned', 'acknowledged', 'in_progress', 'completion_requested', 'completed', 'closed_out',
         'bounced', 'suspended', 'cancelled'));
create index task_of_parent on task (parent_id, id) where parent_id is not null;

alter table assignment
    add column state_before text,
    add column suspended_at timestamptz,
    add column extensions integer not null default 0 check (extensions >= 0),
    add column reassigned_to text,
    drop constraint assignment_state_check,
    add constraint assignment_state_check check (state in
        ('draft', 'assigned', 'acknowledged', 'in_progress', 'completion_requested', 'completed', 'closed_out',
         'bounced', 'suspended', 'cancelled', 'reassigned')),
    add constraint assignment_suspended check ((state = 'suspended') = (suspended_at is not null)),
    add constraint assignment_reassigned check ((state = 'reassigned') = (reassigned_to is not null));

-- One lead at a time; who had the lead before keeps that role. Checked at the end of a statement, in which the lead
-- passes from one unit to another.
drop index assignment_lead;
alter table assignment add constraint assignment_lead
    exclude using btree (task_id with =) where (role = 'lead' and state <> 'reassigned') deferrable initially immediate;

-- Open work of a unit, for handing it over when the unit merges or ends.
create index assignment_live on assignment (unit, task_id)
    where state not in ('completed', 'closed_out', 'cancelled', 'reassigned');

alter table task_history
    add column on_behalf_of text,
    add column basis_kind text,
    add column basis text,
    add column attachments uuid[] not null default '{}';

-- migrate:down
