create or replace function pgsched._step_users(p_now timestamptz, p_mark bigint, p_did bigint) returns pgsched._step
  language plpgsql set search_path = pg_catalog, pg_temp set jit = off as $$
-- Forget what counts no more, up to 5,000 rows of each kind: failed log-ins, sessions that have ended, refresh tokens that were replaced so
-- long ago that their use would tell nothing, and secrets.
-- Locks    such rows, skipping what is locked.
declare
  v_counts bigint[] := '{}';
  v_count bigint;
begin
  delete from pgsched._log_in_attempt as a where a.id = any(array(
    select x.id from pgsched._log_in_attempt as x
     where x.at < p_now - make_interval(secs => pgsched._setting('log_in_window_s')) limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  delete from pgsched._session as s where s.id = any(array(
    select x.id from pgsched._session as x where x.expires_at < p_now or x.ended_at < p_now - interval '1 day' limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  delete from pgsched._refresh_token as r where r.hash = any(array(
    select x.hash from pgsched._refresh_token as x
     where x.replaced_at < p_now - make_interval(secs => pgsched._setting('refresh_token_s')) limit 5000 for update skip locked));
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  delete from pgsched._secret as s where s.expires_at < p_now;
  get diagnostics v_count = row_count;
  v_counts := v_counts || v_count;

  return (format('removed %s failed log-ins, %s sessions, %s refresh tokens, %s secrets', variadic v_counts),
          (select sum(u) from unnest(v_counts) as u), 0,
          case when 5000 = any(v_counts) then p_now else p_now + interval '10 minutes' end, null)::pgsched._step;
end $$;
