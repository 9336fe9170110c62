-- Settings: numbers that hold for the whole database, at once.

create or replace view pgsched.setting as
select s.name, coalesce(s.value, s.by_default) as value, lower(s.range) as least, upper(s.range) - 1 as most, s.about, s.by_default
  from pgsched._setting as s where (select pgsched._owners_seen()) is null;
comment on view pgsched.setting is 'What holds for the whole database; change it by change_setting().';
comment on column pgsched.setting.least is 'The least value that is allowed; most is the greatest.';
comment on column pgsched.setting.by_default is 'The value until somebody sets another.';

create or replace function pgsched.change_setting(name text, value bigint) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Locks    its row.   Errors   PS028 no admin; PS010 there is no such setting, or the value is not allowed.
declare
  v_range int8range;
begin
  perform pgsched._require_admin();
  select s.range into v_range from pgsched._setting as s where s.name = change_setting.name for no key update;
  if not found then
    raise exception using errcode = 'PS010', message = format('there is no setting %L', change_setting.name), hint = 'see pgsched.setting',
      column = 'name';
  end if;
  perform pgsched._require_range(change_setting.name, change_setting.value, lower(v_range), upper(v_range) - 1);
  update pgsched._setting as s set value = change_setting.value where s.name = change_setting.name;
end $$;
comment on function pgsched.change_setting is 'Set one of pgsched.setting, for the whole database and at once.';
