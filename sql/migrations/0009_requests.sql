-- What was answered to requests that must be carried out only once.

create table pgsched._request (
  actor   text not null,
  key     text not null,
  digest  bytea not null,
  made_at timestamptz not null,
  status  integer,
  headers jsonb,
  content text,
  primary key (actor, key),
  constraint "Idempotency-Key must have 1 to 200 characters" check (length(key) between 1 and 200));
comment on column pgsched._request.digest is 'SHA-256 of the request: another one with this key is a mistake.';
comment on column pgsched._request.status is 'Of the answer; seen by others only once it is there.';
create index _request_made on pgsched._request (made_at);

insert into pgsched._setting (name, by_default, range, about) values
  ('request_hours', 24, '[1,8760]', 'Hours for which an Idempotency-Key is remembered.');
insert into pgsched._upkeep (step) values ('requests');
