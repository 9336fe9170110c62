create or replace function pgsched._upcoming()
  returns table (id bigint, task text, queue text, priority integer, due_at timestamptz, due_in_s double precision,
                 attempt integer, args jsonb)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
-- The rows of upcoming. Definer: an observer need not read the private tables.
declare
  v_now timestamptz := pgsched.clock();
  v_ids bigint[];
begin
  v_ids := array(
    select s.id
      from (select distinct n.queue, n.priority from pgsched._lane as n) as l
     cross join lateral (
        select q.id from pgsched._ready as q
         where q.queue = l.queue and q.priority = l.priority and q.due_at > v_now
         order by q.queue, q.priority desc, q.due_at, q.id limit 100) as s);
  return query
  select j.id, j.task, r.queue, r.priority, r.due_at,
         round(extract(epoch from r.due_at - v_now)::numeric, 1)::double precision, r.attempt, j.args
    from pgsched._job as j join pgsched._ready as r on r.id = j.id
   where j.id = any(v_ids) and j.id between (select min(u) from unnest(v_ids) as u) and (select max(u) from unnest(v_ids) as u)
   order by r.due_at, r.id;
end $$;

create or replace view pgsched.upcoming as select * from pgsched._upcoming();
comment on view pgsched.upcoming is
  'Scheduled jobs, soonest first: the next 100 of each lane (one priority of one queue). stat_queue.scheduled counts them.';
comment on column pgsched.upcoming.due_in_s is 'Seconds until it is due.';
comment on column pgsched.upcoming.attempt is 'The attempt that it will be: 1 for a job that never ran.';
