-- A run ends otherwise: what is recorded, what it costs, and where the job goes next.

create or replace function pgsched._retry_delay_s(p_retry jsonb, p_failures integer) returns double precision
  language sql volatile as $$
  -- The wait after the nth failure, as the domain retry_policy says. exp(least(.., 100)) cannot overflow.
  select least(
    case p.kind when 'fixed' then p.base_s
                when 'linear' then p.base_s * p_failures
                else p.base_s * exp(least(ln(p.multiplier) * (p_failures - 1), 100)) end,
    p.max_s) * case when p.kind = 'exponential_jitter' then 0.5 + random() / 2 else 1 end
    from (select p_retry ->> 'kind' as kind, coalesce((p_retry ->> 'base_s')::double precision, 5) as base_s,
                 coalesce((p_retry ->> 'max_s')::double precision, 3600) as max_s,
                 coalesce((p_retry ->> 'multiplier')::double precision, 2) as multiplier) as p $$;

create or replace function pgsched._delay(p_seconds double precision) returns interval language sql immutable as $$
  -- A handler chose it, so it must not stop its neighbours in the batch: at least nothing, at most a year, NaN as well.
  select make_interval(secs => least(greatest(p_seconds, 0), 31536000)) $$;

create or replace function pgsched._budgets(p_ids bigint[])
  returns table (id bigint, task text, max_attempts integer, retry jsonb, failures bigint, losses bigint, charged_losses bigint)
  language plpgsql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_mergejoin = off set jit = off
  set plan_cache_mode = force_generic_plan as $$
-- What each job may still spend: its runs since the last redrive, counted.
declare
  v_lo bigint;   -- variables, since a bound from a query prunes late: by then every partition was opened, 10 us each
  v_hi bigint;
begin
  select min(u), max(u) into v_lo, v_hi from unnest(p_ids) as u;
  return query
  with runs as materialized (
    select r.job_id, r.attempt, r.outcome, r.charged from pgsched._run as r
     where r.job_id = any(p_ids) and r.job_id between v_lo and v_hi),
  redriven as (select r.job_id, max(r.attempt) as attempt from runs as r where r.outcome = 'redriven' group by r.job_id),
  spent as (
    select r.job_id, count(*) filter (where r.charged and r.outcome <> 'lost') as failures,
           count(*) filter (where r.outcome = 'lost') as losses,
           count(*) filter (where r.outcome = 'lost' and r.charged) as charged_losses
      from runs as r left join redriven as d on d.job_id = r.job_id
     where r.attempt > coalesce(d.attempt, 0) group by r.job_id)
  select j.id, j.task, coalesce(j.max_attempts, t.max_attempts, 10), coalesce(j.retry::jsonb, t.retry::jsonb, '{"kind": "exponential_jitter"}'),
         coalesce(s.failures, 0), coalesce(s.losses, 0), coalesce(s.charged_losses, 0)
    from pgsched._job as j
    left join pgsched._task as t on t.name = j.task
    left join spent as s on s.job_id = j.id
   where j.id = any(p_ids) and j.id between v_lo and v_hi;
end $$;

create or replace function pgsched._settle(p_exits pgsched._exit[]) returns void language plpgsql
  set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
  set plan_cache_mode = force_generic_plan as $$
-- Write what became of jobs that left their claims: their history, and the next place.
-- A pending cancel wins over every next place; the claims were locked before, so this statement sees it.
-- Locks    _cancel; inserts in the lock order.   Notifies  as _announce().
declare
  v_now timestamptz := pgsched.clock();
  v_cancelled bigint[];
  v_lo bigint;
  v_hi bigint;
