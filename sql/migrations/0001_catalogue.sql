-- What can be done, and where: small tables, keyed by name, written by people and by workers that start.
--
-- LOCK ORDER, everywhere: _worker, _claim by id, _blocked and _ready by id, _ended, _run.

create type pgsched.job_state as enum
  ('scheduled', 'ready', 'blocked', 'running', 'succeeded', 'dead', 'cancelled', 'expired');
comment on type pgsched.job_state is 'Derived from the table a job is in, never stored while the job is alive.';

create type pgsched.run_outcome as enum
  ('succeeded', 'failed', 'timed_out', 'lost', 'cancelled', 'snoozed', 'released', 'redriven', 'expired');
comment on type pgsched.run_outcome is 'How one attempt at a job came to its end.';

-- The names of constraints are written for the person who reads the error.
create domain pgsched.retry_policy as jsonb
  constraint "retry may have only kind, base_s, max_s and multiplier"
    check (jsonb_typeof(value) = 'object'
           and value - array['kind', 'base_s', 'max_s', 'multiplier'] = '{}')
  constraint "retry.kind: fixed, linear, exponential, exponential_jitter"
    check (coalesce(value ->> 'kind' in ('fixed', 'linear', 'exponential', 'exponential_jitter'), value is null))
  constraint "retry.base_s must be a number from 0 to 31536000"
    check (case when jsonb_typeof(value -> 'base_s') = 'number'
                then (value ->> 'base_s')::numeric between 0 and 31536000 else not value ? 'base_s' end)
  constraint "retry.max_s must be a number from 0 to 31536000"
    check (case when jsonb_typeof(value -> 'max_s') = 'number'
                then (value ->> 'max_s')::numeric between 0 and 31536000 else not value ? 'max_s' end)
  constraint "retry.multiplier must be a number from 1 to 100"
    check (case when jsonb_typeof(value -> 'multiplier') = 'number'
                then (value ->> 'multiplier')::numeric between 1 and 100 else not value ? 'multiplier' end);
comment on domain pgsched.retry_policy is
  'How long to wait after the nth failure: kind fixed (base_s), linear (base_s * n), exponential (base_s * multiplier ^ (n-1)) '
  'or exponential_jitter (half of that fixed, half random: "equal jitter" of the AWS Architecture Blog, 2015); never above max_s. '
  'Left out: base_s 5, max_s 3600, multiplier 2.';

create domain pgsched.name_text as text
  constraint "a name must have 1 to 200 characters" check (length(value) between 1 and 200);
comment on domain pgsched.name_text is 'Name of a task or queue.';

create table pgsched._setting (
  name  text primary key,
  value bigint not null,
  range int8range not null,
  about text not null,
  constraint "value must lie within range" check (value <@ range));
insert into pgsched._setting (name, value, range, about) values
  ('args_bytes_max', 1048576, '[1024,268435456)', 'Largest args of a job, in bytes of its jsonb.'),
  ('retention_days', 30, '[1,3650]', 'Days for which finished jobs and their runs are kept.'),
  ('partition_hours', 24, '[1,24]', 'Hours in a partition made for the next days: 24, or 1 for heavy use.');

create table pgsched._queue (
  name   pgsched.name_text primary key,
  paused boolean not null);

create table pgsched._task (
  name          pgsched.name_text primary key,
  queue         pgsched.name_text not null default 'default',
  priority      integer not null default 0,
  max_attempts  integer not null default 10,
  retry         pgsched.retry_policy not null default '{"kind": "exponential_jitter"}',
  timeout_s     double precision,
  isolation     text not null default 'none',
  transactional boolean not null default false,
  paused        boolean not null default false,
  description   text,
  updated_at    timestamptz not null default clock_timestamp(),
  constraint "priority must be from -100 to 100" check (priority between -100 and 100),
  constraint "max_attempts must be from 1 to 1000" check (max_attempts between 1 and 1000),
  constraint "timeout_s must be above 0 and at most 31536000" check (timeout_s > 0 and timeout_s <= 31536000),
  constraint "isolation must be none or process" check (isolation in ('none', 'process')));
-- Claims look here once a batch; it is empty unless a task needs it.
create index _task_special on pgsched._task (name) where paused or transactional;
