create or replace function pgsched._step_stats(p_now timestamptz, p_mark bigint, p_did bigint) returns pgsched._step
  language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
-- Add ended runs to _stat, slot after slot of ten seconds, each from five seconds after its end; in a call about 2,500 of
-- them, 6 ms. Who is over an hour behind goes on from an hour ago. The mark is in milliseconds since 1970.
declare
  c_few constant integer := 2500;
  v_from timestamptz := case when p_mark = 0 then date_bin('10 seconds', p_now, '2020-01-01 00:00+00')
    else greatest(to_timestamp(p_mark / 1000.0), date_bin('10 seconds', p_now - interval '1 hour', '2020-01-01 00:00+00')) end;
  v_slot_end timestamptz := date_bin('10 seconds', v_from, '2020-01-01 00:00+00') + interval '10 seconds';
  v_ahead bigint := pgsched.id_at(v_slot_end) + pgsched._day();   -- of partitions ahead, only one is looked at
  v_to timestamptz;
  v_part record;
  v_count bigint := 0;
begin
  if v_slot_end > p_now - interval '5 seconds' then
    return ('no runs to count yet', null, round(extract(epoch from v_from) * 1000), v_slot_end + interval '5 seconds', null)::pgsched._step;
  end if;
  -- Runs lie almost in order of their end: the first that are met tell how far to go.
  execute 'select case when count(*) = $4 then least(date_trunc(''milliseconds'', max(f.finished_at)), $2) else $2 end from ('
          '  select r.finished_at from pgsched._run as r'
          '   where r.finished_at >= $1 and r.finished_at < $2 and r.job_id < $3 limit $4) as f'
    into v_to using v_from, v_slot_end, v_ahead, c_few;
  v_to := greatest(v_to, v_from + interval '1 millisecond');
  for v_part in execute
    'select r.tableoid as part, min(r.job_id) as lo, max(r.job_id) as hi, count(*) as runs from pgsched._run as r '
    'where r.finished_at >= $1 and r.finished_at < $2 and r.job_id < $3 group by r.tableoid'
    using v_from, v_to, v_ahead
  loop
    perform pgsched._roll_up((select c.relname from pg_catalog.pg_class as c where c.oid = v_part.part), v_part.lo, v_part.hi,
                             v_from, v_to);
    v_count := v_count + v_part.runs;
  end loop;
  return (format('counted %s runs that ended before %s', v_count, v_to), v_count, round(extract(epoch from v_to) * 1000),
          case when v_to < v_slot_end then p_now else greatest(p_now, v_slot_end + interval '15 seconds') end, null)::pgsched._step;
end $$;
