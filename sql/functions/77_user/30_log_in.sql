-- Log-in by password: _log_in_begin() counts and tells the hash, Python compares, _log_in_end() opens a session.

create or replace function pgsched._wait_s(p_max bigint, p_now timestamptz, p_times timestamptz[]) returns integer language sql stable as $$
  -- Seconds until fewer than p_max of these failures, the newest first, count; 0: now.
  select case when cardinality(p_times) < p_max then 0
              else greatest(1, ceil(extract(epoch from p_times[p_max] - p_now) + pgsched._setting('log_in_window_s')))::integer end $$;

create or replace function pgsched._log_in_begin(p_name text, p_address inet)
  returns table (attempt bigint, wait_s integer, user_id bigint, password_hash text, version integer)
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Count an attempt to log in, as a failure until it has succeeded; so many at once are no more than one after the other.
-- Returns  one row: the attempt; or, where there were too many, how many seconds to wait. user_id is NULL for an unknown or disabled user
--          and for one without password: compare something all the same, so that the time it takes tells nothing.
-- Locks    its account and its address, until the transaction ends: commit before the comparison.
-- Errors   PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_since timestamptz := v_now - make_interval(secs => pgsched._setting('log_in_window_s'));
  v_account_max bigint := pgsched._setting('log_in_account_max');
  v_address_max bigint := pgsched._setting('log_in_address_max');
  v_account text := left(lower(p_name), 200);
  v_network inet := case when family(p_address) = 6 then network(set_masklen(p_address, 64)) else p_address end;
begin
  perform pgsched._require_read_committed();
  perform pg_advisory_xact_lock(hashtextextended('pgsched account ' || v_account, 0));
  perform pg_advisory_xact_lock(hashtextextended('pgsched address ' || v_network::text, 0));   -- after the account: so nobody waits in a circle
  wait_s := greatest(
    pgsched._wait_s(v_account_max, v_now, array(
      select a.at from pgsched._log_in_attempt as a where a.account = v_account and a.at > v_since order by a.at desc limit v_account_max)),
    pgsched._wait_s(v_address_max, v_now, array(
      select a.at from pgsched._log_in_attempt as a where a.address = v_network and a.at > v_since order by a.at desc limit v_address_max)));
  if wait_s = 0 then
    insert into pgsched._log_in_attempt as a (account, address, at) values (v_account, v_network, v_now) returning a.id into attempt;
    select u.id, u.password_hash, u.version into user_id, password_hash, version
      from pgsched._user as u where u.name = v_account and not u.disabled and u.password_hash is not null;
  end if;
  return next;
end $$;

create or replace function pgsched._sign_up_begin(p_name text, p_address inet) returns integer language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Whether anybody may sign up; counted as a failed log-in: to hash a password takes as long as to compare one.
-- Returns  how many seconds to wait; 0: none.   Locks  as _log_in_begin().   Errors  PS028 sign-up is closed; PS023 not READ COMMITTED.
begin
  perform pgsched._require_sign_up();
  return (select b.wait_s from pgsched._log_in_begin(p_name, p_address) as b);
end $$;

create or replace function pgsched._log_in_end(
    p_attempt bigint, p_version integer, p_hash bytea, p_password_hash text default null, p_excused bigint default null)
  returns table (user_id bigint, name text, role text, team text, version integer, expires_at timestamptz)
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- The password was right: open a session with this refresh token (its SHA-256). p_password_hash: the same password, hashed anew.
-- p_excused: an attempt of the same account that counts as failed no more.
-- Returns  one row: the user, and until when the token is good.   Locks  the user's row.
-- Errors   PS060 the attempt has ended, or its user was changed meanwhile.
declare
  v_now timestamptz := pgsched.clock();
  v_user pgsched._user;
  v_session pgsched._session;
begin
  with done as (delete from pgsched._log_in_attempt as a where a.id = p_attempt returning a.account)
  select u.* into v_user from pgsched._user as u, done as d
   where u.name = d.account and not u.disabled and u.version = p_version for no key update of u;
  if not found then
    raise exception using errcode = 'PS060', message = 'the log-in has failed: the user was changed meanwhile', hint = 'try again';
  end if;
  delete from pgsched._log_in_attempt as a where a.id = p_excused and a.account = v_user.name;
  update pgsched._user as u set password_hash = p_password_hash where u.id = v_user.id and p_password_hash is not null;
  insert into pgsched._session as s (user_id, started_at, expires_at)
  values (v_user.id, v_now, v_now + make_interval(secs => pgsched._setting('refresh_token_s'))) returning s.* into v_session;
  insert into pgsched._refresh_token (hash, session_id, issued_at) values (p_hash, v_session.id, v_now);
  return query select v_user.id, v_user.name::text, v_user.role, v_user.team::text, v_user.version, v_session.expires_at;
end $$;
