-- A run ends: succeeded, failed, snoozed or given back. Every write is fenced: the job must be in a _claim row
-- of this worker. Exceptions are reported, never raised, so that one job cannot stop its neighbours. A claim may be
-- locked for long by somebody's transaction (cancel(), complete()): after a second these functions give up (55P03), so
-- that the worker can go on with the others.

create or replace function pgsched.finish(p_worker uuid, p_claims bigint[], p_tasks text[] default null) returns integer
  language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '1s'
  set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
  set enable_sort = off set jit = off set plan_cache_mode = force_generic_plan as $$
-- All jobs of these claims have succeeded, without results. p_tasks names their tasks; NULL: they are looked up where somebody subscribes
-- to jobs' ends.
-- Returns  how many jobs that ended. If fewer than expected, ask for each by the longer form of finish().
-- Locks    _claim rows.   Errors  PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_wanted boolean := pgsched._ends_wanted('{job.*,job.succeeded}', p_tasks);
  v_ended bigint[];
  v_count integer;
begin
  perform pgsched._require_admin();
  perform pgsched._require_read_committed();
  if v_wanted or exists (select from pgsched._waiter) then
    v_ended := array(select h.id from pgsched._hold(p_worker, p_claims) as h);
  end if;
  with ended as (
    delete from pgsched._claim as c where c.id = any(p_claims) and c.worker = p_worker
    returning c.ids, c.attempts, c.queue, c.claimed_at)
  insert into pgsched._run (job_id, attempt, outcome, charged, queue, worker, started_at, finished_at)
  select u.id, u.attempt, 'succeeded', false, e.queue, p_worker, e.claimed_at, v_now
    from ended as e cross join unnest(e.ids, e.attempts) as u (id, attempt);
  get diagnostics v_count = row_count;
  if v_ended <> '{}' then perform pgsched._tell(v_ended, v_wanted); end if;
  return v_count;
end $$;
comment on function pgsched.finish(uuid, bigint[], text[]) is
  'Every job of these claims succeeded, with no result to keep; of these tasks, if they are named. Returns how many jobs that ended.';

create or replace function pgsched._take(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[])
  returns setof pgsched._exit language plpgsql set search_path = pg_catalog, pg_temp
  set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off set jit = off
  set plan_cache_mode = force_generic_plan as $$
-- Take jobs out of the _claim rows of this worker; a row that is left without jobs goes. Only at the attempt named: this
-- worker may have claimed a job again since, and the later claim be among p_claims.
-- Returns  those that were there: what is missing, the worker no longer holds.
-- Locks    _claim rows by id.
begin
  perform from pgsched._claim as c where c.id = any(p_claims) and c.worker = p_worker order by c.id for update;
  return query
  with held as materialized (
    select c.id as claim, c.queue, c.priority, c.flags, c.claimed_at, u.id, u.attempt, u.n,
           (u.id, u.attempt) in (select a.id, a.attempt from unnest(p_ids, p_attempts) as a (id, attempt)) as taken
      from pgsched._claim as c cross join unnest(c.ids, c.attempts) with ordinality as u (id, attempt, n)
     where c.id = any(p_claims) and c.worker = p_worker),
  kept as materialized (
    select h.claim, array_agg(h.id order by h.n) as ids, array_agg(h.attempt order by h.n) as attempts
      from held as h where not h.taken group by h.claim),
  trimmed as (
    update pgsched._claim as c set ids = k.ids, attempts = k.attempts from kept as k
     where c.id = k.claim and c.id = any(p_claims) and cardinality(c.ids) > cardinality(k.ids)),
  emptied as (
    delete from pgsched._claim as c
     where c.id = any(p_claims) and c.worker = p_worker and c.id not in (select k.claim from kept as k))
  select h.id, h.attempt, h.queue, h.priority, h.flags, h.claimed_at, p_worker, null::pgsched.run_outcome, null::boolean,
         null::text, null::text, null::timestamptz
    from held as h where h.taken;
end $$;

create or replace function pgsched._exceptions(p_worker uuid, p_ids bigint[], p_attempts integer[], p_outcomes pgsched.run_outcome[])
  returns table (id bigint, attempt integer, verdict text) language plpgsql stable
  set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_mergejoin = off set jit = off
  set plan_cache_mode = force_generic_plan as $$
-- A later statement than the one that wrote: what was asked for and is not in _run as asked. Found there as asked
-- without having been held is a retry after an unknown commit, and no exception. A bare join read all of _run.
declare
  v_lo bigint;   -- variables: see _budgets()
  v_hi bigint;
