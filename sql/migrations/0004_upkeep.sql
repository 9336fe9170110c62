-- What upkeep remembers, and the roll-ups that the stat_ views read.

create table pgsched._upkeep (
  step    text primary key,
  next_at timestamptz not null default '-infinity',
  done_at timestamptz,
  mark    bigint not null default 0,
  did     bigint not null default 0,
  total   bigint not null default 0,
  note    text,
  error   text
) with (fillfactor = 50);
comment on table pgsched._upkeep is
  'One row a step of upkeep(); who works on a step holds its row. For each there is a function _step_<name>(now, mark, did).';
comment on column pgsched._upkeep.mark is 'How far the step has come: an id, or milliseconds since 1970, as the step needs.';
comment on column pgsched._upkeep.did is 'How much its last call did, in its own unit: partitions, runs, jobs, rows.';
comment on column pgsched._upkeep.total is 'Sum of did.';
comment on column pgsched._upkeep.note is 'The last thing worth telling somebody.';
comment on column pgsched._upkeep.error is 'Why the last call failed; NULL if it did not.';
insert into pgsched._upkeep (step) values
  ('partitions'), ('retention'), ('stats'), ('summarize'), ('sweep'), ('blocked'), ('orphans');

create type pgsched._step as (
  done    text,
  did     bigint,
  mark    bigint,
  next_at timestamptz,
  note    text);
comment on type pgsched._step is
  'What a step of upkeep() did: in words, in numbers, how far it has come, when it is due again (now: there is more), a note or NULL. '
  'did NULL: it did not come to do anything.';

create table pgsched._stat (
  slot    timestamptz not null,
  queue   text not null,
  task    text not null,
  outcome pgsched.run_outcome not null,
  runs    bigint not null,
  wait_ms integer[] not null,
  run_ms  integer[] not null,
  primary key (slot, queue, task, outcome)
) with (fillfactor = 70);
comment on table pgsched._stat is
  'Runs that ended within ten seconds from slot, kept for 24 hours. wait_ms and run_ms are histograms: element k counts the runs of a '
  'duration in [2^((k-1)/4), 2^(k/4)) milliseconds, element 1 all below, element 128 all above. Elements past the last that counts '
  'any are left out. wait_ms, from when a job could first run until it did, counts first attempts only. Runs whose transaction '
  'committed more than five seconds after they ended are not in it.';

create table pgsched._stat_day (
  day     date not null,
  task    text not null,
  outcome pgsched.run_outcome not null,
  runs    bigint not null,
  primary key (day, task, outcome)
) with (fillfactor = 70);
comment on table pgsched._stat_day is 'Runs that ended on a day of UTC, added up beside _stat, kept for 400 days.';
