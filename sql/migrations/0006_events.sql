-- What happens: events, who is interested in them, and which jobs came of which event.

create domain pgsched.event_type as text
  constraint "type must be words of A-Z a-z 0-9 _ - with dots, at most 200"
    check (length(value) <= 200 and value ~ '^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$');
create domain pgsched.event_pattern as text
  constraint "event_type must be *, a type, or a type followed by .*"
    check (length(value) <= 200 and value ~ '^(\*|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(\.\*)?)$');
-- An index has source and id in one entry, which may have 2700 bytes.
create domain pgsched.event_source as text
  constraint "source must have 1 to 500 characters, at most 1200 bytes"
    check (length(value) between 1 and 500 and octet_length(value) <= 1200);
create domain pgsched.event_subject as text
  constraint "subject must have 1 to 500 characters" check (length(value) between 1 and 500);
create domain pgsched.event_external_id as text
  constraint "id must have 1 to 500 characters, at most 1200 bytes"
    check (length(value) between 1 and 500 and octet_length(value) <= 1200);
create domain pgsched.event_attributes as jsonb
  constraint "attributes must be an object of at most 65536 bytes"
    check (jsonb_typeof(value) = 'object' and pg_column_size(value) <= 65536);
create domain pgsched.event_time as timestamptz
  constraint "time must be finite and before the year 10000"
    check (value >= '0001-01-02 00:00:00+00' and value < '9999-12-31 00:00:00+00');
create domain pgsched.event_delay as interval
  constraint "delay must be from 0 to 7000 years" check (value between interval '0' and interval '7000 years');
create domain pgsched.subscription_name as text
  constraint "name must have 1 to 200 characters" check (length(value) between 1 and 200);

comment on domain pgsched.event_type is 'What kind of thing happened, for example order.created. Upper and lower case differ.';
comment on domain pgsched.event_pattern is 'Types of events: one, all below one (order.*), or all (*).';
comment on domain pgsched.event_source is 'Where it happened.';
comment on domain pgsched.event_subject is 'What it happened to.';
comment on domain pgsched.event_external_id is 'The name of an event in the words of its source: the same again is the same event.';
comment on domain pgsched.event_attributes is 'What else its source says of an event, by name: extensions of CloudEvents.';
comment on domain pgsched.event_time is 'When it happened.';
comment on domain pgsched.event_delay is 'How long after its event a job is due.';
comment on domain pgsched.subscription_name is 'Name of a subscription.';

-- Written by the rule of pgsched.event and by emit(), which check each value by casting it to its domain.
create table pgsched._event (
  id          bigint not null,
  time        timestamptz not null,
  cause_job   bigint,
  owner_id    bigint,
  depth       integer not null,
  type        text not null,
  source      text not null,
  subject     text,
  external_id text,
  data        jsonb not null,
  attributes  jsonb,
  primary key (id)
) partition by range (id);
comment on column pgsched._event.cause_job is 'The job that emitted it; NULL where no job did, or none was named.';
comment on column pgsched._event.owner_id is 'A user of _user: whose job emitted it or ended, else who did; NULL: nobody.';
comment on column pgsched._event.depth is 'How many events came before it in the chain: event, job, event, job, this.';

-- An INSERT finds its equal here and not in _event: a key over partitions would have to contain the id.
create table pgsched._event_key (
  source      text not null,
  external_id text not null,
  owner_id    bigint not null,
  event_id    bigint not null,
  primary key (source, external_id, owner_id));
comment on column pgsched._event_key.owner_id is
  'The user who emitted it; 0: one who sees all. So a user learns of nobody''s ids, and takes none from them.';
create index _event_key_event on pgsched._event_key (event_id);

create table pgsched._event_job (
  event_id        bigint not null,
  job_id          bigint,
  subscription_id bigint not null,
  problem         text,
  primary key (event_id, subscription_id)
) partition by range (event_id);
comment on table pgsched._event_job is 'What a subscription made of an event that it matched: one job, or, with job_id NULL, a problem.';
comment on column pgsched._event_job.problem is 'Begins with the name that the subscription had.';

create type pgsched._envelope as (
  id      text,
  type    text,
  source  text,
  subject text,
  time    timestamptz,
  data    jsonb);
comment on type pgsched._envelope is 'An event as filters and templates see it, by CloudEvents'' names.';
create type pgsched._event_args as (event pgsched._envelope);
comment on type pgsched._event_args is 'The args of a job where its subscription has no template.';

create type pgsched._hole as (
  at   text[],
  take jsonpath);
comment on type pgsched._hole is 'A place in a template, and the path in the event whose first value goes there.';

create table pgsched._subscription (
  id          bigint generated always as identity unique,
  name        pgsched.subscription_name primary key,
  event_type  pgsched.event_pattern not null,
  task        pgsched.task_name not null,
  filter      text,
  args        pgsched.job_args,
  queue       pgsched.queue_name,
  priority    pgsched.job_priority,
  delay       pgsched.event_delay not null default '0',
  key         pgsched.job_key,
  enabled     boolean not null default true,
  version     integer not null default 0,
  updated_at  timestamptz not null default '-infinity',
  -- made of the above by a trigger
  filter_path jsonpath,
  holes       pgsched._hole[] not null,
  key_path    jsonpath,
  whole       boolean not null,
  tasks       text[]);
comment on column pgsched._subscription.id is 'Stays when the name changes.';
comment on column pgsched._subscription.whole is 'Whether it asks for more of an event than data, the rest of which takes longer to make than a job.';
comment on column pgsched._subscription.tasks is 'Of job.*: the only tasks whose ends the filter is not false for; NULL: any.';
create index _subscription_type on pgsched._subscription (event_type);

insert into pgsched._setting (name, by_default, range, about) values
  ('event_depth_max', 16, '[1,1000]', 'How many events may follow from one another by way of the jobs that they make.');
insert into pgsched._upkeep (step) values ('events'), ('watches');
