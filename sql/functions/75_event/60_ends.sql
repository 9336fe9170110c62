-- Jobs' own ends are events, if somebody subscribes to them.

create or replace function pgsched._make_end_events(p_ids bigint[]) returns void
  language plpgsql set search_path = pg_catalog, pg_temp set timezone = 'UTC' set enable_nestloop = on set enable_seqscan = off
  set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off set plan_cache_mode = force_generic_plan as $$
-- Make an event job.succeeded, job.dead, job.cancelled or job.expired of each of these jobs, which have just ended so, where an enabled
-- subscription asks for job.* or just that, and its filter is not false: the ends of tasks that nobody asks for are not kept, and of
-- these only the task is read. Past event_depth_max they are made all the same, and _make_jobs() makes nothing of them.
-- Whatever goes wrong is a warning: nothing may keep a job from ending.   Notifies  as _announce().   Warns.
declare
  v_now timestamptz := pgsched.clock();
  v_types text[];
  v_tasks text[];   -- NULL: all
  v_lo bigint;   -- variables: see _budgets()
  v_hi bigint;
begin
  select array_agg(s.event_type), case when bool_and(s.tasks is not null) then array_agg(t.task) end into v_types, v_tasks
    from pgsched._subscription as s left join unnest(s.tasks) as t (task) on true
   where s.enabled and s.event_type = any(pgsched._end_types());
  select min(u), max(u) into v_lo, v_hi from unnest(p_ids) as u;
  if v_tasks is not null then   -- all that the others cost
    p_ids := array(select j.id from pgsched._job as j where j.id = any(p_ids) and j.id between v_lo and v_hi and j.task = any(v_tasks));
    if p_ids = '{}' then return; end if;
  end if;
  insert into pgsched._event (id, time, cause_job, owner_id, depth, type, source, subject, data)
  select n.id, v_now, n.job_id, n.owner_id,
         case when n.parent_id is null and not coalesce(n.labels ? 'event', false) then 0
              else coalesce((select e.depth + 1 from pgsched._event as e where e.id = pgsched._caused_by(n.job_id)), 0) end,
         n.type, 'pgsched', n.job_id::text, n.data
    from (select pgsched.new_id() as id, j.id as job_id, j.owner_id, j.parent_id, j.labels, 'job.' || j.state as type,
                 jsonb_build_object('job_id', j.id, 'task', j.task, 'queue', j.queue, 'key', j.key, 'labels', j.labels, 'error', j.error,
                                    'result', (select r.result from pgsched._run as r
                                                where r.job_id = j.id and r.job_id between v_lo and v_hi and r.outcome = 'succeeded')) as data
            from (select k.*, e.error, coalesce(e.state::text, 'succeeded') as state
                    from pgsched._job as k left join pgsched._ended as e on e.id = k.id
                   where k.id = any(p_ids) and k.id between v_lo and v_hi) as j
           where v_types && array['job.*', 'job.' || j.state] offset 0) as n
   where exists (
     select from pgsched._subscription as s
      where s.enabled and s.event_type = any(array['job.*', n.type])
        and (s.filter_path is null or jsonb_path_match_tz(
               case when s.whole then to_jsonb(row(n.id::text, n.type, 'pgsched', n.job_id::text, v_now, n.data)::pgsched._envelope)
                    else n.data end, s.filter_path, '{}', true) is not false));
exception when others then
  raise warning using message = format('the ends of %s jobs are no events: %s %s', cardinality(p_ids), sqlstate, sqlerrm),
    detail = format('the first is job %s', p_ids[1]);
end $$;

create or replace function pgsched._end_types() returns text[] language sql immutable as $$
  select array['job.*', 'job.succeeded', 'job.dead', 'job.cancelled', 'job.expired'] $$;
comment on function pgsched._end_types() is
  'What a subscription asks for that wants the ends of jobs; * alone does not bring them about, or an audit of everything would feed itself.';

create or replace function pgsched._ends_wanted(p_types text[], p_tasks text[] default null) returns boolean language plpgsql stable as $$
-- Whether ends of these types may be events; p_tasks: no others have ended, NULL: any may have. Asked for each batch, so without a SET.
begin
  return exists (
    select from pgsched._subscription as s
     where s.enabled and s.event_type = any(p_types) and (p_tasks is null or s.tasks is null or s.tasks && p_tasks));
end $$;

create or replace function pgsched._tasks_named(p_filter jsonpath) returns text[] language sql immutable set search_path = pg_catalog, pg_temp as $$
  -- The only tasks whose ends a filter is not false for; NULL: any task's. These are the names that it compares $.data.task with, if it asks
  -- for the task in no other way, and is false for a task that is none of them, whatever else there is to an end. Strict, so that whatever
  -- else it asks for is unknown; left out are forms that make something known of what is not there.
  select array(select distinct m[1]::jsonb #>> '{}' from regexp_matches(t.text, t.named, 'g') as m)
    from (select p_filter::text as text, '\$\."data"\."task" == ("(?:\\.|[^"\\])*")(?=[ )])' as named) as t
   where regexp_replace(t.text, t.named, '', 'g') !~ '"task"' and pgsched._bare(t.text) !~ '\?|\.\*|keyvalue|is unknown|\)[.[]'
     and not jsonb_path_match_tz('{"data": {"task": ""}}', ('strict ' || regexp_replace(t.text, '^strict ', ''))::jsonpath, '{}', true) $$;

create or replace function pgsched._hold(p_worker uuid, p_claims bigint[]) returns table (claim bigint, id bigint, attempt integer)
  language sql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
  -- The jobs of these claims that the worker holds, and will until the transaction ends: what becomes an event must be true.
  select c.id, u.id, u.attempt
    from (select c.id, c.ids, c.attempts from pgsched._claim as c where c.id = any(p_claims) and c.worker = p_worker order by c.id for update) as c
   cross join unnest(c.ids, c.attempts) as u (id, attempt) $$;
