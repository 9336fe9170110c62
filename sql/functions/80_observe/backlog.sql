create or replace function pgsched.backlog(queue text, running boolean default false) returns bigint language plpgsql stable
  security definer set search_path = pg_catalog, pg_temp
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set jit = off as $$
-- For autoscalers: how much there is to do in a queue now. By index, and counted to 10,000 at most: 3 ms, however long the queue is.
-- Returns  how many of its jobs are due and wait (0 while it, or its endpoint, is paused), and, with running, how many are being run besides.
-- Errors   PS028 a user who sees no more than its own.
declare
  v_now timestamptz := pgsched.clock();
  v_jobs bigint := 0;
begin
  if pgsched._owners_seen() is not null then
    raise exception using errcode = 'PS028', message = 'the user may not count all jobs', hint = 'admins and viewers may';
  end if;
  if not exists (select from pgsched._queue as q where q.name = backlog.queue and q.paused)
     and not exists (select from pgsched._endpoint as e
                      where pgsched._push_queue(e.name) = backlog.queue and (e.paused or e.paused_until > v_now)) then
    select count(*) into v_jobs
      from (select from (select distinct n.priority from pgsched._lane as n where n.queue = backlog.queue) as l
             cross join lateral (
               select from pgsched._ready as r where r.queue = backlog.queue and r.priority = l.priority and r.due_at <= v_now
                order by r.queue, r.priority desc, r.due_at, r.id limit 10000) as w limit 10000) as c;
  end if;
  if backlog.running then
    v_jobs := v_jobs + (select coalesce(sum(cardinality(c.ids)), 0) from pgsched._claim as c where c.queue = backlog.queue);
  end if;
  return v_jobs;
end $$;
comment on function pgsched.backlog is
  'How many jobs of a queue are due and wait, counted to 10,000, 0 while it is paused; with running, also those that workers or endpoints hold. '
  'For autoscalers, such as KEDA.';
