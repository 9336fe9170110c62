-- The life of a job: facts written once, a narrow row that moves between small tables, history that only grows.

create sequence pgsched._id_seq as bigint minvalue 0 maxvalue 1048575 start 0 cycle cache 1;

-- Written by the rule of pgsched.job alone, which checks each value by casting it to its domain.
create table pgsched._job (
  id           bigint not null,
  due_at       timestamptz not null,
  created_at   timestamptz not null,
  timeout_s    double precision,
  parent_id    bigint,
  owner_id     bigint,
  cause_event  bigint,
  priority     integer not null,
  max_attempts integer,
  task_version integer,
  queue        text not null,
  task         text not null,
  args         jsonb not null,
  retry        jsonb,
  key          text,
  labels       jsonb,
  trace        text,
  primary key (id)
) partition by range (id);
comment on column pgsched._job.owner_id is 'A user of _user; NULL: nobody''s.';

comment on column pgsched._job.cause_event is 'The event that its parent, or one of its parents, was made of: told from job to job, for chains.';

create table pgsched._run (
  job_id      bigint not null,
  started_at  timestamptz not null,
  finished_at timestamptz not null,
  worker      uuid,
  attempt     integer not null,
  outcome     pgsched.run_outcome not null,
  charged     boolean not null,
  queue       text not null,
  error       text,
  result      jsonb,
  primary key (job_id, attempt)
) partition by range (job_id);
-- Rows come almost in order of finished_at, so a BRIN index finds the last minutes for next to nothing.
create index _run_finished_at on pgsched._run using brin (finished_at) with (pages_per_range = 32);

create table pgsched._log (
  job_id    bigint not null,
  attempt   integer not null,
  logged_at timestamptz not null,
  level     text not null,
  message   text,
  progress  double precision,
  constraint "progress must be from 0 to 1" check (progress between 0 and 1)
) partition by range (job_id);
create index _log_job on pgsched._log (job_id, logged_at);

create table pgsched._ready (
  id       bigint primary key,
  queue    text not null,
  priority integer not null,
  attempt  integer not null,
  due_at   timestamptz not null
) with (vacuum_truncate = off, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
        autovacuum_vacuum_cost_delay = 0);
create unique index _ready_lane on pgsched._ready (queue, priority desc, due_at, id);

-- Which priorities a queue has ever had, so that a claim never searches _ready for them. Doubles are
-- allowed: a unique index would make two producers who see a new lane wait for each other, or deadlock.
create table pgsched._lane (
  queue    text not null,
  priority integer not null);
create index _lane_queue on pgsched._lane (queue, priority desc);

create table pgsched._blocked (
  id       bigint primary key,
  queue    text not null,
  priority integer not null,
  attempt  integer not null,
  due_at   timestamptz not null,
  reason   text not null,
  subject  text not null,
  constraint blocked_for_a_known_reason check (reason in ('task_held', 'suspect'))
) with (vacuum_truncate = off);
comment on column pgsched._blocked.subject is 'What it waits for: the task (task_held) or the queue (suspect).';
create index _blocked_reason on pgsched._blocked (reason, subject, due_at, id);

create table pgsched._claim (
  id         bigint primary key,
  worker     uuid not null,
  claimed_at timestamptz not null,
  priority   integer not null,
  flags      integer not null,
  queue      text not null,
  ids        bigint[] not null,
  attempts   integer[] not null,
  constraint claim_attempt_for_each_id check (cardinality(ids) = cardinality(attempts) and cardinality(ids) > 0),
  constraint claim_flagged_jobs_are_alone check (flags = 0 or cardinality(ids) = 1)
) with (fillfactor = 50, vacuum_truncate = off, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);
-- A row of 250 jobs is longer than what Postgres moves out of line: a long queue name cost a write to the side table.
alter table pgsched._claim alter queue set storage plain, alter ids set storage plain, alter attempts set storage plain;
comment on column pgsched._claim.flags is 'Bit 1: transactional task. Bit 2: suspect, a loss is charged.';

create table pgsched._ended (
  id       bigint primary key,
  ended_at timestamptz not null,
  attempt  integer not null,
  state    pgsched.job_state not null,
  queue    text not null,
  task     text not null,
  error    text,
  constraint ended_means_final check (state in ('dead', 'cancelled', 'expired')));
create index _ended_queue on pgsched._ended (state, queue, id);
create index _ended_at on pgsched._ended (state, ended_at);

create type pgsched._exit as (
  id         bigint,
  attempt    integer,
  queue      text,
  priority   integer,
  flags      integer,
  claimed_at timestamptz,
  worker     uuid,
  outcome    pgsched.run_outcome,
  charged    boolean,
  error      text,
  next       text,
  due_at     timestamptz);
comment on type pgsched._exit is
  'A job that left its _claim row, and where it goes: next is ready, suspect, dead or cancelled; outcome NULL means it never started.';
