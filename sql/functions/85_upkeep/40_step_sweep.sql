create or replace function pgsched._step_sweep(p_now timestamptz, p_mark bigint, p_did bigint) returns pgsched._step
  language plpgsql set search_path = pg_catalog, pg_temp set jit = off as $$
-- Remove leavings, up to 5,000 rows of each kind: sleepers and waiters that died, cancels of jobs that no longer run, doubles
-- of lanes, roll-ups older than 24 hours, or 400 days.
-- Locks    rows of _idle, _waiter, _cancel, _lane, _stat and _stat_day, skipping what is locked.
declare
  v_counts bigint[] := '{}';
  v_count bigint;
begin
  delete from pgsched._idle as i where i.worker = any(array(
    select x.worker from pgsched._idle as x where x.expires_at < p_now - interval '1 minute' limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  delete from pgsched._waiter as w where w.ctid = any(array(
    select x.ctid from pgsched._waiter as x where x.expires_at < p_now - interval '1 minute' limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  -- Only a job that succeeded leaves its cancel behind, and it never runs again.
  delete from pgsched._cancel as k where k.id = any(array(
    select x.id from pgsched._cancel as x where x.id not in (select unnest(c.ids) from pgsched._claim as c)
     limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  -- The lane's row of the smallest ctid stays. Even two sweeps with different snapshots leave one: each keeps the smallest
  -- that it sees, so both would have to see a smaller one than the other's.
  delete from pgsched._lane as l where l.ctid = any(array(
    select x.ctid from pgsched._lane as x
     where exists (select from pgsched._lane as y where y.queue = x.queue and y.priority = x.priority and y.ctid < x.ctid)
     limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  delete from pgsched._stat_day as d where d.ctid = any(array(
    select x.ctid from pgsched._stat_day as x where x.day < (p_now - interval '400 days')::date
     order by x.day limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  delete from pgsched._stat as s where s.ctid = any(array(
    select x.ctid from pgsched._stat as x where x.slot < p_now - interval '24 hours'
     order by x.slot limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  return (format('removed %s sleepers, %s waiters, %s cancels, %s lanes, %s days, %s roll-ups', variadic v_counts),
          (select sum(u) from unnest(v_counts) as u), 0,
          case when 5000 = any(v_counts) then p_now else p_now + interval '1 minute' end, null)::pgsched._step;
end $$;
