create or replace function pgsched._step_events(p_now timestamptz, p_mark bigint, p_did bigint) returns pgsched._step
  language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '50ms' set jit = off as $$
-- Forget events older than retention_days: 5,000 keys a step, then themselves and what they made, one partition a step, oldest first. In
-- this order: a replay() makes nothing of an event that is gone, but has nowhere to note what it made of one that is not.
-- Locks    _event_key rows, skipping what is locked; or a parent, ACCESS EXCLUSIVE.   Errors  55P03 a lock.
declare
  v_old bigint := pgsched.id_at(p_now - make_interval(days => pgsched._setting('retention_days')::integer));
  v_count bigint;
  v_part text;
begin
  delete from pgsched._event_key as k where k.ctid = any(array(
    select x.ctid from pgsched._event_key as x where x.event_id < v_old order by x.event_id limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  if v_count > 0 then return (format('removed %s keys', v_count), v_count, 0, p_now, null)::pgsched._step; end if;

  select x.name into v_part
    from unnest(array['_event', '_event_job']) with ordinality as p (parent, n) cross join pgsched._partitions(p.parent) as x
   where x.hi <= v_old order by x.lo, p.n limit 1;
  if not found then return ('nothing more is to go', 0, 0, p_now + interval '1 hour', null)::pgsched._step; end if;
  execute format('drop table pgsched.%I', v_part);
  return (format('dropped %s', v_part), 1, 0, p_now, null)::pgsched._step;
end $$;
