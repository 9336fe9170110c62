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

-- What a job may be. Domains, not constraints of its table: Postgres keeps their expressions ready, but parses those of
-- a table anew for each INSERT (25 us of the 82 that one row took).
create domain pgsched.task_name as text
  constraint "task must have 1 to 200 characters" check (length(value) between 1 and 200);
create domain pgsched.queue_name as text
  constraint "queue must have 1 to 200 characters" check (length(value) between 1 and 200);
create domain pgsched.job_args as jsonb
  constraint "args must be a JSON object" check (jsonb_typeof(value) = 'object');
create domain pgsched.job_priority as integer
  constraint "priority must be from -100 to 100" check (value between -100 and 100);
create domain pgsched.job_due_at as timestamptz
  constraint "due_at must be finite and before the year 10000"
    check (value >= '0001-01-02 00:00:00+00' and value < '10000-01-01 00:00:00+00');
create domain pgsched.job_max_attempts as integer
  constraint "max_attempts must be from 1 to 1000" check (value between 1 and 1000);
create domain pgsched.job_timeout_s as double precision
  constraint "timeout_s must be above 0 and at most 31536000" check (value > 0 and value <= 31536000);
create domain pgsched.job_key as text
  constraint "key must have 1 to 500 characters" check (length(value) between 1 and 500);
create domain pgsched.job_labels as jsonb
  constraint "labels must be a JSON object" check (jsonb_typeof(value) = 'object');

comment on domain pgsched.task_name is 'Name of a task.';
comment on domain pgsched.queue_name is 'Name of a queue.';
comment on domain pgsched.job_args is 'Keyword arguments of a handler.';
comment on domain pgsched.job_priority is 'Higher first.';
comment on domain pgsched.job_due_at is 'When a job may run first.';
comment on domain pgsched.job_max_attempts is 'How many claims that count until a job is dead.';
comment on domain pgsched.job_timeout_s is 'Seconds after which an attempt is ended.';
comment on domain pgsched.job_key is 'What a job is about, in the callers words.';
comment on domain pgsched.job_labels is 'What a job is found by.';

create table pgsched._setting (
  name       text primary key,
  value      bigint,
  by_default bigint not null,
  range      int8range not null,
  about      text not null,
  constraint "value must lie within range" check (value <@ range and by_default <@ range));
comment on column pgsched._setting.value is 'NULL: as it is by default.';
insert into pgsched._setting (name, by_default, range, about) values
  ('args_bytes_max', 1048576, '[1024,268435456)', 'Largest args of a job, in bytes of its jsonb.'),
  ('retention_days', 30, '[1,3650]', 'Days for which finished jobs and their runs are kept.'),
  ('partition_hours', 24, '[1,24]', 'Hours in a partition made for the next days: 24, or 1 for heavy use.'),
  ('partition_days_ahead', 60, '[3,400]',
   'For so many days there are partitions: for as long, jobs can be made though nobody does the upkeep.');

create table pgsched._queue (
  name   pgsched.queue_name primary key,
  paused boolean not null);

create table pgsched._task (
  name          pgsched.task_name primary key,
  declared      jsonb not null,
  overrides     jsonb not null default '{}',
  queue         pgsched.queue_name not null,
  priority      pgsched.job_priority not null,
  max_attempts  pgsched.job_max_attempts not null,
  retry         pgsched.retry_policy not null,
  timeout_s     pgsched.job_timeout_s,
  isolation     text not null,
  transactional boolean not null,
  enabled       boolean not null,
  paused        boolean not null default false,
  held          boolean not null generated always as (paused or not enabled) stored,
  description   text,
  category      text,
  labels        pgsched.job_labels,
  handler       text,
  version       integer not null,
  updated_at    timestamptz not null,
  constraint "isolation must be none or process" check (isolation in ('none', 'process')),
  constraint "description must have at most 10000 characters" check (length(description) <= 10000),
  constraint "category must have 1 to 200 characters" check (length(category) between 1 and 200));
comment on column pgsched._task.declared is 'What code says of it; the other columns of the policy follow from this and overrides.';
comment on column pgsched._task.overrides is 'What an operator has set in place of it.';
comment on column pgsched._task.held is 'Its jobs are not run, but blocked.';
-- Claims look here once a batch; it is empty unless a task needs it.
create index _task_special on pgsched._task (name) where held or transactional;

create table pgsched._task_version (
  task       text not null,
  version    integer not null,
  policy     jsonb not null,
  overrides  jsonb not null,
  changed_at timestamptz not null,
  changed_by text not null,
  primary key (task, version));
