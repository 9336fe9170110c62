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

create or replace function pgsched._require_condition(p_condition regproc) returns void
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
-- Errors   PS010 where it is not a function (schedule text, nominal timestamptz) returns boolean.
begin
  if p_condition is null or exists (
    select from pg_catalog.pg_proc as p
     where p.oid = p_condition and p.prokind = 'f' and p.prorettype = 'boolean'::regtype and not p.proretset
       and oidvectortypes(p.proargtypes) = 'text, timestamp with time zone')
  then return; end if;
  raise exception using errcode = 'PS010', message = 'condition must be a function (schedule text, nominal timestamptz) returns boolean',
    detail = format('got %s', p_condition);
end $$;
