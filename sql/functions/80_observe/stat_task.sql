create or replace function pgsched._stat_task()
  returns table (task text, queue text, priority integer, max_attempts integer, enabled boolean, paused boolean, blocked bigint, running bigint,
                 dead bigint, workers bigint, succeeded_per_s numeric, failed_per_s numeric,
                 wait_ms_p50 integer, wait_ms_p95 integer, run_ms_p50 integer, run_ms_p95 integer)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
-- The rows of stat_task; none for a user, since they count all jobs. Definer: an observer need not read the private tables.
declare
  v_now timestamptz := pgsched.clock();
  v_ids bigint[] := array(select unnest(c.ids) from pgsched._claim as c);
begin
  if pgsched._owners_seen() is not null then return; end if;
  return query
  with recent as materialized (select * from pgsched._recent('task')),
  -- BETWEEN prunes the partitions once, where a join would touch every one for every job
  held as materialized (
    select j.task, count(*) as jobs from pgsched._job as j
     where j.id = any(v_ids) and j.id between (select min(u) from unnest(v_ids) as u) and (select max(u) from unnest(v_ids) as u)
     group by j.task),
  buried as materialized (
    select e.task, count(*) as jobs
      from (select d.task from pgsched._ended as d where d.state = 'dead' order by d.state desc, d.ended_at desc limit 10000) as e
     group by e.task),
  known as materialized (
    select u.task, count(*) as workers from pgsched._worker as w cross join unnest(w.tasks) as u (task)
     where w.lease_until > v_now and w.role = 'child' group by u.task),
  names as materialized (
    select t.name from pgsched._task as t union select h.task from held as h union select b.task from buried as b
    union select r.name from recent as r)
  select n.name, t.queue::text, t.priority::integer, t.max_attempts::integer, coalesce(t.enabled, true), coalesce(t.paused, false),
         w.jobs, coalesce(h.jobs, 0), coalesce(b.jobs, 0), coalesce(k.workers, 0), coalesce(r.succeeded_per_s, 0), coalesce(r.failed_per_s, 0),
         r.wait_ms_p50, r.wait_ms_p95, r.run_ms_p50, r.run_ms_p95
    from names as n
   cross join lateral (
      select count(*) as jobs from (select from pgsched._blocked as q where q.reason = 'task_held' and q.subject = n.name
                                     order by q.reason, q.subject, q.due_at, q.id limit 10001) as c) as w
    left join pgsched._task as t on t.name = n.name
    left join held as h on h.task = n.name
    left join buried as b on b.task = n.name
    left join known as k on k.task = n.name
    left join recent as r on r.name = n.name;
end $$;

create or replace view pgsched.stat_task as select * from pgsched._stat_task();
comment on view pgsched.stat_task is
  'A row for each task of the catalogue, or seen lately. queue, priority and max_attempts are its policy, NULL if it is not '
  'in the '
  'catalogue. blocked (because it is disabled or paused) is counted to 10,001; dead is counted among the 10,000 jobs that ended dead last; '
  'running is exact. Jobs that wait are counted by queue: see stat_queue. Rates, per second, and percentiles, in '
  'milliseconds, are '
  'of the runs that ended in the last 5 minutes, from a roll-up that upkeep() writes some seconds late.';
comment on column pgsched.stat_task.workers is 'Live worker processes that know the task.';
comment on column pgsched.stat_task.failed_per_s is 'Runs per second that ended failed, timed_out or lost.';
