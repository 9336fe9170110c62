create or replace function pgsched._expire_history(p_old bigint, p_since timestamptz) returns text language plpgsql
  set search_path = pg_catalog, pg_temp set lock_timeout = '50ms' as $$
-- _run, _log and _ended follow _job: what no longer has its job goes, one partition or 5,000 rows a call. So a job that is
-- alive, or that can be redriven, always has its runs, and a partition to write the next one to.
-- Returns  what it did; NULL when all is done.
-- Locks    a parent, ACCESS EXCLUSIVE; or _ended rows, skipping what is locked.   Errors  55P03 a lock.
declare
  v_count integer;
  v_range record;
begin
  for v_range in   -- the gaps between partitions of _job, and the rebuilt ones
    select coalesce(lag(x.hi) over (order by x.lo), 0) as lo, x.lo as hi from pgsched._partitions('_job') as x
     union all
    select x.lo, x.hi from pgsched._partitions('_job') as x where x.rebuilt
  loop
    delete from pgsched._ended as e where e.id = any(array(
      select x.id from pgsched._ended as x
       where x.id >= v_range.lo and x.id < v_range.hi
         and x.id not in (select j.id from pgsched._job as j where j.id >= v_range.lo and j.id < v_range.hi)
       limit 5000 for update skip locked));
    get diagnostics v_count = row_count;
    if v_count > 0 then return format('removed %s jobs from _ended', v_count); end if;
  end loop;

  select p.parent, x.* into v_range
    from unnest(array['_run', '_log']) as p (parent) cross join pgsched._partitions(p.parent) as x
   where x.hi <= p_old and not exists (select from pgsched._partitions('_job') as j where j.lo < x.hi and j.hi > x.lo)
   order by x.lo limit 1;
  if found then
    execute format('drop table pgsched.%I', v_range.name);
    return format('dropped %s', v_range.name);
  end if;

  select h.* into v_range
    from pgsched._partitions('_job') as j
   cross join unnest(array['_run', '_log']) as p (parent)
   cross join lateral (
     select p.parent, min(x.lo) as lo, max(x.hi) as hi, count(*) as parts, bool_and(x.rebuilt) as rebuilt
       from pgsched._partitions(p.parent) as x where x.lo < j.hi and x.hi > j.lo) as h
   where j.rebuilt and h.parts > 0 and not (h.parts = 1 and h.rebuilt) and h.hi <= p_old
     and not exists (select from pgsched._partitions('_job') as k where k.lo < h.hi and k.hi > h.lo and not k.rebuilt)
   order by h.lo limit 1;
  if not found then return null; end if;
  perform pgsched._rebuild(v_range.parent, v_range.lo, v_range.hi, p_since);
  return format('rebuilt %s of %s', v_range.parent, pgsched.id_time(v_range.lo));
end $$;