begin
  select min(u.id), max(u.id) into v_lo, v_hi from unnest(p_exits) as u;
  with gone as (delete from pgsched._cancel as k where k.id in (select x.id from unnest(p_exits) as x) returning k.id)
  select coalesce(array_agg(g.id), '{}') into v_cancelled from gone as g;

  with x as materialized (
    select u.id, u.attempt, u.queue, u.priority, u.claimed_at, u.worker, u.error, u.due_at,
           case when u.id = any(v_cancelled) then 'cancelled' else u.next end as next,
           case when u.id = any(v_cancelled) and u.outcome is not null then 'cancelled' else u.outcome end as outcome,
           u.charged and not u.id = any(v_cancelled) as charged
      from unnest(p_exits) as u),
  blocked as (
    insert into pgsched._blocked (id, queue, priority, attempt, due_at, reason, subject)
    select x.id, x.queue, x.priority, x.attempt + 1, x.due_at, 'suspect', x.queue from x where x.next = 'suspect'),
  ready as (
    insert into pgsched._ready (id, queue, priority, attempt, due_at)
    select x.id, x.queue, x.priority, x.attempt + 1, greatest(x.due_at, v_now) from x where x.next = 'ready'),
  ended as (
    insert into pgsched._ended (id, ended_at, attempt, state, queue, task, error)
    select x.id, v_now, x.attempt, x.next::pgsched.job_state, x.queue,
           coalesce((select j.task from pgsched._job as j where j.id = x.id and j.id between v_lo and v_hi), '?'), x.error
      from x where x.next in ('dead', 'cancelled'))
  insert into pgsched._run (job_id, attempt, outcome, charged, queue, worker, started_at, finished_at, error)
  select x.id, x.attempt, x.outcome, x.charged, x.queue, x.worker, x.claimed_at, v_now, x.error
    from x where x.outcome is not null;

  perform pgsched._announce(array_agg(u.queue), array_agg(u.priority), array_agg(u.due_at))
     from (select u.queue, u.priority, min(u.due_at) as due_at from unnest(p_exits) as u
            where u.next in ('ready', 'suspect') group by u.queue, u.priority) as u
  having count(*) > 0;
  perform pgsched._tell(array_agg(u.id), pgsched._ends_wanted('{job.*,job.dead,job.cancelled}'))
     from unnest(p_exits) as u where u.next in ('dead', 'cancelled') or u.id = any(v_cancelled) having count(*) > 0;
end $$;

create or replace function pgsched.fail(
    p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_errors text[],
    p_outcomes pgsched.run_outcome[] default null, p_retry_in_s double precision[] default null, p_final boolean[] default null)
  returns table (id bigint, attempt integer, verdict text)
  language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '1s' set jit = off
  set plan_cache_mode = force_generic_plan as $$
-- These runs did not succeed: parallel arrays, one element a job.
--   p_outcomes    failed (the default), timed_out, or cancelled: the handler asked to be
--   p_retry_in_s  when to try again, from 0 to 31536000 (what lies outside becomes the nearer end); NULL for the policy
--   p_final       true: do not try again
-- A job that has spent its max_attempts, or is final, ends dead.
-- Returns  only exceptions, as finish() does: lost, or the outcome that was recorded instead (a pending cancel wins).
-- Locks    _claim rows by id.   Notifies  as _announce().   Errors  PS010 an outcome; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_outcomes pgsched.run_outcome[] := coalesce(p_outcomes, array_fill('failed'::pgsched.run_outcome, array[cardinality(p_ids)]));
  v_taken pgsched._exit[];
