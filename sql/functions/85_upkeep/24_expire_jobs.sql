create or replace function pgsched._expire_jobs(p_part text, p_lo bigint, p_hi bigint, p_mark bigint, p_since timestamptz,
                                                out done text, out did bigint, out mark bigint)
  language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
-- Retention of one old partition of _job: it goes; or what must stay of it is put into a small one, together with that of
-- the partition before; or, if over 20,000 jobs in it are alive (their copy takes 100 ms), it is thinned where it is.
-- Returns  what it did, and from which id retention goes on.
-- Errors   55P03 a lock.
declare
  c_few constant integer := 20000;
  v_alive bigint := (select count(*) from (select from pgsched._alive(p_lo, p_hi) limit c_few + 1) as a);
  v_kept bigint := (select count(*) from pgsched._kept(p_lo, p_hi, p_since, c_few + 1));
  v_before record;
  v_rebuilt boolean;
begin
  did := 1;
  mark := p_hi;
  if v_kept = 0 then
    if pgsched._drop_partition('_job', p_part, p_lo, p_hi, p_since) then done := format('dropped %s', p_part);
    else done := format('left %s: a job in it has come alive', p_part); end if;
    return;
  elsif v_alive > c_few then
    mark := pgsched._thin(greatest(p_lo, p_mark), p_hi, p_since, 5000);
    done := format('thinned %s', p_part);
    return;
  end if;
  select x.rebuilt into v_rebuilt from pgsched._partitions('_job') as x where x.name = p_part;
  select x.name, x.lo, x.hi into v_before from pgsched._partitions('_job') as x where x.hi <= p_lo order by x.lo desc limit 1;
  if v_kept <= c_few and v_before.lo is not null
     and v_kept + (select count(*) from pgsched._kept(v_before.lo, v_before.hi, p_since, c_few)) <= c_few then
    perform pgsched._rebuild('_job', v_before.lo, p_hi, p_since);
    done := format('merged what is kept of %s and %s', v_before.name, p_part);
  elsif v_kept <= c_few and not v_rebuilt then
    perform pgsched._rebuild('_job', p_lo, p_hi, p_since);
    done := format('rebuilt %s with what is kept', p_part);
  else
    did := 0;
    done := format('left %s as it is', p_part);
  end if;
end $$;
