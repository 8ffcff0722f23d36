-- migrate:up
set lock_timeout = '5s';

-- What was known before is kept by the names of its columns, so that a table of facts may gain one.
create or replace function keep_past() returns trigger language plpgsql as $$
declare begun change := change_begun();
begin
    if old.change <> begun.id then
        execute format('insert into %1$I select (jsonb_populate_record(null::%1$I, $1)).*', tg_table_name || '_past')
        using to_jsonb(old) || jsonb_build_object('superseded_at', begun.recorded_at, 'superseded_by', begun.id);
    end if;
    return null;
end $$;

-- Unified social credit code (GB 32100-2015) of a unit; one code means one unit.
alter table unit
    add column social_credit_code text check (social_credit_code ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'),
    add constraint credit_code_means_one_unit exclude using gist (social_credit_code with =, code with <>, valid with &&);
alter table unit_past add column social_credit_code text;

do $$
declare former text;
begin
    select string_agg(quote_ident(attname), ', ' order by attnum) into former from pg_attribute
    where attrelid = 'unit'::regclass and attnum > 0 and not attisdropped and attname <> 'social_credit_code';
    execute format(
        'create or replace view unit_ever as
        select %1$s, null::timestamptz as superseded_at, null::bigint as superseded_by,
        tstzrange(recorded_at, null) as recorded, social_credit_code from unit
        union all
        select %1$s, superseded_at, superseded_by, tstzrange(recorded_at, superseded_at), social_credit_code
        from unit_past', former
    );
end $$;
create or replace function unit_on(day date, known_at timestamptz) returns setof unit_ever
language sql stable begin atomic
select * from unit_ever where valid @> day and recorded @> coalesce(known_at, 'infinity');
end;

-- migrate:down