begin
  perform pgsched._require_admin();
  perform pgsched._require_read_committed();
  if not v_outcomes <@ array['failed', 'timed_out', 'cancelled']::pgsched.run_outcome[] then
    raise exception using errcode = 'PS010', message = 'outcome must be failed, timed_out or cancelled',
      detail = format('got %s', v_outcomes);
  end if;
  v_taken := array(select t from pgsched._take(p_worker, p_claims, p_ids, p_attempts) as t);
  perform pgsched._settle(array_agg(d.decided)) from (
    select row(t.id, t.attempt, t.queue, t.priority, t.flags, t.claimed_at, p_worker, a.outcome, a.outcome <> 'cancelled', a.error,
               case when a.outcome = 'cancelled' then 'cancelled'
                    when a.final or coalesce(b.failures + 1 >= b.max_attempts, true) then 'dead'
                    when t.flags & 2 > 0 then 'suspect'
                    else 'ready' end,
               v_now + pgsched._delay(coalesce(a.retry_in_s, pgsched._retry_delay_s(b.retry, b.failures::integer + 1), 0))
           )::pgsched._exit as decided
      from unnest(v_taken) as t
      join unnest(p_ids, p_attempts, v_outcomes, p_errors, p_retry_in_s, p_final)
           as a (id, attempt, outcome, error, retry_in_s, final) on a.id = t.id and a.attempt = t.attempt
      left join pgsched._budgets(p_ids) as b on b.id = t.id) as d
  having count(*) > 0;
  return query select * from pgsched._exceptions(p_worker, p_ids, p_attempts, v_outcomes);
end $$;
comment on function pgsched.fail is
  'These runs did not succeed: they are retried by policy, or end dead. Returns only what is not as asked.';

create or replace function pgsched.snooze(
    p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_delays_s double precision[])
  returns table (id bigint, attempt integer, verdict text)
  language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '1s' set jit = off
  set plan_cache_mode = force_generic_plan as $$
-- Run these jobs again later, at no cost to their attempts: p_delays_s as p_retry_in_s of fail(), NULL for at once.
-- Returns  only exceptions, as fail().   Locks  _claim rows by id.   Notifies  as _announce().
-- Errors   PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
begin
  perform pgsched._require_admin();
  perform pgsched._require_read_committed();
  perform pgsched._settle(array_agg(d.decided)) from (
    select row(t.id, t.attempt, t.queue, t.priority, t.flags, t.claimed_at, p_worker, 'snoozed', false, null,
               case when t.flags & 2 > 0 then 'suspect' else 'ready' end, v_now + pgsched._delay(a.delay_s)
           )::pgsched._exit as decided
      from pgsched._take(p_worker, p_claims, p_ids, p_attempts) as t
      join unnest(p_ids, p_attempts, p_delays_s) as a (id, attempt, delay_s) on a.id = t.id and a.attempt = t.attempt) as d
  having count(*) > 0;
  return query select * from pgsched._exceptions(
    p_worker, p_ids, p_attempts, array_fill('snoozed'::pgsched.run_outcome, array[cardinality(p_ids)]));
end $$;
comment on function pgsched.snooze is 'Run these jobs again after a delay in seconds, uncharged. Returns only what is not as asked.';

create or replace function pgsched.release(
    p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_started boolean[],
    p_delay_s double precision default 0)
  returns integer language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '1s' set jit = off
  set plan_cache_mode = force_generic_plan as $$
-- Give jobs back, uncharged: at shutdown, or because this worker does not know their task. Those that had started
-- leave a run with outcome released, the others leave none, and go to the endpoint of their task if it has one.
-- Returns  how many it still held.   Locks  _claim rows by id.   Notifies  as _announce().
-- Errors   PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_exits pgsched._exit[];
begin
  perform pgsched._require_admin();
  perform pgsched._require_read_committed();
  select array_agg(row(t.id, t.attempt, case when a.started then t.queue else pgsched._home(t.id, t.queue) end, t.priority, t.flags,
           t.claimed_at, p_worker, case when a.started then 'released' end, false, null,
           case when t.flags & 2 > 0 then 'suspect' else 'ready' end, v_now + make_interval(secs => p_delay_s))::pgsched._exit)
    into v_exits
    from pgsched._take(p_worker, p_claims, p_ids, p_attempts) as t
    join unnest(p_ids, p_attempts, p_started) as a (id, attempt, started) on a.id = t.id and a.attempt = t.attempt;
  if v_exits is null then return 0; end if;
  perform pgsched._settle(v_exits);
  return cardinality(v_exits);