begin
  select min(u), max(u) into v_lo, v_hi from unnest(p_ids) as u;
  return query
  with runs as materialized (
    select r.job_id, r.attempt, r.outcome from pgsched._run as r
     where r.job_id = any(p_ids) and r.job_id between v_lo and v_hi and r.worker = p_worker)
  select u.id, u.attempt, coalesce(r.outcome::text, 'lost')
    from unnest(p_ids, p_attempts, p_outcomes) as u (id, attempt, outcome)
    left join runs as r on r.job_id = u.id and r.attempt = u.attempt
   where r.outcome is distinct from u.outcome;
end $$;

create or replace function pgsched.finish(
    p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_results text[] default null,
    p_tasks text[] default null)
  returns table (id bigint, attempt integer, verdict text) language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '1s'
  set enable_seqscan = off set enable_nestloop = off set enable_mergejoin = off set jit = off
  set plan_cache_mode = force_generic_plan as $$
-- These jobs have succeeded: parallel arrays, one element a job; p_results are JSON texts, NULL for none;
-- but p_tasks as in the other form.
-- Returns  only exceptions: (id, attempt, 'lost') where this worker no longer held the job and changed nothing, or
--          the outcome that its run already has. No rows: all is as asked. Safe to repeat.
-- Locks    _claim rows by id.
-- Errors   PS023 not READ COMMITTED; 22P02 and 54xxx if a result is not storable JSON: then nothing is done.
declare
  v_now timestamptz := pgsched.clock();
  v_wanted boolean := pgsched._ends_wanted('{job.*,job.succeeded}', p_tasks);
  v_ended bigint[] := p_ids;   -- whoever waits for one of the others looks once too often
  v_count integer;
begin
  perform pgsched._require_admin();
  perform pgsched._require_read_committed();
  if v_wanted then
    v_ended := array(select h.id from pgsched._hold(p_worker, p_claims) as h
                      where (h.id, h.attempt) in (select a.id, a.attempt from unnest(p_ids, p_attempts) as a (id, attempt)));
  end if;
  insert into pgsched._run (job_id, attempt, outcome, charged, queue, worker, started_at, finished_at, result)
  select t.id, t.attempt, 'succeeded', false, t.queue, p_worker, t.claimed_at, v_now, r.result::jsonb
    from pgsched._take(p_worker, p_claims, p_ids, p_attempts) as t
    join unnest(p_ids, p_attempts, p_results) as r (id, attempt, result) on r.id = t.id and r.attempt = t.attempt;
  get diagnostics v_count = row_count;
  perform pgsched._tell(v_ended, v_wanted);
  if v_count = cardinality(p_ids) then return; end if;
  return query select * from pgsched._exceptions(
    p_worker, p_ids, p_attempts, array_fill('succeeded'::pgsched.run_outcome, array[cardinality(p_ids)]));
end $$;
comment on function pgsched.finish(uuid, bigint[], bigint[], integer[], text[], text[]) is
  'These jobs succeeded, with results as JSON text. Returns only what is not as asked: lost, or the outcome already recorded.';

create or replace function pgsched.complete(
    p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_result jsonb default null, p_task text default null)
  returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- End one job of a transactional task as succeeded, in the caller's transaction and any isolation level: the job
-- is done if and only if the caller's own writes commit. p_task as p_tasks of finish().
-- Locks    one _claim row, of this job alone.
-- Errors   PS021 the worker no longer holds the job; PS022 the task is not transactional; 40001 as usual.
declare
  v_claim pgsched._claim;
begin
  perform pgsched._require_admin();
  delete from pgsched._claim as c
   where c.id = p_claim and c.worker = p_worker and c.ids[1] = p_id and c.attempts[1] = p_attempt and c.flags & 1 = 1
  returning c.* into v_claim;
  if not found then
    if exists (select from pgsched._claim as c where c.id = p_claim and c.worker = p_worker and p_id = any(c.ids) and c.flags & 1 = 0) then
      raise exception using errcode = 'PS022', message = 'complete() is for jobs of transactional tasks',
        detail = format('job %s', p_id), hint = 'declare the task with transactional=True';
    end if;
    raise exception using errcode = 'PS021', message = 'this worker no longer holds the job',
      detail = format('job %s, attempt %s', p_id, p_attempt), hint = 'roll back: somebody else may be running it';
  end if;
  insert into pgsched._run (job_id, attempt, outcome, charged, queue, worker, started_at, finished_at, result)
  values (p_id, p_attempt, 'succeeded', false, v_claim.queue, p_worker, v_claim.claimed_at, pgsched.clock(), p_result);
  perform pgsched._tell(array[p_id], pgsched._ends_wanted('{job.*,job.succeeded}', case when p_task is not null then array[p_task] end));
end $$;
comment on function pgsched.complete is 'End a job of a transactional task as succeeded, inside the transaction of its effects: exactly once.';
