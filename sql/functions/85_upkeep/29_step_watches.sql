create or replace function pgsched._watches() returns table (relation regclass, type text, fits boolean) language sql stable
  set search_path = pg_catalog, pg_temp as $$
  -- The triggers of watch(), and whether the columns that their statements name are still there. An argument ends with a zero byte.
  select t.tgrelid, a.watched ->> 'type', pgsched._watch_fits(t.tgrelid, pgsched._watch_shape(a.watched))
    from pg_catalog.pg_trigger as t
   cross join lateral (
     select convert_from(substring(t.tgargs for position('\x00'::bytea in t.tgargs) - 1), getdatabaseencoding())::jsonb as watched) as a
   where t.tgname ~ '^pgsched_(insert|update|delete)_[0-9a-f]{32}$' $$;

create or replace function pgsched._unused_watches() returns table (routine regprocedure, owner regrole) language sql stable
  set search_path = pg_catalog, pg_temp as $$
  -- Functions of watch() that no trigger runs any more: their table was dropped. They keep their owner from being dropped.
  select p.oid, p.proowner from pg_catalog.pg_proc as p
   where p.proname ~ '^_pgsched_[0-9a-f]{16}$' and p.prorettype = 'trigger'::regtype and p.prosrc ~ 'Made by pgsched\.watch\(\)'
     and not exists (select from pg_catalog.pg_trigger as t where t.tgfoid = p.oid) $$;

create or replace function pgsched._step_watches(p_now timestamptz, p_mark bigint, p_did bigint) returns pgsched._step
  language plpgsql set search_path = pg_catalog, pg_temp set jit = off as $$
-- Drop functions of watch() whose table is gone, 100 a step: those of roles that the owner of this schema is a member of; doctor names
-- the others.
declare
  v_routine regprocedure;
  v_count bigint := 0;
begin
  for v_routine in select w.routine from pgsched._unused_watches() as w where pg_has_role(w.owner, 'usage') limit 100 loop
    execute format('drop function %s', v_routine);
    v_count := v_count + 1;
  end loop;
  return (format('dropped %s functions', v_count), v_count, 0,
          case when v_count = 100 then p_now else p_now + interval '1 hour' end, null)::pgsched._step;
end $$;
