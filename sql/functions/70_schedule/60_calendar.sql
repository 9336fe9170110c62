-- Business calendars and blackout windows, which people keep in plain views.

create or replace view pgsched.calendar as
select c.name, c.weekend, c.about, c.version from pgsched._calendar as c where (select pgsched._owners_seen()) is distinct from '{}';
comment on view pgsched.calendar is
  'Business calendars: insert, update, delete. weekend holds days from 1 (Monday) to 7 (Sunday). version grows with each change, '
  'holidays too; pgsched.calendar_version has them all.';
create or replace view pgsched.holiday as
select h.calendar, h.day, h.name from pgsched._holiday as h where (select pgsched._owners_seen()) is distinct from '{}';
comment on view pgsched.holiday is 'Days of a calendar that are no business days: insert, update, delete. Schedules that heed it are planned anew.';
create or replace view pgsched.blackout as
select b.name, b.starts_at, b.ends_at, b.reason from pgsched._blackout as b where (select pgsched._owners_seen()) is distinct from '{}';
comment on view pgsched.blackout is
  'Windows in which schedules that name them make no jobs: insert, update, delete. Several windows may have one name; windows that touch '
  'count as one.';

create or replace function pgsched._make_stale(p_calendars text[], p_blackouts text[]) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- What heeds these is to be planned anew, by the next tick(). Of calendars, that may be some more: an expression may contain a name.
-- Notifies  pgsched_schedule.
begin
  insert into pgsched._stale (schedule)
  select s.name from pgsched._schedule as s
   where s.deleted_at is null
     and (s.blackout = any(p_blackouts) or exists (select from unnest(p_calendars) as c where strpos(s.calendar, c) > 0));
  if found then perform pgsched._notify('pgsched_schedule', ''); end if;
end $$;

create or replace function pgsched._keep_calendars(p_names text[]) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Keep what these calendars are now, or that there are none of them any more.
begin
  perform pgsched._write_version('calendar', n.name, case when c.name is not null then
      jsonb_build_object('weekend', c.weekend, 'about', c.about)
      || (select coalesce(jsonb_object_agg(to_char(h.day, 'YYYY-MM-DD'), h.name), '{}') from pgsched._holiday as h where h.calendar = c.name)
    end) from unnest(p_names) as n (name) left join pgsched._calendar as c on c.name = n.name;
end $$;

create or replace function pgsched._calendar_changed() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
-- Definer: whoever keeps a calendar need not have rights on schedules.
declare
  v_names text[] := array(select distinct u from unnest(array[new.name::text, old.name::text]) as u where u is not null);
begin
  if (new.name, new.weekend, new.about) is not distinct from (old.name, old.weekend, old.about) then return null; end if;
  perform pgsched._keep_calendars(v_names);
  perform pgsched._make_stale(v_names, '{}');
  return null;
end $$;
create or replace trigger calendar_changed after insert or update of name, weekend, about or delete on pgsched._calendar
  for each row execute function pgsched._calendar_changed();

create or replace function pgsched._holiday_changed() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
-- Definer: as _calendar_changed().
declare
  v_calendars text[];
begin
  with touched as (
    update pgsched._calendar as c set version = pgsched._next_version('calendar', c.name)
     where c.name in (select h.calendar from changed as h) returning c.name::text)
  select array(select t.name from touched as t) into v_calendars;   -- not those that are gone with their holidays
  perform pgsched._keep_calendars(v_calendars);
  perform pgsched._make_stale(v_calendars, '{}');
  return null;
end $$;
create or replace trigger holidays_inserted after insert on pgsched._holiday
  referencing new table as changed for each statement execute function pgsched._holiday_changed();
create or replace trigger holidays_updated_from after update on pgsched._holiday
  referencing old table as changed for each statement execute function pgsched._holiday_changed();
create or replace trigger holidays_updated_to after update on pgsched._holiday
  referencing new table as changed for each statement execute function pgsched._holiday_changed();
create or replace trigger holidays_deleted after delete on pgsched._holiday
  referencing old table as changed for each statement execute function pgsched._holiday_changed();

create or replace function pgsched._count_version() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
-- Definer: whoever keeps a calendar need not read private tables.
begin
  if tg_op = 'INSERT' or (new.name, new.weekend, new.about) is distinct from (old.name, old.weekend, old.about) then
    new.version := pgsched._next_version('calendar', new.name);
  end if;
  return new;
end $$;
create or replace trigger count_version before insert or update of name, weekend, about on pgsched._calendar
  for each row execute function pgsched._count_version();

create or replace function pgsched._blackout_changed() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
-- Definer: as _calendar_changed().
begin
  perform pgsched._make_stale('{}', array(select distinct b.name::text from changed as b));
  return null;
end $$;
create or replace trigger blackouts_inserted after insert on pgsched._blackout
  referencing new table as changed for each statement execute function pgsched._blackout_changed();
create or replace trigger blackouts_updated_from after update on pgsched._blackout
  referencing old table as changed for each statement execute function pgsched._blackout_changed();
create or replace trigger blackouts_updated_to after update on pgsched._blackout
  referencing new table as changed for each statement execute function pgsched._blackout_changed();
create or replace trigger blackouts_deleted after delete on pgsched._blackout
  referencing old table as changed for each statement execute function pgsched._blackout_changed();

create or replace function pgsched._admins_write() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
-- For views that write right through to a table.   Errors  PS028 the actor is no admin.
begin
  perform pgsched._require_admin();
  return null;
end $$;
create or replace trigger admins_write before insert or update or delete on pgsched._calendar
  for each statement execute function pgsched._admins_write();
create or replace trigger admins_write before insert or update or delete on pgsched._holiday
  for each statement execute function pgsched._admins_write();
create or replace trigger admins_write before insert or update or delete on pgsched._blackout
  for each statement execute function pgsched._admins_write();
