-- Business calendars and blackout windows, which people keep in plain views.

create or replace view pgsched.calendar as
select c.name, c.weekend, c.about, c.version from pgsched._calendar as c;
comment on view pgsched.calendar is
  'Business calendars: insert, update, delete. weekend holds days from 1 (Monday) to 7 (Sunday). version grows with each change, holidays too.';
create or replace view pgsched.holiday as
select h.calendar, h.day, h.name from pgsched._holiday as h;
comment on view pgsched.holiday is 'Days of a calendar that are no business days: insert, update, delete. Schedules that heed it are planned anew.';
create or replace view pgsched.blackout as
select b.name, b.starts_at, b.ends_at, b.reason from pgsched._blackout as b;
comment on view pgsched.blackout is
  'Windows in which schedules that name them make no jobs: insert, update, delete. Several windows may have one name; windows that touch '
  'count as one.';

create or replace function pgsched._calendar_changed() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
-- Definer: whoever keeps a calendar need not have rights on schedules.
begin
  if tg_table_name = '_holiday' then
    update pgsched._calendar as c set version = c.version + 1 where c.name in (select h.calendar from changed as h);
  end if;
  perform pgsched._replan(array(select s.name from pgsched._schedule as s where s.calendar is not null and s.deleted_at is null));
  return null;
end $$;
create or replace trigger holidays_inserted after insert on pgsched._holiday
  referencing new table as changed for each statement execute function pgsched._calendar_changed();
create or replace trigger holidays_updated after update on pgsched._holiday
  referencing new table as changed for each statement execute function pgsched._calendar_changed();
create or replace trigger holidays_deleted after delete on pgsched._holiday
  referencing old table as changed for each statement execute function pgsched._calendar_changed();
create or replace trigger weekend_updated after update of name, weekend on pgsched._calendar
  for each statement execute function pgsched._calendar_changed();

create or replace function pgsched._count_version() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  return new;
end $$;
create or replace trigger count_version before update of name, weekend, about on pgsched._calendar
  for each row execute function pgsched._count_version();

create or replace function pgsched._blackout_changed() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform pgsched._replan(array(select s.name from pgsched._schedule as s where s.blackout is not null and s.deleted_at is null));
  return null;
end $$;
create or replace trigger blackout_changed after insert or update or delete on pgsched._blackout
  for each statement execute function pgsched._blackout_changed();
