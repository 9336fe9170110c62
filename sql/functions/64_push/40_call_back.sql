-- What an endpoint says of a job that it went on with by itself. Nobody but the API calls these: who asks has a token, and is no user.

create or replace function pgsched._call_back(p_worker uuid, p_token bytea, p_id bigint) returns pgsched._claim
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- The claim under which an endpoint holds a job; the rest of the transaction is done as the operator.
-- Returns  NULLs where the job is over for it; that alone is told without a look at the token, which is gone by then. A worker that is no
--          endpoint has no token, so none may act as it: its id is there to read, in every run.
-- Locks    its row in _worker.
-- Errors   PS018 there is none (yet): the same whether the hand-over has not committed or nobody has ever heard of it; PS060 the token.
declare
  v_token bytea;
  v_claim pgsched._claim;
begin
  select w.token into v_token from pgsched._worker as w where w.id = p_worker and w.role = 'endpoint' for no key update;
  if found then
    if v_token is distinct from p_token then
      raise exception using errcode = 'PS060', message = 'the token is not that of this job';
    end if;
    select c.* into v_claim from pgsched._claim as c where c.worker = p_worker and c.ids = array[p_id];
  elsif not exists (select from pgsched._run as r where r.job_id = p_id and r.worker = p_worker) then
    raise exception using errcode = 'PS018', message = format('job %s is not in the hands of who has this token', p_id),
      detail = 'it was not handed over yet, or it is long over', hint = 'ask again in a second, for a minute at most';
  end if;
  perform set_config('pgsched.actor', '', true);
  return v_claim;
end $$;

create or replace function pgsched._call_back_heartbeat(
    p_worker uuid, p_token bytea, p_id bigint, out lease_s double precision, out cancelled boolean)
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Returns  for how long the lease is good from now on, and whether the job shall stop.
-- Errors   as _call_back(); PS021 the job is over for it; PS023 not READ COMMITTED.
declare
  v_claim pgsched._claim := pgsched._call_back(p_worker, p_token, p_id);
begin
  if v_claim.id is null or not exists (select from pgsched.heartbeat(array[p_worker])) then
    raise exception using errcode = 'PS021', message = format('job %s is over for this endpoint', p_id), hint = 'stop working on it';
  end if;
  select w.lease_s into lease_s from pgsched._worker as w where w.id = p_worker;
  cancelled := exists (select from pgsched._cancel as k where k.id = p_id);
end $$;

create or replace function pgsched._call_back_finish(
    p_worker uuid, p_token bytea, p_id bigint, p_outcome text, p_result text, p_error text, p_after_s double precision, p_final boolean)
  returns text language plpgsql set search_path = pg_catalog, pg_temp as $$
-- End the job: p_outcome is succeeded, failed, cancelled or snoozed; p_after_s for failed and snoozed, p_final for failed.
-- Returns  the outcome that was recorded: a pending cancel goes before failed and snoozed. Safe to repeat.
-- Notifies the pushers: there is room for another.   Errors  as _call_back(); PS021 it ended otherwise; 22P02 p_result is no JSON.
declare
  v_claim pgsched._claim := pgsched._call_back(p_worker, p_token, p_id);
  v_outcome pgsched.run_outcome;
begin
  if v_claim.id is not null then
    case p_outcome
      when 'succeeded' then
        perform pgsched.finish(p_worker, array[v_claim.id], v_claim.ids, v_claim.attempts, array[p_result]);
      when 'snoozed' then
        perform pgsched.snooze(p_worker, array[v_claim.id], v_claim.ids, v_claim.attempts, array[p_after_s]);
      else
        perform pgsched.fail(p_worker, array[v_claim.id], v_claim.ids, v_claim.attempts, array[coalesce(p_error, p_outcome)],
                             array[p_outcome::pgsched.run_outcome], array[p_after_s], array[p_final]);
    end case;
    delete from pgsched._worker as w where w.id = p_worker;
    perform pgsched._wake(array[v_claim.queue], array['-infinity'::timestamptz]);
  end if;
  select r.outcome into v_outcome from pgsched._run as r where r.job_id = p_id and r.worker = p_worker;
  if v_claim.id is null and v_outcome::text is distinct from p_outcome then
    raise exception using errcode = 'PS021', message = format('job %s is over for this endpoint', p_id),
      detail = format('this attempt ended %s', coalesce(v_outcome::text, 'without a word'));
  end if;
  return v_outcome;
end $$;
