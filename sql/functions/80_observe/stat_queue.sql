create or replace function pgsched._stat_queue(p_after text default null, p_limit integer default null)
  returns table (queue text, paused boolean, ready bigint, scheduled bigint, blocked bigint, running bigint, dead bigint,
                 capped boolean, oldest_due_s double precision, succeeded_per_s numeric, failed_per_s numeric,
                 wait_ms_p50 integer, wait_ms_p95 integer, run_ms_p50 integer, run_ms_p95 integer)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
-- The rows of stat_queue, by name: p_limit of them, after p_after, and for no others is anything counted. NULL: all. For a user, what
-- queues there are and which are paused. Definer: an observer need not read the private tables.
-- Jobs that wait in _blocked are counted by what they wait for (a task, a queue's suspects), as its index has them.
declare
  v_now timestamptz := pgsched.clock();
begin
  if pgsched._owners_seen() = '{}' then return; end if;
  if pgsched._owners_seen() is not null then
    return query
    select n.name, coalesce(q.paused, false), null::bigint, null::bigint, null::bigint, null::bigint, null::bigint, null::boolean,
           null::double precision, null::numeric, null::numeric, null::integer, null::integer, null::integer, null::integer
      from (select u.name from (select l.queue as name from pgsched._lane as l union select p.name from pgsched._queue as p) as u
             where u.name > coalesce(p_after, '') order by u.name limit p_limit) as n
      left join pgsched._queue as q on q.name = n.name;
    return;
  end if;
  return query
  with recent as materialized (select * from pgsched._recent('queue')),
  names as materialized (
    select u.name
      from (select l.queue as name from pgsched._lane as l union select q.name from pgsched._queue as q union select r.name from recent as r) as u
     where u.name > coalesce(p_after, '') order by u.name limit p_limit),
  depth as materialized (
    select l.queue, sum(l.ready)::bigint as ready, sum(l.scheduled)::bigint as scheduled, min(l.oldest_due_at) as oldest,
           bool_or(l.ready > 10000 or l.scheduled > 10000) as capped
      from pgsched._lane_depth(array(select n.name::text from names as n)) as l group by l.queue),
  waits as materialized (
    select b.queue, count(*) as jobs
      from (select 'task_held' as reason, t.name as subject from pgsched._task as t
            union all select 'suspect', n.name from names as n) as s
     cross join lateral (select b.queue from pgsched._blocked as b where b.reason = s.reason and b.subject = s.subject
                          order by b.reason, b.subject, b.due_at, b.id limit 10001) as b
     group by b.queue),
  held as (select c.queue, sum(cardinality(c.ids))::bigint as jobs from pgsched._claim as c group by c.queue)
  select n.name, coalesce(q.paused, false), coalesce(d.ready, 0), coalesce(d.scheduled, 0), coalesce(w.jobs, 0),
         coalesce(h.jobs, 0), e.jobs, coalesce(d.capped, false) or coalesce(w.jobs, 0) > 10000 or e.jobs > 10000,
         round(extract(epoch from v_now - d.oldest)::numeric, 1)::double precision,
         coalesce(r.succeeded_per_s, 0), coalesce(r.failed_per_s, 0),
         r.wait_ms_p50, r.wait_ms_p95, r.run_ms_p50, r.run_ms_p95
    from names as n
   cross join lateral (
      select count(*) as jobs from (select from pgsched._ended as e where e.state = 'dead' and e.queue = n.name
                                     order by e.state, e.queue, e.id limit 10001) as c) as e
    left join pgsched._queue as q on q.name = n.name
    left join depth as d on d.queue = n.name
    left join waits as w on w.queue = n.name
    left join held as h on h.queue = n.name
    left join recent as r on r.name = n.name;
end $$;

create or replace view pgsched.stat_queue as select * from pgsched._stat_queue();
comment on view pgsched.stat_queue is
  'A row for each queue that ever had a job or was paused. ready and scheduled are counted to 10,001 in each lane (one '
  'priority), '
  'blocked to 10,001 for each task, dead to 10,001: capped says that one of them stopped there, and is more. Jobs of a '
  'held task count as ready until their turn comes. Rates, per second, and percentiles, in milliseconds, are of the runs that '
  'ended in the last 5 minutes, from a roll-up that upkeep() writes some seconds late. The same cost at a hundred jobs and '
  'at ten million. To a user, only queue and paused are told.';
comment on column pgsched.stat_queue.oldest_due_s is
  'For how many seconds the job that waits longest has been due; NULL if none is.';
comment on column pgsched.stat_queue.running is 'Jobs that a worker holds. Exact.';
comment on column pgsched.stat_queue.failed_per_s is 'Runs per second that ended failed, timed_out or lost.';
comment on column pgsched.stat_queue.wait_ms_p95 is
  'Milliseconds from being due to being claimed, 95 of 100 first attempts; NULL if none ended.';
comment on column pgsched.stat_queue.run_ms_p95 is
  'Milliseconds from being claimed to the end, 95 of 100 runs; NULL if none ended.';
