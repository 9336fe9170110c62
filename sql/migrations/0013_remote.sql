-- Workers that come over HTTP, and what handlers keep of a job for its later attempts.

alter table pgsched._worker add column owner_id bigint;
comment on column pgsched._worker.owner_id is 'The user with whose key it registered over HTTP; NULL: nobody''s.';

create table pgsched._checkpoint (
  id       bigint primary key,
  attempt  integer not null,
  saved_at timestamptz not null,
  value    jsonb not null);
comment on table pgsched._checkpoint is 'What a handler has kept of a job for its later attempts; removed once the job has ended.';
comment on column pgsched._checkpoint.id is 'The job''s.';
comment on column pgsched._checkpoint.attempt is 'Which saved it.';

insert into pgsched._setting (name, by_default, range, about) values
  ('checkpoint_bytes_max', 1048576, '[0,67108864]', 'Bytes of JSON that the checkpoint of a job may have.');
insert into pgsched._upkeep (step) values ('checkpoints');
