-- People change their mind: cancel, redrive, reschedule, pause and resume a queue. A job that is being claimed is in no single
-- statement's sight, so each looks in one table after the other, in a loop, until it hits or the job is final.

create or replace function pgsched.job_state(id bigint) returns pgsched.job_state language sql stable set search_path = pg_catalog, pg_temp as $$
  select j.state from pgsched.job as j where j.id = job_state.id $$;
comment on function pgsched.job_state is 'State of a job; NULL if no job has this id. STABLE: one snapshot, so a job is never between tables.';

create or replace function pgsched._require_job(p_id bigint) returns pgsched.job_state language plpgsql volatile
  set search_path = pg_catalog, pg_temp as $$
declare
  v_state pgsched.job_state := pgsched.job_state(p_id);
begin
  if v_state is not null then return v_state; end if;
  raise exception using errcode = 'PS001', message = format('job %s does not exist', p_id),
    hint = 'it never existed, or retention has removed it';
end $$;

create or replace function pgsched.cancel(id bigint) returns text language plpgsql set search_path = pg_catalog, pg_temp as $$
-- A job that waits is cancelled at once; one that runs is told to stop, and ends cancelled unless it succeeds first.
-- Returns  cancelled; cancelling (it runs); or the state it had already: succeeded, dead, expired.
-- Locks    one row of _blocked, _ready or _claim.   Notifies  pgsched_cancel.
-- Errors   PS001 unknown job; PS023 not READ COMMITTED; PS028 the user may not change it.
declare
  v_now timestamptz := pgsched.clock();
  v_state pgsched.job_state;
  v_worker uuid;
begin
  perform pgsched._require_read_committed();
  perform pgsched._require_change(cancel.id);
  loop
    with gone as (delete from pgsched._blocked as b where b.id = cancel.id returning b.attempt, b.queue)
    insert into pgsched._ended (id, ended_at, attempt, state, queue, task)
    select j.id, v_now, g.attempt - 1, 'cancelled', g.queue, j.task from gone as g, pgsched._job as j where j.id = cancel.id;
    if not found then
      with gone as (delete from pgsched._ready as r where r.id = cancel.id returning r.attempt, r.queue)
      insert into pgsched._ended (id, ended_at, attempt, state, queue, task)
      select j.id, v_now, g.attempt - 1, 'cancelled', g.queue, j.task from gone as g, pgsched._job as j where j.id = cancel.id;
    end if;
    if found then
      perform pgsched._tell(array[cancel.id], pgsched._ends_wanted('{job.*,job.cancelled}'));
      return 'cancelled';
    end if;

    select c.worker into v_worker from pgsched._claim as c where c.ids @> array[cancel.id] for update;
    if found then
      insert into pgsched._cancel (id, worker, requested_at) values (cancel.id, v_worker, v_now) on conflict do nothing;
      perform pgsched._notify('pgsched_cancel', v_worker::text);
      return 'cancelling';
    end if;

    v_state := pgsched._require_job(cancel.id);
    if v_state in ('succeeded', 'dead', 'cancelled', 'expired') then return v_state; end if;
  end loop;
end $$;
comment on function pgsched.cancel is
  'Cancel a job: at once if it waits; if it runs, its handler is told. Returns cancelled, cancelling, or the final state it had.';

create or replace function pgsched._redrive(p_ids bigint[]) returns integer language plpgsql set search_path = pg_catalog, pg_temp
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
-- Ended jobs get a fresh budget. Locks _ended rows by id. Returns how many.
declare
  v_now timestamptz := pgsched.clock();
  v_count integer;
begin
  perform pgsched._require_read_committed();
  perform from pgsched._ended as e where e.id = any(p_ids) order by e.id for update;
  with gone as materialized (
    delete from pgsched._ended as e using pgsched._job as j where e.id = any(p_ids) and j.id = e.id and j.id = any(p_ids)
    returning e.id, e.attempt, e.queue, j.priority),
  history as (
    insert into pgsched._run (job_id, attempt, outcome, charged, queue, started_at, finished_at)
    select g.id, g.attempt + 1, 'redriven', false, g.queue, v_now, v_now from gone as g),
  ready as (
    insert into pgsched._ready (id, queue, priority, attempt, due_at)
    select g.id, g.queue, g.priority, g.attempt + 2, v_now from gone as g returning queue, priority)
  select count(*), pgsched._announce(array_agg(r.queue), array_agg(r.priority), array_fill(v_now, array[count(*)::integer]))
    into v_count from ready as r having count(*) > 0;
  return coalesce(v_count, 0);
end $$;

create or replace function pgsched.redrive(id bigint) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Run a dead, cancelled or expired job again, now, with a fresh budget of attempts. Its history stays.
-- Locks    one _ended row.   Notifies  as _announce().
-- Errors   PS001 unknown job; PS020 it has not ended so; PS023 not READ COMMITTED; PS028 the user may not change it.
begin
  perform pgsched._require_change(redrive.id);
  if pgsched._redrive(array[redrive.id]) = 1 then return; end if;
  raise exception using errcode = 'PS020', message = format('job %s is %s: only dead, cancelled and expired jobs are redriven',
    redrive.id, pgsched._require_job(redrive.id));
