#!/bin/sh
# Run once by the image of PostgreSQL when its data folder is new: the bot owns its database, and is no superuser.
# It can migrate, and cannot read files of the server, start programs there or make other roles.
set -eu
psql --set ON_ERROR_STOP=1 --username postgres --set "password=$(cat /run/secrets/database_password)" <<'SQL'
CREATE ROLE bot LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE bot OWNER bot;
REVOKE ALL ON DATABASE bot FROM PUBLIC;
SQL
