-- Who may come by the HTTP API. Passwords are hashed in Python: Postgres, whose logs may show statements, never sees one.

create or replace function pgsched._scopes_of(p_role text) returns text[] language sql immutable as $$
  -- What a user of this role may do; a key of its own may do no more.
  select case p_role when 'admin' then array['read', 'write', 'admin', 'worker'] when 'user' then array['read', 'write'] else array['read'] end $$;

create or replace function pgsched._require_user(p_name text) returns pgsched._user language plpgsql set search_path = pg_catalog, pg_temp as $$
-- The row of a user, locked.   Errors  PS006 unknown user.
declare
  v_user pgsched._user;
begin
  select u.* into v_user from pgsched._user as u where u.name = p_name for no key update;
  if found then return v_user; end if;
  raise exception using errcode = 'PS006', message = format('user %L does not exist', p_name), hint = 'see pgsched.user';
end $$;

create or replace function pgsched._require_self(p_name text) returns void language plpgsql stable set search_path = pg_catalog, pg_temp as $$
-- Errors   PS028 the actor is neither this user nor an admin.
begin
  if exists (select from pgsched._user as u where u.id = pgsched._actor() and u.name = p_name and not u.disabled) then return; end if;
  perform pgsched._require_admin();
end $$;

create or replace function pgsched._require_role(p_role text) returns void language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
-- Before the table's constraint is asked: what that refuses Postgres tells, and logs, with the row, which has the hash of a password.
-- Errors   23514
begin
  if p_role in ('admin', 'user', 'viewer') then return; end if;
  raise exception using errcode = '23514', message = 'role must be admin, user or viewer', schema = 'pgsched',
    constraint = 'role must be admin, user or viewer';
end $$;

create or replace function pgsched._create_user(p_name text, p_role text, p_team text, p_password_hash text) returns bigint language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Returns  its id.   Errors  PS029 there is one of this name; 23514 with a constraint whose name says what is allowed.
declare
  v_now timestamptz := pgsched.clock();
  v_id bigint;
begin
  perform pgsched._require_role(p_role);
  insert into pgsched._user as u (name, role, team, password_hash, created_at, updated_at)
  values (p_name, p_role, p_team, p_password_hash, v_now, v_now)
  on conflict on constraint _user_name_key do nothing returning u.id into v_id;
  if found then return v_id; end if;
  raise exception using errcode = 'PS029', message = format('user %L exists already', p_name);
end $$;

create or replace function pgsched.create_user(name text, role text default 'user', team text default null, password_hash text default null)
  returns bigint language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Without password_hash (argon2id, in its own encoding) nobody can log in as it, but it may have keys.
-- Returns  its id.   Errors  PS028 no admin; PS029 there is one of this name; 23514 with a constraint whose name says what is allowed.
begin
  perform pgsched._require_admin();
  return pgsched._create_user(create_user.name, create_user.role, create_user.team, create_user.password_hash);
end $$;
comment on function pgsched.create_user is
  'Make a user of the HTTP API: role admin, user or viewer. password_hash is argon2id, as `pgsched user create` makes it; without, it has keys only.';

create or replace function pgsched._require_sign_up() returns void language plpgsql stable set search_path = pg_catalog, pg_temp as $$
-- Errors   PS028 sign-up is closed.
begin
  if pgsched._setting('sign_up') = 1 then return; end if;
  raise exception using errcode = 'PS028', message = 'sign-up is closed', hint = 'ask an admin for a user; the setting sign_up opens it';
end $$;

create or replace function pgsched.sign_up(name text, password_hash text) returns bigint language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Returns  the id of the new user, of role user and no team.   Errors  PS028 sign-up is closed; PS010 no password; else as create_user().
begin
  perform pgsched._require_sign_up();
  if sign_up.password_hash is null then
    raise exception using errcode = 'PS010', message = 'password_hash must not be null';
  end if;
  return pgsched._create_user(sign_up.name, 'user', null, sign_up.password_hash);
end $$;
comment on function pgsched.sign_up is 'Make a user for oneself, where the setting sign_up is 1. Returns its id.';

create or replace function pgsched.change_user(name text, changes jsonb, version integer default null) returns integer
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Set role, team or disabled: {"role": "viewer", "team": null}. Access tokens made before are good no more; who is disabled is logged out.
-- Returns  the new version; the present one if nothing changes.   Locks  its row, then those of its sessions.
-- Errors   PS028 no admin; PS006 unknown user; PS010 unknown field, null; PS026 it is not at the expected version; 23514 as create_user().
declare
  v_now timestamptz := pgsched.clock();
  v_old pgsched._user;
  v_new pgsched._user;
begin
  perform pgsched._require_admin();
  v_old := pgsched._require_user(change_user.name);
  v_new := jsonb_populate_record(v_old, changes);
  perform pgsched._require_fields('a user', changes, '{role,team,disabled}');
  if v_new.role is null or v_new.disabled is null then
    raise exception using errcode = 'PS010', message = 'role and disabled must not be null';
  end if;
  perform pgsched._require_version('user', v_old.name, v_old.version, change_user.version);
  if v_new = v_old then return v_old.version; end if;
  perform pgsched._require_role(v_new.role);
  update pgsched._user as u
     set role = v_new.role, team = v_new.team, disabled = v_new.disabled, version = u.version + 1, updated_at = v_now where u.id = v_old.id;
  if v_new.disabled then perform pgsched._end_sessions(v_old.id); end if;
  return v_old.version + 1;
end $$;
comment on function pgsched.change_user is
  'Set role, team or disabled of a user. version, if given, is the one that it must be at. A disabled one may not log in, and its keys do not '
  'work; its jobs and schedules stay. Returns the new version.';

create or replace function pgsched._end_sessions(p_user bigint) returns void language sql set search_path = pg_catalog, pg_temp as $$
  update pgsched._session as s set ended_at = pgsched.clock() where s.user_id = p_user and s.ended_at is null $$;

create or replace function pgsched.set_password(name text, password_hash text, version integer default null) returns integer
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Returns  the new version: every log-in of the user ends, and access tokens made before are good no more.
-- Locks    its row, then those of its sessions.
-- Errors   PS028 neither the user nor an admin; PS006 unknown user; PS026 it is not at the expected version.
declare
  v_user pgsched._user;
begin
  perform pgsched._require_self(set_password.name);
  v_user := pgsched._require_user(set_password.name);
  perform pgsched._require_version('user', v_user.name, v_user.version, set_password.version);
  update pgsched._user as u set password_hash = set_password.password_hash, version = u.version + 1, updated_at = pgsched.clock()
   where u.id = v_user.id;
  perform pgsched._end_sessions(v_user.id);
  return v_user.version + 1;
end $$;
comment on function pgsched.set_password is
  'Set the hash (argon2id) of a user''s password, NULL for none; every log-in of the user ends. Returns the new version.';

create or replace view pgsched.user as
select u.id, u.name, u.role, u.team, u.disabled, u.password_hash is not null as has_password, u.version, u.created_at, u.updated_at
  from pgsched._user as u
 where case when (select pgsched._owners_seen()) is null then true else u.id = (select pgsched._actor()) and not u.disabled end;
comment on view pgsched.user is 'Users of the HTTP API; change them by create_user(), change_user() and set_password().';
