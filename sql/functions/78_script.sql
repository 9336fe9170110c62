-- Scripts: written once, by version, so that what a job ran can be read for as long as anybody asks.

create or replace view pgsched.script as
  select s.name, s.version, s.version = max(s.version) over (partition by s.name) as newest, s.source, s.saved_at, s.saved_by
    from pgsched._script as s where (select pgsched._owners_seen()) is null;
comment on view pgsched.script is 'Every version of every script that jobs of python.script may name; save_script() adds one.';

create or replace function pgsched.save_script(name text, source text) returns integer language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Save a script, as a new version unless the newest says the same. For the schema's owner.
-- Returns  the version that is newest now.   Locks  the table, against others who save.
-- Errors   PS028 no admin; 23514 with a constraint whose name says what is allowed; 23502 null.
declare
  v_newest pgsched._script;
begin
  perform pgsched._require_admin();
  lock table pgsched._script in share row exclusive mode;
  select s.* into v_newest from pgsched._script as s where s.name = save_script.name order by s.version desc limit 1;
  if v_newest.source = save_script.source then return v_newest.version; end if;
  insert into pgsched._script (name, version, source, saved_at, saved_by)
  values (save_script.name, coalesce(v_newest.version, 0) + 1, save_script.source, clock_timestamp(), session_user)
  returning version into v_newest.version;
  return v_newest.version;
end $$;
comment on function pgsched.save_script is
  'Save Python by name, for jobs of python.script; returns its version, a new one unless nothing has changed.';