end $$;
comment on function pgsched.redrive(bigint) is 'Run a dead, cancelled or expired job again, now, with a fresh budget of attempts.';

create or replace function pgsched.redrive_many(
    queue text default null, task text default null, state pgsched.job_state default 'dead', ended_after timestamptz default null,
    ended_before timestamptz default null, error_like text default null, max_jobs integer default 1000)
  returns integer language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Redrive up to max_jobs (1..100000) ended jobs, oldest first, that match every filter given; for a user, of its own.
-- Returns  how many; call again while it returns max_jobs.   Locks  _ended rows by id.
-- Errors   PS010 max_jobs; PS023 not READ COMMITTED; PS028 the user may change none.
declare
  v_owners bigint[] := pgsched._owners_seen();
begin
  perform pgsched._require_writer();
  perform pgsched._require_range('max_jobs', redrive_many.max_jobs, 1, 100000);
  return pgsched._redrive(array(
    select e.id from pgsched._ended as e
     where e.state = redrive_many.state
       and (redrive_many.queue is null or e.queue = redrive_many.queue)
       and (redrive_many.task is null or e.task = redrive_many.task)
       and (redrive_many.ended_after is null or e.ended_at >= redrive_many.ended_after)
       and (redrive_many.ended_before is null or e.ended_at < redrive_many.ended_before)
       and (redrive_many.error_like is null or e.error like redrive_many.error_like)
       and (v_owners is null or exists (select from pgsched._job as j where j.id = e.id and j.owner_id = any(v_owners)))
     order by e.id limit redrive_many.max_jobs));
end $$;
comment on function pgsched.redrive_many is 'Redrive ended jobs by filter, oldest first, at most max_jobs; returns how many.';

create or replace function pgsched.reschedule(
    id bigint, due_at timestamptz default null, priority integer default null, queue text default null)
  returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Move a job that waits to another time, priority or queue; NULL leaves each as it is.
-- Locks    one row of _blocked or _ready.   Notifies  as _announce().
-- Errors   PS001 unknown job; PS010 a value; PS020 it runs or has ended; PS023 not READ COMMITTED; PS028 the user may not change it.
declare
  v_now timestamptz := pgsched.clock();
  v_lane record;
  v_state pgsched.job_state;
begin
  perform pgsched._require_read_committed();
  perform pgsched._require_change(reschedule.id);
  perform pgsched._require_range('priority', coalesce(reschedule.priority, 0), -100, 100);
  if length(reschedule.queue) not between 1 and 200 then
    raise exception using errcode = 'PS010', message = 'queue must have 1 to 200 characters';
  elsif not (coalesce(reschedule.due_at, v_now) >= '0001-01-02 00:00:00+00' and coalesce(reschedule.due_at, v_now) < '10000-01-01 00:00:00+00') then
    raise exception using errcode = 'PS010', message = 'due_at must be finite and before the year 10000';
  end if;
  loop
    with gone as (delete from pgsched._blocked as b where b.id = reschedule.id returning b.*)
    insert into pgsched._blocked (id, queue, priority, attempt, due_at, reason, subject)
    select g.id, coalesce(reschedule.queue, g.queue), coalesce(reschedule.priority, g.priority), g.attempt,
           greatest(coalesce(reschedule.due_at, g.due_at), v_now), g.reason,
           case when g.reason = 'suspect' then coalesce(reschedule.queue, g.queue) else g.subject end from gone as g;
    if found then return; end if;

    -- never an UPDATE: in the middle of a claim it would make SKIP LOCKED find nothing
    with gone as (delete from pgsched._ready as r where r.id = reschedule.id returning r.*)
    insert into pgsched._ready as n (id, queue, priority, attempt, due_at)
    select g.id, coalesce(reschedule.queue, g.queue), coalesce(reschedule.priority, g.priority), g.attempt,
           greatest(coalesce(reschedule.due_at, g.due_at), v_now) from gone as g
    returning n.queue, n.priority, n.due_at into v_lane;
    if found then
      perform pgsched._announce(array[v_lane.queue], array[v_lane.priority], array[v_lane.due_at]);
      return;
    end if;

    v_state := pgsched._require_job(reschedule.id);
    if v_state in ('running', 'succeeded', 'dead', 'cancelled', 'expired') then
      raise exception using errcode = 'PS020',
        message = format('job %s is %s: only a job that waits is rescheduled', reschedule.id, v_state);
    end if;
  end loop;
end $$;
comment on function pgsched.reschedule is 'Move a waiting job to another time, priority or queue; NULL leaves each as it is.';

create or replace function pgsched.pause_queue(queue text) returns void language sql set search_path = pg_catalog, pg_temp as $$
  select pgsched._require_admin();
  insert into pgsched._queue as q (name, paused) values (pause_queue.queue, true) on conflict (name) do update set paused = true $$;
comment on function pgsched.pause_queue is 'Nobody claims from the queue until resume_queue(); what runs, goes on. Jobs may still be enqueued.';

create or replace function pgsched.resume_queue(queue text) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform pgsched._require_admin();
  update pgsched._queue as q set paused = false where q.name = resume_queue.queue;
  perform pgsched._wake(array[resume_queue.queue], array['-infinity'::timestamptz]);
end $$;
comment on function pgsched.resume_queue is 'Let workers claim from the queue again; without effect if it was not paused.';
