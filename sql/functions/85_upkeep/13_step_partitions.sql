create or replace function pgsched._step_partitions(p_now timestamptz, p_mark bigint, p_did bigint) returns pgsched._step
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Make partitions ahead, ten a step; then, if partition_hours is less than a day, split tomorrow and the day after, one
-- partition a step. Today's is in use and stays.
-- Errors   55P03 a parent is locked.
declare
  v_today bigint := pgsched.id_at(p_now) / pgsched._day() * pgsched._day();
  v_hours bigint := pgsched._setting('partition_hours');
  v_made integer := pgsched._make_partitions(p_now, 10);
  v_day record;
begin
  if v_made > 0 then return (format('made %s partitions', v_made), v_made, 0, p_now, null)::pgsched._step; end if;
  if v_hours < 24 then
    -- a day that cannot be split any more, because it holds rows, is passed over by the mark
    select p.parent, x.* into v_day
      from unnest(pgsched._parents()) with ordinality as p (parent, n) cross join pgsched._partitions(p.parent) as x
     where x.lo > v_today and x.lo <= v_today + 2 * pgsched._day() and x.hi - x.lo = pgsched._day()
       and x.lo + p.n > p_mark
     order by x.lo, p.n limit 1;
    if found then
      if pgsched._split_day(v_day.parent, v_day.name, v_day.lo, v_hours) then
        return (format('split %s', v_day.name), 1, p_mark, p_now, null)::pgsched._step;
      end if;
      return (format('left %s whole: it holds rows', v_day.name), 0,
              v_day.lo + array_position(pgsched._parents(), v_day.parent), p_now, null)::pgsched._step;
    end if;
  end if;
  return ('all partitions are there', 0, 0, p_now + interval '1 hour', null)::pgsched._step;
end $$;
