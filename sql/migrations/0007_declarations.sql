-- What code declares of schedules and subscriptions: remembered, so that what an operator changes outlives the next start of a worker.

create table pgsched._declaration (
  kind        text not null,
  name        text not null,
  columns     jsonb not null,
  declared_at timestamptz not null,
  made        numeric,
  primary key (kind, name),
  constraint "kind must be schedule or subscription" check (kind in ('schedule', 'subscription')));
comment on column pgsched._declaration.columns is 'All that code may declare, also what it has left out.';
comment on column pgsched._declaration.made is 'Which one the declaration made, as _which() says. Any other of this name is an operator''s.';
