create or replace function pgsched._lane_depth(p_queues text[])
  returns table (queue text, priority integer, ready bigint, scheduled bigint, oldest_due_at timestamptz)
  language plpgsql stable set search_path = pg_catalog, pg_temp
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set jit = off as $$
-- How much waits in each lane of these queues. Each count stops at 10,001, which so means "more than 10,000": at ten million ready
-- jobs a lane takes 3 ms, where a count takes seconds. The plan is pinned, or missing statistics bring those back.
-- Returns  a row for each lane that ever had a job; oldest_due_at is NULL if nothing is due.
declare
  v_now timestamptz := pgsched.clock();
begin
  return query
  select l.queue, l.priority, r.jobs, s.jobs, o.due_at
    from (select distinct n.queue, n.priority from pgsched._lane as n where n.queue = any(p_queues)) as l
   cross join lateral (
      select count(*) as jobs from (
        select from pgsched._ready as q where q.queue = l.queue and q.priority = l.priority and q.due_at <= v_now
         order by q.queue, q.priority desc, q.due_at, q.id limit 10001) as c) as r
   cross join lateral (
      select count(*) as jobs from (
        select from pgsched._ready as q where q.queue = l.queue and q.priority = l.priority and q.due_at > v_now
         order by q.queue, q.priority desc, q.due_at, q.id limit 10001) as c) as s
    left join lateral (
      select q.due_at from pgsched._ready as q
       where q.queue = l.queue and q.priority = l.priority and q.due_at <= v_now
       order by q.queue, q.priority desc, q.due_at, q.id limit 1) as o on true;
end $$;
