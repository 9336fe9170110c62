-- People change their mind: cancel, redrive, pause and resume a queue. A job that is being claimed is in no single statement's sight, so
-- to one job each looks again until it hits or the job is final.

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

create or replace function pgsched._cancel(p_ids bigint[]) returns table (id bigint, done boolean, state text) language plpgsql
  set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off set plan_cache_mode = force_custom_plan as $$
-- Cancel jobs. One that is being claimed, or leaves its claim, is missed; to look again would be out of the order of locks.
-- Returns  a row for each that the user sees: done with cancelled or cancelling; not done with the state that it has: if that is not final, it
--          was missed.
-- Locks    rows of _claim, then of _blocked and _ready, by id.   Notifies  pgsched_cancel.   Errors  PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_running bigint[];
  v_workers uuid[];
  v_gone bigint[];
begin
  perform pgsched._require_read_committed();
  with held as materialized (
    -- && takes 3 us a claim for one id, but 480 for 1,000; the other way takes 18 to 30
    select c.worker, c.ids from pgsched._claim as c
     where case when cardinality(p_ids) < 40 then c.ids && p_ids
                else exists (select from unnest(c.ids) as u (id) where u.id = any(p_ids)) end order by c.id for update),
  running as (select u.id, h.worker from held as h cross join unnest(h.ids) as u (id) where u.id = any(p_ids)),
  told as (insert into pgsched._cancel (id, worker, requested_at) select r.id, r.worker, v_now from running as r on conflict do nothing)
  select array_agg(r.id), array_agg(distinct r.worker) into v_running, v_workers from running as r;

  with blocked as (
    delete from pgsched._blocked as b where b.id = any(array(
      select x.id from pgsched._blocked as x where x.id = any(p_ids) order by x.id for update)) returning b.id, b.attempt, b.queue),
  ready as (
    delete from pgsched._ready as r where r.id = any(array(
      select x.id from pgsched._ready as x where x.id = any(p_ids) order by x.id for update)) returning r.id, r.attempt, r.queue),
  gone as (select * from blocked union all select * from ready),
  named as materialized (select j.id, j.task from pgsched._job as j where j.id = any(p_ids)),
  ended as (
    insert into pgsched._ended (id, ended_at, attempt, state, queue, task)
    select g.id, v_now, g.attempt - 1, 'cancelled', g.queue, n.task from gone as g join named as n on n.id = g.id)
  select array_agg(g.id) into v_gone from gone as g;

  perform pgsched._notify('pgsched_cancel', w::text) from unnest(v_workers) as w;
  if v_gone is not null then perform pgsched._tell(v_gone, pgsched._ends_wanted('{job.*,job.cancelled}')); end if;
  return query select u, true, 'cancelling' from unnest(v_running) as u union all select u, true, 'cancelled' from unnest(v_gone) as u;
  if cardinality(v_running || v_gone) = cardinality(p_ids) then return; end if;
  return query select j.id, false, j.state::text from pgsched.job as j where j.id = any(p_ids) and j.id <> all(coalesce(v_running || v_gone, '{}'));
end $$;

create or replace function pgsched.cancel(id bigint) returns text language plpgsql set search_path = pg_catalog, pg_temp as $$
-- A job that waits is cancelled at once; one that runs is told to stop, and ends cancelled unless it succeeds first.
-- Returns  cancelled; cancelling (it runs); or the state it had already: succeeded, dead, expired.
-- Locks    one row of _blocked, _ready or _claim.   Notifies  pgsched_cancel.
-- Errors   PS001 unknown job; PS023 not READ COMMITTED; PS028 the user may not change it.
declare
  v_state text;
begin
  perform pgsched._require_change(cancel.id);
  loop
    v_state := (select c.state from pgsched._cancel(array[cancel.id]) as c);
    if v_state is null then perform pgsched._require_job(cancel.id); end if;   -- raises
    if v_state in ('cancelled', 'cancelling', 'succeeded', 'dead', 'expired') then return v_state; end if;
  end loop;
end $$;
comment on function pgsched.cancel is
  'Cancel a job: at once if it waits; if it runs, its handler is told. Returns cancelled, cancelling, or the final state it had.';

create or replace function pgsched._redrive(p_ids bigint[]) returns bigint[] language plpgsql set search_path = pg_catalog, pg_temp
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
-- Ended jobs get a fresh budget. Locks _ended rows by id. Returns which.
declare
  v_now timestamptz := pgsched.clock();
  v_ids bigint[];
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
    select g.id, g.queue, g.priority, g.attempt + 2, v_now from gone as g returning id, queue, priority)
  select array_agg(r.id), pgsched._announce(array_agg(r.queue), array_agg(r.priority), array_fill(v_now, array[count(*)::integer]))
    into v_ids from ready as r having count(*) > 0;
  return coalesce(v_ids, '{}');
end $$;

create or replace function pgsched.redrive(id bigint) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Run a dead, cancelled or expired job again, now, with a fresh budget of attempts. Its history stays.
-- Locks    one _ended row.   Notifies  as _announce().
-- Errors   PS001 unknown job; PS020 it has not ended so; PS023 not READ COMMITTED; PS028 the user may not change it.
begin
  perform pgsched._require_change(redrive.id);
  if pgsched._redrive(array[redrive.id]) <> '{}' then return; end if;
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
  return cardinality(pgsched._redrive(array(
    select e.id from pgsched._ended as e
     where e.state = redrive_many.state
       and (redrive_many.queue is null or e.queue = redrive_many.queue)
       and (redrive_many.task is null or e.task = redrive_many.task)
       and (redrive_many.ended_after is null or e.ended_at >= redrive_many.ended_after)
       and (redrive_many.ended_before is null or e.ended_at < redrive_many.ended_before)
       and (redrive_many.error_like is null or e.error like redrive_many.error_like)
       and (v_owners is null or exists (select from pgsched._job as j where j.id = e.id and j.owner_id = any(v_owners)))
     order by e.id limit redrive_many.max_jobs)));
end $$;
comment on function pgsched.redrive_many is 'Redrive ended jobs by filter, oldest first, at most max_jobs; returns how many.';

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
