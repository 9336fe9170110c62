create or replace function pgsched._upcoming()
  returns table (id bigint, task text, queue text, priority integer, due_at timestamptz, due_in_s double precision,
                 attempt integer, args jsonb, schedule text)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC'
  set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
-- The rows of upcoming. Definer: an observer need not read the private tables.
declare
  v_now timestamptz := pgsched.clock();
  v_ids bigint[];
  v_owners bigint[] := pgsched._owners_seen();
begin
  v_ids := array(
    select s.id
      from (select distinct n.queue, n.priority from pgsched._lane as n) as l
     cross join lateral (
        select q.id from pgsched._ready as q
         where q.queue = l.queue and q.priority = l.priority and q.due_at > v_now
         order by q.queue, q.priority desc, q.due_at, q.id limit case when v_owners is null then 100 else 10000 end) as s);
  return query
  with coming as (
    select j.id, j.task::text, r.queue::text, r.priority::integer, r.due_at, r.attempt, j.args::jsonb, j.labels ->> 'schedule' as schedule
      from pgsched._job as j join pgsched._ready as r on r.id = j.id
     where (v_owners is null or j.owner_id = any(v_owners)) and j.id = any(v_ids)
       and j.id between (select min(u) from unnest(v_ids) as u) and (select max(u) from unnest(v_ids) as u)
     union all
    select null, p.task, coalesce(p.queue, t.queue, 'default'), coalesce(p.priority, t.priority, 0), p.due_at, 1,
           pgsched._args_at(p.args, p.name, p.nominal), p.name
      from (select x.due_at, x.nominal, s.name, s.task, s.queue, s.priority, s.args from pgsched._plan as x
             cross join lateral (select y.* from pgsched._schedule as y where y.name = x.schedule and not y.paused   -- see _due()
                                 and (v_owners is null or y.owner_id = any(v_owners)) offset 0) as s
             where x.due_at > v_now and not x.held and not x.skipped order by x.due_at limit 100) as p
      left join pgsched._task as t on t.name = p.task)
  select c.id, c.task, c.queue, c.priority, c.due_at, round(extract(epoch from c.due_at - v_now)::numeric, 1)::double precision,
         c.attempt, c.args, c.schedule
    from coming as c order by c.due_at, c.id;
end $$;

create or replace view pgsched.upcoming as select * from pgsched._upcoming();
comment on view pgsched.upcoming is
  'What comes, soonest first: scheduled jobs, the next 100 of each lane (one priority of one queue; stat_queue.scheduled counts them), and '
  'the next 100 slots of schedules, which are no jobs yet. For a user, its own, of the next 10,000 jobs of each lane.';
comment on column pgsched.upcoming.id is 'NULL: a slot of a schedule; its job will be made when it is due.';
comment on column pgsched.upcoming.due_in_s is 'Seconds until it is due.';
comment on column pgsched.upcoming.attempt is 'The attempt that it will be: 1 for a job that never ran.';
