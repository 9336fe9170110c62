-- What code declares of schedules and subscriptions: remembered, so that what an operator changes outlives the next start of a worker.

create table pgsched._declaration (
  kind        text not null,
  name        text not null,
  columns     jsonb not null,
  declared_at timestamptz not null,
  primary key (kind, name),
  constraint "kind must be schedule or subscription" check (kind in ('schedule', 'subscription')));
comment on column pgsched._declaration.columns is 'All that code may declare, also what it has left out.';
