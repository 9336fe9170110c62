create or replace function pgsched._rebuild(p_parent text, p_lo bigint, p_hi bigint, p_since timestamptz) returns void
  language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '50ms' set enable_seqscan = off set jit = off as $$
-- Replace the partitions between p_lo and p_hi by one that holds only what is kept: of _job the jobs alive or ended since
-- p_since, of _run and _log what belongs to jobs still in _job. For few rows among millions it is far cheaper than DELETE.
-- Locks    old partitions of _run and _log, SHARE: a job that old may wait to end while rows are copied. Then the parent,
--          ACCESS EXCLUSIVE, to swap: end the transaction at once.
-- Errors   55P03 a lock.
declare
  v_name text := pgsched._partition_name(p_parent, p_lo, p_lo + 1)
    || to_char(pgsched.id_time(p_hi) at time zone 'UTC', '"_to_"YYYYMMDD_HH24');
  v_key text := case p_parent when '_job' then 'id' else 'job_id' end;
  v_olds text[] := array(select x.name from pgsched._partitions(p_parent) as x where x.lo >= p_lo and x.hi <= p_hi);
  v_old text;
  v_ids bigint[];
begin
  perform pgsched._create(p_parent, v_name);
  -- with this, ATTACH need not read the rows
  execute format('alter table pgsched.%1$I add constraint its_range check (%2$s >= %3$s and %2$s < %4$s)',
                 v_name, v_key, p_lo, p_hi);
  if p_parent = '_job' then
    v_ids := array(select distinct k.id from pgsched._kept(p_lo, p_hi, p_since) as k (id));
  else
    foreach v_old in array v_olds loop execute format('lock table pgsched.%I in share mode', v_old); end loop;
    v_ids := array(select j.id from pgsched._job as j where j.id >= p_lo and j.id < p_hi);
  end if;
  execute format('insert into pgsched.%1$I select o.* from pgsched.%2$I as o '
                 'where o.%3$s = any($1) and o.%3$s >= %4$s and o.%3$s < %5$s',
                 v_name, p_parent, v_key, p_lo, p_hi) using v_ids;

  execute format('lock table only pgsched.%I in access exclusive mode', p_parent);
  if p_parent = '_job' then   -- what has been redriven meanwhile; under the lock nothing can
    v_ids := array(select k.id from pgsched._kept(p_lo, p_hi, p_since) as k (id) except select u from unnest(v_ids) as u);
    execute format('insert into pgsched.%1$I select o.* from pgsched._job as o '
                   'where o.id = any($1) and o.id >= %2$s and o.id < %3$s',
                   v_name, p_lo, p_hi) using v_ids;
  end if;
  foreach v_old in array v_olds loop execute format('drop table pgsched.%I', v_old); end loop;
  perform pgsched._attach(p_parent, v_name, p_lo, p_hi);
  execute format('alter table pgsched.%I drop constraint its_range', v_name);
end $$;
