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

-- Name: _decision; Type: TYPE; Schema: pgsched; Owner: -

CREATE TYPE pgsched._decision AS (
	schedule text,
	nominal timestamp with time zone,
	outcome text,
	reason text,
	job_id bigint
);

-- Name: TYPE _decision; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TYPE pgsched._decision IS 'What tick() makes of a slot: an outcome of _slot, or held; job_id where it fires.';

-- Name: _envelope; Type: TYPE; Schema: pgsched; Owner: -

CREATE TYPE pgsched._envelope AS (
	id text,
	type text,
	source text,
	subject text,
	"time" timestamp with time zone,
	data jsonb
);

-- Name: TYPE _envelope; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TYPE pgsched._envelope IS 'An event as filters and templates see it, by CloudEvents'' names.';

-- Name: _event_args; Type: TYPE; Schema: pgsched; Owner: -

CREATE TYPE pgsched._event_args AS (
	event pgsched._envelope
);

-- Name: TYPE _event_args; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TYPE pgsched._event_args IS 'The args of a job where its subscription has no template.';

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

-- Name: _hole; Type: TYPE; Schema: pgsched; Owner: -

CREATE TYPE pgsched._hole AS (
	at text[],
	take jsonpath
);

-- Name: TYPE _hole; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TYPE pgsched._hole IS 'A place in a template, and the path in the event whose first value goes there.';

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

-- Name: calendar_name; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.calendar_name AS text
	CONSTRAINT "name of a calendar must be of a-z, 0-9, _ and -, at most 100, a" CHECK (((VALUE ~ '^[a-z0-9_][a-z0-9_-]{0,99}$'::text) AND (VALUE <> ALL (ARRAY['and'::text, 'or'::text, 'not'::text]))));

-- Name: DOMAIN calendar_name; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.calendar_name IS 'Name of a business calendar or of blackout windows.';

-- Name: endpoint_name; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.endpoint_name AS text
	CONSTRAINT "name of an endpoint must have 1 to 100 of the characters A-Z a-" CHECK ((VALUE ~ '^[A-Za-z0-9._-]{1,100}$'::text));

-- Name: DOMAIN endpoint_name; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.endpoint_name IS 'Name of an endpoint; its jobs wait in the queue push:<name>.';

-- Name: event_attributes; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.event_attributes AS jsonb
	CONSTRAINT "attributes must be an object of at most 65536 bytes" CHECK (((jsonb_typeof(VALUE) = 'object'::text) AND (pg_column_size(VALUE) <= 65536)));

-- Name: DOMAIN event_attributes; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.event_attributes IS 'What else its source says of an event, by name: extensions of CloudEvents.';

-- Name: event_delay; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.event_delay AS interval
	CONSTRAINT "delay must be from 0 to 7000 years" CHECK (((VALUE >= '00:00:00'::interval) AND (VALUE <= '7000 years'::interval)));

-- Name: DOMAIN event_delay; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.event_delay IS 'How long after its event a job is due.';

-- Name: event_external_id; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.event_external_id AS text
	CONSTRAINT "id must have 1 to 500 characters, at most 1200 bytes" CHECK ((((length(VALUE) >= 1) AND (length(VALUE) <= 500)) AND (octet_length(VALUE) <= 1200)));

-- Name: DOMAIN event_external_id; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.event_external_id IS 'The name of an event in the words of its source: the same again is the same event.';

-- Name: event_pattern; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.event_pattern AS text
	CONSTRAINT "event_type must be *, a type, or a type followed by .*" CHECK (((length(VALUE) <= 200) AND (VALUE ~ '^(\*|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(\.\*)?)$'::text)));

-- Name: DOMAIN event_pattern; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.event_pattern IS 'Types of events: one, all below one (order.*), or all (*).';

-- Name: event_source; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.event_source AS text
	CONSTRAINT "source must have 1 to 500 characters, at most 1200 bytes" CHECK ((((length(VALUE) >= 1) AND (length(VALUE) <= 500)) AND (octet_length(VALUE) <= 1200)));

-- Name: DOMAIN event_source; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.event_source IS 'Where it happened.';

-- Name: event_subject; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.event_subject AS text
	CONSTRAINT "subject must have 1 to 500 characters" CHECK (((length(VALUE) >= 1) AND (length(VALUE) <= 500)));

-- Name: DOMAIN event_subject; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.event_subject IS 'What it happened to.';

-- Name: event_time; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.event_time AS timestamp with time zone
	CONSTRAINT "time must be finite and before the year 10000" CHECK (((VALUE >= '0001-01-02 00:00:00+00'::timestamp with time zone) AND (VALUE < '9999-12-31 00:00:00+00'::timestamp with time zone)));

-- Name: DOMAIN event_time; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.event_time IS 'When it happened.';

-- Name: event_type; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.event_type AS text
	CONSTRAINT "type must be words of A-Z a-z 0-9 _ - with dots, at most 200" CHECK (((length(VALUE) <= 200) AND (VALUE ~ '^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$'::text)));

-- Name: DOMAIN event_type; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.event_type IS 'What kind of thing happened, for example order.created. Upper and lower case differ.';

-- Name: hook_name; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.hook_name AS text
	CONSTRAINT "name must be 1 to 200 of A-Z a-z 0-9 _ . -, not first _ . -" CHECK (((VALUE ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,199}$'::text) AND (VALUE !~ '\n'::text)));

-- Name: DOMAIN hook_name; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.hook_name IS 'Name of a hook: the end of the path that deliveries come to.';

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

-- Name: pause; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.pause AS interval
	CONSTRAINT "jitter, splay and grace must be from 0 to 1 day" CHECK (((VALUE >= '00:00:00'::interval) AND (VALUE <= '1 day'::interval)));

-- Name: DOMAIN pause; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.pause IS 'A time that moves a slot.';

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

-- Name: schedule_day; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.schedule_day AS date
	CONSTRAINT "days must be of the years 1901 to 2999" CHECK (((EXTRACT(year FROM VALUE) >= (1901)::numeric) AND (EXTRACT(year FROM VALUE) <= (2999)::numeric)));

-- Name: DOMAIN schedule_day; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.schedule_day IS 'A holiday.';

-- Name: schedule_name; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.schedule_name AS text
	CONSTRAINT "name of a schedule must have 1 to 200 characters" CHECK (((length(VALUE) >= 1) AND (length(VALUE) <= 200)));

-- Name: DOMAIN schedule_name; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.schedule_name IS 'Name of a schedule.';

-- Name: schedule_time; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.schedule_time AS timestamp with time zone
	CONSTRAINT "times must be finite, of the years 1901 to 2999" CHECK (((EXTRACT(year FROM (VALUE AT TIME ZONE 'UTC'::text)) >= (1901)::numeric) AND (EXTRACT(year FROM (VALUE AT TIME ZONE 'UTC'::text)) <= (2999)::numeric)));

-- Name: DOMAIN schedule_time; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.schedule_time IS 'When a schedule or a blackout window starts or ends.';

-- Name: script_name; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.script_name AS text
	CONSTRAINT "name of a script must have 1 to 200 characters" CHECK (((length(VALUE) >= 1) AND (length(VALUE) <= 200)));

-- Name: DOMAIN script_name; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.script_name IS 'Name of a script.';

-- Name: subscription_name; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.subscription_name AS text
	CONSTRAINT "name must have 1 to 200 characters" CHECK (((length(VALUE) >= 1) AND (length(VALUE) <= 200)));

-- Name: DOMAIN subscription_name; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.subscription_name IS 'Name of a subscription.';

-- Name: task_name; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.task_name AS text
	CONSTRAINT "task must have 1 to 200 characters" CHECK (((length(VALUE) >= 1) AND (length(VALUE) <= 200)));

-- Name: DOMAIN task_name; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.task_name IS 'Name of a task.';

-- Name: team_name; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.team_name AS text
	CONSTRAINT "team must have 1 to 200 characters" CHECK (((length(VALUE) >= 1) AND (length(VALUE) <= 200)));

-- Name: DOMAIN team_name; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.team_name IS 'Users of one team share their jobs and schedules.';

-- Name: user_name; Type: DOMAIN; Schema: pgsched; Owner: -

CREATE DOMAIN pgsched.user_name AS text
	CONSTRAINT "name must have 1 to 200 characters, no spaces, no upper case" CHECK ((((length(VALUE) >= 1) AND (length(VALUE) <= 200)) AND (VALUE !~ '\s'::text) AND (VALUE = lower(VALUE))));

-- Name: DOMAIN user_name; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON DOMAIN pgsched.user_name IS 'Name of a user, often an e-mail address.';

-- Name: _actor(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._actor() RETURNS bigint
    LANGUAGE sql STABLE
    AS $_$
  -- The user whose setting it is; NULL: none. The rules of job and event have the same inside: inlined, it would be parsed for each INSERT.
  select case when pg_catalog.current_setting('pgsched.actor', true) ~ '^[0-9]{1,18}$'
              then pg_catalog.current_setting('pgsched.actor', true)::bigint end $_$;

-- Name: _add(integer[], integer[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._add(p_a integer[], p_b integer[]) RETURNS integer[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select coalesce(array_agg(coalesce(u.a, 0) + coalesce(u.b, 0) order by u.k), '{}')
    from unnest(p_a, p_b) with ordinality as u (a, b, k) $$;

-- Name: FUNCTION _add(p_a integer[], p_b integer[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched._add(p_a integer[], p_b integer[]) IS 'The sum of two histograms.';

-- Name: _admins_write(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._admins_write() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- For views that write right through to a table.   Errors  PS028 the actor is no admin.
begin
  perform pgsched._require_admin();
  return null;
end $$;

-- Name: _admit(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._admit() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
-- Give each job just inserted its row in _ready, make its lane known, wake a sleeper.
-- Definer: whoever may insert into the view need not touch the private tables.
-- Locks    nothing that exists.   Notifies  pgsched, if a sleeper would wake later than a job is due.
-- Errors   PS010 args too large; PS001, PS028 as _require_children().
declare
  v_now timestamptz := pgsched.clock();
  v_count bigint;
  v_bytes bigint;
  v_told boolean;
begin
  if current_setting('pgsched.actor', true) <> '' then
    if exists (select from new_jobs as n where n.parent_id is not null) then
      perform pgsched._require_children(array(select distinct n.parent_id from new_jobs as n where n.parent_id is not null));
    else   -- 12 us where to find out that there are no parents takes 26
      perform pgsched._require_writer();
    end if;
  end if;
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
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Give up to p_limit jobs that waited for a task their place in _ready back: due when they were, before what came later.
-- Returns how many.
declare
  v_now timestamptz := pgsched.clock();
  v_count integer;
begin
  with gone as materialized (
    delete from pgsched._blocked as b where b.ctid = any(array(
      select q.ctid from pgsched._blocked as q where q.reason = 'task_held' and q.subject = p_task
       order by q.due_at, q.id limit p_limit for update skip locked))
    returning b.*),
  ready as (
    insert into pgsched._ready (id, queue, priority, attempt, due_at)
    select g.id, g.queue, g.priority, g.attempt, g.due_at from gone as g returning queue, priority),
  lanes as (select r.queue, r.priority, count(*) as jobs from ready as r group by r.queue, r.priority)
  select sum(l.jobs), pgsched._announce(array_agg(l.queue), array_agg(l.priority), array_fill(v_now, array[count(*)::integer]))
    into v_count from lanes as l having count(*) > 0;
  return coalesce(v_count, 0);
end $$;

-- Name: _admit_orphans(bigint[], timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._admit_orphans(p_ids bigint[], p_now timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
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

SET default_tablespace = '';

-- Name: _event; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._event (
    id bigint NOT NULL,
    "time" timestamp with time zone NOT NULL,
    cause_job bigint,
    owner_id bigint,
    depth integer NOT NULL,
    type text NOT NULL,
    source text NOT NULL,
    subject text,
    external_id text,
    data jsonb NOT NULL,
    attributes jsonb
)
PARTITION BY RANGE (id);

-- Name: COLUMN _event.cause_job; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._event.cause_job IS 'The job that emitted it; NULL where no job did, or none was named.';

-- Name: COLUMN _event.owner_id; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._event.owner_id IS 'A user of _user: whose job emitted it or ended, else who did; NULL: nobody.';

-- Name: COLUMN _event.depth; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._event.depth IS 'How many events came before it in the chain: event, job, event, job, this.';

-- Name: _all_said(jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._all_said(p_events jsonb) RETURNS pgsched._event[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- The events that emit_many() is told of.   Errors  PS010 and PS027 as it, with the place of the event.
declare
  v_now timestamptz := pgsched.clock();
  v_cause bigint := pgsched._cause();
  v_owner bigint := pgsched._emitter(v_cause);
  v_depth integer := pgsched._depth(v_cause, p_events -> 0 ->> 'type');
  v_bytes bigint := pgsched._setting('args_bytes_max');
  v_all pgsched._event[];
  v_event pgsched._event;
  v_at integer := 0;
  v_constraint text;
  v_field text;
begin
  while v_at < jsonb_array_length(p_events) loop
    v_event := pgsched._said(p_events -> v_at, v_now, v_cause, v_owner, v_depth);
    if pg_column_size(v_event.data || '[]') > v_bytes then   -- || as in emit()
      raise exception using errcode = 'PS010', message = format('data must not exceed %s bytes', v_bytes), column = v_at || '/data',
        detail = pgsched._of_event(p_events, v_at, pg_column_size(v_event.data || '[]') || ' bytes'),
        hint = 'store large data elsewhere and pass its key, or raise the setting args_bytes_max';
    end if;
    v_all[v_at + 1] := v_event;
    v_at := v_at + 1;
  end loop;
  return v_all;
exception when check_violation or data_exception then
  get stacked diagnostics v_constraint = constraint_name;
  v_field := split_part(v_constraint, ' ', 1);
  raise exception using errcode = 'PS010', message = coalesce(nullif(v_constraint, ''), sqlerrm), column = concat_ws('/', v_at, nullif(v_field, '')),
    detail = pgsched._of_event(p_events, v_at, coalesce(quote_literal(left(p_events -> v_at ->> v_field, 100)), 'another value'));
end $$;

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

-- Name: _args_at(jsonb, text, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._args_at(p_args jsonb, p_schedule text, p_nominal timestamp with time zone) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $_$
  -- Values "$nominal" and "$schedule" become the slot's nominal time, in ISO 8601, and the schedule's name.
  select case when p_args::text ~ '"\$(nominal|schedule)"' then
    replace(replace(p_args::text, '"$nominal"', to_json(p_nominal)::text), '"$schedule"', to_json(p_schedule)::text)::jsonb
    else p_args end $_$;

-- Name: _ask(text, text, timestamp with time zone[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._ask(p_condition text, p_schedule text, p_nominals timestamp with time zone[], OUT refused timestamp with time zone[], OUT reasons text[], OUT unasked timestamp with time zone[], OUT problem text) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
-- Ask the condition of a schedule for each of these slots, in this order, with the rights of whoever ticks: so it must belong to somebody who
-- has these rights anyway. Nobody may have made it so slow that it was cancelled, or with an ASSERT, that we stop here.
-- Returns  the slots for which it is not true, and why; those that time ran out for; and what is wrong with it.
declare
  v_condition record;
  v_holds boolean;
begin
  refused := '{}';
  reasons := '{}';
  unasked := '{}';
  for v_n in 1..cardinality(p_nominals) loop
    if problem is null then
      begin
        v_condition := pgsched._condition(p_condition);
        if not pg_has_role(v_condition.owner, current_user, 'usage')
           and not pg_has_role(v_condition.owner, (select n.nspowner from pg_catalog.pg_namespace as n where n.nspname = 'pgsched'), 'usage') then
          raise exception using errcode = '42501',
            message = format('its owner, %s, must be %s, the owner of schema pgsched or a superuser', v_condition.owner::regrole, current_user);
        end if;
        execute format('select %s($1, $2)', v_condition.routine) into v_holds using p_schedule, p_nominals[v_n];
      exception
        when query_canceled then   -- one that takes all the time is refused; one that others left too little for is asked again
          problem := format('condition %s: %s', p_condition, sqlerrm);
          unasked := p_nominals[greatest(v_n, 2):];
          if v_n > 1 then return; end if;
          refused := p_nominals[1:1];
          reasons := array[problem];
          return;
        when assert_failure or others then
          problem := format('condition %s: %s', p_condition, sqlerrm);
      end;
    end if;
    if problem is not null or v_holds is not true then
      refused := refused || p_nominals[v_n];
      reasons := reasons || coalesce(problem, 'condition');
    end if;
  end loop;
end $_$;

-- Name: _asks_beyond_data(jsonpath); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._asks_beyond_data(p_path jsonpath) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
  -- Whether a path begins anywhere but at $.data.
  select pgsched._bare(replace(p_path::text, '$."data"', '')) ~ '\$' $_$;

-- Name: _attach(text, text, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._attach(p_parent text, p_name text, p_lo bigint, p_hi bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Make a table a partition. Locks  the parent, SHARE UPDATE EXCLUSIVE: enqueue, claim and finish go on.
begin
  execute format('alter table pgsched.%I attach partition pgsched.%I for values from (%s) to (%s)', p_parent, p_name, p_lo, p_hi);
end $$;

-- Name: _bare(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._bare(p_path text) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- A path as text, without what its strings and names say: these are in double quotes.
  select regexp_replace(p_path, '"(\\.|[^"\\])*"', '""', 'g') $$;

-- Name: _blackout_changed(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._blackout_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Definer: as _calendar_changed().
begin
  perform pgsched._make_stale('{}', array(select distinct b.name::text from changed as b));
  return null;
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
    SET search_path TO 'pg_catalog', 'pg_temp'
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
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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

-- Name: _busy(text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._busy(p_names text[]) RETURNS text[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    AS $$
  -- Those of these schedules that heed the jobs before, and have some that have not ended.
  select array(
    select distinct s.name::text from pgsched._schedule as s cross join unnest(s.last_jobs) as u
     where s.name = any(p_names) and s.overlap <> 'allow'
       and (exists (select from pgsched._ready as r where r.id = u) or exists (select from pgsched._blocked as b where b.id = u)
            or u in (select unnest(c.ids) from pgsched._claim as c))) $$;

-- Name: _calendar_changed(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._calendar_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Definer: whoever keeps a calendar need not have rights on schedules.
declare
  v_names text[] := array(select distinct u from unnest(array[new.name::text, old.name::text]) as u where u is not null);
begin
  if (new.name, new.weekend, new.about) is not distinct from (old.name, old.weekend, old.about) then return null; end if;
  perform pgsched._keep_calendars(v_names);
  perform pgsched._make_stale(v_names, '{}');
  return null;
end $$;

SET default_table_access_method = heap;

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

-- Name: _call_back(uuid, bytea, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._call_back(p_worker uuid, p_token bytea, p_id bigint) RETURNS pgsched._claim
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- The claim under which an endpoint holds a job; the rest of the transaction is done as the operator.
-- Returns  NULLs where the job is over for it; that alone is told without a look at the token, which is gone by then. A worker that is no
--          endpoint has no token, so none may act as it: its id is there to read, in every run.
-- Locks    its row in _worker.
-- Errors   PS018 there is none (yet): the same whether the hand-over has not committed or nobody has ever heard of it; PS060 the token.
declare
  v_token bytea;
  v_claim pgsched._claim;
begin
  select w.token into v_token from pgsched._worker as w where w.id = p_worker and w.role = 'endpoint' for no key update;
  if found then
    if v_token is distinct from p_token then
      raise exception using errcode = 'PS060', message = 'the token is not that of this job';
    end if;
    select c.* into v_claim from pgsched._claim as c where c.worker = p_worker and c.ids = array[p_id];
  elsif not exists (select from pgsched._run as r where r.job_id = p_id and r.worker = p_worker) then
    raise exception using errcode = 'PS018', message = format('job %s is not in the hands of who has this token', p_id),
      detail = 'it was not handed over yet, or it is long over', hint = 'ask again in a second, for a minute at most';
  end if;
  perform set_config('pgsched.actor', '', true);
  return v_claim;
end $$;

-- Name: _call_back_finish(uuid, bytea, bigint, text, text, text, double precision, boolean); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._call_back_finish(p_worker uuid, p_token bytea, p_id bigint, p_outcome text, p_result text, p_error text, p_after_s double precision, p_final boolean) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- End the job: p_outcome is succeeded, failed, cancelled or snoozed; p_after_s for failed and snoozed, p_final for failed.
-- Returns  the outcome that was recorded: a pending cancel goes before failed and snoozed. Safe to repeat.
-- Notifies the pushers: there is room for another.   Errors  as _call_back(); PS021 it ended otherwise; 22P02 p_result is no JSON.
declare
  v_claim pgsched._claim := pgsched._call_back(p_worker, p_token, p_id);
  v_outcome pgsched.run_outcome;
begin
  if v_claim.id is not null then
    case p_outcome
      when 'succeeded' then
        perform pgsched.finish(p_worker, array[v_claim.id], v_claim.ids, v_claim.attempts, array[p_result]);
      when 'snoozed' then
        perform pgsched.snooze(p_worker, array[v_claim.id], v_claim.ids, v_claim.attempts, array[p_after_s]);
      else
        perform pgsched.fail(p_worker, array[v_claim.id], v_claim.ids, v_claim.attempts, array[coalesce(p_error, p_outcome)],
                             array[p_outcome::pgsched.run_outcome], array[p_after_s], array[p_final]);
    end case;
    delete from pgsched._worker as w where w.id = p_worker;
    perform pgsched._wake(array[v_claim.queue], array['-infinity'::timestamptz]);
  end if;
  select r.outcome into v_outcome from pgsched._run as r where r.job_id = p_id and r.worker = p_worker;
  if v_claim.id is null and v_outcome::text is distinct from p_outcome then
    raise exception using errcode = 'PS021', message = format('job %s is over for this endpoint', p_id),
      detail = format('this attempt ended %s', coalesce(v_outcome::text, 'without a word'));
  end if;
  return v_outcome;
end $$;

-- Name: _call_back_heartbeat(uuid, bytea, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._call_back_heartbeat(p_worker uuid, p_token bytea, p_id bigint, OUT lease_s double precision, OUT cancelled boolean) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Returns  for how long the lease is good from now on, and whether the job shall stop.
-- Errors   as _call_back(); PS021 the job is over for it; PS023 not READ COMMITTED.
declare
  v_claim pgsched._claim := pgsched._call_back(p_worker, p_token, p_id);
begin
  if v_claim.id is null or not exists (select from pgsched.heartbeat(array[p_worker])) then
    raise exception using errcode = 'PS021', message = format('job %s is over for this endpoint', p_id), hint = 'stop working on it';
  end if;
  select w.lease_s into lease_s from pgsched._worker as w where w.id = p_worker;
  cancelled := exists (select from pgsched._cancel as k where k.id = p_id);
end $$;

-- Name: _called_by(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._called_by(p_who text) RETURNS SETOF regprocedure
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- What a worker, a client, an admin or the HTTP API calls. All of it runs as its definer, so that none of them needs the private tables.
  select p.oid::regprocedure from pg_catalog.pg_proc as p
   where p.pronamespace = 'pgsched'::regnamespace
     and p.proname = any(case p_who
       when 'worker' then '{register,heartbeat,leave,reap,nap,rise,next_due,suspects_due,claim,claim_suspect,finish,complete,fail,snooze,release,
                            evict,log,cancels,save_checkpoint,checkpoint,upkeep,unplanned,plan,tick,tick_apart,declare_task,
                            declare_schedule,declare_subscription,retire_declarations,quiet_for}'::text[]
       when 'pusher' then '{push_state,claim_push,hold_endpoint,hand_over,lapse}'
       when 'client' then '{await,forgo,outcome,job_state}'
       when 'admin' then '{cancel,redrive,redrive_many,reschedule,find_jobs,cancel_jobs,redrive_jobs,reschedule_jobs,cancel_run,retry_run,
                           replay,pause_queue,resume_queue,change_task,reset_task,pause_task,resume_task,
                           restore_declared,restore_schedule,restore_calendar,begin_request,keep_answer,create_user,sign_up,change_user,
                           set_password,make_api_key,revoke_api_key,rotate_secret,change_setting,save_script,
                           create_hook,change_hook,rotate_hook,finish_rotation,remove_hook,
                           add_endpoint,change_endpoint,rotate_endpoint,pause_endpoint,resume_endpoint,remove_endpoint}'
       when 'api' then '{_principal_of_key,_principal_of_user,_sign_up_begin,_log_in_begin,_log_in_end,_refresh,_log_out,_secrets,
                         _hook_secrets,_deliver,_call_back_heartbeat,_call_back_finish,
                         _require_own_worker,_hold,_expect}' end) $$;

-- Name: _caller(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._caller() RETURNS name
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- Who a session acts as, also where a function acts as its definer.
  select coalesce(nullif(current_setting('role'), 'none'), session_user) $$;

-- Name: _cancel(bigint[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._cancel(p_ids bigint[]) RETURNS TABLE(id bigint, done boolean, state text)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
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

-- Name: _schedule; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._schedule (
    name pgsched.schedule_name NOT NULL,
    task pgsched.task_name NOT NULL,
    args pgsched.job_args NOT NULL,
    kind text NOT NULL,
    rule text NOT NULL,
    timezone text NOT NULL,
    calendar text,
    roll text NOT NULL,
    blackout text,
    blackout_policy text NOT NULL,
    starts_at pgsched.schedule_time,
    ends_at pgsched.schedule_time,
    max_runs integer,
    jitter pgsched.pause NOT NULL,
    splay pgsched.pause NOT NULL,
    overlap text NOT NULL,
    misfire text NOT NULL,
    misfire_limit integer NOT NULL,
    grace pgsched.pause NOT NULL,
    condition text,
    priority pgsched.job_priority,
    queue pgsched.queue_name,
    labels pgsched.job_labels,
    owner_id bigint,
    paused boolean NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    deleted_at timestamp with time zone,
    plan_no bigint NOT NULL,
    since timestamp with time zone NOT NULL,
    planned_to timestamp with time zone NOT NULL,
    planned_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    planner_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    retry_at timestamp with time zone,
    runs integer DEFAULT 0 NOT NULL,
    last_jobs bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    plan_problem text,
    tick_problem text,
    CONSTRAINT "blackout_policy must be skip, hold or before" CHECK ((blackout_policy = ANY (ARRAY['skip'::text, 'hold'::text, 'before'::text]))),
    CONSTRAINT "ends_at must be after starts_at" CHECK (((ends_at)::timestamp with time zone > (starts_at)::timestamp with time zone)),
    CONSTRAINT "kind must be cron, rrule, every, at or business" CHECK ((kind = ANY (ARRAY['cron'::text, 'rrule'::text, 'every'::text, 'at'::text, 'business'::text]))),
    CONSTRAINT "max_runs must be at least 1" CHECK ((max_runs > 0)),
    CONSTRAINT "misfire must be skip, once or all" CHECK ((misfire = ANY (ARRAY['skip'::text, 'once'::text, 'all'::text]))),
    CONSTRAINT "misfire_limit must be from 1 to 1000" CHECK (((misfire_limit >= 1) AND (misfire_limit <= 1000))),
    CONSTRAINT "overlap must be allow, skip, queue or cancel" CHECK ((overlap = ANY (ARRAY['allow'::text, 'skip'::text, 'queue'::text, 'cancel'::text]))),
    CONSTRAINT "roll must be skip, following, preceding or modified_following" CHECK ((roll = ANY (ARRAY['skip'::text, 'following'::text, 'preceding'::text, 'modified_following'::text]))),
    CONSTRAINT "starts_at of every and rrule must be a whole second" CHECK (((kind <> ALL (ARRAY['every'::text, 'rrule'::text])) OR (EXTRACT(second FROM starts_at) = trunc(EXTRACT(second FROM starts_at)))))
)
WITH (fillfactor='50');

-- Name: COLUMN _schedule.condition; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._schedule.condition IS 'A function (schedule text, nominal timestamptz) returns boolean, by schema and name. As text: a regproc would stop pg_upgrade.';

-- Name: COLUMN _schedule.owner_id; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._schedule.owner_id IS 'A user of _user; NULL: nobody''s. Its jobs are the same one''s.';

-- Name: COLUMN _schedule.plan_no; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._schedule.plan_no IS 'From a sequence, anew whenever its slots have to be planned anew: what a planner brings for another one is left out.';

-- Name: COLUMN _schedule.since; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._schedule.since IS 'Occasions up to this nominal time are none of its plan: they were before its rule, or before a change of what it heeds.';

-- Name: COLUMN _schedule.planned_to; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._schedule.planned_to IS 'Every occasion up to this nominal time is planned or decided; what is planned beyond is about to be planned anew.';

-- Name: COLUMN _schedule.planned_until; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._schedule.planned_until IS 'Every slot that is due up to then is planned or decided; -infinity: to be planned anew; infinity: there are no more.';

-- Name: COLUMN _schedule.planner_until; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._schedule.planner_until IS 'A planner works on it until then.';

-- Name: COLUMN _schedule.retry_at; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._schedule.retry_at IS 'It is ticked apart from the others, from then on: it failed, or has a job to cancel.';

-- Name: COLUMN _schedule.runs; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._schedule.runs IS 'How many jobs it has made.';

-- Name: COLUMN _schedule.last_jobs; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._schedule.last_jobs IS 'Its last job at the end; before it, where overlap is not allow, those that may not have ended.';

-- Name: COLUMN _schedule.plan_problem; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._schedule.plan_problem IS 'Why its slots cannot be planned.';

-- Name: COLUMN _schedule.tick_problem; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._schedule.tick_problem IS 'Why its last slot did not fire as it should.';

-- Name: _cancel_before(pgsched._schedule); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._cancel_before(p_schedule pgsched._schedule) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '50ms'
    AS $$
-- Cancel the jobs of a schedule that have not ended, in the order of their claims.   Errors  55P03 one is locked.
begin
  perform pgsched.cancel(u.id)
     from (select j.id from unnest(pgsched._live(p_schedule.last_jobs)) as j (id)
             left join pgsched._claim as c on c.ids @> array[j.id] order by c.id nulls first, j.id) as u;
end $$;

-- Name: _plan; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._plan (
    schedule pgsched.schedule_name NOT NULL,
    nominal timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    skipped boolean NOT NULL,
    notes jsonb NOT NULL,
    held boolean DEFAULT false NOT NULL
)
WITH (vacuum_truncate=off, autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='20000', autovacuum_vacuum_cost_delay='0');

-- Name: TABLE _plan; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TABLE pgsched._plan IS 'Slots to come. A slot that is decided leaves it, for _slot.';

-- Name: COLUMN _plan.held; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._plan.held IS 'Its time has come, and it waits for the end of the job before it (overlap queue).';

-- Name: _candidates(pgsched._plan[], timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._candidates(p_due pgsched._plan[], p_now timestamp with time zone) RETURNS TABLE(schedule text, nominal timestamp with time zone, notes jsonb, skipped boolean, held boolean, overlap text, runs integer, max_runs integer, why_not text)
    LANGUAGE sql STABLE
    AS $$
  -- What the plan's own skips, pause and misfire, in this order, leave over of these slots: there why_not is NULL.
  with late as (
    select d.schedule, d.nominal, d.skipped, d.notes, d.held, s.paused, s.overlap, s.misfire, s.misfire_limit, s.runs, s.max_runs,
           not d.held and not d.skipped and not s.paused and d.due_at < p_now - s.grace as late
      from unnest(p_due) as d join pgsched._schedule as s on s.name = d.schedule),
  numbered as (
    select l.*, row_number() over (partition by l.schedule, l.late order by l.nominal desc) as backwards from late as l)
  select n.schedule, n.nominal, n.notes, n.skipped, n.held, n.overlap, n.runs, n.max_runs,
         case when n.skipped then coalesce(n.notes -> 0 ->> 'text', 'skipped')
              when n.paused then 'paused'
              when n.late and n.backwards > case n.misfire when 'skip' then 0 when 'once' then 1 else n.misfire_limit end then 'late' end
    from numbered as n $$;

-- Name: _cause(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._cause() RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
  -- The job on whose behalf this session works, where the caller names none.
  select nullif(pg_catalog.current_setting('pgsched.cause_job', true), '')::bigint $$;

-- Name: _caused_by(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._caused_by(p_job bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
-- The event that made a job, or the first of its parents that an event made. NULL: none did. Labels may say anything, hence the look in
-- _event_job. A job knows its parents' from when it was made, so that no number of jobs in between hides it, and none costs a look.
-- Definer: whoever makes a job of a job need not read private tables.
declare
  v_job pgsched._job;
begin
  select j.* into v_job from pgsched._job as j where j.id = p_job;
  if v_job.labels ->> 'event' ~ '^[0-9]{1,18}$' and exists (
    select from pgsched._event_job as m where m.event_id = (v_job.labels ->> 'event')::bigint and m.job_id = p_job)
  then return (v_job.labels ->> 'event')::bigint; end if;
  return v_job.cause_event;
end $_$;

-- Name: _chain(bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._chain(p_event bigint, p_job bigint) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- The last 20 links of a chain that ends with this job of this event, in words: types of events and names of tasks in turn.
declare
  v_text text := '';
  v_event pgsched._event;
begin
  for v_link in 1..20 loop
    select e.* into v_event from pgsched._event as e where e.id = p_event;
    exit when not found;
    v_text := format('%s > %s > ', v_event.type, (select j.task from pgsched._job as j where j.id = p_job)) || v_text;
    exit when v_event.cause_job is null;
    p_job := v_event.cause_job;
    p_event := pgsched._caused_by(p_job);
  end loop;
  return v_text;
end $$;

-- Name: _changeable(bigint[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._changeable(p_ids bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
-- Of jobs that somebody wants to change, those that there are for him.   Errors  PS010 no ids, or above 1,000; PS028 he may change none.
begin
  perform pgsched._require_writer();
  perform pgsched._require_range('the number of ids', coalesce(cardinality(p_ids), 0), 1, 1000);
  return array(select j.id from pgsched.job as j where j.id = any(p_ids) order by j.id);
end $$;

-- Name: _check_subscription(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._check_subscription() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Make of a subscription what events need. A change makes a new version; an UPDATE that changes nothing makes none.
-- Definer: whoever may write the view need not call private functions.   Errors  PS010 filter, args, key, version.
declare
  v_known record;
begin
  if tg_op = 'INSERT' then v_known := row(0, '-infinity'::timestamptz); else v_known := row(old.version, old.updated_at); end if;
  if row(new.version, new.updated_at) is distinct from v_known then
    raise exception using errcode = 'PS010', message = 'version and updated_at are given by the database',
      hint = 'leave them out; to change only what you saw, add: where version = ...';
  end if;
  if tg_op = 'UPDATE' and row(new.name, new.event_type, new.task, new.filter, new.args, new.queue, new.priority, new.delay, new.key, new.enabled)
     is not distinct from row(old.name, old.event_type, old.task, old.filter, old.args, old.queue, old.priority, old.delay, old.key, old.enabled)
  then return new; end if;
  new.filter_path := pgsched._filter(new.filter);
  new.tasks := pgsched._tasks_named(new.filter_path);
  new.holes := pgsched._holes(new.args);
  new.key_path := pgsched._hole_path('key', new.key);
  new.whole := new.args is null or coalesce(pgsched._asks_beyond_data(new.filter_path), false)
               or coalesce(pgsched._asks_beyond_data(new.key_path), false)
               or exists (select from unnest(new.holes) as h where pgsched._asks_beyond_data(h.take));
  if not new.whole then
    new.filter_path := pgsched._from_data(new.filter_path);
    new.key_path := pgsched._from_data(new.key_path);
    new.holes := array(select row(h.at, pgsched._from_data(h.take))::pgsched._hole from unnest(new.holes) as h);
  end if;
  new.version := new.version + 1;
  new.updated_at := pgsched.clock();
  return new;
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

-- Name: _condition(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._condition(p_condition text, OUT routine text, OUT owner oid) RETURNS record
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- The function that a condition names, as it is called, and whose it is.
-- Errors   PS010 there is no such function.
declare
  v_name text[];
begin
  begin
    v_name := parse_ident(p_condition);
  exception when invalid_parameter_value then null;
  end;
  select format('%I.%I', n.nspname, p.proname), p.proowner into routine, owner
    from pg_catalog.pg_proc as p join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
   where array[n.nspname, p.proname]::text[] = v_name and p.prokind = 'f' and p.prorettype = 'boolean'::regtype and not p.proretset
     and oidvectortypes(p.proargtypes) = 'text, timestamp with time zone';
  if found then return; end if;
  raise exception using errcode = 'PS010',
    message = 'condition must be a function (schedule text, nominal timestamptz) returns boolean, named with its schema',
    detail = format('got %L', p_condition);
end $$;

-- Name: _count_version(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._count_version() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Definer: whoever keeps a calendar need not read private tables.
begin
  if tg_op = 'INSERT' or (new.name, new.weekend, new.about) is distinct from (old.name, old.weekend, old.about) then
    new.version := pgsched._next_version('calendar', new.name);
  end if;
  return new;
end $$;

-- Name: _create(text, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._create(p_parent text, p_name text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Make a table in the parent's likeness. CREATE TABLE .. PARTITION OF would block enqueue and claim: it locks the parent.
begin
  execute format('create table pgsched.%I (like pgsched.%I including all)', p_name, p_parent);
end $$;

-- Name: _create_user(text, text, text, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._create_user(p_name text, p_role text, p_team text, p_password_hash text) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Returns  its id.   Errors  PS029 there is one of this name; 23514 with a constraint whose name says what is allowed.
declare
  v_now timestamptz := pgsched.clock();
  v_id bigint;
begin
  perform pgsched._require_role(p_role);
  insert into pgsched._user as u (name, role, team, password_hash, created_at, updated_at)
  values (p_name, p_role, p_team, p_password_hash, v_now, v_now)
  on conflict on constraint _user_name_key do nothing returning u.id into v_id;
  if found then return v_id; end if;
  raise exception using errcode = 'PS029', message = format('user %L exists already', p_name);
end $$;

-- Name: _day(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._day() RETURNS bigint
    LANGUAGE sql IMMUTABLE
    AS $$
  select 86400::bigint << 20 $$;

-- Name: FUNCTION _day(); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched._day() IS 'How many ids make a day. Days begin at midnight UTC, at multiples of this.';

-- Name: _decide(pgsched._plan[], timestamp with time zone[], text[], text[], timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._decide(p_due pgsched._plan[], p_refused timestamp with time zone[], p_reasons text[], p_busy text[], p_now timestamp with time zone) RETURNS SETOF pgsched._decision
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS $$
-- By each schedule's policies, in this order: those of _candidates(), condition, overlap, max_runs.
-- p_refused, p_reasons: the nominal times that a condition refused (of one schedule: then all is of one), and why.
  with candidates as (
    select n.schedule, n.nominal, n.notes, n.skipped, n.held, n.overlap, n.runs, n.max_runs, n.schedule = any(p_busy) as busy,
           exists (select from pgsched._plan as h where h.schedule = n.schedule and h.held) as holding,
           coalesce(n.why_not, p_reasons[array_position(p_refused, n.nominal)]) as why_not
      from pgsched._candidates(p_due, p_now) as n),
  ranked as (
    select c.*, row_number() over (partition by c.schedule, c.why_not is null order by c.held desc, c.nominal) as n,
           count(*) over (partition by c.schedule, c.why_not is null) as of
      from candidates as c),
  fated as (
    select r.*,
           case when r.why_not = 'late' or r.skipped and r.notes -> 0 ->> 'code' = 'missed' then 'missed'
                when r.why_not is not null then 'skipped'
                when r.overlap = 'allow' or r.overlap = 'cancel' and r.n = r.of then 'fired'
                when r.holding or r.overlap = 'cancel' then 'skipped'   -- a newer one does not overtake the one that waits
                when r.n = 1 and not r.busy then 'fired'
                when r.overlap = 'queue' and r.n = case when r.busy then 1 else 2 end then 'held'
                else 'skipped' end as outcome
      from ranked as r),
  counted as (
    select f.*, f.runs + count(*) filter (where f.outcome = 'fired') over (partition by f.schedule order by f.nominal) > f.max_runs as over
      from fated as f)
  select c.schedule, c.nominal,
         case when c.outcome = 'fired' and c.over then 'skipped' else c.outcome end,
         case when c.outcome = 'fired' and c.over then 'max_runs'
              when c.why_not is null and c.outcome = 'skipped' then 'overlap'
              else c.why_not end,
         case when c.outcome = 'fired' and c.over is not true then pgsched.new_id() end
    from counted as c $$;

-- Name: _declarable(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._declarable(p_kind text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
  -- What code may declare, and what holds of what it leaves out: as an INSERT into the view has it.
  select case p_kind
    when 'schedule' then '{
      "task": null, "args": {}, "cron": null, "rrule": null, "every": null, "at": null, "business": null, "timezone": "UTC",
      "calendar": null, "roll": "skip", "blackout": null, "blackout_policy": "skip", "starts_at": null, "ends_at": null, "max_runs": null,
      "jitter": "0", "splay": "0", "overlap": "allow", "misfire": "once", "misfire_limit": 100, "grace": "1 minute", "condition": null,
      "priority": null, "queue": null, "labels": null, "paused": false}'::jsonb
    else '{
      "task": null, "event_type": null, "filter": null, "args": null, "queue": null, "priority": null, "delay": "0", "key": null,
      "enabled": true}'::jsonb end $$;

-- Name: _declare(text, text, text, jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._declare(p_kind text, p_name text, p_task text, p_columns jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Remember what code declares, and write what of that is not as it was declared before.
-- Locks    its row in _declaration, unless it has not changed: a thousand workers may start at once; then its own.
-- Errors   PS010 an unknown column; else as the view.
declare
  v_whole jsonb;   -- with what it has left out
  v_changes jsonb;
  v_before jsonb;
  v_unknown text;
begin
  select k into v_unknown from jsonb_object_keys(p_columns) as k where not pgsched._declarable(p_kind) ? k limit 1;
  if found then
    raise exception using errcode = 'PS010', message = format('%L of a %s cannot be declared', v_unknown, p_kind),
      hint = format('\d pgsched.%s lists its columns', p_kind);
  end if;
  v_whole := pgsched._declarable(p_kind) || jsonb_build_object('task', p_task)
             || coalesce((select jsonb_object_agg(c.key, c.value) from jsonb_each(p_columns) as c where c.value <> 'null'), '{}');
  if exists (select from pgsched._declaration as d where d.kind = p_kind and d.name = p_name and d.columns = v_whole) then return; end if;
  loop
    insert into pgsched._declaration (kind, name, columns, declared_at) values (p_kind, p_name, v_whole, pgsched.clock()) on conflict do nothing;
    exit when found;
    select d.columns into v_before from pgsched._declaration as d where d.kind = p_kind and d.name = p_name for update;
    if found then   -- else it has just been retired
      update pgsched._declaration as d set columns = v_whole, declared_at = pgsched.clock() where d.kind = p_kind and d.name = p_name;
      exit;
    end if;
  end loop;
  select jsonb_object_agg(w.key, w.value) into v_changes
    from jsonb_each(v_whole) as w where w.value is distinct from v_before -> w.key;
  if v_changes is null then return; end if;
  perform pgsched._write_as(p_kind, p_name, v_whole, case when v_before is not null then v_changes end);
end $$;

-- Name: _delay(double precision); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._delay(p_seconds double precision) RETURNS interval
    LANGUAGE sql IMMUTABLE
    AS $$
  -- A handler chose it, so it must not stop its neighbours in the batch: at least nothing, at most a year, NaN as well.
  select make_interval(secs => least(greatest(p_seconds, 0), 31536000)) $$;

-- Name: _deliver(text, text, jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._deliver(p_hook text, p_id text, p_data jsonb) RETURNS TABLE(id bigint, known boolean, wait_s integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
-- A delivery whose signature is good becomes an event, of the type that the hook says or takes from it. What is not signed is never counted:
-- else who knows a hook's name could shut out its sender.
-- Returns  as emit_many(); or, where there were too many, but in how many seconds to come again.   Locks  as _hook_wait_s(), and emit_many().
-- Errors  PS009 unknown hook; PS010 there is nothing in it that could be the type; else as emit_many().
declare
  v_hook pgsched._hook;
  v_said jsonb;
  v_at integer;
  v_type text;
begin
  select h.* into v_hook from pgsched._hook as h where h.name = p_hook;   -- without a lock: many come at once
  if not found then perform pgsched._unknown_hook(p_hook); end if;
  wait_s := pgsched._hook_wait_s(p_hook);
  if wait_s > 0 then return next; return; end if;
  v_said := jsonb_build_object('id', p_id, 'source', v_hook.source, 'data', p_data);
  v_type := v_hook.event_type;
  v_at := strpos(v_type, '$');
  if v_at > 0 then
    v_type := left(v_type, v_at - 1) || (jsonb_path_query_first_tz(v_said, substr(v_type, v_at)::jsonpath, '{}', true) #>> '{}');
  end if;
  if v_type is null then
    raise exception using errcode = 'PS010', message = 'there is nothing in the delivery that could be its type',
      detail = format('hook %L takes %s', p_hook, v_hook.event_type);
  end if;
  return query select e.id, e.known, 0 from pgsched.emit_many(jsonb_build_array(v_said || jsonb_build_object('type', v_type))) as e;
end $_$;

-- Name: _depth(bigint, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._depth(p_cause bigint, p_type text) RETURNS integer
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- How deep in its chain an event of this type is, that this job emits (NULL: no job).
-- Errors   PS001 unknown job, or one that the user does not see; PS027 too deep.
declare
  v_owners bigint[];
  v_event bigint;
  v_depth integer;
begin
  if p_cause is null then return 0; end if;
  v_owners := pgsched._owners_seen();
  if not exists (select from pgsched._job as j where j.id = p_cause and (v_owners is null or j.owner_id = any(v_owners))) then
    raise exception using errcode = 'PS001', message = format('job %s does not exist', p_cause),
      hint = 'the cause of an event is the job that runs';
  end if;
  v_event := pgsched._caused_by(p_cause);
  v_depth := coalesce((select e.depth + 1 from pgsched._event as e where e.id = v_event), 0);
  if v_depth <= pgsched._setting('event_depth_max') then return v_depth; end if;
  raise exception using errcode = 'PS027',
    message = format('more than %s events have followed from one another', pgsched._setting('event_depth_max')),
    detail = case when v_owners is null
                   and has_table_privilege(pgsched._caller(), 'pgsched.event', 'select') then pgsched._chain(v_event, p_cause) || p_type
                  else format('the event to come would be caused by job %s; who may read pgsched.event is told the chain', p_cause) end,
    hint = 'does this chain feed itself? Narrow a filter, or raise the setting event_depth_max';
end $$;

-- Name: _depth_here(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._depth_here() RETURNS integer
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- For the rule of pgsched.event. Definer: whoever may insert there need not read private tables.
  select pgsched._require_writer();
  select pgsched._depth(pgsched._cause(), 'one more') $$;

-- Name: _direct(text, text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._direct(p_endpoint text, p_tasks text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Let an endpoint get the jobs of these tasks, and of no others. A task that nobody has declared is.
-- Errors   PS010 null; 23514 as declare_task().
declare
  v_task text;
begin
  if array_position(p_tasks, null) is not null or p_tasks is null then
    raise exception using errcode = 'PS010', message = 'tasks must be names of tasks';
  end if;
  foreach v_task in array p_tasks loop
    if not exists (select from pgsched._task as t where t.name = v_task) then perform pgsched.declare_task(v_task); end if;
    perform pgsched.change_task(v_task, jsonb_build_object('endpoint', p_endpoint));
  end loop;
  perform pgsched.reset_task(t.name, '{endpoint}') from pgsched._task as t where t.endpoint = p_endpoint and t.name <> all(p_tasks);
end $$;

-- Name: _drop_partition(text, text, bigint, bigint, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._drop_partition(p_parent text, p_name text, p_lo bigint, p_hi bigint, p_since timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
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

-- Name: _due(timestamp with time zone, integer, boolean); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._due(p_now timestamp with time zone, p_limit integer, p_apart boolean) RETURNS text[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_sort TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
  -- Schedules of up to p_limit slots whose time has come, the longest due first; and as many that held one. Those that are ticked apart from
  -- the others, or these others. Which late slots fire is known once all of them are planned, so they wait for that.
  select pgsched._held(p_now, p_limit, p_apart) || array(
    select p.schedule::text from pgsched._plan as p
     cross join lateral (   -- offset 0: from the slots to their schedules, never the other way, whatever the statistics say
       select from pgsched._schedule as s
        where s.name = p.schedule and p.nominal <= s.planned_to and (s.condition is not null or s.retry_at is not null) = p_apart
          and coalesce(s.retry_at <= p_now, true) and (p.skipped or p.due_at >= p_now - s.grace or s.planned_until >= p_now) offset 0) as s
     where p.due_at <= p_now and not p.held
     order by p.due_at limit p_limit) $$;

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

-- Name: _emitter(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._emitter(p_cause bigint) RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
  -- Whose an event is: the job's that emitted it, else the actor's.
  select case when p_cause is null then pgsched._actor() else pgsched._owner_of(p_cause) end $$;

-- Name: _end_sessions(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._end_sessions(p_user bigint) RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  update pgsched._session as s set ended_at = pgsched.clock() where s.user_id = p_user and s.ended_at is null $$;

-- Name: _end_types(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._end_types() RETURNS text[]
    LANGUAGE sql IMMUTABLE
    AS $$
  select array['job.*', 'job.succeeded', 'job.dead', 'job.cancelled', 'job.expired'] $$;

-- Name: FUNCTION _end_types(); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched._end_types() IS 'What a subscription asks for that wants the ends of jobs; * alone does not bring them about, or an audit of everything would feed itself.';

-- Name: _endpoints(text, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._endpoints(p_after text DEFAULT NULL::text, p_limit integer DEFAULT NULL::integer) RETURNS TABLE(name text, url text, queue text, tasks text[], concurrency integer, running bigint, timeout_s double precision, lease_s double precision, header_names text[], paused boolean, paused_until timestamp with time zone, problem text, version integer, created_at timestamp with time zone, updated_at timestamp with time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
-- The rows of endpoint, by name: p_limit of them, after p_after; NULL: all. Definer: an observer need not read the private table, with its secrets.
declare
  v_now timestamptz := pgsched.clock();
begin
  if pgsched._owners_seen() is not null then return; end if;
  return query
  select e.name::text, regexp_replace(e.url, '[?#].*$', '?...'), q.name, array(select t.name::text from pgsched._task as t
                                                                             where t.endpoint = e.name order by t.name),
         e.concurrency, (select coalesce(sum(cardinality(c.ids)), 0)::bigint from pgsched._claim as c where c.queue = q.name),
         e.timeout_s, e.lease_s, array(select k from jsonb_object_keys(e.headers) as k order by k),
         e.paused, h.until, case when e.paused or h.until is not null then e.problem end, e.version, e.created_at, e.updated_at
    from pgsched._endpoint as e
   cross join lateral (select pgsched._push_queue(e.name) as name) as q
   cross join lateral (select case when e.paused_until > v_now then e.paused_until end as until) as h
   where e.name > coalesce(p_after, '') order by e.name limit p_limit;
end $_$;

-- Name: _ends_wanted(text[], text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._ends_wanted(p_types text[], p_tasks text[] DEFAULT NULL::text[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
-- Whether ends of these types may be events; p_tasks: no others have ended, NULL: any may have. Asked for each batch, so without a SET.
begin
  return exists (
    select from pgsched._subscription as s
     where s.enabled and s.event_type = any(p_types) and (p_tasks is null or s.tasks is null or s.tasks && p_tasks));
end $$;

-- Name: _enqueue_rows(jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._enqueue_rows(p_rows jsonb) RETURNS SETOF bigint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Make a job of each row of a JSON array: task, and what else enqueue() takes, delay_s for delay. Names that a job has not are passed over:
-- whoever calls has checked the rows.   Returns  their ids, in that order.   Errors  as enqueue().
begin
  return query
  insert into pgsched.job (task, args, queue, priority, due_at, max_attempts, timeout_s, retry, key, labels, trace, parent_id)
  select n.task, n.args, n.queue, n.priority,
         case when n.delay_s is null then n.due_at else pgsched._due_at(n.due_at, make_interval(secs => n.delay_s)) end,
         n.max_attempts, n.timeout_s, jsonb_strip_nulls(n.retry), n.key, n.labels, n.trace, n.parent_id
    from jsonb_to_recordset(p_rows) as n (
         task text, args jsonb, queue text, priority integer, due_at timestamptz, delay_s float8, max_attempts integer,
         timeout_s float8, retry jsonb, key text, labels jsonb, trace text, parent_id bigint)
  returning job.id;
end $$;

-- Name: _exceptions(uuid, bigint[], integer[], pgsched.run_outcome[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._exceptions(p_worker uuid, p_ids bigint[], p_attempts integer[], p_outcomes pgsched.run_outcome[]) RETURNS TABLE(id bigint, attempt integer, verdict text)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
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

-- Name: _expect(text, text, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._expect(p_kind text, p_id text, p_version integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- That a thing is at a version, and stays so until this transaction changes it: for changes that are not told a version.
-- Locks    its row; of a job, those of _claim, then of _blocked and _ready.
-- Errors   PS026 it is at another version; the error of its kind where the user sees none or may change none.
declare
  v_version integer;
begin
  case p_kind
    when 'job' then
      perform pgsched._require_change(p_id::bigint);
      perform from pgsched._claim as c where c.ids && array[p_id::bigint] for update;
      perform pgsched._require_version(p_id::bigint, p_version);
      return;
    when 'task' then v_version := (pgsched._require_task(p_id)).version;
    when 'endpoint' then v_version := (pgsched._require_endpoint(p_id)).version;
    when 'schedule' then
      perform pgsched._require_schedule(p_id);
      perform pgsched._require_writer();
      select s.version into v_version from pgsched._schedule as s where s.name = p_id and s.deleted_at is null for no key update;
    when 'hook' then
      perform pgsched._require_admin();
      v_version := (pgsched._require_hook(p_id)).version;
    when 'calendar' then
      perform pgsched._require_admin();
      select c.version into v_version from pgsched._calendar as c where c.name = p_id for no key update;
    when 'subscription' then
      perform pgsched._require_admin();
      select s.version into v_version from pgsched._subscription as s where s.name = p_id for no key update;
  end case;
  if v_version is null then return; end if;   -- there is none: what is asked of it says so
  perform pgsched._require_version(p_kind, p_id, v_version, p_version);
end $$;

-- Name: _expect_subscription(text, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._expect_subscription(p_name text, p_version integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- That a subscription has this version; 0: that there is none. NULL: whatever.   Locks  its row.   Errors  PS004 there is none; PS026.
declare
  v_version integer;
begin
  if p_version is null then return; end if;
  select s.version into v_version from pgsched.subscription as s where s.name = p_name for update;
  if not found and p_version > 0 then perform pgsched._unknown_subscription(p_name); end if;
  if coalesce(v_version, 0) = p_version then return; end if;
  raise exception using errcode = 'PS026', message = format('subscription %s was changed by somebody else', p_name),
    detail = format('it has version %s, expected was %s', v_version, p_version), hint = 'look at it again, and repeat the change';
end $$;

-- Name: _expire_history(bigint, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._expire_history(p_old bigint, p_since timestamp with time zone) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
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
    SET search_path TO 'pg_catalog', 'pg_temp'
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
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- Which budget was spent.
  select case when b.failures >= b.max_attempts then format('out of attempts: %s of %s have failed', b.failures, b.max_attempts)
              when b.charged_losses >= 3 then format('its worker died under it, alone, %s times', b.charged_losses)
              else 'told not to retry' end
    from pgsched._budgets(array[p_id]) as b $$;

-- Name: _explain_running(bigint, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._explain_running(p_id bigint, p_now timestamp with time zone) RETURNS text[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
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

-- Name: _owners_seen(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._owners_seen() RETURNS bigint[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Whose jobs and schedules are seen. NULL: everybody's, and nobody's; {}: none, nor anything else.
declare
  v_role text := pgsched._role();
begin
  if v_role in ('operator', 'admin', 'viewer') then return null; end if;
  return array(select m.id from pgsched._user as u join pgsched._user as m on m.id = u.id or m.team = u.team
                where v_role = 'user' and u.id = pgsched._actor());
end $$;

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

-- Name: _blocked; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._blocked (
    id bigint NOT NULL,
    queue text NOT NULL,
    priority integer NOT NULL,
    attempt integer NOT NULL,
    due_at timestamp with time zone NOT NULL,
    reason text NOT NULL,
    subject text NOT NULL,
    CONSTRAINT blocked_for_a_known_reason CHECK ((reason = ANY (ARRAY['task_held'::text, 'suspect'::text])))
)
WITH (vacuum_truncate=off);

-- Name: COLUMN _blocked.subject; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._blocked.subject IS 'What it waits for: the task (task_held) or the queue (suspect).';

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
    owner_id bigint,
    cause_event bigint,
    priority integer NOT NULL,
    max_attempts integer,
    task_version integer,
    queue text NOT NULL,
    task text NOT NULL,
    args jsonb NOT NULL,
    retry jsonb,
    key text,
    labels jsonb,
    trace text
)
PARTITION BY RANGE (id);

-- Name: COLUMN _job.owner_id; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._job.owner_id IS 'A user of _user; NULL: nobody''s.';

-- Name: COLUMN _job.cause_event; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._job.cause_event IS 'The event that its parent, or one of its parents, was made of: told from job to job, for chains.';

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
    declared jsonb NOT NULL,
    overrides jsonb DEFAULT '{}'::jsonb NOT NULL,
    queue pgsched.queue_name NOT NULL,
    priority pgsched.job_priority NOT NULL,
    max_attempts pgsched.job_max_attempts NOT NULL,
    retry pgsched.retry_policy NOT NULL,
    timeout_s pgsched.job_timeout_s,
    isolation text NOT NULL,
    transactional boolean NOT NULL,
    enabled boolean NOT NULL,
    paused boolean DEFAULT false NOT NULL,
    held boolean GENERATED ALWAYS AS ((paused OR (NOT enabled))) STORED NOT NULL,
    description text,
    category text,
    labels pgsched.job_labels,
    handler text,
    version integer NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    endpoint pgsched.endpoint_name,
    CONSTRAINT "category must have 1 to 200 characters" CHECK (((length(category) >= 1) AND (length(category) <= 200))),
    CONSTRAINT "description must have at most 10000 characters" CHECK ((length(description) <= 10000)),
    CONSTRAINT "endpoint cannot be had by a transactional task" CHECK (((endpoint IS NULL) OR (NOT transactional))),
    CONSTRAINT "isolation must be none or process" CHECK ((isolation = ANY (ARRAY['none'::text, 'process'::text])))
);

-- Name: COLUMN _task.declared; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._task.declared IS 'What code says of it; the other columns of the policy follow from this and overrides.';

-- Name: COLUMN _task.overrides; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._task.overrides IS 'What an operator has set in place of it.';

-- Name: COLUMN _task.held; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._task.held IS 'Its jobs are not run, but blocked.';

-- Name: COLUMN _task.endpoint; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._task.endpoint IS 'Where its jobs are sent; NULL: workers run them.';

-- Name: _user; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._user (
    id bigint NOT NULL,
    name pgsched.user_name NOT NULL,
    role text NOT NULL,
    team pgsched.team_name,
    password_hash text,
    disabled boolean DEFAULT false NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT "role must be admin, user or viewer" CHECK ((role = ANY (ARRAY['admin'::text, 'user'::text, 'viewer'::text])))
);

-- Name: COLUMN _user.role; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._user.role IS 'admin: all of it. user: sees and changes jobs and schedules of its own and of its team. viewer: sees all, changes nothing.';

-- Name: COLUMN _user.password_hash; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._user.password_hash IS 'argon2id, in its own encoding; NULL: no log-in by password.';

-- Name: COLUMN _user.version; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._user.version IS 'Grows with each change: a token names the one it was made under.';

-- Name: job; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.job AS
 SELECT j.id,
    j.task,
    COALESCE(r.queue, b.queue, e.queue, j.queue) AS queue,
    COALESCE(r.priority, b.priority, j.priority) AS priority,
    j.args,
    (
        CASE
            WHEN (r.id IS NOT NULL) THEN
            CASE
                WHEN (r.due_at > n.now) THEN 'scheduled'::text
                WHEN (EXISTS ( SELECT
                   FROM pgsched._task t
                  WHERE (((t.name)::text = j.task) AND t.held))) THEN 'blocked'::text
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
    j.trace,
    j.task_version,
        CASE
            WHEN (j.owner_id IS NOT NULL) THEN (( SELECT u.name
               FROM pgsched._user u
              WHERE (u.id = j.owner_id)))::text
            ELSE NULL::text
        END AS owner,
    j.owner_id
   FROM ((((pgsched._job j
     CROSS JOIN ( SELECT pgsched.clock() AS now) n)
     LEFT JOIN pgsched._ready r ON ((r.id = j.id)))
     LEFT JOIN pgsched._blocked b ON ((b.id = j.id)))
     LEFT JOIN pgsched._ended e ON ((e.id = j.id)))
  WHERE
        CASE
            WHEN (( SELECT pgsched._owners_seen() AS _owners_seen) IS NULL) THEN true
            ELSE (j.owner_id = ANY (( SELECT pgsched._owners_seen() AS _owners_seen)::bigint[]))
        END;

-- Name: VIEW job; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.job IS 'Every job, and the front door: INSERT INTO pgsched.job (task, args) makes one. What the INSERT leaves out or gives as NULL comes from the task''s policy (queue and priority as it is now; max_attempts, timeout_s and retry as it is when the job runs), else is queue default, priority 0, 10 attempts, args {}, due at once. state is derived; attempt counts claims so far and is NULL once succeeded; RETURNING gives neither. UPDATE and DELETE are refused: use cancel(), reschedule(), redrive(). In one-row VALUES, task must not be a volatile expression: use INSERT .. SELECT. timeout_s and retry are NULL where the task''s policy holds; task_version is the version of that policy that the job was made under, NULL if the task was not in the catalogue.';

-- Name: COLUMN job.owner; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.job.owner IS 'The user whose job it is; NULL: nobody''s. A child has its parent''s, a job of a schedule the schedule''s.';

-- Name: _explain_waiting(pgsched.job, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._explain_waiting(p_job pgsched.job, p_now timestamp with time zone) RETURNS text[]
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    AS $$
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

-- Name: _explain_workers(pgsched.job, text, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._explain_workers(p_job pgsched.job, p_role text, p_now timestamp with time zone) RETURNS text[]
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
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

-- Name: _fan_out(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._fan_out() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
-- Make the jobs of the events just inserted. Definer: whoever may insert into the view need not touch the private tables.
-- They are passed on as an array, which may have 1 GB: if they are more than 10,000, or 64 MB, then in parts.
-- Notifies  as _announce().
declare
  v_sum record;
  v_types text[];
  v_events pgsched._event[];
begin
  select count(*) as count, sum(pg_column_size(n.data)) as bytes, min(n.type collate "C") as first, max(n.type collate "C") as last into v_sum
    from new_events as n;
  v_types := case when v_sum.first = v_sum.last then array[v_sum.first] else array(select distinct n.type from new_events as n) end;
  v_types := array(select t from unnest(v_types) as t
                    where exists (select from pgsched._subscription as s where s.enabled and s.event_type = any(pgsched._patterns(t))));
  if v_types = '{}' then return null; end if;
  if v_sum.count <= 10000 and v_sum.bytes < 67108864 then
    perform pgsched._make_jobs(array(
      select (n.id, n.time, n.cause_job, n.owner_id, n.depth, n.type, n.source, n.subject, n.external_id, n.data, n.attributes)::pgsched._event
        from new_events as n where n.type = any(v_types)), v_types);
    return null;
  end if;
  for v_events in
    select array_agg((p.id, p.time, p.cause_job, p.owner_id, p.depth, p.type, p.source, p.subject, p.external_id, p.data,
                      p.attributes)::pgsched._event)
      from (select n.*, row_number() over w as place, sum(pg_column_size(n.data)) over w as bytes
              from new_events as n where n.type = any(v_types) window w as (rows unbounded preceding)) as p
     group by (p.place - 1) / 10000, p.bytes / 67108864
     order by (p.place - 1) / 10000, p.bytes / 67108864
  loop
    perform pgsched._make_jobs(v_events, v_types);
  end loop;
  return null;
end $$;

-- Name: _file_apart(uuid, text, integer, timestamp with time zone, bigint[], integer[], timestamp with time zone[], text[], text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._file_apart(p_worker uuid, p_queue text, p_priority integer, p_now timestamp with time zone, p_ids bigint[], p_attempts integer[], p_due timestamp with time zone[], p_special text[], p_cursor text) RETURNS TABLE(claim bigint, id bigint, attempt integer, task text, args text, timeout_s double precision, cursor text)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- The second half of claim() where some task is held or transactional: jobs of a held task go to _blocked, due as they were,
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
           coalesce(t.held, false) as held, case when t.transactional then 1 else 0 end as flags
      from pgsched._job as j left join pgsched._task as t on t.name = j.task and t.name = any(p_special)
     where j.id = any(p_ids) and j.id between v_lo and v_hi),
  filed as (
    insert into pgsched._claim (id, worker, claimed_at, priority, flags, queue, ids, attempts)
    select p.claim, p_worker, p_now, p_priority, p.flags, p_queue, array_agg(p.id), array_agg(p.attempt)
      from payload as p where not p.held group by p.claim, p.flags),
  held as (
    insert into pgsched._blocked (id, queue, priority, attempt, due_at, reason, subject)
    select p.id, p_queue, p_priority, p.attempt, p_due[array_position(p_ids, p.id)], 'task_held', p.task
      from payload as p where p.held)
  select p.claim, p.id, p.attempt, p.task, p.args, p.timeout_s, p_cursor from payload as p where not p.held;

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

-- Name: _fill(jsonb, pgsched._hole[], jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._fill(p_template jsonb, p_holes pgsched._hole[], p_from jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
  -- A template with what each of its holes takes. One hole is filled without a call: it takes half a microsecond.
  select case when pg_catalog.cardinality(p_holes) = 1
              then pg_catalog.jsonb_set(p_template, (p_holes[1]).at, pgsched._taken(p_from, (p_holes[1]).take))
              else pgsched._fill_all(p_template, p_holes, p_from) end $$;

-- Name: _fill_all(jsonb, pgsched._hole[], jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._fill_all(p_template jsonb, p_holes pgsched._hole[], p_from jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
declare
  v_hole pgsched._hole;
begin
  foreach v_hole in array p_holes loop
    p_template := pg_catalog.jsonb_set(p_template, v_hole.at, pgsched._taken(p_from, v_hole.take));
  end loop;
  return p_template;
end $$;

-- Name: _filter(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._filter(p_text text) RETURNS jsonpath
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
-- A filter, which must be a predicate: that gives one true, false or unknown, also for an event that has nothing it asks for.
-- Errors   PS010
declare
  v_path jsonpath := pgsched._path('filter', p_text);
  v_answer jsonb := jsonb_path_query_array('{}', v_path, '{}', true);
begin
  if p_text is null or jsonb_array_length(v_answer) = 1 and jsonb_typeof(v_answer -> 0) in ('boolean', 'null') then return v_path; end if;
  raise exception using errcode = 'PS010', message = 'filter must be a predicate', detail = format('got %L', p_text),
    hint = 'not $.data.total ? (@ > 10) but $.data.total > 10; not $.data.paid but $.data.paid == true';
end $_$;

-- Name: _fire(text[], text[], timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._fire(p_names text[], p_busy text[], p_now timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Decide all slots of these schedules that can be decided now; without conditions.
-- Returns  how many slots.   Locks  their rows are locked.
declare
  v_due pgsched._plan[] := pgsched._take_due(p_names, p_busy, p_now);
begin
  if v_due = '{}' then return 0; end if;
  return pgsched._settle_slots(array(select d from pgsched._decide(v_due, '{}', '{}', p_busy, p_now) as d), p_busy, p_now);
end $$;

-- Name: _fire_apart(pgsched._schedule, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._fire_apart(p_schedule pgsched._schedule, p_now timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Decide the slots of one schedule that can be decided now, with its condition. Those that it cannot be asked for in time stay planned:
-- others have their turn first.
-- Returns  how many.   Locks  its row is locked; _claim rows of jobs that it cancels.   Errors  55P03 such a row is locked.
declare
  v_busy text[] := pgsched._busy(array[p_schedule.name::text]);
  v_due pgsched._plan[] := pgsched._take_due(array[p_schedule.name::text], v_busy, p_now);
  v_asked record;
  v_decided pgsched._decision[];
begin
  if p_schedule.condition is not null then
    v_asked := pgsched._ask(p_schedule.condition, p_schedule.name, array(
      select c.nominal from pgsched._candidates(v_due, p_now) as c where c.why_not is null order by c.nominal));
  else
    select '{}'::timestamptz[] as refused, '{}'::text[] as reasons, '{}'::timestamptz[] as unasked, null::text as problem into v_asked;
  end if;
  v_decided := array(
    select d from pgsched._decide(v_due, v_asked.refused || v_asked.unasked,
                                  v_asked.reasons || array_fill('not asked'::text, array[cardinality(v_asked.unasked)]), v_busy, p_now) as d
     where d.nominal <> all(v_asked.unasked));
  insert into pgsched._plan select d.* from unnest(v_due) as d where d.nominal = any(v_asked.unasked);
  if p_schedule.overlap = 'cancel' and exists (select from unnest(v_decided) as d where d.outcome = 'fired') then
    perform pgsched._cancel_before(p_schedule);
  end if;
  perform pgsched._settle_slots(v_decided, v_busy, p_now);
  update pgsched._schedule as s 
     set retry_at = case when v_asked.unasked <> '{}' then p_now + interval '5 seconds' end, tick_problem = v_asked.problem
   where s.name = p_schedule.name;
  return cardinality(v_decided);
end $$;

-- Name: _follow_rule(pgsched._schedule); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._follow_rule(p_old pgsched._schedule) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- After a change: what is nominally later, and neither due yet nor held, follows the new rule; what is not is decided as it was planned. A change
-- of anything else than the rule, and what moves it, moves no slot. One that had ended with its last run begins anew.
-- Locks    its row is locked.
declare
  v_now timestamptz := pgsched.clock();   -- later than any tick() that had the row
  v_new pgsched._schedule;
begin
  select s.* into v_new from pgsched._schedule as s where s.name = p_old.name;
  if row(v_new.kind, v_new.rule, v_new.timezone, v_new.calendar, v_new.roll, v_new.blackout, v_new.blackout_policy, v_new.starts_at,
         v_new.ends_at, v_new.jitter, v_new.splay)
     is distinct from row(p_old.kind, p_old.rule, p_old.timezone, p_old.calendar, p_old.roll, p_old.blackout, p_old.blackout_policy,
                          p_old.starts_at, p_old.ends_at, p_old.jitter, p_old.splay)
     or v_new.max_runs is distinct from p_old.max_runs and p_old.planned_until = 'infinity' then
    delete from pgsched._plan as p where p.schedule = p_old.name and p.nominal > v_now and p.due_at > v_now and not p.held;
    v_new.since := v_now;
    v_new.planned_to := v_now;
  elsif v_new.max_runs is not distinct from p_old.max_runs then
    return;
  end if;
  update pgsched._schedule as s
     set plan_no = nextval('pgsched._plan_no_seq'), since = v_new.since, planned_to = v_new.planned_to,
         planned_until = '-infinity', planner_until = '-infinity', plan_problem = null
   where s.name = p_old.name;
end $$;

-- Name: _from_data(jsonpath); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._from_data(p_path jsonpath) RETURNS jsonpath
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
  -- A path that begins at $.data, for data alone.
  select replace(p_path::text, '$."data"', '$')::jsonpath $_$;

-- Name: _grant_calls(regrole, text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._grant_calls(p_role regrole, VARIADIC p_who text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  execute format('grant execute on routine %s to %s',
                 (select string_agg(c::text, ', ') from unnest(p_who) as w cross join pgsched._called_by(w) as c), p_role);
end $$;

-- Name: _held(bigint, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._held(p_id bigint, p_queue text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
  -- Whether a suspect has to wait because its queue is paused or its task held. A look-up for each: as a join it read all of _job.
  select exists (select from pgsched._queue as q where q.name = p_queue and q.paused)
      or exists (select from pgsched._task as t
                  where t.held and t.name = (select j.task from pgsched._job as j where j.id = p_id)) $$;

-- Name: _held(timestamp with time zone, integer, boolean); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._held(p_now timestamp with time zone, p_limit integer, p_apart boolean) RETURNS text[]
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
-- Up to p_limit schedules with a slot that has waited for the end of jobs, and need wait no more.
declare
  v_names text[] := array(
    select h.schedule from pgsched._plan as h
     cross join lateral (   -- offset 0: see _due()
       select from pgsched._schedule as s
        where s.name = h.schedule and not s.paused and (s.condition is not null or s.retry_at is not null) = p_apart
          and coalesce(s.retry_at <= p_now, true) offset 0) as s
     where h.held);
begin
  if v_names = '{}' then return '{}'; end if;
  return array(select u from unnest(v_names) as u except select u from unnest(pgsched._busy(v_names)) as u limit p_limit);
end $$;

-- Name: _histogram(integer[], bigint[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._histogram(p_buckets integer[], p_runs bigint[]) RETURNS integer[]
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- The histogram with so many runs in these buckets. Buckets may repeat, or be NULL: those do not count.
  select coalesce(array_agg(coalesce(n.runs, 0)::integer order by k.k), '{}')
    from generate_series(1, (select max(u) from unnest(p_buckets) as u)) as k (k)
    left join (select u.bucket, sum(u.runs) as runs from unnest(p_buckets, p_runs) as u (bucket, runs) group by u.bucket) as n
      on n.bucket = k.k $$;

-- Name: _hold(uuid, bigint[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._hold(p_worker uuid, p_claims bigint[]) RETURNS TABLE(claim bigint, id bigint, attempt integer)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    AS $$
  -- The jobs of these claims that the worker holds, and will until the transaction ends: what becomes an event must be true.
  select c.id, u.id, u.attempt
    from (select c.id, c.ids, c.attempts from pgsched._claim as c where c.id = any(p_claims) and c.worker = p_worker order by c.id for update) as c
   cross join unnest(c.ids, c.attempts) as u (id, attempt) $$;

-- Name: _hole_path(text, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._hole_path(p_what text, p_text text) RETURNS jsonpath
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
  -- What a string of a template takes from the event. After a second $ comes a text, and after one a path; NULL: the string is just that.
  select case when left(p_text, 2) = repeat('$', 2) then to_json(substr(p_text, 2))::text::jsonpath
              when p_text like '$%' then pgsched._path(p_what, p_text) end $_$;

-- Name: _holes(jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._holes(p_template jsonb) RETURNS pgsched._hole[]
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
  -- Every string in a template that begins with $, and the way to it. None for NULL.
  with recursive node as (
    select '{}'::text[] as at, p_template as value
     union all
    select n.at || c.key, c.value
      from node as n
     cross join lateral (
       select o.key, o.value from jsonb_each(case jsonb_typeof(n.value) when 'object' then n.value else '{}' end) as o
        union all
       select (a.n - 1)::text, a.value
         from jsonb_array_elements(case jsonb_typeof(n.value) when 'array' then n.value else '[]' end) with ordinality as a (value, n)) as c)
  select coalesce(array_agg(row(n.at, pgsched._hole_path(format('args at %s', array_to_string(n.at, '.')), n.value #>> '{}'))::pgsched._hole), '{}')
    from node as n where jsonb_typeof(n.value) = 'string' and n.value #>> '{}' like '$%' $_$;

-- Name: _holiday_changed(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._holiday_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Definer: as _calendar_changed().
declare
  v_calendars text[];
begin
  with touched as (
    update pgsched._calendar as c set version = pgsched._next_version('calendar', c.name)
     where c.name in (select h.calendar from changed as h) returning c.name::text)
  select array(select t.name from touched as t) into v_calendars;   -- not those that are gone with their holidays
  perform pgsched._keep_calendars(v_calendars);
  perform pgsched._make_stale(v_calendars, '{}');
  return null;
end $$;

-- Name: _home(bigint, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._home(p_id bigint, p_queue text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
  -- Where a job of an endpoint belongs, if it came elsewhere: by the queue of its INSERT, or since its task was sent there, or is no more.
  select case when t.endpoint is not null or p_queue ^@ 'push:' then coalesce(t.queue, 'default') else p_queue end
    from pgsched._job as j left join pgsched._task as t on t.name = j.task where j.id = p_id $$;

-- Name: _hook; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._hook (
    name pgsched.hook_name NOT NULL,
    style text NOT NULL,
    event_type text NOT NULL,
    source pgsched.event_source NOT NULL,
    tolerance_s integer,
    header text,
    prefix text,
    algorithm text,
    encoding text,
    headers text[] NOT NULL,
    disabled boolean NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT "algorithm must be sha256, sha384, sha512 or sha1" CHECK ((algorithm = ANY (ARRAY['sha256'::text, 'sha384'::text, 'sha512'::text, 'sha1'::text]))),
    CONSTRAINT "encoding must be hex or base64" CHECK ((encoding = ANY (ARRAY['hex'::text, 'base64'::text]))),
    CONSTRAINT "header must be a name of 1 to 100 characters of a-z 0-9 -" CHECK ((header ~ '^[a-z0-9-]{1,100}$'::text)),
    CONSTRAINT "header, prefix, algorithm, encoding are for style hmac alone" CHECK ((num_nonnulls(header, prefix, algorithm, encoding) =
CASE style
    WHEN 'hmac'::text THEN 4
    ELSE 0
END)),
    CONSTRAINT "headers must be up to 20 names of a-z 0-9 -, no secret's" CHECK (((cardinality(headers) <= 20) AND (array_position(headers, NULL::text) IS NULL) AND (array_to_string(headers, ','::text) ~ '^([a-z0-9-]{1,100}(,[a-z0-9-]{1,100})*)?$'::text) AND (NOT (headers && '{authorization,proxy-authorization,cookie}'::text[])))),
    CONSTRAINT hook_of_a_known_style CHECK ((style = ANY (ARRAY['hmac'::text, 'standard_webhooks'::text, 'github'::text, 'stripe'::text]))),
    CONSTRAINT "prefix must have at most 100 characters" CHECK ((length(prefix) <= 100)),
    CONSTRAINT "tolerance_s must be 1..86400 where a time is signed, else null" CHECK (
CASE
    WHEN (style = ANY (ARRAY['standard_webhooks'::text, 'stripe'::text])) THEN COALESCE(((tolerance_s >= 1) AND (tolerance_s <= 86400)), false)
    ELSE (tolerance_s IS NULL)
END)
);

-- Name: COLUMN _hook.event_type; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._hook.event_type IS 'A type; or text, of which what begins with $ is a JSON path into the event: github.$.data.body.action.';

-- Name: COLUMN _hook.header; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._hook.header IS 'Of style hmac: the header that has the signature: prefix, then the HMAC of the body by algorithm in encoding.';

-- Name: COLUMN _hook.headers; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._hook.headers IS 'Names of headers that are kept in the event''s data.';

-- Name: _hook_of_style(text, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._hook_of_style(p_name text, p_style text) RETURNS pgsched._hook
    LANGUAGE sql STABLE
    AS $_$
  -- What holds of a new hook where nothing is said.
  select p_name, p_style, s.event_type, 'hooks/' || p_name, s.tolerance_s, s.header, s.prefix, s.algorithm, s.encoding, s.headers,
         false, 1, pgsched.clock(), pgsched.clock()
    from (values
      ('hmac', null, null, 'x-signature', '', 'sha256', 'hex', '{content-type}'::text[]),
      ('standard_webhooks', '$.data.body.type', 300, null, null, null, null, '{content-type,webhook-id,webhook-timestamp}'),
      ('github', 'github.$.data.headers."x-github-event"', null, null, null, null, null, '{content-type,x-github-event,x-github-delivery}'),
      ('stripe', 'stripe.$.data.body.type', 300, null, null, null, null, '{content-type}'))
      as s (style, event_type, tolerance_s, header, prefix, algorithm, encoding, headers)
   where s.style = p_style $_$;

-- Name: _hook_secrets(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._hook_secrets(p_name text) RETURNS TABLE(style text, secrets text[], tolerance_s integer, header text, prefix text, algorithm text, encoding text, headers text[], disabled boolean, now_s double precision)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- What a delivery is verified by, and the time by the one clock. No row for a hook that there is not.
  select h.style, array(select s.secret from pgsched._hook_secret as s where s.hook = h.name order by s.id desc),
         h.tolerance_s, h.header, h.prefix, h.algorithm, h.encoding, h.headers, h.disabled, extract(epoch from pgsched.clock())
    from pgsched._hook as h where h.name = p_name $$;

-- Name: _hook_wait_s(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._hook_wait_s(p_hook text) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Count a delivery, if the setting hook_minute_max lets it in.
-- Returns  0; or, where there were too many, in how many seconds the next is let in.   Locks  the count of its hook.
declare
  v_now timestamptz := pgsched.clock();
  v_part interval := make_interval(secs => 60.0 / nullif(pgsched._setting('hook_minute_max'), 0));
begin
  if v_part is null then return 0; end if;
  insert into pgsched._hook_rate as r (hook, used_until) values (p_hook, v_now + v_part)
  on conflict (hook) do update set used_until = greatest(r.used_until, v_now) + v_part
   where greatest(r.used_until, v_now) + v_part <= v_now + interval '1 minute';
  if found then return 0; end if;
  return (select greatest(1, ceil(extract(epoch from r.used_until + v_part - v_now) - 60)) from pgsched._hook_rate as r where r.hook = p_hook);
end $$;

-- Name: _hot_tables(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._hot_tables() RETURNS TABLE(name text, dead_min bigint)
    LANGUAGE sql IMMUTABLE
    AS $$
  -- Tables that a busy scheduler keeps small and writes without pause, and from how many dead rows on a vacuum is worth it.
  select 'pgsched.' || h.name, h.dead_min
    from (values ('_ready', 20000), ('_claim', 1000), ('_blocked', 20000), ('_ended', 20000), ('_worker', 1000), ('_idle', 1000),
                 ('_cancel', 1000), ('_upkeep', 1000), ('_plan', 20000), ('_schedule', 20000)) as h (name, dead_min) $$;

-- Name: _in_catalogue(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._in_catalogue(p_task text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- Definer: whoever makes jobs need not read the catalogue.
  select exists (select from pgsched._task as t where t.name = p_task) $$;

-- Name: _job_version(text, integer, timestamp with time zone, integer, pgsched.job_state); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._job_version(p_queue text, p_priority integer, p_due_at timestamp with time zone, p_attempt integer, p_state pgsched.job_state) RETURNS integer
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- A number, 0 to 2^29 - 1, that changes with whatever changes of a job, but not with time alone.
  select hash_record(row(p_queue, p_priority, p_due_at, p_attempt,
                         case when p_state in ('scheduled', 'ready', 'blocked') then 'waits' else p_state::text end)) & 536870911 $$;

-- Name: _jobs_ahead(pgsched.job, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._jobs_ahead(p_job pgsched.job, p_now timestamp with time zone) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
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

-- Name: _jobs_in(pgsched.job_state, text, text, jsonb, bigint, bigint, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._jobs_in(p_state pgsched.job_state, p_queue text, p_task text, p_labels jsonb, p_from bigint, p_before bigint, p_limit integer) RETURNS SETOF pgsched.job
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
-- Jobs of a state (any but succeeded), the newest first, of ids from p_from to below p_before; NULL for a filter: all. Definer: an observer
-- need not read the private tables. However many jobs have ended, only those of this state are read; in steps, since most may be of others.
declare
  v_ids bigint[];
  v_before bigint := p_before;
  v_step bigint := p_limit;
  v_left bigint := p_limit;
  v_count bigint;
begin
  while v_left > 0 loop
    v_ids := pgsched._live(p_state, p_queue, p_from, v_before, v_step);
    exit when v_ids = '{}';
    v_before := v_ids[cardinality(v_ids)];
    return query   -- BETWEEN prunes the partitions
    select j.* from pgsched.job as j
     where j.id = any(v_ids) and j.id between v_before and v_ids[1] and j.state = p_state
       and j.queue = coalesce(p_queue, j.queue) and j.task = coalesce(p_task, j.task) and (p_labels is null or j.labels @> p_labels)
     order by j.id desc limit v_left;
    get diagnostics v_count = row_count;
    v_left := v_left - v_count;
    v_step := least(4 * v_step, 10000);
  end loop;
end $$;

-- Name: _jobs_of(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._jobs_of(p_event bigint) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    AS $$
begin
  if pgsched._owners_seen() is not null then return '{}'; end if;
  return array(select m.job_id from pgsched._event_job as m where m.event_id = p_event and m.job_id is not null order by m.job_id);
end $$;

-- Name: _keep_calendars(text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._keep_calendars(p_names text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Keep what these calendars are now, or that there are none of them any more.
begin
  perform pgsched._write_version('calendar', n.name, case when c.name is not null then
      jsonb_build_object('weekend', c.weekend, 'about', c.about)
      || (select coalesce(jsonb_object_agg(to_char(h.day, 'YYYY-MM-DD'), h.name), '{}') from pgsched._holiday as h where h.calendar = c.name)
    end) from unnest(p_names) as n (name) left join pgsched._calendar as c on c.name = n.name;
end $$;

-- Name: _keep_schedule(pgsched._schedule); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._keep_schedule(p_row pgsched._schedule) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    SET "IntervalStyle" TO 'postgres'
    AS $$
-- Keep what a schedule is now, in words that do not depend on the session.
declare
  v_columns jsonb := to_jsonb(p_row) || jsonb_build_object(p_row.kind, p_row.rule);
begin
  perform pgsched._write_version('schedule', p_row.name, (
    select jsonb_object_agg(d.key, coalesce(v_columns -> d.key, 'null')) from jsonb_each(pgsched._declarable('schedule')) as d));
end $$;

-- Name: _keep_version(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._keep_version() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  insert into pgsched._task_version (task, version, policy, overrides, changed_at, changed_by)
  values (new.name, new.version, new.declared || new.overrides, new.overrides, new.updated_at, session_user);
  perform pgsched._notify('pgsched_task', left(new.name, 1000));
  return null;
end $$;

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

-- Name: _key_columns(regclass); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._key_columns(p_relation regclass) RETURNS name[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- The columns of the primary key in its order, without those that it only includes. Not a constraint's: that has no order for some.
  select array(
    select a.attname from pg_catalog.pg_index as i
     cross join lateral unnest(i.indkey[0:i.indnkeyatts - 1]) with ordinality as k (attnum, n)
      join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
     where i.indrelid = p_relation and i.indisprimary order by k.n) $$;

-- Name: _key_owner(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._key_owner() RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
  -- Whose ids of events the actor's are among: users' are apart from all others', which are 0's.
  select case when pgsched._actor() is null or pgsched._owners_seen() is null then 0 else pgsched._actor() end $$;

-- Name: _lane_depth(text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._lane_depth(p_queues text[]) RETURNS TABLE(queue text, priority integer, ready bigint, scheduled bigint, oldest_due_at timestamp with time zone)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_sort TO 'off'
    SET jit TO 'off'
    AS $$
-- How much waits in each lane of these queues. Each count stops at 10,001, which so means "more than 10,000": at ten million ready
-- jobs a lane takes 3 ms, where a count takes seconds. The plan is pinned, or missing statistics bring those back.
-- Returns  a row for each lane that ever had a job; oldest_due_at is NULL if nothing is due.
declare
  v_now timestamptz := pgsched.clock();
begin
  return query
  select l.queue, l.priority, r.jobs, s.jobs, o.due_at
    from (select distinct n.queue, n.priority from pgsched._lane as n where n.queue = any(p_queues)) as l
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

-- Name: _live(bigint[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._live(p_ids bigint[]) RETURNS bigint[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- Those of these jobs that have not ended, in order.
  select array(
    select u from unnest(p_ids) as u
     where exists (select from pgsched._ready as r where r.id = u) or exists (select from pgsched._blocked as b where b.id = u)
        or u in (select unnest(c.ids) from pgsched._claim as c)
     order by u) $$;

-- Name: _live(pgsched.job_state, text, bigint, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._live(p_state pgsched.job_state, p_queue text, p_from bigint, p_before bigint, p_limit bigint) RETURNS bigint[]
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_sort TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
-- Ids from p_from to below p_before, the highest first, among which are all jobs of this state and queue, by the small tables alone: a job
-- that is due may be blocked, since its task is held. Custom plans: what is not of this state is not even planned.
begin
  return array(
    select l.id from (
      (select r.id from pgsched._ready as r
        where (p_state in ('scheduled', 'ready') or p_state = 'blocked' and exists (select from pgsched._task as t where t.held))
          and (r.due_at > pgsched.clock()) = (p_state = 'scheduled')
          and r.queue = coalesce(p_queue, r.queue) and r.id >= p_from and r.id < p_before order by r.id desc limit p_limit)
      union all
      (select b.id from pgsched._blocked as b
        where p_state = 'blocked' and b.queue = coalesce(p_queue, b.queue) and b.id >= p_from and b.id < p_before order by b.id desc limit p_limit)
      union all
      (select u.id from pgsched._claim as c cross join unnest(c.ids) as u (id)
        where p_state = 'running' and u.id >= p_from and u.id < p_before order by u.id desc limit p_limit)
      union all
      (select e.id from pgsched._ended as e
        where p_state in ('dead', 'cancelled', 'expired') and e.state = p_state
          and e.queue = coalesce(p_queue, e.queue) and e.id >= p_from and e.id < p_before order by e.id desc limit p_limit)) as l
     order by l.id desc limit p_limit);
end $$;

-- Name: _lock_schedules(text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._lock_schedules(p_names text[]) RETURNS text[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS $$
-- Lock those of these schedules that tick() may decide with others.
-- Returns  their names.   Locks  _schedule rows, skipping what is locked.
begin
  return array(
    select s.name from pgsched._schedule as s
     where s.name = any(p_names) and s.condition is null and s.retry_at is null and s.deleted_at is null
       and s.name <> all(array(select t.schedule from pgsched._stale as t))
     order by s.name for no key update skip locked);
end $$;

-- Name: _log_in_begin(text, inet); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._log_in_begin(p_name text, p_address inet) RETURNS TABLE(attempt bigint, wait_s integer, user_id bigint, password_hash text, version integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Count an attempt to log in, as a failure until it has succeeded; so many at once are no more than one after the other.
-- Returns  one row: the attempt; or, where there were too many, how many seconds to wait. user_id is NULL for an unknown or disabled user
--          and for one without password: compare something all the same, so that the time it takes tells nothing.
-- Locks    its account and its address, until the transaction ends: commit before the comparison.
-- Errors   PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_since timestamptz := v_now - make_interval(secs => pgsched._setting('log_in_window_s'));
  v_account_max bigint := pgsched._setting('log_in_account_max');
  v_address_max bigint := pgsched._setting('log_in_address_max');
  v_account text := left(lower(p_name), 200);
  v_network inet := case when family(p_address) = 6 then network(set_masklen(p_address, 64)) else p_address end;
begin
  perform pgsched._require_read_committed();
  perform pg_advisory_xact_lock(hashtextextended('pgsched account ' || v_account, 0));
  perform pg_advisory_xact_lock(hashtextextended('pgsched address ' || v_network::text, 0));   -- after the account: so nobody waits in a circle
  wait_s := greatest(
    pgsched._wait_s(v_account_max, v_now, array(
      select a.at from pgsched._log_in_attempt as a where a.account = v_account and a.at > v_since order by a.at desc limit v_account_max)),
    pgsched._wait_s(v_address_max, v_now, array(
      select a.at from pgsched._log_in_attempt as a where a.address = v_network and a.at > v_since order by a.at desc limit v_address_max)));
  if wait_s = 0 then
    insert into pgsched._log_in_attempt as a (account, address, at) values (v_account, v_network, v_now) returning a.id into attempt;
    select u.id, u.password_hash, u.version into user_id, password_hash, version
      from pgsched._user as u where u.name = v_account and not u.disabled and u.password_hash is not null;
  end if;
  return next;
end $$;

-- Name: _log_in_end(bigint, integer, bytea, text, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._log_in_end(p_attempt bigint, p_version integer, p_hash bytea, p_password_hash text DEFAULT NULL::text, p_excused bigint DEFAULT NULL::bigint) RETURNS TABLE(user_id bigint, name text, role text, team text, version integer, expires_at timestamp with time zone)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- The password was right: open a session with this refresh token (its SHA-256). p_password_hash: the same password, hashed anew.
-- p_excused: an attempt of the same account that counts as failed no more.
-- Returns  one row: the user, and until when the token is good.   Locks  the user's row.
-- Errors   PS060 the attempt has ended, or its user was changed meanwhile.
declare
  v_now timestamptz := pgsched.clock();
  v_user pgsched._user;
  v_session pgsched._session;
begin
  with done as (delete from pgsched._log_in_attempt as a where a.id = p_attempt returning a.account)
  select u.* into v_user from pgsched._user as u, done as d
   where u.name = d.account and not u.disabled and u.version = p_version for no key update of u;
  if not found then
    raise exception using errcode = 'PS060', message = 'the log-in has failed: the user was changed meanwhile', hint = 'try again';
  end if;
  delete from pgsched._log_in_attempt as a where a.id = p_excused and a.account = v_user.name;
  update pgsched._user as u set password_hash = p_password_hash where u.id = v_user.id and p_password_hash is not null;
  insert into pgsched._session as s (user_id, started_at, expires_at)
  values (v_user.id, v_now, v_now + make_interval(secs => pgsched._setting('refresh_token_s'))) returning s.* into v_session;
  insert into pgsched._refresh_token (hash, session_id, issued_at) values (p_hash, v_session.id, v_now);
  return query select v_user.id, v_user.name::text, v_user.role, v_user.team::text, v_user.version, v_session.expires_at;
end $$;

-- Name: _log_out(bytea); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._log_out(p_hash bytea) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- End the log-in of a refresh token, also of one that was replaced. Whether it was open.
  with ended as (
    update pgsched._session as s set ended_at = pgsched.clock()
     where s.id = (select r.session_id from pgsched._refresh_token as r where r.hash = p_hash) and s.ended_at is null returning s.id)
  select exists (select from ended) $$;

-- Name: _make_end_events(bigint[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._make_end_events(p_ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    SET enable_nestloop TO 'on'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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

-- Name: _make_jobs(pgsched._event[], text[], bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._make_jobs(p_events pgsched._event[], p_types text[], p_only bigint DEFAULT NULL::bigint) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    SET work_mem TO '16MB'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
-- For each of these events, of these types, and each enabled subscription that matches (or the one of id p_only, enabled or not), make a
-- job, and note it in _event_job. The job is nobody's, whoever emitted: the task, and what it is given, are an admin's choice, and its result
-- is for admins to see. Where the filter is unknown, or the job would be refused, that is noted instead: no event and no
-- subscription stands in the way of others. Into _job itself, since _subscription has checked the values: the view's checks, and a
-- RETURNING to find which job is whose, take a microsecond a job.
-- Returns  how many jobs: they are made in the order of the array.   Notifies  as _announce().
declare
  v_now timestamptz := pgsched.clock();
  v_bytes bigint := pgsched._setting('args_bytes_max');
  v_depth bigint := pgsched._setting('event_depth_max');
  v_count bigint;
begin
  with pair as materialized (   -- types are few, events many: what the task says is looked up here and not for each job
    select t.type, s.id as subscription_id, s.name, s.task, s.filter_path, s.args as template, s.holes, s.key as fixed_key, s.key_path, s.whole,
           (v_now + s.delay)::pgsched.job_due_at as due_at, coalesce(s.queue, k.queue, 'default') as queue,
           coalesce(s.priority, k.priority, 0) as priority, k.version
      from unnest(p_types) as t (type)   -- LATERAL and OFFSET 0: by index, however many subscriptions and tasks there are
     cross join lateral (select x.* from pgsched._subscription as x where x.event_type = any(pgsched._patterns(t.type)) offset 0) as s
      left join lateral (select y.queue, y.priority, y.version from pgsched._task as y where y.name = s.task offset 0) as k on true
     where case when p_only is null then s.enabled else s.id = p_only end),
  judged as materialized (   -- OFFSET 0: without, each value would be worked out once for each of its uses
    select v.*, case when v.problem is null then pgsched.new_id() end as job_id
      from (
        select w.event_id, w.subscription_id, w.name, w.task, w.queue, w.priority, w.version, w.due_at, w.args, w.key,
               pgsched._why_no_job(w.matches, w.args, w.key, v_bytes, w.depth, v_depth, w.cause_job, w.type) as problem
          from (
            select m.*, case when m.template is null then m.whole_args else pgsched._fill(m.template, m.holes, m.asked) end as args,
                   case when m.key_path is null then m.fixed_key
                        else jsonb_path_query_first_tz(m.asked, m.key_path, '{}', true) #>> '{}' end as key
              from (
                select k.*, case when k.filter_path is null then true else jsonb_path_match_tz(k.asked, k.filter_path, '{}', true) end as matches
                  from (
                    select e.id as event_id, e.depth, e.cause_job, p.*, pgsched._with_attributes(e.attributes, e.whole_args) as whole_args,
                           case when p.whole then pgsched._with_attributes(e.attributes, e.whole_args) -> 'event' else e.data end as asked
                      from (
                        select u.id, u.type, u.depth, u.cause_job, u.data, u.attributes,
                               case when (select bool_or(q.whole) from pair as q)
                                    then to_jsonb(row(row(coalesce(u.external_id, u.id::text), u.type, u.source, u.subject, u.time,
                                                          u.data)::pgsched._envelope)::pgsched._event_args) end as whole_args
                          from unnest(p_events) as u offset 0) as e
                      join pair as p on p.type = e.type
                    offset 0) as k
                offset 0) as m
             where m.matches is not false offset 0) as w
          order by w.event_id offset 0) as v),
  job as (
    insert into pgsched._job (id, due_at, created_at, priority, queue, task, args, key, labels, task_version)
    select j.job_id, j.due_at, clock_timestamp(), j.priority, j.queue, j.task, j.args, j.key,
           jsonb_object(array['event', j.event_id::text, 'subscription', j.name]), j.version
      from judged as j where j.job_id is not null),
  noted as (
    insert into pgsched._event_job (event_id, job_id, subscription_id, problem)
    select j.event_id, j.job_id, j.subscription_id, j.name || ': ' || j.problem from judged as j)
  select count(j.job_id) into v_count from judged as j;
  return v_count;
end $$;

-- Name: _make_partitions(timestamp with time zone, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._make_partitions(p_now timestamp with time zone, p_limit integer) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '50ms'
    AS $$
-- Make up to p_limit partitions of those that lack from yesterday (a clock may be set back) to
-- partition_days_ahead from today.
-- Without its partition the producer's INSERT fails.
-- Returns  how many it made.
-- Locks    the parents, SHARE UPDATE EXCLUSIVE.   Errors  55P03 a parent is locked otherwise.
declare
  v_today bigint := pgsched.id_at(p_now) / pgsched._day() * pgsched._day();
  v_last bigint := v_today + pgsched._setting('partition_days_ahead') * pgsched._day();
  v_new record;
  v_count integer := 0;
begin
  for v_new in
    with there as materialized (
      select p.parent, x.lo, x.hi
        from unnest(pgsched._parents()) as p (parent) cross join pgsched._partitions(p.parent) as x)
    select p.parent, d.lo, d.lo + pgsched._day() as hi
      from unnest(pgsched._parents()) with ordinality as p (parent, n)
     cross join generate_series(v_today - pgsched._day(), v_last, pgsched._day()) as d (lo)
     where not exists (select from there as t where t.parent = p.parent and t.lo < d.lo + pgsched._day() and t.hi > d.lo)
     order by d.lo < v_today, d.lo, p.n limit p_limit
  loop
    perform pgsched._create(v_new.parent, pgsched._partition_name(v_new.parent, v_new.lo, v_new.hi));
    perform pgsched._attach(v_new.parent, pgsched._partition_name(v_new.parent, v_new.lo, v_new.hi), v_new.lo, v_new.hi);
    v_count := v_count + 1;
  end loop;
  return v_count;
end $$;

-- Name: _make_stale(text[], text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._make_stale(p_calendars text[], p_blackouts text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- What heeds these is to be planned anew, by the next tick(). Of calendars, that may be some more: an expression may contain a name.
-- Notifies  pgsched_schedule.
begin
  insert into pgsched._stale (schedule)
  select s.name from pgsched._schedule as s
   where s.deleted_at is null
     and (s.blackout = any(p_blackouts) or exists (select from unnest(p_calendars) as c where strpos(s.calendar, c) > 0));
  if found then perform pgsched._notify('pgsched_schedule', ''); end if;
end $$;

-- Name: _may_claim(uuid, text, integer, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._may_claim(p_worker uuid, p_queue text, p_limit integer, p_now timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
-- Refuse what claim() refuses; false if the queue is paused.
begin
  perform pgsched._require_admin();
  perform pgsched._require_range('p_limit', p_limit, 1, 10000);
  perform pgsched._require_read_committed();
  perform pgsched._require_live(p_worker, p_now);
  return not exists (select from pgsched._queue as q where q.name = p_queue and q.paused);
end $$;

-- Name: _move_waiting(text, text, text, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._move_waiting(p_task text, p_from text, p_to text, p_limit integer) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    AS $$
-- Move the jobs of a task that wait in one queue to another: those among its first p_limit. The rest follows job by job: see _home().
-- Returns  how many are ready.   Locks  _blocked and _ready rows, skipping what is locked.   Notifies  as _announce().
declare
  v_ids bigint[] := array(
    select r.id from (select distinct l.priority from pgsched._lane as l where l.queue = p_from) as l
     cross join lateral (select d.id from pgsched._ready as d where d.queue = p_from and d.priority = l.priority
                          order by d.queue, d.priority desc, d.due_at, d.id limit p_limit) as r limit p_limit);
  v_lo bigint := (select min(u) from unnest(v_ids) as u);   -- variables: see _budgets()
  v_hi bigint := (select max(u) from unnest(v_ids) as u);
  v_count integer;
begin
  update pgsched._blocked as b set queue = p_to where b.reason = 'task_held' and b.subject = p_task and b.queue = p_from;
  v_ids := array(select j.id from pgsched._job as j where j.id = any(v_ids) and j.id between v_lo and v_hi and j.task = p_task);
  with gone as materialized (
    delete from pgsched._ready as r where r.ctid = any(array(
      select d.ctid from pgsched._ready as d where d.id = any(v_ids) and d.queue = p_from order by d.id for update skip locked))
    returning r.*),
  ready as (
    insert into pgsched._ready (id, queue, priority, attempt, due_at)
    select g.id, p_to, g.priority, g.attempt, g.due_at from gone as g returning priority, due_at),
  lanes as (select r.priority, min(r.due_at) as due_at, count(*) as jobs from ready as r group by r.priority)
  select sum(l.jobs), pgsched._announce(array_fill(p_to, array[count(*)::integer]), array_agg(l.priority), array_agg(l.due_at))
    into v_count from lanes as l having count(*) > 0;
  return coalesce(v_count, 0);
end $$;

-- Name: _new_claim_id(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._new_claim_id() RETURNS bigint
    LANGUAGE sql
    AS $$
  -- The time is part of it, since a claim commits asynchronously: Postgres may forget the last of them in a crash, and a
  -- sequence then repeats itself. The number of a forgotten claim must not come again while its worker holds it.
  select pg_catalog.floor(extract(epoch from pg_catalog.clock_timestamp()) * 1000)::bigint << 20
         | pg_catalog.nextval('pgsched._id_seq') $$;

-- Name: _new_policy(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._new_policy() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  -- The columns of the policy follow what was declared, and what was set in its place; any change is a version.
  new := jsonb_populate_record(new, new.declared || new.overrides);
  if new.endpoint is not null then new.queue := pgsched._push_queue(new.endpoint); end if;
  new.version := coalesce((select max(v.version) from pgsched._task_version as v where v.task = new.name), 0) + 1;
  new.updated_at := clock_timestamp();
  return new;
end $$;

-- Name: _new_secret(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._new_secret() RETURNS text
    LANGUAGE sql
    AS $$
  -- As Standard Webhooks has it: 32 bytes, of which 244 bits are random.
  select 'whsec_' || encode(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 'base64') $$;

-- Name: _next_version(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._next_version(p_hook text) RETURNS integer
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  update pgsched._hook as h set version = h.version + 1, updated_at = pgsched.clock() where h.name = p_hook returning h.version $$;

-- Name: _next_version(text, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._next_version(p_kind text, p_name text) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    AS $$
-- The number of the version that a change makes; of a calendar, all that one transaction changes has one. Volatile, to see what whoever had
-- the row locked before has committed.
begin
  return coalesce(
    (select v.version + (p_kind = 'schedule' or v.xact <> pg_current_xact_id())::integer
       from pgsched._version as v where v.kind = p_kind and v.name = p_name order by v.version desc limit 1), 1);
end $$;

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

-- Name: _of_event(jsonb, integer, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._of_event(p_events jsonb, p_at integer, p_got text) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- Which of several is at fault; of one, what it has there.
  select case when jsonb_array_length(p_events) > 1 then format('of event %s, the first being 0', p_at)
              else 'got ' || p_got end $$;

-- Name: _orphans(bigint[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._orphans(p_ids bigint[]) RETURNS bigint[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
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

-- Name: _override(pgsched._task, jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._override(p_task pgsched._task, p_overrides jsonb) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_task pgsched._task;
begin
  if p_overrides = p_task.overrides then return p_task.version; end if;
  update pgsched._task as t set overrides = p_overrides where t.name = p_task.name returning t.* into v_task;
  if v_task.endpoint is distinct from p_task.endpoint then perform pgsched._move_waiting(v_task.name, p_task.queue, v_task.queue, 100000); end if;
  if p_task.held and not v_task.held then perform pgsched._admit_blocked(v_task.name, 10000); end if;
  return v_task.version;
end $$;

-- Name: _own_type(text, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._own_type(p_type text, p_source text) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- For the rule of pgsched.event: the type, if a user may tell of it so. Definer: as _depth_here().   Errors  PS028
begin
  perform pgsched._require_own_voice(array[p_type], array[p_source]);
  return p_type;
end $$;

-- Name: _owner_of(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._owner_of(p_job bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Of a job; NULL: nobody's, or there is none. A function, since in a rule or view a sub-select would bring all partitions to each plan. A
-- look into these takes 20 us; where there are no users, 2.
begin
  if not exists (select from pgsched._user) then return null; end if;
  return (select j.owner_id from pgsched._job as j where j.id = p_job);
end $$;

-- Name: _parents(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._parents() RETURNS text[]
    LANGUAGE sql IMMUTABLE
    AS $$
  select array['_job', '_run', '_log', '_event', '_event_job'] $$;

-- Name: FUNCTION _parents(); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched._parents() IS 'The tables that are partitioned, by ranges of ids.';

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
  -- The partitions of one of _parents(): ids from lo to below hi. rebuilt: retention has left only what must stay.
  select c.relname::text, b.bound[1]::bigint, b.bound[2]::bigint, c.relname ~ '_to_'
    from pg_catalog.pg_inherits as i
    join pg_catalog.pg_class as c on c.oid = i.inhrelid
   cross join lateral pg_catalog.regexp_match(
     pg_catalog.pg_get_expr(c.relpartbound, c.oid), 'FROM \(''?(\d+)''?\) TO \(''?(\d+)''?\)') as b (bound)
   where i.inhparent = pg_catalog.to_regclass('pgsched.' || p_parent) $$;

-- Name: _path(text, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._path(p_what text, p_text text) RETURNS jsonpath
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
-- A JSON path, of which any event can be asked, on any Postgres, without an error: the emitter's transaction would fail for it.
-- Errors   PS010 it is none; it uses what newer Postgres alone has (of which .timestamp() raises for some dates, even when asked to be
--          silent), or variables, or a form of time that there is not; or it may descend without end.
declare
  v_path jsonpath;
  v_odd text;
  v_form text;
begin
  begin
    v_path := p_text::jsonpath;
    for v_form in select m[1] from regexp_matches(v_path::text, '\.datetime\(("(?:\\.|[^"\\])*")\)', 'g') as m loop
      perform jsonb_path_query('"a form is read before the text is"', format('$.datetime(%s)', v_form)::jsonpath, '{}', true);
    end loop;
  exception when others then
    raise exception using errcode = 'PS010', message = format('%s must be a JSON path', p_what),
      detail = format('%L: %s', p_text, sqlerrm), hint = 'for example $.data.total; of text that begins with $, write the $ twice';
  end;
  v_odd := substring(pgsched._bare(v_path::text) from '\.\*\*|\$""|\.(?!(?:type|size|double|ceiling|floor|abs|datetime|keyvalue)\()[a-z_]+\(');
  if v_odd is not null then
    raise exception using errcode = 'PS010', message = format('%s must not use %s', p_what, case v_odd when '$""' then 'variables' else v_odd end),
      detail = format('got %L', p_text),
      hint = 'name the place: $.data.total; methods are type, size, double, ceiling, floor, abs, datetime and keyvalue';
  end if;
  return v_path;
end $_$;

-- Name: _patterns(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._patterns(p_type text) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    AS $$
  -- What a subscription's event_type may be to match a type: of a.b.c these are *, a.b.c, a.* and a.b.*; so an index finds them.
  select array['*', p_type] || array(
    select pg_catalog.array_to_string(t.words[:n], '.') || '.*'
      from (select pg_catalog.string_to_array(p_type, '.') as words) as t
     cross join lateral pg_catalog.generate_series(1, pg_catalog.cardinality(t.words) - 1) as n) $$;

-- Name: _percentile(integer[], double precision); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._percentile(p_histogram integer[], p_share double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- Inside a bucket runs count as spread evenly over the logarithm.
  select power(2, (b.k - 1 + (p_share * b.total - b.below) / b.runs) / 4)
    from (select u.k, u.runs, sum(u.runs) over () as total, sum(u.runs) over (order by u.k) - u.runs as below
            from unnest(p_histogram) with ordinality as u (runs, k)) as b
   where b.runs > 0 and b.below + b.runs >= p_share * b.total order by b.k limit 1 $$;

-- Name: FUNCTION _percentile(p_histogram integer[], p_share double precision); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched._percentile(p_histogram integer[], p_share double precision) IS 'The duration in ms that a share (0..1) of a histogram of _stat does not exceed, right within 10 %; NULL if it is empty. At least 1.';

-- Name: _principal_of_key(bytea); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._principal_of_key(p_hash bytea) RETURNS TABLE(user_id bigint, name text, role text, team text, scopes text[], queues text[])
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Who comes with the key of this SHA-256, and what the key and its user both may; notes once a minute that it was used.
-- Returns  one row.   Locks  nothing that it would wait for.   Errors  PS060 the key is not known or has ended.
declare
  v_now timestamptz := pgsched.clock();
  v_key pgsched._api_key;
  v_user pgsched._user;
begin
  select k.* into v_key from pgsched._api_key as k where k.hash = p_hash;
  select u.* into v_user from pgsched._user as u where u.id = v_key.user_id;
  if v_key.id is null or v_key.revoked_at is not null or v_key.expires_at <= v_now or v_user.disabled then
    raise exception using errcode = 'PS060', message = case
      when v_key.id is null then 'the API key is not known'
      when v_key.revoked_at is not null then 'the API key was revoked'
      when v_key.expires_at <= v_now then 'the API key has expired'
      else 'the user of the API key is disabled' end;
  end if;
  if coalesce(v_key.last_used_at < v_now - interval '1 minute', true) and current_setting('transaction_read_only') = 'off' then
    update pgsched._api_key as k set last_used_at = v_now
     where k.id = (select x.id from pgsched._api_key as x where x.id = v_key.id for no key update skip locked);
  end if;
  return query select v_user.id, v_user.name::text, v_user.role, v_user.team::text,
                      array(select s from unnest(v_key.scopes) as s where s = any(pgsched._scopes_of(v_user.role))), v_key.queues;
end $$;

-- Name: _principal_of_user(bigint, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._principal_of_user(p_id bigint, p_version integer) RETURNS TABLE(user_id bigint, name text, role text, team text, scopes text[], queues text[])
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Who comes with an access token made for this version of a user; NULL: for any.
-- Returns  one row.   Errors  PS060 the user is not as it was then.
begin
  return query select u.id, u.name::text, u.role, u.team::text, pgsched._scopes_of(u.role), null::text[]
                 from pgsched._user as u where u.id = p_id and u.version = coalesce(p_version, u.version) and not u.disabled;
  if found then return; end if;
  raise exception using errcode = 'PS060', message = 'the access token is good no more: its user was changed', hint = 'refresh it, or log in again';
end $$;

-- Name: _problems_of(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._problems_of(p_event bigint) RETURNS text[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    AS $$
begin
  if pgsched._owners_seen() is not null then return '{}'; end if;
  return array(select m.problem from pgsched._event_job as m where m.event_id = p_event and m.job_id is null order by m.problem);
end $$;

-- Name: _push_queue(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._push_queue(p_endpoint text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
  -- No worker can be told to work on it: its options have a colon for weights.
  select 'push:' || p_endpoint $$;

-- Name: schedule; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.schedule AS
 SELECT name,
    task,
    args,
        CASE kind
            WHEN 'cron'::text THEN rule
            ELSE NULL::text
        END AS cron,
        CASE kind
            WHEN 'rrule'::text THEN rule
            ELSE NULL::text
        END AS rrule,
        CASE kind
            WHEN 'every'::text THEN rule
            ELSE NULL::text
        END AS every,
        CASE kind
            WHEN 'at'::text THEN (rule)::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS at,
    NULL::interval AS after,
        CASE kind
            WHEN 'business'::text THEN rule
            ELSE NULL::text
        END AS business,
    timezone,
    calendar,
    roll,
    blackout,
    blackout_policy,
    (starts_at)::timestamp with time zone AS starts_at,
    (ends_at)::timestamp with time zone AS ends_at,
    max_runs,
    (jitter)::interval AS jitter,
    (splay)::interval AS splay,
    overlap,
    misfire,
    misfire_limit,
    (grace)::interval AS grace,
    condition,
    priority,
    queue,
    labels,
    paused,
    version,
    ( SELECT p.due_at
           FROM pgsched._plan p
          WHERE (((p.schedule)::text = (s.name)::text) AND (NOT p.skipped) AND (NOT p.held))
          ORDER BY p.due_at
         LIMIT 1) AS next_at,
    runs,
    last_jobs[cardinality(last_jobs)] AS last_job,
    COALESCE(plan_problem, tick_problem) AS problem,
    created_at,
    updated_at,
    (( SELECT u.name
           FROM pgsched._user u
          WHERE (u.id = s.owner_id)))::text AS owner
   FROM pgsched._schedule s
  WHERE ((deleted_at IS NULL) AND
        CASE
            WHEN (( SELECT pgsched._owners_seen() AS _owners_seen) IS NULL) THEN true
            ELSE (owner_id = ANY (( SELECT pgsched._owners_seen() AS _owners_seen)::bigint[]))
        END);

-- Name: VIEW schedule; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.schedule IS 'Schedules, and their front door: INSERT makes one, with exactly one of cron, rrule, every, at, after and business; UPDATE changes one, and counts version up; DELETE ends it, softly: its slots and jobs stay. What an INSERT leaves out: args {}, timezone UTC, roll skip, blackout_policy skip, jitter and splay 0, overlap allow, misfire once, misfire_limit 100, grace 1 minute. Where a change concerns its times, what is nominally later than the change follows the new rule. A rule that SQL accepts and the planner refuses shows in problem.';

-- Name: COLUMN schedule.at; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.schedule.at IS 'Once, then: a whole second.';

-- Name: COLUMN schedule.after; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.schedule.after IS 'Once, after this long from now, rounded up to a whole second: becomes at.';

-- Name: COLUMN schedule.starts_at; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.schedule.starts_at IS 'The first nominal time there may be; every and rrule repeat from it, so there it is a whole second.';

-- Name: COLUMN schedule.condition; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.schedule.condition IS 'A function (schedule text, nominal timestamptz) returns boolean, as schema.name, asked when a slot is due, for a second at most. It is called in time zone UTC, with the rights of the worker, so it has to be owned by the worker''s role, the owner of pgsched or a superuser.';

-- Name: COLUMN schedule.paused; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.schedule.paused IS 'Its slots are recorded as skipped while it is. One that waits for the end of the job before it goes on waiting.';

-- Name: COLUMN schedule.owner; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.schedule.owner IS 'The user who made it, and whose its jobs are; NULL: nobody.';

-- Name: _put_schedule(pgsched.schedule, boolean); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._put_schedule(p_new pgsched.schedule, p_exists boolean) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Write a schedule whole, new or changed. Not yet what follows for its slots: that is _follow_rule()'s.
-- Locks    its row.   Notifies  pgsched_schedule.
-- Errors   PS010 the rule, timezone or condition; PS025 the name is taken; 23514 with a constraint that says what is allowed.
declare
  v_now timestamptz := pgsched.clock();
  v_rule record := pgsched._rule_of(p_new);
  v_row pgsched._schedule;
begin
  perform pgsched._require_zone(coalesce(p_new.timezone, 'UTC'));
  if p_new.condition is not null then perform pgsched._condition(p_new.condition); end if;
  insert into pgsched._schedule as s
    (name, task, args, kind, rule, timezone, calendar, roll, blackout, blackout_policy, starts_at, ends_at, max_runs, jitter, splay,
     overlap, misfire, misfire_limit, grace, condition, priority, queue, labels, owner_id, paused, version, created_at, updated_at,
     plan_no, since, planned_to)
  values
    (p_new.name, p_new.task, coalesce(p_new.args, '{}'), v_rule.kind, v_rule.rule, coalesce(p_new.timezone, 'UTC'), p_new.calendar,
     coalesce(p_new.roll, 'skip'), p_new.blackout, coalesce(p_new.blackout_policy, 'skip'), p_new.starts_at, p_new.ends_at, p_new.max_runs,
     coalesce(p_new.jitter, '0'), coalesce(p_new.splay, '0'), coalesce(p_new.overlap, 'allow'), coalesce(p_new.misfire, 'once'),
     coalesce(p_new.misfire_limit, 100), coalesce(p_new.grace, '1 minute'), p_new.condition, p_new.priority, p_new.queue, p_new.labels,
     pgsched._actor(), coalesce(p_new.paused, false), pgsched._next_version('schedule', p_new.name), v_now, v_now,
     nextval('pgsched._plan_no_seq'), v_now, v_now)
  on conflict (name) do update set
    task = excluded.task, args = excluded.args, kind = excluded.kind, rule = excluded.rule, timezone = excluded.timezone,
    calendar = excluded.calendar, roll = excluded.roll, blackout = excluded.blackout, blackout_policy = excluded.blackout_policy,
    starts_at = excluded.starts_at, ends_at = excluded.ends_at, max_runs = excluded.max_runs, jitter = excluded.jitter,
    splay = excluded.splay, overlap = excluded.overlap, misfire = excluded.misfire, misfire_limit = excluded.misfire_limit,
    grace = excluded.grace, condition = excluded.condition, priority = excluded.priority, queue = excluded.queue,
    labels = excluded.labels, paused = excluded.paused, version = s.version + 1, updated_at = v_now, retry_at = null, tick_problem = null
   where p_exists
  returning s.* into v_row;
  if not found then
    raise exception using errcode = 'PS025', message = format('schedule %L exists already', p_new.name),
      hint = 'UPDATE pgsched.schedule changes it, if it is seen there; else take another name';
  end if;
  perform pgsched._keep_schedule(v_row);
  perform pgsched._notify('pgsched_schedule', '');
end $$;

-- Name: _ran_since(bigint, bigint, timestamp with time zone, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._ran_since(p_lo bigint, p_hi bigint, p_since timestamp with time zone, p_limit integer) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
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
    SET search_path TO 'pg_catalog', 'pg_temp'
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
    SET search_path TO 'pg_catalog', 'pg_temp'
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

CREATE FUNCTION pgsched._redrive(p_ids bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    AS $$
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

-- Name: _refresh(bytea, bytea, bytea, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._refresh(p_hash bytea, p_new_hash bytea, p_request bytea DEFAULT NULL::bytea, p_sealed text DEFAULT NULL::text) RETURNS TABLE(user_id bigint, name text, role text, team text, version integer, expires_at timestamp with time zone, sealed text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Replace a refresh token by a new one. Who repeats the same p_request has lost the answer, and gets the new one again, as it was sealed, until
-- that has been used. Who comes with the old one in another way within ten seconds gets another one; who does so later has stolen it or was
-- robbed of it, and the log-in ends.
-- Returns  one row; none if the token is not known or its log-in has ended. No error, which would undo that end. sealed: of one issued before.
-- Locks    its session.   Errors  PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_session pgsched._session;
  v_replaced timestamptz;
  v_sealed text;
begin
  perform pgsched._require_read_committed();
  select s.* into v_session from pgsched._refresh_token as r join pgsched._session as s on s.id = r.session_id
   where r.hash = p_hash and s.ended_at is null and s.expires_at > v_now for no key update of s;
  if not found then return; end if;
  select r.replaced_at into v_replaced from pgsched._refresh_token as r where r.hash = p_hash;   -- as it is under the lock
  select n.sealed into v_sealed from pgsched._refresh_token as n
   where n.session_id = v_session.id and n.request = p_request and n.replaced_at is null;
  if not found then
    if v_replaced < v_now - interval '10 seconds' then
      update pgsched._session as s set ended_at = v_now where s.id = v_session.id;
      return;
    end if;
    update pgsched._refresh_token as r set replaced_at = coalesce(r.replaced_at, v_now) where r.hash = p_hash;
    insert into pgsched._refresh_token (hash, session_id, issued_at, request, sealed)
    values (p_new_hash, v_session.id, v_now, p_request, p_sealed);
    update pgsched._session as s set expires_at = v_now + make_interval(secs => pgsched._setting('refresh_token_s')) where s.id = v_session.id
    returning s.expires_at into v_session.expires_at;
  end if;
  return query select u.id, u.name::text, u.role, u.team::text, u.version, v_session.expires_at, v_sealed
                 from pgsched._user as u where u.id = v_session.user_id and not u.disabled;
end $$;

-- Name: _refuse_change(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception using errcode = 'PS024', message = format('%s on pgsched.%s is refused: it tells immutable facts', tg_op, tg_table_name),
    hint = 'of a job, use pgsched.cancel(id), pgsched.reschedule(id, due_at) or pgsched.redrive(id)';
end $$;

-- Name: _refuse_event_column(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._refuse_event_column() RETURNS bigint
    LANGUAGE plpgsql
    AS $$
begin   -- volatile: see _refuse_id()
  raise exception using errcode = 'PS010', message = 'an INSERT into pgsched.event gives type, source, subject and data alone',
    hint = 'for an id of your own, call pgsched.emit()';
end $$;

-- Name: _refuse_id(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._refuse_id() RETURNS bigint
    LANGUAGE plpgsql
    AS $$
begin
  -- volatile: the planner would call an immutable one, and refuse rows that give NULL or DEFAULT
  raise exception using errcode = 'PS010', message = 'id, state, attempt, created_at, task_version and owner are given by the database',
    hint = 'leave them out of the INSERT';
end $$;

-- Name: _replan(timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._replan(p_now timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS $$
-- Of schedules whose calendar or blackout has changed, let what is not due yet be planned anew, from the first such slot on. What is late
-- or held, or of an earlier rule, stays as it was planned. The others wait for plan(), which takes them away: so a change of the rule before
-- then loses none.
-- Locks    up to 2,000 _schedule rows, skipping what is locked: the others stay stale.
declare
  v_stale text[];
  v_names text[];
begin
  if not exists (select from pgsched._stale) then return; end if;
  v_stale := array(select distinct t.schedule from pgsched._stale as t limit 2000);
  v_names := array(select s.name from pgsched._schedule as s
                    where s.name = any(v_stale) and s.deleted_at is null for no key update skip locked);
  delete from pgsched._stale as t
   where t.schedule = any(v_stale)
     and (t.schedule = any(v_names) or not exists (select from pgsched._schedule as s where s.name = t.schedule and s.deleted_at is null));
  update pgsched._schedule as s
     set plan_no = nextval('pgsched._plan_no_seq'), planned_until = '-infinity', planner_until = '-infinity',
         planned_to = coalesce(f.nominal, s.planned_to), since = coalesce(f.nominal, s.since)
    from unnest(v_names) as n (name)
    join pgsched._schedule as t on t.name = n.name
    left join lateral (
      select min(p.nominal) - interval '1 second' as nominal from pgsched._plan as p
       where p.schedule = t.name and p.due_at > p_now and p.nominal > t.since and not p.held) as f on true
   where s.name = n.name;
end $$;

-- Name: _require_admin(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_admin() RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
-- Called for each batch of a worker, so without a SET.   Errors  PS028 the actor is no admin.
begin
  if coalesce(pg_catalog.current_setting('pgsched.actor', true), '') = '' or pgsched._role() = 'admin' then return; end if;
  raise exception using errcode = 'PS028', message = 'the user may not do this', hint = 'an admin may';
end $$;

-- Name: _require_callable(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_callable() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- A condition is called with the rights of whoever ticks, so whoever names it must be allowed to call it: also where he does so by
-- declare_schedule(), which runs as its definer. Its trigger comes before write_schedule by its name.
-- Errors   42501 the condition is not the caller's to call.
begin
  if new.condition is null or tg_op = 'UPDATE' and new.condition is not distinct from old.condition
     or has_function_privilege(new.condition || '(text, timestamptz)', 'execute')
        and has_function_privilege(pgsched._caller(), new.condition || '(text, timestamptz)', 'execute')
  then return new; end if;
  raise exception using errcode = '42501', message = format('permission denied for the condition %s', new.condition);
exception when undefined_function or invalid_schema_name or invalid_name or invalid_text_representation or syntax_error then
  return new;   -- there is no such function, which _condition() says
end $$;

-- Name: _require_change(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_change(p_job bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
-- Errors   PS001 the actor sees no such job; PS028 it may not change it.
begin
  if coalesce(pg_catalog.current_setting('pgsched.actor', true), '') = '' then return; end if;
  perform pgsched._require_job(p_job);
  perform pgsched._require_writer();
end $$;

-- Name: _require_children(bigint[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_children(p_parents bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Whether an actor may make jobs, of these parents.   Errors  PS001 it sees no such parent; PS028 it may make none.
begin
  perform pgsched._require_writer();
  perform pgsched._require_job(u) from unnest(p_parents) as u;
end $$;

-- Name: _endpoint; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._endpoint (
    name pgsched.endpoint_name NOT NULL,
    url text NOT NULL,
    headers jsonb NOT NULL,
    secrets text[] NOT NULL,
    concurrency integer NOT NULL,
    timeout_s double precision NOT NULL,
    lease_s double precision NOT NULL,
    paused boolean DEFAULT false NOT NULL,
    paused_until timestamp with time zone,
    problem text,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT "concurrency of an endpoint must be from 1 to 1000" CHECK (((concurrency >= 1) AND (concurrency <= 1000))),
    CONSTRAINT endpoint_has_one_or_two_secrets CHECK (((cardinality(secrets) >= 1) AND (cardinality(secrets) <= 2))),
    CONSTRAINT "lease_s of an endpoint must be from 1 to 3600" CHECK (((lease_s >= (1)::double precision) AND (lease_s <= (3600)::double precision))),
    CONSTRAINT "timeout_s of an endpoint must be from 0.1 to 3600" CHECK (((timeout_s >= (0.1)::double precision) AND (timeout_s <= (3600)::double precision))),
    CONSTRAINT "url must be http:// or https://, a host and no user, at most 20" CHECK (((length(url) <= 2000) AND (url ~ '^https?://[^/?#@[:space:]]+([/?#][^[:space:]]*)?$'::text)))
);

-- Name: COLUMN _endpoint.secrets; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._endpoint.secrets IS 'The newest first, then the one before: requests are signed by both, so they must be here as they are.';

-- Name: COLUMN _endpoint.lease_s; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._endpoint.lease_s IS 'How long it may be silent about a job that it answered 202 to.';

-- Name: COLUMN _endpoint.paused; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._endpoint.paused IS 'By an operator, or by 410; until resume_endpoint().';

-- Name: COLUMN _endpoint.paused_until; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._endpoint.paused_until IS 'By 429 or 503 with Retry-After.';

-- Name: _require_endpoint(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_endpoint(p_name text) RETURNS pgsched._endpoint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- The row of an endpoint, locked.   Errors  PS016 unknown endpoint.
declare
  v_endpoint pgsched._endpoint;
begin
  perform pgsched._require_admin();
  select e.* into v_endpoint from pgsched._endpoint as e where e.name = p_name for no key update;
  if found then return v_endpoint; end if;
  raise exception using errcode = 'PS016', message = format('endpoint %L does not exist', p_name), hint = 'see pgsched.endpoint';
end $$;

-- Name: _require_fields(text, jsonb, text[], text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_fields(p_of text, p_changes jsonb, p_fields text[], p_to_be text DEFAULT 'changed'::text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Errors   PS010 something that is none of these fields.
declare
  v_unknown text := (select string_agg(k, ', ' order by k) from jsonb_object_keys(p_changes) as k where k <> all(p_fields));
begin
  if v_unknown is null then return; end if;
  raise exception using errcode = 'PS010', message = format('%s has no %s that could be %s', p_of, v_unknown, p_to_be),
    detail = 'there are ' || array_to_string(p_fields, ', ');
end $$;

-- Name: _require_headers(jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_headers(p_headers jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    AS $_$
-- Errors   PS010 what is no header, or one that we send ourselves.
declare
  v_wrong text;
begin
  if jsonb_typeof(p_headers) is distinct from 'object' then
    raise exception using errcode = 'PS010', message = 'headers must be an object of texts';
  end if;
  select h.key into v_wrong from jsonb_each(p_headers) as h
   where h.key !~ '^[!#$%&''*+.^_`|~0-9A-Za-z-]{1,200}$' or jsonb_typeof(h.value) <> 'string'
      or h.value #>> '{}' !~ '^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?$' or length(h.value #>> '{}') > 4000
      or lower(h.key) ~ '^(host|connection|keep-alive|upgrade|te|trailer|expect|(content|transfer|accept|webhook|pgsched|proxy)(-.*)?)$'
   limit 1;
  if not found then return; end if;
  raise exception using errcode = 'PS010', message = format('header %L may not be given', v_wrong),
    detail = 'values are one line of ASCII; what HTTP, the content and pgsched need is sent anyway', column = 'headers';
end $_$;

-- Name: _require_held(uuid, bigint, bigint, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_held(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Locks    the _claim row, against whoever ends one of its jobs.   Errors  PS021 the worker does not hold the job, at this attempt.
begin
  perform from pgsched._claim as c
    where c.id = p_claim and c.worker = p_worker and c.attempts[array_position(c.ids, p_id)] = p_attempt for share;
  if found then return; end if;
  raise exception using errcode = 'PS021', message = 'this worker no longer holds the job',
    detail = format('job %s, attempt %s', p_id, p_attempt), hint = 'stop: somebody else may be running it';
end $$;

-- Name: _require_hook(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_hook(p_name text) RETURNS pgsched._hook
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- The row of a hook, locked.   Errors  PS009 unknown hook.
declare
  v_hook pgsched._hook;
begin
  select h.* into v_hook from pgsched._hook as h where h.name = p_name for no key update;
  if not found then perform pgsched._unknown_hook(p_name); end if;
  return v_hook;
end $$;

-- Name: _require_job(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_job(p_id bigint) RETURNS pgsched.job_state
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  v_state pgsched.job_state := pgsched.job_state(p_id);
begin
  if v_state is not null then return v_state; end if;
  raise exception using errcode = 'PS001', message = format('job %s does not exist', p_id),
    hint = 'it never existed, or retention has removed it';
end $$;

-- Name: _require_lane(integer, text, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_lane(p_priority integer, p_queue text, p_due_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Where and when a job may be moved to.   Errors  PS010 a value.
begin
  perform pgsched._require_range('priority', coalesce(p_priority, 0), -100, 100);
  if length(p_queue) not between 1 and 200 then
    raise exception using errcode = 'PS010', message = 'queue must have 1 to 200 characters';
  elsif not (p_due_at >= '0001-01-02 00:00:00+00' and p_due_at < '10000-01-01 00:00:00+00') then
    raise exception using errcode = 'PS010', message = 'due_at must be finite and before the year 10000';
  end if;
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

-- Name: _require_own_voice(text[], text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_own_voice(p_types text[], p_sources text[]) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- For events of a user: that they do not pass for ends of jobs, which pgsched tells of, nor for deliveries of a hook, which are signed; nor
-- of one that is to come, or is gone and may come again. Subscriptions take both at their word.   Errors  PS028
declare
  v_source text := (select s from unnest(p_sources) as s
                     where s ^@ 'hooks/' or exists (select from pgsched._hook as h where h.source = s) limit 1);
begin
  if p_types && pgsched._end_types() then
    raise exception using errcode = 'PS028', message = 'the ends of jobs are told by pgsched alone', hint = 'use another type';
  elsif v_source is not null then
    raise exception using errcode = 'PS028', message = format('source %L is that of a hook, whose events are signed', v_source),
      hint = 'use another source';
  end if;
end $$;

-- Name: _require_own_worker(uuid, text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_own_worker(p_worker uuid, p_queues text[], OUT queues text[], OUT tasks text[], OUT lease_s double precision) RETURNS record
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Whether the actor may act as this worker: it registered it, and its key, limited to p_queues (NULL: to none), is for all that it works on.
-- Errors   PS021 there is no such worker; PS028 the actor may not.
declare
  v_worker pgsched._worker;
begin
  perform pgsched._require_admin();
  select w.* into v_worker from pgsched._worker as w where w.id = p_worker;
  if v_worker.id is null then
    raise exception using errcode = 'PS021', message = 'the worker is not registered: it never was, or its lease has ended',
      detail = format('worker %s', p_worker), hint = 'stop what it runs, and register anew under a new id';
  elsif v_worker.owner_id is distinct from pgsched._actor() then
    raise exception using errcode = 'PS028', message = 'the worker was registered by somebody else', detail = format('worker %s', p_worker);
  elsif not v_worker.queues <@ coalesce(p_queues, v_worker.queues) then
    raise exception using errcode = 'PS028', message = 'the key is not for all queues of this worker',
      detail = format('it is for %s, the worker works on %s', array_to_string(p_queues, ', '), array_to_string(v_worker.queues, ', '));
  end if;
  queues := v_worker.queues;
  tasks := v_worker.tasks;
  lease_s := v_worker.lease_s;
end $$;

-- Name: _require_owner(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_owner() RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  perform pgsched._require_admin();
  -- Postgres only warns whoever grants what it may not, and the caller would believe it done.
  if pg_has_role((select n.nspowner from pg_catalog.pg_namespace as n where n.nspname = 'pgsched'), 'usage') then return; end if;
  raise exception using errcode = '42501', message = 'only the owner of schema pgsched may grant rights on it';
end $$;

-- Name: _require_policy(jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_policy(p_policy jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    AS $$
-- Refuse NULL where a policy needs a value; the columns' own checks look at the rest.
declare
  v_null text := (select string_agg(p.key, ', ' order by p.key) from jsonb_each(p_policy) as p
                   where p.value = 'null' and p.key not in ('timeout_s', 'description', 'category', 'labels', 'handler', 'endpoint'));
begin
  if v_null is null then return; end if;
  raise exception using errcode = 'PS010', message = format('%s must not be null', v_null),
    detail = 'timeout_s, description, category, labels, handler and endpoint may be', hint = 'pgsched.reset_task() takes back what was set';
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

-- Name: _require_readable(regclass, text[], text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_readable(p_relation regclass, p_columns text[], p_when text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
-- Errors   PS010 a column that there is not, or a condition that does not work on new and old. Explained, so nothing is run.
declare
  v_columns text[] := array(
    select a.attname from pg_catalog.pg_attribute as a
     where a.attrelid = p_relation and a.attnum > 0 and not a.attisdropped and a.attgenerated <> 'v');
begin
  if not p_columns <@ v_columns or p_columns = '{}' then
    raise exception using errcode = 'PS010', message = 'columns must name columns of the table', detail = format('got %s', p_columns),
      hint = 'leave it out for all columns; virtual generated ones have no value in a trigger';
  end if;
  begin
    execute format(E'explain select from (select %1$s from %2$s) as new, (select %1$s from %2$s) as old where (%3$s\n)',
                   (select string_agg(format('%I', u), ', ') from unnest(v_columns) as u), p_relation, coalesce(p_when, 'true'));
  exception when others then
    raise exception using errcode = 'PS010', message = 'when_ must be a condition on new and old', detail = format('%L: %s', p_when, sqlerrm),
      hint = 'new.status = ''paid'' and old.status is distinct from new.status; what is not of Postgres is named with its schema';
  end;
end $_$;

-- Name: _require_role(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_role(p_role text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Before the table's constraint is asked: what that refuses Postgres tells, and logs, with the row, which has the hash of a password.
-- Errors   23514
begin
  if p_role in ('admin', 'user', 'viewer') then return; end if;
  raise exception using errcode = '23514', message = 'role must be admin, user or viewer', schema = 'pgsched',
    constraint = 'role must be admin, user or viewer';
end $$;

-- Name: _require_rule(text, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_rule(p_kind text, p_rule text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
-- Errors   PS010 where the text has not even the shape of its kind.
declare
  v_fields integer := cardinality(regexp_split_to_array(trim(p_rule), '\s+'));
begin
  if length(p_rule) not between 1 and 10000 then
    raise exception using errcode = 'PS010', message = format('%s must have 1 to 10000 characters', p_kind);
  elsif p_kind = 'cron' and trim(p_rule) !~* '^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$' and v_fields not in (5, 6) then
    raise exception using errcode = 'PS010', message = 'cron must have 5 fields, or 6 with seconds first, or be an @alias',
      detail = format('got %s fields in %L', v_fields, p_rule),
      hint = 'minute hour day month weekday, for example 0 18 * * mon-fri';
  elsif p_kind = 'cron' and trim(p_rule) !~ '^[-A-Za-z0-9*/,#?@ \t]+$' then
    raise exception using errcode = 'PS010', message = 'cron has a character that no field may have', detail = format('got %L', p_rule);
  elsif p_kind = 'rrule' and p_rule !~* 'FREQ=(YEARLY|MONTHLY|WEEKLY|DAILY|HOURLY|MINUTELY|SECONDLY)' and p_rule !~* 'RDATE' then
    raise exception using errcode = 'PS010', message = 'rrule must be an RFC 5545 rule with FREQ', detail = format('got %L', p_rule),
      hint = 'for example FREQ=MONTHLY;BYDAY=-1FR';
  end if;
end $_$;

-- Name: _require_run(bigint, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_run(p_job bigint, p_attempt integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
-- Errors   PS001 unknown job; PS008 it has no such run; PS028 the user may not change it.
begin
  perform pgsched._require_change(p_job);
  perform pgsched._require_job(p_job);
  if exists (select from pgsched._claim as c where c.ids @> array[p_job] and c.attempts[array_position(c.ids, p_job)] = p_attempt)
     or exists (select from pgsched._run as r where r.job_id = p_job and r.attempt = p_attempt) then return; end if;
  raise exception using errcode = 'PS008', message = format('run %s-%s does not exist', p_job, p_attempt);
end $$;

-- Name: _require_schedule(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_schedule(p_name text) RETURNS pgsched._schedule
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Its row, unlocked: whoever only looks waits for nobody, and may look on a standby. Definer: who may forecast need not read private tables.
-- Errors   PS003 there is none, or none that the user sees.
declare
  v_schedule pgsched._schedule;
begin
  select s.* into v_schedule from pgsched._schedule as s
   where s.name = p_name and s.deleted_at is null and (pgsched._owners_seen() is null or s.owner_id = any(pgsched._owners_seen()));
  if found then return v_schedule; end if;
  raise exception using errcode = 'PS003', message = format('schedule %L does not exist', p_name), hint = 'see pgsched.schedule';
end $$;

-- Name: _require_secret(text, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_secret(p_style text, p_secret text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
-- Errors   PS010 it is too short or too long, or no secret of this style. The secret is not repeated.
begin
  if length(p_secret) between 16 and 500
     and (p_style <> 'standard_webhooks'
          or p_secret ~ '^(whsec_)?([A-Za-z0-9+/]{4}){8,21}([A-Za-z0-9+/]{2}(==)?|[A-Za-z0-9+/]{3}=?)?$') then return; end if;
  raise exception using errcode = 'PS010', message = case p_style
    when 'standard_webhooks' then 'a secret of standard_webhooks must be 24 to 64 bytes in base64, after whsec_'
    else 'a secret must have 16 to 500 characters' end;
end $_$;

-- Name: _require_self(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_self(p_name text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Errors   PS028 the actor is neither this user nor an admin.
begin
  if exists (select from pgsched._user as u where u.id = pgsched._actor() and u.name = p_name and not u.disabled) then return; end if;
  perform pgsched._require_admin();
end $$;

-- Name: _require_sign_up(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_sign_up() RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Errors   PS028 sign-up is closed.
begin
  if pgsched._setting('sign_up') = 1 then return; end if;
  raise exception using errcode = 'PS028', message = 'sign-up is closed', hint = 'ask an admin for a user; the setting sign_up opens it';
end $$;

-- Name: _require_task(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_task(p_task text) RETURNS pgsched._task
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- The row of a task, locked.   Errors  PS002 unknown task.
declare
  v_task pgsched._task;
begin
  perform pgsched._require_admin();
  select t.* into v_task from pgsched._task as t where t.name = p_task for no key update;
  if found then return v_task; end if;
  raise exception using errcode = 'PS002', message = format('task %L is not in the catalogue', p_task),
    hint = 'a worker that knows it declares it at its start; or call pgsched.declare_task()';
end $$;

-- Name: _require_user(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_user(p_name text) RETURNS pgsched._user
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- The row of a user, locked.   Errors  PS006 unknown user.
declare
  v_user pgsched._user;
begin
  select u.* into v_user from pgsched._user as u where u.name = p_name for no key update;
  if found then return v_user; end if;
  raise exception using errcode = 'PS006', message = format('user %L does not exist', p_name), hint = 'see pgsched.user';
end $$;

-- Name: _require_version(bigint, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_version(p_id bigint, p_version integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- That a job still stands as it did when this was its version; one that waits is locked, so that it goes on so. NULL: however it stands.
-- Locks    one row of _blocked or _ready.   Errors  PS001 unknown job; PS026 it changed.
begin
  if p_version is null then return; end if;
  perform pgsched._require_job(p_id);
  perform from pgsched._blocked as b where b.id = p_id for update;
  perform from pgsched._ready as r where r.id = p_id for update;
  if p_version = (select pgsched._job_version(j.queue, j.priority, j.due_at, j.attempt, j.state) from pgsched.job as j where j.id = p_id)
  then return; end if;
  raise exception using errcode = 'PS026', message = format('job %s has changed', p_id), hint = 'look at it again, and repeat the change';
end $$;

-- Name: _require_version(text, text, integer, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_version(p_kind text, p_name text, p_version integer, p_expected integer) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Errors   PS026 it is at another version than was expected. NULL: at whatever.
begin
  if p_version = coalesce(p_expected, p_version) then return; end if;
  raise exception using errcode = 'PS026', hint = 'look at it again, then change it',
    message = format('%s %L is at version %s by now, not %s', p_kind, p_name, p_version, p_expected);
end $$;

-- Name: _require_version_of(text, text, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_version_of(p_kind text, p_name text, p_version integer) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- What a schedule or calendar was at a version.   Errors  PS028 no admin; PS010 no such version, or it was removed by then.
declare
  v_columns jsonb := (select v.columns from pgsched._version as v where v.kind = p_kind and v.name = p_name and v.version = p_version);
begin
  perform pgsched._require_admin();
  if v_columns is not null then return v_columns; end if;
  raise exception using errcode = 'PS010', message = format('%s %L has no version %s to go back to', p_kind, p_name, p_version),
    hint = format('pgsched.%s_version lists them', p_kind), column = 'version';
end $$;

-- Name: _require_watchable(regclass); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_watchable(p_relation regclass) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Errors   PS010 not a table that can be watched; 42501 not the caller's, or its owner may not emit.
declare
  v_table record;
begin
  select c.relowner, c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pgsched', 'pg_catalog', 'information_schema')
         as fit into v_table
    from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace where c.oid = p_relation;
  if v_table.fit is not true then
    raise exception using errcode = 'PS010', message = 'only a table of your own can be watched',
      detail = format('got %s', coalesce(p_relation::text, 'null')), hint = 'of a partitioned table, watch the whole; not a partition, not a view';
  elsif not pg_has_role(v_table.relowner, 'usage') then
    raise exception using errcode = '42501', message = format('must be owner of table %s', p_relation);
  elsif not (has_schema_privilege(v_table.relowner, 'pgsched', 'usage')
             and has_column_privilege(v_table.relowner, 'pgsched.event', 'data', 'insert')) then
    raise exception using errcode = '42501', message = format('the owner of table %s may not emit events', p_relation),
      hint = format('select pgsched.grant_emit(%L)', v_table.relowner::regrole);
  end if;
end $$;

-- Name: _require_writer(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_writer() RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
-- Errors   PS028 the actor may only look, or not even that.
begin
  if coalesce(pg_catalog.current_setting('pgsched.actor', true), '') = '' or pgsched._role() in ('admin', 'user') then return; end if;
  raise exception using errcode = 'PS028', message = 'the user may not do this', hint = 'a viewer may only look';
end $$;

-- Name: _require_zone(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._require_zone(p_timezone text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
-- Only names of the time zone database: Postgres also takes abbreviations and POSIX rules, which Python does not.
begin
  if p_timezone ~ '^[A-Za-z]+([/_+-][A-Za-z0-9_+-]+)*$' then
    perform now() at time zone p_timezone;
    return;
  end if;
  raise exception using errcode = '22023', message = 'not a name';
exception when invalid_parameter_value then
  raise exception using errcode = 'PS010', message = 'timezone must be a name of the time zone database',
    detail = format('got %L', p_timezone), hint = 'for example Europe/Berlin; see pg_timezone_names';
end $_$;

-- Name: _reschedule(bigint[], timestamp with time zone, integer, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._reschedule(p_ids bigint[], p_due_at timestamp with time zone, p_priority integer, p_queue text) RETURNS TABLE(id bigint, done boolean, state pgsched.job_state)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
-- Move jobs that wait. One that moves from one table to another is missed, as by _cancel().
-- Returns  a row for each that the user sees: done; not done with the state that it has: if it waits, it was missed.
-- Locks    rows of _blocked and _ready, by id.   Notifies  as _announce().   Errors  PS010 a value; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_blocked bigint[];
  v_ready bigint[];
begin
  perform pgsched._require_read_committed();
  perform pgsched._require_lane(p_priority, p_queue, coalesce(p_due_at, v_now));
  with gone as (
    delete from pgsched._blocked as b where b.id = any(array(
      select x.id from pgsched._blocked as x where x.id = any(p_ids) order by x.id for update)) returning b.*),
  moved as (
    insert into pgsched._blocked as n (id, queue, priority, attempt, due_at, reason, subject)
    select g.id, coalesce(p_queue, g.queue), coalesce(p_priority, g.priority), g.attempt, greatest(coalesce(p_due_at, g.due_at), v_now),
           g.reason, case when g.reason = 'suspect' then coalesce(p_queue, g.queue) else g.subject end from gone as g
    returning n.id)
  select array_agg(m.id) into v_blocked from moved as m;

  -- never an UPDATE: in the middle of a claim it would make SKIP LOCKED find nothing
  with gone as (
    delete from pgsched._ready as r where r.id = any(array(
      select x.id from pgsched._ready as x where x.id = any(p_ids) order by x.id for update)) returning r.*),
  moved as (
    insert into pgsched._ready as n (id, queue, priority, attempt, due_at)
    select g.id, coalesce(p_queue, g.queue), coalesce(p_priority, g.priority), g.attempt, greatest(coalesce(p_due_at, g.due_at), v_now)
      from gone as g returning n.id, n.queue, n.priority, n.due_at)
  select array_agg(m.id), pgsched._announce(array_agg(m.queue), array_agg(m.priority), array_agg(m.due_at))
    into v_ready from moved as m having count(*) > 0;

  return query select u, true, null::pgsched.job_state from unnest(v_blocked || v_ready) as u;
  if cardinality(v_blocked || v_ready) = cardinality(p_ids) then return; end if;
  return query select j.id, false, j.state from pgsched.job as j where j.id = any(p_ids) and j.id <> all(coalesce(v_blocked || v_ready, '{}'));
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

-- Name: _role(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._role() RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- operator (the layer is off), admin, user, viewer or nobody. Definer, as _owners_seen(): whoever reads a view need not read users.
begin
  if coalesce(current_setting('pgsched.actor', true), '') = '' then return 'operator'; end if;
  return coalesce((select u.role from pgsched._user as u where u.id = pgsched._actor() and not u.disabled), 'nobody');
end $$;

-- Name: _roll_up(text, bigint, bigint, timestamp with time zone, timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._roll_up(p_partition text, p_lo bigint, p_hi bigint, p_from timestamp with time zone, p_to timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_sort TO 'off'
    SET jit TO 'off'
    AS $_$
-- Add the runs of one partition that ended from p_from to before p_to, all within one slot, to _stat and _stat_day. p_lo and p_hi are the
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
       group by 1, 2, 3, 4, 5),
    days as (
      insert into pgsched._stat_day as d (day, task, outcome, runs)
      select ($1 at time zone 'UTC')::date, c.task, c.outcome, sum(c.runs) from counted as c group by c.task, c.outcome
      on conflict (day, task, outcome) do update set runs = d.runs + excluded.runs)
    insert into pgsched._stat as s (slot, queue, task, outcome, runs, wait_ms, run_ms)
    select date_bin('10 seconds', $1, '2020-01-01 00:00+00'), c.queue, c.task, c.outcome, sum(c.runs),
           pgsched._histogram(array_agg(c.wait), array_agg(c.runs)), pgsched._histogram(array_agg(c.run), array_agg(c.runs))
      from counted as c group by c.queue, c.task, c.outcome
    on conflict (slot, queue, task, outcome) do update
      set runs = s.runs + excluded.runs, wait_ms = pgsched._add(s.wait_ms, excluded.wait_ms),
          run_ms = pgsched._add(s.run_ms, excluded.run_ms) $q$, p_partition, p_lo, p_hi) using p_from, p_to;
end $_$;

-- Name: _rule_of(pgsched.schedule); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._rule_of(p_row pgsched.schedule, OUT kind text, OUT rule text) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- The one rule that a row has. Errors  PS010 none, or several, or one that has not the shape of its kind.
declare
  v_kinds text[] := array_remove(array[
    case when p_row.cron is not null then 'cron' end, case when p_row.rrule is not null then 'rrule' end,
    case when p_row.every is not null then 'every' end, case when p_row.at is not null then 'at' end,
    case when p_row.after is not null then 'after' end, case when p_row.business is not null then 'business' end], null);
begin
  if cardinality(v_kinds) <> 1 then
    raise exception using errcode = 'PS010',
      message = 'a schedule has exactly one of cron, rrule, every, at, after and business',
      detail = format('schedule %L has %s', p_row.name, coalesce(nullif(array_to_string(v_kinds, ', '), ''), 'none'));
  elsif p_row.after < interval '0' then
    raise exception using errcode = 'PS010', message = 'after must not be negative', detail = format('got %s', p_row.after);
  elsif p_row.business is not null and p_row.calendar is null then
    raise exception using errcode = 'PS010', message = 'a business-day rule needs a calendar', detail = format('schedule %L', p_row.name),
      hint = 'make one in pgsched.calendar, or name an existing one', column = 'calendar';
  end if;
  kind := case v_kinds[1] when 'after' then 'at' else v_kinds[1] end;
  rule := trim(coalesce(p_row.cron, p_row.rrule, p_row.every, p_row.business, pgsched._whole_second(coalesce(
            p_row.at, date_trunc('second', pgsched.clock() + p_row.after + interval '999999 microseconds')))));
  perform pgsched._require_rule(kind, rule);
end $$;

-- Name: _running_now(bigint, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._running_now(p_id bigint DEFAULT NULL::bigint, p_most integer DEFAULT NULL::integer) RETURNS TABLE(id bigint, task text, queue text, priority integer, attempt integer, worker text, host text, pid integer, started_at timestamp with time zone, running_s double precision, cancelling boolean, progress double precision, message text, worker_id uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
-- The rows of running_now; of one job only; at most p_most, those that run longest. Definer: an observer need not read the private tables.
declare
  v_now timestamptz := pgsched.clock();
  v_owners bigint[] := pgsched._owners_seen();
  v_looked integer := case when v_owners is null then p_most end;   -- whose a job is, is known only once all are looked at
  v_ids bigint[] := array(select u.id from pgsched._claim as c cross join unnest(c.ids) as u (id)
                            where p_id is null or c.ids @> array[p_id] and u.id = p_id
                            order by c.claimed_at, u.id limit v_looked);
begin
  return query
  with held as materialized (
    select u.id, u.attempt, c.queue, c.priority, c.worker, c.claimed_at
      from pgsched._claim as c cross join unnest(c.ids, c.attempts) as u (id, attempt)
     where p_id is null or c.ids @> array[p_id] and u.id = p_id
     order by c.claimed_at, u.id limit v_looked),
  -- BETWEEN prunes the partitions once, where a join would touch every one for every job
  named as materialized (
    select j.id, j.task, j.owner_id from pgsched._job as j
     where j.id = any(v_ids) and j.id between (select min(u) from unnest(v_ids) as u) and (select max(u) from unnest(v_ids) as u))
  select h.id, n.task, h.queue, h.priority, h.attempt, w.name, w.host, w.pid, h.claimed_at,
         round(extract(epoch from v_now - h.claimed_at)::numeric, 1)::double precision,
         k.id is not null, s.progress, s.message, h.worker
    from held as h
    left join named as n on n.id = h.id
    left join pgsched._worker as w on w.id = h.worker
    left join pgsched._cancel as k on k.id = h.id
    left join lateral (
      select (array_agg(t.progress order by t.logged_at desc) filter (where t.progress is not null))[1] as progress,
             (array_agg(t.message order by t.logged_at desc) filter (where t.message is not null))[1] as message
        from (select l.progress, l.message, l.logged_at from pgsched._log as l
               where l.job_id = h.id and l.attempt = h.attempt order by l.logged_at desc limit 100) as t) as s on true
   where v_owners is null or n.owner_id = any(v_owners)
   order by h.claimed_at, h.id limit p_most;
end $$;

-- Name: _said(jsonb, timestamp with time zone, bigint, bigint, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._said(p_said jsonb, p_now timestamp with time zone, p_cause bigint, p_owner bigint, p_depth integer) RETURNS pgsched._event
    LANGUAGE sql
    AS $$
  -- One of emit_many(), of which each value is checked by its domain.
  select pgsched.new_id(), coalesce((p_said ->> 'time')::timestamptz::pgsched.event_time, p_now)::timestamptz, p_cause, p_owner, p_depth,
         (p_said ->> 'type')::pgsched.event_type::text, coalesce(p_said ->> 'source', 'pgsched')::pgsched.event_source::text,
         (p_said ->> 'subject')::pgsched.event_subject::text, (p_said ->> 'id')::pgsched.event_external_id::text, coalesce(p_said -> 'data', '{}'),
         nullif(p_said -> 'attributes', 'null')::pgsched.event_attributes::jsonb $$;

-- Name: _scopes_of(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._scopes_of(p_role text) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    AS $$
  -- What a user of this role may do; a key of its own may do no more.
  select case p_role when 'admin' then array['read', 'write', 'admin', 'worker'] when 'user' then array['read', 'write'] else array['read'] end $$;

-- Name: _secrets(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._secrets() RETURNS TABLE(id bigint, value bytea, access_token_s bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- The secrets by which an access token may be signed: new ones by the first, which is the newest.
  select s.id, s.value, pgsched._setting('access_token_s') from pgsched._secret as s
   where coalesce(s.expires_at > pgsched.clock(), true) order by s.id desc $$;

-- Name: _setting(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._setting(p_name text) RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
  select coalesce(s.value, s.by_default) from pgsched._setting as s where s.name = p_name $$;

-- Name: _settle(pgsched._exit[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._settle(p_exits pgsched._exit[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
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
  perform pgsched._tell(array_agg(u.id), pgsched._ends_wanted('{job.*,job.dead,job.cancelled}'))
     from unnest(p_exits) as u where u.next in ('dead', 'cancelled') or u.id = any(v_cancelled) having count(*) > 0;
end $$;

-- Name: _settle_slots(pgsched._decision[], text[], timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._settle_slots(p_decided pgsched._decision[], p_busy text[], p_now timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS $$
-- Make the jobs of slots that fire, record what was decided, and let schedules end that have had their last run.
-- Returns  how many slots.   Locks  rows of their schedules are locked.   Notifies  as an enqueue.
declare
  v_names text[] := array(select distinct d.schedule from unnest(p_decided) as d);
begin
  insert into pgsched._job (id, task, args, queue, priority, due_at, created_at, labels, task_version, owner_id)
  select d.job_id, s.task, pgsched._args_at(s.args, d.schedule, d.nominal), coalesce(s.queue, t.queue, 'default'),
         coalesce(s.priority, t.priority, 0), p_now, clock_timestamp(),
         coalesce(s.labels, '{}') || jsonb_build_object('schedule', d.schedule, 'nominal', d.nominal), t.version, s.owner_id
    from unnest(p_decided) as d join pgsched._schedule as s on s.name = d.schedule left join pgsched._task as t on t.name = s.task
   where d.outcome = 'fired' order by d.job_id;
  insert into pgsched._slot (schedule, nominal, outcome, reason, job_id, decided_at)
  select d.schedule, d.nominal, d.outcome, d.reason, d.job_id, p_now from unnest(p_decided) as d where d.outcome <> 'held';
  insert into pgsched._plan (schedule, nominal, due_at, skipped, notes, held)
  select d.schedule, d.nominal, p_now, false, '[]', true from unnest(p_decided) as d where d.outcome = 'held';

  update pgsched._schedule as s
     set runs = s.runs + d.fired,
         last_jobs = case when s.name = any(p_busy) then pgsched._live(s.last_jobs) else '{}' end || d.last_job
    from (select x.schedule, count(*)::integer as fired, max(x.job_id) as last_job
            from unnest(p_decided) as x where x.outcome = 'fired' group by x.schedule) as d
   where s.name = d.schedule;
  with ended as (
    update pgsched._schedule as s set planned_until = 'infinity', plan_no = nextval('pgsched._plan_no_seq')
     where s.name = any(v_names) and s.runs >= s.max_runs returning s.name)
  delete from pgsched._plan as p using ended as e where p.schedule = e.name and p.nominal > p_now and not p.held;
  return cardinality(p_decided);
end $$;

-- Name: _sign_up_begin(text, inet); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._sign_up_begin(p_name text, p_address inet) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Whether anybody may sign up; counted as a failed log-in: to hash a password takes as long as to compare one.
-- Returns  how many seconds to wait; 0: none.   Locks  as _log_in_begin().   Errors  PS028 sign-up is closed; PS023 not READ COMMITTED.
begin
  perform pgsched._require_sign_up();
  return (select b.wait_s from pgsched._log_in_begin(p_name, p_address) as b);
end $$;

-- Name: _split_day(text, text, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._split_day(p_parent text, p_name text, p_lo bigint, p_hours bigint) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
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

-- Name: _stat_queue(text, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._stat_queue(p_after text DEFAULT NULL::text, p_limit integer DEFAULT NULL::integer) RETURNS TABLE(queue text, paused boolean, ready bigint, scheduled bigint, blocked bigint, running bigint, dead bigint, capped boolean, oldest_due_s double precision, succeeded_per_s numeric, failed_per_s numeric, wait_ms_p50 integer, wait_ms_p95 integer, run_ms_p50 integer, run_ms_p95 integer)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
-- The rows of stat_queue, by name: p_limit of them, after p_after, and for no others is anything counted. NULL: all. For a user, what
-- queues there are and which are paused. Definer: an observer need not read the private tables.
-- Jobs that wait in _blocked are counted by what they wait for (a task, a queue's suspects), as its index has them.
declare
  v_now timestamptz := pgsched.clock();
begin
  if pgsched._owners_seen() = '{}' then return; end if;
  if pgsched._owners_seen() is not null then
    return query
    select n.name, coalesce(q.paused, false), null::bigint, null::bigint, null::bigint, null::bigint, null::bigint, null::boolean,
           null::double precision, null::numeric, null::numeric, null::integer, null::integer, null::integer, null::integer
      from (select u.name from (select l.queue as name from pgsched._lane as l union select p.name from pgsched._queue as p) as u
             where u.name > coalesce(p_after, '') order by u.name limit p_limit) as n
      left join pgsched._queue as q on q.name = n.name;
    return;
  end if;
  return query
  with recent as materialized (select * from pgsched._recent('queue')),
  names as materialized (
    select u.name
      from (select l.queue as name from pgsched._lane as l union select q.name from pgsched._queue as q union select r.name from recent as r) as u
     where u.name > coalesce(p_after, '') order by u.name limit p_limit),
  depth as materialized (
    select l.queue, sum(l.ready)::bigint as ready, sum(l.scheduled)::bigint as scheduled, min(l.oldest_due_at) as oldest,
           bool_or(l.ready > 10000 or l.scheduled > 10000) as capped
      from pgsched._lane_depth(array(select n.name::text from names as n)) as l group by l.queue),
  waits as materialized (
    select b.queue, count(*) as jobs
      from (select 'task_held' as reason, t.name as subject from pgsched._task as t
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

CREATE FUNCTION pgsched._stat_task() RETURNS TABLE(task text, queue text, priority integer, max_attempts integer, enabled boolean, paused boolean, blocked bigint, running bigint, dead bigint, workers bigint, succeeded_per_s numeric, failed_per_s numeric, wait_ms_p50 integer, wait_ms_p95 integer, run_ms_p50 integer, run_ms_p95 integer)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
-- The rows of stat_task; none for a user, since they count all jobs. Definer: an observer need not read the private tables.
declare
  v_now timestamptz := pgsched.clock();
  v_ids bigint[] := array(select unnest(c.ids) from pgsched._claim as c);
begin
  if pgsched._owners_seen() is not null then return; end if;
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
  select n.name, t.queue::text, t.priority::integer, t.max_attempts::integer, coalesce(t.enabled, true), coalesce(t.paused, false),
         w.jobs, coalesce(h.jobs, 0), coalesce(b.jobs, 0), coalesce(k.workers, 0), coalesce(r.succeeded_per_s, 0), coalesce(r.failed_per_s, 0),
         r.wait_ms_p50, r.wait_ms_p95, r.run_ms_p50, r.run_ms_p95
    from names as n
   cross join lateral (
      select count(*) as jobs from (select from pgsched._blocked as q where q.reason = 'task_held' and q.subject = n.name
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
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
-- Jobs that waited for a task which is not held any more: 1,000 a step of the first such task become ready.
-- Locks    _blocked rows, skipping what is locked.   Notifies  as _announce().
declare
  v_task text;
  v_count integer;
begin
  -- from one subject to the next by the index, however many jobs wait for each
  with recursive waiting as (
    (select b.subject from pgsched._blocked as b where b.reason = 'task_held' order by b.reason, b.subject limit 1)
     union all
    select (select b.subject from pgsched._blocked as b where b.reason = 'task_held' and b.subject > w.subject
             order by b.reason, b.subject limit 1)
      from waiting as w where w.subject is not null)
  select w.subject into v_task from waiting as w
   where w.subject is not null and not exists (select from pgsched._task as t where t.name = w.subject and t.held) limit 1;
  if v_task is null then
    return ('no job waits for a task that runs', 0, 0, p_now + interval '10 seconds', null)::pgsched._step;
  end if;
  v_count := pgsched._admit_blocked(v_task, 1000);
  return (format('admitted %s jobs of %s', v_count, v_task), v_count, 0,
          case when v_count = 0 then p_now + interval '1 second' else p_now end, null)::pgsched._step;
end $$;

-- Name: _step_checkpoints(timestamp with time zone, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._step_checkpoints(p_now timestamp with time zone, p_mark bigint, p_did bigint) RETURNS pgsched._step
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    AS $$
-- Forget the checkpoints of jobs that have ended; looks at 1,000 a step. One of the last minute stays, since its job may be one that
-- was redriven after this statement began.   Locks  _checkpoint rows.
declare
  v_count bigint;
  v_last bigint;
begin
  with looked as materialized (
    select k.id from pgsched._checkpoint as k where k.id > p_mark order by k.id limit 1000),
  gone as (
    delete from pgsched._checkpoint as k using looked as l
     where k.id = l.id and k.saved_at < p_now - interval '1 minute'
       and not exists (select from pgsched._ready as r where r.id = k.id) and not exists (select from pgsched._blocked as b where b.id = k.id)
       and k.id not in (select unnest(c.ids) from pgsched._claim as c)
    returning k.id)
  select (select count(*) from gone), case when count(*) = 1000 then max(l.id) end into v_count, v_last from looked as l;
  return (format('removed %s checkpoints', v_count), v_count, coalesce(v_last, 0),
          case when v_last is null then p_now + interval '1 minute' else p_now end, null)::pgsched._step;
end $$;

-- Name: _step_events(timestamp with time zone, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._step_events(p_now timestamp with time zone, p_mark bigint, p_did bigint) RETURNS pgsched._step
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '50ms'
    SET jit TO 'off'
    AS $$
-- Forget events older than retention_days: 5,000 keys a step, then themselves and what they made, one partition a step, oldest first. In
-- this order: a replay() makes nothing of an event that is gone, but has nowhere to note what it made of one that is not.
-- Locks    _event_key rows, skipping what is locked; or a parent, ACCESS EXCLUSIVE.   Errors  55P03 a lock.
declare
  v_old bigint := pgsched.id_at(p_now - make_interval(days => pgsched._setting('retention_days')::integer));
  v_count bigint;
  v_part text;
begin
  delete from pgsched._event_key as k where k.ctid = any(array(
    select x.ctid from pgsched._event_key as x where x.event_id < v_old order by x.event_id limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  if v_count > 0 then return (format('removed %s keys', v_count), v_count, 0, p_now, null)::pgsched._step; end if;

  select x.name into v_part
    from unnest(array['_event', '_event_job']) with ordinality as p (parent, n) cross join pgsched._partitions(p.parent) as x
   where x.hi <= v_old order by x.lo, p.n limit 1;
  if not found then return ('nothing more is to go', 0, 0, p_now + interval '1 hour', null)::pgsched._step; end if;
  execute format('drop table pgsched.%I', v_part);
  return (format('dropped %s', v_part), 1, 0, p_now, null)::pgsched._step;
end $$;

-- Name: _step_orphans(timestamp with time zone, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._step_orphans(p_now timestamp with time zone, p_mark bigint, p_did bigint) RETURNS pgsched._step
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
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
    SET search_path TO 'pg_catalog', 'pg_temp'
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
      from unnest(pgsched._parents()) with ordinality as p (parent, n) cross join pgsched._partitions(p.parent) as x
     where x.lo > v_today and x.lo <= v_today + 2 * pgsched._day() and x.hi - x.lo = pgsched._day()
       and x.lo + p.n > p_mark
     order by x.lo, p.n limit 1;
    if found then
      if pgsched._split_day(v_day.parent, v_day.name, v_day.lo, v_hours) then
        return (format('split %s', v_day.name), 1, p_mark, p_now, null)::pgsched._step;
      end if;
      return (format('left %s whole: it holds rows', v_day.name), 0,
              v_day.lo + array_position(pgsched._parents(), v_day.parent), p_now, null)::pgsched._step;
    end if;
  end if;
  return ('all partitions are there', 0, 0, p_now + interval '1 hour', null)::pgsched._step;
end $$;

-- Name: _step_requests(timestamp with time zone, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._step_requests(p_now timestamp with time zone, p_mark bigint, p_did bigint) RETURNS pgsched._step
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    AS $$
-- Forget answers older than request_hours, 1,000 a step.   Locks  _request rows, skipping what is locked.
declare
  v_old timestamptz := p_now - make_interval(hours => pgsched._setting('request_hours')::integer);
  v_count bigint;
begin
  delete from pgsched._request as r where r.ctid = any(array(
    select x.ctid from pgsched._request as x where x.made_at < v_old order by x.made_at limit 1000 for update skip locked));
  get diagnostics v_count = row_count;
  return (format('forgot %s answers', v_count), v_count, 0,
          case when v_count = 1000 then p_now else p_now + interval '10 minutes' end, null)::pgsched._step;
end $$;

-- Name: _step_retention(timestamp with time zone, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._step_retention(p_now timestamp with time zone, p_mark bigint, p_did bigint) RETURNS pgsched._step
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
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

-- Name: _step_slots(timestamp with time zone, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._step_slots(p_now timestamp with time zone, p_mark bigint, p_did bigint) RETURNS pgsched._step
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    AS $$
-- Forget decided slots older than slot_days, 5,000 a step, which takes some 15 ms; and schedules that were deleted so long ago, with their versions.
-- Locks    _slot and _schedule rows, skipping what is locked.
declare
  v_old timestamptz := p_now - make_interval(days => pgsched._setting('slot_days')::integer);
  v_slots bigint;
  v_schedules bigint;
begin
  delete from pgsched._slot as s where s.ctid = any(array(
    select x.ctid from pgsched._slot as x where x.decided_at < v_old order by x.decided_at limit 5000 for update skip locked));
  get diagnostics v_slots = row_count;
  with gone as (
    delete from pgsched._schedule as s where s.name = any(array(
      select x.name from pgsched._schedule as x where x.deleted_at < v_old limit 1000 for update skip locked))
    returning s.name),
  versions as (
    delete from pgsched._version as v using gone as g where v.kind = 'schedule' and v.name = g.name)
  select count(*) into v_schedules from gone;
  return (format('removed %s slots, %s schedules', v_slots, v_schedules), v_slots + v_schedules, 0,
          case when v_slots = 5000 then p_now else p_now + interval '10 minutes' end, null)::pgsched._step;
end $$;

-- Name: _step_stats(timestamp with time zone, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._step_stats(p_now timestamp with time zone, p_mark bigint, p_did bigint) RETURNS pgsched._step
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    AS $_$
-- Add ended runs to _stat, slot after slot of ten seconds, each from five seconds after its end; in a call about 2,500 of
-- them, 6 ms. Who is over an hour behind goes on from an hour ago. The mark is in milliseconds since 1970.
declare
  c_few constant integer := 2500;
  v_from timestamptz := case when p_mark = 0 then date_bin('10 seconds', p_now, '2020-01-01 00:00+00')
    else greatest(to_timestamp(p_mark / 1000.0), date_bin('10 seconds', p_now - interval '1 hour', '2020-01-01 00:00+00')) end;
  v_slot_end timestamptz := date_bin('10 seconds', v_from, '2020-01-01 00:00+00') + interval '10 seconds';
  v_ahead bigint := pgsched.id_at(v_slot_end) + pgsched._day();   -- of partitions ahead, only one is looked at
  v_to timestamptz;
  v_part record;
  v_count bigint := 0;
begin
  if v_slot_end > p_now - interval '5 seconds' then
    return ('no runs to count yet', null, round(extract(epoch from v_from) * 1000), v_slot_end + interval '5 seconds', null)::pgsched._step;
  end if;
  -- Runs lie almost in order of their end: the first that are met tell how far to go.
  execute 'select case when count(*) = $4 then least(date_trunc(''milliseconds'', max(f.finished_at)), $2) else $2 end from ('
          '  select r.finished_at from pgsched._run as r'
          '   where r.finished_at >= $1 and r.finished_at < $2 and r.job_id < $3 limit $4) as f'
    into v_to using v_from, v_slot_end, v_ahead, c_few;
  v_to := greatest(v_to, v_from + interval '1 millisecond');
  for v_part in execute
    'select r.tableoid as part, min(r.job_id) as lo, max(r.job_id) as hi, count(*) as runs from pgsched._run as r '
    'where r.finished_at >= $1 and r.finished_at < $2 and r.job_id < $3 group by r.tableoid'
    using v_from, v_to, v_ahead
  loop
    perform pgsched._roll_up((select c.relname from pg_catalog.pg_class as c where c.oid = v_part.part), v_part.lo, v_part.hi,
                             v_from, v_to);
    v_count := v_count + v_part.runs;
  end loop;
  return (format('counted %s runs that ended before %s', v_count, v_to), v_count, round(extract(epoch from v_to) * 1000),
          case when v_to < v_slot_end then p_now else greatest(p_now, v_slot_end + interval '15 seconds') end, null)::pgsched._step;
end $_$;

-- Name: _step_summarize(timestamp with time zone, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._step_summarize(p_now timestamp with time zone, p_mark bigint, p_did bigint) RETURNS pgsched._step
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '50ms'
    AS $$
-- Tell the BRIN indexes of _run on finished_at about new pages, in the four newest partitions, each ten seconds, just before
-- _step_stats(): what is not summarized is read by every look at the last minutes.
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
  return (format('summarized %s ranges of pages', v_ranges), v_ranges, 0,
          date_bin('10 seconds', p_now, '2020-01-01 00:00+00') + interval '14.9 seconds', null)::pgsched._step;
end $$;

-- Name: _step_sweep(timestamp with time zone, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._step_sweep(p_now timestamp with time zone, p_mark bigint, p_did bigint) RETURNS pgsched._step
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    AS $$
-- Remove leavings, up to 5,000 rows of each kind: sleepers and waiters that died, cancels of jobs that no longer run, doubles
-- of lanes, roll-ups older than 24 hours, or 400 days.
-- Locks    rows of _idle, _waiter, _cancel, _lane, _stat and _stat_day, skipping what is locked.
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

  delete from pgsched._stat_day as d where d.ctid = any(array(
    select x.ctid from pgsched._stat_day as x where x.day < (p_now - interval '400 days')::date
     order by x.day limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  delete from pgsched._stat as s where s.ctid = any(array(
    select x.ctid from pgsched._stat as x where x.slot < p_now - interval '24 hours'
     order by x.slot limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  return (format('removed %s sleepers, %s waiters, %s cancels, %s lanes, %s days, %s roll-ups', variadic v_counts),
          (select sum(u) from unnest(v_counts) as u), 0,
          case when 5000 = any(v_counts) then p_now else p_now + interval '1 minute' end, null)::pgsched._step;
end $$;

-- Name: _step_users(timestamp with time zone, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._step_users(p_now timestamp with time zone, p_mark bigint, p_did bigint) RETURNS pgsched._step
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    AS $$
-- Forget what counts no more, up to 5,000 rows of each kind: failed log-ins, sessions that have ended, refresh tokens that were replaced so
-- long ago that their use would tell nothing, and secrets.
-- Locks    such rows, skipping what is locked.
declare
  v_counts bigint[] := '{}';
  v_count bigint;
begin
  delete from pgsched._log_in_attempt as a where a.id = any(array(
    select x.id from pgsched._log_in_attempt as x
     where x.at < p_now - make_interval(secs => pgsched._setting('log_in_window_s')) limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  delete from pgsched._session as s where s.id = any(array(
    select x.id from pgsched._session as x where x.expires_at < p_now or x.ended_at < p_now - interval '1 day' limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  delete from pgsched._refresh_token as r where r.hash = any(array(
    select x.hash from pgsched._refresh_token as x
     where x.replaced_at < p_now - make_interval(secs => pgsched._setting('refresh_token_s')) limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  delete from pgsched._secret as s where s.expires_at < p_now;
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  return (format('removed %s failed log-ins, %s sessions, %s refresh tokens, %s secrets', variadic v_counts),
          (select sum(u) from unnest(v_counts) as u), 0,
          case when 5000 = any(v_counts) then p_now else p_now + interval '10 minutes' end, null)::pgsched._step;
end $$;

-- Name: _step_watches(timestamp with time zone, bigint, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._step_watches(p_now timestamp with time zone, p_mark bigint, p_did bigint) RETURNS pgsched._step
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    AS $$
-- Drop functions of watch() whose table is gone, 100 a step: those of roles that the owner of this schema is a member of; doctor names
-- the others.
declare
  v_routine regprocedure;
  v_count bigint := 0;
begin
  for v_routine in select w.routine from pgsched._unused_watches() as w where pg_has_role(w.owner, 'usage') limit 100 loop
    execute format('drop function %s', v_routine);
    v_count := v_count + 1;
  end loop;
  return (format('dropped %s functions', v_count), v_count, 0,
          case when v_count = 100 then p_now else p_now + interval '1 hour' end, null)::pgsched._step;
end $$;

-- Name: _take(uuid, bigint[], bigint[], integer[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._take(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[]) RETURNS SETOF pgsched._exit
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
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

-- Name: _take_due(text[], text[], timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._take_due(p_names text[], p_busy text[], p_now timestamp with time zone) RETURNS pgsched._plan[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
-- Take the slots of these schedules that can be decided now out of the plan. One that was decided before goes without a word.
-- Locks    their rows are locked.
declare
  v_due pgsched._plan[];
begin
  with due as materialized (
    delete from pgsched._plan as p using pgsched._schedule as s
     where p.schedule = any(p_names) and p.due_at <= p_now and s.name = p.schedule
       and case when p.held then not s.paused and s.name <> all(p_busy)
                else p.nominal <= s.planned_to and (p.skipped or p.due_at >= p_now - s.grace or s.planned_until >= p_now) end
    returning p)
  select array_agg(d.p) into v_due
    from due as d where not exists (select from pgsched._slot as x where x.schedule = (d.p).schedule and x.nominal = (d.p).nominal);
  return coalesce(v_due, '{}');
end $$;

-- Name: _taken(jsonb, jsonpath); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._taken(p_from jsonb, p_path jsonpath) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
  -- What a hole takes: the first value that the path finds, or null. Asked to be silent, and with time zones, which would raise all the same.
  select coalesce(pg_catalog.jsonb_path_query_first_tz(p_from, p_path, '{}', true), 'null') $$;

-- Name: _tasks_named(jsonpath); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._tasks_named(p_filter jsonpath) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
  -- The only tasks whose ends a filter is not false for; NULL: any task's. These are the names that it compares $.data.task with, if it asks
  -- for the task in no other way, and is false for a task that is none of them, whatever else there is to an end. Strict, so that whatever
  -- else it asks for is unknown; left out are forms that make something known of what is not there.
  select array(select distinct m[1]::jsonb #>> '{}' from regexp_matches(t.text, t.named, 'g') as m)
    from (select p_filter::text as text, '\$\."data"\."task" == ("(?:\\.|[^"\\])*")(?=[ )])' as named) as t
   where regexp_replace(t.text, t.named, '', 'g') !~ '"task"' and pgsched._bare(t.text) !~ '\?|\.\*|keyvalue|is unknown|\)[.[]'
     and not jsonb_path_match_tz('{"data": {"task": ""}}', ('strict ' || regexp_replace(t.text, '^strict ', ''))::jsonpath, '{}', true) $_$;

-- Name: _tell(bigint[], boolean); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._tell(p_ids bigint[], p_wanted boolean) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Jobs ended: make events of it if that may be wanted, notify if somebody waits for one of them.
begin
  if p_wanted and p_ids <> '{}' then perform pgsched._make_end_events(p_ids); end if;
  if current_setting('transaction_isolation') = 'read committed' and not exists (
    select from pgsched._waiter as w where w.id = any(p_ids) and w.expires_at > pgsched.clock())
  then return; end if;
  perform pgsched._notify('pgsched_done', '');
end $$;

-- Name: _tell_of_users(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._tell_of_users() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Notifies pgsched_user.
begin
  perform pgsched._notify('pgsched_user', '');
  return null;
end $$;

-- Name: _thin(bigint, bigint, timestamp with time zone, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._thin(p_lo bigint, p_hi bigint, p_since timestamp with time zone, p_limit integer) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
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

-- Name: _unknown_hook(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._unknown_hook(p_name text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  raise exception using errcode = 'PS009', message = format('hook %L does not exist', p_name), hint = 'see pgsched.hook';
end $$;

-- Name: _unknown_subscription(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._unknown_subscription(p_name text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  raise exception using errcode = 'PS004', message = format('subscription %s does not exist', p_name);
end $$;

-- Name: _unused_watches(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._unused_watches() RETURNS TABLE(routine regprocedure, owner regrole)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
  -- Functions of watch() that no trigger runs any more: their table was dropped. They keep their owner from being dropped.
  select p.oid, p.proowner from pg_catalog.pg_proc as p
   where p.proname ~ '^_pgsched_[0-9a-f]{16}$' and p.prorettype = 'trigger'::regtype and p.prosrc ~ 'Made by pgsched\.watch\(\)'
     and not exists (select from pg_catalog.pg_trigger as t where t.tgfoid = p.oid) $_$;

-- Name: _unwatch(regclass, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._unwatch(p_relation regclass, p_type text) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
-- Drop the triggers that make events of this type of a table, and their function. Returns how many triggers.
declare
  v_trigger record;
  v_count integer := 0;
begin
  for v_trigger in
    select t.tgname, t.tgfoid::regprocedure as routine from pg_catalog.pg_trigger as t
     where t.tgrelid = p_relation and t.tgname ~ format('^pgsched_(insert|update|delete)_%s$', md5(p_type)) order by t.tgname
  loop
    execute format('drop trigger %I on %s', v_trigger.tgname, p_relation);
    v_count := v_count + 1;
  end loop;
  if v_count > 0 then execute format('drop function %s', v_trigger.routine); end if;
  return v_count;
end $_$;

-- Name: _upcoming(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._upcoming() RETURNS TABLE(id bigint, task text, queue text, priority integer, due_at timestamp with time zone, due_in_s double precision, attempt integer, args jsonb, schedule text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
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

-- Name: _wait_s(bigint, timestamp with time zone, timestamp with time zone[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._wait_s(p_max bigint, p_now timestamp with time zone, p_times timestamp with time zone[]) RETURNS integer
    LANGUAGE sql STABLE
    AS $$
  -- Seconds until fewer than p_max of these failures, the newest first, count; 0: now.
  select case when cardinality(p_times) < p_max then 0
              else greatest(1, ceil(extract(epoch from p_times[p_max] - p_now) + pgsched._setting('log_in_window_s')))::integer end $$;

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

-- Name: _watch_body(regclass, text[], jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._watch_body(p_relation regclass, p_operations text[], p_watched jsonb) RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
  -- The body of a trigger's function. An updated row that a trigger of the partition it moves to does not let in has no pair.
  select format($body$#variable_conflict use_column
-- Made by pgsched.watch(); goes with pgsched.unwatch().
declare
  "pgsched paired" boolean := true;
begin
  %sif pgsched._watch_fits(tg_relid, tg_argv[1]::text[]) and "pgsched paired" then
%s    return null;
  end if;
  begin
    execute pgsched._watch_query(tg_relid, lower(tg_op), tg_argv[0]::jsonb, "pgsched paired");
  exception when syntax_error_or_access_rule_violation then
    raise warning using message = format('rows of %%s are no events of type %%s: %%s', tg_relid::regclass, tg_argv[0]::jsonb ->> 'type', sqlerrm),
      hint = 'its columns have changed: call pgsched.watch() again';
  end;
  return null;
end$body$,
    case when 'update' = any(p_operations) then $update$if tg_op = 'UPDATE' then
    "pgsched paired" := (select count(*) from pgsched_new) = (select count(*) from pgsched_old);
  end if;
  $update$ else '' end,
    (select string_agg(format(E'    if tg_op = %L then\n    %s;\n    end if;\n', upper(u), pgsched._watch_query(p_relation, u, p_watched)), ''
                       order by u)
       from unnest(p_operations) as u)) $_$;

-- Name: _watch_fits(oid, text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._watch_fits(p_relation oid, p_shape text[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
begin   -- without a SET: 6 us a statement
  return pg_catalog.cardinality(p_shape) =
    (select count(*) from pg_catalog.pg_attribute as a
      where a.attrelid = p_relation and a.attnum > 0 and (a.attname || ' ' || a.atttypid = any(p_shape) or a.attgenerated = 'v'));
end $$;

-- Name: _watch_query(regclass, text, jsonb, boolean); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._watch_query(p_relation regclass, p_operation text, p_watched jsonb, p_paired boolean DEFAULT true) RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
  -- The statement that makes events of the rows of one operation. Where there is no row before or after, all of it is NULL. Rows of an
  -- update come in pairs in the same order, and a key may change, so they are paired by number; not p_paired: by key.
  with side as (
    select case p_operation when 'delete' then 'old' else 'new' end as this, case p_operation when 'delete' then 'new' else 'old' end as other)
  select format($q$insert into pgsched.event (type, source, subject, data)
    select %L, %L, %s."pgsched subject", %s
      from %s
      %s
     where (%s
           )$q$, p_watched ->> 'type', n.nspname || '.' || c.relname, s.this,
           -- half of what jsonb_build_object() takes, 0.5 us a row
           format(case p_operation when 'update' then 'jsonb_set(jsonb_set(%L, ''{new}'', new."pgsched row"), ''{old}'', old."pgsched row")'
                                   else 'jsonb_set(%L, ''{%s}'', %2$s."pgsched row")' end,
                  jsonb_build_object('operation', p_operation, 'new', null, 'old', null), s.this),
           pgsched._watch_side(p_relation, p_watched, s.this, s.this, p_operation = 'update'),
           case when p_operation = 'update'
                then format('join %s on old.%I = new.%2$I and old."pgsched row" <> new."pgsched row"',
                            pgsched._watch_side(p_relation, p_watched, 'old', 'old', true),
                            case when p_paired then 'pgsched n' else 'pgsched subject' end)
                when p_watched ->> 'when' is not null
                then format('left join %s on false', pgsched._watch_side(p_relation, p_watched, s.this, s.other, false)) end,
           coalesce(p_watched ->> 'when', 'true'))
    from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace cross join side as s
   where c.oid = p_relation $_$;

-- Name: _watch_shape(jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._watch_shape(p_watched jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- Names and types of the columns that a trigger's statement names: its second argument, since it is asked for each statement.
  select array(select format('%s %s', s ->> 0, s ->> 2) from jsonb_array_elements(p_watched -> 'seen') as s) $$;

-- Name: _watch_side(regclass, jsonb, text, text, boolean); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._watch_side(p_relation regclass, p_watched jsonb, p_rows text, p_as text, p_numbered boolean) RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- The rows of a statement, new or old, by a name, with the columns that watch() saw by the names that they had: one that was renamed is
  -- known by its number, unless the table is a copy, whose numbers may differ; else, and if it was dropped, it is NULL. The names of our
  -- own have a blank, and the rows none but that of the transition table with a .*, so that columns may have any name.
  with seen as (
    select s ->> 0 as name, coalesce('r.' || quote_ident(coalesce(b.attname, c.attname)), format('null::%s', (s ->> 2)::oid::regtype)) as value,
           b.attname is null as lost
      from jsonb_array_elements(p_watched -> 'seen') as s
      left join pg_catalog.pg_attribute as b on b.attrelid = p_relation and b.attname = s ->> 0
      left join pg_catalog.pg_attribute as c on c.attrelid = p_relation and c.attnum = (s ->> 1)::smallint and not c.attisdropped
                                            and p_relation::oid::bigint = (p_watched -> 'relation')::bigint)
  select format('(select %s as "pgsched n", %s as "pgsched row", %s as "pgsched subject", r.*%s from pgsched_%s as r) as %s',
                case when p_numbered then 'row_number() over ()' else '0' end,
                case when p_watched ->> 'columns' is null
                     then 'to_jsonb(r.*)' || coalesce((select format(' - %L::text[]', array_agg(a.attname)) from pg_catalog.pg_attribute as a
                                                        where a.attrelid = p_relation and a.attgenerated = 'v' having count(*) > 0), '')
                     else (select format('(select to_jsonb(c.*) from (select %s) as c)', string_agg(format('%s as %I', s.value, s.name), ', '))
                             from jsonb_array_elements_text(p_watched -> 'columns') as u join seen as s on s.name = u) end,
                coalesce((select format('nullif(left(concat_ws('','', %s), 500), '''')', string_agg(format('r.%I', k.name), ', ' order by k.n))
                            from unnest(pgsched._key_columns(p_relation)) with ordinality as k (name, n) having count(*) > 0), 'null'),
                (select string_agg(format(', %s as %I', s.value, s.name), '') from seen as s where s.lost),
                p_rows, p_as) $$;

-- Name: _watched(regclass, text, text[], text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._watched(p_relation regclass, p_type text, p_columns text[], p_when text) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- What a trigger keeps of watch(), as its argument. seen: columns that the statement names, each with number and type; which of them a
  -- condition names is not known, but only those whose names occur in it. Virtual ones have no value in a trigger, but one more matters.
  select jsonb_build_object('type', p_type, 'columns', p_columns, 'when', p_when, 'relation', p_relation::oid::bigint,
           'seen', coalesce(jsonb_agg(jsonb_build_array(a.attname, a.attnum, a.atttypid::bigint)) filter (
                              where a.attname = any(p_columns) or a.attname = any(pgsched._key_columns(p_relation)) or a.attgenerated = 'v'
                                 or position(lower(a.attname) in replace(lower(p_when), '""', '"')) > 0), '[]'))
    from pg_catalog.pg_attribute as a where a.attrelid = p_relation and a.attnum > 0 and not a.attisdropped $$;

-- Name: _watches(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._watches() RETURNS TABLE(relation regclass, type text, fits boolean)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
  -- The triggers of watch(), and whether the columns that their statements name are still there. An argument ends with a zero byte.
  select t.tgrelid, a.watched ->> 'type', pgsched._watch_fits(t.tgrelid, pgsched._watch_shape(a.watched))
    from pg_catalog.pg_trigger as t
   cross join lateral (
     select convert_from(substring(t.tgargs for position('\x00'::bytea in t.tgargs) - 1), getdatabaseencoding())::jsonb as watched) as a
   where t.tgname ~ '^pgsched_(insert|update|delete)_[0-9a-f]{32}$' $_$;

-- Name: _which(text, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._which(p_kind text, p_name text) RETURNS numeric
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  -- Tells the one that there is of a name from those that there were.
  select case p_kind
    when 'schedule' then (select extract(epoch from s.created_at) from pgsched._schedule as s where s.name = p_name and s.deleted_at is null)
    else (select s.id from pgsched._subscription as s where s.name = p_name) end $$;

-- Name: _whole_second(timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._whole_second(p_at timestamp with time zone) RETURNS text
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- The text of the rule `at`.   Errors  PS010 a fraction of a second; 23514 a year out of range.
begin
  perform p_at::pgsched.schedule_time;
  if date_trunc('second', p_at) = p_at then return to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'); end if;
  raise exception using errcode = 'PS010', message = 'at must be a whole second', detail = format('got %s', p_at),
    hint = 'date_trunc(''second'', ...) cuts it off';
end $$;

-- Name: _why_no_job(boolean, jsonb, text, bigint, integer, bigint, bigint, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._why_no_job(p_matches boolean, p_args jsonb, p_key text, p_bytes bigint, p_depth integer, p_max bigint, p_cause bigint, p_type text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
  -- Why a subscription makes no job of an event that may match it; NULL: it does.
  select case when p_matches is null then 'the filter is unknown for it'
              when p_depth > p_max then pg_catalog.format('more than %s events have followed from one another: %s%s', p_max,
                                                       pgsched._chain(pgsched._caused_by(p_cause), p_cause), p_type)
              when pg_catalog.pg_column_size(p_args) > p_bytes then pg_catalog.format('args exceed %s bytes', p_bytes)
              when pg_catalog.length(p_key) not between 1 and 500 then 'key has not 1 to 500 characters' end $$;

-- Name: _with_attributes(jsonb, jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._with_attributes(p_attributes jsonb, p_args jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
  -- The args of a job that is given an event, with what else was said of that, beside what has a name of its own.
  select case when p_attributes is null then p_args
              else pg_catalog.jsonb_set(p_args, '{event}', p_attributes || (p_args -> 'event')) end $$;

-- Name: _write_as(text, text, jsonb, jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._write_as(p_kind text, p_name text, p_whole jsonb, p_changes jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Make what there is not, all of it, and remember which one that is; change what there is.
-- Locks    its row, and that of its declaration if it is made.   Notifies  pgsched_schedule.
begin
  if (case p_kind when 'schedule' then pgsched._write_schedule_as(p_name, p_whole, p_changes)
                  else pgsched._write_subscription_as(p_name, p_whole, p_changes) end) then
    update pgsched._declaration as d set made = pgsched._which(d.kind, d.name) where d.kind = p_kind and d.name = p_name;
  end if;
end $$;

-- Name: _write_hook(pgsched._hook, jsonb, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._write_hook(p_old pgsched._hook, p_changes jsonb, p_version integer) RETURNS pgsched._hook
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
-- A hook with changes, checked but for constraints. Headers that its style keeps stay, before others: the type may be in one of them.
-- Errors   PS010 unknown field, event_type; PS026 it is not at the expected version.
declare
  v_new pgsched._hook := jsonb_populate_record(p_old, p_changes);
  v_headers text[] := (pgsched._hook_of_style(p_old.name, p_old.style)).headers;
  v_constraint text;
begin
  perform pgsched._require_fields('a hook', p_changes, '{event_type,source,tolerance_s,header,prefix,algorithm,encoding,headers,disabled}',
                                  'given');
  perform pgsched._require_version('hook', p_old.name, p_old.version, p_version);
  if v_new.headers is not null then
    v_new.headers := v_headers || array(select u.h from unnest(v_new.headers) with ordinality as u (h, n)
                                         where (u.h = any(v_headers)) is not true order by u.n);
  end if;
  if strpos(v_new.event_type, '$') = 0 then
    perform v_new.event_type::pgsched.event_type;
  else
    perform pgsched._path('event_type, from $ on,', substr(v_new.event_type, strpos(v_new.event_type, '$'))),
            nullif(rtrim(split_part(v_new.event_type, '$', 1), '.'), '')::pgsched.event_type;
  end if;
  return v_new;
exception when check_violation then   -- of the type of events, which is event_type here
  get stacked diagnostics v_constraint = constraint_name;
  raise exception using errcode = 'PS010', message = 'event_' || v_constraint, detail = format('got %L', left(v_new.event_type, 100));
end $_$;

-- Name: _write_schedule(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._write_schedule() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Definer: whoever may write the view need not write private tables.
-- Errors   PS026 it has another version than the statement saw; PS028 the user may change none; as _put_schedule().
declare
  v_old pgsched._schedule;
begin
  perform pgsched._require_writer();
  if tg_op = 'INSERT' then
    delete from pgsched._schedule as s   -- whoever has its name has its slots: none that a user may not see
     where s.name = new.name and s.deleted_at is not null
       and (pgsched._owners_seen() is null or s.owner_id = any(pgsched._owners_seen()));
    perform pgsched._put_schedule(new, false);
    return new;
  end if;
  select s.* into v_old from pgsched._schedule as s where s.name = old.name and s.deleted_at is null for no key update;
  if v_old.version is distinct from old.version then
    raise exception using errcode = 'PS026', message = format('schedule %L was changed by somebody else', old.name),
      detail = format('it has version %s, expected was %s', coalesce(v_old.version::text, 'none: it is deleted'), old.version),
      hint = 'look at it again, and repeat the change';
  elsif tg_op = 'DELETE' then
    update pgsched._schedule as s set deleted_at = pgsched.clock(), plan_no = nextval('pgsched._plan_no_seq') where s.name = old.name;
    delete from pgsched._plan as p where p.schedule = old.name;
    perform pgsched._write_version('schedule', old.name, null);
    return old;
  elsif row(new.name, new.version, new.next_at, new.runs, new.last_job, new.problem, new.created_at, new.updated_at, new.owner) is distinct from
        row(old.name, old.version, old.next_at, old.runs, old.last_job, old.problem, old.created_at, old.updated_at, old.owner) then
    raise exception using errcode = 'PS010',
      message = 'name, version, next_at, runs, last_job, problem, created_at, updated_at and owner of a schedule cannot be changed',
      detail = format('schedule %L', old.name), hint = 'for another name, delete it, and insert another';
  end if;
  perform pgsched._put_schedule(new, true);
  perform pgsched._follow_rule(v_old);
  return new;
end $$;

-- Name: _write_schedule_as(text, jsonb, jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._write_schedule_as(p_name text, p_whole jsonb, p_changes jsonb) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Make a schedule that there is not, or change it if there is something to change.
-- Returns  whether it has made it.   Locks  its row.   Notifies  pgsched_schedule.
begin
  if not exists (select from pgsched.schedule as s where s.name = p_name) then
    insert into pgsched.schedule
    select r.* from jsonb_populate_record(null::pgsched.schedule, p_whole || jsonb_build_object('name', p_name)) as r;
    return true;
  elsif p_changes is not null then
    perform pgsched.change_schedule(p_name, p_changes);
  end if;
  return false;
end $$;

-- Name: _write_subscription_as(text, jsonb, jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._write_subscription_as(p_name text, p_whole jsonb, p_changes jsonb) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- As _write_schedule_as(), of a subscription.
begin
  perform from pgsched.subscription as s where s.name = p_name for no key update;   -- what is read below is what is changed
  update pgsched.subscription as s
     set event_type = r.event_type, task = r.task, filter = r.filter, args = r.args, queue = r.queue, priority = r.priority,
         delay = r.delay, key = r.key, enabled = r.enabled
    from (select (jsonb_populate_record(o, coalesce(p_changes, '{}'))).* from pgsched.subscription as o where o.name = p_name) as r
   where s.name = p_name;
  if found then return false; end if;
  insert into pgsched.subscription (name, event_type, task, filter, args, queue, priority, delay, key, enabled)
  select p_name, r.event_type, r.task, r.filter, r.args, r.queue, r.priority, r.delay, r.key, r.enabled
    from jsonb_populate_record(null::pgsched.subscription, p_whole) as r;
  return true;
end $$;

-- Name: _write_task(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._write_task() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- INSERT, UPDATE and DELETE on the view.   Errors  PS024 of what cannot be written; else as the functions.
declare
  v_fields jsonb;
begin
  perform pgsched._require_admin();
  if tg_op = 'DELETE' then
    delete from pgsched._task as t where t.name = old.name;
    return old;
  elsif tg_op = 'INSERT' then
    if new.version is not null or new.overrides is not null or new.updated_at is not null then
      raise exception using errcode = 'PS024', message = 'version, overrides and updated_at of a task are given by the database';
    end if;
    perform pgsched.declare_task(
      new.name, coalesce(new.queue, 'default'), coalesce(new.priority, 0), coalesce(new.max_attempts, 10),
      coalesce(new.retry, '{"kind": "exponential_jitter"}'), new.timeout_s, coalesce(new.isolation, 'none'),
      coalesce(new.transactional, false), new.description, new.category, new.labels, coalesce(new.enabled, true), new.handler);
    if new.paused then perform pgsched.pause_task(new.name); end if;
    if new.endpoint is not null then
      perform pgsched.change_task(new.name, jsonb_build_object('endpoint', new.endpoint));
    end if;
    return new;
  end if;
  if (new.name, new.transactional, new.handler, new.version, new.overrides, new.updated_at)
     is distinct from (old.name, old.transactional, old.handler, old.version, old.overrides, old.updated_at) then
    raise exception using errcode = 'PS024',
      message = 'name, transactional, handler, version, overrides and updated_at of a task cannot be set';
  end if;
  if new.paused and not old.paused then perform pgsched.pause_task(old.name);
  elsif old.paused and not new.paused then perform pgsched.resume_task(old.name); end if;
  select jsonb_object_agg(n.key, n.value) into v_fields
    from jsonb_each(to_jsonb(new)) as n join jsonb_each(to_jsonb(old)) as o on o.key = n.key and o.value <> n.value
   where n.key <> 'paused';
  if v_fields is not null then perform pgsched.change_task(old.name, v_fields); end if;
  return new;
end $$;

-- Name: _write_version(text, text, jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched._write_version(p_kind text, p_name text, p_columns jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Keep what it is now; NULL: it is removed.
begin
  insert into pgsched._version (kind, name, version, columns, changed_at, changed_by, xact)
  values (p_kind, p_name, pgsched._next_version(p_kind, p_name), p_columns, pgsched.clock(), session_user, pg_current_xact_id())
  on conflict (kind, name, version) do update set columns = excluded.columns, changed_at = excluded.changed_at;
end $$;

-- Name: add_endpoint(text, text, integer, double precision, double precision, jsonb, text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.add_endpoint(name text, url text, concurrency integer DEFAULT 10, timeout_s double precision DEFAULT 30, lease_s double precision DEFAULT 300, headers jsonb DEFAULT '{}'::jsonb, tasks text[] DEFAULT '{}'::text[]) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Returns  the secret by which its requests are signed, this once.   Locks  rows of the tasks.   Notifies  pgsched_task.
-- Errors   PS017 there is one of this name; PS010 headers, tasks; 23514 with a constraint whose name says what is allowed.
declare
  v_now timestamptz := pgsched.clock();
  v_secret text := pgsched._new_secret();
  v_constraint text;
  v_column text;
begin
  perform pgsched._require_admin();
  perform pgsched._require_headers(add_endpoint.headers);
  insert into pgsched._endpoint as e (name, url, headers, secrets, concurrency, timeout_s, lease_s, created_at, updated_at)
  values (add_endpoint.name, add_endpoint.url, add_endpoint.headers, array[v_secret], add_endpoint.concurrency, add_endpoint.timeout_s,
          add_endpoint.lease_s, v_now, v_now)
  on conflict do nothing;
  if not found then
    raise exception using errcode = 'PS017', message = format('there is an endpoint %L already', add_endpoint.name);
  end if;
  perform pgsched._direct(add_endpoint.name, add_endpoint.tasks);
  perform pgsched._notify('pgsched_task', '');
  return v_secret;
exception when check_violation or not_null_violation then   -- told without the row, which has secrets
  get stacked diagnostics v_constraint = constraint_name, v_column = column_name;
  raise exception using errcode = sqlstate, message = sqlerrm, schema = 'pgsched', constraint = v_constraint, column = v_column;
end $$;

-- Name: FUNCTION add_endpoint(name text, url text, concurrency integer, timeout_s double precision, lease_s double precision, headers jsonb, tasks text[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.add_endpoint(name text, url text, concurrency integer, timeout_s double precision, lease_s double precision, headers jsonb, tasks text[]) IS 'Make an endpoint; jobs of these tasks are sent to it, signed by the secret that this returns once. concurrency (1..1000): requests and jobs in its hands at once; timeout_s (0.1..3600): for an answer; lease_s (1..3600): how long it may be silent about a job that it answered 202 to. headers, an object of texts, are sent with each request. url: http or https.';

-- Name: await(uuid, bigint, double precision); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.await(p_waiter uuid, p_id bigint, p_for_s double precision) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Ask for a notification on pgsched_done when the job ends, for p_for_s (0..86400) seconds. As with nap(), whoever ends
-- it may have begun before: poll until a transaction id taken afterwards is older than every open transaction.
-- Errors   PS001 unknown job; PS010 p_for_s.   A viewer may wait, too.
begin
  perform pgsched._require_range('p_for_s', p_for_s::numeric, 0, 86400);
  perform pgsched._require_job(p_id);
  insert into pgsched._waiter as w (id, waiter, expires_at) values (p_id, p_waiter, pgsched.clock() + make_interval(secs => p_for_s))
  on conflict (id, waiter) do update set expires_at = excluded.expires_at;
end $$;

-- Name: FUNCTION await(p_waiter uuid, p_id bigint, p_for_s double precision); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.await(p_waiter uuid, p_id bigint, p_for_s double precision) IS 'Ask to be notified (channel pgsched_done) when a job ends.';

-- Name: backlog(text, boolean); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.backlog(queue text, running boolean DEFAULT false) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_sort TO 'off'
    SET jit TO 'off'
    AS $$
-- For autoscalers: how much there is to do in a queue now. By index, and counted to 10,000 at most: 3 ms, however long the queue is.
-- Returns  how many of its jobs are due and wait (0 while it, or its endpoint, is paused), and, with running, how many are being run besides.
-- Errors   PS028 a user who sees no more than its own.
declare
  v_now timestamptz := pgsched.clock();
  v_jobs bigint := 0;
begin
  if pgsched._owners_seen() is not null then
    raise exception using errcode = 'PS028', message = 'the user may not count all jobs', hint = 'admins and viewers may';
  end if;
  if not exists (select from pgsched._queue as q where q.name = backlog.queue and q.paused)
     and not exists (select from pgsched._endpoint as e
                      where pgsched._push_queue(e.name) = backlog.queue and (e.paused or e.paused_until > v_now)) then
    select count(*) into v_jobs
      from (select from (select distinct n.priority from pgsched._lane as n where n.queue = backlog.queue) as l
             cross join lateral (
               select from pgsched._ready as r where r.queue = backlog.queue and r.priority = l.priority and r.due_at <= v_now
                order by r.queue, r.priority desc, r.due_at, r.id limit 10000) as w limit 10000) as c;
  end if;
  if backlog.running then
    v_jobs := v_jobs + (select coalesce(sum(cardinality(c.ids)), 0) from pgsched._claim as c where c.queue = backlog.queue);
  end if;
  return v_jobs;
end $$;

-- Name: FUNCTION backlog(queue text, running boolean); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.backlog(queue text, running boolean) IS 'How many jobs of a queue are due and wait, counted to 10,000, 0 while it is paused; with running, also those that workers or endpoints hold. For autoscalers, such as KEDA.';

-- Name: begin_request(text, text, bytea); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.begin_request(actor text, key text, digest bytea, OUT status integer, OUT headers jsonb, OUT content text) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Claim a key for this transaction, which then calls keep_answer(). Waits for another that has it.
-- Returns  the answer that a request with this key got; NULLs for a new one.
-- Locks    a row of _request.   Errors  PS076 another request had this key; PS023 not READ COMMITTED.
declare
  v_digest bytea;
begin
  perform pgsched._require_read_committed();
  insert into pgsched._request (actor, key, digest, made_at)
  values (begin_request.actor, begin_request.key, begin_request.digest, pgsched.clock()) on conflict do nothing;
  if found then return; end if;
  select r.digest, r.status, r.headers, r.content into v_digest, status, headers, content
    from pgsched._request as r where r.actor = begin_request.actor and r.key = begin_request.key;
  if v_digest is distinct from begin_request.digest then
    raise exception using errcode = 'PS076', message = 'the Idempotency-Key came before, with another request',
      hint = 'a new request needs a key of its own';
  end if;
end $$;

-- Name: FUNCTION begin_request(actor text, key text, digest bytea, OUT status integer, OUT headers jsonb, OUT content text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.begin_request(actor text, key text, digest bytea, OUT status integer, OUT headers jsonb, OUT content text) IS 'Begin a request that is carried out once for its key; returns what was answered before, if it was.';

-- Name: cancel(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.cancel(id bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

-- Name: FUNCTION cancel(id bigint); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.cancel(id bigint) IS 'Cancel a job: at once if it waits; if it runs, its handler is told. Returns cancelled, cancelling, or the final state it had.';

-- Name: cancel_jobs(bigint[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.cancel_jobs(ids bigint[]) RETURNS TABLE(id bigint, done boolean, state text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Cancel 1 to 1,000 jobs, each as cancel().
-- Returns  a row for each that there is: done with cancelled or cancelling; not done with its state: a final one; or else it was being claimed,
--          or given back, and another call finds it.
-- Locks    as cancel(), by id.   Notifies  pgsched_cancel.
-- Errors   PS010 the number of ids; PS023 not READ COMMITTED; PS028 the user may change none.
begin
  return query select c.id, c.done, c.state from pgsched._cancel(pgsched._changeable(cancel_jobs.ids)) as c;
end $$;

-- Name: FUNCTION cancel_jobs(ids bigint[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.cancel_jobs(ids bigint[]) IS 'Cancel 1 to 1,000 jobs. Returns a row for each that exists: done (cancelled; cancelling: it runs, and was told), or not, with its state. One that is not done, and yet waits or runs, was being claimed or given back meanwhile: try it again.';

-- Name: cancel_run(bigint, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.cancel_run(job_id bigint, attempt integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Tell a run to stop, as cancel() does, if it still goes on.
-- Locks    a _claim row.   Notifies  pgsched_cancel.
-- Errors   PS001 unknown job; PS008 unknown run; PS020 it has ended; PS023 not READ COMMITTED; PS028 the user may not change it.
begin
  perform pgsched._require_run(cancel_run.job_id, cancel_run.attempt);
  perform from pgsched._claim as c
    where c.ids @> array[cancel_run.job_id] and c.attempts[array_position(c.ids, cancel_run.job_id)] = cancel_run.attempt for update;
  if not found then
    raise exception using errcode = 'PS020', message = format('run %s-%s has ended', cancel_run.job_id, cancel_run.attempt);
  end if;
  perform pgsched._cancel(array[cancel_run.job_id]);
end $$;

-- Name: FUNCTION cancel_run(job_id bigint, attempt integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.cancel_run(job_id bigint, attempt integer) IS 'Tell one attempt of a job to stop, if it still runs; the job ends cancelled unless it succeeds first.';

-- Name: cancels(uuid); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.cancels(p_worker uuid) RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select pgsched._require_admin();
  select k.id from pgsched._cancel as k where k.worker = p_worker $$;

-- Name: FUNCTION cancels(p_worker uuid); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.cancels(p_worker uuid) IS 'The running jobs of this worker that shall stop.';

-- Name: change_endpoint(text, jsonb, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.change_endpoint(name text, changes jsonb, version integer DEFAULT NULL::integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Returns  the new version.   Locks  its row, and those of tasks.   Notifies  pgsched_task.
-- Errors   PS016 unknown endpoint; PS026 it is not at the expected version; PS010 unknown field, headers, tasks; else as add_endpoint().
declare
  v_endpoint pgsched._endpoint := pgsched._require_endpoint(change_endpoint.name);
  v_constraint text;
  v_column text;
begin
  perform pgsched._require_fields('an endpoint', changes, '{url,concurrency,timeout_s,lease_s,headers,tasks}');
  perform pgsched._require_version('endpoint', v_endpoint.name, v_endpoint.version, change_endpoint.version);
  v_endpoint := jsonb_populate_record(v_endpoint, changes - 'tasks');
  perform pgsched._require_headers(v_endpoint.headers);
  update pgsched._endpoint as e
     set url = v_endpoint.url, concurrency = v_endpoint.concurrency, timeout_s = v_endpoint.timeout_s, lease_s = v_endpoint.lease_s,
         headers = v_endpoint.headers, version = e.version + 1, updated_at = pgsched.clock()
   where e.name = v_endpoint.name returning e.version into v_endpoint.version;
  if changes ? 'tasks' then
    perform pgsched._direct(v_endpoint.name, array(select jsonb_array_elements_text(changes -> 'tasks')));
  end if;
  perform pgsched._notify('pgsched_task', '');
  return v_endpoint.version;
exception when check_violation or not_null_violation then   -- told without the row, which has secrets
  get stacked diagnostics v_constraint = constraint_name, v_column = column_name;
  raise exception using errcode = sqlstate, message = sqlerrm, schema = 'pgsched', constraint = v_constraint, column = v_column;
end $$;

-- Name: FUNCTION change_endpoint(name text, changes jsonb, version integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.change_endpoint(name text, changes jsonb, version integer) IS 'Set fields of an endpoint: url, concurrency, timeout_s, lease_s, headers, tasks (all of them: others go back to workers). version, if given, is the one that it must be at. Returns the new version.';

-- Name: change_hook(text, jsonb, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.change_hook(name text, changes jsonb, version integer DEFAULT NULL::integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Returns  the new version; the present one if nothing changes.   Locks  its row.
-- Errors   PS028 no admin; PS009 unknown hook; PS010 unknown field, event_type; PS026 it is not at the expected version; 23514 and 23502.
declare
  v_old pgsched._hook;
  v_new pgsched._hook;
begin
  perform pgsched._require_admin();
  v_old := pgsched._require_hook(change_hook.name);
  v_new := pgsched._write_hook(v_old, change_hook.changes, change_hook.version);
  if v_new = v_old then return v_old.version; end if;
  update pgsched._hook as h
     set event_type = v_new.event_type, source = v_new.source, tolerance_s = v_new.tolerance_s, header = v_new.header, prefix = v_new.prefix,
         algorithm = v_new.algorithm, encoding = v_new.encoding, headers = v_new.headers, disabled = v_new.disabled,
         version = h.version + 1, updated_at = pgsched.clock()
   where h.name = v_old.name;
  return v_old.version + 1;
end $$;

-- Name: FUNCTION change_hook(name text, changes jsonb, version integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.change_hook(name text, changes jsonb, version integer) IS 'Change settings of a hook, as create_hook() names them. version, if given, is the one it must be at. Returns the new one.';

-- Name: change_schedule(text, jsonb, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.change_schedule(name text, changes jsonb, version integer DEFAULT NULL::integer) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Change columns of pgsched.schedule, given by name. A rule replaces the one there was. Without version, what somebody else changes meanwhile
-- stays: it looks again.
-- Returns  the new version.   Locks  its row.   Notifies  pgsched_schedule.
-- Errors   PS003 unknown schedule; PS026 it has another version than expected; PS010 an unknown column; PS028 the user may change none;
--          else as the view.
declare
  v_old pgsched.schedule;
  v_new pgsched.schedule;
  v_unknown text;
  v_rules constant text[] := '{cron,rrule,every,at,after,business}';
begin
  loop
    select s.* into v_old from pgsched.schedule as s where s.name = change_schedule.name;
    if not found then
      raise exception using errcode = 'PS003', message = format('schedule %L does not exist', change_schedule.name), hint = 'see pgsched.schedule';
    end if;
    perform pgsched._require_writer();
    if v_old.version is distinct from coalesce(change_schedule.version, v_old.version) then
      raise exception using errcode = 'PS026', message = format('schedule %L was changed by somebody else', v_old.name),
        detail = format('it has version %s, expected was %s', v_old.version, change_schedule.version),
        hint = 'look at it again, and repeat the change';
    end if;
    select k into v_unknown from jsonb_object_keys(changes) as k
     where k in ('name', 'version', 'next_at', 'runs', 'last_job', 'problem', 'created_at', 'updated_at', 'owner') or not to_jsonb(v_old) ? k limit 1;
    if found then
      raise exception using errcode = 'PS010', message = format('%L of a schedule cannot be changed', v_unknown),
        hint = '\d pgsched.schedule lists its columns';
    end if;
    v_new := jsonb_populate_record(v_old, case when changes ?| v_rules then jsonb_object(v_rules, array_fill(null::text, array[6])) else '{}' end);
    v_new := jsonb_populate_record(v_new, changes);
    begin
      update pgsched.schedule as s
         set (task, args, cron, rrule, every, at, after, business, timezone, calendar, roll, blackout, blackout_policy, starts_at, ends_at,
              max_runs, jitter, splay, overlap, misfire, misfire_limit, grace, condition, priority, queue, labels, paused)
           = (v_new.task, v_new.args, v_new.cron, v_new.rrule, v_new.every, v_new.at, v_new.after, v_new.business, v_new.timezone,
              v_new.calendar, v_new.roll, v_new.blackout, v_new.blackout_policy, v_new.starts_at, v_new.ends_at, v_new.max_runs, v_new.jitter,
              v_new.splay, v_new.overlap, v_new.misfire, v_new.misfire_limit, v_new.grace, v_new.condition, v_new.priority, v_new.queue,
              v_new.labels, v_new.paused)
       where s.name = v_old.name and s.version = v_old.version;
      if found then return v_old.version + 1; end if;
    exception when sqlstate 'PS026' then null;
    end;
  end loop;
end $$;

-- Name: FUNCTION change_schedule(name text, changes jsonb, version integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.change_schedule(name text, changes jsonb, version integer) IS 'Change a schedule: changes maps columns of pgsched.schedule to values. With version, only if it still has that one. Returns the new version.';

-- Name: change_setting(text, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.change_setting(name text, value bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Locks    its row.   Errors   PS028 no admin; PS010 there is no such setting, or the value is not allowed.
declare
  v_range int8range;
begin
  perform pgsched._require_admin();
  select s.range into v_range from pgsched._setting as s where s.name = change_setting.name for no key update;
  if not found then
    raise exception using errcode = 'PS010', message = format('there is no setting %L', change_setting.name), hint = 'see pgsched.setting',
      column = 'name';
  end if;
  perform pgsched._require_range(change_setting.name, change_setting.value, lower(v_range), upper(v_range) - 1);
  update pgsched._setting as s set value = change_setting.value where s.name = change_setting.name;
end $$;

-- Name: FUNCTION change_setting(name text, value bigint); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.change_setting(name text, value bigint) IS 'Set one of pgsched.setting, for the whole database and at once.';

-- Name: change_task(text, jsonb, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.change_task(task text, changes jsonb, version integer DEFAULT NULL::integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Set fields of a policy in place of what code declares: {"priority": 5, "timeout_s": null}. A task enabled by it has its jobs released.
-- Returns  the number of the version that holds then; the present one if nothing changes.
-- Locks    the task''s row; _blocked rows if it is enabled.   Notifies  pgsched_task, and as _announce().
-- Errors   PS002 unknown task; PS010 unknown field, null; PS016 unknown endpoint; PS026 it is not at the expected version;
--          23514 as declare_task().
declare
  v_task pgsched._task := pgsched._require_task(change_task.task);
begin
  perform pgsched._require_fields(
    'a task', changes, '{queue,priority,max_attempts,retry,timeout_s,isolation,description,category,labels,enabled,endpoint}');
  perform pgsched._require_version('task', v_task.name, v_task.version, change_task.version);
  perform pgsched._require_policy(changes);
  if changes ->> 'endpoint' is not null and not exists (select from pgsched._endpoint as e where e.name = changes ->> 'endpoint') then
    perform pgsched._require_endpoint(changes ->> 'endpoint');   -- it locks, and who changes an endpoint locks tasks after it
  end if;
  return pgsched._override(v_task, v_task.overrides || changes);
end $$;

-- Name: FUNCTION change_task(task text, changes jsonb, version integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.change_task(task text, changes jsonb, version integer) IS 'Set fields of a task''s policy in place of what code declares; it survives deploys, until reset_task(). Fields: queue, priority, max_attempts, retry, timeout_s, isolation, description, category, labels, enabled, endpoint. version, if given, is the one that it must be at. Workers obey at once, or within seconds where notifications do not arrive; a job keeps its queue and priority, but where an endpoint is set or taken away, the jobs that wait go there or back. Returns the new version.';

-- Name: change_user(text, jsonb, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.change_user(name text, changes jsonb, version integer DEFAULT NULL::integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Set role, team or disabled: {"role": "viewer", "team": null}. Access tokens made before are good no more; who is disabled is logged out.
-- Returns  the new version; the present one if nothing changes.   Locks  its row, then those of its sessions.
-- Errors   PS028 no admin; PS006 unknown user; PS010 unknown field, null; PS026 it is not at the expected version; 23514 as create_user().
declare
  v_now timestamptz := pgsched.clock();
  v_old pgsched._user;
  v_new pgsched._user;
begin
  perform pgsched._require_admin();
  v_old := pgsched._require_user(change_user.name);
  v_new := jsonb_populate_record(v_old, changes);
  perform pgsched._require_fields('a user', changes, '{role,team,disabled}');
  if v_new.role is null or v_new.disabled is null then
    raise exception using errcode = 'PS010', message = 'role and disabled must not be null';
  end if;
  perform pgsched._require_version('user', v_old.name, v_old.version, change_user.version);
  if v_new = v_old then return v_old.version; end if;
  perform pgsched._require_role(v_new.role);
  update pgsched._user as u
     set role = v_new.role, team = v_new.team, disabled = v_new.disabled, version = u.version + 1, updated_at = v_now where u.id = v_old.id;
  if v_new.disabled then perform pgsched._end_sessions(v_old.id); end if;
  return v_old.version + 1;
end $$;

-- Name: FUNCTION change_user(name text, changes jsonb, version integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.change_user(name text, changes jsonb, version integer) IS 'Set role, team or disabled of a user. version, if given, is the one that it must be at. A disabled one may not log in, and its keys do not work; its jobs and schedules stay. Returns the new version.';

-- Name: checkpoint(uuid, bigint, bigint, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.checkpoint(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Returns  NULL if none was saved.   Locks  the _claim row.   Errors  PS021 the worker no longer holds the job.
begin
  perform pgsched._require_admin();
  perform pgsched._require_held(p_worker, p_claim, p_id, p_attempt);
  return (select k.value from pgsched._checkpoint as k where k.id = p_id);
end $$;

-- Name: FUNCTION checkpoint(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.checkpoint(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer) IS 'The value that save_checkpoint() kept of a job; for the worker that holds it.';

-- Name: claim(uuid, text, integer, jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.claim(p_worker uuid, p_queue text, p_limit integer, p_cursors jsonb DEFAULT NULL::jsonb) RETURNS TABLE(claim bigint, id bigint, attempt integer, task text, args text, timeout_s double precision, cursor text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
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
  v_apart boolean;
  v_lane record;
  v_priority integer := 2147483647;   -- the lane that was reached
  v_left integer := p_limit;
  v_asked integer;
  v_claim bigint;
  v_cursor text;
  v_count bigint;
begin
  if not pgsched._may_claim(p_worker, p_queue, p_limit, v_now) then return; end if;
  v_special := array(select t.name from pgsched._task as t where t.held or t.transactional);
  v_apart := v_special <> '{}';

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
             case when max(t.attempt) = min(t.attempt) then max(t.attempt) end as attempt,   -- array_position costs 1 us a job
             array_agg(t.due_at) filter (where v_apart) as due
        from (select * from taken as u order by u.priority desc, u.due_at, u.id) as t group by t.priority order by t.priority desc
    loop
      v_left := v_left - cardinality(v_lane.ids);
      v_asked := v_asked - cardinality(v_lane.ids);
      v_priority := v_lane.priority;
      v_cursor := v_priority || '/' || v_lane.due_at || '/' || v_lane.ids[cardinality(v_lane.ids)];
      if v_apart then
        return query select * from pgsched._file_apart(
          p_worker, p_queue, v_priority, v_now, v_lane.ids, v_lane.attempts, v_lane.due, v_special, v_cursor);
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

-- Name: claim_push(uuid, text, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.claim_push(p_worker uuid, p_endpoint text, p_limit integer) RETURNS TABLE(claim bigint, id bigint, attempt integer, task text, args text, timeout_s double precision, cursor text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Take up to p_limit (1..10000) due jobs of an endpoint, but never more than its concurrency allows, whoever has the others. Jobs of tasks
-- that are not sent to it (any more) go back to where their task's wait.
-- Returns  rows as claim(), with the time-out that holds; none while it is paused, full, or another pusher is at it.
-- Locks    the row of _endpoint, skipping it if it is locked; then as claim().   Notifies  as _announce().
-- Errors   PS010 p_limit; PS021 no lease; PS023 not READ COMMITTED.
declare
  v_endpoint pgsched._endpoint;
  v_queue text := pgsched._push_queue(p_endpoint);
  v_free integer;
  v_task pgsched._task;
begin
  perform pgsched._require_admin();
  select e.* into v_endpoint from pgsched._endpoint as e where e.name = p_endpoint for no key update skip locked;
  if not found or v_endpoint.paused or v_endpoint.paused_until > pgsched.clock() then return; end if;
  v_free := least(p_limit, v_endpoint.concurrency - (select coalesce(sum(cardinality(c.ids)), 0) from pgsched._claim as c
                                                      where c.queue = v_queue));
  if v_free <= 0 then return; end if;
  for claim, id, attempt, task, args, timeout_s in   -- a suspect only if there is room: an Append stops at the LIMIT
    select c.claim, c.id, c.attempt, c.task, c.args, c.timeout_s from pgsched.claim(p_worker, v_queue, v_free) as c
     union all
    select c.claim, c.id, c.attempt, c.task, c.args, c.timeout_s from pgsched.claim_suspect(p_worker, array[v_queue]) as c
     limit v_free
  loop
    select t.* into v_task from pgsched._task as t where t.name = claim_push.task;
    if v_task.endpoint is distinct from p_endpoint then
      perform pgsched.release(p_worker, array[claim], array[id], array[attempt], '{false}');
    else
      timeout_s := least(coalesce(timeout_s, v_task.timeout_s), v_endpoint.timeout_s);
      return next;
    end if;
  end loop;
end $$;

-- Name: FUNCTION claim_push(p_worker uuid, p_endpoint text, p_limit integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.claim_push(p_worker uuid, p_endpoint text, p_limit integer) IS 'Take jobs of an endpoint, up to p_limit and to its concurrency, for a pusher; rows as claim(). None while it is paused.';

-- Name: claim_suspect(uuid, text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.claim_suspect(p_worker uuid, p_queues text[]) RETURNS TABLE(claim bigint, id bigint, attempt integer, task text, args text, timeout_s double precision, cursor text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
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
  perform pgsched._require_admin();
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

-- Name: complete(uuid, bigint, bigint, integer, jsonb, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.complete(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_result jsonb DEFAULT NULL::jsonb, p_task text DEFAULT NULL::text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

-- Name: FUNCTION complete(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_result jsonb, p_task text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.complete(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_result jsonb, p_task text) IS 'End a job of a transactional task as succeeded, inside the transaction of its effects: exactly once.';

-- Name: create_hook(text, text, text, jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.create_hook(name text, style text, secret text, settings jsonb DEFAULT '{}'::jsonb) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- settings: event_type, source, headers, tolerance_s, and for hmac header, prefix, algorithm, encoding; what is left out is as its style has it.
-- Returns  its version, 1.
-- Errors   PS028 no admin; PS035 there is one of this name; PS010 unknown field, event_type, secret; 23514 and 23502 with what is allowed.
declare
  v_hook pgsched._hook;
begin
  perform pgsched._require_admin();
  perform pgsched._require_secret(create_hook.style, create_hook.secret);
  v_hook := pgsched._hook_of_style(create_hook.name, create_hook.style);
  if v_hook.style is null then
    raise exception using errcode = 'PS010', message = 'style must be hmac, standard_webhooks, github or stripe';
  end if;
  v_hook := pgsched._write_hook(v_hook, coalesce(create_hook.settings, '{}'), null);
  insert into pgsched._hook select v_hook.* on conflict do nothing;
  if not found then
    raise exception using errcode = 'PS035', message = format('hook %L exists already', create_hook.name);
  end if;
  insert into pgsched._hook_secret (hook, secret) values (v_hook.name, create_hook.secret);
  return 1;
end $$;

-- Name: FUNCTION create_hook(name text, style text, secret text, settings jsonb); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.create_hook(name text, style text, secret text, settings jsonb) IS 'Let webhooks that are signed by a secret become events. style: hmac, standard_webhooks, github or stripe. settings: event_type (a type, or text that ends with a JSON path into the event: stripe.$.data.body.type), source, tolerance_s, headers that are kept, disabled; for hmac also header, prefix, algorithm (sha256), encoding (hex). Returns its version.';

-- Name: create_user(text, text, text, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.create_user(name text, role text DEFAULT 'user'::text, team text DEFAULT NULL::text, password_hash text DEFAULT NULL::text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Without password_hash (argon2id, in its own encoding) nobody can log in as it, but it may have keys.
-- Returns  its id.   Errors  PS028 no admin; PS029 there is one of this name; 23514 with a constraint whose name says what is allowed.
begin
  perform pgsched._require_admin();
  return pgsched._create_user(create_user.name, create_user.role, create_user.team, create_user.password_hash);
end $$;

-- Name: FUNCTION create_user(name text, role text, team text, password_hash text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.create_user(name text, role text, team text, password_hash text) IS 'Make a user of the HTTP API: role admin, user or viewer. password_hash is argon2id, as `pgsched user create` makes it; without, it has keys only.';

-- Name: declare_schedule(text, text, jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.declare_schedule(name text, task text, columns jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Write what code declares of a schedule: insert it where there is none; else, where the declaration is another than the last time, write
-- those columns that code has changed. So what an operator changed stays as it is, and what an operator has removed stays away, until code
-- declares otherwise; and one that an operator had made before code declared it stays the operator's.
-- Locks    its row, if there is something to write.   Notifies  pgsched_schedule.   Errors  PS010 an unknown column; else as the view.
begin
  perform pgsched._require_admin();
  perform pgsched._declare('schedule', declare_schedule.name, declare_schedule.task, declare_schedule.columns);
end $$;

-- Name: FUNCTION declare_schedule(name text, task text, columns jsonb); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.declare_schedule(name text, task text, columns jsonb) IS 'Write what code declares of a schedule (columns of pgsched.schedule); workers call it at their start. What an operator changed or removed stays so until the declaration changes, and then only what changed in it is written.';

-- Name: declare_subscription(text, text, jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.declare_subscription(name text, task text, columns jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- As declare_schedule(), of a subscription.   Locks  its row, if there is something to write.
-- Errors   PS010 an unknown column; else as the view.
begin
  perform pgsched._require_admin();
  perform pgsched._declare('subscription', declare_subscription.name, declare_subscription.task, declare_subscription.columns);
end $$;

-- Name: FUNCTION declare_subscription(name text, task text, columns jsonb); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.declare_subscription(name text, task text, columns jsonb) IS 'As declare_schedule(), of a subscription.';

-- Name: declare_task(text, text, integer, integer, jsonb, double precision, text, boolean, text, text, jsonb, boolean, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.declare_task(name text, queue text DEFAULT 'default'::text, priority integer DEFAULT 0, max_attempts integer DEFAULT 10, retry jsonb DEFAULT '{"kind": "exponential_jitter"}'::jsonb, timeout_s double precision DEFAULT NULL::double precision, isolation text DEFAULT 'none'::text, transactional boolean DEFAULT false, description text DEFAULT NULL::text, category text DEFAULT NULL::text, labels jsonb DEFAULT NULL::jsonb, enabled boolean DEFAULT true, handler text DEFAULT NULL::text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Write what code says of a task. Nothing is written where it says what it said before: any number of workers may start at once.
-- Returns  the number of the version that holds now.   Locks  its row, if something is new.   Notifies  pgsched_task.
-- Errors   PS010 null; 23514 with a constraint whose name says what is allowed.
#variable_conflict use_column
declare
  v_policy jsonb := jsonb_build_object(
    'queue', declare_task.queue, 'priority', declare_task.priority, 'max_attempts', declare_task.max_attempts,
    'retry', declare_task.retry, 'timeout_s', declare_task.timeout_s, 'isolation', declare_task.isolation,
    'transactional', declare_task.transactional, 'description', declare_task.description, 'category', declare_task.category,
    'labels', declare_task.labels, 'enabled', declare_task.enabled, 'handler', declare_task.handler, 'endpoint', null);
  v_version integer;
begin
  perform pgsched._require_admin();
  perform pgsched._require_policy(v_policy);
  select t.version into v_version from pgsched._task as t where t.name = declare_task.name and t.declared = v_policy;
  if found then return v_version; end if;
  insert into pgsched._task as t (name, declared) values (declare_task.name, v_policy) on conflict (name) do nothing
  returning t.version into v_version;
  if found then return v_version; end if;
  update pgsched._task as t set declared = v_policy where t.name = declare_task.name and t.declared <> v_policy;
  return (select t.version from pgsched._task as t where t.name = declare_task.name);
end $$;

-- Name: FUNCTION declare_task(name text, queue text, priority integer, max_attempts integer, retry jsonb, timeout_s double precision, isolation text, transactional boolean, description text, category text, labels jsonb, enabled boolean, handler text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.declare_task(name text, queue text, priority integer, max_attempts integer, retry jsonb, timeout_s double precision, isolation text, transactional boolean, description text, category text, labels jsonb, enabled boolean, handler text) IS 'Write a task''s policy into the catalogue, as code declares it; workers call it for each @task at their start. What an operator has set by change_task() goes on holding, and whether it is paused stays as it is. Returns the version that holds.';

-- Name: emit(text, jsonb, text, text, text, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.emit(type text, data jsonb DEFAULT '{}'::jsonb, source text DEFAULT 'pgsched'::text, subject text DEFAULT NULL::text, id text DEFAULT NULL::text, cause_job bigint DEFAULT NULL::bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Something happened: make an event, and the jobs of the subscriptions that match it, in the caller's transaction. Definer: whoever may
-- emit need not write private tables.
-- Returns  the event's id. If there is one of the same source and id already, that one's, and nothing is made; a user's are apart from others'.
-- Locks    the key (source, id), if an id is given: who emits the same at the same time waits for this transaction.
-- Errors   PS001 unknown cause_job; PS010 data too large; PS027 the chain is too deep; PS028 the user may emit none, or not this one;
--          23514 and 23502 with a constraint whose name says what is allowed.
declare
  v_cause bigint := coalesce(emit.cause_job, pgsched._cause());
  v_id bigint := pgsched.new_id();
  v_first bigint;
  v_owner bigint := pgsched._key_owner();
begin
  perform pgsched._require_writer();
  if pg_column_size(emit.data || '[]') > pgsched._setting('args_bytes_max') then   -- || detoasts
    raise exception using errcode = 'PS010', message = format('data must not exceed %s bytes', pgsched._setting('args_bytes_max')),
      hint = 'store large data elsewhere and pass its key, or raise the setting args_bytes_max';
  end if;
  if v_owner <> 0 then perform pgsched._require_own_voice(array[emit.type], array[emit.source]); end if;
  while emit.id is not null loop
    insert into pgsched._event_key (source, external_id, owner_id, event_id)
    values (emit.source::pgsched.event_source, emit.id::pgsched.event_external_id, v_owner, v_id) on conflict do nothing;
    exit when found;
    select k.event_id into v_first from pgsched._event_key as k where k.source = emit.source and k.external_id = emit.id
       and k.owner_id = v_owner;
    if found then return v_first; end if;   -- else retention has just taken it
  end loop;
  insert into pgsched._event (id, time, cause_job, owner_id, depth, type, source, subject, external_id, data)
  values (v_id, pgsched.clock(), v_cause, pgsched._emitter(v_cause), pgsched._depth(v_cause, emit.type), emit.type::pgsched.event_type,
          emit.source::pgsched.event_source, emit.subject::pgsched.event_subject, emit.id, emit.data);
  return v_id;
end $$;

-- Name: FUNCTION emit(type text, data jsonb, source text, subject text, id text, cause_job bigint); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.emit(type text, data jsonb, source text, subject text, id text, cause_job bigint) IS 'Something happened: make an event of a type (order.created), in the caller''s transaction, and the jobs of every subscription that matches. data is any JSON. id: the same (source, id) twice is the same event. cause_job: the job that emits it, else the setting pgsched.cause_job; past event_depth_max such links it is refused. Returns the event''s id.';

-- Name: emit_many(jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.emit_many(events jsonb) RETURNS TABLE(id bigint, known boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    AS $$
-- Make an event of each object {type, data, source, subject, id, time, attributes}, and the jobs of all of them at once. Definer: as emit().
-- Returns  a row for each, in their order: the event's id, and whether it was known: one of the same source and id was there, or before it here.
-- Locks    the keys (source, id) in their order: who emits one of them at the same time waits for this transaction.
-- Errors   PS010 no array of 1 to 10000, data too large, a value that is not allowed; PS027 the chain is too deep;
--          PS028 the user may emit none, or not all of these; 23502 no type.
#variable_conflict use_column
declare
  v_owner bigint := pgsched._key_owner();
  v_all pgsched._event[];
begin
  perform pgsched._require_writer();
  perform pgsched._require_range('the number of events',
            case when jsonb_typeof(emit_many.events) = 'array' then jsonb_array_length(emit_many.events) end, 1, 10000);
  v_all := pgsched._all_said(emit_many.events);
  if v_owner <> 0 then
    perform pgsched._require_own_voice(array(select e.type from unnest(v_all) as e), array(select e.source from unnest(v_all) as e));
  end if;
  loop
    insert into pgsched._event_key (source, external_id, owner_id, event_id)
    select distinct on (e.source, e.external_id) e.source, e.external_id, v_owner, e.id
      from unnest(v_all) as e where e.external_id is not null order by e.source, e.external_id, e.id
    on conflict do nothing;
    exit when not exists (   -- else retention has just taken one
      select from unnest(v_all) as e
       where e.external_id is not null
         and not exists (select from pgsched._event_key as k
                          where k.source = e.source and k.external_id = e.external_id and k.owner_id = v_owner));
  end loop;
  insert into pgsched._event
  select e.* from unnest(v_all) as e
   where e.external_id is null or exists (select from pgsched._event_key as k where k.event_id = e.id);
  return query
  select coalesce(k.event_id, e.id), coalesce(k.event_id <> e.id, false)
    from unnest(v_all) with ordinality as e (id, time, cause_job, owner_id, depth, type, source, subject, external_id, data, attributes, place)
    left join pgsched._event_key as k on k.source = e.source and k.external_id = e.external_id and k.owner_id = v_owner
   order by e.place;
end $$;

-- Name: FUNCTION emit_many(events jsonb); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.emit_many(events jsonb) IS 'Something happened, many times: make an event of each object {type, data, source, subject, id, time, attributes} of an array (1..10000), as emit() does, in one transaction. Left out: data {}, source pgsched, time now. attributes: an object of what else there is to say of it, beside what has a name here. Returns, in order, each event''s id, and whether (source, id) was known.';

-- Name: enable_subscription(text, boolean); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.enable_subscription(name text, enabled boolean DEFAULT true) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Let a subscription make jobs of the events to come, or none (enabled false). Errors  PS004 there is none.
begin
  perform pgsched._require_admin();
  update pgsched.subscription as s set enabled = enable_subscription.enabled where s.name = enable_subscription.name;
  if not found then perform pgsched._unknown_subscription(enable_subscription.name); end if;
end $$;

-- Name: FUNCTION enable_subscription(name text, enabled boolean); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.enable_subscription(name text, enabled boolean) IS 'Let a subscription make jobs of the events to come, or none; replay() makes those of the meantime.';

-- Name: enqueue(text, jsonb, text, integer, timestamp with time zone, interval, integer, double precision, jsonb, text, jsonb, text, bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.enqueue(task text, args jsonb DEFAULT '{}'::jsonb, queue text DEFAULT NULL::text, priority integer DEFAULT NULL::integer, due_at timestamp with time zone DEFAULT NULL::timestamp with time zone, delay interval DEFAULT NULL::interval, max_attempts integer DEFAULT NULL::integer, timeout_s double precision DEFAULT NULL::double precision, retry jsonb DEFAULT NULL::jsonb, key text DEFAULT NULL::text, labels jsonb DEFAULT NULL::jsonb, trace text DEFAULT NULL::text, parent_id bigint DEFAULT NULL::bigint) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Make one job, in the caller's transaction. Invoker: it takes the same rights as the INSERT.
-- Returns  its id.
-- Errors   PS010 delay; 23514 and 23502 with a constraint whose name says what is allowed;
--          where a user may not, as _require_children().
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
    SET search_path TO 'pg_catalog', 'pg_temp'
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
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

-- Name: FUNCTION evict(p_worker uuid, p_keep bigint[], p_started boolean); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.evict(p_worker uuid, p_keep bigint[], p_started boolean) IS 'Give back all that a worker holds but the claims it names, uncharged; returns how many jobs.';

-- Name: explain(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.explain(INOUT id bigint, OUT state pgsched.job_state, OUT reasons text[], OUT attempt integer, OUT max_attempts integer, OUT due_at timestamp with time zone, OUT last_error text) RETURNS record
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
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
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
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

-- Name: FUNCTION fail(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_errors text[], p_outcomes pgsched.run_outcome[], p_retry_in_s double precision[], p_final boolean[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.fail(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_errors text[], p_outcomes pgsched.run_outcome[], p_retry_in_s double precision[], p_final boolean[]) IS 'These runs did not succeed: they are retried by policy, or end dead. Returns only what is not as asked.';

-- Name: find_jobs(pgsched.job_state[], text, text, jsonb, timestamp with time zone, timestamp with time zone, bigint, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.find_jobs(states pgsched.job_state[], queue text DEFAULT NULL::text, task text DEFAULT NULL::text, labels jsonb DEFAULT NULL::jsonb, made_since timestamp with time zone DEFAULT NULL::timestamp with time zone, made_until timestamp with time zone DEFAULT NULL::timestamp with time zone, after bigint DEFAULT 0, max_jobs integer DEFAULT 1000, OUT ids bigint[], OUT next bigint) RETURNS record
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_sort TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
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

-- Name: FUNCTION find_jobs(states pgsched.job_state[], queue text, task text, labels jsonb, made_since timestamp with time zone, made_until timestamp with time zone, after bigint, max_jobs integer, OUT ids bigint[], OUT next bigint); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.find_jobs(states pgsched.job_state[], queue text, task text, labels jsonb, made_since timestamp with time zone, made_until timestamp with time zone, after bigint, max_jobs integer, OUT ids bigint[], OUT next bigint) IS 'Ids of jobs in any of these states that match every filter given and are made from made_since to before made_until, above the id after. One call looks at 1,000 jobs and gives at most max_jobs (1..1000); go on with next as after until it is NULL.';

-- Name: finish(uuid, bigint[], text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.finish(p_worker uuid, p_claims bigint[], p_tasks text[] DEFAULT NULL::text[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '1s'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_sort TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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

-- Name: FUNCTION finish(p_worker uuid, p_claims bigint[], p_tasks text[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.finish(p_worker uuid, p_claims bigint[], p_tasks text[]) IS 'Every job of these claims succeeded, with no result to keep; of these tasks, if they are named. Returns how many jobs that ended.';

-- Name: finish(uuid, bigint[], bigint[], integer[], text[], text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.finish(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_results text[] DEFAULT NULL::text[], p_tasks text[] DEFAULT NULL::text[]) RETURNS TABLE(id bigint, attempt integer, verdict text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '1s'
    SET enable_seqscan TO 'off'
    SET enable_nestloop TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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

-- Name: FUNCTION finish(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_results text[], p_tasks text[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.finish(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_results text[], p_tasks text[]) IS 'These jobs succeeded, with results as JSON text. Returns only what is not as asked: lost, or the outcome already recorded.';

-- Name: finish_rotation(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.finish_rotation(hook text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Returns  the new version; the present one if there was but one secret.   Locks  its row.   Errors  PS028 no admin; PS009 unknown hook.
declare
  v_hook pgsched._hook;
begin
  perform pgsched._require_admin();
  v_hook := pgsched._require_hook(finish_rotation.hook);
  delete from pgsched._hook_secret as s
   where s.hook = v_hook.name and s.id < (select max(x.id) from pgsched._hook_secret as x where x.hook = v_hook.name);
  return case when found then pgsched._next_version(v_hook.name) else v_hook.version end;
end $$;

-- Name: FUNCTION finish_rotation(hook text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.finish_rotation(hook text) IS 'Let only the newest secret of a hook be good. Returns its version.';

-- Name: forgo(uuid); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.forgo(p_waiter uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  delete from pgsched._waiter as w where w.waiter = p_waiter $$;

-- Name: FUNCTION forgo(p_waiter uuid); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.forgo(p_waiter uuid) IS 'Stop waiting: take back every await() of this waiter.';

-- Name: grant_admin(regrole); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.grant_admin(role regrole) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- For the schema's owner to call.   Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched.grant_client(grant_admin.role);
  perform pgsched.grant_observe(grant_admin.role);
  perform pgsched.grant_schedule(grant_admin.role);
  perform pgsched._grant_calls(grant_admin.role, 'worker', 'admin');
  execute format('grant insert, update, delete on pgsched.calendar, pgsched.holiday, pgsched.blackout, pgsched.subscription to %s',
                 grant_admin.role);
end $$;

-- Name: FUNCTION grant_admin(role regrole); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.grant_admin(role regrole) IS 'Let a role call every public function and use every public view; it may not grant rights nor be a pusher, and reads no private table: no password, no key, no secret.';

-- Name: grant_api(regrole); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.grant_api(role regrole) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- For the schema's owner to call.   Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched.grant_admin(grant_api.role);
  perform pgsched._grant_calls(grant_api.role, 'api');
end $$;

-- Name: FUNCTION grant_api(role regrole); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.grant_api(role regrole) IS 'Let a role be the HTTP API: as grant_admin(), and find out who comes with which key, token or password. It sees the hashes of passwords that are tried, and what signs access tokens; each request runs for its user, by the setting pgsched.actor.';

-- Name: grant_client(regrole); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.grant_client(role regrole) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- For the schema's owner to call.   Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched.grant_enqueue(grant_client.role);
  perform pgsched.grant_emit(grant_client.role);
  perform pgsched._grant_calls(grant_client.role, 'client');
end $$;

-- Name: FUNCTION grant_client(role regrole); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.grant_client(role regrole) IS 'Let a role do what programs do: as grant_enqueue() and grant_emit(), and wait for jobs and read their results; it may not cancel any.';

-- Name: grant_emit(regrole); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.grant_emit(role regrole) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- For the schema's owner to call. What runs as its definer must be granted by name; INSERT by column, so that nothing is forged.
-- Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched._require_owner();
  execute format('grant usage on schema pgsched to %s', grant_emit.role);
  execute format('grant execute on function pgsched.emit, pgsched.emit_many, pgsched._depth_here, pgsched._own_type to %s', grant_emit.role);
  execute format('grant insert (type, source, subject, data) on pgsched.event to %s', grant_emit.role);
end $$;

-- Name: FUNCTION grant_emit(role regrole); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.grant_emit(role regrole) IS 'Let a role make events, by emit(), emit_many() or INSERT INTO pgsched.event, and watch() tables of its own. Jobs come of them by subscriptions alone.';

-- Name: grant_enqueue(regrole); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.grant_enqueue(role regrole) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
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
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- For the schema's owner to call. The functions behind the stat_ views run as their definer, and so must be granted by name.
-- Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched._require_owner();
  execute format('grant usage on schema pgsched to %s', grant_observe.role);
  execute format('grant select on %s to %s',
                 (select string_agg(c.oid::regclass::text, ', ') from pg_catalog.pg_class as c
                   where c.relnamespace = 'pgsched'::regnamespace and c.relkind = 'v' and not c.relname ^@ '_'), grant_observe.role);
  execute format('grant execute on function pgsched.explain(bigint), pgsched._upcoming(), pgsched._running_now(bigint, integer), '
                 'pgsched._stat_queue, pgsched._stat_task(), pgsched._jobs_of(bigint), pgsched._problems_of(bigint), '
                 'pgsched._require_schedule(text), pgsched._jobs_in, pgsched._endpoints, pgsched.backlog(text, boolean) to %s',
                 grant_observe.role);
end $$;

-- Name: FUNCTION grant_observe(role regrole); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.grant_observe(role regrole) IS 'Let a role read every public view, and call explain(); it may change nothing.';

-- Name: grant_pusher(regrole); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.grant_pusher(role regrole) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- For the schema's owner to call.   Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched.grant_worker(grant_pusher.role);
  perform pgsched._grant_calls(grant_pusher.role, 'pusher');
end $$;

-- Name: FUNCTION grant_pusher(role regrole); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.grant_pusher(role regrole) IS 'Let a role be a worker that also sends jobs to endpoints, and so reads the secrets that it signs by.';

-- Name: grant_schedule(regrole); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.grant_schedule(role regrole) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- For the schema's owner to call. trigger_schedule() runs as its definer, and so must be granted by name.
-- Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched._require_owner();
  execute format('grant usage on schema pgsched to %s', grant_schedule.role);
  execute format('grant select, insert, update, delete on pgsched.schedule to %s', grant_schedule.role);
  execute format('grant select on pgsched.slot, pgsched.calendar, pgsched.holiday, pgsched.blackout, pgsched.declaration, '
                 'pgsched.schedule_version, pgsched.calendar_version to %s', grant_schedule.role);
  execute format('grant execute on function pgsched.trigger_schedule, pgsched._require_schedule to %s', grant_schedule.role);
end $$;

-- Name: FUNCTION grant_schedule(role regrole); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.grant_schedule(role regrole) IS 'Let a role keep schedules, all of them, and so make any job by the clock; and read what decides their times. Their conditions are functions that the role may call, and of an owner whom the workers trust.';

-- Name: grant_worker(regrole); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.grant_worker(role regrole) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- For the schema's owner to call. Before Postgres 17 only an owner may vacuum, so there autovacuum has to do.
-- Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched._require_owner();
  execute format('grant usage on schema pgsched to %s', grant_worker.role);
  execute format('grant select on pgsched._migration, pgsched.task, pgsched.job, pgsched.calendar, pgsched.holiday, pgsched.blackout, '
                 'pgsched.script to %s', grant_worker.role);
  perform pgsched._grant_calls(grant_worker.role, 'worker');
  if current_setting('server_version_num')::integer >= 170000 then
    execute format('grant maintain on %s to %s', (select string_agg(t, ', ') from pgsched._hot_tables() as h (t, dead_min)), grant_worker.role);
  end if;
end $$;

-- Name: FUNCTION grant_worker(role regrole); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.grant_worker(role regrole) IS 'Let a role be a worker: claim jobs and end them, declare tasks, tick, and do the upkeep. Handlers that make jobs or events need grant_client() too, and rights on what is theirs.';

-- Name: hand_over(uuid, bigint, bigint, integer, text, uuid, bytea); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.hand_over(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_endpoint text, p_to uuid, p_token bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '1s'
    AS $$
-- An endpoint goes on with a job by itself: under a claim and a lease of its own, for worker p_to, with the token of this SHA-256.
-- Returns  false: p_worker no longer held the job, and nothing was done. Safe to repeat.
-- Locks    a new row of _worker; the _claim row.
-- Errors   PS016 unknown endpoint; PS023 not READ COMMITTED; 55P03 somebody has locked the claim.
declare
  v_endpoint pgsched._endpoint;
  v_job pgsched._exit;
begin
  perform pgsched._require_admin();
  perform pgsched._require_read_committed();
  if exists (select from pgsched._claim as c where c.worker = p_to) then return true; end if;
  select e.* into v_endpoint from pgsched._endpoint as e where e.name = p_endpoint;
  if not found then
    raise exception using errcode = 'PS016', message = format('endpoint %L does not exist', p_endpoint);
  end if;
  perform pgsched.register(p_to, p_endpoint, substring(v_endpoint.url from '^https?://([^/?#]+)'), 0, 'endpoint', 1,
                           array[pgsched._push_queue(p_endpoint)], '{}', v_endpoint.lease_s);
  update pgsched._worker as w set token = p_token where w.id = p_to;
  select t.* into v_job from pgsched._take(p_worker, array[p_claim], array[p_id], array[p_attempt]) as t;
  if not found then
    delete from pgsched._worker as w where w.id = p_to;
    return false;
  end if;
  insert into pgsched._claim (id, worker, claimed_at, priority, flags, queue, ids, attempts)
  values (pgsched._new_claim_id(), p_to, v_job.claimed_at, v_job.priority, v_job.flags, v_job.queue, array[p_id], array[p_attempt]);
  return true;
end $$;

-- Name: FUNCTION hand_over(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_endpoint text, p_to uuid, p_token bytea); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.hand_over(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_endpoint text, p_to uuid, p_token bytea) IS 'Move a job from a pusher to its endpoint, which has answered 202: it renews a lease of its own and ends the job by a token.';

-- Name: heartbeat(uuid[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.heartbeat(p_workers uuid[]) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Renew the leases of a supervisor and its children.
-- Returns  those renewed. One that is missing has lost its lease: stop what it runs, and register anew.
-- Locks    _worker rows by id.   Errors  PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
begin
  perform pgsched._require_admin();
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

-- Name: hold_endpoint(text, double precision, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.hold_endpoint(p_endpoint text, p_for_s double precision, p_problem text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '1s'
    AS $$
-- An endpoint has asked to be left alone for p_for_s (0..86400) seconds; NULL: until an operator resumes it.
-- Locks    its row.   Errors  PS010 p_for_s; 55P03 somebody changes it.
begin
  perform pgsched._require_admin();
  perform pgsched._require_range('p_for_s', coalesce(p_for_s, 0)::numeric, 0, 86400);
  update pgsched._endpoint as e
     set paused = e.paused or p_for_s is null, paused_until = greatest(e.paused_until, pgsched.clock() + make_interval(secs => p_for_s)),
         problem = left(p_problem, 1000)
   where e.name = p_endpoint;
end $$;

-- Name: FUNCTION hold_endpoint(p_endpoint text, p_for_s double precision, p_problem text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.hold_endpoint(p_endpoint text, p_for_s double precision, p_problem text) IS 'Send an endpoint no jobs for so many seconds, or until it is resumed (NULL), and say why: it has asked for that.';

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
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select j.state from pgsched.job as j where j.id = job_state.id $$;

-- Name: FUNCTION job_state(id bigint); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.job_state(id bigint) IS 'State of a job; NULL if no job has this id. STABLE: one snapshot, so a job is never between tables.';

-- Name: keep_answer(text, text, integer, jsonb, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.keep_answer(actor text, key text, status integer, headers jsonb, content text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  update pgsched._request as r set status = keep_answer.status, headers = keep_answer.headers, content = keep_answer.content
   where r.actor = keep_answer.actor and r.key = keep_answer.key and r.status is null $$;

-- Name: FUNCTION keep_answer(actor text, key text, status integer, headers jsonb, content text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.keep_answer(actor text, key text, status integer, headers jsonb, content text) IS 'Keep the answer of a request, in the transaction that began it.';

-- Name: lapse(uuid, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.lapse(p_worker uuid, p_limit integer DEFAULT 100) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Time out the jobs of endpoints that let their lease end; as reap(), only by a worker that has itself been live for a full lease.
-- Returns  how many.   Locks  _worker and _claim rows, skipping what is locked.   Notifies  as _announce().
-- Errors   PS010 p_limit; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_silent pgsched._worker;
  v_count integer := 0;
begin
  perform pgsched._require_admin();
  perform pgsched._require_range('p_limit', p_limit, 1, 1000);
  perform pgsched._require_read_committed();
  if not exists (select from pgsched._worker as w where w.id = p_worker and w.lease_until > v_now
                    and w.live_since <= v_now - make_interval(secs => w.lease_s)) then
    return 0;
  end if;
  for v_silent in
    select w.* from pgsched._worker as w where w.role = 'endpoint' and w.lease_until < v_now order by w.id limit p_limit for update skip locked
  loop
    perform from pgsched._claim as c where c.worker = v_silent.id for update skip locked;
    continue when not found and exists (select from pgsched._claim as c where c.worker = v_silent.id);
    perform pgsched.fail(v_silent.id, array[c.id], c.ids, c.attempts, array[format('endpoint %s was silent for %s s', v_silent.name,
                         v_silent.lease_s)], '{timed_out}') from pgsched._claim as c where c.worker = v_silent.id;
    delete from pgsched._worker as w where w.id = v_silent.id;
    v_count := v_count + 1;
  end loop;
  return v_count;
end $$;

-- Name: FUNCTION lapse(p_worker uuid, p_limit integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.lapse(p_worker uuid, p_limit integer) IS 'Time out jobs that endpoints had taken over and then said nothing of for lease_s; returns how many.';

-- Name: leave(uuid[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.leave(p_workers uuid[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Forget workers that stopped or died. What they still held is then anyone's to reap().
-- Returns  how many there were.   Locks  _worker rows by id.
declare
  v_count integer;
begin
  perform pgsched._require_admin();
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
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
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

-- Name: FUNCTION log(p_worker uuid, p_ids bigint[], p_attempts integer[], p_levels text[], p_messages text[], p_progress double precision[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.log(p_worker uuid, p_ids bigint[], p_attempts integer[], p_levels text[], p_messages text[], p_progress double precision[]) IS 'Keep log lines and progress of running jobs; returns how many were kept.';

-- Name: make_api_key(text, text, bytea, text, text[], text[], timestamp with time zone); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.make_api_key(user_name text, name text, hash bytea, shown text, scopes text[], queues text[] DEFAULT NULL::text[], expires_at timestamp with time zone DEFAULT NULL::timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Returns  its id.   Locks  its user's row.
-- Errors   PS028 neither the user nor an admin; PS006 unknown user;
--          PS010 a scope that the user's role has not, an end in the past; 23514 as pgsched._api_key has it.
declare
  v_now timestamptz := pgsched.clock();
  v_user pgsched._user;
  v_scopes text[] := array(select distinct s from unnest(make_api_key.scopes) as s order by s);
  v_id bigint;
begin
  perform pgsched._require_self(make_api_key.user_name);
  v_user := pgsched._require_user(make_api_key.user_name);
  if v_scopes <@ '{read,write,admin,worker}' and not v_scopes <@ pgsched._scopes_of(v_user.role) then
    raise exception using errcode = 'PS010', message = format('a key of user %L cannot have more scopes than its role', v_user.name),
      detail = format('role %s has %s', v_user.role, array_to_string(pgsched._scopes_of(v_user.role), ', ')), column = 'scopes';
  elsif make_api_key.expires_at <= v_now then
    raise exception using errcode = 'PS010', message = 'expires_at must be in the future';
  end if;
  insert into pgsched._api_key as k (user_id, name, hash, shown, scopes, queues, created_at, expires_at)
  values (v_user.id, make_api_key.name, make_api_key.hash, make_api_key.shown, v_scopes, make_api_key.queues, v_now, make_api_key.expires_at)
  returning k.id into v_id;
  return v_id;
end $$;

-- Name: FUNCTION make_api_key(user_name text, name text, hash bytea, shown text, scopes text[], queues text[], expires_at timestamp with time zone); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.make_api_key(user_name text, name text, hash bytea, shown text, scopes text[], queues text[], expires_at timestamp with time zone) IS 'Write down a key of a user, by its SHA-256 and the characters that it begins with. scopes: read, write, admin, worker, at most those of the user''s role; queues: to which it is limited, NULL for all. `pgsched key create` makes one. Returns its id.';

-- Name: nap(uuid, text[], double precision); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.nap(p_worker uuid, p_queues text[], p_poll_s double precision, OUT sleep_s double precision, OUT fresh boolean) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
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
  perform pgsched._require_admin();
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
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_sort TO 'off'
    SET jit TO 'off'
    AS $$
  select pgsched._require_admin();
  select min(n.due_at)
    from (select distinct l.queue, l.priority from pgsched._lane as l where l.queue = any(p_queues)) as l
   cross join lateral (select r.due_at from pgsched._ready as r where r.queue = l.queue and r.priority = l.priority
                        order by r.queue, r.priority desc, r.due_at, r.id limit 1) as n
   where not exists (select from pgsched._queue as q where q.name = l.queue and q.paused) $$;

-- Name: FUNCTION next_due(p_queues text[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.next_due(p_queues text[]) IS 'When the next job of these queues is due, by one index look-up a lane; NULL if none waits.';

-- Name: outcome(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.outcome(id bigint, OUT state pgsched.job_state, OUT result jsonb, OUT error text) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
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

-- Name: pause_endpoint(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.pause_endpoint(name text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Locks    its row.   Errors  PS016 unknown endpoint.
declare
  v_endpoint pgsched._endpoint := pgsched._require_endpoint(pause_endpoint.name);
begin
  update pgsched._endpoint as e set paused = true where e.name = v_endpoint.name;
end $$;

-- Name: FUNCTION pause_endpoint(name text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.pause_endpoint(name text) IS 'Send an endpoint no jobs until resume_endpoint(); what it has, goes on.';

-- Name: pause_queue(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.pause_queue(queue text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select pgsched._require_admin();
  insert into pgsched._queue as q (name, paused) values (pause_queue.queue, true) on conflict (name) do update set paused = true $$;

-- Name: FUNCTION pause_queue(queue text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.pause_queue(queue text) IS 'Nobody claims from the queue until resume_queue(); what runs, goes on. Jobs may still be enqueued.';

-- Name: pause_schedule(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.pause_schedule(name text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Errors   PS003 unknown schedule.
begin
  perform pgsched.change_schedule(pause_schedule.name, '{"paused": true}');
end $$;

-- Name: FUNCTION pause_schedule(name text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.pause_schedule(name text) IS 'Let a schedule make no jobs until resume_schedule(): its slots are recorded as skipped.';

-- Name: pause_task(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.pause_task(task text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Jobs of the task are not run until resume_task(); those whose turn comes wait in _blocked.
-- Errors   PS002 unknown task.
begin
  perform pgsched._require_task(pause_task.task);
  update pgsched._task as t set paused = true where t.name = pause_task.task;
end $$;

-- Name: FUNCTION pause_task(task text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.pause_task(task text) IS 'Hold the jobs of a task (blocked) until resume_task(); what runs, goes on. Makes no version: for that, disable it by change_task().';

-- Name: plan(text[], bigint[], timestamp with time zone[], timestamp with time zone[], text[], text[], timestamp with time zone[], timestamp with time zone[], boolean[], jsonb[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.plan(p_schedules text[], p_plan_nos bigint[], p_tos timestamp with time zone[], p_untils timestamp with time zone[], p_problems text[], p_slots text[], p_nominals timestamp with time zone[], p_dues timestamp with time zone[], p_skipped boolean[], p_notes jsonb[], OUT added integer, OUT locked text[]) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    AS $$
-- Bring slots. Of each schedule: the plan they belong to; up to which nominal time all of its occasions are here; the time up to which
-- all slots are here that are due (infinity: there are no more); and its problem or NULL. Then the slots of all of them, parallel arrays with
-- the schedule's name. What belongs to another plan than the schedule has by now is left out, and what is planned or decided already.
-- Returns  how many slots were new; and the schedules that somebody else has locked: they were left out, bring them again.
-- Locks    _schedule rows, skipping what is locked: people lock several in any order.
declare
  v_taken text[] := array(
    select s.name from unnest(p_schedules, p_plan_nos) as w (schedule, plan_no)
      join pgsched._schedule as s on s.name = w.schedule and s.plan_no = w.plan_no
     where s.deleted_at is null for no key update of s skip locked);
  v_all boolean := cardinality(v_taken) = cardinality(p_schedules);   -- mostly: a join with v_taken costs as much as the rest
begin
  perform pgsched._require_admin();
  delete from pgsched._plan as p using unnest(v_taken) as t (name), pgsched._schedule as s
   where s.name = t.name and p.schedule = s.name and p.nominal > s.planned_to and not p.held;   -- see _replan()
  insert into pgsched._plan (schedule, nominal, due_at, skipped, notes)
  select u.schedule, u.nominal, u.due_at, u.skipped or k.taken is not null,
         case when k.taken is null then coalesce(u.notes, '[]')
              else jsonb_build_array(jsonb_build_object('code', 'moved', 'text', k.taken || ' UTC already runs then')) end
    from unnest(p_slots, p_nominals, p_dues, p_skipped, p_notes) as u (schedule, nominal, due_at, skipped, notes)
    join pgsched._schedule as s on s.name = u.schedule
    left join lateral (   -- what an earlier rule moved to the same time
      select to_char(p.nominal at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as taken from pgsched._plan as p
       where p.schedule = u.schedule and p.due_at = u.due_at and p.nominal <= s.since and not p.skipped and not p.held limit 1) as k on true
   where (v_all or u.schedule = any(v_taken))
     and not exists (select from pgsched._slot as d where d.schedule = u.schedule and d.nominal = u.nominal)
  on conflict do nothing;
  get diagnostics added = row_count;
  update pgsched._schedule as s
     set planned_to = coalesce(w.planned_to, s.planned_to), planned_until = w.planned_until, plan_problem = w.problem, planner_until = '-infinity'
    from unnest(p_schedules, p_tos, p_untils, p_problems) as w (schedule, planned_to, planned_until, problem)
   where s.name = w.schedule and (v_all or s.name = any(v_taken));
  locked := array(
    select s.name from unnest(p_schedules, p_plan_nos) as w (schedule, plan_no)
      join pgsched._schedule as s on s.name = w.schedule and s.plan_no = w.plan_no
     where not v_all and s.deleted_at is null and s.name <> all(v_taken));
end $$;

-- Name: FUNCTION plan(p_schedules text[], p_plan_nos bigint[], p_tos timestamp with time zone[], p_untils timestamp with time zone[], p_problems text[], p_slots text[], p_nominals timestamp with time zone[], p_dues timestamp with time zone[], p_skipped boolean[], p_notes jsonb[], OUT added integer, OUT locked text[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.plan(p_schedules text[], p_plan_nos bigint[], p_tos timestamp with time zone[], p_untils timestamp with time zone[], p_problems text[], p_slots text[], p_nominals timestamp with time zone[], p_dues timestamp with time zone[], p_skipped boolean[], p_notes jsonb[], OUT added integer, OUT locked text[]) IS 'Bring the slots of schedules, from a planner; returns how many were new, and whose could not be taken because they were locked.';

-- Name: push_state(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.push_state() RETURNS TABLE(name text, url text, headers jsonb, secrets text[], timeout_s double precision, free integer, wait_s double precision, due_in_s double precision, lapses_in_s double precision, now_s double precision)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Every endpoint, by name, as a pusher needs it, with its secrets.
-- Returns  free: how many jobs it may be sent; wait_s: for how long it is paused, 0 if not, NULL until resumed; due_in_s: when the next job
--          is due for it (NULL: none waits), also below 0; lapses_in_s: when the first lease of a job that it works on ends; now_s: this time,
--          in seconds since 1970.
declare
  v_now timestamptz := pgsched.clock();
begin
  perform pgsched._require_admin();
  return query
  select e.name::text, e.url, e.headers, e.secrets, e.timeout_s,
         e.concurrency - (select coalesce(sum(cardinality(c.ids)), 0)::integer from pgsched._claim as c where c.queue = q.name),
         case when not e.paused then greatest(extract(epoch from coalesce(e.paused_until, v_now) - v_now), 0)::double precision end,
         extract(epoch from least(pgsched.next_due(array[q.name]), s.due_at) - v_now)::double precision,
         (select extract(epoch from min(w.lease_until) - v_now)::double precision from pgsched._worker as w
           where w.role = 'endpoint' and w.queues = array[q.name]),
         extract(epoch from v_now)::double precision
    from pgsched._endpoint as e
   cross join lateral (select pgsched._push_queue(e.name) as name) as q
    left join lateral (select min(b.due_at) as due_at from pgsched._blocked as b
                        where b.reason = 'suspect' and b.subject = q.name and not pgsched._held(b.id, b.queue)) as s on true
   order by e.name;
end $$;

-- Name: FUNCTION push_state(); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.push_state() IS 'Every endpoint as a pusher needs it: with secrets, how many jobs it may be sent, and when.';

-- Name: quiet_for(double precision, double precision); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.quiet_for(p_max_s double precision, p_ahead_s double precision DEFAULT 60) RETURNS double precision
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- For a ticker that would rather sleep: for how many seconds (at most p_max_s) neither tick() nor unplanned(p_ahead_s) has anything to do,
-- unless somebody changes a schedule or a calendar, which notifies pgsched_schedule.
-- Returns  0 while a slot waits for the end of a job, or a schedule is to be tried again: of that nobody is notified.
declare
  v_now timestamptz := pgsched.clock();
begin
  perform pgsched._require_admin();
  if exists (select from pgsched._plan as p where p.held) or exists (select from pgsched._stale)
     or exists (select from pgsched._schedule as s where s.retry_at is not null and s.deleted_at is null) then
    return 0;
  end if;
  return extract(epoch from greatest(v_now, least(
           (select min(p.due_at) from pgsched._plan as p where not p.held),
           (select min(s.planned_until) from pgsched._schedule as s where s.deleted_at is null) - make_interval(secs => p_ahead_s),
           v_now + make_interval(secs => p_max_s))) - v_now);
end $$;

-- Name: FUNCTION quiet_for(p_max_s double precision, p_ahead_s double precision); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.quiet_for(p_max_s double precision, p_ahead_s double precision) IS 'For how many seconds, at most p_max_s, no schedule needs a tick or a plan, if none is changed.';

-- Name: reap(uuid, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.reap(p_worker uuid, p_limit integer DEFAULT 20) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
-- One step of taking over from the dead; call it until it returns 0. First, workers past their lease are forgotten (not endpoints: lapse()
-- times their jobs out): only by a worker that has itself been live for a full lease, since after an outage every lease is past. Then,
-- jobs of up to p_limit (1..1000) claims whose worker is gone are given back. A first loss costs a job nothing; from the second on it is
-- a suspect and runs alone; three losses alone end it dead.
-- Returns  how many workers were forgotten or jobs given back.
-- Locks    _worker, or _claim rows, skipping what is locked.   Notifies  as _announce().
-- Errors   PS010 p_limit; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_count integer;
  v_orphans pgsched._exit[];
begin
  perform pgsched._require_admin();
  perform pgsched._require_range('p_limit', p_limit, 1, 1000);
  perform pgsched._require_read_committed();
  if exists (select from pgsched._worker as w where w.id = p_worker and w.lease_until > v_now
                and w.live_since <= v_now - make_interval(secs => w.lease_s)) then
    with expired as (
      select w.id from pgsched._worker as w
       where w.lease_until < v_now and w.role <> 'endpoint' order by w.id limit p_limit for update skip locked)
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
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Run a dead, cancelled or expired job again, now, with a fresh budget of attempts. Its history stays.
-- Locks    one _ended row.   Notifies  as _announce().
-- Errors   PS001 unknown job; PS020 it has not ended so; PS023 not READ COMMITTED; PS028 the user may not change it.
begin
  perform pgsched._require_change(redrive.id);
  if pgsched._redrive(array[redrive.id]) <> '{}' then return; end if;
  raise exception using errcode = 'PS020', message = format('job %s is %s: only dead, cancelled and expired jobs are redriven',
    redrive.id, pgsched._require_job(redrive.id));
end $$;

-- Name: FUNCTION redrive(id bigint); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.redrive(id bigint) IS 'Run a dead, cancelled or expired job again, now, with a fresh budget of attempts.';

-- Name: redrive_jobs(bigint[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.redrive_jobs(ids bigint[]) RETURNS TABLE(id bigint, done boolean, state text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

-- Name: FUNCTION redrive_jobs(ids bigint[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.redrive_jobs(ids bigint[]) IS 'Run 1 to 1,000 dead, cancelled or expired jobs again. Returns a row for each that exists: done, or not, with the state that forbids it.';

-- Name: redrive_many(text, text, pgsched.job_state, timestamp with time zone, timestamp with time zone, text, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.redrive_many(queue text DEFAULT NULL::text, task text DEFAULT NULL::text, state pgsched.job_state DEFAULT 'dead'::pgsched.job_state, ended_after timestamp with time zone DEFAULT NULL::timestamp with time zone, ended_before timestamp with time zone DEFAULT NULL::timestamp with time zone, error_like text DEFAULT NULL::text, max_jobs integer DEFAULT 1000) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

-- Name: FUNCTION redrive_many(queue text, task text, state pgsched.job_state, ended_after timestamp with time zone, ended_before timestamp with time zone, error_like text, max_jobs integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.redrive_many(queue text, task text, state pgsched.job_state, ended_after timestamp with time zone, ended_before timestamp with time zone, error_like text, max_jobs integer) IS 'Redrive ended jobs by filter, oldest first, at most max_jobs; returns how many.';

-- Name: register(uuid, text, text, integer, text, integer, text[], text[], double precision); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.register(p_worker uuid, p_name text, p_host text, p_pid integer, p_role text, p_concurrency integer, p_queues text[], p_tasks text[], p_lease_s double precision) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Make a worker known and give it a lease of p_lease_s (1..3600) seconds. A new process takes a new id. The same again, whose answer may
-- have been lost, renews the lease.
-- Locks    its row.   Errors   PS010 p_lease_s; 23505 another has the id; 23514 the role; PS023 not READ COMMITTED, of the same again.
declare
  v_now timestamptz := pgsched.clock();
begin
  perform pgsched._require_admin();
  perform pgsched._require_range('p_lease_s', p_lease_s::numeric, 1, 3600);
  insert into pgsched._worker (id, name, host, pid, role, concurrency, queues, tasks, started_at, seen_at, lease_until, live_since,
                               lease_s, owner_id)
  values (p_worker, p_name, p_host, p_pid, p_role, p_concurrency, p_queues, p_tasks, v_now, v_now,
          v_now + make_interval(secs => p_lease_s), v_now, p_lease_s, pgsched._actor())
  on conflict (id) do nothing;
  if found then return; end if;
  if exists (
    select from pgsched._worker as w
     where w.id = p_worker
       and row(w.name, w.host, w.pid, w.role, w.concurrency, w.queues, w.tasks, w.lease_s, w.owner_id)
           is not distinct from row(p_name, p_host, p_pid, p_role, p_concurrency, p_queues, p_tasks, p_lease_s, pgsched._actor())) then
    perform pgsched.heartbeat(array[p_worker]);
    return;
  end if;
  raise exception using errcode = '23505', message = format('the id of worker %s was used before', p_worker), hint = 'a new process takes a new id';
end $$;

-- Name: FUNCTION register(p_worker uuid, p_name text, p_host text, p_pid integer, p_role text, p_concurrency integer, p_queues text[], p_tasks text[], p_lease_s double precision); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.register(p_worker uuid, p_name text, p_host text, p_pid integer, p_role text, p_concurrency integer, p_queues text[], p_tasks text[], p_lease_s double precision) IS 'Make a worker (role supervisor, child, suspect or push) known, with a lease in seconds that heartbeat() renews.';

-- Name: release(uuid, bigint[], bigint[], integer[], boolean[], double precision); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.release(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_started boolean[], p_delay_s double precision DEFAULT 0) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '1s'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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

-- Name: FUNCTION release(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_started boolean[], p_delay_s double precision); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.release(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_started boolean[], p_delay_s double precision) IS 'Give jobs back uncharged, to run again after p_delay_s seconds; returns how many were still held.';

-- Name: remove_endpoint(text, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.remove_endpoint(name text, version integer DEFAULT NULL::integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Its tasks go back to workers, and the jobs that wait with them.
-- Locks    its row, and those of tasks.   Notifies  pgsched_task.
-- Errors   PS016 unknown endpoint; PS026 it is not at the expected version; PS017 it has jobs in its hands, or of other tasks waiting.
declare
  v_endpoint pgsched._endpoint := pgsched._require_endpoint(remove_endpoint.name);
  v_queue text := pgsched._push_queue(v_endpoint.name);
begin
  perform pgsched._require_version('endpoint', v_endpoint.name, v_endpoint.version, remove_endpoint.version);
  perform pgsched._direct(v_endpoint.name, '{}');
  if exists (select from pgsched._claim as c where c.queue = v_queue) or exists (select from pgsched._ready as r where r.queue = v_queue)
     or exists (select from pgsched._blocked as b where b.queue = v_queue) then
    raise exception using errcode = 'PS017', message = format('endpoint %L still has jobs', v_endpoint.name),
      hint = format('let them end, or cancel them: they are in queue %s', v_queue);
  end if;
  delete from pgsched._endpoint as e where e.name = v_endpoint.name;
end $$;

-- Name: FUNCTION remove_endpoint(name text, version integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.remove_endpoint(name text, version integer) IS 'Forget an endpoint; its tasks are for workers again. Not while jobs of its are running. version, if given, is the one that it must be at.';

-- Name: remove_hook(text, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.remove_hook(name text, version integer DEFAULT NULL::integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Locks    its row.   Errors   PS028 no admin; PS009 unknown hook; PS026 it is not at the expected version.
declare
  v_hook pgsched._hook;
begin
  perform pgsched._require_admin();
  v_hook := pgsched._require_hook(remove_hook.name);
  perform pgsched._require_version('hook', v_hook.name, v_hook.version, remove_hook.version);
  delete from pgsched._hook as h where h.name = v_hook.name;
end $$;

-- Name: FUNCTION remove_hook(name text, version integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.remove_hook(name text, version integer) IS 'End a hook; the events that came by it stay. version, if given, is the one it must be at.';

-- Name: remove_schedule(text, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.remove_schedule(name text, version integer DEFAULT NULL::integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Errors   PS003 unknown schedule; PS026 it has another version than expected; PS028 the user may end none.
declare
  v_version integer;
begin
  delete from pgsched.schedule as s where s.name = remove_schedule.name and s.version = coalesce(remove_schedule.version, s.version);
  if found then return; end if;
  select s.version into v_version from pgsched.schedule as s where s.name = remove_schedule.name;
  if found then
    perform pgsched._require_writer();
    raise exception using errcode = 'PS026', message = format('schedule %L was changed by somebody else', remove_schedule.name),
      detail = format('it has version %s, expected was %s', v_version, remove_schedule.version), hint = 'look at it again';
  end if;
  raise exception using errcode = 'PS003', message = format('schedule %L does not exist', remove_schedule.name), hint = 'see pgsched.schedule';
end $$;

-- Name: FUNCTION remove_schedule(name text, version integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.remove_schedule(name text, version integer) IS 'End a schedule, as DELETE FROM pgsched.schedule does; its slots and jobs stay. With version, only if it has that.';

-- Name: replay(text, timestamp with time zone, timestamp with time zone, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.replay(subscription text, since timestamp with time zone, until timestamp with time zone, max_jobs integer DEFAULT 10000) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Make the jobs that a subscription, as it is now and even if disabled, would have made of the events from since to below until, and
-- did not: it did not exist then, or was disabled, or had a problem. Oldest first, 1,000 events at a time, up to max_jobs (1..100000).
-- Events are told by the second in which they came. Safe to repeat: an event and a subscription make one job, ever.
-- Returns  how many jobs; call again while it returns max_jobs.
-- Locks    the subscription: one replay() waits for the other.   Notifies  as _announce().
-- Errors   PS004 unknown subscription; PS010 max_jobs, since, until; PS023 not READ COMMITTED.
declare
  v_subscription pgsched._subscription;
  v_from bigint;
  v_events pgsched._event[];
  v_made bigint := 0;
begin
  perform pgsched._require_admin();
  perform pgsched._require_range('max_jobs', replay.max_jobs, 1, 100000);
  perform pgsched._require_read_committed();
  if not coalesce(replay.since < replay.until and isfinite(replay.since) and isfinite(replay.until), false) then
    raise exception using errcode = 'PS010', message = 'since must be before until, and both finite',
      detail = format('got %s and %s', coalesce(replay.since::text, 'null'), coalesce(replay.until::text, 'null'));
  end if;
  select s.* into v_subscription from pgsched._subscription as s where s.name = replay.subscription for no key update;
  if not found then perform pgsched._unknown_subscription(replay.subscription); end if;

  v_from := pgsched.id_at(replay.since);
  while v_made < replay.max_jobs loop
    v_events := array(
      select e from pgsched._event as e
       where e.id >= v_from and e.id < pgsched.id_at(replay.until) and v_subscription.event_type = any(pgsched._patterns(e.type))
         and not exists (select from pgsched._event_job as m
                          where m.event_id = e.id and m.subscription_id = v_subscription.id and m.job_id is not null)
       order by e.id limit least(1000, replay.max_jobs - v_made));
    exit when v_events = '{}';
    delete from pgsched._event_job as m
     where m.event_id in (select e.id from unnest(v_events) as e) and m.event_id between (v_events[1]).id and (v_events[cardinality(v_events)]).id
       and m.subscription_id = v_subscription.id and m.job_id is null;
    v_made := v_made + pgsched._make_jobs(v_events, array(select distinct e.type from unnest(v_events) as e), v_subscription.id);
    v_from := (v_events[cardinality(v_events)]).id + 1;
  end loop;
  return v_made;
end $$;

-- Name: FUNCTION replay(subscription text, since timestamp with time zone, until timestamp with time zone, max_jobs integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.replay(subscription text, since timestamp with time zone, until timestamp with time zone, max_jobs integer) IS 'Make the jobs that a subscription would have made of past events, and has not; safe to repeat, also after the subscription was renamed. Returns how many: call it again while that is max_jobs.';

-- Name: reschedule(bigint, timestamp with time zone, integer, text, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.reschedule(id bigint, due_at timestamp with time zone DEFAULT NULL::timestamp with time zone, priority integer DEFAULT NULL::integer, queue text DEFAULT NULL::text, version integer DEFAULT NULL::integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Move a job that waits to another time, priority or queue; NULL leaves each as it is. With version, only if it still stands as it did.
-- Locks    one row of _blocked or _ready.   Notifies  as _announce().
-- Errors   PS001 unknown job; PS010 a value; PS020 it runs or has ended; PS023 not READ COMMITTED; PS026 it changed; PS028 the user may not
--          change it.
declare
  v_done boolean;
  v_state pgsched.job_state;
begin
  perform pgsched._require_change(reschedule.id);
  perform pgsched._require_version(reschedule.id, reschedule.version);
  loop
    select r.done, r.state into v_done, v_state
      from pgsched._reschedule(array[reschedule.id], reschedule.due_at, reschedule.priority, reschedule.queue) as r;
    if v_done then return; end if;
    if v_done is null then perform pgsched._require_job(reschedule.id); end if;   -- raises
    if v_state in ('running', 'succeeded', 'dead', 'cancelled', 'expired') then
      raise exception using errcode = 'PS020',
        message = format('job %s is %s: only a job that waits is rescheduled', reschedule.id, v_state);
    end if;
  end loop;
end $$;

-- Name: FUNCTION reschedule(id bigint, due_at timestamp with time zone, priority integer, queue text, version integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.reschedule(id bigint, due_at timestamp with time zone, priority integer, queue text, version integer) IS 'Move a waiting job to another time, priority or queue; NULL leaves each as it is. version: what the API gives as ETag of a job.';

-- Name: reschedule_jobs(bigint[], timestamp with time zone, integer, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.reschedule_jobs(ids bigint[], due_at timestamp with time zone DEFAULT NULL::timestamp with time zone, priority integer DEFAULT NULL::integer, queue text DEFAULT NULL::text) RETURNS TABLE(id bigint, done boolean, state text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Move 1 to 1,000 jobs that wait, each as reschedule().
-- Returns  a row for each that there is: done; not done with its state: if it waits, it was on its way there, and another call finds it.
-- Locks    rows of _blocked and _ready, by id.   Notifies  as _announce().
-- Errors   PS010 the number of ids, a value; PS023 not READ COMMITTED; PS028 the user may change none.
begin
  return query select r.id, r.done, r.state::text
    from pgsched._reschedule(pgsched._changeable(reschedule_jobs.ids), reschedule_jobs.due_at, reschedule_jobs.priority,
                             reschedule_jobs.queue) as r;
end $$;

-- Name: FUNCTION reschedule_jobs(ids bigint[], due_at timestamp with time zone, priority integer, queue text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.reschedule_jobs(ids bigint[], due_at timestamp with time zone, priority integer, queue text) IS 'Move 1 to 1,000 waiting jobs to another time, priority or queue. Returns a row for each that exists: done, or not, with its state. One that is not done, and yet waits, moved meanwhile: try it again.';

-- Name: reset_task(text, text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.reset_task(task text, fields text[] DEFAULT NULL::text[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Let what code declares hold again, for these fields, or for all.
-- Returns, locks, notifies  as change_task().   Errors  PS002 unknown task.
declare
  v_task pgsched._task := pgsched._require_task(reset_task.task);
begin
  return pgsched._override(v_task, case when fields is null then '{}' else v_task.overrides - fields end);
end $$;

-- Name: FUNCTION reset_task(task text, fields text[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.reset_task(task text, fields text[]) IS 'Take back what change_task() set: these fields, or all if NULL, are as code declares them again. Returns the version that holds.';

-- Name: restore_calendar(text, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.restore_calendar(name text, version integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Let a calendar be as it was at a version, also one that was removed since.
-- Returns  its new version.   Locks  its row.   Errors  PS028 no admin; PS010 no such version.
#variable_conflict use_column
declare
  v_columns jsonb := pgsched._require_version_of('calendar', restore_calendar.name, restore_calendar.version);
  v_holidays jsonb := v_columns - array['weekend', 'about'];
begin
  insert into pgsched.calendar (name, weekend, about)
  values (restore_calendar.name, array(select jsonb_array_elements_text(v_columns -> 'weekend')::integer), v_columns ->> 'about')
  on conflict (name) do update set weekend = excluded.weekend, about = excluded.about;
  delete from pgsched.holiday as h where h.calendar = restore_calendar.name and not v_holidays ? to_char(h.day, 'YYYY-MM-DD');
  insert into pgsched.holiday as h (calendar, day, name)
  select restore_calendar.name, d.key::date, d.value from jsonb_each_text(v_holidays) as d
  on conflict (calendar, day) do update set name = excluded.name where h.name <> excluded.name;
  return (select c.version from pgsched.calendar as c where c.name = restore_calendar.name);
end $$;

-- Name: FUNCTION restore_calendar(name text, version integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.restore_calendar(name text, version integer) IS 'Let a calendar be as it was at a version of pgsched.calendar_version, also if it was removed since; that makes a new version, and returns it.';

-- Name: restore_declared(text, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.restore_declared(kind text, name text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Let a schedule or subscription be as code declares it again, whatever an operator has changed, and also if it was removed.
-- Locks    its row.   Notifies  pgsched_schedule.   Errors  PS003, PS004 code declares none of this name.
declare
  v_whole jsonb;
begin
  perform pgsched._require_admin();
  select d.columns into v_whole
    from pgsched._declaration as d where d.kind = restore_declared.kind and d.name = restore_declared.name;
  if not found then
    raise exception using errcode = case restore_declared.kind when 'schedule' then 'PS003' else 'PS004' end,
      message = format('no code declares %s %L', restore_declared.kind, restore_declared.name), hint = 'see pgsched.declaration';
  end if;
  perform pgsched._write_as(restore_declared.kind, restore_declared.name, v_whole, v_whole);
end $$;

-- Name: FUNCTION restore_declared(kind text, name text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.restore_declared(kind text, name text) IS 'Let a schedule or subscription (kind) be as code declares it again, whatever an operator has changed or removed.';

-- Name: restore_schedule(text, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.restore_schedule(name text, version integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Let a schedule be as it was at a version, also one that was removed since.
-- Returns  its new version.   Locks, notifies  as change_schedule().   Errors  PS028 no admin; PS010 no such version; else as change_schedule().
declare
  v_columns jsonb := pgsched._require_version_of('schedule', restore_schedule.name, restore_schedule.version);
begin
  if exists (select from pgsched.schedule as s where s.name = restore_schedule.name) then
    return pgsched.change_schedule(restore_schedule.name, v_columns);
  end if;
  insert into pgsched.schedule
  select (jsonb_populate_record(null::pgsched.schedule, v_columns || jsonb_build_object('name', restore_schedule.name))).*;
  return (select s.version from pgsched.schedule as s where s.name = restore_schedule.name);
end $$;

-- Name: FUNCTION restore_schedule(name text, version integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.restore_schedule(name text, version integer) IS 'Let a schedule be as it was at a version of pgsched.schedule_version, also if it was removed since; that makes a new version, and returns it.';

-- Name: resume_endpoint(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.resume_endpoint(name text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Locks    its row.   Notifies  pgsched_task.   Errors  PS016 unknown endpoint.
declare
  v_endpoint pgsched._endpoint := pgsched._require_endpoint(resume_endpoint.name);
begin
  update pgsched._endpoint as e set paused = false, paused_until = null, problem = null where e.name = v_endpoint.name;
  perform pgsched._notify('pgsched_task', '');
end $$;

-- Name: FUNCTION resume_endpoint(name text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.resume_endpoint(name text) IS 'Send an endpoint its jobs again, at once, whatever had stopped that: an operator, 410, 429 or 503.';

-- Name: resume_queue(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.resume_queue(queue text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  perform pgsched._require_admin();
  update pgsched._queue as q set paused = false where q.name = resume_queue.queue;
  perform pgsched._wake(array[resume_queue.queue], array['-infinity'::timestamptz]);
end $$;

-- Name: FUNCTION resume_queue(queue text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.resume_queue(queue text) IS 'Let workers claim from the queue again; without effect if it was not paused.';

-- Name: resume_schedule(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.resume_schedule(name text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Errors   PS003 unknown schedule.
begin
  perform pgsched.change_schedule(resume_schedule.name, '{"paused": false}');
end $$;

-- Name: FUNCTION resume_schedule(name text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.resume_schedule(name text) IS 'Let a paused schedule go on, from now.';

-- Name: resume_task(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.resume_task(task text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Let the jobs of a task run again. The first 10,000 that waited are ready at once, upkeep() admits the rest.
-- Returns  how many are ready at once.   Locks  _blocked rows.   Notifies  as _announce().
-- Errors   PS002 unknown task.
declare
  v_enabled boolean;
begin
  perform pgsched._require_task(resume_task.task);
  update pgsched._task as t set paused = false where t.name = resume_task.task returning t.enabled into v_enabled;
  return case when v_enabled then pgsched._admit_blocked(resume_task.task, 10000) else 0 end;
end $$;

-- Name: FUNCTION resume_task(task text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.resume_task(task text) IS 'Let the jobs of a paused task run again; returns how many that waited are ready at once: 0 also where it is disabled.';

-- Name: retire_declarations(text, text[], text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.retire_declarations(kind text, tasks text[], names text[]) RETURNS text[]
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- End what code declared of these tasks at some earlier time and declares no more: all but names. What an operator made under such a name
-- stays.
-- Returns  the names of those ended.   Locks  their rows.   Errors  PS010 kind; where one is changed at the same moment, as a DELETE.
declare
  v_gone text[];
begin
  perform pgsched._require_admin();
  if retire_declarations.kind is null or retire_declarations.kind not in ('schedule', 'subscription') then
    raise exception using errcode = 'PS010', message = 'kind must be schedule or subscription',
      detail = format('got %L', retire_declarations.kind);
  end if;
  with gone as (
    delete from pgsched._declaration as d
     where d.kind = retire_declarations.kind and d.columns ->> 'task' = any(retire_declarations.tasks)
       and d.name <> all(retire_declarations.names)
    returning d.name, d.made = pgsched._which(d.kind, d.name) as ours),
  ended as (
    delete from pgsched.schedule as s using gone as g
     where retire_declarations.kind = 'schedule' and s.name = g.name and g.ours returning s.name),
  unsubscribed as (
    delete from pgsched.subscription as s using gone as g
     where retire_declarations.kind = 'subscription' and s.name = g.name and g.ours returning s.name)
  select coalesce(array_agg(e.name order by e.name), '{}') into v_gone
    from (select x.name from ended as x union all select x.name from unsubscribed as x) as e;
  return v_gone;
end $$;

-- Name: FUNCTION retire_declarations(kind text, tasks text[], names text[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.retire_declarations(kind text, tasks text[], names text[]) IS 'End the schedules or subscriptions (kind) that code once declared of these tasks, all but names; workers call it at their start.';

-- Name: retry_run(bigint, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.retry_run(job_id bigint, attempt integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Run a job again, as redrive() does, if this was its last run.
-- Locks    one _ended row.   Notifies  as _announce().
-- Errors   PS001 unknown job; PS008 unknown run; PS020 the job has not ended, or not with this run; PS023 not READ COMMITTED;
--          PS028 the user may not change it.
begin
  perform pgsched._require_run(retry_run.job_id, retry_run.attempt);
  perform from pgsched._ended as e where e.id = retry_run.job_id for update;
  if not exists (select from pgsched._run as r where r.job_id = retry_run.job_id and r.attempt > retry_run.attempt)
     and pgsched._redrive(array[retry_run.job_id]) <> '{}' then return; end if;
  raise exception using errcode = 'PS020',
    message = format('run %s-%s is not the end of its job, which is %s', retry_run.job_id, retry_run.attempt,
                     pgsched._require_job(retry_run.job_id)),
    hint = 'only the last run of a dead, cancelled or expired job is retried';
end $$;

-- Name: FUNCTION retry_run(job_id bigint, attempt integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.retry_run(job_id bigint, attempt integer) IS 'Run a dead, cancelled or expired job again, if this attempt was its last; it has a fresh budget.';

-- Name: revoke_api_key(bigint); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.revoke_api_key(id bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Errors   PS028 the actor is neither its user nor an admin; PS007 unknown key.
begin
  perform pgsched._require_self((select u.name from pgsched._api_key as k join pgsched._user as u on u.id = k.user_id
                                  where k.id = revoke_api_key.id));
  update pgsched._api_key as k set revoked_at = coalesce(k.revoked_at, pgsched.clock()) where k.id = revoke_api_key.id;
  if found then return; end if;
  raise exception using errcode = 'PS007', message = format('API key %s does not exist', revoke_api_key.id), hint = 'see pgsched.api_key';
end $$;

-- Name: FUNCTION revoke_api_key(id bigint); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.revoke_api_key(id bigint) IS 'End a key, at once and for ever.';

-- Name: rise(uuid); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.rise(p_worker uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select pgsched._require_admin();
  delete from pgsched._idle as i where i.worker = p_worker $$;

-- Name: FUNCTION rise(p_worker uuid); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.rise(p_worker uuid) IS 'Take a worker off the list of sleepers: it is busy, enqueuers need not notify it.';

-- Name: rotate_endpoint(text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.rotate_endpoint(name text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Returns  the new secret, this once.   Locks  its row.   Errors  PS016 unknown endpoint.
declare
  v_endpoint pgsched._endpoint := pgsched._require_endpoint(rotate_endpoint.name);
  v_secret text := pgsched._new_secret();
begin
  update pgsched._endpoint as e
     set secrets = array[v_secret, v_endpoint.secrets[1]], version = e.version + 1, updated_at = pgsched.clock()
   where e.name = v_endpoint.name;
  return v_secret;
end $$;

-- Name: FUNCTION rotate_endpoint(name text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.rotate_endpoint(name text) IS 'Give an endpoint a new secret, and return it. Requests are signed by it and by the one before, until the next rotation; the one before that ends. So: rotate, tell the endpoint, and rotate once more if the old one is known to others.';

-- Name: rotate_hook(text, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.rotate_hook(name text, secret text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Returns  the new version.   Locks  its row.
-- Errors   PS028 no admin; PS009 unknown hook; PS010 the secret is none, or it has it already, or ten others.
declare
  v_hook pgsched._hook;
  v_known text[];
begin
  perform pgsched._require_admin();
  v_hook := pgsched._require_hook(rotate_hook.name);
  perform pgsched._require_secret(v_hook.style, rotate_hook.secret);
  v_known := (pgsched._hook_secrets(v_hook.name)).secrets;
  if rotate_hook.secret = any(v_known) then
    raise exception using errcode = 'PS010', message = 'the hook has this secret already', column = 'secret';
  elsif cardinality(v_known) >= 10 then
    raise exception using errcode = 'PS010', message = 'a hook has at most 10 secrets', hint = 'finish its rotation: finish_rotation()';
  end if;
  insert into pgsched._hook_secret (hook, secret) values (v_hook.name, rotate_hook.secret);
  return pgsched._next_version(v_hook.name);
end $$;

-- Name: FUNCTION rotate_hook(name text, secret text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.rotate_hook(name text, secret text) IS 'Give a hook a new secret. Those that it has stay good until finish_rotation(), so that its sender may change at any time. Returns its version.';

-- Name: rotate_secret(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.rotate_secret() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Sign access tokens by a new secret. Those signed before stay good until they expire; so do the API's processes, which ask every minute.
-- Locks    the table of secrets: of two at once, one comes after the other.   Errors  PS028 no admin.
declare
  v_now timestamptz := pgsched.clock();
begin
  perform pgsched._require_admin();
  lock table pgsched._secret in share row exclusive mode;
  update pgsched._secret as s set expires_at = v_now + make_interval(secs => pgsched._setting('access_token_s') + 120)
   where s.expires_at is null;
  insert into pgsched._secret (value, made_at)
  select sha256(string_agg(uuid_send(gen_random_uuid()), ''::bytea)), v_now from generate_series(1, 4);   -- 488 random bits
end $$;

-- Name: FUNCTION rotate_secret(); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.rotate_secret() IS 'Sign access tokens by a new secret, which nobody sees. Those signed before stay good until they expire, but no longer than the setting access_token_s now says.';

-- Name: save_checkpoint(uuid, bigint, bigint, integer, jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.save_checkpoint(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_value jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Keep a value of a job that this worker holds, in place of the one before.
-- Locks    the _claim row, then the job's row of _checkpoint.
-- Errors   PS010 the value is too large; PS021 the worker no longer holds the job; 23502 NULL.
declare
  v_bytes bigint := octet_length(p_value::text);
begin
  perform pgsched._require_admin();
  if v_bytes > pgsched._setting('checkpoint_bytes_max') then
    raise exception using errcode = 'PS010', message = format('a checkpoint must not exceed %s bytes', pgsched._setting('checkpoint_bytes_max')),
      detail = format('got %s bytes', v_bytes),
      hint = 'store large data elsewhere and keep its key, or raise the setting checkpoint_bytes_max';
  end if;
  perform pgsched._require_held(p_worker, p_claim, p_id, p_attempt);
  insert into pgsched._checkpoint as k (id, attempt, saved_at, value) values (p_id, p_attempt, pgsched.clock(), p_value)
  on conflict (id) do update set attempt = excluded.attempt, saved_at = excluded.saved_at, value = excluded.value;
end $$;

-- Name: FUNCTION save_checkpoint(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_value jsonb); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.save_checkpoint(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_value jsonb) IS 'Keep one JSON value of a job for its later attempts, in place of the one before; for the worker that holds it.';

-- Name: save_script(text, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.save_script(name text, source text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Save a script, as a new version unless the newest says the same. For the schema's owner.
-- Returns  the version that is newest now.   Locks  the table, against others who save.
-- Errors   PS028 no admin; 23514 with a constraint whose name says what is allowed; 23502 null.
declare
  v_newest pgsched._script;
begin
  perform pgsched._require_admin();
  lock table pgsched._script in share row exclusive mode;
  select s.* into v_newest from pgsched._script as s where s.name = save_script.name order by s.version desc limit 1;
  if v_newest.source = save_script.source then return v_newest.version; end if;
  insert into pgsched._script (name, version, source, saved_at, saved_by)
  values (save_script.name, coalesce(v_newest.version, 0) + 1, save_script.source, clock_timestamp(), session_user)
  returning version into v_newest.version;
  return v_newest.version;
end $$;

-- Name: FUNCTION save_script(name text, source text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.save_script(name text, source text) IS 'Save Python by name, for jobs of python.script; returns its version, a new one unless nothing has changed.';

-- Name: set_password(text, text, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.set_password(name text, password_hash text, version integer DEFAULT NULL::integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Returns  the new version: every log-in of the user ends, and access tokens made before are good no more.
-- Locks    its row, then those of its sessions.
-- Errors   PS028 neither the user nor an admin; PS006 unknown user; PS026 it is not at the expected version.
declare
  v_user pgsched._user;
begin
  perform pgsched._require_self(set_password.name);
  v_user := pgsched._require_user(set_password.name);
  perform pgsched._require_version('user', v_user.name, v_user.version, set_password.version);
  update pgsched._user as u set password_hash = set_password.password_hash, version = u.version + 1, updated_at = pgsched.clock()
   where u.id = v_user.id;
  perform pgsched._end_sessions(v_user.id);
  return v_user.version + 1;
end $$;

-- Name: FUNCTION set_password(name text, password_hash text, version integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.set_password(name text, password_hash text, version integer) IS 'Set the hash (argon2id) of a user''s password, NULL for none; every log-in of the user ends. Returns the new version.';

-- Name: sign_up(text, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.sign_up(name text, password_hash text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Returns  the id of the new user, of role user and no team.   Errors  PS028 sign-up is closed; PS010 no password; else as create_user().
begin
  perform pgsched._require_sign_up();
  if sign_up.password_hash is null then
    raise exception using errcode = 'PS010', message = 'password_hash must not be null';
  end if;
  return pgsched._create_user(sign_up.name, 'user', null, sign_up.password_hash);
end $$;

-- Name: FUNCTION sign_up(name text, password_hash text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.sign_up(name text, password_hash text) IS 'Make a user for oneself, where the setting sign_up is 1. Returns its id.';

-- Name: snooze(uuid, bigint[], bigint[], integer[], double precision[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.snooze(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_delays_s double precision[]) RETURNS TABLE(id bigint, attempt integer, verdict text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
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

-- Name: FUNCTION snooze(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_delays_s double precision[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.snooze(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_delays_s double precision[]) IS 'Run these jobs again after a delay in seconds, uncharged. Returns only what is not as asked.';

-- Name: subscribe(text, text, text, text, jsonb, text, integer, interval, text, boolean, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.subscribe(name text, event_type text, task text, filter text DEFAULT NULL::text, args jsonb DEFAULT NULL::jsonb, queue text DEFAULT NULL::text, priority integer DEFAULT NULL::integer, delay interval DEFAULT '00:00:00'::interval, key text DEFAULT NULL::text, enabled boolean DEFAULT NULL::boolean, expected integer DEFAULT NULL::integer) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Make a subscription, or change the one of this name to be exactly so; what an operator enabled or disabled stays, if enabled is NULL.
-- With expected, only if it has that version; 0: if there is none.
-- Returns  its version: the same as before if nothing changed.
-- Locks    its row.   Errors  PS004 there is none, PS026 it has another version than expected; those of an INSERT into the view.
#variable_conflict use_column
declare
  v_version integer;
begin
  perform pgsched._require_admin();
  perform pgsched._expect_subscription(subscribe.name, subscribe.expected);
  insert into pgsched.subscription as s (name, event_type, task, filter, args, queue, priority, delay, key, enabled)
  values (subscribe.name, subscribe.event_type, subscribe.task, subscribe.filter, subscribe.args, subscribe.queue, subscribe.priority,
          subscribe.delay, subscribe.key, coalesce(subscribe.enabled, true))
  on conflict (name) do update
     set event_type = excluded.event_type, task = excluded.task, filter = excluded.filter, args = excluded.args, queue = excluded.queue,
         priority = excluded.priority, delay = excluded.delay, key = excluded.key, enabled = coalesce(subscribe.enabled, s.enabled)
   where subscribe.expected is distinct from 0
  returning s.version into v_version;
  if not found then perform pgsched._expect_subscription(subscribe.name, 0); end if;   -- raises: it came between
  return v_version;
end $$;

-- Name: FUNCTION subscribe(name text, event_type text, task text, filter text, args jsonb, queue text, priority integer, delay interval, key text, enabled boolean, expected integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.subscribe(name text, event_type text, task text, filter text, args jsonb, queue text, priority integer, delay interval, key text, enabled boolean, expected integer) IS 'Make a subscription, or change it to be exactly so; columns as of the view subscription. enabled NULL: as it is, true for a new one. With expected, only if it has that version; 0: only if there is none. Returns its version.';

-- Name: suspects_due(text[]); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.suspects_due(p_queues text[]) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select pgsched._require_admin();
  select count(*) from (
    select from pgsched._blocked as b where b.reason = 'suspect' and b.subject = any(p_queues) and b.due_at <= pgsched.clock()
       and not pgsched._held(b.id, b.queue) limit 100) as s $$;

-- Name: FUNCTION suspects_due(p_queues text[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.suspects_due(p_queues text[]) IS 'How many suspects of these queues are due, counted up to 100.';

-- Name: tick(integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.tick(p_limit integer DEFAULT 1000, OUT decided integer, OUT next_due_at timestamp with time zone, OUT apart boolean) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    AS $$
-- Decide the slots of up to p_limit (1..10000) schedules whose time has come: each fires, making its job in this transaction, or is
-- recorded as skipped or missed. A schedule that fails stops nobody: the error becomes its problem, and it is tried again in a minute.
-- Returns  how many slots were decided: if not 0 call it again; when the next is due (NULL: none is planned); and whether there is
--          something for tick_apart().
-- Locks    _schedule rows, skipping what is locked.   Notifies  as an enqueue.   Errors  PS010 p_limit; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_names text[];
  v_busy text[];
  v_name text;
begin
  perform pgsched._require_admin();
  perform pgsched._require_range('p_limit', p_limit, 1, 10000);
  perform pgsched._require_read_committed();
  perform pgsched._replan(v_now);
  v_names := pgsched._due(v_now, p_limit, false);
  decided := 0;
  if v_names <> '{}' then
    v_names := pgsched._lock_schedules(v_names);
    v_busy := pgsched._busy(v_names);
    -- a job to cancel may be locked by whoever is about to complete it
    with apart as (
      update pgsched._schedule as s set retry_at = v_now where s.name = any(v_busy) and s.overlap = 'cancel' returning s.name::text)
    select array(select n from unnest(v_names) as n except select a.name from apart as a) into v_names;
    begin
      decided := pgsched._fire(v_names, v_busy, v_now);
    exception when others then   -- one by one, to find whose fault it is
      foreach v_name in array v_names loop
        begin
          decided := decided + pgsched._fire(array[v_name], v_busy, v_now);
        exception when others then
          update pgsched._schedule as s set retry_at = v_now + interval '1 minute', tick_problem = sqlerrm where s.name = v_name;
        end;
      end loop;
    end;
  end if;
  apart := pgsched._due(v_now, 1, true) <> '{}';
  next_due_at := case when pgsched._due(v_now, 1, false) <> '{}' then v_now
                      else (select min(p.due_at) from pgsched._plan as p where not p.held and p.due_at > v_now) end;
end $$;

-- Name: FUNCTION tick(p_limit integer, OUT decided integer, OUT next_due_at timestamp with time zone, OUT apart boolean); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.tick(p_limit integer, OUT decided integer, OUT next_due_at timestamp with time zone, OUT apart boolean) IS 'Make the jobs of schedules whose time has come; returns how many slots it decided, when the next is due, and whether there is something for tick_apart(). Workers do it. Called from elsewhere, such as pg_cron, it needs a worker all the same, which plans the slots, and tick_apart() beside it: for conditions, overlap cancel and what failed.';

-- Name: tick_apart(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.tick_apart() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    AS $$
-- Decide the slots of one schedule whose time has come and that tick() leaves out: it has a condition, a job to cancel, or failed before. Call
-- it in a transaction of its own, with a statement_timeout: a condition that is cancelled by it refuses its slot. If it fails, the error
-- becomes the schedule's problem, and it is tried again in a minute; after a second, if only a job to cancel was locked.
-- Returns  how many slots were decided.
-- Locks    one _schedule row, skipping what is locked; _claim rows, for 50 ms at most.   Notifies  as an enqueue; pgsched_cancel.
-- Errors   PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_schedule pgsched._schedule;
begin
  perform pgsched._require_admin();
  perform pgsched._require_read_committed();
  select s.* into v_schedule
    from unnest(pgsched._due(v_now, 1000, true)) with ordinality as d (name, n) join pgsched._schedule as s on s.name = d.name
   where s.deleted_at is null and (s.condition is not null or s.retry_at is not null) and coalesce(s.retry_at <= v_now, true)
     and s.name <> all(array(select t.schedule from pgsched._stale as t))
   order by d.n limit 1 for no key update of s skip locked;
  if not found then return 0; end if;
  begin
    return pgsched._fire_apart(v_schedule, v_now);
  exception
    when lock_not_available then
      update pgsched._schedule as s set retry_at = v_now + interval '1 second' where s.name = v_schedule.name;
    when query_canceled or others then   -- cut off while it waits for a lock, or after a condition that took almost all of the time
      update pgsched._schedule as s set retry_at = v_now + interval '1 minute', tick_problem = sqlerrm where s.name = v_schedule.name;
  end;
  return 0;
end $$;

-- Name: FUNCTION tick_apart(); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.tick_apart() IS 'As tick(), for one schedule that has a condition, a job to cancel, or failed before. Call it in a transaction of its own, with a statement_timeout of a second or so, while tick() says that there is something.';

-- Name: trigger_schedule(text, jsonb); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.trigger_schedule(name text, args jsonb DEFAULT NULL::jsonb) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    AS $$
-- Make its job now, besides its slots: none of them moves, and its policies are not asked. Slots to come heed it as one of its jobs. Into
-- _job itself: it is the schedule's owner's, whoever triggers it.
-- Definer: whoever keeps schedules need not be allowed to enqueue.
-- Returns  the job's id.   Locks  its row.
-- Errors   PS003 unknown schedule; PS028 the user may trigger none; 23514 args that are no object.
declare
  v_schedule pgsched._schedule := pgsched._require_schedule(trigger_schedule.name);
  v_now timestamptz := date_trunc('second', pgsched.clock());
  v_id bigint := pgsched.new_id();
begin
  perform pgsched._require_writer();
  insert into pgsched._job (id, task, args, queue, priority, due_at, created_at, labels, task_version, owner_id)
  select v_id, v_schedule.task,
         coalesce(trigger_schedule.args, pgsched._args_at(v_schedule.args, v_schedule.name, v_now))::pgsched.job_args,
         coalesce(v_schedule.queue, t.queue, 'default'), coalesce(v_schedule.priority, t.priority, 0), pgsched.clock(), clock_timestamp(),
         coalesce(v_schedule.labels, '{}') || jsonb_build_object('schedule', v_schedule.name, 'triggered', true), t.version,
         v_schedule.owner_id
    from (select) as one left join pgsched._task as t on t.name = v_schedule.task;
  update pgsched._schedule as s set last_jobs = pgsched._live(s.last_jobs) || v_id where s.name = v_schedule.name;
  return v_id;
end $$;

-- Name: FUNCTION trigger_schedule(name text, args jsonb); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.trigger_schedule(name text, args jsonb) IS 'Make a schedule''s job now, with its args or others; its slots stay as they are. Returns the id.';

-- Name: unplanned(integer, double precision); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.unplanned(p_limit integer, p_ahead_s double precision DEFAULT 60) RETURNS SETOF pgsched._schedule
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Take up to p_limit (1..10000) schedules whose slots are planned for less than p_ahead_s (1..86400) seconds from now; nobody else
-- is given them for a minute. Those that were changed, or never planned, first.
-- Returns  their rows: since and planned_to say from when on.
-- Locks    _schedule rows, skipping what is locked.   Errors  PS010 p_limit, p_ahead_s.
declare
  v_now timestamptz := pgsched.clock();
begin
  perform pgsched._require_admin();
  perform pgsched._require_range('p_limit', p_limit, 1, 10000);
  perform pgsched._require_range('p_ahead_s', p_ahead_s::numeric, 1, 86400);
  return query
  with due as (
    select s.name from pgsched._schedule as s
     where s.deleted_at is null and s.planner_until < v_now and s.planned_until < v_now + make_interval(secs => p_ahead_s)
     order by s.planned_until limit p_limit for no key update skip locked)
  update pgsched._schedule as s set planner_until = v_now + interval '1 minute' from due where s.name = due.name returning s.*;
end $$;

-- Name: FUNCTION unplanned(p_limit integer, p_ahead_s double precision); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.unplanned(p_limit integer, p_ahead_s double precision) IS 'Schedules that need slots, for a planner, which then calls plan().';

-- Name: unsubscribe(text, integer); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.unsubscribe(name text, expected integer DEFAULT NULL::integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- End a subscription. The jobs that it made stay, and the history of events still names it. With expected, only if it has that version.
-- Errors   PS004 there is none; PS026 it has another version.
begin
  perform pgsched._require_admin();
  perform pgsched._expect_subscription(unsubscribe.name, unsubscribe.expected);
  delete from pgsched.subscription as s where s.name = unsubscribe.name;
  if not found then perform pgsched._unknown_subscription(unsubscribe.name); end if;
end $$;

-- Name: FUNCTION unsubscribe(name text, expected integer); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.unsubscribe(name text, expected integer) IS 'End a subscription; the jobs that it made stay. One that is made anew by its name is another one to replay().';

-- Name: unwatch(regclass, text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.unwatch(relation regclass, type text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- Rows of a table become events of this type no more.
-- Locks    the table, ACCESS EXCLUSIVE.   Errors  PS010 they do not.
begin
  perform pgsched._require_admin();
  if pgsched._unwatch(unwatch.relation, unwatch.type) > 0 then return; end if;
  raise exception using errcode = 'PS010', message = 'the table is not watched for events of this type',
    detail = format('%s, %s', coalesce(unwatch.relation::text, 'null'), coalesce(unwatch.type, 'null'));
end $$;

-- Name: FUNCTION unwatch(relation regclass, type text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.unwatch(relation regclass, type text) IS 'Take back watch(): rows of the table become events of this type no more.';

-- Name: upkeep(); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.upkeep() RETURNS TABLE(step text, done text, more boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
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
  perform pgsched._require_admin();
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
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select pgsched._require_admin();
  -- By the statistics that Postgres keeps in memory, so it costs microseconds. A held snapshot keeps dead rows for as long
  -- as it lasts: without the five seconds' pause, workers would do nothing but vacuum then. Invoker: VACUUM only warns who may not.
  select h.name
    from pgsched._hot_tables() as h join pg_class as t on t.oid = to_regclass(h.name)
   where pg_stat_get_dead_tuples(t.oid) >= greatest(h.dead_min, pg_stat_get_live_tuples(t.oid) / 10)
     and coalesce(greatest(pg_stat_get_last_vacuum_time(t.oid), pg_stat_get_last_autovacuum_time(t.oid)), '-infinity')
         < clock_timestamp() - interval '5 seconds'
     and case when pg_has_role(t.relowner, 'usage') then true
              when current_setting('server_version_num')::integer >= 170000 then has_table_privilege(t.oid, 'maintain')
              else false end $$;

-- Name: FUNCTION vacuum_due(); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.vacuum_due() IS 'The hot tables in which dead rows have piled up, and which the caller may vacuum; none if empty. Run VACUUM (SKIP_LOCKED) on each, outside a transaction: autovacuum naps for a minute, in which a busy scheduler leaves millions.';

-- Name: watch(regclass, text, text, text[], text); Type: FUNCTION; Schema: pgsched; Owner: -

CREATE FUNCTION pgsched.watch(relation regclass, operations text, type text, columns text[] DEFAULT NULL::text[], when_ text DEFAULT NULL::text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
-- From now on, rows of a table become events of a type, in the transaction that writes them. Instead of an earlier watch() of this type.
--   operations  insert, update, delete, or several: 'insert or update'
--   columns     what data has of a row, and what an update must change to count; NULL: all
--   when_       an SQL condition on new and old, run as the table's owner; name your own functions and types with their schema
-- Invoker: it makes a function and triggers, as the table's owner can.
-- Locks    the table, SHARE ROW EXCLUSIVE.
-- Errors   PS010 the table, operations, columns, when_; 23514 type; 42501 the table is not the caller's, or its owner may not emit.
declare
  v_operations text[] := array(select distinct u from unnest(regexp_split_to_array(lower(trim(watch.operations)), '\s+or\s+')) as u);
  v_operation text;
  v_owner regrole;
  v_name text;
  v_watched jsonb;
begin
  perform pgsched._require_admin();
  perform pgsched._require_watchable(watch.relation);
  perform watch.type::pgsched.event_type;
  if v_operations = '{}' or not v_operations <@ array['insert', 'update', 'delete'] then
    raise exception using errcode = 'PS010', message = 'operations must be insert, update, delete or several with or between',
      detail = format('got %L', watch.operations), hint = 'insert or update';
  end if;
  perform pgsched._require_readable(watch.relation, watch.columns, watch.when_);
  perform pgsched._unwatch(watch.relation, watch.type);
  select c.relowner, format('%I.%I', n.nspname, '_pgsched_' || left(replace(gen_random_uuid()::text, '-', ''), 16)) into v_owner, v_name
    from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace where c.oid = watch.relation;
  v_watched := pgsched._watched(watch.relation, watch.type, watch.columns, watch.when_);
  execute format('create function %s() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as %L', v_name,
                 pgsched._watch_body(watch.relation, v_operations, v_watched));
  execute format('revoke execute on function %s() from public', v_name);
  if v_owner <> (select r.oid from pg_catalog.pg_roles as r where r.rolname = current_user) then
    execute format('alter function %s() owner to %s', v_name, v_owner);
  end if;
  foreach v_operation in array v_operations loop
    execute format('create trigger %I after %s on %s referencing %s for each statement execute function %s(%L, %L)',
                   format('pgsched_%s_%s', v_operation, md5(watch.type)), v_operation, watch.relation,
                   case v_operation when 'insert' then 'new table as pgsched_new' when 'delete' then 'old table as pgsched_old'
                                    else 'new table as pgsched_new old table as pgsched_old' end, v_name, v_watched, pgsched._watch_shape(v_watched));
  end loop;
end $$;

-- Name: FUNCTION watch(relation regclass, operations text, type text, columns text[], when_ text); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON FUNCTION pgsched.watch(relation regclass, operations text, type text, columns text[], when_ text) IS 'From now on, the rows that are inserted, updated or deleted (operations: ''insert or update'') in a table of the caller''s become events of this type, in the same transaction. data is {operation, new, old}, source the table, subject the primary key. With columns, data has only these, and an update that changes none of them is no event. when_ is an SQL condition on new and old; its errors are the writer''s. Columns that these two name may be renamed or dropped: events know them by the names that they had, or as NULL, more slowly until watch() is called again; where the condition works no more, writes go on with a warning, without events.';

-- Name: _add(integer[]); Type: AGGREGATE; Schema: pgsched; Owner: -

CREATE AGGREGATE pgsched._add(integer[]) (
    SFUNC = pgsched._add,
    STYPE = integer[],
    INITCOND = '{}',
    PARALLEL = safe
);

-- Name: AGGREGATE _add(integer[]); Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON AGGREGATE pgsched._add(integer[]) IS 'The sum of histograms; {} of none.';

-- Name: _api_key; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._api_key (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    name text NOT NULL,
    hash bytea NOT NULL,
    shown text NOT NULL,
    scopes text[] NOT NULL,
    queues text[],
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    CONSTRAINT "hash must be a SHA-256" CHECK ((octet_length(hash) = 32)),
    CONSTRAINT "name must have 1 to 200 characters" CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT "queues must name some, or be NULL for all" CHECK (((cardinality(queues) > 0) AND (array_position(queues, NULL::text) IS NULL))),
    CONSTRAINT "scopes must be some of read, write, admin, worker" CHECK (((cardinality(scopes) > 0) AND (scopes <@ '{read,write,admin,worker}'::text[])))
);

-- Name: COLUMN _api_key.hash; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._api_key.hash IS 'SHA-256 of the key, which is 32 random bytes: who reads this table has no key.';

-- Name: COLUMN _api_key.shown; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._api_key.shown IS 'What it begins with, to tell it from others.';

-- Name: COLUMN _api_key.last_used_at; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._api_key.last_used_at IS 'To the minute.';

-- Name: _api_key_id_seq; Type: SEQUENCE; Schema: pgsched; Owner: -

ALTER TABLE pgsched._api_key ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME pgsched._api_key_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: _blackout; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._blackout (
    name pgsched.calendar_name NOT NULL,
    starts_at pgsched.schedule_time NOT NULL,
    ends_at pgsched.schedule_time NOT NULL,
    reason text NOT NULL,
    CONSTRAINT "ends_at must be after starts_at" CHECK (((ends_at)::timestamp with time zone > (starts_at)::timestamp with time zone))
);

-- Name: _calendar; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._calendar (
    name pgsched.calendar_name NOT NULL,
    weekend integer[] DEFAULT '{6,7}'::integer[] NOT NULL,
    about text,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT "weekend must hold days from 1 (Monday) to 7 (Sunday), not all o" CHECK (((weekend <@ '{1,2,3,4,5,6,7}'::integer[]) AND (NOT (weekend @> '{1,2,3,4,5,6,7}'::integer[]))))
);

-- Name: _cancel; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._cancel (
    id bigint NOT NULL,
    worker uuid NOT NULL,
    requested_at timestamp with time zone NOT NULL
);

-- Name: _checkpoint; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._checkpoint (
    id bigint NOT NULL,
    attempt integer NOT NULL,
    saved_at timestamp with time zone NOT NULL,
    value jsonb NOT NULL
);

-- Name: TABLE _checkpoint; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TABLE pgsched._checkpoint IS 'What a handler has kept of a job for its later attempts; removed once the job has ended.';

-- Name: COLUMN _checkpoint.id; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._checkpoint.id IS 'The job''s.';

-- Name: COLUMN _checkpoint.attempt; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._checkpoint.attempt IS 'Which saved it.';

-- Name: _declaration; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._declaration (
    kind text NOT NULL,
    name text NOT NULL,
    columns jsonb NOT NULL,
    declared_at timestamp with time zone NOT NULL,
    made numeric,
    CONSTRAINT "kind must be schedule or subscription" CHECK ((kind = ANY (ARRAY['schedule'::text, 'subscription'::text])))
);

-- Name: COLUMN _declaration.columns; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._declaration.columns IS 'All that code may declare, also what it has left out.';

-- Name: COLUMN _declaration.made; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._declaration.made IS 'Which one the declaration made, as _which() says. Any other of this name is an operator''s.';

-- Name: _event_job; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._event_job (
    event_id bigint NOT NULL,
    job_id bigint,
    subscription_id bigint NOT NULL,
    problem text
)
PARTITION BY RANGE (event_id);

-- Name: TABLE _event_job; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TABLE pgsched._event_job IS 'What a subscription made of an event that it matched: one job, or, with job_id NULL, a problem.';

-- Name: COLUMN _event_job.problem; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._event_job.problem IS 'Begins with the name that the subscription had.';

-- Name: _event_key; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._event_key (
    source text NOT NULL,
    external_id text NOT NULL,
    owner_id bigint NOT NULL,
    event_id bigint NOT NULL
);

-- Name: COLUMN _event_key.owner_id; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._event_key.owner_id IS 'The user who emitted it; 0: one who sees all. So a user learns of nobody''s ids, and takes none from them.';

-- Name: _version; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._version (
    kind text NOT NULL,
    name text NOT NULL,
    version integer NOT NULL,
    columns jsonb,
    changed_at timestamp with time zone NOT NULL,
    changed_by text NOT NULL,
    xact xid8 NOT NULL,
    CONSTRAINT version_kind CHECK ((kind = ANY (ARRAY['schedule'::text, 'calendar'::text])))
);

-- Name: TABLE _version; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TABLE pgsched._version IS 'What schedules and calendars were.';

-- Name: COLUMN _version.columns; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._version.columns IS 'Of a schedule those that code may declare; of a calendar weekend, about, and the name of each holiday by its day. NULL: it was removed.';

-- Name: COLUMN _version.xact; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._version.xact IS 'What one transaction changes of a calendar is one version.';

-- Name: _history; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched._history AS
 SELECT kind,
    name,
    version,
    changed_at,
    changed_by,
        CASE
            WHEN (columns IS NULL) THEN '{"removed": true}'::jsonb
            ELSE ( SELECT COALESCE(jsonb_object_agg(COALESCE(n.key, o.key), n.value), '{}'::jsonb) AS "coalesce"
               FROM (jsonb_each(v.columns) n(key, value)
                 FULL JOIN jsonb_each(v.before) o(key, value) USING (key))
              WHERE (NULLIF(n.value, 'null'::jsonb) IS DISTINCT FROM NULLIF(o.value, 'null'::jsonb)))
        END AS changes,
    columns
   FROM ( SELECT w.kind,
            w.name,
            w.version,
            w.columns,
            w.changed_at,
            w.changed_by,
            w.xact,
            ( SELECT b.columns
                   FROM pgsched._version b
                  WHERE ((b.kind = w.kind) AND (b.name = w.name) AND (b.version < w.version))
                  ORDER BY b.version DESC
                 LIMIT 1) AS before
           FROM pgsched._version w) v;

-- Name: _holiday; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._holiday (
    calendar pgsched.calendar_name NOT NULL,
    day pgsched.schedule_day NOT NULL,
    name text NOT NULL
);

-- Name: _hook_rate; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._hook_rate (
    hook pgsched.hook_name NOT NULL,
    used_until timestamp with time zone NOT NULL
)
WITH (fillfactor='50');

-- Name: COLUMN _hook_rate.used_until; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._hook_rate.used_until IS 'Each delivery that is taken adds its part of a minute to it, or to the time, if that is later; it may not be more than a minute ahead.';

-- Name: _hook_secret; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._hook_secret (
    id bigint NOT NULL,
    hook pgsched.hook_name NOT NULL,
    secret text NOT NULL
);

-- Name: COLUMN _hook_secret.secret; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._hook_secret.secret IS 'As its sender has it: what verifies an HMAC could also make it, so no hash would do. The schema''s owner alone reads it; no view shows it. Those before the newest are good until the rotation is finished.';

-- Name: _hook_secret_id_seq; Type: SEQUENCE; Schema: pgsched; Owner: -

ALTER TABLE pgsched._hook_secret ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME pgsched._hook_secret_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
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

-- Name: _log_in_attempt; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._log_in_attempt (
    id bigint NOT NULL,
    account text NOT NULL,
    address inet,
    at timestamp with time zone NOT NULL
);

-- Name: TABLE _log_in_attempt; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TABLE pgsched._log_in_attempt IS 'Attempts that failed, or have not ended yet: one counts as failed until it has succeeded.';

-- Name: COLUMN _log_in_attempt.address; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._log_in_attempt.address IS 'Of IPv6, the network of 64 bits, which is one subscriber''s.';

-- Name: _log_in_attempt_id_seq; Type: SEQUENCE; Schema: pgsched; Owner: -

ALTER TABLE pgsched._log_in_attempt ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME pgsched._log_in_attempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: _migration; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._migration (
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

-- Name: TABLE _migration; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TABLE pgsched._migration IS 'The migrations applied to this schema, and the functions, each with the hash of its SQL.';

-- Name: _plan_no_seq; Type: SEQUENCE; Schema: pgsched; Owner: -

CREATE SEQUENCE pgsched._plan_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

-- Name: _queue; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._queue (
    name pgsched.queue_name NOT NULL,
    paused boolean NOT NULL
);

-- Name: _refresh_token; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._refresh_token (
    hash bytea NOT NULL,
    session_id bigint NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    replaced_at timestamp with time zone,
    request bytea,
    sealed text,
    CONSTRAINT "hash must be a SHA-256" CHECK ((octet_length(hash) = 32))
);

-- Name: COLUMN _refresh_token.request; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._refresh_token.request IS 'By which request it was issued, as alone its sender can say: with the token that this one replaced, and the same Idempotency-Key.';

-- Name: COLUMN _refresh_token.sealed; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._refresh_token.sealed IS 'The token, encrypted so that who repeats that request, and nobody else, can read it.';

-- Name: _request; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._request (
    actor text NOT NULL,
    key text NOT NULL,
    digest bytea NOT NULL,
    made_at timestamp with time zone NOT NULL,
    status integer,
    headers jsonb,
    content text,
    CONSTRAINT "Idempotency-Key must have 1 to 200 characters" CHECK (((length(key) >= 1) AND (length(key) <= 200)))
);

-- Name: COLUMN _request.digest; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._request.digest IS 'SHA-256 of the request: another one with this key is a mistake.';

-- Name: COLUMN _request.status; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._request.status IS 'Of the answer; seen by others only once it is there.';

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

-- Name: _script; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._script (
    name pgsched.script_name NOT NULL,
    version integer NOT NULL,
    source text NOT NULL,
    saved_at timestamp with time zone NOT NULL,
    saved_by text NOT NULL,
    CONSTRAINT "source of a script must have at most 1048576 bytes" CHECK ((octet_length(source) <= 1048576))
);

-- Name: _secret; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._secret (
    id bigint NOT NULL,
    value bytea NOT NULL,
    made_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone
);

-- Name: TABLE _secret; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TABLE pgsched._secret IS 'What access tokens are signed with: by the newest. Those before it are good for as long as tokens of them may be.';

-- Name: _secret_id_seq; Type: SEQUENCE; Schema: pgsched; Owner: -

ALTER TABLE pgsched._secret ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME pgsched._secret_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: _session; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._session (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    started_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone
);

-- Name: TABLE _session; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TABLE pgsched._session IS 'A log-in. Whoever makes or ends something of one locks its row.';

-- Name: _session_id_seq; Type: SEQUENCE; Schema: pgsched; Owner: -

ALTER TABLE pgsched._session ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME pgsched._session_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: _setting; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._setting (
    name text NOT NULL,
    value bigint,
    by_default bigint NOT NULL,
    range int8range NOT NULL,
    about text NOT NULL,
    CONSTRAINT "value must lie within range" CHECK (((value <@ range) AND (by_default <@ range)))
);

-- Name: COLUMN _setting.value; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._setting.value IS 'NULL: as it is by default.';

-- Name: _slot; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._slot (
    schedule pgsched.schedule_name NOT NULL,
    nominal timestamp with time zone NOT NULL,
    outcome text NOT NULL,
    reason text,
    job_id bigint,
    decided_at timestamp with time zone NOT NULL,
    CONSTRAINT slot_fired_makes_a_job CHECK (((outcome = 'fired'::text) = (job_id IS NOT NULL))),
    CONSTRAINT slot_outcome CHECK ((outcome = ANY (ARRAY['fired'::text, 'skipped'::text, 'missed'::text])))
);

-- Name: TABLE _slot; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TABLE pgsched._slot IS 'Slots that were decided: once each, which its key says.';

-- Name: _stale; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._stale (
    schedule pgsched.schedule_name NOT NULL
);

-- Name: TABLE _stale; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TABLE pgsched._stale IS 'Schedules whose calendar or blackout has changed, each as often as that happened. The next tick() has them planned anew: whoever keeps calendars waits for no schedule, and none waits for an open transaction.';

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

-- Name: _stat_day; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._stat_day (
    day date NOT NULL,
    task text NOT NULL,
    outcome pgsched.run_outcome NOT NULL,
    runs bigint NOT NULL
)
WITH (fillfactor='70');

-- Name: TABLE _stat_day; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON TABLE pgsched._stat_day IS 'Runs that ended on a day of UTC, added up beside _stat, kept for 400 days.';

-- Name: _subscription; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._subscription (
    id bigint NOT NULL,
    name pgsched.subscription_name NOT NULL,
    event_type pgsched.event_pattern NOT NULL,
    task pgsched.task_name NOT NULL,
    filter text,
    args pgsched.job_args,
    queue pgsched.queue_name,
    priority pgsched.job_priority,
    delay pgsched.event_delay DEFAULT '00:00:00'::interval NOT NULL,
    key pgsched.job_key,
    enabled boolean DEFAULT true NOT NULL,
    version integer DEFAULT 0 NOT NULL,
    updated_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    filter_path jsonpath,
    holes pgsched._hole[] NOT NULL,
    key_path jsonpath,
    whole boolean NOT NULL,
    tasks text[]
);

-- Name: COLUMN _subscription.id; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._subscription.id IS 'Stays when the name changes.';

-- Name: COLUMN _subscription.whole; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._subscription.whole IS 'Whether it asks for more of an event than data, the rest of which takes longer to make than a job.';

-- Name: COLUMN _subscription.tasks; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._subscription.tasks IS 'Of job.*: the only tasks whose ends the filter is not false for; NULL: any.';

-- Name: _subscription_id_seq; Type: SEQUENCE; Schema: pgsched; Owner: -

ALTER TABLE pgsched._subscription ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME pgsched._subscription_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: _task_version; Type: TABLE; Schema: pgsched; Owner: -

CREATE TABLE pgsched._task_version (
    task text NOT NULL,
    version integer NOT NULL,
    policy jsonb NOT NULL,
    overrides jsonb NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changed_by text NOT NULL
);

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

COMMENT ON COLUMN pgsched._upkeep.mark IS 'How far the step has come: an id, or milliseconds since 1970, as the step needs.';

-- Name: COLUMN _upkeep.did; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._upkeep.did IS 'How much its last call did, in its own unit: partitions, runs, jobs, rows.';

-- Name: COLUMN _upkeep.total; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._upkeep.total IS 'Sum of did.';

-- Name: COLUMN _upkeep.note; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._upkeep.note IS 'The last thing worth telling somebody.';

-- Name: COLUMN _upkeep.error; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._upkeep.error IS 'Why the last call failed; NULL if it did not.';

-- Name: _user_id_seq; Type: SEQUENCE; Schema: pgsched; Owner: -

ALTER TABLE pgsched._user ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME pgsched._user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

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
    token bytea,
    owner_id bigint,
    CONSTRAINT worker_role CHECK ((role = ANY (ARRAY['supervisor'::text, 'child'::text, 'suspect'::text, 'push'::text, 'endpoint'::text])))
)
WITH (fillfactor='50');

-- Name: COLUMN _worker.token; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._worker.token IS 'Of an endpoint that goes on with a job by itself: SHA-256 of what it shows.';

-- Name: COLUMN _worker.owner_id; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched._worker.owner_id IS 'The user with whose key it registered over HTTP; NULL: nobody''s.';

-- Name: api_key; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.api_key AS
 SELECT k.id,
    u.name AS user_name,
    k.name,
    k.shown,
    k.scopes,
    k.queues,
    k.created_at,
    k.expires_at,
    k.revoked_at,
    k.last_used_at,
    ((k.revoked_at IS NULL) AND COALESCE((k.expires_at > n.now), true) AND (NOT u.disabled)) AS works
   FROM ((pgsched._api_key k
     JOIN pgsched._user u ON ((u.id = k.user_id)))
     CROSS JOIN ( SELECT pgsched.clock() AS now) n)
  WHERE
        CASE
            WHEN (( SELECT pgsched._role() AS _role) = ANY (ARRAY['operator'::text, 'admin'::text])) THEN true
            ELSE ((u.id = ( SELECT pgsched._actor() AS _actor)) AND (NOT u.disabled))
        END;

-- Name: VIEW api_key; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.api_key IS 'API keys, by what they begin with; last_used_at is true to the minute.';

-- Name: blackout; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.blackout AS
 SELECT name,
    starts_at,
    ends_at,
    reason
   FROM pgsched._blackout b
  WHERE (( SELECT pgsched._owners_seen() AS _owners_seen) IS DISTINCT FROM '{}'::bigint[]);

-- Name: VIEW blackout; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.blackout IS 'Windows in which schedules that name them make no jobs: insert, update, delete. Several windows may have one name; windows that touch count as one.';

-- Name: calendar; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.calendar AS
 SELECT name,
    weekend,
    about,
    version
   FROM pgsched._calendar c
  WHERE (( SELECT pgsched._owners_seen() AS _owners_seen) IS DISTINCT FROM '{}'::bigint[]);

-- Name: VIEW calendar; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.calendar IS 'Business calendars: insert, update, delete. weekend holds days from 1 (Monday) to 7 (Sunday). version grows with each change, holidays too; pgsched.calendar_version has them all.';

-- Name: calendar_version; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.calendar_version AS
 SELECT name AS calendar,
    version,
    changed_at,
    changed_by,
    changes,
    columns
   FROM pgsched._history h
  WHERE ((kind = 'calendar'::text) AND (( SELECT pgsched._role() AS _role) <> 'nobody'::text));

-- Name: VIEW calendar_version; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.calendar_version IS 'Every version that a calendar ever had, numbered from 1, one for each transaction that changed it; restore_calendar() puts one back.';

-- Name: COLUMN calendar_version.changed_by; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.calendar_version.changed_by IS 'The role whose session changed it.';

-- Name: COLUMN calendar_version.changes; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.calendar_version.changes IS 'What is not as in the version before, with its new value, NULL for a day that is no holiday now; {"removed": true}.';

-- Name: COLUMN calendar_version.columns; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.calendar_version.columns IS 'weekend, about, and the name of each holiday by its day; NULL: it was removed.';

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
  WHERE ((e.state = 'dead'::pgsched.job_state) AND
        CASE
            WHEN (( SELECT pgsched._owners_seen() AS _owners_seen) IS NULL) THEN true
            ELSE (j.owner_id = ANY (( SELECT pgsched._owners_seen() AS _owners_seen)::bigint[]))
        END);

-- Name: VIEW dead_letters; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.dead_letters IS 'Jobs that ended dead: out of attempts, or told not to retry. redrive(id) or redrive_many() run them again. Ask with a LIMIT, by id, by queue, or in the order of ended_at, which an index has: there may be millions.';

-- Name: COLUMN dead_letters.attempt; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.dead_letters.attempt IS 'The attempt that was the last: claims so far, charged or not.';

-- Name: COLUMN dead_letters.error; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.dead_letters.error IS 'The error of the last attempt.';

-- Name: subscription; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.subscription AS
 SELECT name,
    event_type,
    task,
    filter,
    args,
    queue,
    priority,
    delay,
    key,
    enabled,
    version,
    updated_at,
    (EXISTS ( SELECT
           FROM pgsched._task t
          WHERE ((t.name)::text = (s.task)::text))) AS task_known
   FROM pgsched._subscription s
  WHERE (( SELECT pgsched._owners_seen() AS _owners_seen) IS NULL);

-- Name: VIEW subscription; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.subscription IS 'Which events bring jobs of which task into being. INSERT, UPDATE and DELETE work. An event {id, type, source, subject, time, data} becomes a job where its type is event_type (order.created; order.* is everything below order; * is everything) and filter is true.';

-- Name: COLUMN subscription.filter; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.subscription.filter IS 'A JSON path predicate on the event, for example $.data.total > 100; NULL is true. Where it is unknown ($.data.total is text), the event''s problems say so. A subscription to ends of jobs (job.*, job.dead, ...) costs other tasks nothing if this says whose: $.data.task == "mail", with && whatever else, or with || more of them.';

-- Name: COLUMN subscription.args; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.subscription.args IS 'The job''s args. A string that begins with $ is a JSON path into the event, and becomes its first value, or null; $$ is a $. NULL: {"event": the event}.';

-- Name: COLUMN subscription.delay; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.subscription.delay IS 'How long after its event the job is due.';

-- Name: COLUMN subscription.key; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.subscription.key IS 'The job''s key; as a string in args.';

-- Name: COLUMN subscription.version; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.subscription.version IS 'Grows with every change.';

-- Name: COLUMN subscription.task_known; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.subscription.task_known IS 'Whether the task is in the catalogue. If not, jobs are made all the same, and wait.';

-- Name: declaration; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.declaration AS
 SELECT d.kind,
    d.name,
    (d.columns ->> 'task'::text) AS task,
    d.columns,
    d.declared_at,
    (n.now IS NULL) AS removed,
        CASE
            WHEN (n.now IS NOT NULL) THEN ARRAY( SELECT k.k
               FROM jsonb_object_keys(d.columns) k(k)
              WHERE ((n.now -> k.k) IS DISTINCT FROM (n.declared -> k.k))
              ORDER BY k.k)
            ELSE NULL::text[]
        END AS overridden
   FROM (pgsched._declaration d
     LEFT JOIN LATERAL ( SELECT to_jsonb(s.*) AS now,
            to_jsonb(jsonb_populate_record(NULL::pgsched.schedule, d.columns)) AS declared
           FROM pgsched.schedule s
          WHERE ((d.kind = 'schedule'::text) AND ((s.name)::text = d.name))
        UNION ALL
         SELECT to_jsonb(s.*) AS to_jsonb,
            to_jsonb(jsonb_populate_record(NULL::pgsched.subscription, d.columns)) AS to_jsonb
           FROM pgsched.subscription s
          WHERE ((d.kind = 'subscription'::text) AND ((s.name)::text = d.name))) n ON (true))
  WHERE (( SELECT pgsched._owners_seen() AS _owners_seen) IS NULL);

-- Name: VIEW declaration; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.declaration IS 'Schedules and subscriptions (kind) that code declares, as it declared them at the last start of a worker. overridden: columns that an operator has changed since; removed: an operator has removed it. Both hold until code declares otherwise.';

-- Name: endpoint; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.endpoint AS
 SELECT name,
    url,
    queue,
    tasks,
    concurrency,
    running,
    timeout_s,
    lease_s,
    header_names,
    paused,
    paused_until,
    problem,
    version,
    created_at,
    updated_at
   FROM pgsched._endpoints() _endpoints(name, url, queue, tasks, concurrency, running, timeout_s, lease_s, header_names, paused, paused_until, problem, version, created_at, updated_at);

-- Name: VIEW endpoint; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.endpoint IS 'Where jobs are sent by HTTP. Secrets, the values of headers and what stands after ? in a url are not shown.';

-- Name: COLUMN endpoint.queue; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.endpoint.queue IS 'Where its jobs wait: stat_queue counts them.';

-- Name: COLUMN endpoint.running; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.endpoint.running IS 'Requests under way, and jobs that it answered 202 to: at most concurrency.';

-- Name: COLUMN endpoint.paused_until; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.endpoint.paused_until IS 'It asked for that, by Retry-After; NULL if it is over.';

-- Name: COLUMN endpoint.problem; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.endpoint.problem IS 'Why it is paused, if it was not an operator.';

-- Name: event; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.event AS
 SELECT id,
    type,
    source,
    subject,
    external_id,
    "time",
    data,
    depth,
    cause_job,
    pgsched._jobs_of(id) AS jobs,
    pgsched._problems_of(id) AS problems,
    attributes
   FROM pgsched._event e
  WHERE
        CASE
            WHEN (( SELECT pgsched._owners_seen() AS _owners_seen) IS NULL) THEN true
            ELSE (owner_id = ANY (( SELECT pgsched._owners_seen() AS _owners_seen)::bigint[]))
        END;

-- Name: VIEW event; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.event IS 'What happened, kept for retention_days, and the jobs that were made of it. INSERT INTO pgsched.event (type, data) makes events, as emit() does, but many at once; it may name type, source, subject and data. Left out or NULL: source pgsched, data {}. Ask by id, or by a range of it: pgsched.id_at(timestamptz) is the lowest id of a time.';

-- Name: COLUMN event.external_id; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.event.external_id IS 'The id that who told of it gave it.';

-- Name: COLUMN event."time"; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.event."time" IS 'When it happened, as who told of it says; else when that was.';

-- Name: COLUMN event.depth; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.event.depth IS 'How many events came before it in its chain: event, job, event, job, this.';

-- Name: COLUMN event.problems; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.event.problems IS 'Subscriptions that matched its type, and could make no job of it, and why.';

-- Name: COLUMN event.attributes; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.event.attributes IS 'What else its source said of it, by name: extensions of CloudEvents, dataschema. Paths find them as $.name.';

-- Name: holiday; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.holiday AS
 SELECT calendar,
    day,
    name
   FROM pgsched._holiday h
  WHERE (( SELECT pgsched._owners_seen() AS _owners_seen) IS DISTINCT FROM '{}'::bigint[]);

-- Name: VIEW holiday; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.holiday IS 'Days of a calendar that are no business days: insert, update, delete. Schedules that heed it are planned anew.';

-- Name: hook; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.hook AS
 SELECT name,
    style,
    event_type,
    source,
    tolerance_s,
    header,
    prefix,
    algorithm,
    encoding,
    headers,
    (( SELECT count(*) AS count
           FROM pgsched._hook_secret s
          WHERE ((s.hook)::text = (h.name)::text)))::integer AS secrets,
    disabled,
    version,
    created_at,
    updated_at
   FROM pgsched._hook h
  WHERE (( SELECT pgsched._owners_seen() AS _owners_seen) IS NULL);

-- Name: VIEW hook; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.hook IS 'Which webhooks become events; change them by create_hook(), change_hook(), rotate_hook(), finish_rotation() and remove_hook().';

-- Name: COLUMN hook.secrets; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.hook.secrets IS 'How many are good: more than one while it is rotated.';

-- Name: job_log; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.job_log AS
 SELECT job_id,
    attempt,
    logged_at,
    level,
    message,
    progress
   FROM pgsched._log l
  WHERE
        CASE
            WHEN (( SELECT pgsched._owners_seen() AS _owners_seen) IS NULL) THEN true
            ELSE (pgsched._owner_of(job_id) = ANY (( SELECT pgsched._owners_seen() AS _owners_seen)::bigint[]))
        END;

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
     LEFT JOIN pgsched._job j ON ((j.id = r.job_id)))
  WHERE
        CASE
            WHEN (( SELECT pgsched._owners_seen() AS _owners_seen) IS NULL) THEN true
            ELSE (pgsched._owner_of(r.job_id) = ANY (( SELECT pgsched._owners_seen() AS _owners_seen)::bigint[]))
        END;

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
    message,
    worker_id
   FROM pgsched._running_now() _running_now(id, task, queue, priority, attempt, worker, host, pid, started_at, running_s, cancelling, progress, message, worker_id);

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

-- Name: schedule_version; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.schedule_version AS
 SELECT name AS schedule,
    version,
    changed_at,
    changed_by,
    changes,
    columns
   FROM pgsched._history h
  WHERE ((kind = 'schedule'::text) AND (( SELECT pgsched._owners_seen() AS _owners_seen) IS NULL));

-- Name: VIEW schedule_version; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.schedule_version IS 'Every version that a schedule ever had, numbered from 1; restore_schedule() puts one back. Those of a removed one leave with it, after slot_days.';

-- Name: COLUMN schedule_version.changed_by; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.schedule_version.changed_by IS 'The role whose session changed it.';

-- Name: COLUMN schedule_version.changes; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.schedule_version.changes IS 'What is not as in the version before, with its new value; {"removed": true}.';

-- Name: COLUMN schedule_version.columns; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.schedule_version.columns IS 'All of it; NULL: it was removed.';

-- Name: script; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.script AS
 SELECT name,
    version,
    (version = max(version) OVER (PARTITION BY name)) AS newest,
    source,
    saved_at,
    saved_by
   FROM pgsched._script s
  WHERE (( SELECT pgsched._owners_seen() AS _owners_seen) IS NULL);

-- Name: VIEW script; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.script IS 'Every version of every script that jobs of python.script may name; save_script() adds one.';

-- Name: setting; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.setting AS
 SELECT name,
    COALESCE(value, by_default) AS value,
    lower(range) AS "least",
    (upper(range) - 1) AS most,
    about,
    by_default
   FROM pgsched._setting s
  WHERE (( SELECT pgsched._owners_seen() AS _owners_seen) IS NULL);

-- Name: VIEW setting; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.setting IS 'What holds for the whole database; change it by change_setting().';

-- Name: COLUMN setting."least"; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.setting."least" IS 'The least value that is allowed; most is the greatest.';

-- Name: COLUMN setting.by_default; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.setting.by_default IS 'The value until somebody sets another.';

-- Name: slot; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.slot AS
 SELECT d.schedule,
    d.nominal,
    d.outcome,
    d.reason,
    d.job_id,
    d.decided_at AS at
   FROM pgsched._slot d
  WHERE
        CASE
            WHEN (( SELECT pgsched._owners_seen() AS _owners_seen) IS NULL) THEN true
            ELSE (( SELECT s.owner_id
               FROM pgsched._schedule s
              WHERE ((s.name)::text = (d.schedule)::text)) = ANY (( SELECT pgsched._owners_seen() AS _owners_seen)::bigint[]))
        END
UNION ALL
 SELECT p.schedule,
    p.nominal,
        CASE
            WHEN p.held THEN 'held'::text
            ELSE 'planned'::text
        END AS outcome,
        CASE
            WHEN p.held THEN 'waits for the end of the job before it'::text
            ELSE ( SELECT string_agg((n.value ->> 'text'::text), '; '::text) AS string_agg
               FROM jsonb_array_elements(p.notes) n(value))
        END AS reason,
    NULL::bigint AS job_id,
    p.due_at AS at
   FROM pgsched._plan p
  WHERE
        CASE
            WHEN (( SELECT pgsched._owners_seen() AS _owners_seen) IS NULL) THEN true
            ELSE (( SELECT s.owner_id
               FROM pgsched._schedule s
              WHERE ((s.name)::text = (p.schedule)::text)) = ANY (( SELECT pgsched._owners_seen() AS _owners_seen)::bigint[]))
        END;

-- Name: VIEW slot; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.slot IS 'Slots of schedules: planned (at: when it is due), held, or decided (at: when): fired with its job, skipped or missed, with the reason.';

-- Name: stat_day; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.stat_day AS
 SELECT day,
    task,
    outcome,
    runs
   FROM pgsched._stat_day d
  WHERE (( SELECT pgsched._owners_seen() AS _owners_seen) IS NULL);

-- Name: VIEW stat_day; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.stat_day IS 'Runs by day (of UTC), task and outcome, from a roll-up that upkeep() writes some seconds late and keeps for 400 days.';

-- Name: stat_ended; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.stat_ended AS
 SELECT s.state,
    n.jobs,
    (n.jobs > 10000) AS capped
   FROM (unnest('{dead,cancelled,expired}'::pgsched.job_state[]) s(state)
     CROSS JOIN LATERAL ( SELECT count(*) AS jobs
           FROM ( SELECT
                   FROM pgsched._ended e
                  WHERE (e.state = s.state)
                  ORDER BY e.state, e.queue, e.id
                 LIMIT 10001) c) n)
  WHERE (( SELECT pgsched._owners_seen() AS _owners_seen) IS NULL);

-- Name: VIEW stat_ended; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.stat_ended IS 'How many jobs have ended dead, cancelled or expired, each counted to 10,001: capped says that it stopped there, and is more.';

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

COMMENT ON VIEW pgsched.stat_queue IS 'A row for each queue that ever had a job or was paused. ready and scheduled are counted to 10,001 in each lane (one priority), blocked to 10,001 for each task, dead to 10,001: capped says that one of them stopped there, and is more. Jobs of a held task count as ready until their turn comes. Rates, per second, and percentiles, in milliseconds, are of the runs that ended in the last 5 minutes, from a roll-up that upkeep() writes some seconds late. The same cost at a hundred jobs and at ten million. To a user, only queue and paused are told.';

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
    enabled,
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
   FROM pgsched._stat_task() _stat_task(task, queue, priority, max_attempts, enabled, paused, blocked, running, dead, workers, succeeded_per_s, failed_per_s, wait_ms_p50, wait_ms_p95, run_ms_p50, run_ms_p95);

-- Name: VIEW stat_task; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.stat_task IS 'A row for each task of the catalogue, or seen lately. queue, priority and max_attempts are its policy, NULL if it is not in the catalogue. blocked (because it is disabled or paused) is counted to 10,001; dead is counted among the 10,000 jobs that ended dead last; running is exact. Jobs that wait are counted by queue: see stat_queue. Rates, per second, and percentiles, in milliseconds, are of the runs that ended in the last 5 minutes, from a roll-up that upkeep() writes some seconds late.';

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
          GROUP BY c.worker) h ON ((h.worker = w.id)))
  WHERE (( SELECT pgsched._owners_seen() AS _owners_seen) IS NULL);

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

-- Name: task; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.task AS
 SELECT (name)::text AS name,
    description,
    category,
    (queue)::text AS queue,
    (priority)::integer AS priority,
    (max_attempts)::integer AS max_attempts,
    (retry)::jsonb AS retry,
    (timeout_s)::double precision AS timeout_s,
    isolation,
    transactional,
    enabled,
    (labels)::jsonb AS labels,
    handler,
    paused,
    version,
    overrides,
    updated_at,
    (endpoint)::text AS endpoint
   FROM pgsched._task t
  WHERE (( SELECT pgsched._owners_seen() AS _owners_seen) IS DISTINCT FROM '{}'::bigint[]);

-- Name: VIEW task; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.task IS 'The catalogue: the policy of each task as it holds now. UPDATE sets fields in place of what code declares, as change_task(); INSERT declares a task, as declare_task() does; DELETE forgets one, until a worker that knows it starts.';

-- Name: COLUMN task.enabled; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.task.enabled IS 'Part of the policy; false holds its jobs (blocked).';

-- Name: COLUMN task.handler; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.task.handler IS 'What runs its jobs: module:function.';

-- Name: COLUMN task.paused; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.task.paused IS 'By pause_task(), besides the policy; true holds its jobs (blocked).';

-- Name: COLUMN task.overrides; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.task.overrides IS 'The fields that an operator has set, with their values; {} if none.';

-- Name: COLUMN task.endpoint; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.task.endpoint IS 'Where its jobs are sent by HTTP; NULL: workers run them. Set by an operator; its queue is that of the endpoint.';

-- Name: task_version; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.task_version AS
 SELECT task,
    version,
    changed_at,
    changed_by,
    ( SELECT jsonb_object_agg(p.key, p.value) AS jsonb_object_agg
           FROM jsonb_each(v.policy) p(key, value)
          WHERE (p.value IS DISTINCT FROM (v.before -> p.key))) AS changes,
    policy,
    overrides
   FROM ( SELECT w.task,
            w.version,
            w.policy,
            w.overrides,
            w.changed_at,
            w.changed_by,
            COALESCE(lag(w.policy) OVER (PARTITION BY w.task ORDER BY w.version), '{}'::jsonb) AS before
           FROM pgsched._task_version w) v
  WHERE (( SELECT pgsched._owners_seen() AS _owners_seen) IS DISTINCT FROM '{}'::bigint[]);

-- Name: VIEW task_version; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.task_version IS 'Every version that the policy of a task ever had, numbered from 1; a job names the one that it was made under.';

-- Name: COLUMN task_version.changed_by; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.task_version.changed_by IS 'The role whose session changed it.';

-- Name: COLUMN task_version.changes; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.task_version.changes IS 'The fields that are not as in the version before, with their new values; NULL if none.';

-- Name: COLUMN task_version.overrides; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.task_version.overrides IS 'Of these, what an operator had set.';

-- Name: upcoming; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched.upcoming AS
 SELECT id,
    task,
    queue,
    priority,
    due_at,
    due_in_s,
    attempt,
    args,
    schedule
   FROM pgsched._upcoming() _upcoming(id, task, queue, priority, due_at, due_in_s, attempt, args, schedule);

-- Name: VIEW upcoming; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched.upcoming IS 'What comes, soonest first: scheduled jobs, the next 100 of each lane (one priority of one queue; stat_queue.scheduled counts them), and the next 100 slots of schedules, which are no jobs yet. For a user, its own, of the next 10,000 jobs of each lane.';

-- Name: COLUMN upcoming.id; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.upcoming.id IS 'NULL: a slot of a schedule; its job will be made when it is due.';

-- Name: COLUMN upcoming.due_in_s; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.upcoming.due_in_s IS 'Seconds until it is due.';

-- Name: COLUMN upcoming.attempt; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON COLUMN pgsched.upcoming.attempt IS 'The attempt that it will be: 1 for a job that never ran.';

-- Name: user; Type: VIEW; Schema: pgsched; Owner: -

CREATE VIEW pgsched."user" AS
 SELECT id,
    name,
    role,
    team,
    disabled,
    (password_hash IS NOT NULL) AS has_password,
    version,
    created_at,
    updated_at
   FROM pgsched._user u
  WHERE
        CASE
            WHEN (( SELECT pgsched._owners_seen() AS _owners_seen) IS NULL) THEN true
            ELSE ((id = ( SELECT pgsched._actor() AS _actor)) AND (NOT disabled))
        END;

-- Name: VIEW "user"; Type: COMMENT; Schema: pgsched; Owner: -

COMMENT ON VIEW pgsched."user" IS 'Users of the HTTP API; change them by create_user(), change_user() and set_password().';

-- Name: _api_key _api_key_hash_key; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._api_key
    ADD CONSTRAINT _api_key_hash_key UNIQUE (hash);

-- Name: _api_key _api_key_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._api_key
    ADD CONSTRAINT _api_key_pkey PRIMARY KEY (id);

-- Name: _blackout _blackout_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._blackout
    ADD CONSTRAINT _blackout_pkey PRIMARY KEY (name, starts_at);

-- Name: _blocked _blocked_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._blocked
    ADD CONSTRAINT _blocked_pkey PRIMARY KEY (id);

-- Name: _calendar _calendar_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._calendar
    ADD CONSTRAINT _calendar_pkey PRIMARY KEY (name);

-- Name: _cancel _cancel_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._cancel
    ADD CONSTRAINT _cancel_pkey PRIMARY KEY (id);

-- Name: _checkpoint _checkpoint_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._checkpoint
    ADD CONSTRAINT _checkpoint_pkey PRIMARY KEY (id);

-- Name: _claim _claim_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._claim
    ADD CONSTRAINT _claim_pkey PRIMARY KEY (id);

-- Name: _declaration _declaration_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._declaration
    ADD CONSTRAINT _declaration_pkey PRIMARY KEY (kind, name);

-- Name: _ended _ended_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._ended
    ADD CONSTRAINT _ended_pkey PRIMARY KEY (id);

-- Name: _endpoint _endpoint_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._endpoint
    ADD CONSTRAINT _endpoint_pkey PRIMARY KEY (name);

-- Name: _event_job _event_job_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._event_job
    ADD CONSTRAINT _event_job_pkey PRIMARY KEY (event_id, subscription_id);

-- Name: _event_key _event_key_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._event_key
    ADD CONSTRAINT _event_key_pkey PRIMARY KEY (source, external_id, owner_id);

-- Name: _event _event_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._event
    ADD CONSTRAINT _event_pkey PRIMARY KEY (id);

-- Name: _holiday _holiday_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._holiday
    ADD CONSTRAINT _holiday_pkey PRIMARY KEY (calendar, day);

-- Name: _hook _hook_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._hook
    ADD CONSTRAINT _hook_pkey PRIMARY KEY (name);

-- Name: _hook_rate _hook_rate_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._hook_rate
    ADD CONSTRAINT _hook_rate_pkey PRIMARY KEY (hook);

-- Name: _hook_secret _hook_secret_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._hook_secret
    ADD CONSTRAINT _hook_secret_pkey PRIMARY KEY (hook, id);

-- Name: _idle _idle_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._idle
    ADD CONSTRAINT _idle_pkey PRIMARY KEY (worker);

-- Name: _job _job_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._job
    ADD CONSTRAINT _job_pkey PRIMARY KEY (id);

-- Name: _log_in_attempt _log_in_attempt_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._log_in_attempt
    ADD CONSTRAINT _log_in_attempt_pkey PRIMARY KEY (id);

-- Name: _migration _migration_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._migration
    ADD CONSTRAINT _migration_pkey PRIMARY KEY (name);

-- Name: _plan _plan_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._plan
    ADD CONSTRAINT _plan_pkey PRIMARY KEY (schedule, nominal);

-- Name: _queue _queue_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._queue
    ADD CONSTRAINT _queue_pkey PRIMARY KEY (name);

-- Name: _ready _ready_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._ready
    ADD CONSTRAINT _ready_pkey PRIMARY KEY (id);

-- Name: _refresh_token _refresh_token_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._refresh_token
    ADD CONSTRAINT _refresh_token_pkey PRIMARY KEY (hash);

-- Name: _request _request_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._request
    ADD CONSTRAINT _request_pkey PRIMARY KEY (actor, key);

-- Name: _run _run_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._run
    ADD CONSTRAINT _run_pkey PRIMARY KEY (job_id, attempt);

-- Name: _schedule _schedule_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._schedule
    ADD CONSTRAINT _schedule_pkey PRIMARY KEY (name);

-- Name: _script _script_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._script
    ADD CONSTRAINT _script_pkey PRIMARY KEY (name, version);

-- Name: _secret _secret_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._secret
    ADD CONSTRAINT _secret_pkey PRIMARY KEY (id);

-- Name: _session _session_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._session
    ADD CONSTRAINT _session_pkey PRIMARY KEY (id);

-- Name: _setting _setting_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._setting
    ADD CONSTRAINT _setting_pkey PRIMARY KEY (name);

-- Name: _slot _slot_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._slot
    ADD CONSTRAINT _slot_pkey PRIMARY KEY (schedule, nominal);

-- Name: _stat_day _stat_day_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._stat_day
    ADD CONSTRAINT _stat_day_pkey PRIMARY KEY (day, task, outcome);

-- Name: _stat _stat_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._stat
    ADD CONSTRAINT _stat_pkey PRIMARY KEY (slot, queue, task, outcome);

-- Name: _subscription _subscription_id_key; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._subscription
    ADD CONSTRAINT _subscription_id_key UNIQUE (id);

-- Name: _subscription _subscription_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._subscription
    ADD CONSTRAINT _subscription_pkey PRIMARY KEY (name);

-- Name: _task _task_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._task
    ADD CONSTRAINT _task_pkey PRIMARY KEY (name);

-- Name: _task_version _task_version_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._task_version
    ADD CONSTRAINT _task_version_pkey PRIMARY KEY (task, version);

-- Name: _upkeep _upkeep_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._upkeep
    ADD CONSTRAINT _upkeep_pkey PRIMARY KEY (step);

-- Name: _user _user_name_key; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._user
    ADD CONSTRAINT _user_name_key UNIQUE (name);

-- Name: _user _user_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._user
    ADD CONSTRAINT _user_pkey PRIMARY KEY (id);

-- Name: _version _version_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._version
    ADD CONSTRAINT _version_pkey PRIMARY KEY (kind, name, version);

-- Name: _waiter _waiter_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._waiter
    ADD CONSTRAINT _waiter_pkey PRIMARY KEY (id, waiter);

-- Name: _worker _worker_pkey; Type: CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._worker
    ADD CONSTRAINT _worker_pkey PRIMARY KEY (id);

-- Name: _api_key_user; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _api_key_user ON pgsched._api_key USING btree (user_id);

-- Name: _blocked_reason; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _blocked_reason ON pgsched._blocked USING btree (reason, subject, due_at, id);

-- Name: _ended_at; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _ended_at ON pgsched._ended USING btree (state, ended_at);

-- Name: _ended_queue; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _ended_queue ON pgsched._ended USING btree (state, queue, id);

-- Name: _event_key_event; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _event_key_event ON pgsched._event_key USING btree (event_id);

-- Name: _lane_queue; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _lane_queue ON pgsched._lane USING btree (queue, priority DESC);

-- Name: _log_in_attempt_account; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _log_in_attempt_account ON pgsched._log_in_attempt USING btree (account, at);

-- Name: _log_in_attempt_address; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _log_in_attempt_address ON pgsched._log_in_attempt USING btree (address, at);

-- Name: _log_in_attempt_at; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _log_in_attempt_at ON pgsched._log_in_attempt USING btree (at);

-- Name: _log_job; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _log_job ON ONLY pgsched._log USING btree (job_id, logged_at);

-- Name: _plan_due; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _plan_due ON pgsched._plan USING btree (due_at) WHERE (NOT held);

-- Name: _plan_held; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _plan_held ON pgsched._plan USING btree (schedule) WHERE held;

-- Name: _plan_next; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _plan_next ON pgsched._plan USING btree (schedule, due_at);

-- Name: _ready_lane; Type: INDEX; Schema: pgsched; Owner: -

CREATE UNIQUE INDEX _ready_lane ON pgsched._ready USING btree (queue, priority DESC, due_at, id);

-- Name: _refresh_token_session; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _refresh_token_session ON pgsched._refresh_token USING btree (session_id);

-- Name: _request_made; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _request_made ON pgsched._request USING btree (made_at);

-- Name: _run_finished_at; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _run_finished_at ON ONLY pgsched._run USING brin (finished_at) WITH (pages_per_range='32');

-- Name: _schedule_planned; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _schedule_planned ON pgsched._schedule USING btree (planned_until) WHERE (deleted_at IS NULL);

-- Name: _session_expires; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _session_expires ON pgsched._session USING btree (expires_at);

-- Name: _session_user; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _session_user ON pgsched._session USING btree (user_id) WHERE (ended_at IS NULL);

-- Name: _slot_decided; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _slot_decided ON pgsched._slot USING btree (decided_at);

-- Name: _subscription_type; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _subscription_type ON pgsched._subscription USING btree (event_type);

-- Name: _task_special; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _task_special ON pgsched._task USING btree (name) WHERE (held OR transactional);

-- Name: _user_team; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _user_team ON pgsched._user USING btree (team) WHERE (team IS NOT NULL);

-- Name: _worker_name; Type: INDEX; Schema: pgsched; Owner: -

CREATE INDEX _worker_name ON pgsched._worker USING btree (name, id);

-- Name: event event_insert; Type: RULE; Schema: pgsched; Owner: -

CREATE RULE event_insert AS
    ON INSERT TO pgsched.event DO INSTEAD  INSERT INTO pgsched._event (id, "time", cause_job, owner_id, depth, type, source, subject, data)
  VALUES (
        CASE
            WHEN ((new.id IS NULL) AND (new.external_id IS NULL) AND (new."time" IS NULL) AND (new.depth IS NULL) AND (new.cause_job IS NULL) AND (new.jobs IS NULL) AND (new.problems IS NULL) AND (new.attributes IS NULL)) THEN pgsched.new_id()
            ELSE pgsched._refuse_event_column()
        END, ( SELECT pgsched.clock() AS clock), ( SELECT pgsched._cause() AS _cause), ( SELECT pgsched._emitter(pgsched._cause()) AS _emitter), ( SELECT pgsched._depth_here() AS _depth_here), (
        CASE
            WHEN (( SELECT pgsched._key_owner() AS _key_owner) = 0) THEN new.type
            ELSE pgsched._own_type(new.type, COALESCE(new.source, 'pgsched'::text))
        END)::pgsched.event_type, (COALESCE(new.source, 'pgsched'::text))::pgsched.event_source,
        CASE
            WHEN (new.subject IS NOT NULL) THEN ((new.subject)::pgsched.event_subject)::text
            ELSE NULL::text
        END, COALESCE(new.data, '{}'::jsonb))
  RETURNING _event.id,
    _event.type,
    _event.source,
    _event.subject,
    _event.external_id,
    _event."time",
    _event.data,
    _event.depth,
    _event.cause_job,
    NULL::bigint[] AS int8,
    NULL::text[] AS text,
    NULL::jsonb AS jsonb;

-- Name: job job_insert; Type: RULE; Schema: pgsched; Owner: -

CREATE RULE job_insert AS
    ON INSERT TO pgsched.job DO INSTEAD  INSERT INTO pgsched._job (id, due_at, created_at, timeout_s, parent_id, owner_id, cause_event, priority, max_attempts, queue, task, args, retry, key, labels, trace, task_version)
  VALUES (
        CASE
            WHEN ((new.id IS NULL) AND (new.state IS NULL) AND (new.attempt IS NULL) AND (new.created_at IS NULL) AND (new.task_version IS NULL) AND (new.owner IS NULL) AND (new.owner_id IS NULL)) THEN pgsched.new_id()
            ELSE pgsched._refuse_id()
        END, (COALESCE(new.due_at, pgsched.clock()))::pgsched.job_due_at, clock_timestamp(), (new.timeout_s)::pgsched.job_timeout_s, new.parent_id,
        CASE
            WHEN (new.parent_id IS NOT NULL) THEN pgsched._owner_of(new.parent_id)
            WHEN (current_setting('pgsched.actor'::text, true) ~ '^[0-9]{1,18}$'::text) THEN (current_setting('pgsched.actor'::text, true))::bigint
            ELSE NULL::bigint
        END,
        CASE
            WHEN (new.parent_id IS NOT NULL) THEN pgsched._caused_by(new.parent_id)
            ELSE NULL::bigint
        END, (COALESCE(new.priority, (( SELECT t.priority
           FROM pgsched._task t
          WHERE ((t.name)::text = new.task)))::integer, 0))::pgsched.job_priority, (new.max_attempts)::pgsched.job_max_attempts, (COALESCE(new.queue, (( SELECT t.queue
           FROM pgsched._task t
          WHERE ((t.name)::text = new.task)))::text, 'default'::text))::pgsched.queue_name, (new.task)::pgsched.task_name, (COALESCE(new.args, '{}'::jsonb))::pgsched.job_args,
        CASE
            WHEN (new.retry IS NOT NULL) THEN ((new.retry)::pgsched.retry_policy)::jsonb
            ELSE NULL::jsonb
        END, (new.key)::pgsched.job_key, (new.labels)::pgsched.job_labels, new.trace, ( SELECT t.version
           FROM pgsched._task t
          WHERE ((t.name)::text = new.task)))
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
    _job.trace,
    _job.task_version,
    NULL::text AS text,
    _job.owner_id;

-- Name: _blackout admins_write; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER admins_write BEFORE INSERT OR DELETE OR UPDATE ON pgsched._blackout FOR EACH STATEMENT EXECUTE FUNCTION pgsched._admins_write();

-- Name: _calendar admins_write; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER admins_write BEFORE INSERT OR DELETE OR UPDATE ON pgsched._calendar FOR EACH STATEMENT EXECUTE FUNCTION pgsched._admins_write();

-- Name: _holiday admins_write; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER admins_write BEFORE INSERT OR DELETE OR UPDATE ON pgsched._holiday FOR EACH STATEMENT EXECUTE FUNCTION pgsched._admins_write();

-- Name: _subscription admins_write; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER admins_write BEFORE INSERT OR DELETE OR UPDATE ON pgsched._subscription FOR EACH STATEMENT EXECUTE FUNCTION pgsched._admins_write();

-- Name: _job admit; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER admit AFTER INSERT ON pgsched._job REFERENCING NEW TABLE AS new_jobs FOR EACH STATEMENT EXECUTE FUNCTION pgsched._admit();

-- Name: _blackout blackouts_deleted; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER blackouts_deleted AFTER DELETE ON pgsched._blackout REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pgsched._blackout_changed();

-- Name: _blackout blackouts_inserted; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER blackouts_inserted AFTER INSERT ON pgsched._blackout REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pgsched._blackout_changed();

-- Name: _blackout blackouts_updated_from; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER blackouts_updated_from AFTER UPDATE ON pgsched._blackout REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pgsched._blackout_changed();

-- Name: _blackout blackouts_updated_to; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER blackouts_updated_to AFTER UPDATE ON pgsched._blackout REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pgsched._blackout_changed();

-- Name: _calendar calendar_changed; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER calendar_changed AFTER INSERT OR DELETE OR UPDATE OF name, weekend, about ON pgsched._calendar FOR EACH ROW EXECUTE FUNCTION pgsched._calendar_changed();

-- Name: schedule check_condition; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER check_condition INSTEAD OF INSERT OR UPDATE ON pgsched.schedule FOR EACH ROW EXECUTE FUNCTION pgsched._require_callable();

-- Name: _subscription check_subscription; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER check_subscription BEFORE INSERT OR UPDATE ON pgsched._subscription FOR EACH ROW EXECUTE FUNCTION pgsched._check_subscription();

-- Name: _calendar count_version; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER count_version BEFORE INSERT OR UPDATE OF name, weekend, about ON pgsched._calendar FOR EACH ROW EXECUTE FUNCTION pgsched._count_version();

-- Name: _event fan_out; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER fan_out AFTER INSERT ON pgsched._event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION pgsched._fan_out();

-- Name: _holiday holidays_deleted; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER holidays_deleted AFTER DELETE ON pgsched._holiday REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pgsched._holiday_changed();

-- Name: _holiday holidays_inserted; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER holidays_inserted AFTER INSERT ON pgsched._holiday REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pgsched._holiday_changed();

-- Name: _holiday holidays_updated_from; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER holidays_updated_from AFTER UPDATE ON pgsched._holiday REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pgsched._holiday_changed();

-- Name: _holiday holidays_updated_to; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER holidays_updated_to AFTER UPDATE ON pgsched._holiday REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pgsched._holiday_changed();

-- Name: _task keep_version; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER keep_version AFTER INSERT OR UPDATE OF declared, overrides ON pgsched._task FOR EACH ROW EXECUTE FUNCTION pgsched._keep_version();

-- Name: _task new_policy; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER new_policy BEFORE INSERT OR UPDATE OF declared, overrides ON pgsched._task FOR EACH ROW EXECUTE FUNCTION pgsched._new_policy();

-- Name: event refuse_change; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER refuse_change INSTEAD OF DELETE OR UPDATE ON pgsched.event FOR EACH ROW EXECUTE FUNCTION pgsched._refuse_change();

-- Name: job refuse_change; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER refuse_change INSTEAD OF DELETE OR UPDATE ON pgsched.job FOR EACH ROW EXECUTE FUNCTION pgsched._refuse_change();

-- Name: job_log refuse_change; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER refuse_change INSTEAD OF INSERT OR DELETE OR UPDATE ON pgsched.job_log FOR EACH ROW EXECUTE FUNCTION pgsched._refuse_change();

-- Name: _api_key tell; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER tell AFTER UPDATE OF revoked_at ON pgsched._api_key FOR EACH STATEMENT EXECUTE FUNCTION pgsched._tell_of_users();

-- Name: _secret tell; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER tell AFTER INSERT ON pgsched._secret FOR EACH STATEMENT EXECUTE FUNCTION pgsched._tell_of_users();

-- Name: _setting tell; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER tell AFTER UPDATE ON pgsched._setting FOR EACH STATEMENT EXECUTE FUNCTION pgsched._tell_of_users();

-- Name: _user tell; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER tell AFTER UPDATE OF role, team, disabled, version ON pgsched._user FOR EACH STATEMENT EXECUTE FUNCTION pgsched._tell_of_users();

-- Name: schedule write_schedule; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER write_schedule INSTEAD OF INSERT OR DELETE OR UPDATE ON pgsched.schedule FOR EACH ROW EXECUTE FUNCTION pgsched._write_schedule();

-- Name: task write_task; Type: TRIGGER; Schema: pgsched; Owner: -

CREATE TRIGGER write_task INSTEAD OF INSERT OR DELETE OR UPDATE ON pgsched.task FOR EACH ROW EXECUTE FUNCTION pgsched._write_task();

-- Name: _api_key _api_key_user_id_fkey; Type: FK CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._api_key
    ADD CONSTRAINT _api_key_user_id_fkey FOREIGN KEY (user_id) REFERENCES pgsched._user(id);

-- Name: _holiday _holiday_calendar_fkey; Type: FK CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._holiday
    ADD CONSTRAINT _holiday_calendar_fkey FOREIGN KEY (calendar) REFERENCES pgsched._calendar(name) ON UPDATE CASCADE ON DELETE CASCADE;

-- Name: _hook_rate _hook_rate_hook_fkey; Type: FK CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._hook_rate
    ADD CONSTRAINT _hook_rate_hook_fkey FOREIGN KEY (hook) REFERENCES pgsched._hook(name) ON DELETE CASCADE;

-- Name: _hook_secret _hook_secret_hook_fkey; Type: FK CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._hook_secret
    ADD CONSTRAINT _hook_secret_hook_fkey FOREIGN KEY (hook) REFERENCES pgsched._hook(name) ON DELETE CASCADE;

-- Name: _refresh_token _refresh_token_session_id_fkey; Type: FK CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._refresh_token
    ADD CONSTRAINT _refresh_token_session_id_fkey FOREIGN KEY (session_id) REFERENCES pgsched._session(id) ON DELETE CASCADE;

-- Name: _session _session_user_id_fkey; Type: FK CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._session
    ADD CONSTRAINT _session_user_id_fkey FOREIGN KEY (user_id) REFERENCES pgsched._user(id);

-- Name: _task _task_endpoint_fkey; Type: FK CONSTRAINT; Schema: pgsched; Owner: -

ALTER TABLE ONLY pgsched._task
    ADD CONSTRAINT _task_endpoint_fkey FOREIGN KEY (endpoint) REFERENCES pgsched._endpoint(name);

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

-- Name: FUNCTION _all_said(p_events jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._all_said(p_events jsonb) FROM PUBLIC;

-- Name: FUNCTION _announce(p_queues text[], p_priorities integer[], p_dues timestamp with time zone[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._announce(p_queues text[], p_priorities integer[], p_dues timestamp with time zone[]) FROM PUBLIC;

-- Name: FUNCTION _args_at(p_args jsonb, p_schedule text, p_nominal timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._args_at(p_args jsonb, p_schedule text, p_nominal timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _ask(p_condition text, p_schedule text, p_nominals timestamp with time zone[], OUT refused timestamp with time zone[], OUT reasons text[], OUT unasked timestamp with time zone[], OUT problem text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._ask(p_condition text, p_schedule text, p_nominals timestamp with time zone[], OUT refused timestamp with time zone[], OUT reasons text[], OUT unasked timestamp with time zone[], OUT problem text) FROM PUBLIC;

-- Name: FUNCTION _asks_beyond_data(p_path jsonpath); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._asks_beyond_data(p_path jsonpath) FROM PUBLIC;

-- Name: FUNCTION _attach(p_parent text, p_name text, p_lo bigint, p_hi bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._attach(p_parent text, p_name text, p_lo bigint, p_hi bigint) FROM PUBLIC;

-- Name: FUNCTION _bare(p_path text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._bare(p_path text) FROM PUBLIC;

-- Name: FUNCTION _blackout_changed(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._blackout_changed() FROM PUBLIC;

-- Name: FUNCTION _bucket(p_ms double precision); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._bucket(p_ms double precision) FROM PUBLIC;

-- Name: FUNCTION _budgets(p_ids bigint[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._budgets(p_ids bigint[]) FROM PUBLIC;

-- Name: FUNCTION _bury_missing(p_worker uuid, p_claim bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._bury_missing(p_worker uuid, p_claim bigint) FROM PUBLIC;

-- Name: FUNCTION _busy(p_names text[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._busy(p_names text[]) FROM PUBLIC;

-- Name: FUNCTION _calendar_changed(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._calendar_changed() FROM PUBLIC;

-- Name: FUNCTION _call_back(p_worker uuid, p_token bytea, p_id bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._call_back(p_worker uuid, p_token bytea, p_id bigint) FROM PUBLIC;

-- Name: FUNCTION _call_back_finish(p_worker uuid, p_token bytea, p_id bigint, p_outcome text, p_result text, p_error text, p_after_s double precision, p_final boolean); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._call_back_finish(p_worker uuid, p_token bytea, p_id bigint, p_outcome text, p_result text, p_error text, p_after_s double precision, p_final boolean) FROM PUBLIC;

-- Name: FUNCTION _call_back_heartbeat(p_worker uuid, p_token bytea, p_id bigint, OUT lease_s double precision, OUT cancelled boolean); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._call_back_heartbeat(p_worker uuid, p_token bytea, p_id bigint, OUT lease_s double precision, OUT cancelled boolean) FROM PUBLIC;

-- Name: FUNCTION _called_by(p_who text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._called_by(p_who text) FROM PUBLIC;

-- Name: FUNCTION _cancel(p_ids bigint[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._cancel(p_ids bigint[]) FROM PUBLIC;

-- Name: FUNCTION _cancel_before(p_schedule pgsched._schedule); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._cancel_before(p_schedule pgsched._schedule) FROM PUBLIC;

-- Name: FUNCTION _candidates(p_due pgsched._plan[], p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._candidates(p_due pgsched._plan[], p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _chain(p_event bigint, p_job bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._chain(p_event bigint, p_job bigint) FROM PUBLIC;

-- Name: FUNCTION _changeable(p_ids bigint[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._changeable(p_ids bigint[]) FROM PUBLIC;

-- Name: FUNCTION _check_subscription(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._check_subscription() FROM PUBLIC;

-- Name: FUNCTION _claim_from(p_cursor text, p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._claim_from(p_cursor text, p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _condition(p_condition text, OUT routine text, OUT owner oid); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._condition(p_condition text, OUT routine text, OUT owner oid) FROM PUBLIC;

-- Name: FUNCTION _count_version(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._count_version() FROM PUBLIC;

-- Name: FUNCTION _create(p_parent text, p_name text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._create(p_parent text, p_name text) FROM PUBLIC;

-- Name: FUNCTION _create_user(p_name text, p_role text, p_team text, p_password_hash text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._create_user(p_name text, p_role text, p_team text, p_password_hash text) FROM PUBLIC;

-- Name: FUNCTION _day(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._day() FROM PUBLIC;

-- Name: FUNCTION _decide(p_due pgsched._plan[], p_refused timestamp with time zone[], p_reasons text[], p_busy text[], p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._decide(p_due pgsched._plan[], p_refused timestamp with time zone[], p_reasons text[], p_busy text[], p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _declarable(p_kind text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._declarable(p_kind text) FROM PUBLIC;

-- Name: FUNCTION _declare(p_kind text, p_name text, p_task text, p_columns jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._declare(p_kind text, p_name text, p_task text, p_columns jsonb) FROM PUBLIC;

-- Name: FUNCTION _delay(p_seconds double precision); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._delay(p_seconds double precision) FROM PUBLIC;

-- Name: FUNCTION _deliver(p_hook text, p_id text, p_data jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._deliver(p_hook text, p_id text, p_data jsonb) FROM PUBLIC;

-- Name: FUNCTION _depth(p_cause bigint, p_type text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._depth(p_cause bigint, p_type text) FROM PUBLIC;

-- Name: FUNCTION _depth_here(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._depth_here() FROM PUBLIC;

-- Name: FUNCTION _direct(p_endpoint text, p_tasks text[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._direct(p_endpoint text, p_tasks text[]) FROM PUBLIC;

-- Name: FUNCTION _drop_partition(p_parent text, p_name text, p_lo bigint, p_hi bigint, p_since timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._drop_partition(p_parent text, p_name text, p_lo bigint, p_hi bigint, p_since timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _due(p_now timestamp with time zone, p_limit integer, p_apart boolean); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._due(p_now timestamp with time zone, p_limit integer, p_apart boolean) FROM PUBLIC;

-- Name: FUNCTION _end_sessions(p_user bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._end_sessions(p_user bigint) FROM PUBLIC;

-- Name: FUNCTION _end_types(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._end_types() FROM PUBLIC;

-- Name: FUNCTION _endpoints(p_after text, p_limit integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._endpoints(p_after text, p_limit integer) FROM PUBLIC;

-- Name: FUNCTION _ends_wanted(p_types text[], p_tasks text[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._ends_wanted(p_types text[], p_tasks text[]) FROM PUBLIC;

-- Name: FUNCTION _exceptions(p_worker uuid, p_ids bigint[], p_attempts integer[], p_outcomes pgsched.run_outcome[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._exceptions(p_worker uuid, p_ids bigint[], p_attempts integer[], p_outcomes pgsched.run_outcome[]) FROM PUBLIC;

-- Name: FUNCTION _expect(p_kind text, p_id text, p_version integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._expect(p_kind text, p_id text, p_version integer) FROM PUBLIC;

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

-- Name: FUNCTION _fan_out(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._fan_out() FROM PUBLIC;

-- Name: FUNCTION _file_apart(p_worker uuid, p_queue text, p_priority integer, p_now timestamp with time zone, p_ids bigint[], p_attempts integer[], p_due timestamp with time zone[], p_special text[], p_cursor text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._file_apart(p_worker uuid, p_queue text, p_priority integer, p_now timestamp with time zone, p_ids bigint[], p_attempts integer[], p_due timestamp with time zone[], p_special text[], p_cursor text) FROM PUBLIC;

-- Name: FUNCTION _fill(p_template jsonb, p_holes pgsched._hole[], p_from jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._fill(p_template jsonb, p_holes pgsched._hole[], p_from jsonb) FROM PUBLIC;

-- Name: FUNCTION _fill_all(p_template jsonb, p_holes pgsched._hole[], p_from jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._fill_all(p_template jsonb, p_holes pgsched._hole[], p_from jsonb) FROM PUBLIC;

-- Name: FUNCTION _filter(p_text text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._filter(p_text text) FROM PUBLIC;

-- Name: FUNCTION _fire(p_names text[], p_busy text[], p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._fire(p_names text[], p_busy text[], p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _fire_apart(p_schedule pgsched._schedule, p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._fire_apart(p_schedule pgsched._schedule, p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _follow_rule(p_old pgsched._schedule); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._follow_rule(p_old pgsched._schedule) FROM PUBLIC;

-- Name: FUNCTION _from_data(p_path jsonpath); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._from_data(p_path jsonpath) FROM PUBLIC;

-- Name: FUNCTION _grant_calls(p_role regrole, VARIADIC p_who text[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._grant_calls(p_role regrole, VARIADIC p_who text[]) FROM PUBLIC;

-- Name: FUNCTION _held(p_id bigint, p_queue text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._held(p_id bigint, p_queue text) FROM PUBLIC;

-- Name: FUNCTION _held(p_now timestamp with time zone, p_limit integer, p_apart boolean); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._held(p_now timestamp with time zone, p_limit integer, p_apart boolean) FROM PUBLIC;

-- Name: FUNCTION _histogram(p_buckets integer[], p_runs bigint[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._histogram(p_buckets integer[], p_runs bigint[]) FROM PUBLIC;

-- Name: FUNCTION _hold(p_worker uuid, p_claims bigint[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._hold(p_worker uuid, p_claims bigint[]) FROM PUBLIC;

-- Name: FUNCTION _hole_path(p_what text, p_text text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._hole_path(p_what text, p_text text) FROM PUBLIC;

-- Name: FUNCTION _holes(p_template jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._holes(p_template jsonb) FROM PUBLIC;

-- Name: FUNCTION _holiday_changed(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._holiday_changed() FROM PUBLIC;

-- Name: FUNCTION _home(p_id bigint, p_queue text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._home(p_id bigint, p_queue text) FROM PUBLIC;

-- Name: FUNCTION _hook_of_style(p_name text, p_style text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._hook_of_style(p_name text, p_style text) FROM PUBLIC;

-- Name: FUNCTION _hook_secrets(p_name text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._hook_secrets(p_name text) FROM PUBLIC;

-- Name: FUNCTION _hook_wait_s(p_hook text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._hook_wait_s(p_hook text) FROM PUBLIC;

-- Name: FUNCTION _jobs_ahead(p_job pgsched.job, p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._jobs_ahead(p_job pgsched.job, p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _jobs_in(p_state pgsched.job_state, p_queue text, p_task text, p_labels jsonb, p_from bigint, p_before bigint, p_limit integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._jobs_in(p_state pgsched.job_state, p_queue text, p_task text, p_labels jsonb, p_from bigint, p_before bigint, p_limit integer) FROM PUBLIC;

-- Name: FUNCTION _jobs_of(p_event bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._jobs_of(p_event bigint) FROM PUBLIC;

-- Name: FUNCTION _keep_calendars(p_names text[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._keep_calendars(p_names text[]) FROM PUBLIC;

-- Name: FUNCTION _keep_schedule(p_row pgsched._schedule); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._keep_schedule(p_row pgsched._schedule) FROM PUBLIC;

-- Name: FUNCTION _keep_version(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._keep_version() FROM PUBLIC;

-- Name: FUNCTION _kept(p_lo bigint, p_hi bigint, p_since timestamp with time zone, p_limit integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._kept(p_lo bigint, p_hi bigint, p_since timestamp with time zone, p_limit integer) FROM PUBLIC;

-- Name: FUNCTION _lane_depth(p_queues text[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._lane_depth(p_queues text[]) FROM PUBLIC;

-- Name: FUNCTION _live(p_ids bigint[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._live(p_ids bigint[]) FROM PUBLIC;

-- Name: FUNCTION _live(p_state pgsched.job_state, p_queue text, p_from bigint, p_before bigint, p_limit bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._live(p_state pgsched.job_state, p_queue text, p_from bigint, p_before bigint, p_limit bigint) FROM PUBLIC;

-- Name: FUNCTION _lock_schedules(p_names text[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._lock_schedules(p_names text[]) FROM PUBLIC;

-- Name: FUNCTION _log_in_begin(p_name text, p_address inet); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._log_in_begin(p_name text, p_address inet) FROM PUBLIC;

-- Name: FUNCTION _log_in_end(p_attempt bigint, p_version integer, p_hash bytea, p_password_hash text, p_excused bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._log_in_end(p_attempt bigint, p_version integer, p_hash bytea, p_password_hash text, p_excused bigint) FROM PUBLIC;

-- Name: FUNCTION _log_out(p_hash bytea); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._log_out(p_hash bytea) FROM PUBLIC;

-- Name: FUNCTION _make_end_events(p_ids bigint[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._make_end_events(p_ids bigint[]) FROM PUBLIC;

-- Name: FUNCTION _make_jobs(p_events pgsched._event[], p_types text[], p_only bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._make_jobs(p_events pgsched._event[], p_types text[], p_only bigint) FROM PUBLIC;

-- Name: FUNCTION _make_partitions(p_now timestamp with time zone, p_limit integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._make_partitions(p_now timestamp with time zone, p_limit integer) FROM PUBLIC;

-- Name: FUNCTION _make_stale(p_calendars text[], p_blackouts text[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._make_stale(p_calendars text[], p_blackouts text[]) FROM PUBLIC;

-- Name: FUNCTION _may_claim(p_worker uuid, p_queue text, p_limit integer, p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._may_claim(p_worker uuid, p_queue text, p_limit integer, p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _move_waiting(p_task text, p_from text, p_to text, p_limit integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._move_waiting(p_task text, p_from text, p_to text, p_limit integer) FROM PUBLIC;

-- Name: FUNCTION _new_claim_id(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._new_claim_id() FROM PUBLIC;

-- Name: FUNCTION _new_policy(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._new_policy() FROM PUBLIC;

-- Name: FUNCTION _new_secret(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._new_secret() FROM PUBLIC;

-- Name: FUNCTION _next_version(p_hook text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._next_version(p_hook text) FROM PUBLIC;

-- Name: FUNCTION _next_version(p_kind text, p_name text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._next_version(p_kind text, p_name text) FROM PUBLIC;

-- Name: FUNCTION _notify(p_channel text, p_payload text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._notify(p_channel text, p_payload text) FROM PUBLIC;

-- Name: FUNCTION _of_event(p_events jsonb, p_at integer, p_got text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._of_event(p_events jsonb, p_at integer, p_got text) FROM PUBLIC;

-- Name: FUNCTION _orphans(p_ids bigint[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._orphans(p_ids bigint[]) FROM PUBLIC;

-- Name: FUNCTION _override(p_task pgsched._task, p_overrides jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._override(p_task pgsched._task, p_overrides jsonb) FROM PUBLIC;

-- Name: FUNCTION _own_type(p_type text, p_source text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._own_type(p_type text, p_source text) FROM PUBLIC;

-- Name: FUNCTION _parents(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._parents() FROM PUBLIC;

-- Name: FUNCTION _partition_name(p_parent text, p_lo bigint, p_hi bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._partition_name(p_parent text, p_lo bigint, p_hi bigint) FROM PUBLIC;

-- Name: FUNCTION _partitions(p_parent text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._partitions(p_parent text) FROM PUBLIC;

-- Name: FUNCTION _path(p_what text, p_text text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._path(p_what text, p_text text) FROM PUBLIC;

-- Name: FUNCTION _patterns(p_type text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._patterns(p_type text) FROM PUBLIC;

-- Name: FUNCTION _percentile(p_histogram integer[], p_share double precision); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._percentile(p_histogram integer[], p_share double precision) FROM PUBLIC;

-- Name: FUNCTION _principal_of_key(p_hash bytea); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._principal_of_key(p_hash bytea) FROM PUBLIC;

-- Name: FUNCTION _principal_of_user(p_id bigint, p_version integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._principal_of_user(p_id bigint, p_version integer) FROM PUBLIC;

-- Name: FUNCTION _problems_of(p_event bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._problems_of(p_event bigint) FROM PUBLIC;

-- Name: FUNCTION _push_queue(p_endpoint text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._push_queue(p_endpoint text) FROM PUBLIC;

-- Name: FUNCTION _put_schedule(p_new pgsched.schedule, p_exists boolean); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._put_schedule(p_new pgsched.schedule, p_exists boolean) FROM PUBLIC;

-- Name: FUNCTION _ran_since(p_lo bigint, p_hi bigint, p_since timestamp with time zone, p_limit integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._ran_since(p_lo bigint, p_hi bigint, p_since timestamp with time zone, p_limit integer) FROM PUBLIC;

-- Name: FUNCTION _rebuild(p_parent text, p_lo bigint, p_hi bigint, p_since timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._rebuild(p_parent text, p_lo bigint, p_hi bigint, p_since timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _recent(p_by text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._recent(p_by text) FROM PUBLIC;

-- Name: FUNCTION _redrive(p_ids bigint[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._redrive(p_ids bigint[]) FROM PUBLIC;

-- Name: FUNCTION _refresh(p_hash bytea, p_new_hash bytea, p_request bytea, p_sealed text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._refresh(p_hash bytea, p_new_hash bytea, p_request bytea, p_sealed text) FROM PUBLIC;

-- Name: FUNCTION _refuse_change(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._refuse_change() FROM PUBLIC;

-- Name: FUNCTION _replan(p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._replan(p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _require_callable(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_callable() FROM PUBLIC;

-- Name: FUNCTION _require_children(p_parents bigint[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_children(p_parents bigint[]) FROM PUBLIC;

-- Name: FUNCTION _require_endpoint(p_name text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_endpoint(p_name text) FROM PUBLIC;

-- Name: FUNCTION _require_fields(p_of text, p_changes jsonb, p_fields text[], p_to_be text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_fields(p_of text, p_changes jsonb, p_fields text[], p_to_be text) FROM PUBLIC;

-- Name: FUNCTION _require_headers(p_headers jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_headers(p_headers jsonb) FROM PUBLIC;

-- Name: FUNCTION _require_held(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_held(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer) FROM PUBLIC;

-- Name: FUNCTION _require_hook(p_name text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_hook(p_name text) FROM PUBLIC;

-- Name: FUNCTION _require_job(p_id bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_job(p_id bigint) FROM PUBLIC;

-- Name: FUNCTION _require_lane(p_priority integer, p_queue text, p_due_at timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_lane(p_priority integer, p_queue text, p_due_at timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _require_live(p_worker uuid, p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_live(p_worker uuid, p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _require_own_voice(p_types text[], p_sources text[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_own_voice(p_types text[], p_sources text[]) FROM PUBLIC;

-- Name: FUNCTION _require_own_worker(p_worker uuid, p_queues text[], OUT queues text[], OUT tasks text[], OUT lease_s double precision); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_own_worker(p_worker uuid, p_queues text[], OUT queues text[], OUT tasks text[], OUT lease_s double precision) FROM PUBLIC;

-- Name: FUNCTION _require_owner(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_owner() FROM PUBLIC;

-- Name: FUNCTION _require_policy(p_policy jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_policy(p_policy jsonb) FROM PUBLIC;

-- Name: FUNCTION _require_range(p_name text, p_value numeric, p_min numeric, p_max numeric); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_range(p_name text, p_value numeric, p_min numeric, p_max numeric) FROM PUBLIC;

-- Name: FUNCTION _require_read_committed(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_read_committed() FROM PUBLIC;

-- Name: FUNCTION _require_role(p_role text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_role(p_role text) FROM PUBLIC;

-- Name: FUNCTION _require_rule(p_kind text, p_rule text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_rule(p_kind text, p_rule text) FROM PUBLIC;

-- Name: FUNCTION _require_run(p_job bigint, p_attempt integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_run(p_job bigint, p_attempt integer) FROM PUBLIC;

-- Name: FUNCTION _require_schedule(p_name text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_schedule(p_name text) FROM PUBLIC;

-- Name: FUNCTION _require_secret(p_style text, p_secret text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_secret(p_style text, p_secret text) FROM PUBLIC;

-- Name: FUNCTION _require_self(p_name text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_self(p_name text) FROM PUBLIC;

-- Name: FUNCTION _require_sign_up(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_sign_up() FROM PUBLIC;

-- Name: FUNCTION _require_task(p_task text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_task(p_task text) FROM PUBLIC;

-- Name: FUNCTION _require_user(p_name text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_user(p_name text) FROM PUBLIC;

-- Name: FUNCTION _require_version(p_id bigint, p_version integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_version(p_id bigint, p_version integer) FROM PUBLIC;

-- Name: FUNCTION _require_version(p_kind text, p_name text, p_version integer, p_expected integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_version(p_kind text, p_name text, p_version integer, p_expected integer) FROM PUBLIC;

-- Name: FUNCTION _require_version_of(p_kind text, p_name text, p_version integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_version_of(p_kind text, p_name text, p_version integer) FROM PUBLIC;

-- Name: FUNCTION _require_zone(p_timezone text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._require_zone(p_timezone text) FROM PUBLIC;

-- Name: FUNCTION _reschedule(p_ids bigint[], p_due_at timestamp with time zone, p_priority integer, p_queue text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._reschedule(p_ids bigint[], p_due_at timestamp with time zone, p_priority integer, p_queue text) FROM PUBLIC;

-- Name: FUNCTION _retry_delay_s(p_retry jsonb, p_failures integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._retry_delay_s(p_retry jsonb, p_failures integer) FROM PUBLIC;

-- Name: FUNCTION _roll_up(p_partition text, p_lo bigint, p_hi bigint, p_from timestamp with time zone, p_to timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._roll_up(p_partition text, p_lo bigint, p_hi bigint, p_from timestamp with time zone, p_to timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _rule_of(p_row pgsched.schedule, OUT kind text, OUT rule text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._rule_of(p_row pgsched.schedule, OUT kind text, OUT rule text) FROM PUBLIC;

-- Name: FUNCTION _running_now(p_id bigint, p_most integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._running_now(p_id bigint, p_most integer) FROM PUBLIC;

-- Name: FUNCTION _said(p_said jsonb, p_now timestamp with time zone, p_cause bigint, p_owner bigint, p_depth integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._said(p_said jsonb, p_now timestamp with time zone, p_cause bigint, p_owner bigint, p_depth integer) FROM PUBLIC;

-- Name: FUNCTION _scopes_of(p_role text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._scopes_of(p_role text) FROM PUBLIC;

-- Name: FUNCTION _secrets(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._secrets() FROM PUBLIC;

-- Name: FUNCTION _setting(p_name text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._setting(p_name text) FROM PUBLIC;

-- Name: FUNCTION _settle(p_exits pgsched._exit[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._settle(p_exits pgsched._exit[]) FROM PUBLIC;

-- Name: FUNCTION _settle_slots(p_decided pgsched._decision[], p_busy text[], p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._settle_slots(p_decided pgsched._decision[], p_busy text[], p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _sign_up_begin(p_name text, p_address inet); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._sign_up_begin(p_name text, p_address inet) FROM PUBLIC;

-- Name: FUNCTION _split_day(p_parent text, p_name text, p_lo bigint, p_hours bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._split_day(p_parent text, p_name text, p_lo bigint, p_hours bigint) FROM PUBLIC;

-- Name: FUNCTION _stat_queue(p_after text, p_limit integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._stat_queue(p_after text, p_limit integer) FROM PUBLIC;

-- Name: FUNCTION _stat_task(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._stat_task() FROM PUBLIC;

-- Name: FUNCTION _step_blocked(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_blocked(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _step_checkpoints(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_checkpoints(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _step_events(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_events(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _step_orphans(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_orphans(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _step_partitions(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_partitions(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _step_requests(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_requests(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _step_retention(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_retention(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _step_slots(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_slots(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _step_stats(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_stats(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _step_summarize(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_summarize(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _step_sweep(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_sweep(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _step_users(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_users(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _step_watches(p_now timestamp with time zone, p_mark bigint, p_did bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._step_watches(p_now timestamp with time zone, p_mark bigint, p_did bigint) FROM PUBLIC;

-- Name: FUNCTION _take(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._take(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[]) FROM PUBLIC;

-- Name: FUNCTION _take_due(p_names text[], p_busy text[], p_now timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._take_due(p_names text[], p_busy text[], p_now timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _taken(p_from jsonb, p_path jsonpath); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._taken(p_from jsonb, p_path jsonpath) FROM PUBLIC;

-- Name: FUNCTION _tasks_named(p_filter jsonpath); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._tasks_named(p_filter jsonpath) FROM PUBLIC;

-- Name: FUNCTION _tell(p_ids bigint[], p_wanted boolean); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._tell(p_ids bigint[], p_wanted boolean) FROM PUBLIC;

-- Name: FUNCTION _tell_of_users(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._tell_of_users() FROM PUBLIC;

-- Name: FUNCTION _thin(p_lo bigint, p_hi bigint, p_since timestamp with time zone, p_limit integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._thin(p_lo bigint, p_hi bigint, p_since timestamp with time zone, p_limit integer) FROM PUBLIC;

-- Name: FUNCTION _unknown_hook(p_name text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._unknown_hook(p_name text) FROM PUBLIC;

-- Name: FUNCTION _unused_watches(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._unused_watches() FROM PUBLIC;

-- Name: FUNCTION _upcoming(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._upcoming() FROM PUBLIC;

-- Name: FUNCTION _wait_s(p_max bigint, p_now timestamp with time zone, p_times timestamp with time zone[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._wait_s(p_max bigint, p_now timestamp with time zone, p_times timestamp with time zone[]) FROM PUBLIC;

-- Name: FUNCTION _wake(p_queues text[], p_dues timestamp with time zone[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._wake(p_queues text[], p_dues timestamp with time zone[]) FROM PUBLIC;

-- Name: FUNCTION _watches(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._watches() FROM PUBLIC;

-- Name: FUNCTION _which(p_kind text, p_name text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._which(p_kind text, p_name text) FROM PUBLIC;

-- Name: FUNCTION _whole_second(p_at timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._whole_second(p_at timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION _why_no_job(p_matches boolean, p_args jsonb, p_key text, p_bytes bigint, p_depth integer, p_max bigint, p_cause bigint, p_type text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._why_no_job(p_matches boolean, p_args jsonb, p_key text, p_bytes bigint, p_depth integer, p_max bigint, p_cause bigint, p_type text) FROM PUBLIC;

-- Name: FUNCTION _with_attributes(p_attributes jsonb, p_args jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._with_attributes(p_attributes jsonb, p_args jsonb) FROM PUBLIC;

-- Name: FUNCTION _write_as(p_kind text, p_name text, p_whole jsonb, p_changes jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._write_as(p_kind text, p_name text, p_whole jsonb, p_changes jsonb) FROM PUBLIC;

-- Name: FUNCTION _write_hook(p_old pgsched._hook, p_changes jsonb, p_version integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._write_hook(p_old pgsched._hook, p_changes jsonb, p_version integer) FROM PUBLIC;

-- Name: FUNCTION _write_schedule(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._write_schedule() FROM PUBLIC;

-- Name: FUNCTION _write_schedule_as(p_name text, p_whole jsonb, p_changes jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._write_schedule_as(p_name text, p_whole jsonb, p_changes jsonb) FROM PUBLIC;

-- Name: FUNCTION _write_subscription_as(p_name text, p_whole jsonb, p_changes jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._write_subscription_as(p_name text, p_whole jsonb, p_changes jsonb) FROM PUBLIC;

-- Name: FUNCTION _write_task(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._write_task() FROM PUBLIC;

-- Name: FUNCTION _write_version(p_kind text, p_name text, p_columns jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._write_version(p_kind text, p_name text, p_columns jsonb) FROM PUBLIC;

-- Name: FUNCTION add_endpoint(name text, url text, concurrency integer, timeout_s double precision, lease_s double precision, headers jsonb, tasks text[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.add_endpoint(name text, url text, concurrency integer, timeout_s double precision, lease_s double precision, headers jsonb, tasks text[]) FROM PUBLIC;

-- Name: FUNCTION await(p_waiter uuid, p_id bigint, p_for_s double precision); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.await(p_waiter uuid, p_id bigint, p_for_s double precision) FROM PUBLIC;

-- Name: FUNCTION backlog(queue text, running boolean); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.backlog(queue text, running boolean) FROM PUBLIC;

-- Name: FUNCTION begin_request(actor text, key text, digest bytea, OUT status integer, OUT headers jsonb, OUT content text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.begin_request(actor text, key text, digest bytea, OUT status integer, OUT headers jsonb, OUT content text) FROM PUBLIC;

-- Name: FUNCTION cancel(id bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.cancel(id bigint) FROM PUBLIC;

-- Name: FUNCTION cancel_jobs(ids bigint[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.cancel_jobs(ids bigint[]) FROM PUBLIC;

-- Name: FUNCTION cancel_run(job_id bigint, attempt integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.cancel_run(job_id bigint, attempt integer) FROM PUBLIC;

-- Name: FUNCTION cancels(p_worker uuid); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.cancels(p_worker uuid) FROM PUBLIC;

-- Name: FUNCTION change_endpoint(name text, changes jsonb, version integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.change_endpoint(name text, changes jsonb, version integer) FROM PUBLIC;

-- Name: FUNCTION change_hook(name text, changes jsonb, version integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.change_hook(name text, changes jsonb, version integer) FROM PUBLIC;

-- Name: FUNCTION change_setting(name text, value bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.change_setting(name text, value bigint) FROM PUBLIC;

-- Name: FUNCTION change_task(task text, changes jsonb, version integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.change_task(task text, changes jsonb, version integer) FROM PUBLIC;

-- Name: FUNCTION change_user(name text, changes jsonb, version integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.change_user(name text, changes jsonb, version integer) FROM PUBLIC;

-- Name: FUNCTION checkpoint(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.checkpoint(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer) FROM PUBLIC;

-- Name: FUNCTION claim(p_worker uuid, p_queue text, p_limit integer, p_cursors jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.claim(p_worker uuid, p_queue text, p_limit integer, p_cursors jsonb) FROM PUBLIC;

-- Name: FUNCTION claim_push(p_worker uuid, p_endpoint text, p_limit integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.claim_push(p_worker uuid, p_endpoint text, p_limit integer) FROM PUBLIC;

-- Name: FUNCTION claim_suspect(p_worker uuid, p_queues text[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.claim_suspect(p_worker uuid, p_queues text[]) FROM PUBLIC;

-- Name: FUNCTION complete(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_result jsonb, p_task text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.complete(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_result jsonb, p_task text) FROM PUBLIC;

-- Name: FUNCTION create_hook(name text, style text, secret text, settings jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.create_hook(name text, style text, secret text, settings jsonb) FROM PUBLIC;

-- Name: FUNCTION create_user(name text, role text, team text, password_hash text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.create_user(name text, role text, team text, password_hash text) FROM PUBLIC;

-- Name: FUNCTION declare_schedule(name text, task text, columns jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.declare_schedule(name text, task text, columns jsonb) FROM PUBLIC;

-- Name: FUNCTION declare_subscription(name text, task text, columns jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.declare_subscription(name text, task text, columns jsonb) FROM PUBLIC;

-- Name: FUNCTION declare_task(name text, queue text, priority integer, max_attempts integer, retry jsonb, timeout_s double precision, isolation text, transactional boolean, description text, category text, labels jsonb, enabled boolean, handler text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.declare_task(name text, queue text, priority integer, max_attempts integer, retry jsonb, timeout_s double precision, isolation text, transactional boolean, description text, category text, labels jsonb, enabled boolean, handler text) FROM PUBLIC;

-- Name: FUNCTION emit(type text, data jsonb, source text, subject text, id text, cause_job bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.emit(type text, data jsonb, source text, subject text, id text, cause_job bigint) FROM PUBLIC;

-- Name: FUNCTION emit_many(events jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.emit_many(events jsonb) FROM PUBLIC;

-- Name: FUNCTION evict(p_worker uuid, p_keep bigint[], p_started boolean); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.evict(p_worker uuid, p_keep bigint[], p_started boolean) FROM PUBLIC;

-- Name: FUNCTION explain(INOUT id bigint, OUT state pgsched.job_state, OUT reasons text[], OUT attempt integer, OUT max_attempts integer, OUT due_at timestamp with time zone, OUT last_error text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.explain(INOUT id bigint, OUT state pgsched.job_state, OUT reasons text[], OUT attempt integer, OUT max_attempts integer, OUT due_at timestamp with time zone, OUT last_error text) FROM PUBLIC;

-- Name: FUNCTION fail(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_errors text[], p_outcomes pgsched.run_outcome[], p_retry_in_s double precision[], p_final boolean[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.fail(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_errors text[], p_outcomes pgsched.run_outcome[], p_retry_in_s double precision[], p_final boolean[]) FROM PUBLIC;

-- Name: FUNCTION find_jobs(states pgsched.job_state[], queue text, task text, labels jsonb, made_since timestamp with time zone, made_until timestamp with time zone, after bigint, max_jobs integer, OUT ids bigint[], OUT next bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.find_jobs(states pgsched.job_state[], queue text, task text, labels jsonb, made_since timestamp with time zone, made_until timestamp with time zone, after bigint, max_jobs integer, OUT ids bigint[], OUT next bigint) FROM PUBLIC;

-- Name: FUNCTION finish(p_worker uuid, p_claims bigint[], p_tasks text[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.finish(p_worker uuid, p_claims bigint[], p_tasks text[]) FROM PUBLIC;

-- Name: FUNCTION finish(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_results text[], p_tasks text[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.finish(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_results text[], p_tasks text[]) FROM PUBLIC;

-- Name: FUNCTION finish_rotation(hook text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.finish_rotation(hook text) FROM PUBLIC;

-- Name: FUNCTION forgo(p_waiter uuid); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.forgo(p_waiter uuid) FROM PUBLIC;

-- Name: FUNCTION hand_over(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_endpoint text, p_to uuid, p_token bytea); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.hand_over(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_endpoint text, p_to uuid, p_token bytea) FROM PUBLIC;

-- Name: FUNCTION heartbeat(p_workers uuid[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.heartbeat(p_workers uuid[]) FROM PUBLIC;

-- Name: FUNCTION hold_endpoint(p_endpoint text, p_for_s double precision, p_problem text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.hold_endpoint(p_endpoint text, p_for_s double precision, p_problem text) FROM PUBLIC;

-- Name: FUNCTION job_state(id bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.job_state(id bigint) FROM PUBLIC;

-- Name: FUNCTION keep_answer(actor text, key text, status integer, headers jsonb, content text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.keep_answer(actor text, key text, status integer, headers jsonb, content text) FROM PUBLIC;

-- Name: FUNCTION lapse(p_worker uuid, p_limit integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.lapse(p_worker uuid, p_limit integer) FROM PUBLIC;

-- Name: FUNCTION leave(p_workers uuid[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.leave(p_workers uuid[]) FROM PUBLIC;

-- Name: FUNCTION log(p_worker uuid, p_ids bigint[], p_attempts integer[], p_levels text[], p_messages text[], p_progress double precision[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.log(p_worker uuid, p_ids bigint[], p_attempts integer[], p_levels text[], p_messages text[], p_progress double precision[]) FROM PUBLIC;

-- Name: FUNCTION make_api_key(user_name text, name text, hash bytea, shown text, scopes text[], queues text[], expires_at timestamp with time zone); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.make_api_key(user_name text, name text, hash bytea, shown text, scopes text[], queues text[], expires_at timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION nap(p_worker uuid, p_queues text[], p_poll_s double precision, OUT sleep_s double precision, OUT fresh boolean); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.nap(p_worker uuid, p_queues text[], p_poll_s double precision, OUT sleep_s double precision, OUT fresh boolean) FROM PUBLIC;

-- Name: FUNCTION next_due(p_queues text[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.next_due(p_queues text[]) FROM PUBLIC;

-- Name: FUNCTION outcome(id bigint, OUT state pgsched.job_state, OUT result jsonb, OUT error text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.outcome(id bigint, OUT state pgsched.job_state, OUT result jsonb, OUT error text) FROM PUBLIC;

-- Name: FUNCTION pause_endpoint(name text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.pause_endpoint(name text) FROM PUBLIC;

-- Name: FUNCTION pause_queue(queue text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.pause_queue(queue text) FROM PUBLIC;

-- Name: FUNCTION pause_task(task text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.pause_task(task text) FROM PUBLIC;

-- Name: FUNCTION plan(p_schedules text[], p_plan_nos bigint[], p_tos timestamp with time zone[], p_untils timestamp with time zone[], p_problems text[], p_slots text[], p_nominals timestamp with time zone[], p_dues timestamp with time zone[], p_skipped boolean[], p_notes jsonb[], OUT added integer, OUT locked text[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.plan(p_schedules text[], p_plan_nos bigint[], p_tos timestamp with time zone[], p_untils timestamp with time zone[], p_problems text[], p_slots text[], p_nominals timestamp with time zone[], p_dues timestamp with time zone[], p_skipped boolean[], p_notes jsonb[], OUT added integer, OUT locked text[]) FROM PUBLIC;

-- Name: FUNCTION push_state(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.push_state() FROM PUBLIC;

-- Name: FUNCTION quiet_for(p_max_s double precision, p_ahead_s double precision); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.quiet_for(p_max_s double precision, p_ahead_s double precision) FROM PUBLIC;

-- Name: FUNCTION reap(p_worker uuid, p_limit integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.reap(p_worker uuid, p_limit integer) FROM PUBLIC;

-- Name: FUNCTION redrive(id bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.redrive(id bigint) FROM PUBLIC;

-- Name: FUNCTION redrive_jobs(ids bigint[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.redrive_jobs(ids bigint[]) FROM PUBLIC;

-- Name: FUNCTION redrive_many(queue text, task text, state pgsched.job_state, ended_after timestamp with time zone, ended_before timestamp with time zone, error_like text, max_jobs integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.redrive_many(queue text, task text, state pgsched.job_state, ended_after timestamp with time zone, ended_before timestamp with time zone, error_like text, max_jobs integer) FROM PUBLIC;

-- Name: FUNCTION register(p_worker uuid, p_name text, p_host text, p_pid integer, p_role text, p_concurrency integer, p_queues text[], p_tasks text[], p_lease_s double precision); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.register(p_worker uuid, p_name text, p_host text, p_pid integer, p_role text, p_concurrency integer, p_queues text[], p_tasks text[], p_lease_s double precision) FROM PUBLIC;

-- Name: FUNCTION release(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_started boolean[], p_delay_s double precision); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.release(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_started boolean[], p_delay_s double precision) FROM PUBLIC;

-- Name: FUNCTION remove_endpoint(name text, version integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.remove_endpoint(name text, version integer) FROM PUBLIC;

-- Name: FUNCTION remove_hook(name text, version integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.remove_hook(name text, version integer) FROM PUBLIC;

-- Name: FUNCTION replay(subscription text, since timestamp with time zone, until timestamp with time zone, max_jobs integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.replay(subscription text, since timestamp with time zone, until timestamp with time zone, max_jobs integer) FROM PUBLIC;

-- Name: FUNCTION reschedule(id bigint, due_at timestamp with time zone, priority integer, queue text, version integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.reschedule(id bigint, due_at timestamp with time zone, priority integer, queue text, version integer) FROM PUBLIC;

-- Name: FUNCTION reschedule_jobs(ids bigint[], due_at timestamp with time zone, priority integer, queue text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.reschedule_jobs(ids bigint[], due_at timestamp with time zone, priority integer, queue text) FROM PUBLIC;

-- Name: FUNCTION reset_task(task text, fields text[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.reset_task(task text, fields text[]) FROM PUBLIC;

-- Name: FUNCTION restore_calendar(name text, version integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.restore_calendar(name text, version integer) FROM PUBLIC;

-- Name: FUNCTION restore_declared(kind text, name text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.restore_declared(kind text, name text) FROM PUBLIC;

-- Name: FUNCTION restore_schedule(name text, version integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.restore_schedule(name text, version integer) FROM PUBLIC;

-- Name: FUNCTION resume_endpoint(name text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.resume_endpoint(name text) FROM PUBLIC;

-- Name: FUNCTION resume_queue(queue text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.resume_queue(queue text) FROM PUBLIC;

-- Name: FUNCTION resume_task(task text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.resume_task(task text) FROM PUBLIC;

-- Name: FUNCTION retire_declarations(kind text, tasks text[], names text[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.retire_declarations(kind text, tasks text[], names text[]) FROM PUBLIC;

-- Name: FUNCTION retry_run(job_id bigint, attempt integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.retry_run(job_id bigint, attempt integer) FROM PUBLIC;

-- Name: FUNCTION revoke_api_key(id bigint); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.revoke_api_key(id bigint) FROM PUBLIC;

-- Name: FUNCTION rise(p_worker uuid); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.rise(p_worker uuid) FROM PUBLIC;

-- Name: FUNCTION rotate_endpoint(name text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.rotate_endpoint(name text) FROM PUBLIC;

-- Name: FUNCTION rotate_hook(name text, secret text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.rotate_hook(name text, secret text) FROM PUBLIC;

-- Name: FUNCTION rotate_secret(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.rotate_secret() FROM PUBLIC;

-- Name: FUNCTION save_checkpoint(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_value jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.save_checkpoint(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_value jsonb) FROM PUBLIC;

-- Name: FUNCTION save_script(name text, source text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.save_script(name text, source text) FROM PUBLIC;

-- Name: FUNCTION set_password(name text, password_hash text, version integer); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.set_password(name text, password_hash text, version integer) FROM PUBLIC;

-- Name: FUNCTION sign_up(name text, password_hash text); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.sign_up(name text, password_hash text) FROM PUBLIC;

-- Name: FUNCTION snooze(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_delays_s double precision[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.snooze(p_worker uuid, p_claims bigint[], p_ids bigint[], p_attempts integer[], p_delays_s double precision[]) FROM PUBLIC;

-- Name: FUNCTION suspects_due(p_queues text[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.suspects_due(p_queues text[]) FROM PUBLIC;

-- Name: FUNCTION tick(p_limit integer, OUT decided integer, OUT next_due_at timestamp with time zone, OUT apart boolean); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.tick(p_limit integer, OUT decided integer, OUT next_due_at timestamp with time zone, OUT apart boolean) FROM PUBLIC;

-- Name: FUNCTION tick_apart(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.tick_apart() FROM PUBLIC;

-- Name: FUNCTION trigger_schedule(name text, args jsonb); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.trigger_schedule(name text, args jsonb) FROM PUBLIC;

-- Name: FUNCTION unplanned(p_limit integer, p_ahead_s double precision); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.unplanned(p_limit integer, p_ahead_s double precision) FROM PUBLIC;

-- Name: FUNCTION upkeep(); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched.upkeep() FROM PUBLIC;

-- Name: FUNCTION _add(integer[]); Type: ACL; Schema: pgsched; Owner: -

REVOKE ALL ON FUNCTION pgsched._add(integer[]) FROM PUBLIC;

-- Name: SEQUENCE _id_seq; Type: ACL; Schema: pgsched; Owner: -

GRANT USAGE ON SEQUENCE pgsched._id_seq TO PUBLIC;
