-- What schedules and calendars were: every version, who made it, and when.

create or replace function pgsched._next_version(p_kind text, p_name text) returns integer language plpgsql volatile
  set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
-- The number of the version that a change makes; of a calendar, all that one transaction changes has one. Volatile, to see what whoever had
-- the row locked before has committed.
begin
  return coalesce(
    (select v.version + (p_kind = 'schedule' or v.xact <> pg_current_xact_id())::integer
       from pgsched._version as v where v.kind = p_kind and v.name = p_name order by v.version desc limit 1), 1);
end $$;

create or replace function pgsched._write_version(p_kind text, p_name text, p_columns jsonb) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Keep what it is now; NULL: it is removed.
begin
  insert into pgsched._version (kind, name, version, columns, changed_at, changed_by, xact)
  values (p_kind, p_name, pgsched._next_version(p_kind, p_name), p_columns, pgsched.clock(), session_user, pg_current_xact_id())
  on conflict (kind, name, version) do update set columns = excluded.columns, changed_at = excluded.changed_at;
end $$;

create or replace view pgsched._history as
select v.kind, v.name, v.version, v.changed_at, v.changed_by,
       case when v.columns is null then '{"removed": true}' else (
         select coalesce(jsonb_object_agg(key, n.value), '{}')
           from jsonb_each(v.columns) as n full join jsonb_each(v.before) as o using (key)
          where nullif(n.value, 'null') is distinct from nullif(o.value, 'null')) end as changes,
       v.columns
  from (select w.*, (select b.columns from pgsched._version as b
                      where b.kind = w.kind and b.name = w.name and b.version < w.version order by b.version desc limit 1) as before
          from pgsched._version as w) as v;

create or replace view pgsched.schedule_version as
select h.name as schedule, h.version, h.changed_at, h.changed_by, h.changes, h.columns from pgsched._history as h
 where h.kind = 'schedule' and (select pgsched._owners_seen()) is null;
comment on view pgsched.schedule_version is
  'Every version that a schedule ever had, numbered from 1; restore_schedule() puts one back. Those of a removed one leave with it, after slot_days.';
comment on column pgsched.schedule_version.changes is 'What is not as in the version before, with its new value; {"removed": true}.';
comment on column pgsched.schedule_version.columns is 'All of it; NULL: it was removed.';
comment on column pgsched.schedule_version.changed_by is 'The role whose session changed it.';

create or replace view pgsched.calendar_version as
select h.name as calendar, h.version, h.changed_at, h.changed_by, h.changes, h.columns from pgsched._history as h
 where h.kind = 'calendar' and (select pgsched._role()) <> 'nobody';
comment on view pgsched.calendar_version is
  'Every version that a calendar ever had, numbered from 1, one for each transaction that changed it; restore_calendar() puts one back.';
comment on column pgsched.calendar_version.changes is
  'What is not as in the version before, with its new value, NULL for a day that is no holiday now; {"removed": true}.';
comment on column pgsched.calendar_version.columns is 'weekend, about, and the name of each holiday by its day; NULL: it was removed.';
comment on column pgsched.calendar_version.changed_by is 'The role whose session changed it.';

create or replace function pgsched._require_version_of(p_kind text, p_name text, p_version integer) returns jsonb language plpgsql stable
  set search_path = pg_catalog, pg_temp as $$
-- What a schedule or calendar was at a version.   Errors  PS028 no admin; PS010 no such version, or it was removed by then.
declare
  v_columns jsonb := (select v.columns from pgsched._version as v where v.kind = p_kind and v.name = p_name and v.version = p_version);
begin
  perform pgsched._require_admin();
  if v_columns is not null then return v_columns; end if;
  raise exception using errcode = 'PS010', message = format('%s %L has no version %s to go back to', p_kind, p_name, p_version),
    hint = format('pgsched.%s_version lists them', p_kind), column = 'version';
end $$;

create or replace function pgsched.restore_schedule(name text, version integer) returns integer language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Let a schedule be as it was at a version, also one that was removed since.
-- Returns  its new version.   Locks, notifies  as change_schedule().   Errors  PS028 no admin; PS010 no such version; else as change_schedule().
declare
  v_columns jsonb := pgsched._require_version_of('schedule', restore_schedule.name, restore_schedule.version);
begin
  if exists (select from pgsched.schedule as s where s.name = restore_schedule.name) then
    return pgsched.change_schedule(restore_schedule.name, v_columns);
  end if;
  insert into pgsched.schedule
  select (jsonb_populate_record(null::pgsched.schedule, v_columns || jsonb_build_object('name', restore_schedule.name))).*;
  return (select s.version from pgsched.schedule as s where s.name = restore_schedule.name);
end $$;
comment on function pgsched.restore_schedule is
  'Let a schedule be as it was at a version of pgsched.schedule_version, also if it was removed since; that makes a new version, and returns it.';

create or replace function pgsched.restore_calendar(name text, version integer) returns integer language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Let a calendar be as it was at a version, also one that was removed since.
-- Returns  its new version.   Locks  its row.   Errors  PS028 no admin; PS010 no such version.
#variable_conflict use_column
declare
  v_columns jsonb := pgsched._require_version_of('calendar', restore_calendar.name, restore_calendar.version);
  v_holidays jsonb := v_columns - array['weekend', 'about'];
begin
  insert into pgsched.calendar (name, weekend, about)
  values (restore_calendar.name, array(select jsonb_array_elements_text(v_columns -> 'weekend')::integer), v_columns ->> 'about')
  on conflict (name) do update set weekend = excluded.weekend, about = excluded.about;
  delete from pgsched.holiday as h where h.calendar = restore_calendar.name and not v_holidays ? to_char(h.day, 'YYYY-MM-DD');
  insert into pgsched.holiday as h (calendar, day, name)
  select restore_calendar.name, d.key::date, d.value from jsonb_each_text(v_holidays) as d
  on conflict (calendar, day) do update set name = excluded.name where h.name <> excluded.name;
  return (select c.version from pgsched.calendar as c where c.name = restore_calendar.name);
end $$;
comment on function pgsched.restore_calendar is
  'Let a calendar be as it was at a version of pgsched.calendar_version, also if it was removed since; that makes a new version, and returns it.';
