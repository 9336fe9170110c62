-- Many jobs at once, by their ids or by what they are: find_jobs() gives the ids, batch after batch, for a transaction each.

create or replace function pgsched.find_jobs(
    states pgsched.job_state[], queue text default null, task text default null, labels jsonb default null,
    made_since timestamptz default null, made_until timestamptz default null, after bigint default 0, max_jobs integer default 1000,
    out ids bigint[], out next bigint)
  language plpgsql stable set search_path = pg_catalog, pg_temp
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set jit = off set plan_cache_mode = force_custom_plan as $$
-- Jobs that match every filter given, lowest ids first, above the id `after`. It looks at 1,000 in a call, so one call may find none of many:
-- call it with `next` as `after` until that is NULL. Jobs that have succeeded are not found.
-- Returns  ids, at most max_jobs (1..1000); next.
-- Errors   PS010 max_jobs; PS028 the user may change none.
declare
  v_lo bigint := greatest(find_jobs.after + 1, pgsched.id_at(find_jobs.made_since));
  v_end bigint := coalesce(pgsched.id_at(find_jobs.made_until), 9223372036854775807);
  v_seen bigint[];
begin
  perform pgsched._require_writer();
  perform pgsched._require_range('max_jobs', find_jobs.max_jobs, 1, 1000);
  v_seen := array(
    select x.id from (
      (select r.id from pgsched._ready as r
        where find_jobs.states && '{scheduled,ready,blocked}' and r.id >= v_lo and r.id < v_end
          and (find_jobs.queue is null or r.queue = find_jobs.queue) order by r.id limit 1000)
      union all
      (select b.id from pgsched._blocked as b
        where 'blocked' = any(find_jobs.states) and b.id >= v_lo and b.id < v_end
          and (find_jobs.queue is null or b.queue = find_jobs.queue) order by b.id limit 1000)
      union all
      (select u.id from pgsched._claim as c cross join unnest(c.ids) as u (id)
        where 'running' = any(find_jobs.states) and u.id >= v_lo and u.id < v_end
          and (find_jobs.queue is null or c.queue = find_jobs.queue) order by u.id limit 1000)
      union all
      (select e.id from pgsched._ended as e
        where e.state = any(find_jobs.states) and e.id >= v_lo and e.id < v_end
          and (find_jobs.queue is null or e.queue = find_jobs.queue) and (find_jobs.task is null or e.task = find_jobs.task)
        order by e.id limit 1000)) as x
     order by x.id limit 1000);
  ids := array(
    select j.id from pgsched.job as j
     where j.id = any(v_seen) and j.state = any(find_jobs.states) and (find_jobs.queue is null or j.queue = find_jobs.queue)
       and (find_jobs.task is null or j.task = find_jobs.task) and (find_jobs.labels is null or j.labels @> find_jobs.labels)
     order by j.id limit find_jobs.max_jobs);
  next := case when cardinality(ids) = find_jobs.max_jobs then ids[find_jobs.max_jobs] else v_seen[1000] end;
end $$;
comment on function pgsched.find_jobs is
  'Ids of jobs in any of these states that match every filter given and are made from made_since to before made_until, above the id after. One '
  'call looks at 1,000 jobs and gives at most max_jobs (1..1000); go on with next as after until it is NULL.';

create or replace function pgsched._changeable(p_ids bigint[]) returns bigint[] language plpgsql volatile
  set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan as $$
-- Of jobs that somebody wants to change, those that there are for him.   Errors  PS010 no ids, or above 1,000; PS028 he may change none.
begin
  perform pgsched._require_writer();
  perform pgsched._require_range('the number of ids', coalesce(cardinality(p_ids), 0), 1, 1000);
  return array(select j.id from pgsched.job as j where j.id = any(p_ids) order by j.id);
end $$;

create or replace function pgsched.cancel_jobs(ids bigint[]) returns table (id bigint, done boolean, state text) language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Cancel 1 to 1,000 jobs, each as cancel().
-- Returns  a row for each that there is: done with cancelled or cancelling; not done with its state: a final one; or else it was being claimed,
--          or given back, and another call finds it.
-- Locks    as cancel(), by id.   Notifies  pgsched_cancel.
-- Errors   PS010 the number of ids; PS023 not READ COMMITTED; PS028 the user may change none.
begin
  return query select c.id, c.done, c.state from pgsched._cancel(pgsched._changeable(cancel_jobs.ids)) as c;
end $$;
comment on function pgsched.cancel_jobs is
  'Cancel 1 to 1,000 jobs. Returns a row for each that exists: done (cancelled; cancelling: it runs, and was told), or not, '
  'with its state. One that is not done, and yet waits or runs, was being claimed or given back meanwhile: try it again.';

create or replace function pgsched.redrive_jobs(ids bigint[]) returns table (id bigint, done boolean, state text) language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Run 1 to 1,000 ended jobs again, each as redrive().
-- Returns  a row for each that there is: done; not done with the state that forbids it.
-- Locks    _ended rows by id.   Notifies  as _announce().
-- Errors   PS010 the number of ids; PS023 not READ COMMITTED; PS028 the user may change none.
declare
  v_ids bigint[] := pgsched._changeable(redrive_jobs.ids);
  v_done bigint[] := pgsched._redrive(v_ids);
begin
  return query select u, true, null from unnest(v_done) as u
               union all select j.id, false, j.state::text from pgsched.job as j where j.id = any(v_ids) and j.id <> all(v_done);
end $$;
comment on function pgsched.redrive_jobs is
  'Run 1 to 1,000 dead, cancelled or expired jobs again. Returns a row for each that exists: done, or not, with the state that forbids it.';

create or replace function pgsched.reschedule_jobs(
    ids bigint[], due_at timestamptz default null, priority integer default null, queue text default null)
  returns table (id bigint, done boolean, state text) language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Move 1 to 1,000 jobs that wait, each as reschedule().
-- Returns  a row for each that there is: done; not done with its state: if it waits, it was on its way there, and another call finds it.
-- Locks    rows of _blocked and _ready, by id.   Notifies  as _announce().
-- Errors   PS010 the number of ids, a value; PS023 not READ COMMITTED; PS028 the user may change none.
begin
  return query select r.id, r.done, r.state::text
    from pgsched._reschedule(pgsched._changeable(reschedule_jobs.ids), reschedule_jobs.due_at, reschedule_jobs.priority,
                             reschedule_jobs.queue) as r;
end $$;
comment on function pgsched.reschedule_jobs is
  'Move 1 to 1,000 waiting jobs to another time, priority or queue. Returns a row for each that exists: done, or not, with '
  'its state. One that is not done, and yet waits, moved meanwhile: try it again.';
