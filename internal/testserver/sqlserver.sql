-- What statements in T-SQL find: the catalogue, and functions of the same meaning.
CREATE SCHEMA dbo;
CREATE SCHEMA sys;
ALTER DATABASE postgres SET search_path = dbo, sys, pg_catalog;
ALTER DATABASE postgres SET timezone = 'UTC';
ALTER DATABASE postgres SET datestyle = 'ISO, YMD';
SET search_path = sys;

CREATE VIEW schemas AS SELECT oid::int AS schema_id, nspname::text AS name FROM pg_namespace;
CREATE VIEW objects AS SELECT oid::int AS object_id, relname::text AS name, relnamespace::int AS schema_id,
	CASE relkind WHEN 'v' THEN 'V' ELSE 'U' END AS type, relnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'sys'::regnamespace) AS is_ms_shipped
	FROM pg_class WHERE relkind IN ('r', 'v');
CREATE VIEW partitions AS SELECT oid::int AS object_id, 0 AS index_id, reltuples::int AS rows FROM pg_class WHERE relkind = 'r';
CREATE TABLE types (user_type_id int, system_type_id int, name text, is_user_defined boolean, here oid);
INSERT INTO types VALUES (127, 127, 'bigint', false, 'int8'::regtype), (56, 56, 'int', false, 'int4'::regtype), (52, 52, 'smallint', false, 'int2'::regtype),
	(231, 231, 'nvarchar', false, 'text'::regtype), (106, 106, 'decimal', false, 'numeric'::regtype), (62, 62, 'float', false, 'float8'::regtype), (59, 59, 'real', false, 'float4'::regtype),
	(104, 104, 'bit', false, 'bool'::regtype), (40, 40, 'date', false, 'date'::regtype), (42, 42, 'datetime2', false, 'timestamp'::regtype), (43, 43, 'datetimeoffset', false, 'timestamptz'::regtype),
	(60, 60, 'money', false, 'money'::regtype), (36, 36, 'uniqueidentifier', false, 'uuid'::regtype), (165, 165, 'varbinary', false, 'bytea'::regtype), (241, 241, 'xml', false, 'xml'::regtype),
	(175, 175, 'char', false, 'bpchar'::regtype);
CREATE DOMAIN named AS text;
INSERT INTO types VALUES (257, 231, 'Name', true, 'named'::regtype);
CREATE VIEW columns AS SELECT a.attrelid::int AS object_id, a.attnum::int AS column_id, a.attname::text AS name, t.user_type_id, t.system_type_id, NOT a.attnotnull AS is_nullable,
	CASE WHEN a.atttypid = 'numeric'::regtype THEN (a.atttypmod - 4) >> 16 ELSE 0 END AS precision, CASE WHEN a.atttypid = 'numeric'::regtype THEN (a.atttypmod - 4) & 65535 ELSE 0 END AS scale
	FROM pg_attribute a JOIN types t ON t.here = a.atttypid WHERE a.attnum > 0 AND NOT a.attisdropped;
CREATE VIEW indexes AS SELECT indrelid::int AS object_id, indexrelid::int AS index_id, indisprimary AS is_primary_key FROM pg_index;
CREATE VIEW index_columns AS SELECT i.indrelid::int AS object_id, i.indexrelid::int AS index_id, k.place::int AS key_ordinal, k.attnum::int AS column_id
	FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place);

CREATE FUNCTION equals(boolean, int) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 = ($2 = 1)';
CREATE OPERATOR pg_catalog.= (LEFTARG = boolean, RIGHTARG = int, FUNCTION = equals);
CREATE FUNCTION joined(text, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 || $2';
CREATE OPERATOR pg_catalog.+ (LEFTARG = text, RIGHTARG = text, FUNCTION = joined);

CREATE FUNCTION quotename(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT '[' || replace($1, ']', ']]') || ']' $$;
CREATE FUNCTION has_perms_by_name(text, text, text) RETURNS int LANGUAGE sql STRICT AS $$
	SELECT max(has_table_privilege(c.oid, 'SELECT')::int) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE quotename(n.nspname::text) || '.' || quotename(c.relname::text) = $1 $$;
CREATE FUNCTION sysdatetime() RETURNS timestamp LANGUAGE sql AS 'SELECT clock_timestamp()::timestamp';
CREATE FUNCTION sysutcdatetime() RETURNS timestamp LANGUAGE sql AS $$ SELECT clock_timestamp() AT TIME ZONE 'UTC' $$;
CREATE FUNCTION switchoffset(timestamptz, text) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1';
CREATE FUNCTION todatetimeoffset(timestamp, text) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $1 AT TIME ZONE 'UTC' $$;
CREATE FUNCTION dateadd(text, int, timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $3 + make_interval(days => CASE $1 WHEN 'day' THEN $2 ELSE 0 END, secs => CASE $1 WHEN 'second' THEN $2 ELSE 0 END) $$;
CREATE FUNCTION dateadd(text, int, timestamptz) RETURNS timestamptz LANGUAGE sql STABLE STRICT AS $$ SELECT $3 + make_interval(secs => $2) $$;
CREATE FUNCTION dateadd(text, int, date) RETURNS date LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $3 + $2';

-- CONVERT to a type; the number is its style. datetime2 has seven digits behind the second.
CREATE FUNCTION to_varchar(bigint) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1::varchar';
CREATE FUNCTION to_varchar(smallint) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1::varchar';
CREATE FUNCTION to_varchar(int) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1::varchar';
CREATE FUNCTION to_varchar(numeric) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1::varchar';
CREATE FUNCTION to_varchar(uuid) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT AS 'SELECT upper($1::varchar)';
CREATE FUNCTION to_varchar(money, int) RETURNS varchar LANGUAGE sql STABLE STRICT AS 'SELECT $1::numeric(19, 4)::varchar';
CREATE FUNCTION to_varchar(date, int) RETURNS varchar LANGUAGE sql STABLE STRICT AS $$ SELECT to_char($1, 'YYYY-MM-DD') $$;
CREATE FUNCTION to_varchar(timestamp, int) RETURNS varchar LANGUAGE sql STABLE STRICT AS $$ SELECT to_char($1, CASE $2 WHEN 23 THEN 'YYYY-MM-DD' ELSE 'YYYY-MM-DD HH24:MI:SS.US"0"' END) $$;
CREATE FUNCTION to_varchar(bytea, int) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT upper(encode($1, 'hex')) $$;
CREATE FUNCTION to_nvarchar(xml) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1::text';
CREATE FUNCTION to_varbinary(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1';
CREATE FUNCTION to_varbinary(text, int) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT decode($1, 'hex') $$;
CREATE FUNCTION to_date(text, int) RETURNS date LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1::date';
CREATE FUNCTION to_datetime2(text, int) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1::timestamp';
CREATE FUNCTION to_datetime2(timestamptz) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $1 AT TIME ZONE 'UTC' $$;
CREATE FUNCTION to_uniqueidentifier(text) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1::uuid';

GRANT USAGE ON SCHEMA dbo, sys TO public;
GRANT SELECT ON ALL TABLES IN SCHEMA sys TO public;
