create or replace view pgsched.stat_worker as
select w.id, w.name, w.host, w.pid, w.role, w.queues, w.concurrency,
       coalesce(h.jobs, 0) as running,
       w.lease_until > n.now as live,
       coalesce(i.expires_at > n.now, false) as idle,
       w.started_at,
       round(extract(epoch from n.now - w.seen_at)::numeric, 1)::double precision as seen_ago_s,
       round(extract(epoch from w.lease_until - n.now)::numeric, 1)::double precision as lease_left_s,
       w.tasks
  from pgsched._worker as w
 cross join (select pgsched.clock() as now) as n
  left join pgsched._idle as i on i.worker = w.id
  left join (select c.worker, sum(cardinality(c.ids))::bigint as jobs from pgsched._claim as c group by c.worker) as h
    on h.worker = w.id
 where (select pgsched._owners_seen()) is null;
comment on view pgsched.stat_worker is
  'A row for each registered process: a supervisor (it renews the leases, and runs nothing), its children, and a child kept '
  'for suspects. One that '
  'left in good order has no row; one that died has one, live = false, until another worker reaps it.';
comment on column pgsched.stat_worker.running is 'Jobs that it holds. Exact; at most concurrency.';
comment on column pgsched.stat_worker.idle is 'Asleep: an enqueue notifies it.';
comment on column pgsched.stat_worker.seen_ago_s is 'Seconds since its last heartbeat.';
comment on column pgsched.stat_worker.lease_left_s is 'Seconds until its lease ends without a heartbeat; negative: it has ended.';
