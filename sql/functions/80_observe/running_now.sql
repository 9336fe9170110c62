create or replace function pgsched._running_now(p_id bigint default null, p_most integer default null)
  returns table (id bigint, task text, queue text, priority integer, attempt integer, worker text, host text, pid integer,
                 started_at timestamptz, running_s double precision, cancelling boolean, progress double precision, message text, worker_id uuid)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
-- The rows of running_now; of one job only; at most p_most, those that run longest. Definer: an observer need not read the private tables.
declare
  v_now timestamptz := pgsched.clock();
  v_owners bigint[] := pgsched._owners_seen();
  v_looked integer := case when v_owners is null then p_most end;   -- whose a job is, is known only once all are looked at
  v_ids bigint[] := array(select u.id from pgsched._claim as c cross join unnest(c.ids) as u (id)
                            where p_id is null or c.ids @> array[p_id] and u.id = p_id
                            order by c.claimed_at, u.id limit v_looked);
begin
  return query
  with held as materialized (
    select u.id, u.attempt, c.queue, c.priority, c.worker, c.claimed_at
      from pgsched._claim as c cross join unnest(c.ids, c.attempts) as u (id, attempt)
     where p_id is null or c.ids @> array[p_id] and u.id = p_id
     order by c.claimed_at, u.id limit v_looked),
  -- BETWEEN prunes the partitions once, where a join would touch every one for every job
  named as materialized (
    select j.id, j.task, j.owner_id from pgsched._job as j
     where j.id = any(v_ids) and j.id between (select min(u) from unnest(v_ids) as u) and (select max(u) from unnest(v_ids) as u))
  select h.id, n.task, h.queue, h.priority, h.attempt, w.name, w.host, w.pid, h.claimed_at,
         round(extract(epoch from v_now - h.claimed_at)::numeric, 1)::double precision,
         k.id is not null, s.progress, s.message, h.worker
    from held as h
    left join named as n on n.id = h.id
    left join pgsched._worker as w on w.id = h.worker
    left join pgsched._cancel as k on k.id = h.id
    left join lateral (
      select (array_agg(t.progress order by t.logged_at desc) filter (where t.progress is not null))[1] as progress,
             (array_agg(t.message order by t.logged_at desc) filter (where t.message is not null))[1] as message
        from (select l.progress, l.message, l.logged_at from pgsched._log as l
               where l.job_id = h.id and l.attempt = h.attempt order by l.logged_at desc limit 100) as t) as s on true
   where v_owners is null or n.owner_id = any(v_owners)
   order by h.claimed_at, h.id limit p_most;
end $$;

create or replace view pgsched.running_now as select * from pgsched._running_now();
comment on view pgsched.running_now is
  'Every job that a worker holds, longest first: exact. progress and message are the last of its last 100 lines in job_log.';
comment on column pgsched.running_now.started_at is 'When it was claimed.';
comment on column pgsched.running_now.running_s is 'Seconds since then.';
comment on column pgsched.running_now.worker is 'Name of the worker; NULL if it is gone: reap() will give the job back.';
comment on column pgsched.running_now.cancelling is 'Its handler has been told to stop.';
comment on column pgsched.running_now.progress is 'From 0 to 1; NULL if the handler said nothing of it.';
