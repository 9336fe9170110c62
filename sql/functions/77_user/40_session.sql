-- What follows a log-in: access tokens, which are short; refresh tokens, each good for one use; and the secrets that sign the former.

create or replace function pgsched._refresh(p_hash bytea, p_new_hash bytea, p_request bytea default null, p_sealed text default null)
  returns table (user_id bigint, name text, role text, team text, version integer, expires_at timestamptz, sealed text)
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Replace a refresh token by a new one. Who repeats the same p_request has lost the answer, and gets the new one again, as it was sealed, until
-- that has been used. Who comes with the old one in another way within ten seconds gets another one; who does so later has stolen it or was
-- robbed of it, and the log-in ends.
-- Returns  one row; none if the token is not known or its log-in has ended. No error, which would undo that end. sealed: of one issued before.
-- Locks    its session.   Errors  PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_session pgsched._session;
  v_replaced timestamptz;
  v_sealed text;
begin
  perform pgsched._require_read_committed();
  select s.* into v_session from pgsched._refresh_token as r join pgsched._session as s on s.id = r.session_id
   where r.hash = p_hash and s.ended_at is null and s.expires_at > v_now for no key update of s;
  if not found then return; end if;
  select r.replaced_at into v_replaced from pgsched._refresh_token as r where r.hash = p_hash;   -- as it is under the lock
  select n.sealed into v_sealed from pgsched._refresh_token as n
   where n.session_id = v_session.id and n.request = p_request and n.replaced_at is null;
  if not found then
    if v_replaced < v_now - interval '10 seconds' then
      update pgsched._session as s set ended_at = v_now where s.id = v_session.id;
      return;
    end if;
    update pgsched._refresh_token as r set replaced_at = coalesce(r.replaced_at, v_now) where r.hash = p_hash;
    insert into pgsched._refresh_token (hash, session_id, issued_at, request, sealed)
    values (p_new_hash, v_session.id, v_now, p_request, p_sealed);
    update pgsched._session as s set expires_at = v_now + make_interval(secs => pgsched._setting('refresh_token_s')) where s.id = v_session.id
    returning s.expires_at into v_session.expires_at;
  end if;
  return query select u.id, u.name::text, u.role, u.team::text, u.version, v_session.expires_at, v_sealed
                 from pgsched._user as u where u.id = v_session.user_id and not u.disabled;
end $$;

create or replace function pgsched._log_out(p_hash bytea) returns boolean language sql set search_path = pg_catalog, pg_temp as $$
  -- End the log-in of a refresh token, also of one that was replaced. Whether it was open.
  with ended as (
    update pgsched._session as s set ended_at = pgsched.clock()
     where s.id = (select r.session_id from pgsched._refresh_token as r where r.hash = p_hash) and s.ended_at is null returning s.id)
  select exists (select from ended) $$;

create or replace function pgsched._principal_of_user(p_id bigint, p_version integer)
  returns table (user_id bigint, name text, role text, team text, scopes text[], queues text[])
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
-- Who comes with an access token made for this version of a user; NULL: for any.
-- Returns  one row.   Errors  PS060 the user is not as it was then.
begin
  return query select u.id, u.name::text, u.role, u.team::text, pgsched._scopes_of(u.role), null::text[]
                 from pgsched._user as u where u.id = p_id and u.version = coalesce(p_version, u.version) and not u.disabled;
  if found then return; end if;
  raise exception using errcode = 'PS060', message = 'the access token is good no more: its user was changed', hint = 'refresh it, or log in again';
end $$;

create or replace function pgsched._secrets() returns table (id bigint, value bytea, access_token_s bigint)
  language sql stable set search_path = pg_catalog, pg_temp as $$
  -- The secrets by which an access token may be signed: new ones by the first, which is the newest.
  select s.id, s.value, pgsched._setting('access_token_s') from pgsched._secret as s
   where coalesce(s.expires_at > pgsched.clock(), true) order by s.id desc $$;

create or replace function pgsched.rotate_secret() returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Sign access tokens by a new secret. Those signed before stay good until they expire; so do the API's processes, which ask every minute.
-- Locks    the table of secrets: of two at once, one comes after the other.   Errors  PS028 no admin.
declare
  v_now timestamptz := pgsched.clock();
begin
  perform pgsched._require_admin();
  lock table pgsched._secret in share row exclusive mode;
  update pgsched._secret as s set expires_at = v_now + make_interval(secs => pgsched._setting('access_token_s') + 120)
   where s.expires_at is null;
  insert into pgsched._secret (value, made_at)
  select sha256(string_agg(uuid_send(gen_random_uuid()), ''::bytea)), v_now from generate_series(1, 4);   -- 488 random bits
end $$;
comment on function pgsched.rotate_secret is
  'Sign access tokens by a new secret, which nobody sees. Those signed before stay good until they expire, but no longer than the setting '
  'access_token_s now says.';

do $$
begin
  if not exists (select from pgsched._secret) then perform pgsched.rotate_secret(); end if;
end $$;
