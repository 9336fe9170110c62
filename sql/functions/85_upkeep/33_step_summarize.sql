create or replace function pgsched._step_summarize(p_now timestamptz, p_mark bigint, p_did bigint) returns pgsched._step
  language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '50ms' as $$
-- Tell the BRIN indexes of _run on finished_at about new pages, in the four newest partitions, each ten seconds, just before
-- _step_stats(): what is not summarized is read by every look at the last minutes.
-- Locks    partitions of _run, SHARE UPDATE EXCLUSIVE.   Errors  55P03: an autovacuum is at it, and will summarize too.
declare
  v_index regclass;
  v_ranges bigint := 0;
begin
  for v_index in
    select x.indexrelid::regclass
      from (select p.name from pgsched._partitions('_run') as p where p.lo <= pgsched.id_at(p_now) order by p.lo desc limit 4) as p
      join pg_catalog.pg_index as x on x.indrelid = to_regclass('pgsched.' || p.name)
      join pg_catalog.pg_class as c on c.oid = x.indexrelid
      join pg_catalog.pg_am as a on a.oid = c.relam and a.amname = 'brin'
  loop
    v_ranges := v_ranges + brin_summarize_new_values(v_index);
  end loop;
  return (format('summarized %s ranges of pages', v_ranges), v_ranges, 0,
          date_bin('10 seconds', p_now, '2020-01-01 00:00+00') + interval '14.9 seconds', null)::pgsched._step;
end $$;
