create or replace function pgsched._explain_waiting(p_job pgsched.job, p_now timestamptz) returns text[]
  language plpgsql stable set search_path = pg_catalog, pg_temp set jit = off as $$
-- Every reason why a job that waits is not running. Private: explain() has found its row, in the same snapshot.
declare
  v_blocked pgsched._blocked;
  v_task pgsched._task;
  v_reasons text[] := '{}';
begin
  select b.* into v_blocked from pgsched._blocked as b where b.id = p_job.id;
  if v_blocked.reason = 'suspect' then
    v_reasons := v_reasons ||
      'it is a suspect: its worker died under it twice or more, so it runs alone, in a child kept for suspects'::text;
  elsif v_blocked.reason = 'task_held' and not exists (
      select from pgsched._task as t where t.name = p_job.task and t.held) then
    v_reasons := v_reasons || format('task %s is not held any more: upkeep() gives its jobs their turn again, in steps', p_job.task);
  end if;
  if p_job.due_at > p_now then
    v_reasons := v_reasons || format(
      'due at %s, in %s', date_trunc('second', p_job.due_at), date_trunc('second', p_job.due_at - p_now));
  end if;
  if exists (select from pgsched._queue as q where q.name = p_job.queue and q.paused) then
    v_reasons := v_reasons || format('queue %s is paused: pgsched.resume_queue(%L)', p_job.queue, p_job.queue);
  end if;
  select * into v_task from pgsched._task as t where t.name = p_job.task;
  if v_task.paused then
    v_reasons := v_reasons || format('task %s is paused: pgsched.resume_task(%L)', p_job.task, p_job.task);
  end if;
  if not v_task.enabled then
    v_reasons := v_reasons || format('task %s is disabled: pgsched.change_task(%L, ''{"enabled": true}'')', p_job.task, p_job.task);
  end if;
  return v_reasons || pgsched._explain_workers(
    p_job, case when v_blocked.reason = 'suspect' then 'suspect' else 'child' end, p_now);
end $$;

create or replace function pgsched._explain_workers(p_job pgsched.job, p_role text, p_now timestamptz) returns text[]
  language plpgsql stable set search_path = pg_catalog, pg_temp set jit = off as $$
-- What about the workers keeps a job waiting: none on its queue, none that knows its task, or all busy.
declare
  v_on_queue bigint;
  v_able bigint;
  v_free bigint;
  v_knows bigint;
begin
  select count(*) filter (where w.serves), count(*) filter (where w.serves and w.knows),
         count(*) filter (where w.serves and w.knows and w.running < w.concurrency), count(*) filter (where w.knows)
    into v_on_queue, v_able, v_free, v_knows
    from (select p_job.queue = any(w.queues) as serves, p_job.task = any(w.tasks) as knows, w.concurrency,
                 (select coalesce(sum(cardinality(c.ids)), 0) from pgsched._claim as c where c.worker = w.id) as running
            from pgsched._worker as w where w.role = p_role and w.lease_until > p_now) as w;
  return array_remove(array[
    case when v_on_queue = 0 then format('no live worker on queue %s', p_job.queue) end,
    case when v_knows = 0 then format('no live worker knows task %s', p_job.task)
         when v_on_queue > 0 and v_able = 0 then
           format('none of the %s live workers on queue %s knows task %s', v_on_queue, p_job.queue, p_job.task) end,
    case when v_able > 0 and v_free = 0 then format('all %s workers of the queue are busy', v_able) end], null);
end $$;

create or replace function pgsched._jobs_ahead(p_job pgsched.job, p_now timestamptz) returns bigint
  language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off
  set jit = off as $$
  -- Due jobs of the queue that run before this one, counted to 10,001 in each lane.
  select coalesce(sum(n.jobs), 0)
    from (select distinct l.priority from pgsched._lane as l where l.queue = p_job.queue and l.priority >= p_job.priority) as l
   cross join lateral (
      select count(*) as jobs from (
        select from pgsched._ready as r
         where r.queue = p_job.queue and r.priority = l.priority and r.due_at <= p_now
           and (l.priority > p_job.priority or (r.due_at, r.id) < (p_job.due_at, p_job.id))
         order by r.queue, r.priority desc, r.due_at, r.id limit 10001) as c) as n $$;

