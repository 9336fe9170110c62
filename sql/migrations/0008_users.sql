-- Who uses the scheduler without a role of their own in Postgres: people and programs that come by the HTTP API.

create domain pgsched.user_name as text
  constraint "name must have 1 to 200 characters, no spaces, no upper case"
    check (length(value) between 1 and 200 and value !~ '\s' and value = lower(value));
create domain pgsched.team_name as text
  constraint "team must have 1 to 200 characters" check (length(value) between 1 and 200);
comment on domain pgsched.user_name is 'Name of a user, often an e-mail address.';
comment on domain pgsched.team_name is 'Users of one team share their jobs and schedules.';

create table pgsched._user (
  id            bigint generated always as identity primary key,
  name          pgsched.user_name not null unique,
  role          text not null,
  team          pgsched.team_name,
  password_hash text,
  disabled      boolean not null default false,
  version       integer not null default 1,
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  constraint "role must be admin, user or viewer" check (role in ('admin', 'user', 'viewer')));
comment on column pgsched._user.role is
  'admin: all of it. user: sees and changes jobs and schedules of its own and of its team. viewer: sees all, changes nothing.';
comment on column pgsched._user.password_hash is 'argon2id, in its own encoding; NULL: no log-in by password.';
comment on column pgsched._user.version is 'Grows with each change: a token names the one it was made under.';
create index _user_team on pgsched._user (team) where team is not null;

create table pgsched._api_key (
  id           bigint generated always as identity primary key,
  user_id      bigint not null references pgsched._user,
  name         text not null,
  hash         bytea not null unique,
  shown        text not null,
  scopes       text[] not null,
  queues       text[],
  created_at   timestamptz not null,
  expires_at   timestamptz,
  revoked_at   timestamptz,
  last_used_at timestamptz,
  constraint "name must have 1 to 200 characters" check (length(name) between 1 and 200),
  constraint "hash must be a SHA-256" check (octet_length(hash) = 32),
  constraint "scopes must be some of read, write, admin, worker"
    check (cardinality(scopes) > 0 and scopes <@ '{read,write,admin,worker}'),
  constraint "queues must name some, or be NULL for all"
    check (cardinality(queues) > 0 and array_position(queues, null) is null));
comment on column pgsched._api_key.hash is 'SHA-256 of the key, which is 32 random bytes: who reads this table has no key.';
comment on column pgsched._api_key.shown is 'What it begins with, to tell it from others.';
comment on column pgsched._api_key.last_used_at is 'To the minute.';
create index _api_key_user on pgsched._api_key (user_id);

create table pgsched._session (
  id         bigint generated always as identity primary key,
  user_id    bigint not null references pgsched._user,
  started_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at   timestamptz);
comment on table pgsched._session is 'A log-in. Whoever makes or ends something of one locks its row.';
create index _session_user on pgsched._session (user_id) where ended_at is null;
create index _session_expires on pgsched._session (expires_at);

create table pgsched._refresh_token (
  hash        bytea primary key,
  session_id  bigint not null references pgsched._session on delete cascade,
  issued_at   timestamptz not null,
  replaced_at timestamptz,
  request     bytea,
  sealed      text,
  constraint "hash must be a SHA-256" check (octet_length(hash) = 32));
comment on column pgsched._refresh_token.request is
  'By which request it was issued, as alone its sender can say: with the token that this one replaced, and the same Idempotency-Key.';
comment on column pgsched._refresh_token.sealed is 'The token, encrypted so that who repeats that request, and nobody else, can read it.';
create index _refresh_token_session on pgsched._refresh_token (session_id);

create table pgsched._log_in_attempt (
  id      bigint generated always as identity primary key,
  account text not null,
  address inet,
  at      timestamptz not null);
comment on table pgsched._log_in_attempt is 'Attempts that failed, or have not ended yet: one counts as failed until it has succeeded.';
comment on column pgsched._log_in_attempt.address is 'Of IPv6, the network of 64 bits, which is one subscriber''s.';
create index _log_in_attempt_account on pgsched._log_in_attempt (account, at);
create index _log_in_attempt_address on pgsched._log_in_attempt (address, at);
create index _log_in_attempt_at on pgsched._log_in_attempt (at);

create table pgsched._secret (
  id         bigint generated always as identity primary key,
  value      bytea not null,
  made_at    timestamptz not null,
  expires_at timestamptz);
comment on table pgsched._secret is
  'What access tokens are signed with: by the newest. Those before it are good for as long as tokens of them may be.';

insert into pgsched._setting (name, by_default, range, about) values
  ('sign_up', 0, '[0,1]', 'Whether anybody may make a user of role user for himself.'),
  ('access_token_s', 900, '[60,86400]', 'Seconds for which an access token is good.'),
  ('refresh_token_s', 2592000, '[3600,31536000]', 'Seconds after its last refresh until a log-in ends.'),
  ('log_in_window_s', 900, '[60,86400]', 'Seconds for which a failed log-in counts.'),
  ('log_in_account_max', 10, '[1,10000]', 'Failed log-ins of one account within these seconds; then it has to wait.'),
  ('log_in_address_max', 50, '[1,100000]', 'Failed log-ins from one address within these seconds; then it has to wait.');
insert into pgsched._upkeep (step) values ('users');
