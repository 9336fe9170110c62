-- Made by `make schema`: what the migrations and functions amount to. Do not edit.

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

-- Name: pgsched; Type: SCHEMA; Schema: -; Owner: -

CREATE SCHEMA pgsched;

-- Name: run_outcome; Type: TYPE; Schema: pgsched; Owner: -

CREATE TYPE pgsched.run_outcome AS ENUM (
    'succeeded',
    'failed',
    'timed_out',
    'lost',
    'cancelled',
    'snoozed',
    'released',
    'redriven',
    'expired'
);

-- Name: TYPE run_outcome; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TYPE pgsched.run_outcome IS 'How one attempt at a job came to its end.';

-- Name: _exit; Type: TYPE; Schema: pgsched; Owner: -

CREATE TYPE pgsched._exit AS (
	id bigint,
	attempt integer,
	queue text,
	priority integer,
	flags integer,
	claimed_at timestamp with time zone,
	worker uuid,
	outcome pgsched.run_outcome,
	charged boolean,
	error text,
	next text,
	due_at timestamp with time zone
);

-- Name: TYPE _exit; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TYPE pgsched._exit IS 'A job that left its _claim row, and where it goes: next is ready, suspect, dead or cancelled; outcome NULL means it never started.';

-- Name: _step; Type: TYPE; Schema: pgsched; Owner: -

CREATE TYPE pgsched._step AS (
	done text,
	did bigint,
	mark bigint,
	next_at timestamp with time zone,
	note text
);

-- Name: TYPE _step; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TYPE pgsched._step IS 'What a step of upkeep() did: in words, in numbers, how far it has come, when it is due again (now: there is more), a note or NULL. did NULL: it did not come to do anything.';

-- Name: job_args; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.job_args AS jsonb
	CONSTRAINT "args must be a JSON object" CHECK ((jsonb_typeof(VALUE) = 'object'::text));

-- Name: DOMAIN job_args; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.job_args IS 'Keyword arguments of a handler.';

-- Name: job_due_at; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.job_due_at AS timestamp with time zone
	CONSTRAINT "due_at must be finite and before the year 10000" CHECK (((VALUE >= '0001-01-02 00:00:00+00'::timestamp with time zone) AND (VALUE < '10000-01-01 00:00:00+00'::timestamp with time zone)));

-- Name: DOMAIN job_due_at; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.job_due_at IS 'When a job may run first.';

-- Name: job_key; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.job_key AS text
	CONSTRAINT "key must have 1 to 500 characters" CHECK (((length(VALUE) >= 1) AND (length(VALUE) <= 500)));

-- Name: DOMAIN job_key; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.job_key IS 'What a job is about, in the callers words.';

-- Name: job_labels; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.job_labels AS jsonb
	CONSTRAINT "labels must be a JSON object" CHECK ((jsonb_typeof(VALUE) = 'object'::text));

-- Name: DOMAIN job_labels; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.job_labels IS 'What a job is found by.';

-- Name: job_max_attempts; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.job_max_attempts AS integer
	CONSTRAINT "max_attempts must be from 1 to 1000" CHECK (((VALUE >= 1) AND (VALUE <= 1000)));

-- Name: DOMAIN job_max_attempts; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.job_max_attempts IS 'How many claims that count until a job is dead.';

-- Name: job_priority; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.job_priority AS integer
	CONSTRAINT "priority must be from -100 to 100" CHECK (((VALUE >= '-100'::integer) AND (VALUE <= 100)));

-- Name: DOMAIN job_priority; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.job_priority IS 'Higher first.';

-- Name: job_state; Type: TYPE; Schema: pgsched; Owner: -

CREATE TYPE pgsched.job_state AS ENUM (
    'scheduled',
    'ready',
    'blocked',
    'running',
    'succeeded',
    'dead',
    'cancelled',
    'expired'
);

-- Name: TYPE job_state; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TYPE pgsched.job_state IS 'Derived from the table a job is in, never stored while the job is alive.';

-- Name: job_timeout_s; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.job_timeout_s AS double precision
	CONSTRAINT "timeout_s must be above 0 and at most 31536000" CHECK (((VALUE > (0)::double precision) AND (VALUE <= (31536000)::double precision)));

-- Name: DOMAIN job_timeout_s; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.job_timeout_s IS 'Seconds after which an attempt is ended.';

-- Name: queue_name; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.queue_name AS text
	CONSTRAINT "queue must have 1 to 200 characters" CHECK (((length(VALUE) >= 1) AND (length(VALUE) <= 200)));

-- Name: DOMAIN queue_name; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.queue_name IS 'Name of a queue.';

-- Name: retry_policy; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.retry_policy AS jsonb
	CONSTRAINT "retry may have only kind, base_s, max_s and multiplier" CHECK (((jsonb_typeof(VALUE) = 'object'::text) AND ((VALUE - ARRAY['kind'::text, 'base_s'::text, 'max_s'::text, 'multiplier'::text]) = '{}'::jsonb)))
	CONSTRAINT "retry.base_s must be a number from 0 to 31536000" CHECK (
CASE
    WHEN (jsonb_typeof((VALUE -> 'base_s'::text)) = 'number'::text) THEN ((((VALUE ->> 'base_s'::text))::numeric >= (0)::numeric) AND (((VALUE ->> 'base_s'::text))::numeric <= (31536000)::numeric))
    ELSE (NOT (VALUE ? 'base_s'::text))
END)
	CONSTRAINT "retry.kind: fixed, linear, exponential, exponential_jitter" CHECK (COALESCE(((VALUE ->> 'kind'::text) = ANY (ARRAY['fixed'::text, 'linear'::text, 'exponential'::text, 'exponential_jitter'::text])), (VALUE IS NULL)))
	CONSTRAINT "retry.max_s must be a number from 0 to 31536000" CHECK (
CASE
    WHEN (jsonb_typeof((VALUE -> 'max_s'::text)) = 'number'::text) THEN ((((VALUE ->> 'max_s'::text))::numeric >= (0)::numeric) AND (((VALUE ->> 'max_s'::text))::numeric <= (31536000)::numeric))
    ELSE (NOT (VALUE ? 'max_s'::text))
END)
	CONSTRAINT "retry.multiplier must be a number from 1 to 100" CHECK (
CASE
    WHEN (jsonb_typeof((VALUE -> 'multiplier'::text)) = 'number'::text) THEN ((((VALUE ->> 'multiplier'::text))::numeric >= (1)::numeric) AND (((VALUE ->> 'multiplier'::text))::numeric <= (100)::numeric))
    ELSE (NOT (VALUE ? 'multiplier'::text))
END);

-- Name: DOMAIN retry_policy; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.retry_policy IS 'How long to wait after the nth failure: kind fixed (base_s), linear (base_s * n), exponential (base_s * multiplier ^ (n-1)) or exponential_jitter (half of that fixed, half random: "equal jitter" of the AWS Architecture Blog, 2015); never above max_s. Left out: base_s 5, max_s 3600, multiplier 2.';

-- Name: task_name; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.task_name AS text
	CONSTRAINT "task must have 1 to 200 characters" CHECK (((length(VALUE) >= 1) AND (length(VALUE) <= 200)));

-- Name: DOMAIN task_name; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.task_name IS 'Name of a task.';