end $$;
comment on function pgsched.release is 'Give jobs back uncharged, to run again after p_delay_s seconds; returns how many were still held.';

create or replace function pgsched.evict(p_worker uuid, p_keep bigint[] default '{}', p_started boolean default true)
  returns integer language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Give back all that a worker holds but the claims it names, uncharged, as release() does: its supervisor had to kill
-- it, or the answer to one of its claims was lost on the way, so that it knows nothing of these jobs (p_started false).
-- Returns  how many jobs.   Locks  _claim rows by id.   Notifies  as _announce().   Errors  PS023 not READ COMMITTED.
declare
  v_claims bigint[];
  v_ids bigint[];
  v_attempts integer[];
begin
  perform pgsched._require_admin();
  select array_agg(c.id), array_agg(u.id), array_agg(u.attempt) into v_claims, v_ids, v_attempts
    from pgsched._claim as c cross join unnest(c.ids, c.attempts) as u (id, attempt) where c.worker = p_worker and c.id <> all(p_keep);
  if v_ids is null then return 0; end if;
  return pgsched.release(p_worker, v_claims, v_ids, v_attempts, array_fill(p_started, array[cardinality(v_ids)]));
end $$;
comment on function pgsched.evict is 'Give back all that a worker holds but the claims it names, uncharged; returns how many jobs.';

create or replace function pgsched.log(
    p_worker uuid, p_ids bigint[], p_attempts integer[], p_levels text[], p_messages text[], p_progress double precision[])
  returns integer language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Keep what handlers say while they run: parallel arrays; a message, or a progress from 0 to 1, may be NULL.
-- Returns  how many were kept: those of runs that this worker holds or has ended.
-- Errors   23514 progress; then none is kept.
declare
  v_now timestamptz := pgsched.clock();
  v_lo bigint;
  v_hi bigint;
  v_count integer;
begin
  perform pgsched._require_admin();
  select min(u), max(u) into v_lo, v_hi from unnest(p_ids) as u;
  insert into pgsched._log (job_id, attempt, logged_at, level, message, progress)
  select u.id, u.attempt, v_now, u.level, u.message, u.progress
    from unnest(p_ids, p_attempts, p_levels, p_messages, p_progress) with ordinality
           as u (id, attempt, level, message, progress, n)
   where (u.id, u.attempt) in (select h.id, h.attempt from pgsched._claim as c cross join unnest(c.ids, c.attempts) as h (id, attempt)
                                where c.worker = p_worker)
      -- what a handler said just before complete(), which committed before this came
      or exists (select from pgsched._run as r
                  where r.job_id = u.id and r.job_id between v_lo and v_hi and r.attempt = u.attempt and r.worker = p_worker)
   order by u.n;
  get diagnostics v_count = row_count;
  return v_count;
end $$;
comment on function pgsched.log is 'Keep log lines and progress of running jobs; returns how many were kept.';

create or replace function pgsched._bury_missing(p_worker uuid, p_claim bigint) returns void language plpgsql
  set search_path = pg_catalog, pg_temp set jit = off set plan_cache_mode = force_generic_plan as $$
-- Jobs of a claim whose row in _job is gone cannot run: they end dead at once. They leave no run: its partition may be gone, too.
declare
  v_ids bigint[];
  v_attempts integer[];
begin
  select array_agg(u.id), array_agg(u.attempt) into v_ids, v_attempts
    from pgsched._claim as c cross join unnest(c.ids, c.attempts) as u (id, attempt)
   where c.id = p_claim and not exists (select from pgsched._job as j where j.id = u.id);
  perform pgsched._settle(array_agg(
    row(t.id, t.attempt, t.queue, t.priority, t.flags, t.claimed_at, p_worker, null, false,
        'the job''s row is missing from pgsched._job', 'dead', t.claimed_at)::pgsched._exit))
     from pgsched._take(p_worker, array[p_claim], v_ids, v_attempts) as t
  having count(*) > 0;
end $$;
