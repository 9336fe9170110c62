create or replace function pgsched._drop_partition(p_parent text, p_name text, p_lo bigint, p_hi bigint, p_since timestamptz)
  returns boolean language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '50ms' set enable_seqscan = off set jit = off as $$
-- Drop a partition, if no job of its range is kept. A redrive reads _job, so it cannot come between check and drop.
-- Returns  whether it did.
-- Locks    the parent, ACCESS EXCLUSIVE: end the transaction at once.   Errors  55P03 the parent is locked.
begin
  execute format('lock table only pgsched.%I in access exclusive mode', p_parent);
  if exists (select from pgsched._kept(p_lo, p_hi, p_since, 1)) then return false; end if;
  execute format('drop table pgsched.%I', p_name);
  return true;
end $$;
