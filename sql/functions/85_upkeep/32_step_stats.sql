create or replace function pgsched._step_stats(p_now timestamptz, p_mark bigint, p_did bigint) returns pgsched._step
  language plpgsql set search_path = '' set enable_seqscan = off set jit = off as $$
-- Add the next ten seconds of ended runs to _stat, five seconds after their end; two seconds at a time where the last call
-- met more than 20,000 runs, so that it stays short. Who is over an hour behind goes on from an hour ago.
declare
  v_from timestamptz := case when p_mark = 0 then date_bin('10 seconds', p_now, '2020-01-01 00:00+00')
    else greatest(to_timestamp(p_mark), date_bin('10 seconds', p_now - interval '1 hour', '2020-01-01 00:00+00')) end;
  v_slot_end timestamptz := date_bin('10 seconds', v_from, '2020-01-01 00:00+00') + interval '10 seconds';
  v_to timestamptz := case when p_did > 20000 then least(v_from + interval '2 seconds', v_slot_end) else v_slot_end end;
  v_part record;
  v_count bigint := 0;
begin
  if v_to > p_now - interval '5 seconds' then
    return ('no runs to count yet', null, extract(epoch from v_from)::bigint, v_to + interval '5 seconds', null)::pgsched._step;
  end if;
  for v_part in execute
    'select r.tableoid as part, min(r.job_id) as lo, max(r.job_id) as hi, count(*) as runs from pgsched._run as r '
    'where r.finished_at >= $1 and r.finished_at < $2 and r.job_id < $3 group by r.tableoid'
    using v_from, v_to, pgsched.id_at(v_to) + pgsched._day()   -- of partitions ahead, only one is looked at
  loop
    perform pgsched._roll_up((select c.relname from pg_catalog.pg_class as c where c.oid = v_part.part), v_part.lo, v_part.hi,
                             v_from, v_to);
    v_count := v_count + v_part.runs;
  end loop;
  return (format('counted %s runs that ended before %s', v_count, v_to), v_count, extract(epoch from v_to)::bigint,
          greatest(p_now, v_to + (v_to - v_from) + interval '5 seconds'), null)::pgsched._step;
end $$;
