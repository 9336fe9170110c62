-- When jobs come into being by the clock: schedules, the calendars they heed, the slots that are planned and those decided.

create domain pgsched.schedule_name as text
  constraint "name of a schedule must have 1 to 200 characters" check (length(value) between 1 and 200);
create domain pgsched.calendar_name as text
  constraint "name of a calendar must be of a-z, 0-9, _ and -, at most 100, and none of: and, or, not"
    check (value ~ '^[a-z0-9_][a-z0-9_-]{0,99}$' and value not in ('and', 'or', 'not'));
create domain pgsched.pause as interval
  constraint "jitter, splay and grace must be from 0 to 1 day" check (value between interval '0' and interval '1 day');

-- What Python can hold; and infinity is no time.
create domain pgsched.schedule_time as timestamptz
  constraint "times must be finite, of the years 1901 to 2999" check (extract(year from value at time zone 'UTC') between 1901 and 2999);
create domain pgsched.schedule_day as date
  constraint "days must be of the years 1901 to 2999" check (extract(year from value) between 1901 and 2999);

comment on domain pgsched.schedule_name is 'Name of a schedule.';
comment on domain pgsched.calendar_name is 'Name of a business calendar or of blackout windows.';
comment on domain pgsched.pause is 'A time that moves a slot.';
comment on domain pgsched.schedule_time is 'When a schedule or a blackout window starts or ends.';
comment on domain pgsched.schedule_day is 'A holiday.';

create table pgsched._schedule (
  name            pgsched.schedule_name primary key,
  task            pgsched.task_name not null,
  args            pgsched.job_args not null,
  kind            text not null,
  rule            text not null,
  timezone        text not null,
  calendar        text,
  roll            text not null,
  blackout        text,
  blackout_policy text not null,
  starts_at       pgsched.schedule_time,
  ends_at         pgsched.schedule_time,
  max_runs        integer,
  jitter          pgsched.pause not null,
  splay           pgsched.pause not null,
  overlap         text not null,
  misfire         text not null,
  misfire_limit   integer not null,
  grace           pgsched.pause not null,
  condition       text,
  priority        pgsched.job_priority,
  queue           pgsched.queue_name,
  labels          pgsched.job_labels,
  owner_id        bigint,
  paused          boolean not null,
  version         integer not null,
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  deleted_at      timestamptz,
  -- what tick() and the planners move
  plan_no         bigint not null,
  since           timestamptz not null,
  planned_to      timestamptz not null,
  planned_until   timestamptz not null default '-infinity',
  planner_until   timestamptz not null default '-infinity',
  retry_at        timestamptz,
  runs            integer not null default 0,
  last_jobs       bigint[] not null default '{}',
  plan_problem    text,
  tick_problem    text,
  constraint "kind must be cron, rrule, every, at or business" check (kind in ('cron', 'rrule', 'every', 'at', 'business')),
  constraint "roll must be skip, following, preceding or modified_following"
    check (roll in ('skip', 'following', 'preceding', 'modified_following')),
  constraint "blackout_policy must be skip, hold or before" check (blackout_policy in ('skip', 'hold', 'before')),
  constraint "overlap must be allow, skip, queue or cancel" check (overlap in ('allow', 'skip', 'queue', 'cancel')),
  constraint "misfire must be skip, once or all" check (misfire in ('skip', 'once', 'all')),
  constraint "misfire_limit must be from 1 to 1000" check (misfire_limit between 1 and 1000),
  constraint "max_runs must be at least 1" check (max_runs > 0),
  constraint "ends_at must be after starts_at" check (ends_at > starts_at),
  constraint "starts_at of every and rrule must be a whole second"
    check (kind not in ('every', 'rrule') or extract(second from starts_at) = trunc(extract(second from starts_at)))
) with (fillfactor = 50);
-- Planners look for what is not planned far enough ahead; nothing else changes planned_until.
create index _schedule_planned on pgsched._schedule (planned_until) where deleted_at is null;
create sequence pgsched._plan_no_seq;

comment on column pgsched._schedule.owner_id is 'A user of _user; NULL: nobody''s. Its jobs are the same one''s.';
comment on column pgsched._schedule.condition is
  'A function (schedule text, nominal timestamptz) returns boolean, by schema and name. As text: a regproc would stop pg_upgrade.';
comment on column pgsched._schedule.plan_no is
  'From a sequence, anew whenever its slots have to be planned anew: what a planner brings for another one is left out.';
comment on column pgsched._schedule.since is
  'Occasions up to this nominal time are none of its plan: they were before its rule, or before a change of what it heeds.';
