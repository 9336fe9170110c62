-- What retention must not take.

create or replace function pgsched._alive(p_lo bigint, p_hi bigint) returns setof bigint language sql stable as $$
  -- Jobs with ids from p_lo to below p_hi that have not ended. One snapshot, so a job that moves is seen in one place.
  select r.id from pgsched._ready as r where r.id >= p_lo and r.id < p_hi
   union all
  select b.id from pgsched._blocked as b where b.id >= p_lo and b.id < p_hi
   union all
  select u.id from pgsched._claim as c cross join unnest(c.ids) as u (id) where u.id >= p_lo and u.id < p_hi $$;

create or replace function pgsched._kept(p_lo bigint, p_hi bigint, p_since timestamptz) returns setof bigint language sql stable as $$
  -- Those, and the jobs that ended since p_since; a job may come twice.
  select a.id from pgsched._alive(p_lo, p_hi) as a (id)
   union all
  select e.id from pgsched._ended as e where e.id >= p_lo and e.id < p_hi and e.ended_at >= p_since
   union all
  select r.job_id from pgsched._run as r where r.job_id >= p_lo and r.job_id < p_hi and r.finished_at >= p_since $$;
