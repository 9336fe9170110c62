-- Who works, who sleeps, and what running job shall stop.

create table pgsched._worker (
  id          uuid primary key,
  name        text not null,
  host        text not null,
  pid         integer not null,
  role        text not null,
  concurrency integer not null,
  queues      text[] not null,
  tasks       text[] not null,
  started_at  timestamptz not null,
  seen_at     timestamptz not null,
  lease_until timestamptz not null,
  live_since  timestamptz not null,
  lease_s     double precision not null,
  constraint worker_role check (role in ('supervisor', 'child', 'suspect'))
) with (fillfactor = 50);
create index _worker_name on pgsched._worker (name, id);

create table pgsched._idle (
  worker     uuid primary key,
  queues     text[] not null,
  wake_at    timestamptz not null,
  expires_at timestamptz not null
) with (fillfactor = 50);

create table pgsched._cancel (
  id           bigint primary key,
  worker       uuid not null,
  requested_at timestamptz not null);

create table pgsched._waiter (
  id         bigint not null,
  waiter     uuid not null,
  expires_at timestamptz not null,
  primary key (id, waiter));
comment on table pgsched._waiter is 'Who waits for the end of which job: only then is its end notified.';
