-- What can be wrong with a schedule and be known without working it out. What the planner finds later is its `problem`.

create or replace function pgsched._require_zone(p_timezone text) returns void language plpgsql stable set search_path = pg_catalog, pg_temp as $$
-- Only names of the time zone database: Postgres also takes abbreviations and POSIX rules, which Python does not.
begin
  if p_timezone ~ '^[A-Za-z]+([/_+-][A-Za-z0-9_+-]+)*$' then
    perform now() at time zone p_timezone;
    return;
  end if;
  raise exception using errcode = '22023', message = 'not a name';
exception when invalid_parameter_value then
  raise exception using errcode = 'PS010', message = 'timezone must be a name of the time zone database',
    detail = format('got %L', p_timezone), hint = 'for example Europe/Berlin; see pg_timezone_names';
end $$;

create or replace function pgsched._require_rule(p_kind text, p_rule text) returns void language plpgsql immutable
  set search_path = pg_catalog, pg_temp as $$
-- Errors   PS010 where the text has not even the shape of its kind.
declare
  v_fields integer := cardinality(regexp_split_to_array(trim(p_rule), '\s+'));
begin
  if length(p_rule) not between 1 and 10000 then
    raise exception using errcode = 'PS010', message = format('%s must have 1 to 10000 characters', p_kind);
  elsif p_kind = 'cron' and trim(p_rule) !~* '^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$' and v_fields not in (5, 6) then
    raise exception using errcode = 'PS010', message = 'cron must have 5 fields, or 6 with seconds first, or be an @alias',
      detail = format('got %s fields in %L', v_fields, p_rule),
      hint = 'minute hour day month weekday, for example 0 18 * * mon-fri';
  elsif p_kind = 'cron' and trim(p_rule) !~ '^[-A-Za-z0-9*/,#?@ \t]+$' then
    raise exception using errcode = 'PS010', message = 'cron has a character that no field may have', detail = format('got %L', p_rule);
  elsif p_kind = 'rrule' and p_rule !~* 'FREQ=(YEARLY|MONTHLY|WEEKLY|DAILY|HOURLY|MINUTELY|SECONDLY)' and p_rule !~* 'RDATE' then
    raise exception using errcode = 'PS010', message = 'rrule must be an RFC 5545 rule with FREQ', detail = format('got %L', p_rule),
      hint = 'for example FREQ=MONTHLY;BYDAY=-1FR';
  end if;
end $$;

create or replace function pgsched._condition(p_condition text, out routine text, out owner oid) language plpgsql stable
  set search_path = pg_catalog, pg_temp as $$
-- The function that a condition names, as it is called, and whose it is.
-- Errors   PS010 there is no such function.
declare
  v_name text[];
begin
  begin
    v_name := parse_ident(p_condition);
  exception when invalid_parameter_value then null;
  end;
  select format('%I.%I', n.nspname, p.proname), p.proowner into routine, owner
    from pg_catalog.pg_proc as p join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
   where array[n.nspname, p.proname]::text[] = v_name and p.prokind = 'f' and p.prorettype = 'boolean'::regtype and not p.proretset
     and oidvectortypes(p.proargtypes) = 'text, timestamp with time zone';
  if found then return; end if;
  raise exception using errcode = 'PS010',
    message = 'condition must be a function (schedule text, nominal timestamptz) returns boolean, named with its schema',
    detail = format('got %L', p_condition);
end $$;
