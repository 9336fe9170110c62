-- Endpoints: where jobs of a task are sent by HTTP, instead of being run by a handler.

create domain pgsched.endpoint_name as text
  constraint "name of an endpoint must have 1 to 100 of the characters A-Z a-z 0-9 . _ -" check (value ~ '^[A-Za-z0-9._-]{1,100}$');
comment on domain pgsched.endpoint_name is 'Name of an endpoint; its jobs wait in the queue push:<name>.';

create table pgsched._endpoint (
  name         pgsched.endpoint_name primary key,
  url          text not null,
  headers      jsonb not null,
  secrets      text[] not null,
  concurrency  integer not null,
  timeout_s    double precision not null,
  lease_s      double precision not null,
  paused       boolean not null default false,
  paused_until timestamptz,
  problem      text,
  version      integer not null default 1,
  created_at   timestamptz not null,
  updated_at   timestamptz not null,
  constraint "url must be http:// or https://, a host and no user, at most 2000 characters"
    check (length(url) <= 2000 and url ~ '^https?://[^/?#@[:space:]]+([/?#][^[:space:]]*)?$'),
  constraint "concurrency of an endpoint must be from 1 to 1000" check (concurrency between 1 and 1000),
  constraint "timeout_s of an endpoint must be from 0.1 to 3600" check (timeout_s between 0.1 and 3600),
  constraint "lease_s of an endpoint must be from 1 to 3600" check (lease_s between 1 and 3600),
  constraint endpoint_has_one_or_two_secrets check (cardinality(secrets) between 1 and 2));
comment on column pgsched._endpoint.secrets is
  'The newest first, then the one before: requests are signed by both, so they must be here as they are.';
comment on column pgsched._endpoint.lease_s is 'How long it may be silent about a job that it answered 202 to.';
comment on column pgsched._endpoint.paused is 'By an operator, or by 410; until resume_endpoint().';
comment on column pgsched._endpoint.paused_until is 'By 429 or 503 with Retry-After.';

alter table pgsched._task add column endpoint pgsched.endpoint_name references pgsched._endpoint,
  add constraint "endpoint cannot be had by a transactional task" check (endpoint is null or not transactional);
comment on column pgsched._task.endpoint is 'Where its jobs are sent; NULL: workers run them.';

alter table pgsched._worker add column token bytea,
  drop constraint worker_role,
  add constraint worker_role check (role in ('supervisor', 'child', 'suspect', 'push', 'endpoint'));
comment on column pgsched._worker.token is 'Of an endpoint that goes on with a job by itself: SHA-256 of what it shows.';
