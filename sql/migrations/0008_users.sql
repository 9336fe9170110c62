-- Who uses the scheduler without a role of their own in Postgres: people and programs that come by the HTTP API.

create domain pgsched.user_name as text
  constraint "name must have 1 to 200 characters, without spaces or upper case"
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