create or replace function pgsched._explain_running(p_id bigint, p_now timestamptz) returns text[]
  language sql stable set search_path = pg_catalog, pg_temp as $$
  -- A job that runs has no reason not to, unless its worker is gone.
  select array_remove(array[
           case when w.id is null then 'its worker is gone: the next reap() by a live worker gives the job back'
                when w.lease_until <= p_now then format(
                  'worker %s has not been seen since %s and its lease is over: the next reap() by a live worker gives the '
                  'job back',
                  w.name, date_trunc('second', w.seen_at)) end,
           case when k.id is not null then format('told to stop at %s', date_trunc('second', k.requested_at)) end], null)
    from pgsched._claim as c
    left join pgsched._worker as w on w.id = c.worker
    left join pgsched._cancel as k on k.id = p_id
   where c.ids @> array[p_id] $$;

create or replace function pgsched._explain_dead(p_id bigint) returns text language sql stable set search_path = pg_catalog, pg_temp as $$
  -- Which budget was spent.
  select case when b.failures >= b.max_attempts then format('out of attempts: %s of %s have failed', b.failures, b.max_attempts)
              when b.charged_losses >= 3 then format('its worker died under it, alone, %s times', b.charged_losses)
              else 'told not to retry' end
    from pgsched._budgets(array[p_id]) as b $$;

create or replace function pgsched.explain(
    inout id bigint, out state pgsched.job_state, out reasons text[], out attempt integer, out max_attempts integer,
    out due_at timestamptz, out last_error text)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp set jit = off set plan_cache_mode = force_custom_plan as $$
-- Why is this job not running? Definer: an observer need not read the private tables. STABLE: one snapshot, so a
-- job is never between tables.
-- Returns  one row.   Locks  nothing.   Errors  PS001 unknown job.
declare
  v_now timestamptz := pgsched.clock();
  v_job pgsched.job;
  v_last pgsched._run;
  v_ended pgsched._ended;
begin
  select j.* into v_job from pgsched.job as j where j.id = explain.id;
  if v_job.id is null then perform pgsched._require_job(explain.id); end if;   -- raises
  select r.* into v_last from pgsched._run as r where r.job_id = v_job.id order by r.attempt desc limit 1;
  select e.* into v_ended from pgsched._ended as e where e.id = v_job.id;
  state := v_job.state;
  attempt := coalesce(v_job.attempt, v_last.attempt);
  max_attempts := v_job.max_attempts;
  due_at := v_job.due_at;
  last_error := coalesce(v_ended.error, (
    select r.error from pgsched._run as r where r.job_id = v_job.id and r.error is not null order by r.attempt desc limit 1));
  reasons := case
    when state = 'running' then pgsched._explain_running(v_job.id, v_now)
    when state in ('scheduled', 'ready', 'blocked') then pgsched._explain_waiting(v_job, v_now)
    when state = 'succeeded' then array[format('succeeded at %s', date_trunc('second', v_last.finished_at))]
    when state = 'dead' then array[
      pgsched._explain_dead(v_job.id), format('dead since %s', date_trunc('second', v_ended.ended_at))]
    else array[format('%s at %s', state, date_trunc('second', v_ended.ended_at))] end;
  if state = 'ready' and reasons = '{}' then
    reasons := array[format('its turn comes: %s due jobs of its queue are ahead', pgsched._jobs_ahead(v_job, v_now))];
  end if;
end $$;
comment on function pgsched.explain is
  'Why a job is not running, in one row: reasons has every one of them, for people to read (empty: it runs). attempt counts '
  'claims so far; '
  'last_error is that of its last run that had one. Raises PS001 for an unknown id.';
