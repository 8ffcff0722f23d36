#!/usr/bin/env bash
# Runs once, when the server's data folder is new: the owner's role, and a role and a database for each service.
# A service's role owns nothing; its right to rows comes from default privileges, so every table that a migration adds
# has it. The same as deploy/local/databases.py does for the embedded stack.
set -euo pipefail

run() { psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" "$@"; }

make_role() {
  PASSWORD=$(<"/run/secrets/$1_password") run --dbname postgres --set role="$1" <<'SQL'
\getenv password PASSWORD
create role :"role" login nosuperuser nocreatedb nocreaterole password :'password';
SQL
}

make_database() {
  run --dbname postgres --set role="$1" <<'SQL'
create database :"role" owner xietiao_owner;
revoke all on database :"role" from public;
grant connect on database :"role" to :"role";
SQL
  run --dbname "$1" --set role="$1" <<'SQL'
alter default privileges for role xietiao_owner in schema public
    grant select, insert, update, delete on tables to :"role";
alter default privileges for role xietiao_owner in schema public grant usage, select on sequences to :"role";
grant usage on schema public to :"role";
SQL
}

make_role xietiao_owner
for service in registry tasks meetings scoring; do
  make_role "xietiao_$service"
  make_database "xietiao_$service"
done