comment on column pgsched._schedule.planned_to is
  'Every occasion up to this nominal time is planned or decided; what is planned beyond is about to be planned anew.';
comment on column pgsched._schedule.planned_until is
  'Every slot that is due up to then is planned or decided; -infinity: to be planned anew; infinity: there are no more.';
comment on column pgsched._schedule.planner_until is 'A planner works on it until then.';
comment on column pgsched._schedule.retry_at is 'It is ticked apart from the others, from then on: it failed, or has a job to cancel.';
comment on column pgsched._schedule.runs is 'How many jobs it has made.';
comment on column pgsched._schedule.last_jobs is
  'Its last job at the end; before it, where overlap is not allow, those that may not have ended.';
comment on column pgsched._schedule.plan_problem is 'Why its slots cannot be planned.';
comment on column pgsched._schedule.tick_problem is 'Why its last slot did not fire as it should.';

create table pgsched._plan (
  schedule pgsched.schedule_name,
  nominal  timestamptz,
  due_at   timestamptz not null,
  skipped  boolean not null,
  notes    jsonb not null,
  held     boolean not null default false,
  primary key (schedule, nominal)
) with (vacuum_truncate = off, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
        autovacuum_vacuum_cost_delay = 0);
create index _plan_due on pgsched._plan (due_at) where not held;
create index _plan_held on pgsched._plan (schedule) where held;
create index _plan_next on pgsched._plan (schedule, due_at);
comment on table pgsched._plan is 'Slots to come. A slot that is decided leaves it, for _slot.';
comment on column pgsched._plan.held is 'Its time has come, and it waits for the end of the job before it (overlap queue).';

create table pgsched._slot (
  schedule   pgsched.schedule_name,
  nominal    timestamptz,
  outcome    text not null,
  reason     text,
  job_id     bigint,
  decided_at timestamptz not null,
  primary key (schedule, nominal),
  constraint slot_outcome check (outcome in ('fired', 'skipped', 'missed')),
  constraint slot_fired_makes_a_job check ((outcome = 'fired') = (job_id is not null)));
create index _slot_decided on pgsched._slot (decided_at);
comment on table pgsched._slot is 'Slots that were decided: once each, which its key says.';

create table pgsched._stale (schedule pgsched.schedule_name not null);
comment on table pgsched._stale is
  'Schedules whose calendar or blackout has changed, each as often as that happened. The next tick() has them planned anew: whoever '
  'keeps calendars waits for no schedule, and none waits for an open transaction.';

create table pgsched._calendar (
  name    pgsched.calendar_name primary key,
  weekend integer[] not null default '{6,7}',
  about   text,
  version integer not null default 1,
  constraint "weekend must hold days from 1 (Monday) to 7 (Sunday), not all of them"
    check (weekend <@ '{1,2,3,4,5,6,7}' and not weekend @> '{1,2,3,4,5,6,7}'));
create table pgsched._holiday (
  calendar pgsched.calendar_name references pgsched._calendar on delete cascade on update cascade,
  day      pgsched.schedule_day,
  name     text not null,
  primary key (calendar, day));
create table pgsched._blackout (
  name      pgsched.calendar_name not null,
  starts_at pgsched.schedule_time not null,
  ends_at   pgsched.schedule_time not null,
  reason    text not null,
  primary key (name, starts_at),
  constraint "ends_at must be after starts_at" check (ends_at > starts_at));

create table pgsched._version (
  kind       text,
  name       text,
  version    integer,
  columns    jsonb,
  changed_at timestamptz not null,
  changed_by text not null,
  xact       xid8 not null,
  primary key (kind, name, version),
  constraint version_kind check (kind in ('schedule', 'calendar')));
comment on table pgsched._version is 'What schedules and calendars were.';
comment on column pgsched._version.columns is
  'Of a schedule those that code may declare; of a calendar weekend, about, and the name of each holiday by its day. NULL: it was removed.';
comment on column pgsched._version.xact is 'What one transaction changes of a calendar is one version.';

create type pgsched._decision as (
  schedule text,
  nominal  timestamptz,
  outcome  text,
  reason   text,
  job_id   bigint);
comment on type pgsched._decision is 'What tick() makes of a slot: an outcome of _slot, or held; job_id where it fires.';

insert into pgsched._setting (name, by_default, range, about) values
  ('slot_days', 30, '[1,3650]', 'Days for which decided slots of schedules are kept: one that fires each second has 2.6 million in 30 days.');
insert into pgsched._upkeep (step) values ('slots');
