create or replace function pgsched._split_day(p_parent text, p_name text, p_lo bigint, p_hours bigint) returns boolean
  language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '50ms' as $$
-- Replace the partition of a day to come by partitions of p_hours (1..23) hours.
-- Returns  false, and does nothing, if it holds rows.
-- Locks    the parent, ACCESS EXCLUSIVE, for as long as it takes to attach: all is created before.
-- Errors   55P03 the parent is locked.
declare
  v_part bigint := 3600 * p_hours << 20;
  v_hi bigint := p_lo + pgsched._day();
  v_lo bigint;
  v_full boolean;
begin
  for v_lo in select g from generate_series(p_lo, v_hi - 1, v_part) as g loop
    perform pgsched._create(p_parent, pgsched._partition_name(p_parent, v_lo, least(v_lo + v_part, v_hi)));
  end loop;
  execute format('lock table only pgsched.%I in access exclusive mode', p_parent);
  execute format('select exists (select from pgsched.%I)', p_name) into v_full;
  if v_full then
    for v_lo in select g from generate_series(p_lo, v_hi - 1, v_part) as g loop
      execute format('drop table pgsched.%I', pgsched._partition_name(p_parent, v_lo, least(v_lo + v_part, v_hi)));
    end loop;
    return false;
  end if;
  execute format('drop table pgsched.%I', p_name);
  for v_lo in select g from generate_series(p_lo, v_hi - 1, v_part) as g loop
    perform pgsched._attach(p_parent, pgsched._partition_name(p_parent, v_lo, least(v_lo + v_part, v_hi)), v_lo,
                            least(v_lo + v_part, v_hi));
  end loop;
  return true;
end $$;
