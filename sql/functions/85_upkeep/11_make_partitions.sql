create or replace function pgsched._make_partitions(p_now timestamptz, p_limit integer) returns integer language plpgsql
  set search_path = pg_catalog, pg_temp set lock_timeout = '50ms' as $$
-- Make up to p_limit partitions of those that lack from yesterday (a clock may be set back) to
-- partition_days_ahead from today.
-- Without its partition the producer's INSERT fails.
-- Returns  how many it made.
-- Locks    the parents, SHARE UPDATE EXCLUSIVE.   Errors  55P03 a parent is locked otherwise.
declare
  v_today bigint := pgsched.id_at(p_now) / pgsched._day() * pgsched._day();
  v_last bigint := v_today + pgsched._setting('partition_days_ahead') * pgsched._day();
  v_new record;
  v_count integer := 0;
begin
  for v_new in
    with there as materialized (
      select p.parent, x.lo, x.hi
        from unnest(pgsched._parents()) as p (parent) cross join pgsched._partitions(p.parent) as x)
    select p.parent, d.lo, d.lo + pgsched._day() as hi
      from unnest(pgsched._parents()) with ordinality as p (parent, n)
     cross join generate_series(v_today - pgsched._day(), v_last, pgsched._day()) as d (lo)
     where not exists (select from there as t where t.parent = p.parent and t.lo < d.lo + pgsched._day() and t.hi > d.lo)
     order by d.lo < v_today, d.lo, p.n limit p_limit
  loop
    perform pgsched._create(v_new.parent, pgsched._partition_name(v_new.parent, v_new.lo, v_new.hi));
    perform pgsched._attach(v_new.parent, pgsched._partition_name(v_new.parent, v_new.lo, v_new.hi), v_new.lo, v_new.hi);
    v_count := v_count + 1;
  end loop;
  return v_count;
end $$;
