create or replace function pgsched._thin(p_lo bigint, p_hi bigint, p_since timestamptz, p_limit integer) returns bigint
  language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
-- Delete the jobs that are not kept among the first p_limit with ids from p_lo to below p_hi, with all that belongs to them.
-- For partitions in which too many jobs live to _rebuild() them. Locks no table.
-- Returns  the id to go on from; p_hi when there are no more.
-- Locks    _ended rows, skipping what is locked: a job that is being redriven stays.
declare
  v_end bigint := coalesce((select j.id from pgsched._job as j where j.id >= p_lo and j.id < p_hi
                             order by j.id offset p_limit limit 1), p_hi);
  v_kept bigint[];
  v_gone bigint[];
begin
  delete from pgsched._ended as e where e.id = any(array(
    select x.id from pgsched._ended as x where x.id >= p_lo and x.id < v_end and x.ended_at < p_since
     order by x.id for update skip locked));
  -- a later statement: it sees who was redriven before we came, and who still holds a row of _ended stays
  v_kept := array(select k.id from pgsched._kept(p_lo, v_end, p_since) as k (id)
                   union all
                  select x.id from pgsched._ended as x where x.id >= p_lo and x.id < v_end);
  v_gone := array(select j.id from pgsched._job as j where j.id >= p_lo and j.id < v_end
                  except select u from unnest(v_kept) as u);
  delete from pgsched._job as j where j.id = any(v_gone) and j.id >= p_lo and j.id < v_end;
  delete from pgsched._run as r where r.job_id = any(v_gone) and r.job_id >= p_lo and r.job_id < v_end;
  delete from pgsched._log as l where l.job_id = any(v_gone) and l.job_id >= p_lo and l.job_id < v_end;
  return v_end;
end $$;
