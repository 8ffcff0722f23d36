-- migrate:up
set lock_timeout = '5s';

-- Equality in exclusion constraints and temporal keys; a trusted extension, so the database's owner may create it.
create extension if not exists btree_gist;

-- What events are about: one row per unit, body and document; `version` is its last event's.
-- A unit code begins with a digit, a body code with a letter, a document number with a Chinese character.
create table aggregate (
    id text primary key,
    kind text not null check (kind in ('unit', 'body', 'document')),
    version integer not null check (version > 0)
);

-- Facts. `valid` holds the days on which a fact is so: from its first day up to, not including, the upper bound.
-- `position` is the order in which facts were entered, which for the seed is the document's order.

create table document (
    number text primary key references aggregate (id),
    position bigint generated always as identity unique,
    title text not null,
    issuer text not null,
    written_on date not null,
    printed_on date check (printed_on >= written_on),
    addressees text[] not null,
    copies text[] not null,
    subject_words text[] not null
);

create table unit (
    code text not null references aggregate (id) check (code ~ '^[0-9]{6}-[a-z0-9-]+$'),
    position bigint generated always as identity unique,
    name text not null,
    short_name text not null,
    aliases text[] not null,
    kind text not null check (
        kind in ('department', 'township', 'association', 'institution', 'leading_office', 'vertical', 'external')
    ),
    note text,
    document text,
    valid daterange not null,
    primary key (code, valid without overlaps)
);

-- Every name by which a unit is called; on one day a name means one unit.
create table spoken_name (
    name text not null,
    unit text not null,
    valid daterange not null,
    primary key (unit, name, valid without overlaps),
    foreign key (unit, period valid) references unit (code, period valid),
    constraint spoken_name_means_one_unit exclude using gist (name with =, unit with <>, valid with &&)
);

create table post (
    code text not null check (code ~ '^[0-9]{6}-[a-z0-9-]+$'),
    position bigint generated always as identity unique,
    title text not null,
    unit text not null,
    valid daterange not null,
    primary key (code, valid without overlaps),
    foreign key (unit, period valid) references unit (code, period valid)
);

create table body (
    code text not null references aggregate (id) check (code ~ '^[a-z][a-z0-9-]*$'),
    position bigint generated always as identity unique,
    name text not null,
    office_unit text,
    note text,
    source text,
    valid daterange not null,
    primary key (code, valid without overlaps),
    foreign key (office_unit, period valid) references unit (code, period valid)
);

-- A role in a body, held by a unit (through its head) or by a post.
create table membership (
    id uuid primary key default uuidv7(),
    position bigint generated always as identity unique,
    body text not null,
    role text not null check (role in ('convener', 'deputy_convener', 'assistant_convener', 'member', 'office')),
    holder_unit text,
    holder_post text,
    holder text not null generated always as (coalesce('unit ' || holder_unit, 'post ' || holder_post)) stored,
    document text,
    source text,
    valid daterange not null check (not isempty(valid)),
    check (num_nonnulls(holder_unit, holder_post) = 1),
    foreign key (body, period valid) references body (code, period valid),
    foreign key (holder_unit, period valid) references unit (code, period valid),
    foreign key (holder_post, period valid) references post (code, period valid),
    constraint membership_once_at_a_time
    exclude using gist (body with =, role with =, holder with =, valid with &&)
);

-- Sectors (行业) and themes (事项) that duties are about.
create table sector (
    code text not null check (code ~ '^[a-z][a-z0-9-]*$'),
    position bigint generated always as identity unique,
    name text not null,
    kind text not null check (kind in ('sector', 'theme')),
    within text,
    gbt4754_class text,
    gbt4754_edition text,
    valid daterange not null,
    primary key (code, valid without overlaps),
    check (num_nonnulls(gbt4754_class, gbt4754_edition) in (0, 2)),
    foreign key (within, period valid) references sector (code, period valid) deferrable initially deferred,
    constraint sector_name_means_one_sector exclude using gist (name with =, code with <>, valid with &&)
);

-- A duty item, word for word; on one day it rests with one holder.
create table duty (
    id uuid not null unique default uuidv7(),
    position bigint generated always as identity unique,
    code text not null,
    article text not null,
    number integer not null,
    holder_unit text,
    holder_post text,
    text text not null,
    source text not null,
    document text not null references document (number),
    valid daterange not null,
    primary key (code, valid without overlaps),
    check (num_nonnulls(holder_unit, holder_post) = 1),
    foreign key (holder_unit, period valid) references unit (code, period valid),
    foreign key (holder_post, period valid) references post (code, period valid)
);

-- A duty's clauses: one kind of duty each, for some sectors or themes, together with some partners.
create table clause (
    duty uuid not null references duty (id),
    number integer not null,
    kind text not null check (
        kind in (
            'comprehensive_coordination', 'planning', 'guide_coordinate', 'organise', 'lead_implementation',
            'supervise', 'policy', 'statistics', 'monitor_analyse', 'recognise', 'recommend', 'promote', 'catalogue',
            'office', 'assess'
        )
    ),
    text text not null,
    primary key (duty, number)
);

create table clause_object (
    duty uuid not null,
    clause integer not null,
    position integer not null,
    sector text not null,
    valid daterange not null,
    primary key (duty, clause, sector),
    foreign key (duty, clause) references clause (duty, number),
    foreign key (sector, period valid) references sector (code, period valid)
);
create index clause_object_sector on clause_object (sector);

create table clause_partner (
    duty uuid not null,
    clause integer not null,
    position integer not null,
    unit text not null,
    valid daterange not null,
    primary key (duty, clause, unit),
    foreign key (duty, clause) references clause (duty, number),
    foreign key (unit, period valid) references unit (code, period valid)
);

-- Which post is in charge of what (归口、分管); `sectors` is empty where the document lists none.
create table portfolio (
    id uuid not null unique default uuidv7(),
    position bigint generated always as identity unique,
    post text not null,
    scope text not null,
    source text not null,
    valid daterange not null,
    primary key (post, scope, valid without overlaps),
    foreign key (post, period valid) references post (code, period valid)
);

create table portfolio_sector (
    portfolio uuid not null references portfolio (id),
    position integer not null,
    sector text not null,
    valid daterange not null,
    primary key (portfolio, sector),
    foreign key (sector, period valid) references sector (code, period valid)
);

-- What a body owes in a year; null times and no windows: as needed (根据需要).
create table obligation (
    body text not null,
    kind text not null,
    position bigint generated always as identity unique,
    times_per_year integer check (times_per_year > 0),
    windows text[] not null,
    hears text[] not null,
    decides text[] not null,
    source text not null,
    valid daterange not null,
    primary key (body, kind, valid without overlaps),
    foreign key (body, period valid) references body (code, period valid)
);

-- migrate:down
