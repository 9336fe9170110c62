create or replace function pgsched._step_slots(p_now timestamptz, p_mark bigint, p_did bigint) returns pgsched._step
  language plpgsql set search_path = pg_catalog, pg_temp set jit = off as $$
-- Forget decided slots older than slot_days, 5,000 a step, which takes some 15 ms; and schedules that were deleted so long ago, with their versions.
-- Locks    _slot and _schedule rows, skipping what is locked.
declare
  v_old timestamptz := p_now - make_interval(days => pgsched._setting('slot_days')::integer);
  v_slots bigint;
  v_schedules bigint;
begin
  delete from pgsched._slot as s where s.ctid = any(array(
    select x.ctid from pgsched._slot as x where x.decided_at < v_old order by x.decided_at limit 5000 for update skip locked));
  get diagnostics v_slots = row_count;
  with gone as (
    delete from pgsched._schedule as s where s.name = any(array(
      select x.name from pgsched._schedule as x where x.deleted_at < v_old limit 1000 for update skip locked))
    returning s.name),
  versions as (
    delete from pgsched._version as v using gone as g where v.kind = 'schedule' and v.name = g.name)
  select count(*) into v_schedules from gone;
  return (format('removed %s slots, %s schedules', v_slots, v_schedules), v_slots + v_schedules, 0,
          case when v_slots = 5000 then p_now else p_now + interval '10 minutes' end, null)::pgsched._step;
end $$;