-- Name: _add(integer[], integer[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._add(p_a integer[], p_b integer[]) RETURNS integer[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
  select coalesce(array_agg(coalesce(u.a, 0) + coalesce(u.b, 0) order by u.k), '{}')
    from unnest(p_a, p_b) with ordinality as u (a, b, k) $$;

-- Name: FUNCTION _add(p_a integer[], p_b integer[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched._add(p_a integer[], p_b integer[]) IS 'The sum of two histograms.';

-- Name: _admit(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._admit() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
-- Give each job just inserted its row in _ready, make its lane known, wake a sleeper.
-- Definer: whoever may insert into the view need not touch the private tables.
-- Locks    nothing that exists.   Notifies  pgsched, if a sleeper would wake later than a job is due.
-- Errors   PS010 args too large.
declare
  v_now timestamptz := pgsched.clock();
  v_count bigint;
  v_bytes bigint;
  v_told boolean;
begin
  insert into pgsched._ready (id, queue, priority, attempt, due_at)
  select n.id, n.queue, n.priority, 1, greatest(n.due_at, v_now) from new_jobs as n;
  get diagnostics v_count = row_count;
  -- One look decides whether anything else is to be done: under load lanes are known, and nobody sleeps.
  -- || detoasts, so that the size is that before compression. A single row needs no grouping: 5 of 49 us.
  if v_count = 1 then
    select pg_column_size(case when pg_column_compression(n.args) is null then n.args else n.args || '{}' end),
           exists (select from pgsched._lane as k where k.queue = n.queue and k.priority = n.priority)
           and not exists (select from pgsched._idle)
      into v_bytes, v_told
      from new_jobs as n;
  else
    select max(l.bytes), bool_and(exists (select from pgsched._lane as k where k.queue = l.queue and k.priority = l.priority))
                         and not exists (select from pgsched._idle)
      into v_bytes, v_told
      from (select n.queue, n.priority,
                   max(pg_column_size(case when pg_column_compression(n.args) is null then n.args else n.args || '{}' end)) as bytes
              from new_jobs as n group by n.queue, n.priority) as l;
  end if;
  if v_bytes > 1024 and v_bytes > pgsched._setting('args_bytes_max') then
    raise exception using errcode = 'PS010',
      message = format('args must not exceed %s bytes', pgsched._setting('args_bytes_max')),
      detail = format('got %s bytes', v_bytes),
      hint = 'store large data elsewhere and pass its key, or raise the setting args_bytes_max';
  end if;
  if not v_told or current_setting('transaction_isolation') <> 'read committed' then
    perform pgsched._announce(array_agg(l.queue), array_agg(l.priority), array_agg(l.due_at))
       from (select n.queue, n.priority, min(n.due_at) as due_at from new_jobs as n group by n.queue, n.priority) as l;
  end if;
  return null;
end $$;

-- Name: _admit_blocked(text, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._admit_blocked(p_task text, p_limit integer) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Give up to p_limit jobs that waited for a task their place in _ready back, in order. Returns how many.
declare
  v_now timestamptz := pgsched.clock();
  v_count integer;
begin
  with gone as materialized (
    delete from pgsched._blocked as b where b.id in (
      select q.id from pgsched._blocked as q where q.reason = 'task_paused' and q.subject = p_task
       order by q.due_at, q.id limit p_limit for update skip locked)
    returning b.*),
  ready as (
    insert into pgsched._ready (id, queue, priority, attempt, due_at)
    select g.id, g.queue, g.priority, g.attempt, greatest(g.due_at, v_now) from gone as g returning queue, priority),
  lanes as (select r.queue, r.priority, count(*) as jobs from ready as r group by r.queue, r.priority)
  select sum(l.jobs), pgsched._announce(array_agg(l.queue), array_agg(l.priority), array_fill(v_now, array[count(*)::integer]))
    into v_count from lanes as l having count(*) > 0;
  return coalesce(v_count, 0);
end $$;

-- Name: _admit_orphans(bigint[], timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._admit_orphans(p_ids bigint[], p_now timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Make these jobs ready, after their last attempt. Notifies  as _announce().
declare
  v_void text;
begin
  with ready as (
    insert into pgsched._ready (id, queue, priority, attempt, due_at)
    select j.id, j.queue, j.priority, 1 + coalesce((select max(r.attempt) from pgsched._run as r where r.job_id = j.id), 0),
           greatest(j.due_at, p_now)
      from pgsched._job as j where j.id = any(p_ids)
    returning queue, priority, due_at)
  select pgsched._announce(array_agg(l.queue), array_agg(l.priority), array_agg(l.due_at)) into v_void
    from (select r.queue, r.priority, min(r.due_at) as due_at from ready as r group by r.queue, r.priority) as l;
end $$;

-- Name: _alive(bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._alive(p_lo bigint, p_hi bigint) RETURNS SETOF bigint
    LANGUAGE sql STABLE
    AS $$
  -- Jobs with ids from p_lo to below p_hi that have not ended. One snapshot, so a job that moves is seen in one place.
  select r.id from pgsched._ready as r where r.id >= p_lo and r.id < p_hi
   union all
  select b.id from pgsched._blocked as b where b.id >= p_lo and b.id < p_hi
   union all
  select u.id from pgsched._claim as c cross join unnest(c.ids) as u (id) where u.id >= p_lo and u.id < p_hi $$;

-- Name: _announce(text[], integer[], timestamp with time zone[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._announce(p_queues text[], p_priorities integer[], p_dues timestamp with time zone[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
-- What everything that inserts into _ready calls afterwards: make unseen lanes known, wake sleepers.
begin
  if exists (select from unnest(p_queues, p_priorities) as u (queue, priority)
              where not exists (select from pgsched._lane as l where l.queue = u.queue and l.priority = u.priority)) then
    insert into pgsched._lane (queue, priority)
    select distinct u.queue, u.priority from unnest(p_queues, p_priorities) as u (queue, priority)
     where not exists (select from pgsched._lane as l where l.queue = u.queue and l.priority = u.priority);
  end if;
  -- under load nobody sleeps, and this look costs a tenth of the call
  if current_setting('transaction_isolation') = 'read committed' and not exists (select from pgsched._idle) then return; end if;
  perform pgsched._wake(p_queues, p_dues);
end $$;

-- Name: _attach(text, text, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._attach(p_parent text, p_name text, p_lo bigint, p_hi bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Make a table a partition. Locks  the parent, SHARE UPDATE EXCLUSIVE: enqueue, claim and finish go on.
begin
  execute format('alter table pgsched.%I attach partition pgsched.%I for values from (%s) to (%s)', p_parent, p_name, p_lo, p_hi);
end $$;

-- Name: _bucket(double precision); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._bucket(p_ms double precision) RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS $$
  -- 5.77.. is 4 / ln 2. No SET: it runs for each run and must be inlined.
  select least(floor(ln(greatest(p_ms, 1)) * 5.770780163555854)::integer + 1, 128) $$;

-- Name: _budgets(bigint[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._budgets(p_ids bigint[]) RETURNS TABLE(id bigint, task text, max_attempts integer, retry jsonb, failures bigint, losses bigint, charged_losses bigint)
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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

-- Name: _bury_missing(uuid, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._bury_missing(p_worker uuid, p_claim bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
-- Jobs of a claim whose row in _job is gone cannot run: they end dead at once. They leave no run: its partition may be
-- gone as well.
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

-- Name: _claim_from(text, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._claim_from(p_cursor text, p_now timestamp with time zone) RETURNS TABLE(due_at timestamp with time zone, id bigint)
    LANGUAGE sql STABLE
    AS $$
  -- Where the scan of a lane starts: at the cursor "priority/due_at/id", but never later than 250 ms ago, so that what
  -- committed out of order is still seen. Inlined: a call for each lane would cost as much as all else of an empty one.
  select least(c.due_at, p_now - interval '250 ms'), case when c.due_at > p_now - interval '250 ms' then 0 else c.id end
    from (select coalesce(split_part(p_cursor, '/', 2)::timestamptz, '-infinity') as due_at,
                 coalesce(split_part(p_cursor, '/', 3)::bigint, 0) as id offset 0) as c $$;

-- Name: _create(text, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._create(p_parent text, p_name text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Make a table in the parent's likeness. CREATE TABLE .. PARTITION OF would block enqueue and claim: it locks the parent.
begin
  execute format('create table pgsched.%I (like pgsched.%I including all)', p_name, p_parent);
end $$;

-- Name: _day(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._day() RETURNS bigint
    LANGUAGE sql IMMUTABLE
    AS $$
  select 86400::bigint << 20 $$;

-- Name: FUNCTION _day(); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched._day() IS 'How many ids make a day. Days begin at midnight UTC, at multiples of this.';

-- Name: _delay(double precision); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._delay(p_seconds double precision) RETURNS interval
    LANGUAGE sql IMMUTABLE
    AS $$
  -- A handler chose it, so it must not stop its neighbours in the batch: at least nothing, at most a year, NaN as well.
  select make_interval(secs => least(greatest(p_seconds, 0), 31536000)) $$;

-- Name: _drop_partition(text, text, bigint, bigint, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._drop_partition(p_parent text, p_name text, p_lo bigint, p_hi bigint, p_since timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO ''
    SET lock_timeout TO '50ms'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS $$
-- Drop a partition, if no job of its range is kept. A redrive reads _job, so it cannot come between check and drop.
-- Returns  whether it did.
-- Locks    the parent, ACCESS EXCLUSIVE: end the transaction at once.   Errors  55P03 the parent is locked.
begin
  execute format('lock table only pgsched.%I in access exclusive mode', p_parent);
  if exists (select from pgsched._kept(p_lo, p_hi, p_since, 1)) then return false; end if;
  execute format('drop table pgsched.%I', p_name);
  return true;
end $$;

-- Name: _due_at(timestamp with time zone, interval); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._due_at(p_due_at timestamp with time zone, p_delay interval) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    AS $$
begin
  if p_delay is null then return p_due_at; end if;
  if p_due_at is not null then
    raise exception using errcode = 'PS010', message = 'give either due_at or delay, not both';
  elsif p_delay < interval '0' then
    raise exception using errcode = 'PS010', message = 'delay must not be negative', detail = format('got %s', p_delay);
  elsif p_delay > interval '7000 years' then
    raise exception using errcode = 'PS010', message = 'due_at must be finite and before the year 10000',
      detail = format('got a delay of %s', p_delay);
  end if;
  return pgsched.clock() + p_delay;
end $$;

-- Name: _exceptions(uuid, bigint[], integer[], pgsched.run_outcome[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._exceptions(p_worker uuid, p_ids bigint[], p_attempts integer[], p_outcomes pgsched.run_outcome[]) RETURNS TABLE(id bigint, attempt integer, verdict text)
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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

-- Name: _expire_history(bigint, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._expire_history(p_old bigint, p_since timestamp with time zone) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO ''
    SET lock_timeout TO '50ms'
    AS $$
-- _run, _log and _ended follow _job: what no longer has its job goes, one partition or 5,000 rows a call. So a job that is
-- alive, or that can be redriven, always has its runs, and a partition to write the next one to.
-- Returns  what it did; NULL when all is done.
-- Locks    a parent, ACCESS EXCLUSIVE; or _ended rows, skipping what is locked.   Errors  55P03 a lock.
declare
  v_count integer;
  v_range record;
begin
  for v_range in   -- the gaps between partitions of _job, and the rebuilt ones
    select coalesce(lag(x.hi) over (order by x.lo), 0) as lo, x.lo as hi from pgsched._partitions('_job') as x
     union all
    select x.lo, x.hi from pgsched._partitions('_job') as x where x.rebuilt
  loop
    delete from pgsched._ended as e where e.id = any(array(
      select x.id from pgsched._ended as x
       where x.id >= v_range.lo and x.id < v_range.hi
         and x.id not in (select j.id from pgsched._job as j where j.id >= v_range.lo and j.id < v_range.hi)
       limit 5000 for update skip locked));
    get diagnostics v_count = row_count;
    if v_count > 0 then return format('removed %s jobs from _ended', v_count); end if;
  end loop;

  select p.parent, x.* into v_range
    from unnest(array['_run', '_log']) as p (parent) cross join pgsched._partitions(p.parent) as x
   where x.hi <= p_old and not exists (select from pgsched._partitions('_job') as j where j.lo < x.hi and j.hi > x.lo)
   order by x.lo limit 1;
  if found then
    execute format('drop table pgsched.%I', v_range.name);
    return format('dropped %s', v_range.name);
  end if;

  select h.* into v_range
    from pgsched._partitions('_job') as j
   cross join unnest(array['_run', '_log']) as p (parent)
   cross join lateral (
     select p.parent, min(x.lo) as lo, max(x.hi) as hi, count(*) as parts, bool_and(x.rebuilt) as rebuilt
       from pgsched._partitions(p.parent) as x where x.lo < j.hi and x.hi > j.lo) as h
   where j.rebuilt and h.parts > 0 and not (h.parts = 1 and h.rebuilt) and h.hi <= p_old
     and not exists (select from pgsched._partitions('_job') as k where k.lo < h.hi and k.hi > h.lo and not k.rebuilt)
   order by h.lo limit 1;
  if not found then return null; end if;
  perform pgsched._rebuild(v_range.parent, v_range.lo, v_range.hi, p_since);
  return format('rebuilt %s of %s', v_range.parent, pgsched.id_time(v_range.lo));
end $$;

-- Name: _expire_jobs(text, bigint, bigint, bigint, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._expire_jobs(p_part text, p_lo bigint, p_hi bigint, p_mark bigint, p_since timestamp with time zone, OUT done text, OUT did bigint, OUT mark bigint) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS $$
-- Retention of one old partition of _job: it goes; or what must stay of it is put into a small one, together with that of
-- the partition before; or, if over 20,000 jobs in it are alive (their copy takes 100 ms), it is thinned where it is.
-- Returns  what it did, and from which id retention goes on.
-- Errors   55P03 a lock.
declare
  c_few constant integer := 20000;
  v_alive bigint := (select count(*) from (select from pgsched._alive(p_lo, p_hi) limit c_few + 1) as a);
  v_kept bigint := (select count(*) from pgsched._kept(p_lo, p_hi, p_since, c_few + 1));
  v_before record;
  v_rebuilt boolean;
begin
  did := 1;
  mark := p_hi;
  if v_kept = 0 then
    if pgsched._drop_partition('_job', p_part, p_lo, p_hi, p_since) then done := format('dropped %s', p_part);
    else done := format('left %s: a job in it has come alive', p_part); end if;
    return;
  elsif v_alive > c_few then
    mark := pgsched._thin(greatest(p_lo, p_mark), p_hi, p_since, 5000);
    done := format('thinned %s', p_part);
    return;
  end if;
  select x.rebuilt into v_rebuilt from pgsched._partitions('_job') as x where x.name = p_part;
  select x.name, x.lo, x.hi into v_before from pgsched._partitions('_job') as x where x.hi <= p_lo order by x.lo desc limit 1;
  if v_kept <= c_few and v_before.lo is not null
     and v_kept + (select count(*) from pgsched._kept(v_before.lo, v_before.hi, p_since, c_few)) <= c_few then
    perform pgsched._rebuild('_job', v_before.lo, p_hi, p_since);
    done := format('merged what is kept of %s and %s', v_before.name, p_part);
  elsif v_kept <= c_few and not v_rebuilt then
    perform pgsched._rebuild('_job', p_lo, p_hi, p_since);
    done := format('rebuilt %s with what is kept', p_part);
  else
    did := 0;
    done := format('left %s as it is', p_part);
  end if;
end $$;

-- Name: _explain_dead(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._explain_dead(p_id bigint) RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  -- Which budget was spent.
  select case when b.failures >= b.max_attempts then format('out of attempts: %s of %s have failed', b.failures, b.max_attempts)
              when b.charged_losses >= 3 then format('its worker died under it, alone, %s times', b.charged_losses)
              else 'told not to retry' end
    from pgsched._budgets(array[p_id]) as b $$;

-- Name: _explain_running(bigint, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._explain_running(p_id bigint, p_now timestamp with time zone) RETURNS text[]
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
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

-- Name: clock(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.clock() RETURNS timestamp with time zone
    LANGUAGE sql
    AS $$
  -- The database's clock, which decides everything. The session setting pgsched.test_now stands still in
  -- its place in tests; any session may set it, so it guards no permission. No SET: it must be inlined.
  select coalesce(nullif(pg_catalog.current_setting('pgsched.test_now', true), '')::timestamptz,
                  pg_catalog.clock_timestamp()) $$;

-- Name: FUNCTION clock(); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.clock() IS 'Now, by the database''s clock.';

SET default_tablespace = '';

SET default_table_access_method = heap;

-- Name: _blocked; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._blocked (
    id bigint NOT NULL,
    queue text NOT NULL,
    priority integer NOT NULL,
    attempt integer NOT NULL,
    due_at timestamp with time zone NOT NULL,
    reason text NOT NULL,
    subject text NOT NULL,
    CONSTRAINT blocked_for_a_known_reason CHECK ((reason = ANY (ARRAY['task_paused'::text, 'suspect'::text])))
)
WITH (vacuum_truncate=off);

-- Name: COLUMN _blocked.subject; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._blocked.subject IS 'What it waits for: the task (task_paused) or the queue (suspect).';

-- Name: _claim; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._claim (
    id bigint NOT NULL,
    worker uuid NOT NULL,
    claimed_at timestamp with time zone NOT NULL,
    priority integer NOT NULL,
    flags integer NOT NULL,
    queue text NOT NULL,
    ids bigint[] NOT NULL,
    attempts integer[] NOT NULL,
    CONSTRAINT claim_attempt_for_each_id CHECK (((cardinality(ids) = cardinality(attempts)) AND (cardinality(ids) > 0))),
    CONSTRAINT claim_flagged_jobs_are_alone CHECK (((flags = 0) OR (cardinality(ids) = 1)))
)
WITH (fillfactor='50', vacuum_truncate=off, autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');
ALTER TABLE ONLY pgsched._claim ALTER COLUMN queue SET STORAGE PLAIN;
ALTER TABLE ONLY pgsched._claim ALTER COLUMN ids SET STORAGE PLAIN;
ALTER TABLE ONLY pgsched._claim ALTER COLUMN attempts SET STORAGE PLAIN;

-- Name: COLUMN _claim.flags; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._claim.flags IS 'Bit 1: transactional task. Bit 2: suspect, a loss is charged.';

-- Name: _ended; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._ended (
    id bigint NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    attempt integer NOT NULL,
    state pgsched.job_state NOT NULL,
    queue text NOT NULL,
    task text NOT NULL,
    error text,
    CONSTRAINT ended_means_final CHECK ((state = ANY (ARRAY['dead'::pgsched.job_state, 'cancelled'::pgsched.job_state, 'expired'::pgsched.job_state])))
);

-- Name: _job; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._job (
    id bigint NOT NULL,
    due_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    timeout_s double precision,
    parent_id bigint,
    priority integer NOT NULL,
    max_attempts integer,
    queue text NOT NULL,
    task text NOT NULL,
    args jsonb NOT NULL,
    retry jsonb,
    key text,
    labels jsonb,
    trace text
)
PARTITION BY RANGE (id);

-- Name: _ready; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._ready (
    id bigint NOT NULL,
    queue text NOT NULL,
    priority integer NOT NULL,
    attempt integer NOT NULL,
    due_at timestamp with time zone NOT NULL
)
WITH (vacuum_truncate=off, autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='20000', autovacuum_vacuum_cost_delay='0');

-- Name: _task; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._task (
    name pgsched.task_name NOT NULL,
    queue pgsched.queue_name DEFAULT 'default'::text NOT NULL,
    priority pgsched.job_priority DEFAULT 0 NOT NULL,
    max_attempts pgsched.job_max_attempts DEFAULT 10 NOT NULL,
    retry pgsched.retry_policy DEFAULT '{"kind": "exponential_jitter"}'::jsonb NOT NULL,
    timeout_s pgsched.job_timeout_s,
    isolation text DEFAULT 'none'::text NOT NULL,
    transactional boolean DEFAULT false NOT NULL,
    paused boolean DEFAULT false NOT NULL,
    description text,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT "isolation must be none or process" CHECK ((isolation = ANY (ARRAY['none'::text, 'process'::text])))
);

-- Name: job; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.job AS
 SELECT j.id,
    j.task,
    COALESCE(r.queue, b.queue, j.queue) AS queue,
    COALESCE(r.priority, b.priority, j.priority) AS priority,
    j.args,
    (
        CASE
            WHEN (r.id IS NOT NULL) THEN
            CASE
                WHEN (r.due_at > n.now) THEN 'scheduled'::text
                WHEN (EXISTS ( SELECT
                   FROM pgsched._task t
                  WHERE (((t.name)::text = j.task) AND t.paused))) THEN 'blocked'::text
                ELSE 'ready'::text
            END
            WHEN (b.id IS NOT NULL) THEN 'blocked'::text
            WHEN (j.id IN ( SELECT unnest(c.ids) AS unnest
               FROM pgsched._claim c)) THEN 'running'::text
            ELSE COALESCE((e.state)::text, 'succeeded'::text)
        END)::pgsched.job_state AS state,
        CASE
            WHEN (r.id IS NOT NULL) THEN (r.attempt - 1)
            WHEN (b.id IS NOT NULL) THEN (b.attempt - 1)
            WHEN (e.id IS NOT NULL) THEN e.attempt
            WHEN (j.id IN ( SELECT unnest(c.ids) AS unnest
               FROM pgsched._claim c)) THEN ( SELECT c.attempts[array_position(c.ids, j.id)] AS attempts
               FROM pgsched._claim c
              WHERE (c.ids @> ARRAY[j.id]))
            ELSE NULL::integer
        END AS attempt,
    COALESCE(j.max_attempts, (( SELECT t.max_attempts
           FROM pgsched._task t
          WHERE ((t.name)::text = j.task)))::integer, 10) AS max_attempts,
    COALESCE(r.due_at, b.due_at, j.due_at) AS due_at,
    j.created_at,
    j.key,
    j.labels,
    j.timeout_s,
    j.retry,
    j.parent_id,
    j.trace
   FROM ((((pgsched._job j
     CROSS JOIN ( SELECT pgsched.clock() AS now) n)
     LEFT JOIN pgsched._ready r ON ((r.id = j.id)))
     LEFT JOIN pgsched._blocked b ON ((b.id = j.id)))
     LEFT JOIN pgsched._ended e ON ((e.id = j.id)));

-- Name: VIEW job; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.job IS 'Every job, and the front door: INSERT INTO pgsched.job (task, args) makes one. What the INSERT leaves out or gives as NULL comes from the task''s policy (queue and priority as it is now; max_attempts, timeout_s and retry as it is when the job runs), else is queue default, priority 0, 10 attempts, args {}, due at once. state is derived; attempt counts claims so far and is NULL once succeeded; RETURNING gives neither. UPDATE and DELETE are refused: use cancel(), reschedule(), redrive(). In one-row VALUES, task must not be a volatile expression: use INSERT .. SELECT. timeout_s and retry are NULL where the task''s policy holds.';

-- Name: _explain_waiting(pgsched.job, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._explain_waiting(p_job pgsched.job, p_now timestamp with time zone) RETURNS text[]
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    SET jit TO 'off'
    AS $$
-- Every reason why a job that waits is not running. Private: explain() has found its row, in the same snapshot.
declare
  v_blocked pgsched._blocked;
  v_reasons text[] := '{}';
begin
  select b.* into v_blocked from pgsched._blocked as b where b.id = p_job.id;
  if v_blocked.reason = 'suspect' then
    v_reasons := v_reasons ||
      'it is a suspect: its worker died under it twice or more, so it runs alone, in a child kept for suspects'::text;
  elsif v_blocked.reason = 'task_paused' and not exists (
      select from pgsched._task as t where t.name = p_job.task and t.paused) then
    v_reasons := v_reasons || format('task %s was resumed: upkeep() gives its jobs their turn again, in steps', p_job.task);
  end if;
  if p_job.due_at > p_now then
    v_reasons := v_reasons || format(
      'due at %s, in %s', date_trunc('second', p_job.due_at), date_trunc('second', p_job.due_at - p_now));
  end if;
  if exists (select from pgsched._queue as q where q.name = p_job.queue and q.paused) then
    v_reasons := v_reasons || format('queue %s is paused: pgsched.resume_queue(%L)', p_job.queue, p_job.queue);
  end if;
  if exists (select from pgsched._task as t where t.name = p_job.task and t.paused) then
    v_reasons := v_reasons || format('task %s is paused: pgsched.resume_task(%L)', p_job.task, p_job.task);
  end if;
  return v_reasons || pgsched._explain_workers(
    p_job, case when v_blocked.reason = 'suspect' then 'suspect' else 'child' end, p_now);
end $$;

-- Name: _explain_workers(pgsched.job, text, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._explain_workers(p_job pgsched.job, p_role text, p_now timestamp with time zone) RETURNS text[]
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    SET jit TO 'off'
    AS $$
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

-- Name: _file_apart(uuid, text, integer, timestamp with time zone, bigint[], integer[], text[], text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._file_apart(p_worker uuid, p_queue text, p_priority integer, p_now timestamp with time zone, p_ids bigint[], p_attempts integer[], p_special text[], p_cursor text) RETURNS TABLE(claim bigint, id bigint, attempt integer, task text, args text, timeout_s double precision, cursor text)
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- The second half of claim() where some task is paused or transactional: jobs of a paused task go to _blocked,
-- each job of a transactional task gets a _claim row of its own, the others share one.
declare
  v_shared bigint := pgsched._new_claim_id();
  v_lo bigint;   -- variables: see _budgets()
  v_hi bigint;
  v_count bigint;
begin
  select min(u), max(u) into v_lo, v_hi from unnest(p_ids) as u;
  return query
  with payload as materialized (
    select case when t.transactional then pgsched._new_claim_id() else v_shared end as claim, j.id,
           p_attempts[array_position(p_ids, j.id)] as attempt, j.task, j.args::text as args, j.timeout_s,
           coalesce(t.paused, false) as paused, case when t.transactional then 1 else 0 end as flags
      from pgsched._job as j left join pgsched._task as t on t.name = j.task and t.name = any(p_special)
     where j.id = any(p_ids) and j.id between v_lo and v_hi),
  filed as (
    insert into pgsched._claim (id, worker, claimed_at, priority, flags, queue, ids, attempts)
    select p.claim, p_worker, p_now, p_priority, p.flags, p_queue, array_agg(p.id), array_agg(p.attempt)
      from payload as p where not p.paused group by p.claim, p.flags),
  held as (
    insert into pgsched._blocked (id, queue, priority, attempt, due_at, reason, subject)
    select p.id, p_queue, p_priority, p.attempt, p_now, 'task_paused', p.task from payload as p where p.paused)
  select p.claim, p.id, p.attempt, p.task, p.args, p.timeout_s, p_cursor from payload as p where not p.paused;

  select count(*) into v_count from pgsched._job as j
   where j.id = any(p_ids) and j.id between v_lo and v_hi;
  if v_count < cardinality(p_ids) then
    v_shared := pgsched._new_claim_id();
    insert into pgsched._claim (id, worker, claimed_at, priority, flags, queue, ids, attempts)
    select v_shared, p_worker, p_now, p_priority, 0, p_queue, array_agg(u.id), array_agg(u.attempt)
      from unnest(p_ids, p_attempts) as u (id, attempt) where not exists (select from pgsched._job as j where j.id = u.id);
    perform pgsched._bury_missing(p_worker, v_shared);
  end if;
end $$;

-- Name: _held(bigint, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._held(p_id bigint, p_queue text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
  -- Whether a suspect has to wait because its queue or task is paused. A look-up for each: as a join it read all of _job.
  select exists (select from pgsched._queue as q where q.name = p_queue and q.paused)
      or exists (select from pgsched._task as t
                  where t.paused and t.name = (select j.task from pgsched._job as j where j.id = p_id)) $$;

-- Name: _histogram(integer[], bigint[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._histogram(p_buckets integer[], p_runs bigint[]) RETURNS integer[]
    LANGUAGE sql IMMUTABLE
    SET search_path TO ''
    AS $$
  -- The histogram with so many runs in these buckets. Buckets may repeat, or be NULL: those do not count.
  select coalesce(array_agg(coalesce(n.runs, 0)::integer order by k.k), '{}')
    from generate_series(1, (select max(u) from unnest(p_buckets) as u)) as k (k)
    left join (select u.bucket, sum(u.runs) as runs from unnest(p_buckets, p_runs) as u (bucket, runs) group by u.bucket) as n
      on n.bucket = k.k $$;

-- Name: _jobs_ahead(pgsched.job, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._jobs_ahead(p_job pgsched.job, p_now timestamp with time zone) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_sort TO 'off'
    SET jit TO 'off'
    AS $$
  -- Due jobs of the queue that run before this one, counted to 10,001 in each lane.
  select coalesce(sum(n.jobs), 0)
    from (select distinct l.priority from pgsched._lane as l where l.queue = p_job.queue and l.priority >= p_job.priority) as l
   cross join lateral (
      select count(*) as jobs from (
        select from pgsched._ready as r
         where r.queue = p_job.queue and r.priority = l.priority and r.due_at <= p_now
           and (l.priority > p_job.priority or (r.due_at, r.id) < (p_job.due_at, p_job.id))
         order by r.queue, r.priority desc, r.due_at, r.id limit 10001) as c) as n $$;

-- Name: _kept(bigint, bigint, timestamp with time zone, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._kept(p_lo bigint, p_hi bigint, p_since timestamp with time zone, p_limit integer DEFAULT NULL::integer) RETURNS SETOF bigint
    LANGUAGE sql STABLE
    AS $$
  -- Those that are alive, and those that ended since p_since; a job may come twice. p_limit is a hint to stop early.
  select a.id from pgsched._alive(p_lo, p_hi) as a (id)
   union all
  select e.id from pgsched._ended as e where e.id >= p_lo and e.id < p_hi and e.ended_at >= p_since
   union all
  select r.id from pgsched._ran_since(p_lo, p_hi, p_since, p_limit) as r (id)
   limit p_limit $$;

-- Name: _lane_depth(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._lane_depth() RETURNS TABLE(queue text, priority integer, ready bigint, scheduled bigint, oldest_due_at timestamp with time zone)
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_sort TO 'off'
    SET jit TO 'off'
    AS $$
-- How much waits in each lane. Each count stops at 10,001, which so means "more than 10,000": at ten million ready
-- jobs a lane takes 3 ms, where a count takes seconds. The plan is pinned, or missing statistics bring those back.
-- Returns  a row for each lane that ever had a job; oldest_due_at is NULL if nothing is due.
declare
  v_now timestamptz := pgsched.clock();
begin
  return query
  select l.queue, l.priority, r.jobs, s.jobs, o.due_at
    from (select distinct n.queue, n.priority from pgsched._lane as n) as l
   cross join lateral (
      select count(*) as jobs from (
        select from pgsched._ready as q where q.queue = l.queue and q.priority = l.priority and q.due_at <= v_now
         order by q.queue, q.priority desc, q.due_at, q.id limit 10001) as c) as r
   cross join lateral (
      select count(*) as jobs from (
        select from pgsched._ready as q where q.queue = l.queue and q.priority = l.priority and q.due_at > v_now
         order by q.queue, q.priority desc, q.due_at, q.id limit 10001) as c) as s
    left join lateral (
      select q.due_at from pgsched._ready as q
       where q.queue = l.queue and q.priority = l.priority and q.due_at <= v_now
       order by q.queue, q.priority desc, q.due_at, q.id limit 1) as o on true;
end $$;

-- Name: _make_partitions(timestamp with time zone, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._make_partitions(p_now timestamp with time zone, p_limit integer) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    SET lock_timeout TO '50ms'
    AS $$
-- Make up to p_limit partitions of those that lack from yesterday (a clock may be set back) to 60 days ahead.
-- Without its partition the producer's INSERT fails.
-- Returns  how many it made.
-- Locks    the parents, SHARE UPDATE EXCLUSIVE.   Errors  55P03 a parent is locked otherwise.
declare
  v_today bigint := pgsched.id_at(p_now) / pgsched._day() * pgsched._day();
  v_new record;
  v_count integer := 0;
begin
  for v_new in
    with there as materialized (
      select p.parent, x.lo, x.hi
        from unnest(array['_job', '_run', '_log']) as p (parent) cross join pgsched._partitions(p.parent) as x)
    select p.parent, d.lo, d.lo + pgsched._day() as hi
      from unnest(array['_job', '_run', '_log']) with ordinality as p (parent, n)
     cross join generate_series(v_today - pgsched._day(), v_today + 60 * pgsched._day(), pgsched._day()) as d (lo)
     where not exists (select from there as t where t.parent = p.parent and t.lo < d.lo + pgsched._day() and t.hi > d.lo)
     order by d.lo < v_today, d.lo, p.n limit p_limit
  loop
    perform pgsched._create(v_new.parent, pgsched._partition_name(v_new.parent, v_new.lo, v_new.hi));
    perform pgsched._attach(v_new.parent, pgsched._partition_name(v_new.parent, v_new.lo, v_new.hi), v_new.lo, v_new.hi);
    v_count := v_count + 1;
  end loop;
  return v_count;
end $$;

-- Name: _may_claim(uuid, text, integer, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._may_claim(p_worker uuid, p_queue text, p_limit integer, p_now timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
-- Refuse what claim() refuses; false if the queue is paused.
begin
  perform pgsched._require_range('p_limit', p_limit, 1, 10000);
  perform pgsched._require_read_committed();
  perform pgsched._require_live(p_worker, p_now);
  return not exists (select from pgsched._queue as q where q.name = p_queue and q.paused);
end $$;

-- Name: _new_claim_id(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._new_claim_id() RETURNS bigint
    LANGUAGE sql
    AS $$
  -- The time is part of it, since a claim commits asynchronously: Postgres may forget the last of them in a crash, and a
  -- sequence then repeats itself. The number of a forgotten claim must not come again while its worker holds it.
  select pg_catalog.floor(extract(epoch from pg_catalog.clock_timestamp()) * 1000)::bigint << 20
         | pg_catalog.nextval('pgsched._id_seq') $$;

-- Name: _notify(text, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._notify(p_channel text, p_payload text) RETURNS void
    LANGUAGE plpgsql
    AS $$
-- NOTIFY, unless it is switched off, or its queue is so full that it would fail the caller's commit.
begin
  if current_setting('pgsched.notify', true) is distinct from 'off' and pg_notification_queue_usage() < 0.5 then
    perform pg_notify(p_channel, p_payload);
  end if;
end $$;

-- Name: _orphans(bigint[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._orphans(p_ids bigint[]) RETURNS bigint[]
    LANGUAGE sql STABLE
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS $$
  -- Those of these jobs that are in no table and have not succeeded, by one snapshot: in two, a job that moves is in neither.
  select coalesce(array_agg(o.id order by o.id), '{}') from (
    select u as id from unnest(p_ids) as u
    except select r.id from pgsched._ready as r where r.id = any(p_ids)
    except select b.id from pgsched._blocked as b where b.id = any(p_ids)
    except select c.id from pgsched._claim as q cross join unnest(q.ids) as c (id)
    except select e.id from pgsched._ended as e where e.id = any(p_ids)
    except select r.job_id from pgsched._run as r
            where r.job_id = any(p_ids) and r.job_id between p_ids[1] and p_ids[cardinality(p_ids)] and r.outcome = 'succeeded') as o $$;

-- Name: _partition_name(text, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._partition_name(p_parent text, p_lo bigint, p_hi bigint) RETURNS text
    LANGUAGE sql STABLE
    AS $$
  -- _job_20261121 for a day, _job_20261121_13 for an hour of it.
  select p_parent || pg_catalog.to_char(pgsched.id_time(p_lo) at time zone 'UTC',
                                        case when p_hi - p_lo = pgsched._day() then '_YYYYMMDD' else '_YYYYMMDD_HH24' end) $$;

-- Name: _partitions(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._partitions(p_parent text) RETURNS TABLE(name text, lo bigint, hi bigint, rebuilt boolean)
    LANGUAGE sql STABLE
    AS $$
  -- The partitions of _job, _run or _log: ids from lo to below hi. rebuilt: retention has left only what must stay.
  select c.relname::text, b.bound[1]::bigint, b.bound[2]::bigint, c.relname ~ '_to_'
    from pg_catalog.pg_inherits as i
    join pg_catalog.pg_class as c on c.oid = i.inhrelid
   cross join lateral pg_catalog.regexp_match(
     pg_catalog.pg_get_expr(c.relpartbound, c.oid), 'FROM \(''?(\d+)''?\) TO \(''?(\d+)''?\)') as b (bound)
   where i.inhparent = pg_catalog.to_regclass('pgsched.' || p_parent) $$;

-- Name: _percentile(integer[], double precision); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._percentile(p_histogram integer[], p_share double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO ''
    AS $$
  -- Inside a bucket runs count as spread evenly over the logarithm.
  select power(2, (b.k - 1 + (p_share * b.total - b.below) / b.runs) / 4)
    from (select u.k, u.runs, sum(u.runs) over () as total, sum(u.runs) over (order by u.k) - u.runs as below
            from unnest(p_histogram) with ordinality as u (runs, k)) as b
   where b.runs > 0 and b.below + b.runs >= p_share * b.total order by b.k limit 1 $$;

-- Name: FUNCTION _percentile(p_histogram integer[], p_share double precision); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched._percentile(p_histogram integer[], p_share double precision) IS 'The duration in ms that a share (0..1) of a histogram of _stat does not exceed, right within 10 %; NULL if it is empty. At least 1.';

-- Name: _ran_since(bigint, bigint, timestamp with time zone, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._ran_since(p_lo bigint, p_hi bigint, p_since timestamp with time zone, p_limit integer) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS $_$
-- Jobs of these ids that had a run end since p_since; NULL for p_limit means all. By the BRIN index on finished_at: to keep the
-- planner from the primary key, which would read all runs of the day, job_id + 0 stands for job_id, and partitions are named.
declare
  v_part text;
begin
  for v_part in select x.name from pgsched._partitions('_run') as x where x.lo < p_hi and x.hi > p_lo loop
    return query execute format(
      'select r.job_id from pgsched.%I as r where r.finished_at >= $1 and r.job_id + 0 >= $2 and r.job_id + 0 < $3 limit $4', v_part)
      using p_since, p_lo, p_hi, p_limit;
  end loop;
end $_$;

-- Name: _rebuild(text, bigint, bigint, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._rebuild(p_parent text, p_lo bigint, p_hi bigint, p_since timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    SET lock_timeout TO '50ms'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS $_$
-- Replace the partitions between p_lo and p_hi by one that holds only what is kept: of _job the jobs alive or ended since
-- p_since, of _run and _log what belongs to jobs still in _job. For few rows among millions it is far cheaper than DELETE.
-- Locks    old partitions of _run and _log, SHARE: a job that old may wait to end while rows are copied. Then the parent,
--          ACCESS EXCLUSIVE, to swap: end the transaction at once.
-- Errors   55P03 a lock.
declare
  v_name text := pgsched._partition_name(p_parent, p_lo, p_lo + 1)
    || to_char(pgsched.id_time(p_hi) at time zone 'UTC', '"_to_"YYYYMMDD_HH24');
  v_key text := case p_parent when '_job' then 'id' else 'job_id' end;
  v_olds text[] := array(select x.name from pgsched._partitions(p_parent) as x where x.lo >= p_lo and x.hi <= p_hi);
  v_old text;
  v_ids bigint[];
begin
  perform pgsched._create(p_parent, v_name);
  -- with this, ATTACH need not read the rows
  execute format('alter table pgsched.%1$I add constraint its_range check (%2$s >= %3$s and %2$s < %4$s)',
                 v_name, v_key, p_lo, p_hi);
  if p_parent = '_job' then
    v_ids := array(select distinct k.id from pgsched._kept(p_lo, p_hi, p_since) as k (id));
  else
    foreach v_old in array v_olds loop execute format('lock table pgsched.%I in share mode', v_old); end loop;
    v_ids := array(select j.id from pgsched._job as j where j.id >= p_lo and j.id < p_hi);
  end if;
  execute format('insert into pgsched.%1$I select o.* from pgsched.%2$I as o '
                 'where o.%3$s = any($1) and o.%3$s >= %4$s and o.%3$s < %5$s',
                 v_name, p_parent, v_key, p_lo, p_hi) using v_ids;

  execute format('lock table only pgsched.%I in access exclusive mode', p_parent);
  if p_parent = '_job' then   -- what has been redriven meanwhile; under the lock nothing can
    v_ids := array(select k.id from pgsched._kept(p_lo, p_hi, p_since) as k (id) except select u from unnest(v_ids) as u);
    execute format('insert into pgsched.%1$I select o.* from pgsched._job as o '
                   'where o.id = any($1) and o.id >= %2$s and o.id < %3$s',
                   v_name, p_lo, p_hi) using v_ids;
  end if;
  foreach v_old in array v_olds loop execute format('drop table pgsched.%I', v_old); end loop;
  perform pgsched._attach(p_parent, v_name, p_lo, p_hi);
  execute format('alter table pgsched.%I drop constraint its_range', v_name);
end $_$;

-- Name: _recent(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._recent(p_by text) RETURNS TABLE(name text, succeeded_per_s numeric, failed_per_s numeric, wait_ms_p50 integer, wait_ms_p95 integer, run_ms_p50 integer, run_ms_p95 integer)
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    SET jit TO 'off'
    AS $$
-- Rates and percentiles of the last 5 minutes, by 'queue' or by 'task', from the roll-up _stat alone.
-- Returns  a row for each name that had a run. failed_per_s counts failed, timed_out and lost.
declare
  v_now timestamptz := pgsched.clock();
begin
  return query
  with recent as materialized (
    select case p_by when 'queue' then s.queue else s.task end as name, s.outcome, s.runs, s.wait_ms, s.run_ms
      from pgsched._stat as s where s.slot > v_now - interval '5 minutes' and s.slot <= v_now),
  summed as (
    select r.name, coalesce(sum(r.runs) filter (where r.outcome = 'succeeded'), 0) / 300.0 as succeeded,
           coalesce(sum(r.runs) filter (where r.outcome in ('failed', 'timed_out', 'lost')), 0) / 300.0 as failed,
           pgsched._add(r.wait_ms) as wait_ms, pgsched._add(r.run_ms) as run_ms
      from recent as r group by r.name)
  select s.name, round(s.succeeded, 2), round(s.failed, 2),
         pgsched._percentile(s.wait_ms, 0.5)::integer, pgsched._percentile(s.wait_ms, 0.95)::integer,
         pgsched._percentile(s.run_ms, 0.5)::integer, pgsched._percentile(s.run_ms, 0.95)::integer
    from summed as s;
end $$;

-- Name: _redrive(bigint[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._redrive(p_ids bigint[]) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    AS $$
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

-- Name: _refuse_change(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception using errcode = 'PS024', message = format('%s on pgsched.job is refused: jobs are immutable facts', tg_op),
    hint = 'use pgsched.cancel(id), pgsched.reschedule(id, due_at) or pgsched.redrive(id)';
end $$;

-- Name: _refuse_id(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._refuse_id() RETURNS bigint
    LANGUAGE plpgsql
    AS $$
begin
  -- volatile: the planner would call an immutable one, and refuse rows that give NULL or DEFAULT
  raise exception using errcode = 'PS010', message = 'id, state, attempt and created_at are given by the database',
    hint = 'leave them out of the INSERT';
end $$;

-- Name: _require_job(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_job(p_id bigint) RETURNS pgsched.job_state
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  v_state pgsched.job_state := pgsched.job_state(p_id);
begin
  if v_state is not null then return v_state; end if;
  raise exception using errcode = 'PS001', message = format('job %s does not exist', p_id),
    hint = 'it never existed, or retention has removed it';
end $$;

-- Name: _require_live(uuid, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_live(p_worker uuid, p_now timestamp with time zone) RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
begin
  if exists (select from pgsched._worker as w where w.id = p_worker and w.lease_until > p_now) then return; end if;
  raise exception using errcode = 'PS021', message = 'the worker has no lease: it never registered, or the lease ran out',
    detail = format('worker %s', p_worker), hint = 'stop what it runs, and register anew under a new id';
end $$;

-- Name: _require_owner(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_owner() RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  -- Postgres only warns whoever grants what it may not, and the caller would believe it done.
  if pg_has_role((select n.nspowner from pg_catalog.pg_namespace as n where n.nspname = 'pgsched'), 'usage') then return; end if;
  raise exception using errcode = '42501', message = 'only the owner of schema pgsched may grant rights on it';
end $$;

-- Name: _require_range(text, numeric, numeric, numeric); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_range(p_name text, p_value numeric, p_min numeric, p_max numeric) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    AS $$
begin
  if p_value between p_min and p_max then return; end if;   -- null falls through too
  raise exception using errcode = 'PS010', message = format('%s must be from %s to %s', p_name, p_min, p_max),
    detail = format('got %s', coalesce(p_value::text, 'null'));
end $$;

-- Name: _require_read_committed(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_read_committed() RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
begin
  -- A snapshot older than the locks it waits for would miss what their holders did.
  if current_setting('transaction_isolation') = 'read committed' then return; end if;
  raise exception using errcode = 'PS023',
    message = 'this function runs in READ COMMITTED transactions only',
    detail = format('got %s', current_setting('transaction_isolation')),
    hint = 'begin with: begin isolation level read committed';
end $$;

-- Name: _retry_delay_s(jsonb, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._retry_delay_s(p_retry jsonb, p_failures integer) RETURNS double precision
    LANGUAGE sql
    AS $$
  -- The wait after the nth failure, as the domain retry_policy says. exp(least(.., 100)) cannot overflow.
  select least(
    case p.kind when 'fixed' then p.base_s
                when 'linear' then p.base_s * p_failures
                else p.base_s * exp(least(ln(p.multiplier) * (p_failures - 1), 100)) end,
    p.max_s) * case when p.kind = 'exponential_jitter' then 0.5 + random() / 2 else 1 end
    from (select p_retry ->> 'kind' as kind, coalesce((p_retry ->> 'base_s')::double precision, 5) as base_s,
                 coalesce((p_retry ->> 'max_s')::double precision, 3600) as max_s,
                 coalesce((p_retry ->> 'multiplier')::double precision, 2) as multiplier) as p $$;

-- Name: _roll_up(text, bigint, bigint, timestamp with time zone, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._roll_up(p_partition text, p_lo bigint, p_hi bigint, p_from timestamp with time zone, p_to timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_sort TO 'off'
    SET jit TO 'off'
    AS $_$
-- Add the runs of one partition that ended from p_from to before p_to, all within one slot, to _stat. p_lo and p_hi are the
-- lowest and highest of their job ids, so that _job is read in one partition too: a join that chooses the
-- partition for each row costs 300 us a run at 80 partitions. The planner is pinned, for it knows nothing of a partition
-- that is minutes old: a plain join would keep the _job rows aside and compare each run with all of them, 5 s for 12,000
-- runs. Measured: 1.5 to 2 us a run.
begin
  execute format($q$
    with counted as materialized (
      select r.queue, coalesce(j.task, '?') as task, r.outcome,
             case when r.attempt = 1
                  then pgsched._bucket(1000 * (date_part('epoch', r.started_at) - date_part('epoch', greatest(j.due_at, j.created_at))))
                  end as wait,
             pgsched._bucket(1000 * (date_part('epoch', r.finished_at) - date_part('epoch', r.started_at))) as run,
             count(*) as runs
        from pgsched.%I as r
        left join lateral (select * from pgsched._job as k where k.id = r.job_id and k.id between %s and %s offset 0) as j on true
       where r.finished_at >= $1 and r.finished_at < $2 and r.outcome <> 'redriven'
       group by 1, 2, 3, 4, 5)
    insert into pgsched._stat as s (slot, queue, task, outcome, runs, wait_ms, run_ms)
    select date_bin('10 seconds', $1, '2020-01-01 00:00+00'), c.queue, c.task, c.outcome, sum(c.runs),
           pgsched._histogram(array_agg(c.wait), array_agg(c.runs)), pgsched._histogram(array_agg(c.run), array_agg(c.runs))
      from counted as c group by c.queue, c.task, c.outcome
    on conflict (slot, queue, task, outcome) do update
      set runs = s.runs + excluded.runs, wait_ms = pgsched._add(s.wait_ms, excluded.wait_ms),
          run_ms = pgsched._add(s.run_ms, excluded.run_ms) $q$, p_partition, p_lo, p_hi) using p_from, p_to;
end $_$;

-- Name: _running_now(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._running_now() RETURNS TABLE(id bigint, task text, queue text, priority integer, attempt integer, worker text, host text, pid integer, started_at timestamp with time zone, running_s double precision, cancelling boolean, progress double precision, message text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
-- The rows of running_now. Definer: an observer need not read the private tables.
declare
  v_now timestamptz := pgsched.clock();
  v_ids bigint[] := array(select unnest(c.ids) from pgsched._claim as c);
begin
  return query
  with held as materialized (
    select u.id, u.attempt, c.queue, c.priority, c.worker, c.claimed_at
      from pgsched._claim as c cross join unnest(c.ids, c.attempts) as u (id, attempt)),
  -- BETWEEN prunes the partitions once, where a join would touch every one for every job
  named as materialized (
    select j.id, j.task from pgsched._job as j
     where j.id = any(v_ids) and j.id between (select min(u) from unnest(v_ids) as u) and (select max(u) from unnest(v_ids) as u))
  select h.id, n.task, h.queue, h.priority, h.attempt, w.name, w.host, w.pid, h.claimed_at,
         round(extract(epoch from v_now - h.claimed_at)::numeric, 1)::double precision,
         k.id is not null, s.progress, s.message
    from held as h
    left join named as n on n.id = h.id
    left join pgsched._worker as w on w.id = h.worker
    left join pgsched._cancel as k on k.id = h.id
    left join lateral (
      select (array_agg(t.progress order by t.logged_at desc) filter (where t.progress is not null))[1] as progress,
             (array_agg(t.message order by t.logged_at desc) filter (where t.message is not null))[1] as message
        from (select l.progress, l.message, l.logged_at from pgsched._log as l
               where l.job_id = h.id and l.attempt = h.attempt order by l.logged_at desc limit 100) as t) as s on true
   order by h.claimed_at, h.id;
end $$;

-- Name: _setting(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._setting(p_name text) RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
  select s.value from pgsched._setting as s where s.name = p_name $$;

-- Name: _settle(pgsched._exit[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._settle(p_exits pgsched._exit[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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
  perform pgsched._tell(array(select u.id from unnest(p_exits) as u where u.next in ('dead', 'cancelled') or u.id = any(v_cancelled)));
end $$;

-- Name: _split_day(text, text, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._split_day(p_parent text, p_name text, p_lo bigint, p_hours bigint) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO ''
    SET lock_timeout TO '50ms'
    AS $$
-- Replace the partition of a day to come by partitions of p_hours (1..23) hours.
-- Returns  false, and does nothing, if it holds rows.
-- Locks    the parent, ACCESS EXCLUSIVE, for as long as it takes to attach: all is created before.
-- Errors   55P03 the parent is locked.
declare
  v_part bigint := 3600 * p_hours << 20;
  v_hi bigint := p_lo + pgsched._day();
  v_lo bigint;
  v_full boolean;
begin
  for v_lo in select g from generate_series(p_lo, v_hi - 1, v_part) as g loop
    perform pgsched._create(p_parent, pgsched._partition_name(p_parent, v_lo, least(v_lo + v_part, v_hi)));
  end loop;
  execute format('lock table only pgsched.%I in access exclusive mode', p_parent);
  execute format('select exists (select from pgsched.%I)', p_name) into v_full;
  if v_full then
    for v_lo in select g from generate_series(p_lo, v_hi - 1, v_part) as g loop
      execute format('drop table pgsched.%I', pgsched._partition_name(p_parent, v_lo, least(v_lo + v_part, v_hi)));
    end loop;
    return false;
  end if;
  execute format('drop table pgsched.%I', p_name);
  for v_lo in select g from generate_series(p_lo, v_hi - 1, v_part) as g loop
    perform pgsched._attach(p_parent, pgsched._partition_name(p_parent, v_lo, least(v_lo + v_part, v_hi)), v_lo,
                            least(v_lo + v_part, v_hi));
  end loop;
  return true;
end $$;

-- Name: _stat_queue(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._stat_queue() RETURNS TABLE(queue text, paused boolean, ready bigint, scheduled bigint, blocked bigint, running bigint, dead bigint, capped boolean, oldest_due_s double precision, succeeded_per_s numeric, failed_per_s numeric, wait_ms_p50 integer, wait_ms_p95 integer, run_ms_p50 integer, run_ms_p95 integer)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
-- The rows of stat_queue. Definer: an observer need not read the private tables.
-- Jobs that wait in _blocked are counted by what they wait for (a task, a queue's suspects), as its index has them.
declare
  v_now timestamptz := pgsched.clock();
begin
  return query
  with depth as materialized (
    select l.queue, sum(l.ready)::bigint as ready, sum(l.scheduled)::bigint as scheduled, min(l.oldest_due_at) as oldest,
           bool_or(l.ready > 10000 or l.scheduled > 10000) as capped
      from pgsched._lane_depth() as l group by l.queue),
  recent as materialized (select * from pgsched._recent('queue')),
  names as materialized (
    select d.queue as name from depth as d union select q.name from pgsched._queue as q union select r.name from recent as r),
  waits as materialized (
    select b.queue, count(*) as jobs
      from (select 'task_paused' as reason, t.name as subject from pgsched._task as t
            union all select 'suspect', n.name from names as n) as s
     cross join lateral (select b.queue from pgsched._blocked as b where b.reason = s.reason and b.subject = s.subject
                          order by b.reason, b.subject, b.due_at, b.id limit 10001) as b
     group by b.queue),
  held as (select c.queue, sum(cardinality(c.ids))::bigint as jobs from pgsched._claim as c group by c.queue)
  select n.name, coalesce(q.paused, false), coalesce(d.ready, 0), coalesce(d.scheduled, 0), coalesce(w.jobs, 0),
         coalesce(h.jobs, 0), e.jobs, coalesce(d.capped, false) or coalesce(w.jobs, 0) > 10000 or e.jobs > 10000,
         round(extract(epoch from v_now - d.oldest)::numeric, 1)::double precision,
         coalesce(r.succeeded_per_s, 0), coalesce(r.failed_per_s, 0),
         r.wait_ms_p50, r.wait_ms_p95, r.run_ms_p50, r.run_ms_p95
    from names as n
   cross join lateral (
      select count(*) as jobs from (select from pgsched._ended as e where e.state = 'dead' and e.queue = n.name
                                     order by e.state, e.queue, e.id limit 10001) as c) as e
    left join pgsched._queue as q on q.name = n.name
    left join depth as d on d.queue = n.name
    left join waits as w on w.queue = n.name
    left join held as h on h.queue = n.name
    left join recent as r on r.name = n.name;
end $$;

-- Name: _stat_task(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._stat_task() RETURNS TABLE(task text, queue text, priority integer, max_attempts integer, paused boolean, blocked bigint, running bigint, dead bigint, workers bigint, succeeded_per_s numeric, failed_per_s numeric, wait_ms_p50 integer, wait_ms_p95 integer, run_ms_p50 integer, run_ms_p95 integer)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
-- The rows of stat_task. Definer: an observer need not read the private tables.
declare
  v_now timestamptz := pgsched.clock();
  v_ids bigint[] := array(select unnest(c.ids) from pgsched._claim as c);
begin
  return query
  with recent as materialized (select * from pgsched._recent('task')),
  -- BETWEEN prunes the partitions once, where a join would touch every one for every job
  held as materialized (
    select j.task, count(*) as jobs from pgsched._job as j
     where j.id = any(v_ids) and j.id between (select min(u) from unnest(v_ids) as u) and (select max(u) from unnest(v_ids) as u)
     group by j.task),
  buried as materialized (
    select e.task, count(*) as jobs
      from (select d.task from pgsched._ended as d where d.state = 'dead' order by d.state desc, d.ended_at desc limit 10000) as e
     group by e.task),
  known as materialized (
    select u.task, count(*) as workers from pgsched._worker as w cross join unnest(w.tasks) as u (task)
     where w.lease_until > v_now and w.role = 'child' group by u.task),
  names as materialized (
    select t.name from pgsched._task as t union select h.task from held as h union select b.task from buried as b
    union select r.name from recent as r)
  select n.name, t.queue::text, t.priority::integer, t.max_attempts::integer, coalesce(t.paused, false), w.jobs, coalesce(h.jobs, 0),
         coalesce(b.jobs, 0), coalesce(k.workers, 0), coalesce(r.succeeded_per_s, 0), coalesce(r.failed_per_s, 0),
         r.wait_ms_p50, r.wait_ms_p95, r.run_ms_p50, r.run_ms_p95
    from names as n
   cross join lateral (
      select count(*) as jobs from (select from pgsched._blocked as q where q.reason = 'task_paused' and q.subject = n.name
                                     order by q.reason, q.subject, q.due_at, q.id limit 10001) as c) as w
    left join pgsched._task as t on t.name = n.name
    left join held as h on h.task = n.name
    left join buried as b on b.task = n.name
    left join known as k on k.task = n.name
    left join recent as r on r.name = n.name;
end $$;

-- Name: _step_blocked(timestamp with time zone, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._step_blocked(p_now timestamp with time zone, p_mark bigint, p_did bigint) RETURNS pgsched._step
    LANGUAGE plpgsql
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
-- Jobs that waited for a task which is not paused any more: 1,000 a step of the first such task become ready.
-- Locks    _blocked rows, skipping what is locked.   Notifies  as _announce().
declare
  v_task text;
  v_count integer;
begin
  -- from one subject to the next by the index, however many jobs wait for each
  with recursive waiting as (
    (select b.subject from pgsched._blocked as b where b.reason = 'task_paused' order by b.reason, b.subject limit 1)
     union all
    select (select b.subject from pgsched._blocked as b where b.reason = 'task_paused' and b.subject > w.subject
             order by b.reason, b.subject limit 1)
      from waiting as w where w.subject is not null)
  select w.subject into v_task from waiting as w
   where w.subject is not null and not exists (select from pgsched._task as t where t.name = w.subject and t.paused) limit 1;
  if v_task is null then
    return ('no job waits for a task that runs', 0, 0, p_now + interval '10 seconds', null)::pgsched._step;
  end if;
  v_count := pgsched._admit_blocked(v_task, 1000);
  return (format('admitted %s jobs of %s', v_count, v_task), v_count, 0,
          case when v_count = 0 then p_now + interval '1 second' else p_now end, null)::pgsched._step;
end $$;

-- Name: _step_orphans(timestamp with time zone, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._step_orphans(p_now timestamp with time zone, p_mark bigint, p_did bigint) RETURNS pgsched._step
    LANGUAGE plpgsql
    SET search_path TO ''
    SET jit TO 'off'
    AS $$
-- Look once at each job when it is a minute old: one that is in no table and never succeeded (after a restore of some tables
-- only, or from replicas) is made ready again. 5,000 jobs a call; who falls ten minutes behind jumps, after that call.
-- Notifies  as _announce().   Warns  of what it found.
declare
  c_few constant integer := 5000;
  v_end bigint := pgsched.id_at(p_now - interval '1 minute');
  v_ids bigint[] := array(select j.id from pgsched._job as j where j.id > p_mark and j.id < v_end order by j.id limit c_few);
  v_full boolean := cardinality(v_ids) = c_few;
  v_mark bigint := case when v_full and pgsched.id_time(v_ids[c_few]) > p_now - interval '10 minutes' then v_ids[c_few]
                        else v_end - 1 end;
  v_orphans bigint[];
  v_note text;
begin
  if p_mark = 0 then   -- a new installation, or the first time
    return ('began', 0, v_end - 1, p_now + interval '5 seconds', null)::pgsched._step;
  end if;
  v_orphans := pgsched._orphans(v_ids);
  if v_orphans <> '{}' then
    perform pgsched._admit_orphans(v_orphans, p_now);
    v_note := format('%s jobs in no table were made ready again at %s, the first is %s',
                     cardinality(v_orphans), p_now, v_orphans[1]);
    raise warning using message = v_note, hint = 'was this database restored in part, or is it a copy made by replication?';
  end if;
  return (format('looked at %s jobs, %s were in no table', cardinality(v_ids), cardinality(v_orphans)),
          cardinality(v_orphans), greatest(v_mark, p_mark),
          p_now + case when v_full then interval '1 second' else interval '5 seconds' end, v_note)::pgsched._step;
end $$;

-- Name: _step_partitions(timestamp with time zone, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._step_partitions(p_now timestamp with time zone, p_mark bigint, p_did bigint) RETURNS pgsched._step
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Make partitions ahead, ten a step; then, if partition_hours is less than a day, split tomorrow and the day after, one
-- partition a step. Today's is in use and stays.
-- Errors   55P03 a parent is locked.
declare
  v_today bigint := pgsched.id_at(p_now) / pgsched._day() * pgsched._day();
  v_hours bigint := pgsched._setting('partition_hours');
  v_made integer := pgsched._make_partitions(p_now, 10);
  v_day record;
begin
  if v_made > 0 then return (format('made %s partitions', v_made), v_made, 0, p_now, null)::pgsched._step; end if;
  if v_hours < 24 then
    -- a day that cannot be split any more, because it holds rows, is passed over by the mark
    select p.parent, x.* into v_day
      from unnest(array['_job', '_run', '_log']) with ordinality as p (parent, n) cross join pgsched._partitions(p.parent) as x
     where x.lo > v_today and x.lo <= v_today + 2 * pgsched._day() and x.hi - x.lo = pgsched._day()
       and x.lo + p.n > p_mark
     order by x.lo, p.n limit 1;
    if found then
      if pgsched._split_day(v_day.parent, v_day.name, v_day.lo, v_hours) then
        return (format('split %s', v_day.name), 1, p_mark, p_now, null)::pgsched._step;
      end if;
      return (format('left %s whole: it holds rows', v_day.name), 0,
              v_day.lo + array_position(array['_job', '_run', '_log'], v_day.parent), p_now, null)::pgsched._step;
    end if;
  end if;
  return ('all partitions are there', 0, 0, p_now + interval '1 hour', null)::pgsched._step;
end $$;

-- Name: _step_retention(timestamp with time zone, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._step_retention(p_now timestamp with time zone, p_mark bigint, p_did bigint) RETURNS pgsched._step
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Forget jobs that ended more than retention_days ago, with their runs and logs: one partition a step, oldest first. A
-- partition is left alone for an hour longer, so that the jobs which ran over its end have been kept long enough too.
-- Errors   55P03 a lock.
declare
  v_since timestamptz := p_now - make_interval(days => pgsched._setting('retention_days')::integer);
  v_old bigint := pgsched.id_at(v_since - interval '1 hour');
  v_part record;
  v_done record;
  v_text text;
begin
  select x.* into v_part from pgsched._partitions('_job') as x where x.hi <= v_old and x.hi > p_mark order by x.lo limit 1;
  if found then
    v_done := pgsched._expire_jobs(v_part.name, v_part.lo, v_part.hi, p_mark, v_since);
    return (v_done.done, v_done.did, v_done.mark, p_now, null)::pgsched._step;
  end if;
  v_text := pgsched._expire_history(v_old, v_since);
  if v_text is not null then return (v_text, 1, p_mark, p_now, null)::pgsched._step; end if;
  return ('nothing more is to go', 0, 0, p_now + interval '1 hour', null)::pgsched._step;
end $$;

-- Name: _step_stats(timestamp with time zone, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._step_stats(p_now timestamp with time zone, p_mark bigint, p_did bigint) RETURNS pgsched._step
    LANGUAGE plpgsql
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS $_$
-- Add the next ten seconds of ended runs to _stat, five seconds after their end; two seconds at a time where the last call
-- met more than 20,000 runs, so that it stays short. Who is over an hour behind goes on from an hour ago.
declare
  v_from timestamptz := case when p_mark = 0 then date_bin('10 seconds', p_now, '2020-01-01 00:00+00')
    else greatest(to_timestamp(p_mark), date_bin('10 seconds', p_now - interval '1 hour', '2020-01-01 00:00+00')) end;
  v_slot_end timestamptz := date_bin('10 seconds', v_from, '2020-01-01 00:00+00') + interval '10 seconds';
  v_to timestamptz := case when p_did > 20000 then least(v_from + interval '2 seconds', v_slot_end) else v_slot_end end;
  v_part record;
  v_count bigint := 0;
begin
  if v_to > p_now - interval '5 seconds' then
    return ('no runs to count yet', null, extract(epoch from v_from)::bigint, v_to + interval '5 seconds', null)::pgsched._step;
  end if;
  for v_part in execute
    'select r.tableoid as part, min(r.job_id) as lo, max(r.job_id) as hi, count(*) as runs from pgsched._run as r '
    'where r.finished_at >= $1 and r.finished_at < $2 and r.job_id < $3 group by r.tableoid'
    using v_from, v_to, pgsched.id_at(v_to) + pgsched._day()   -- of partitions ahead, only one is looked at
  loop
    perform pgsched._roll_up((select c.relname from pg_catalog.pg_class as c where c.oid = v_part.part), v_part.lo, v_part.hi,
                             v_from, v_to);
    v_count := v_count + v_part.runs;
  end loop;
  return (format('counted %s runs that ended before %s', v_count, v_to), v_count, extract(epoch from v_to)::bigint,
          greatest(p_now, v_to + (v_to - v_from) + interval '5 seconds'), null)::pgsched._step;
end $_$;

-- Name: _step_summarize(timestamp with time zone, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._step_summarize(p_now timestamp with time zone, p_mark bigint, p_did bigint) RETURNS pgsched._step
    LANGUAGE plpgsql
    SET search_path TO ''
    SET lock_timeout TO '50ms'
    AS $$
-- Tell the BRIN indexes of _run on finished_at about new pages, in the four newest partitions, each ten seconds: what is not
-- summarized is read by every look at the last minutes.
-- Locks    partitions of _run, SHARE UPDATE EXCLUSIVE.   Errors  55P03: an autovacuum is at it, and will summarize too.
declare
  v_index regclass;
  v_ranges bigint := 0;
begin
  for v_index in
    select x.indexrelid::regclass
      from (select p.name from pgsched._partitions('_run') as p where p.lo <= pgsched.id_at(p_now) order by p.lo desc limit 4) as p
      join pg_catalog.pg_index as x on x.indrelid = to_regclass('pgsched.' || p.name)
      join pg_catalog.pg_class as c on c.oid = x.indexrelid
      join pg_catalog.pg_am as a on a.oid = c.relam and a.amname = 'brin'
  loop
    v_ranges := v_ranges + brin_summarize_new_values(v_index);
  end loop;
  return (format('summarized %s ranges of pages', v_ranges), v_ranges, 0, p_now + interval '10 seconds', null)::pgsched._step;
end $$;

-- Name: _step_sweep(timestamp with time zone, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._step_sweep(p_now timestamp with time zone, p_mark bigint, p_did bigint) RETURNS pgsched._step
    LANGUAGE plpgsql
    SET search_path TO ''
    SET jit TO 'off'
    AS $$
-- Remove leavings, up to 5,000 rows of each kind: sleepers and waiters that died, cancels of jobs that no longer run, doubles
-- of lanes, roll-ups older than 24 hours.
-- Locks    rows of _idle, _waiter, _cancel, _lane and _stat, skipping what is locked.
declare
  v_counts bigint[] := '{}';
  v_count bigint;
begin
  delete from pgsched._idle as i where i.worker = any(array(
    select x.worker from pgsched._idle as x where x.expires_at < p_now - interval '1 minute' limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  delete from pgsched._waiter as w where w.ctid = any(array(
    select x.ctid from pgsched._waiter as x where x.expires_at < p_now - interval '1 minute' limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  -- Only a job that succeeded leaves its cancel behind, and it never runs again.
  delete from pgsched._cancel as k where k.id = any(array(
    select x.id from pgsched._cancel as x where x.id not in (select unnest(c.ids) from pgsched._claim as c)
     limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  -- The lane's row of the smallest ctid stays. Even two sweeps with different snapshots leave one: each keeps the smallest
  -- that it sees, so both would have to see a smaller one than the other's.
  delete from pgsched._lane as l where l.ctid = any(array(
    select x.ctid from pgsched._lane as x
     where exists (select from pgsched._lane as y where y.queue = x.queue and y.priority = x.priority and y.ctid < x.ctid)
     limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  delete from pgsched._stat as s where s.ctid = any(array(
    select x.ctid from pgsched._stat as x where x.slot < p_now - interval '24 hours'
     order by x.slot limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  return (format('removed %s sleepers, %s waiters, %s cancels, %s lanes, %s roll-ups', variadic v_counts),
          (select sum(u) from unnest(v_counts) as u), 0,
          case when 5000 = any(v_counts) then p_now else p_now + interval '1 minute' end, null)::pgsched._step;
end $$;

-- Name: _take(uuid, bigint[], bigint[], integer[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._take(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[]) RETURNS SETOF pgsched._exit
    LANGUAGE plpgsql
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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

-- Name: _tell(bigint[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._tell(p_ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Jobs ended: notify if somebody waits for one of them.
begin
  if current_setting('transaction_isolation') = 'read committed' and not exists (
    select from pgsched._waiter as w where w.id = any(p_ids) and w.expires_at > pgsched.clock())
  then return; end if;
  perform pgsched._notify('pgsched_done', '');
end $$;

-- Name: _thin(bigint, bigint, timestamp with time zone, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._thin(p_lo bigint, p_hi bigint, p_since timestamp with time zone, p_limit integer) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS $$
-- Delete the jobs that are not kept among the first p_limit with ids from p_lo to below p_hi, with all that belongs to them.
-- For partitions in which too many jobs live to _rebuild() them. Locks no table.
-- Returns  the id to go on from; p_hi when there are no more.
-- Locks    _ended rows, skipping what is locked: a job that is being redriven stays.
declare
  v_end bigint := coalesce((select j.id from pgsched._job as j where j.id >= p_lo and j.id < p_hi
                             order by j.id offset p_limit limit 1), p_hi);
  v_kept bigint[];
  v_gone bigint[];
begin
  delete from pgsched._ended as e where e.id = any(array(
    select x.id from pgsched._ended as x where x.id >= p_lo and x.id < v_end and x.ended_at < p_since
     order by x.id for update skip locked));
  -- a later statement: it sees who was redriven before we came, and who still holds a row of _ended stays
  v_kept := array(select k.id from pgsched._kept(p_lo, v_end, p_since) as k (id)
                   union all
                  select x.id from pgsched._ended as x where x.id >= p_lo and x.id < v_end);
  v_gone := array(select j.id from pgsched._job as j where j.id >= p_lo and j.id < v_end
                  except select u from unnest(v_kept) as u);
  delete from pgsched._job as j where j.id = any(v_gone) and j.id >= p_lo and j.id < v_end;
  delete from pgsched._run as r where r.job_id = any(v_gone) and r.job_id >= p_lo and r.job_id < v_end;
  delete from pgsched._log as l where l.job_id = any(v_gone) and l.job_id >= p_lo and l.job_id < v_end;
  return v_end;
end $$;

-- Name: _upcoming(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._upcoming() RETURNS TABLE(id bigint, task text, queue text, priority integer, due_at timestamp with time zone, due_in_s double precision, attempt integer, args jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
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

-- Name: _wake(text[], timestamp with time zone[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._wake(p_queues text[], p_dues timestamp with time zone[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
-- Notify the sleepers, if one of them would wake later than one of these queues has a job due.
-- NOTIFY takes a global lock at commit, so under load (nobody sleeps) none is sent.
begin
  -- Another isolation level may not show a sleeper who registered meanwhile: always notify then.
  if current_setting('transaction_isolation') = 'read committed' and not exists (
    select from pgsched._idle as i cross join unnest(p_queues, p_dues) as d (queue, due_at)
     where d.queue = any(i.queues) and d.due_at < i.wake_at and i.expires_at > pgsched.clock())
  then return; end if;
  perform pgsched._notify('pgsched', '');
end $$;

-- Name: await(uuid, bigint, double precision); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.await(p_waiter uuid, p_id bigint, p_for_s double precision) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Ask for a notification on pgsched_done when the job ends, for p_for_s (0..86400) seconds. As with nap(), whoever ends
-- it may have begun before: poll until a transaction id taken afterwards is older than every open transaction.
-- Errors   PS001 unknown job; PS010 p_for_s.
begin
  perform pgsched._require_range('p_for_s', p_for_s::numeric, 0, 86400);
  perform pgsched._require_job(p_id);
  insert into pgsched._waiter as w (id, waiter, expires_at) values (p_id, p_waiter, pgsched.clock() + make_interval(secs => p_for_s))
  on conflict (id, waiter) do update set expires_at = excluded.expires_at;
end $$;

-- Name: FUNCTION await(p_waiter uuid, p_id bigint, p_for_s double precision); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.await(p_waiter uuid, p_id bigint, p_for_s double precision) IS 'Ask to be notified (channel pgsched_done) when a job ends.';

-- Name: cancel(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.cancel(id bigint) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- A job that waits is cancelled at once; one that runs is told to stop, and ends cancelled unless it succeeds first.
-- Returns  cancelled; cancelling (it runs); or the state it had already: succeeded, dead, expired.
-- Locks    one row of _blocked, _ready or _claim.   Notifies  pgsched_cancel.
-- Errors   PS001 unknown job; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_state pgsched.job_state;
  v_worker uuid;
begin
  perform pgsched._require_read_committed();
  loop
    with gone as (delete from pgsched._blocked as b where b.id = cancel.id returning b.attempt, b.queue)
    insert into pgsched._ended (id, ended_at, attempt, state, queue, task)
    select j.id, v_now, g.attempt - 1, 'cancelled', g.queue, j.task from gone as g, pgsched._job as j where j.id = cancel.id;
    if found then
      perform pgsched._tell(array[cancel.id]);
      return 'cancelled';
    end if;

    with gone as (delete from pgsched._ready as r where r.id = cancel.id returning r.attempt, r.queue)
    insert into pgsched._ended (id, ended_at, attempt, state, queue, task)
    select j.id, v_now, g.attempt - 1, 'cancelled', g.queue, j.task from gone as g, pgsched._job as j where j.id = cancel.id;
    if found then
      perform pgsched._tell(array[cancel.id]);
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

-- Name: FUNCTION cancel(id bigint); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.cancel(id bigint) IS 'Cancel a job: at once if it waits; if it runs, its handler is told. Returns cancelled, cancelling, or the final state it had.';

-- Name: cancels(uuid); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.cancels(p_worker uuid) RETURNS SETOF bigint
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  select k.id from pgsched._cancel as k where k.worker = p_worker $$;

-- Name: FUNCTION cancels(p_worker uuid); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.cancels(p_worker uuid) IS 'The running jobs of this worker that shall stop.';

-- Name: claim(uuid, text, integer, jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.claim(p_worker uuid, p_queue text, p_limit integer, p_cursors jsonb DEFAULT NULL::jsonb) RETURNS TABLE(claim bigint, id bigint, attempt integer, task text, args text, timeout_s double precision, cursor text)
    LANGUAGE plpgsql
    SET search_path TO ''
    SET "DateStyle" TO 'iso'
    SET work_mem TO '16MB'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_sort TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
-- Take up to p_limit (1..10000) due jobs of one queue for one worker, highest priority first, then by (due_at, id).
-- Returns  0..p_limit rows, lane by lane, unordered within; none means nothing is due, or the queue is paused.
--          One row of each batch carries a cursor for its lane: pass {"<priority>": cursor} next time to start there.
-- Skips    rows another transaction holds, so it may return fewer than are due. With cursors, also rows that became
--          visible more than 250 ms late: claim without, now and then and before sleeping.
-- Locks    _ready rows.   Notifies  nothing.
-- Errors   PS010 p_limit; PS021 no lease; PS023 not READ COMMITTED.
-- All rows are kept until the last is made: with 4 MB of work_mem, 500 jobs of 16 KB went by way of a file, 8 us each.
declare
  v_now timestamptz := pgsched.clock();
  v_special text[];
  v_lane record;
  v_priority integer := 2147483647;   -- the lane that was reached
  v_left integer := p_limit;
  v_asked integer;
  v_claim bigint;
  v_cursor text;
  v_count bigint;
begin
  if not pgsched._may_claim(p_worker, p_queue, p_limit, v_now) then return; end if;
  v_special := array(select t.name from pgsched._task as t where t.paused or t.transactional);

  loop
    v_asked := least(v_left, 250);   -- a _claim row of 250 jobs is 3 kB
    for v_lane in
      with taken as (
        delete from pgsched._ready as r where r.ctid = any(array(
          -- lane after lane, until the outer LIMIT stops it: an empty one costs 3 us, with statements of its own 15
          select q.ctid
            from (select distinct n.priority from pgsched._lane as n
                   where n.queue = p_queue and n.priority <= v_priority order by n.priority desc) as l
           cross join lateral pgsched._claim_from(  -- what this call itself took need not be looked at again
             p_cursors ->> l.priority::text, case l.priority when v_priority then 'infinity' else v_now end) as f
           cross join lateral (
             select d.ctid from pgsched._ready as d
              where d.queue = p_queue and d.priority = l.priority and d.due_at <= v_now and (d.due_at, d.id) >= (f.due_at, f.id)
              order by d.queue, d.priority desc, d.due_at, d.id
              limit v_asked for update skip locked) as q
           limit v_asked))
        returning r.id, r.attempt, r.due_at, r.priority)
      select t.priority, array_agg(t.id) as ids, array_agg(t.attempt) as attempts, max(t.due_at) as due_at, min(t.id) as lo, max(t.id) as hi,
             case when max(t.attempt) = min(t.attempt) then max(t.attempt) end as attempt   -- array_position costs 1 us a job
        from (select * from taken as u order by u.priority desc, u.due_at, u.id) as t group by t.priority order by t.priority desc
    loop
      v_left := v_left - cardinality(v_lane.ids);
      v_asked := v_asked - cardinality(v_lane.ids);
      v_priority := v_lane.priority;
      v_cursor := v_priority || '/' || v_lane.due_at || '/' || v_lane.ids[cardinality(v_lane.ids)];
      if v_special <> '{}' then
        return query select * from pgsched._file_apart(
          p_worker, p_queue, v_priority, v_now, v_lane.ids, v_lane.attempts, v_special, v_cursor);
      else
        insert into pgsched._claim (id, worker, claimed_at, priority, flags, queue, ids, attempts)
        values (pgsched._new_claim_id(), p_worker, v_now, v_priority, 0, p_queue, v_lane.ids, v_lane.attempts)
        returning _claim.id into v_claim;
        -- BETWEEN prunes the partitions once; a join would touch every one for every job
        return query
        select v_claim, j.id, coalesce(v_lane.attempt, v_lane.attempts[array_position(v_lane.ids, j.id)]), j.task, j.args::text,
               j.timeout_s, case when j.id = v_lane.hi then v_cursor end
          from pgsched._job as j where j.id = any(v_lane.ids) and j.id between v_lane.lo and v_lane.hi;
        get diagnostics v_count = row_count;
        if v_count < cardinality(v_lane.ids) then perform pgsched._bury_missing(p_worker, v_claim); end if;
      end if;
    end loop;
    exit when v_asked > 0 or v_left = 0;
    p_cursors := coalesce(p_cursors, '{}') || jsonb_build_object(v_priority, v_cursor);
  end loop;
end $$;

-- Name: FUNCTION claim(p_worker uuid, p_queue text, p_limit integer, p_cursors jsonb); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.claim(p_worker uuid, p_queue text, p_limit integer, p_cursors jsonb) IS 'Take up to p_limit due jobs of a queue for a registered worker. Each row is a job that this worker now holds, until finish(), fail(), snooze() or release() with its (claim, id, attempt), or until the worker''s lease ends.';

-- Name: claim_suspect(uuid, text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.claim_suspect(p_worker uuid, p_queues text[]) RETURNS TABLE(claim bigint, id bigint, attempt integer, task text, args text, timeout_s double precision, cursor text)
    LANGUAGE plpgsql
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET enable_sort TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
-- Take the one suspect that is due first in these queues: it runs alone, in a child kept for that.
-- Returns  0 or 1 row, as claim().   Locks  one _blocked row.   Errors  PS021 no lease; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_taken pgsched._blocked;
  v_claim bigint := pgsched._new_claim_id();
begin
  perform pgsched._require_read_committed();
  perform pgsched._require_live(p_worker, v_now);
  delete from pgsched._blocked as b where b.id = (
    select q.id from pgsched._blocked as q
     where q.reason = 'suspect' and q.subject = any(p_queues) and q.due_at <= v_now
       and not pgsched._held(q.id, q.queue)
     order by q.due_at, q.id limit 1 for update skip locked)
  returning b.* into v_taken;
  if v_taken.id is null then return; end if;
  insert into pgsched._claim (id, worker, claimed_at, priority, flags, queue, ids, attempts)
  select v_claim, p_worker, v_now, v_taken.priority, case when bool_or(t.transactional) then 3 else 2 end, v_taken.queue,
         array[v_taken.id], array[v_taken.attempt]
    from pgsched._job as j join pgsched._task as t on t.name = j.task where j.id = v_taken.id;
  return query
  select v_claim, j.id, v_taken.attempt, j.task, j.args::text, j.timeout_s, null::text from pgsched._job as j where j.id = v_taken.id;
  if not found then perform pgsched._bury_missing(p_worker, v_claim); end if;
end $$;

-- Name: FUNCTION claim_suspect(p_worker uuid, p_queues text[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.claim_suspect(p_worker uuid, p_queues text[]) IS 'Take one job whose workers died twice, to run it alone; rows as claim().';

-- Name: complete(uuid, bigint, bigint, integer, jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.complete(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_result jsonb DEFAULT NULL::jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- End one job of a transactional task as succeeded, in the caller's transaction and any isolation level: the job
-- is done if and only if the caller's own writes commit.
-- Locks    one _claim row, of this job alone.
-- Errors   PS021 the worker no longer holds the job; PS022 the task is not transactional; 40001 as usual.
declare
  v_claim pgsched._claim;
begin
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
  perform pgsched._tell(array[p_id]);
end $$;

-- Name: FUNCTION complete(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_result jsonb); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.complete(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_result jsonb) IS 'End a job of a transactional task as succeeded, inside the transaction of its effects: exactly once.';

-- Name: declare_task(text, text, integer, integer, jsonb, double precision, text, boolean, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.declare_task(name text, queue text DEFAULT 'default'::text, priority integer DEFAULT 0, max_attempts integer DEFAULT 10, retry jsonb DEFAULT '{"kind": "exponential_jitter"}'::jsonb, timeout_s double precision DEFAULT NULL::double precision, isolation text DEFAULT 'none'::text, transactional boolean DEFAULT false, description text DEFAULT NULL::text) RETURNS void
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  insert into pgsched._task as t (name, queue, priority, max_attempts, retry, timeout_s, isolation, transactional, description)
  values (declare_task.name, declare_task.queue, declare_task.priority, declare_task.max_attempts, declare_task.retry,
          declare_task.timeout_s, declare_task.isolation, declare_task.transactional, declare_task.description)
  on conflict (name) do update
    set queue = excluded.queue, priority = excluded.priority, max_attempts = excluded.max_attempts, retry = excluded.retry,
        timeout_s = excluded.timeout_s, isolation = excluded.isolation, transactional = excluded.transactional,
        description = excluded.description, updated_at = excluded.updated_at
  where (t.queue, t.priority, t.max_attempts, t.retry::jsonb, t.timeout_s, t.isolation, t.transactional, t.description)
        is distinct from (excluded.queue, excluded.priority, excluded.max_attempts, excluded.retry::jsonb, excluded.timeout_s,
                          excluded.isolation, excluded.transactional, excluded.description) $$;

-- Name: FUNCTION declare_task(name text, queue text, priority integer, max_attempts integer, retry jsonb, timeout_s double precision, isolation text, transactional boolean, description text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.declare_task(name text, queue text, priority integer, max_attempts integer, retry jsonb, timeout_s double precision, isolation text, transactional boolean, description text) IS 'Write a task''s policy into the catalogue; workers call it for each @task at their start. Whether it is paused stays as it is.';

-- Name: enqueue(text, jsonb, text, integer, timestamp with time zone, interval, integer, double precision, jsonb, text, jsonb, text, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.enqueue(task text, args jsonb DEFAULT '{}'::jsonb, queue text DEFAULT NULL::text, priority integer DEFAULT NULL::integer, due_at timestamp with time zone DEFAULT NULL::timestamp with time zone, delay interval DEFAULT NULL::interval, max_attempts integer DEFAULT NULL::integer, timeout_s double precision DEFAULT NULL::double precision, retry jsonb DEFAULT NULL::jsonb, key text DEFAULT NULL::text, labels jsonb DEFAULT NULL::jsonb, trace text DEFAULT NULL::text, parent_id bigint DEFAULT NULL::bigint) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Make one job, in the caller's transaction. Invoker: it takes the same rights as the INSERT.
-- Returns  its id.
-- Errors   PS010 delay; 23514 and 23502 with a constraint whose name says what is allowed.
declare
  v_id bigint;
begin
  insert into pgsched.job (task, args, queue, priority, due_at, max_attempts, timeout_s, retry, key, labels, trace, parent_id)
  values (enqueue.task, enqueue.args, enqueue.queue, enqueue.priority,
          pgsched._due_at(enqueue.due_at, enqueue.delay), enqueue.max_attempts, enqueue.timeout_s, enqueue.retry,
          enqueue.key, enqueue.labels, enqueue.trace, enqueue.parent_id)
  returning job.id into v_id;
  return v_id;
end $$;

-- Name: FUNCTION enqueue(task text, args jsonb, queue text, priority integer, due_at timestamp with time zone, delay interval, max_attempts integer, timeout_s double precision, retry jsonb, key text, labels jsonb, trace text, parent_id bigint); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.enqueue(task text, args jsonb, queue text, priority integer, due_at timestamp with time zone, delay interval, max_attempts integer, timeout_s double precision, retry jsonb, key text, labels jsonb, trace text, parent_id bigint) IS 'Make one job; returns its id. NULL means the task''s policy, else: queue default, priority 0 (-100..100, higher first), due now, 10 attempts. due_at in the past means now; delay (not negative) counts from now.';

-- Name: enqueue_many(text, jsonb[], text, integer, timestamp with time zone, interval, integer, double precision, jsonb, jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.enqueue_many(task text, args jsonb[], queue text DEFAULT NULL::text, priority integer DEFAULT NULL::integer, due_at timestamp with time zone DEFAULT NULL::timestamp with time zone, delay interval DEFAULT NULL::interval, max_attempts integer DEFAULT NULL::integer, timeout_s double precision DEFAULT NULL::double precision, retry jsonb DEFAULT NULL::jsonb, labels jsonb DEFAULT NULL::jsonb) RETURNS SETOF bigint
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Make one job of a task for each element of args, in one INSERT.
-- Returns  their ids, in the order of args.   Errors  as enqueue().
declare
  v_due_at timestamptz := pgsched._due_at(enqueue_many.due_at, enqueue_many.delay);
begin
  return query
  insert into pgsched.job (task, args, queue, priority, due_at, max_attempts, timeout_s, retry, labels)
  select enqueue_many.task, a.args, enqueue_many.queue, enqueue_many.priority, v_due_at, enqueue_many.max_attempts,
         enqueue_many.timeout_s, enqueue_many.retry, enqueue_many.labels
    from unnest(enqueue_many.args) as a (args)
  returning job.id;
end $$;

-- Name: FUNCTION enqueue_many(task text, args jsonb[], queue text, priority integer, due_at timestamp with time zone, delay interval, max_attempts integer, timeout_s double precision, retry jsonb, labels jsonb); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.enqueue_many(task text, args jsonb[], queue text, priority integer, due_at timestamp with time zone, delay interval, max_attempts integer, timeout_s double precision, retry jsonb, labels jsonb) IS 'Make one job of one task for each element of args; returns their ids in that order. Else as enqueue().';

-- Name: evict(uuid, bigint[], boolean); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.evict(p_worker uuid, p_keep bigint[] DEFAULT '{}'::bigint[], p_started boolean DEFAULT true) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Give back all that a worker holds but the claims it names, uncharged, as release() does: its supervisor had to kill
-- it, or the answer to one of its claims was lost on the way, so that it knows nothing of these jobs (p_started false).
-- Returns  how many jobs.   Locks  _claim rows by id.   Notifies  as _announce().   Errors  PS023 not READ COMMITTED.
declare
  v_claims bigint[];
  v_ids bigint[];
  v_attempts integer[];
begin
  select array_agg(c.id), array_agg(u.id), array_agg(u.attempt) into v_claims, v_ids, v_attempts
    from pgsched._claim as c cross join unnest(c.ids, c.attempts) as u (id, attempt) where c.worker = p_worker and c.id <> all(p_keep);
  if v_ids is null then return 0; end if;
  return pgsched.release(p_worker, v_claims, v_ids, v_attempts, array_fill(p_started, array[cardinality(v_ids)]));
end $$;

-- Name: FUNCTION evict(p_worker uuid, p_keep bigint[], p_started boolean); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.evict(p_worker uuid, p_keep bigint[], p_started boolean) IS 'Give back all that a worker holds but the claims it names, uncharged; returns how many jobs.';

-- Name: explain(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.explain(INOUT id bigint, OUT state pgsched.job_state, OUT reasons text[], OUT attempt integer, OUT max_attempts integer, OUT due_at timestamp with time zone, OUT last_error text) RETURNS record
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
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

-- Name: FUNCTION explain(INOUT id bigint, OUT state pgsched.job_state, OUT reasons text[], OUT attempt integer, OUT max_attempts integer, OUT due_at timestamp with time zone, OUT last_error text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.explain(INOUT id bigint, OUT state pgsched.job_state, OUT reasons text[], OUT attempt integer, OUT max_attempts integer, OUT due_at timestamp with time zone, OUT last_error text) IS 'Why a job is not running, in one row: reasons has every one of them, for people to read (empty: it runs). attempt counts claims so far; last_error is that of its last run that had one. Raises PS001 for an unknown id.';

-- Name: fail(uuid, bigint[], bigint[], integer[], text[], pgsched.run_outcome[], double precision[], boolean[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.fail(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_errors text[], p_outcomes pgsched.run_outcome[] DEFAULT NULL::pgsched.run_outcome[], p_retry_in_s double precision[] DEFAULT NULL::double precision[], p_final boolean[] DEFAULT NULL::boolean[]) RETURNS TABLE(id bigint, attempt integer, verdict text)
    LANGUAGE plpgsql
    SET search_path TO ''
    SET lock_timeout TO '1s'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
-- These runs did not succeed: parallel arrays, one element a job.
--   p_outcomes    failed (the default), timed_out, or cancelled: the handler asked to be
--   p_retry_in_s  when to try again, from 0 to 31536000 (what lies outside becomes the nearer end); NULL for the policy
--   p_final       true: do not try again
-- A job that has spent its max_attempts, or is final, ends dead.
-- Returns  only exceptions, as finish() does: lost, or the outcome that was recorded instead (a pending cancel wins).
-- Locks    _claim rows by id.   Notifies  as _announce().   Errors  PS010 an outcome; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_outcomes pgsched.run_outcome[] :=
    coalesce(p_outcomes, array_fill('failed'::pgsched.run_outcome, array[cardinality(p_ids)]));
  v_taken pgsched._exit[];
begin
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

-- Name: FUNCTION fail(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_errors text[], p_outcomes pgsched.run_outcome[], p_retry_in_s double precision[], p_final boolean[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.fail(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_errors text[], p_outcomes pgsched.run_outcome[], p_retry_in_s double precision[], p_final boolean[]) IS 'These runs did not succeed: they are retried by policy, or end dead. Returns only what is not as asked.';

-- Name: finish(uuid, bigint[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.finish(p_worker uuid, p_claims bigint[]) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    SET lock_timeout TO '1s'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_sort TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
-- All jobs of these claims have succeeded, without results.
-- Returns  how many jobs that ended. If fewer than expected, ask for each by the longer form of finish().
-- Locks    _claim rows.   Errors  PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_waited bigint[];
  v_count integer;
begin
  perform pgsched._require_read_committed();
  if exists (select from pgsched._waiter) then
    v_waited := array(select unnest(c.ids) from pgsched._claim as c where c.id = any(p_claims) and c.worker = p_worker);
  end if;
  with ended as (
    delete from pgsched._claim as c where c.id = any(p_claims) and c.worker = p_worker
    returning c.ids, c.attempts, c.queue, c.claimed_at)
  insert into pgsched._run (job_id, attempt, outcome, charged, queue, worker, started_at, finished_at)
  select u.id, u.attempt, 'succeeded', false, e.queue, p_worker, e.claimed_at, v_now
    from ended as e cross join unnest(e.ids, e.attempts) as u (id, attempt);
  get diagnostics v_count = row_count;
  if v_waited <> '{}' then perform pgsched._tell(v_waited); end if;
  return v_count;
end $$;

-- Name: FUNCTION finish(p_worker uuid, p_claims bigint[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.finish(p_worker uuid, p_claims bigint[]) IS 'Every job of these claims succeeded, with no result to keep. Returns how many jobs that ended.';

-- Name: finish(uuid, bigint[], bigint[], integer[], text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.finish(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_results text[] DEFAULT NULL::text[]) RETURNS TABLE(id bigint, attempt integer, verdict text)
    LANGUAGE plpgsql
    SET search_path TO ''
    SET lock_timeout TO '1s'
    SET enable_nestloop TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
-- These jobs have succeeded: parallel arrays, one element a job; p_results are JSON texts, NULL for none.
-- Returns  only exceptions: (id, attempt, 'lost') where this worker no longer held the job and changed nothing, or
--          the outcome that its run already has. No rows: all is as asked. Safe to repeat.
-- Locks    _claim rows by id.
-- Errors   PS023 not READ COMMITTED; 22P02 and 54xxx if a result is not storable JSON: then nothing is done.
declare
  v_now timestamptz := pgsched.clock();
  v_count integer;
begin
  perform pgsched._require_read_committed();
  insert into pgsched._run (job_id, attempt, outcome, charged, queue, worker, started_at, finished_at, result)
  select t.id, t.attempt, 'succeeded', false, t.queue, p_worker, t.claimed_at, v_now, r.result::jsonb
    from pgsched._take(p_worker, p_claims, p_ids, p_attempts) as t
    join unnest(p_ids, p_attempts, p_results) as r (id, attempt, result) on r.id = t.id and r.attempt = t.attempt;
  get diagnostics v_count = row_count;
  perform pgsched._tell(p_ids);
  if v_count = cardinality(p_ids) then return; end if;
  return query select * from pgsched._exceptions(
    p_worker, p_ids, p_attempts, array_fill('succeeded'::pgsched.run_outcome, array[cardinality(p_ids)]));
end $$;

-- Name: FUNCTION finish(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_results text[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.finish(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_results text[]) IS 'These jobs succeeded, with results as JSON text. Returns only what is not as asked: lost, or the outcome already recorded.';

-- Name: forgo(uuid); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.forgo(p_waiter uuid) RETURNS void
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  delete from pgsched._waiter as w where w.waiter = p_waiter $$;

-- Name: FUNCTION forgo(p_waiter uuid); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.forgo(p_waiter uuid) IS 'Stop waiting: take back every await() of this waiter.';

-- Name: grant_enqueue(regrole); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.grant_enqueue(role regrole) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- For the schema's owner to call. By column, so that id, state, attempt and created_at cannot be forged.
-- Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched._require_owner();
  execute format('grant usage on schema pgsched to %s', grant_enqueue.role);
  execute format('grant select, insert (task, args, queue, priority, due_at, max_attempts, timeout_s, retry, key, labels, '
                 'trace, parent_id) '
                 'on pgsched.job to %s', grant_enqueue.role);
end $$;

-- Name: FUNCTION grant_enqueue(role regrole); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.grant_enqueue(role regrole) IS 'Let a role make jobs, by INSERT INTO pgsched.job, enqueue() or enqueue_many(), and read pgsched.job; nothing else. It is the same as: GRANT USAGE ON SCHEMA pgsched TO role; GRANT SELECT, INSERT (task, args, queue, priority, due_at, max_attempts, timeout_s, retry, key, labels, trace, parent_id) ON pgsched.job TO role.';

-- Name: grant_observe(regrole); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.grant_observe(role regrole) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- For the schema's owner to call. The functions behind the stat_ views run as their definer, and so must be granted by name.
-- Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched._require_owner();
  execute format('grant usage on schema pgsched to %s', grant_observe.role);
  execute format('grant select on pgsched.job, pgsched.run, pgsched.job_log, pgsched.dead_letters, pgsched.upcoming, '
                 'pgsched.running_now, pgsched.stat_queue, pgsched.stat_task, pgsched.stat_worker to %s', grant_observe.role);
  execute format('grant execute on function pgsched.explain(bigint), pgsched._upcoming(), pgsched._running_now(), '
                 'pgsched._stat_queue(), pgsched._stat_task() to %s', grant_observe.role);
end $$;

-- Name: FUNCTION grant_observe(role regrole); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.grant_observe(role regrole) IS 'Let a role read every public view, and call explain(); it may change nothing.';

-- Name: heartbeat(uuid[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.heartbeat(p_workers uuid[]) RETURNS SETOF uuid
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Renew the leases of a supervisor and its children.
-- Returns  those renewed. One that is missing has lost its lease: stop what it runs, and register anew.
-- Locks    _worker rows by id.   Errors  PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
begin
  perform pgsched._require_read_committed();
  perform from pgsched._worker as w where w.id = any(p_workers) order by w.id for no key update;
  return query
  update pgsched._worker as w
     set seen_at = v_now, lease_until = v_now + make_interval(secs => w.lease_s),
         live_since = case when w.lease_until < v_now then v_now else w.live_since end
   where w.id = any(p_workers) returning w.id;
end $$;

-- Name: FUNCTION heartbeat(p_workers uuid[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.heartbeat(p_workers uuid[]) IS 'Renew leases; returns the workers that still have one.';

-- Name: id_at(timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.id_at(p_at timestamp with time zone) RETURNS bigint
    LANGUAGE sql IMMUTABLE
    AS $$
  select (pg_catalog.floor(extract(epoch from p_at))::bigint - 1577836800) << 20 $$;

-- Name: FUNCTION id_at(p_at timestamp with time zone); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.id_at(p_at timestamp with time zone) IS 'The lowest id that new_id() can give at this time: a range of ids is a range of time.';

-- Name: id_time(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.id_time(p_id bigint) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE
    AS $$
  select pg_catalog.to_timestamp((p_id >> 20) + 1577836800) $$;

-- Name: FUNCTION id_time(p_id bigint); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.id_time(p_id bigint) IS 'The second in which new_id() gave this id.';

-- Name: job_state(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.job_state(id bigint) RETURNS pgsched.job_state
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  select j.state from pgsched.job as j where j.id = job_state.id $$;

-- Name: FUNCTION job_state(id bigint); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.job_state(id bigint) IS 'State of a job; NULL if no job has this id. STABLE: one snapshot, so a job is never between tables.';

-- Name: leave(uuid[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.leave(p_workers uuid[]) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Forget workers that stopped or died. What they still held is then anyone's to reap().
-- Returns  how many there were.   Locks  _worker rows by id.
declare
  v_count integer;
begin
  perform from pgsched._worker as w where w.id = any(p_workers) order by w.id for update;
  delete from pgsched._worker as w where w.id = any(p_workers);
  get diagnostics v_count = row_count;
  delete from pgsched._idle as i where i.worker = any(p_workers);
  return v_count;
end $$;

-- Name: FUNCTION leave(p_workers uuid[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.leave(p_workers uuid[]) IS 'Forget workers that stopped or died; reap() then gives back what they held.';

-- Name: log(uuid, bigint[], integer[], text[], text[], double precision[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.log(p_worker uuid, p_ids bigint[], p_attempts integer[], p_levels text[], p_messages text[], p_progress double precision[]) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Keep what handlers say while they run: parallel arrays; a message, or a progress from 0 to 1, may be NULL.
-- Returns  how many were kept: those of runs that this worker holds or has ended.
-- Errors   23514 progress; then none is kept.
declare
  v_now timestamptz := pgsched.clock();
  v_lo bigint;
  v_hi bigint;
  v_count integer;
begin
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

-- Name: FUNCTION log(p_worker uuid, p_ids bigint[], p_attempts integer[], p_levels text[], p_messages text[], p_progress double precision[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.log(p_worker uuid, p_ids bigint[], p_attempts integer[], p_levels text[], p_messages text[], p_progress double precision[]) IS 'Keep log lines and progress of running jobs; returns how many were kept.';

-- Name: nap(uuid, text[], double precision); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.nap(p_worker uuid, p_queues text[], p_poll_s double precision, OUT sleep_s double precision, OUT fresh boolean) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Register a sleeper. It is woken for any job due before it would wake by itself.
-- Returns  sleep_s: for how long, until the next job is due, at most p_poll_s (0.05..3600); and fresh: the registration
--          is new or was moved. Then take a new transaction id X, and poll until
--          pg_snapshot_xmin(pg_current_snapshot()) > X: an enqueuer who began before may not have seen it.
-- Errors   PS010 p_poll_s; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_poll interval;
  v_wake timestamptz;
  v_kept timestamptz;
begin
  perform pgsched._require_range('p_poll_s', p_poll_s::numeric, 0.05, 3600);
  perform pgsched._require_read_committed();
  v_poll := make_interval(secs => p_poll_s);
  v_wake := least(pgsched.next_due(p_queues), v_now + v_poll);
  -- A row that serves for a while yet is left alone: a worker that is woken for single jobs writes nothing here.
  select i.wake_at into v_kept from pgsched._idle as i
   where i.worker = p_worker and i.queues = p_queues and i.wake_at > v_now + v_poll / 2 and i.expires_at > i.wake_at;
  fresh := not found;
  if fresh then
    v_kept := v_now + v_poll;
    insert into pgsched._idle as i (worker, queues, wake_at, expires_at) values (p_worker, p_queues, v_kept, v_kept + v_poll)
    on conflict (worker) do update set queues = excluded.queues, wake_at = excluded.wake_at, expires_at = excluded.expires_at;
  end if;
  sleep_s := greatest(extract(epoch from least(v_wake, v_kept) - v_now), 0);
end $$;

-- Name: FUNCTION nap(p_worker uuid, p_queues text[], p_poll_s double precision, OUT sleep_s double precision, OUT fresh boolean); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.nap(p_worker uuid, p_queues text[], p_poll_s double precision, OUT sleep_s double precision, OUT fresh boolean) IS 'Register a worker as asleep for these queues; returns for how many seconds it may sleep, and whether the registration is fresh.';

-- Name: new_id(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.new_id() RETURNS bigint
    LANGUAGE sql
    AS $$
  -- floor, because a cast would round half of all ids into the next second. Up to 1,048,576 ids a second.
  select (pg_catalog.floor(extract(epoch from pg_catalog.clock_timestamp()))::bigint - 1577836800) << 20
         | pg_catalog.nextval('pgsched._id_seq') $$;

-- Name: FUNCTION new_id(); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.new_id() IS 'A time-ordered id below 2^53: seconds since 2020-01-01 UTC, shifted left by 20, and a number from a cycling sequence.';

-- Name: next_due(text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.next_due(p_queues text[]) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_sort TO 'off'
    SET jit TO 'off'
    AS $$
  select min(n.due_at)
    from (select distinct l.queue, l.priority from pgsched._lane as l where l.queue = any(p_queues)) as l
   cross join lateral (select r.due_at from pgsched._ready as r where r.queue = l.queue and r.priority = l.priority
                        order by r.queue, r.priority desc, r.due_at, r.id limit 1) as n
   where not exists (select from pgsched._queue as q where q.name = l.queue and q.paused) $$;

-- Name: FUNCTION next_due(p_queues text[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.next_due(p_queues text[]) IS 'When the next job of these queues is due, by one index look-up a lane; NULL if none waits.';

-- Name: outcome(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.outcome(id bigint, OUT state pgsched.job_state, OUT result jsonb, OUT error text) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- What came of a job: its state; its result once succeeded (NULL if it gave none), its last error once dead. Volatile: a
-- stable one would look for the result in an older snapshot than the one that showed the job's end.
-- Errors   PS001 unknown job.
begin
  state := pgsched._require_job(outcome.id);
  if state = 'succeeded' then
    select r.result into result from pgsched._run as r where r.job_id = outcome.id and r.outcome = 'succeeded';
  else
    select e.error into error from pgsched._ended as e where e.id = outcome.id;
  end if;
end $$;

-- Name: FUNCTION outcome(id bigint, OUT state pgsched.job_state, OUT result jsonb, OUT error text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.outcome(id bigint, OUT state pgsched.job_state, OUT result jsonb, OUT error text) IS 'What came of a job: state, result once succeeded, last error once dead.';

-- Name: pause_queue(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.pause_queue(queue text) RETURNS void
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  insert into pgsched._queue as q (name, paused) values (pause_queue.queue, true) on conflict (name) do update set paused = true $$;

-- Name: FUNCTION pause_queue(queue text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.pause_queue(queue text) IS 'Nobody claims from the queue until resume_queue(); what runs, goes on. Jobs may still be enqueued.';

-- Name: pause_task(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.pause_task(task text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Jobs of the task are not run until resume_task(); those whose turn comes wait in _blocked.
-- Errors   PS002 unknown task.
begin
  update pgsched._task as t set paused = true where t.name = pause_task.task;
  if found then return; end if;
  raise exception using errcode = 'PS002', message = format('task %L is not in the catalogue', pause_task.task),
    hint = 'a worker that knows it registers it at its start; or call pgsched.declare_task()';
end $$;

-- Name: FUNCTION pause_task(task text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.pause_task(task text) IS 'Hold the jobs of a task (blocked) until resume_task(); what runs, goes on.';

-- Name: reap(uuid, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.reap(p_worker uuid, p_limit integer DEFAULT 20) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
-- One step of taking over from the dead; call it until it returns 0. First, workers past their lease are forgotten: only by
-- a worker that has itself been live for a full lease, since after an outage every lease is past. Then, jobs of up to
-- p_limit (1..1000) claims whose worker is gone are given back. A first loss costs a job nothing; from the second on it is a suspect
-- and runs alone; three losses alone end it dead.
-- Returns  how many workers were forgotten or jobs given back.
-- Locks    _worker, or _claim rows, skipping what is locked.   Notifies  as _announce().
-- Errors   PS010 p_limit; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_count integer;
  v_orphans pgsched._exit[];
begin
  perform pgsched._require_range('p_limit', p_limit, 1, 1000);
  perform pgsched._require_read_committed();
  if exists (select from pgsched._worker as w where w.id = p_worker and w.lease_until > v_now
                and w.live_since <= v_now - make_interval(secs => w.lease_s)) then
    with expired as (
      select w.id from pgsched._worker as w where w.lease_until < v_now order by w.id limit p_limit for update skip locked)
    delete from pgsched._worker as w using expired as e where w.id = e.id;
    get diagnostics v_count = row_count;
    if v_count > 0 then return v_count; end if;
  end if;

  with orphaned as (
    select c.id from pgsched._claim as c where not exists (select from pgsched._worker as w where w.id = c.worker)
     order by c.id limit p_limit for update skip locked),
  taken as (delete from pgsched._claim as c using orphaned as o where c.id = o.id returning c.*)
  select array_agg(row(u.id, u.attempt, t.queue, t.priority, t.flags, t.claimed_at, t.worker, 'lost', t.flags & 2 > 0,
                       'its worker died', null, v_now)::pgsched._exit)
    into v_orphans from taken as t cross join unnest(t.ids, t.attempts) as u (id, attempt);
  if v_orphans is null then return 0; end if;

  perform pgsched._settle(array_agg(row(
            o.id, o.attempt, o.queue, o.priority, o.flags, o.claimed_at, o.worker, o.outcome, o.charged, o.error,
            case when o.charged and b.charged_losses >= 2 then 'dead'
                 when b.losses >= 1 then 'suspect' else 'ready' end, o.due_at)::pgsched._exit))
     from unnest(v_orphans) as o
     left join pgsched._budgets(array(select x.id from unnest(v_orphans) as x)) as b on b.id = o.id;
  return cardinality(v_orphans);
end $$;

-- Name: FUNCTION reap(p_worker uuid, p_limit integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.reap(p_worker uuid, p_limit integer) IS 'Take over from workers that died: one step, returns how much it did, 0 when nothing is left.';

-- Name: redrive(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.redrive(id bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Run a dead, cancelled or expired job again, now, with a fresh budget of attempts. Its history stays.
-- Locks    one _ended row.   Notifies  as _announce().
-- Errors   PS001 unknown job; PS020 it has not ended so; PS023 not READ COMMITTED.
begin
  if pgsched._redrive(array[redrive.id]) = 1 then return; end if;
  raise exception using errcode = 'PS020', message = format('job %s is %s: only dead, cancelled and expired jobs are redriven',
    redrive.id, pgsched._require_job(redrive.id));
end $$;

-- Name: FUNCTION redrive(id bigint); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.redrive(id bigint) IS 'Run a dead, cancelled or expired job again, now, with a fresh budget of attempts.';

-- Name: redrive_many(text, text, pgsched.job_state, timestamp with time zone, timestamp with time zone, text, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.redrive_many(queue text DEFAULT NULL::text, task text DEFAULT NULL::text, state pgsched.job_state DEFAULT 'dead'::pgsched.job_state, ended_after timestamp with time zone DEFAULT NULL::timestamp with time zone, ended_before timestamp with time zone DEFAULT NULL::timestamp with time zone, error_like text DEFAULT NULL::text, max_jobs integer DEFAULT 1000) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Redrive up to max_jobs (1..100000) ended jobs, oldest first, that match every filter given.
-- Returns  how many; call again while it returns max_jobs.   Locks  _ended rows by id.
-- Errors   PS010 max_jobs; PS023 not READ COMMITTED.
begin
  perform pgsched._require_range('max_jobs', redrive_many.max_jobs, 1, 100000);
  return pgsched._redrive(array(
    select e.id from pgsched._ended as e
     where e.state = redrive_many.state
       and (redrive_many.queue is null or e.queue = redrive_many.queue)
       and (redrive_many.task is null or e.task = redrive_many.task)
       and (redrive_many.ended_after is null or e.ended_at >= redrive_many.ended_after)
       and (redrive_many.ended_before is null or e.ended_at < redrive_many.ended_before)
       and (redrive_many.error_like is null or e.error like redrive_many.error_like)
     order by e.id limit redrive_many.max_jobs));
end $$;

-- Name: FUNCTION redrive_many(queue text, task text, state pgsched.job_state, ended_after timestamp with time zone, ended_before timestamp with time zone, error_like text, max_jobs integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.redrive_many(queue text, task text, state pgsched.job_state, ended_after timestamp with time zone, ended_before timestamp with time zone, error_like text, max_jobs integer) IS 'Redrive ended jobs by filter, oldest first, at most max_jobs; returns how many.';

-- Name: register(uuid, text, text, integer, text, integer, text[], text[], double precision); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.register(p_worker uuid, p_name text, p_host text, p_pid integer, p_role text, p_concurrency integer, p_queues text[], p_tasks text[], p_lease_s double precision) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Make a worker known and give it a lease of p_lease_s (1..3600) seconds. A new process takes a new id.
-- Errors   PS010 p_lease_s; 23505 the id was used before; 23514 the role.
declare
  v_now timestamptz := pgsched.clock();
begin
  perform pgsched._require_range('p_lease_s', p_lease_s::numeric, 1, 3600);
  insert into pgsched._worker (id, name, host, pid, role, concurrency, queues, tasks, started_at, seen_at, lease_until, live_since,
                               lease_s)
  values (p_worker, p_name, p_host, p_pid, p_role, p_concurrency, p_queues, p_tasks, v_now, v_now,
          v_now + make_interval(secs => p_lease_s), v_now, p_lease_s);
end $$;

-- Name: FUNCTION register(p_worker uuid, p_name text, p_host text, p_pid integer, p_role text, p_concurrency integer, p_queues text[], p_tasks text[], p_lease_s double precision); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.register(p_worker uuid, p_name text, p_host text, p_pid integer, p_role text, p_concurrency integer, p_queues text[], p_tasks text[], p_lease_s double precision) IS 'Make a worker (role supervisor, child or suspect) known, with a lease in seconds that heartbeat() renews.';

-- Name: release(uuid, bigint[], bigint[], integer[], boolean[], double precision); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.release(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_started boolean[], p_delay_s double precision DEFAULT 0) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    SET lock_timeout TO '1s'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
-- Give jobs back, uncharged: at shutdown, or because this worker does not know their task. Those that had started
-- leave a run with outcome released, the others leave none.
-- Returns  how many it still held.   Locks  _claim rows by id.   Notifies  as _announce().
-- Errors   PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_exits pgsched._exit[];
begin
  perform pgsched._require_read_committed();
  select array_agg(row(t.id, t.attempt, t.queue, t.priority, t.flags, t.claimed_at, p_worker,
           case when a.started then 'released' end, false, null,
           case when t.flags & 2 > 0 then 'suspect' else 'ready' end, v_now + make_interval(secs => p_delay_s))::pgsched._exit)
    into v_exits
    from pgsched._take(p_worker, p_claims, p_ids, p_attempts) as t
    join unnest(p_ids, p_attempts, p_started) as a (id, attempt, started) on a.id = t.id and a.attempt = t.attempt;
  if v_exits is null then return 0; end if;
  perform pgsched._settle(v_exits);
  return cardinality(v_exits);
end $$;

-- Name: FUNCTION release(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_started boolean[], p_delay_s double precision); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.release(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_started boolean[], p_delay_s double precision) IS 'Give jobs back uncharged, to run again after p_delay_s seconds; returns how many were still held.';

-- Name: reschedule(bigint, timestamp with time zone, integer, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.reschedule(id bigint, due_at timestamp with time zone DEFAULT NULL::timestamp with time zone, priority integer DEFAULT NULL::integer, queue text DEFAULT NULL::text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Move a job that waits to another time, priority or queue; NULL leaves each as it is.
-- Locks    one row of _blocked or _ready.   Notifies  as _announce().
-- Errors   PS001 unknown job; PS010 a value; PS020 it runs or has ended; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_lane record;
  v_state pgsched.job_state;
begin
  perform pgsched._require_read_committed();
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

-- Name: FUNCTION reschedule(id bigint, due_at timestamp with time zone, priority integer, queue text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.reschedule(id bigint, due_at timestamp with time zone, priority integer, queue text) IS 'Move a waiting job to another time, priority or queue; NULL leaves each as it is.';

-- Name: resume_queue(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.resume_queue(queue text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  update pgsched._queue as q set paused = false where q.name = resume_queue.queue;
  perform pgsched._wake(array[resume_queue.queue], array['-infinity'::timestamptz]);
end $$;

-- Name: FUNCTION resume_queue(queue text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.resume_queue(queue text) IS 'Let workers claim from the queue again; without effect if it was not paused.';

-- Name: resume_task(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.resume_task(task text) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
-- Let the jobs of a task run again. The first 10,000 that waited are ready at once, upkeep() admits the rest.
-- Returns  how many are ready at once.   Locks  _blocked rows.   Notifies  as _announce().
-- Errors   PS002 unknown task.
begin
  update pgsched._task as t set paused = false where t.name = resume_task.task;
  if not found then
    raise exception using errcode = 'PS002', message = format('task %L is not in the catalogue', resume_task.task);
  end if;
  return pgsched._admit_blocked(resume_task.task, 10000);
end $$;

-- Name: FUNCTION resume_task(task text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.resume_task(task text) IS 'Let the jobs of a paused task run again; returns how many that waited are ready at once.';

-- Name: rise(uuid); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.rise(p_worker uuid) RETURNS void
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  delete from pgsched._idle as i where i.worker = p_worker $$;

-- Name: FUNCTION rise(p_worker uuid); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.rise(p_worker uuid) IS 'Take a worker off the list of sleepers: it is busy, enqueuers need not notify it.';

-- Name: snooze(uuid, bigint[], bigint[], integer[], double precision[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.snooze(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_delays_s double precision[]) RETURNS TABLE(id bigint, attempt integer, verdict text)
    LANGUAGE plpgsql
    SET search_path TO ''
    SET lock_timeout TO '1s'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
-- Run these jobs again later, at no cost to their attempts: p_delays_s as p_retry_in_s of fail(), NULL for at once.
-- Returns  only exceptions, as fail().   Locks  _claim rows by id.   Notifies  as _announce().
-- Errors   PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
begin
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

-- Name: FUNCTION snooze(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_delays_s double precision[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.snooze(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_delays_s double precision[]) IS 'Run these jobs again after a delay in seconds, uncharged. Returns only what is not as asked.';

-- Name: suspects_due(text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.suspects_due(p_queues text[]) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  select count(*) from (
    select from pgsched._blocked as b where b.reason = 'suspect' and b.subject = any(p_queues) and b.due_at <= pgsched.clock()
       and not pgsched._held(b.id, b.queue) limit 100) as s $$;

-- Name: FUNCTION suspects_due(p_queues text[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.suspects_due(p_queues text[]) IS 'How many suspects of these queues are due, counted up to 100.';

-- Name: upkeep(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.upkeep() RETURNS TABLE(step text, done text, more boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET jit TO 'off'
    AS $_$
-- Do the one step that has been due the longest and that nobody else is at. Definer: partitions are their owner's.
-- Returns  one row: the step (NULL if none was due), what was done, and whether another call would find something to do.
-- Locks    a row of _upkeep, and what the step says. Locks of tables are waited for 50 ms at most; if that fails, or the
--          step does, the row says so, and the step is due again in 10 or 60 s. Call it in a transaction of its own.
-- Notifies as _announce().   Errors  PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_due pgsched._upkeep;
  v_step pgsched._step;
  v_error text;
begin
  perform pgsched._require_read_committed();
  select u.* into v_due from pgsched._upkeep as u where u.next_at <= v_now order by u.next_at, u.step limit 1 for update skip locked;
  if not found then return query select null::text, 'nothing is due'::text, false; return; end if;

  begin
    execute format('select s.* from pgsched.%I($1, $2, $3) as s', '_step_' || v_due.step)
      into v_step using v_now, v_due.mark, v_due.did;
  exception
    when lock_not_available then
      v_step := (format('gave up after 50 ms: %s', sqlerrm), null, v_due.mark, v_now + interval '10 seconds', null);
    when others then
      v_error := format('%s %s', sqlstate, sqlerrm);
      v_step := (v_error, null, v_due.mark, v_now + interval '1 minute', null);
      raise warning using message = format('upkeep step %s failed: %s', v_due.step, v_error);
  end;
  update pgsched._upkeep as u
     set next_at = v_step.next_at, done_at = v_now, mark = v_step.mark, did = coalesce(v_step.did, u.did),
         total = u.total + coalesce(v_step.did, 0), note = coalesce(v_step.note, u.note), error = v_error
   where u.step = v_due.step;
  return query select v_due.step, v_step.done, exists (select from pgsched._upkeep as u where u.next_at <= v_now);
end $_$;

-- Name: FUNCTION upkeep(); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.upkeep() IS 'One short step of what keeps pgsched in shape: partitions, retention, roll-ups, leavings, lost jobs. Call it, each time in a transaction of its own, while more is true, and every few seconds; any number of callers may, none leads and none waits.';

-- Name: vacuum_due(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.vacuum_due() RETURNS SETOF text
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  -- By the statistics that Postgres keeps in memory, so it costs microseconds. A held snapshot keeps dead rows for as long
  -- as it lasts: without the five seconds' pause, workers would do nothing but vacuum then.
  select 'pgsched.' || h.name
    from (values ('_ready', 20000), ('_claim', 1000), ('_blocked', 20000), ('_ended', 20000), ('_worker', 1000), ('_idle', 1000),
                 ('_cancel', 1000), ('_upkeep', 1000)) as h (name, dead_min)
   cross join lateral (select to_regclass('pgsched.' || h.name)::oid as oid) as t
   where pg_stat_get_dead_tuples(t.oid) >= greatest(h.dead_min, pg_stat_get_live_tuples(t.oid) / 10)
     and coalesce(greatest(pg_stat_get_last_vacuum_time(t.oid), pg_stat_get_last_autovacuum_time(t.oid)), '-infinity')
         < clock_timestamp() - interval '5 seconds' $$;

-- Name: FUNCTION vacuum_due(); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.vacuum_due() IS 'The hot tables in which dead rows have piled up; none if empty. Run VACUUM (SKIP_LOCKED) on each, outside a transaction: autovacuum naps for a minute, in which a busy scheduler leaves millions.';

-- Name: _add(integer[]); Type: AGGREGATE; Schema: pgsched; Owner: -

CREATE AGGREGATE pgsched._add(integer[]) (
    SFUNC = pgsched._add,
    STYPE = integer[],
    INITCOND = '{}',
    PARALLEL = safe
);

-- Name: AGGREGATE _add(integer[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON AGGREGATE pgsched._add(integer[]) IS 'The sum of histograms; {} of none.';

-- Name: _cancel; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._cancel (
    id bigint NOT NULL,
    worker uuid NOT NULL,
    requested_at timestamp with time zone NOT NULL
);

-- Name: _id_seq; Type: SEQUENCE; Schema: pgsched; Owner: -

CREATE SEQUENCE pgsched._id_seq
    START WITH 0
    INCREMENT BY 1
    MINVALUE 0
    MAXVALUE 1048575
    CACHE 1
    CYCLE;

-- Name: _idle; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._idle (
    worker uuid NOT NULL,
    queues text[] NOT NULL,
    wake_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50');

-- Name: _lane; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._lane (
    queue text NOT NULL,
    priority integer NOT NULL
);

-- Name: _log; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._log (
    job_id bigint NOT NULL,
    attempt integer NOT NULL,
    logged_at timestamp with time zone NOT NULL,
    level text NOT NULL,
    message text,
    progress double precision,
    CONSTRAINT "progress must be from 0 to 1" CHECK (((progress >= (0)::double precision) AND (progress <= (1)::double precision)))
)
PARTITION BY RANGE (job_id);

-- Name: _migration; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._migration (
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

-- Name: TABLE _migration; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TABLE pgsched._migration IS 'The migrations applied to this schema, and the functions, each with the hash of its SQL.';

-- Name: _queue; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._queue (
    name pgsched.queue_name NOT NULL,
    paused boolean NOT NULL
);

-- Name: _run; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._run (
    job_id bigint NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone NOT NULL,
    worker uuid,
    attempt integer NOT NULL,
    outcome pgsched.run_outcome NOT NULL,
    charged boolean NOT NULL,
    queue text NOT NULL,
    error text,
    result jsonb
)
PARTITION BY RANGE (job_id);

-- Name: _setting; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._setting (
    name text NOT NULL,
    value bigint NOT NULL,
    range int8range NOT NULL,
    about text NOT NULL,
    CONSTRAINT "value must lie within range" CHECK ((value <@ range))
);

-- Name: _stat; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._stat (
    slot timestamp with time zone NOT NULL,
    queue text NOT NULL,
    task text NOT NULL,
    outcome pgsched.run_outcome NOT NULL,
    runs bigint NOT NULL,
    wait_ms integer[] NOT NULL,
    run_ms integer[] NOT NULL
)
WITH (fillfactor='70');

-- Name: TABLE _stat; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TABLE pgsched._stat IS 'Runs that ended within ten seconds from slot, kept for 24 hours. wait_ms and run_ms are histograms: element k counts the runs of a duration in [2^((k-1)/4), 2^(k/4)) milliseconds, element 1 all below, element 128 all above. Elements past the last that counts any are left out. wait_ms, from when a job could first run until it did, counts first attempts only. Runs whose transaction committed more than five seconds after they ended are not in it.';

-- Name: _upkeep; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._upkeep (
    step text NOT NULL,
    next_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    mark bigint DEFAULT 0 NOT NULL,
    did bigint DEFAULT 0 NOT NULL,
    total bigint DEFAULT 0 NOT NULL,
    note text,
    error text
)
WITH (fillfactor='50');

-- Name: TABLE _upkeep; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TABLE pgsched._upkeep IS 'One row a step of upkeep(); who works on a step holds its row. For each there is a function _step_<name>(now, mark, did).';

-- Name: COLUMN _upkeep.mark; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._upkeep.mark IS 'How far the step has come: an id, or seconds since 1970, as the step needs.';

-- Name: COLUMN _upkeep.did; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._upkeep.did IS 'How much its last call did, in its own unit: partitions, runs, jobs, rows.';

-- Name: COLUMN _upkeep.total; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._upkeep.total IS 'Sum of did.';

-- Name: COLUMN _upkeep.note; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._upkeep.note IS 'The last thing worth telling somebody.';

-- Name: COLUMN _upkeep.error; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._upkeep.error IS 'Why the last call failed; NULL if it did not.';

-- Name: _waiter; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._waiter (
    id bigint NOT NULL,
    waiter uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

-- Name: TABLE _waiter; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TABLE pgsched._waiter IS 'Who waits for the end of which job: only then is its end notified.';

-- Name: _worker; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._worker (
    id uuid NOT NULL,
    name text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    role text NOT NULL,
    concurrency integer NOT NULL,
    queues text[] NOT NULL,
    tasks text[] NOT NULL,
    started_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    lease_until timestamp with time zone NOT NULL,
    live_since timestamp with time zone NOT NULL,
    lease_s double precision NOT NULL,
    CONSTRAINT worker_role CHECK ((role = ANY (ARRAY['supervisor'::text, 'child'::text, 'suspect'::text])))
)
WITH (fillfactor='50');

-- Name: dead_letters; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.dead_letters AS
 SELECT e.id,
    e.task,
    e.queue,
    j.priority,
    j.args,
    e.attempt,
    COALESCE(j.max_attempts, (( SELECT t.max_attempts
           FROM pgsched._task t
          WHERE ((t.name)::text = e.task)))::integer, 10) AS max_attempts,
    e.error,
    e.ended_at,
    j.created_at,
    j.key,
    j.labels
   FROM (pgsched._ended e
     LEFT JOIN pgsched._job j ON ((j.id = e.id)))
  WHERE (e.state = 'dead'::pgsched.job_state);

-- Name: VIEW dead_letters; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.dead_letters IS 'Jobs that ended dead: out of attempts, or told not to retry. redrive(id) or redrive_many() run them again. Ask with a LIMIT, by id, by queue, or in the order of ended_at, which an index has: there may be millions.';

-- Name: COLUMN dead_letters.attempt; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.dead_letters.attempt IS 'The attempt that was the last: claims so far, charged or not.';

-- Name: COLUMN dead_letters.error; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.dead_letters.error IS 'The error of the last attempt.';

-- Name: job_log; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.job_log AS
 SELECT job_id,
    attempt,
    logged_at,
    level,
    message,
    progress
   FROM pgsched._log l;

-- Name: VIEW job_log; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.job_log IS 'What handlers said by ctx.log() and ctx.progress(), kept as long as the job. Ask by job_id, and order by logged_at.';

-- Name: COLUMN job_log.progress; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.job_log.progress IS 'From 0 to 1; NULL for a line that is not about progress.';

-- Name: run; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.run AS
 SELECT r.job_id,
    r.attempt,
    r.queue,
    j.task,
    r.outcome,
    r.worker,
    r.started_at,
    r.finished_at,
    r.error,
    r.result,
    r.charged
   FROM (pgsched._run r
     LEFT JOIN pgsched._job j ON ((j.id = r.job_id)));

-- Name: VIEW run; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.run IS 'Every attempt that has ended, one row each, kept as long as its job. Ask by job_id, by a range of it (pgsched.id_at(timestamptz) is the lowest id of a time), or by finished_at: anything else reads the whole history. Runs that go on are in running_now.';

-- Name: COLUMN run.worker; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.run.worker IS 'Id of the worker process; NULL where none was at work (redriven, expired).';

-- Name: COLUMN run.started_at; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.run.started_at IS 'When the job was claimed.';

-- Name: COLUMN run.result; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.run.result IS 'What the handler returned; NULL if nothing was.';

-- Name: COLUMN run.charged; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.run.charged IS 'Whether it counts against max_attempts.';

-- Name: running_now; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.running_now AS
 SELECT id,
    task,
    queue,
    priority,
    attempt,
    worker,
    host,
    pid,
    started_at,
    running_s,
    cancelling,
    progress,
    message
   FROM pgsched._running_now() _running_now(id, task, queue, priority, attempt, worker, host, pid, started_at, running_s, cancelling, progress, message);

-- Name: VIEW running_now; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.running_now IS 'Every job that a worker holds, longest first: exact. progress and message are the last of its last 100 lines in job_log.';

-- Name: COLUMN running_now.worker; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.running_now.worker IS 'Name of the worker; NULL if it is gone: reap() will give the job back.';

-- Name: COLUMN running_now.started_at; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.running_now.started_at IS 'When it was claimed.';

-- Name: COLUMN running_now.running_s; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.running_now.running_s IS 'Seconds since then.';

-- Name: COLUMN running_now.cancelling; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.running_now.cancelling IS 'Its handler has been told to stop.';

-- Name: COLUMN running_now.progress; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.running_now.progress IS 'From 0 to 1; NULL if the handler said nothing of it.';

-- Name: stat_queue; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.stat_queue AS
 SELECT queue,
    paused,
    ready,
    scheduled,
    blocked,
    running,
    dead,
    capped,
    oldest_due_s,
    succeeded_per_s,
    failed_per_s,
    wait_ms_p50,
    wait_ms_p95,
    run_ms_p50,
    run_ms_p95
   FROM pgsched._stat_queue() _stat_queue(queue, paused, ready, scheduled, blocked, running, dead, capped, oldest_due_s, succeeded_per_s, failed_per_s, wait_ms_p50, wait_ms_p95, run_ms_p50, run_ms_p95);

-- Name: VIEW stat_queue; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.stat_queue IS 'A row for each queue that ever had a job or was paused. ready and scheduled are counted to 10,001 in each lane (one priority), blocked to 10,001 for each task, dead to 10,001: capped says that one of them stopped there, and is more. Jobs of a paused task count as ready until their turn comes. Rates, per second, and percentiles, in milliseconds, are of the runs that ended in the last 5 minutes, from a roll-up that upkeep() writes some seconds late. The same cost at a hundred jobs and at ten million.';

-- Name: COLUMN stat_queue.running; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.stat_queue.running IS 'Jobs that a worker holds. Exact.';

-- Name: COLUMN stat_queue.oldest_due_s; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.stat_queue.oldest_due_s IS 'For how many seconds the job that waits longest has been due; NULL if none is.';

-- Name: COLUMN stat_queue.failed_per_s; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.stat_queue.failed_per_s IS 'Runs per second that ended failed, timed_out or lost.';

-- Name: COLUMN stat_queue.wait_ms_p95; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.stat_queue.wait_ms_p95 IS 'Milliseconds from being due to being claimed, 95 of 100 first attempts; NULL if none ended.';

-- Name: COLUMN stat_queue.run_ms_p95; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.stat_queue.run_ms_p95 IS 'Milliseconds from being claimed to the end, 95 of 100 runs; NULL if none ended.';

-- Name: stat_task; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.stat_task AS
 SELECT task,
    queue,
    priority,
    max_attempts,
    paused,
    blocked,
    running,
    dead,
    workers,
    succeeded_per_s,
    failed_per_s,
    wait_ms_p50,
    wait_ms_p95,
    run_ms_p50,
    run_ms_p95
   FROM pgsched._stat_task() _stat_task(task, queue, priority, max_attempts, paused, blocked, running, dead, workers, succeeded_per_s, failed_per_s, wait_ms_p50, wait_ms_p95, run_ms_p50, run_ms_p95);

-- Name: VIEW stat_task; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.stat_task IS 'A row for each task of the catalogue, or seen lately. queue, priority and max_attempts are its policy, NULL if it is not in the catalogue. blocked (because it is paused) is counted to 10,001; dead is counted among the 10,000 jobs that ended dead last; running is exact. Jobs that wait are counted by queue: see stat_queue. Rates, per second, and percentiles, in milliseconds, are of the runs that ended in the last 5 minutes, from a roll-up that upkeep() writes some seconds late.';

-- Name: COLUMN stat_task.workers; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.stat_task.workers IS 'Live worker processes that know the task.';

-- Name: COLUMN stat_task.failed_per_s; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.stat_task.failed_per_s IS 'Runs per second that ended failed, timed_out or lost.';

-- Name: stat_worker; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.stat_worker AS
 SELECT w.id,
    w.name,
    w.host,
    w.pid,
    w.role,
    w.queues,
    w.concurrency,
    COALESCE(h.jobs, (0)::bigint) AS running,
    (w.lease_until > n.now) AS live,
    COALESCE((i.expires_at > n.now), false) AS idle,
    w.started_at,
    (round(EXTRACT(epoch FROM (n.now - w.seen_at)), 1))::double precision AS seen_ago_s,
    (round(EXTRACT(epoch FROM (w.lease_until - n.now)), 1))::double precision AS lease_left_s,
    w.tasks
   FROM (((pgsched._worker w
     CROSS JOIN ( SELECT pgsched.clock() AS now) n)
     LEFT JOIN pgsched._idle i ON ((i.worker = w.id)))
     LEFT JOIN ( SELECT c.worker,
            sum(cardinality(c.ids)) AS jobs
           FROM pgsched._claim c
          GROUP BY c.worker) h ON ((h.worker = w.id)));

-- Name: VIEW stat_worker; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.stat_worker IS 'A row for each registered process: a supervisor (it renews the leases, and runs nothing), its children, and a child kept for suspects. One that left in good order has no row; one that died has one, live = false, until another worker reaps it.';

-- Name: COLUMN stat_worker.running; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.stat_worker.running IS 'Jobs that it holds. Exact; at most concurrency.';

-- Name: COLUMN stat_worker.idle; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.stat_worker.idle IS 'Asleep: an enqueue notifies it.';

-- Name: COLUMN stat_worker.seen_ago_s; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.stat_worker.seen_ago_s IS 'Seconds since its last heartbeat.';

-- Name: COLUMN stat_worker.lease_left_s; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.stat_worker.lease_left_s IS 'Seconds until its lease ends without a heartbeat; negative: it has ended.';

-- Name: upcoming; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.upcoming AS
 SELECT id,
    task,
    queue,
    priority,
    due_at,
    due_in_s,
    attempt,
    args
   FROM pgsched._upcoming() _upcoming(id, task, queue, priority, due_at, due_in_s, attempt, args);

-- Name: VIEW upcoming; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.upcoming IS 'Scheduled jobs, soonest first: the next 100 of each lane (one priority of one queue). stat_queue.scheduled counts them.';

-- Name: COLUMN upcoming.due_in_s; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.upcoming.due_in_s IS 'Seconds until it is due.';

-- Name: COLUMN upcoming.attempt; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.upcoming.attempt IS 'The attempt that it will be: 1 for a job that never ran.';

-- Name: _blocked _blocked_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._blocked
    ADD CONSTRAINT _blocked_pkey PRIMARY KEY (id);

-- Name: _cancel _cancel_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._cancel
    ADD CONSTRAINT _cancel_pkey PRIMARY KEY (id);

-- Name: _claim _claim_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._claim
    ADD CONSTRAINT _claim_pkey PRIMARY KEY (id);

-- Name: _ended _ended_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._ended
    ADD CONSTRAINT _ended_pkey PRIMARY KEY (id);

-- Name: _idle _idle_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._idle
    ADD CONSTRAINT _idle_pkey PRIMARY KEY (worker);

-- Name: _job _job_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._job
    ADD CONSTRAINT _job_pkey PRIMARY KEY (id);

-- Name: _migration _migration_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._migration
    ADD CONSTRAINT _migration_pkey PRIMARY KEY (name);

-- Name: _queue _queue_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._queue
    ADD CONSTRAINT _queue_pkey PRIMARY KEY (name);

-- Name: _ready _ready_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._ready
    ADD CONSTRAINT _ready_pkey PRIMARY KEY (id);

-- Name: _run _run_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._run
    ADD CONSTRAINT _run_pkey PRIMARY KEY (job_id, attempt);

-- Name: _setting _setting_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._setting
    ADD CONSTRAINT _setting_pkey PRIMARY KEY (name);

-- Name: _stat _stat_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._stat
    ADD CONSTRAINT _stat_pkey PRIMARY KEY (slot, queue, task, outcome);

-- Name: _task _task_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._task
    ADD CONSTRAINT _task_pkey PRIMARY KEY (name);

-- Name: _upkeep _upkeep_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._upkeep
    ADD CONSTRAINT _upkeep_pkey PRIMARY KEY (step);

-- Name: _waiter _waiter_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._waiter
    ADD CONSTRAINT _waiter_pkey PRIMARY KEY (id, waiter);

-- Name: _worker _worker_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._worker
    ADD CONSTRAINT _worker_pkey PRIMARY KEY (id);

-- Name: _blocked_reason; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _blocked_reason ON pgsched._blocked USING btree (reason, subject, due_at, id);

-- Name: _ended_at; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _ended_at ON pgsched._ended USING btree (state, ended_at);

-- Name: _ended_queue; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _ended_queue ON pgsched._ended USING btree (state, queue, id);

-- Name: _lane_queue; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _lane_queue ON pgsched._lane USING btree (queue, priority DESC);

-- Name: _log_job; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _log_job ON ONLY pgsched._log USING btree (job_id, logged_at);

-- Name: _ready_lane; Type: INDEX; Schema: pgsched; Owner: -

CREATE UNIQUE INDEX _ready_lane ON pgsched._ready USING btree (queue, priority DESC, due_at, id);

-- Name: _run_finished_at; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _run_finished_at ON ONLY pgsched._run USING brin (finished_at) WITH (pages_per_range='32');

-- Name: _task_special; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _task_special ON pgsched._task USING btree (name) WHERE (paused OR transactional);

-- Name: job job_insert; Type: RULE; Schema: pgsched; Owner: -

CREATE RULE job_insert AS
    ON INSERT TO pgsched.job DO INSTEAD  INSERT INTO pgsched._job (id, due_at, created_at, timeout_s, parent_id, priority, max_attempts, queue, task, args, retry, key, labels, trace)
  VALUES (
        CASE
            WHEN ((new.id IS NULL) AND (new.state IS NULL) AND (new.attempt IS NULL) AND (new.created_at IS NULL)) THEN pgsched.new_id()
            ELSE pgsched._refuse_id()
        END, (COALESCE(new.due_at, pgsched.clock()))::pgsched.job_due_at, clock_timestamp(), (new.timeout_s)::pgsched.job_timeout_s, new.parent_id, (COALESCE(new.priority, (( SELECT t.priority
           FROM pgsched._task t
          WHERE ((t.name)::text = new.task)))::integer, 0))::pgsched.job_priority, (new.max_attempts)::pgsched.job_max_attempts, (COALESCE(new.queue, (( SELECT t.queue
           FROM pgsched._task t
          WHERE ((t.name)::text = new.task)))::text, 'default'::text))::pgsched.queue_name, (new.task)::pgsched.task_name, (COALESCE(new.args, '{}'::jsonb))::pgsched.job_args,
        CASE
            WHEN (new.retry IS NOT NULL) THEN ((new.retry)::pgsched.retry_policy)::jsonb
            ELSE NULL::jsonb
        END, (new.key)::pgsched.job_key, (new.labels)::pgsched.job_labels, new.trace)
  RETURNING _job.id,
    _job.task,
    _job.queue,
    _job.priority,
    _job.args,
    NULL::pgsched.job_state AS job_state,
    NULL::integer AS int4,
    COALESCE(_job.max_attempts, (( SELECT t.max_attempts
           FROM pgsched._task t
          WHERE ((t.name)::text = _job.task)))::integer, 10) AS "coalesce",
    _job.due_at,
    _job.created_at,
    _job.key,
    _job.labels,
    _job.timeout_s,
    _job.retry,
    _job.parent_id,
    _job.trace;

-- Name: _job admit; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER admit AFTER INSERT ON pgsched._job REFERENCING NEW TABLE AS new_jobs FOR EACH STATEMENT EXECUTE FUNCTION pgsched._admit();

-- Name: job refuse_change; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER refuse_change INSTEAD OF DELETE OR UPDATE ON pgsched.job FOR EACH ROW EXECUTE FUNCTION pgsched._refuse_change();

-- Name: FUNCTION _add(p_a integer[], p_b integer[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._add(p_a integer[], p_b integer[]) FROM PUBLIC;

-- Name: FUNCTION _admit(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._admit() FROM PUBLIC;

-- Name: FUNCTION _admit_blocked(p_task text, p_limit integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._admit_blocked(p_task text, p_limit integer) FROM PUBLIC;

-- Name: FUNCTION _admit_orphans(p_ids bigint[], p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._admit_orphans(p_ids bigint[], p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _alive(p_lo bigint, p_hi bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._alive(p_lo bigint, p_hi bigint) FROM PUBLIC;

-- Name: FUNCTION _announce(p_queues text[], p_priorities integer[], p_dues timestamp with time zone[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._announce(p_queues text[], p_priorities integer[], p_dues timestamp with time zone[]) FROM PUBLIC;

-- Name: FUNCTION _attach(p_parent text, p_name text, p_lo bigint, p_hi bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._attach(p_parent text, p_name text, p_lo bigint, p_hi bigint) FROM PUBLIC;

-- Name: FUNCTION _bucket(p_ms double precision); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._bucket(p_ms double precision) FROM PUBLIC;

-- Name: FUNCTION _budgets(p_ids bigint[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._budgets(p_ids bigint[]) FROM PUBLIC;

-- Name: FUNCTION _bury_missing(p_worker uuid, p_claim bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._bury_missing(p_worker uuid, p_claim bigint) FROM PUBLIC;

-- Name: FUNCTION _claim_from(p_cursor text, p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._claim_from(p_cursor text, p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _create(p_parent text, p_name text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._create(p_parent text, p_name text) FROM PUBLIC;

-- Name: FUNCTION _day(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._day() FROM PUBLIC;

-- Name: FUNCTION _delay(p_seconds double precision); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._delay(p_seconds double precision) FROM PUBLIC;

-- Name: FUNCTION _drop_partition(p_parent text, p_name text, p_lo bigint, p_hi bigint, p_since timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._drop_partition(p_parent text, p_name text, p_lo bigint, p_hi bigint, p_since timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _exceptions(p_worker uuid, p_ids bigint[], p_attempts integer[], p_outcomes pgsched.run_outcome[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._exceptions(p_worker uuid, p_ids bigint[], p_attempts integer[], p_outcomes pgsched.run_outcome[]) FROM PUBLIC;

-- Name: FUNCTION _expire_history(p_old bigint, p_since timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._expire_history(p_old bigint, p_since timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _expire_jobs(p_part text, p_lo bigint, p_hi bigint, p_mark bigint, p_since timestamp with time zone, OUT done text, OUT did bigint, OUT mark bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._expire_jobs(p_part text, p_lo bigint, p_hi bigint, p_mark bigint, p_since timestamp with time zone, OUT done text, OUT did bigint, OUT mark bigint) FROM PUBLIC;

-- Name: FUNCTION _explain_dead(p_id bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._explain_dead(p_id bigint) FROM PUBLIC;

-- Name: FUNCTION _explain_running(p_id bigint, p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._explain_running(p_id bigint, p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _explain_waiting(p_job pgsched.job, p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._explain_waiting(p_job pgsched.job, p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _explain_workers(p_job pgsched.job, p_role text, p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._explain_workers(p_job pgsched.job, p_role text, p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _file_apart(p_worker uuid, p_queue text, p_priority integer, p_now timestamp with time zone, p_ids bigint[], p_attempts integer[], p_special text[], p_cursor text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._file_apart(p_worker uuid, p_queue text, p_priority integer, p_now timestamp with time zone, p_ids bigint[], p_attempts integer[], p_special text[], p_cursor text) FROM PUBLIC;

-- Name: FUNCTION _held(p_id bigint, p_queue text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._held(p_id bigint, p_queue text) FROM PUBLIC;

-- Name: FUNCTION _histogram(p_buckets integer[], p_runs bigint[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._histogram(p_buckets integer[], p_runs bigint[]) FROM PUBLIC;

-- Name: FUNCTION _jobs_ahead(p_job pgsched.job, p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._jobs_ahead(p_job pgsched.job, p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _kept(p_lo bigint, p_hi bigint, p_since timestamp with time zone, p_limit integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._kept(p_lo bigint, p_hi bigint, p_since timestamp with time zone, p_limit integer) FROM PUBLIC;

-- Name: FUNCTION _lane_depth(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._lane_depth() FROM PUBLIC;

-- Name: FUNCTION _make_partitions(p_now timestamp with time zone, p_limit integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._make_partitions(p_now timestamp with time zone, p_limit integer) FROM PUBLIC;

-- Name: FUNCTION _may_claim(p_worker uuid, p_queue text, p_limit integer, p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._may_claim(p_worker uuid, p_queue text, p_limit integer, p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _new_claim_id(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._new_claim_id() FROM PUBLIC;

-- Name: FUNCTION _notify(p_channel text, p_payload text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._notify(p_channel text, p_payload text) FROM PUBLIC;

-- Name: FUNCTION _orphans(p_ids bigint[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._orphans(p_ids bigint[]) FROM PUBLIC;

-- Name: FUNCTION _partition_name(p_parent text, p_lo bigint, p_hi bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._partition_name(p_parent text, p_lo bigint, p_hi bigint) FROM PUBLIC;

-- Name: FUNCTION _partitions(p_parent text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._partitions(p_parent text) FROM PUBLIC;

-- Name: FUNCTION _percentile(p_histogram integer[], p_share double precision); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._percentile(p_histogram integer[], p_share double precision) FROM PUBLIC;

-- Name: FUNCTION _ran_since(p_lo bigint, p_hi bigint, p_since timestamp with time zone, p_limit integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._ran_since(p_lo bigint, p_hi bigint, p_since timestamp with time zone, p_limit integer) FROM PUBLIC;

-- Name: FUNCTION _rebuild(p_parent text, p_lo bigint, p_hi bigint, p_since timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._rebuild(p_parent text, p_lo bigint, p_hi bigint, p_since timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _recent(p_by text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._recent(p_by text) FROM PUBLIC;

-- Name: FUNCTION _redrive(p_ids bigint[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._redrive(p_ids bigint[]) FROM PUBLIC;

-- Name: FUNCTION _refuse_change(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._refuse_change() FROM PUBLIC;

-- Name: FUNCTION _require_job(p_id bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_job(p_id bigint) FROM PUBLIC;

-- Name: FUNCTION _require_live(p_worker uuid, p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_live(p_worker uuid, p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _require_owner(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_owner() FROM PUBLIC;

-- Name: FUNCTION _require_range(p_name text, p_value numeric, p_min numeric, p_max numeric); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_range(p_name text, p_value numeric, p_min numeric, p_max numeric) FROM PUBLIC;

-- Name: FUNCTION _require_read_committed(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_read_committed() FROM PUBLIC;

-- Name: FUNCTION _retry_delay_s(p_retry jsonb, p_failures integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._retry_delay_s(p_retry jsonb, p_failures integer) FROM PUBLIC;

-- Name: FUNCTION _roll_up(p_partition text, p_lo bigint, p_hi bigint, p_from timestamp with time zone, p_to timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._roll_up(p_partition text, p_lo bigint, p_hi bigint, p_from timestamp with time zone, p_to timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _running_now(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._running_now() FROM PUBLIC;

-- Name: FUNCTION _setting(p_name text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._setting(p_name text) FROM PUBLIC;

-- Name: FUNCTION _settle(p_exits pgsched._exit[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._settle(p_exits pgsched._exit[]) FROM PUBLIC;

-- Name: FUNCTION _split_day(p_parent text, p_name text, p_lo bigint, p_hours bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._split_day(p_parent text, p_name text, p_lo bigint, p_hours bigint) FROM PUBLIC;

-- Name: FUNCTION _stat_queue(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._stat_queue() FROM PUBLIC;

-- Name: FUNCTION _stat_task(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._stat_task() FROM PUBLIC;

-- Name: FUNCTION _step_blocked(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_blocked(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _step_orphans(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_orphans(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _step_partitions(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_partitions(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _step_retention(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_retention(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _step_stats(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_stats(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _step_summarize(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_summarize(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _step_sweep(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_sweep(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _take(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._take(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[]) FROM PUBLIC;

-- Name: FUNCTION _tell(p_ids bigint[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._tell(p_ids bigint[]) FROM PUBLIC;

-- Name: FUNCTION _thin(p_lo bigint, p_hi bigint, p_since timestamp with time zone, p_limit integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._thin(p_lo bigint, p_hi bigint, p_since timestamp with time zone, p_limit integer) FROM PUBLIC;

-- Name: FUNCTION _upcoming(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._upcoming() FROM PUBLIC;

-- Name: FUNCTION _wake(p_queues text[], p_dues timestamp with time zone[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._wake(p_queues text[], p_dues timestamp with time zone[]) FROM PUBLIC;

-- Name: FUNCTION explain(INOUT id bigint, OUT state pgsched.job_state, OUT reasons text[], OUT attempt integer, OUT max_attempts integer, OUT due_at timestamp with time zone, OUT last_error text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.explain(INOUT id bigint, OUT state pgsched.job_state, OUT reasons text[], OUT attempt integer, OUT max_attempts integer, OUT due_at timestamp with time zone, OUT last_error text) FROM PUBLIC;

-- Name: FUNCTION _add(integer[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._add(integer[]) FROM PUBLIC;

-- Name: SEQUENCE _id_seq; Type: ACL; Schema: pgsched; Owner: -

GRANT USAGE ON SEQUENCE pgsched._id_seq TO PUBLIC;
