-- migrate:up
set lock_timeout = '5s';

-- What is on record stays on record, and what was migrated is the owner's to say: the service's role, which by default
-- privileges may write any table's rows, adds lines to the audit log and changes none.
do $$
declare
    service text;
begin
    for service in
        select distinct grantee from information_schema.role_table_grants
        where table_schema = 'public' and table_name = 'audit_log' and grantee not in (current_user, 'PUBLIC')
    loop
        execute format('revoke update, delete on audit_log from %I', service);
        execute format('revoke insert, update, delete on schema_migrations from %I', service);
    end loop;
end
$$;

-- migrate:down
