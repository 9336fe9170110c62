-- What retention must not take.

create or replace function pgsched._alive(p_lo bigint, p_hi bigint) returns setof bigint language sql stable as $$
  -- Jobs with ids from p_lo to below p_hi that have not ended. One snapshot, so a job that moves is seen in one place.
  select r.id from pgsched._ready as r where r.id >= p_lo and r.id < p_hi
   union all
  select b.id from pgsched._blocked as b where b.id >= p_lo and b.id < p_hi
   union all
  select u.id from pgsched._claim as c cross join unnest(c.ids) as u (id) where u.id >= p_lo and u.id < p_hi $$;

create or replace function pgsched._ran_since(p_lo bigint, p_hi bigint, p_since timestamptz, p_limit integer)
  returns setof bigint language plpgsql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
-- Jobs of these ids that had a run end since p_since; NULL for p_limit means all. By the BRIN index on finished_at: to keep the
-- planner from the primary key, which would read all runs of the day, job_id + 0 stands for job_id, and partitions are named.
declare
  v_part text;
begin
  for v_part in select x.name from pgsched._partitions('_run') as x where x.lo < p_hi and x.hi > p_lo loop
    return query execute format(
      'select r.job_id from pgsched.%I as r where r.finished_at >= $1 and r.job_id + 0 >= $2 and r.job_id + 0 < $3 limit $4', v_part)
      using p_since, p_lo, p_hi, p_limit;
  end loop;
end $$;

create or replace function pgsched._kept(p_lo bigint, p_hi bigint, p_since timestamptz, p_limit integer default null)
  returns setof bigint language sql stable as $$
  -- Those that are alive, and those that ended since p_since; a job may come twice. p_limit is a hint to stop early.
  select a.id from pgsched._alive(p_lo, p_hi) as a (id)
   union all
  select e.id from pgsched._ended as e where e.id >= p_lo and e.id < p_hi and e.ended_at >= p_since
   union all
  select r.id from pgsched._ran_since(p_lo, p_hi, p_since, p_limit) as r (id)
   limit p_limit $$;
