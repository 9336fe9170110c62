-- What a handler keeps of a job for its later attempts: one JSON value, the one that was saved last.

create or replace function pgsched._require_held(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer) returns void
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Locks    the _claim row, against whoever ends one of its jobs.   Errors  PS021 the worker does not hold the job, at this attempt.
begin
  perform from pgsched._claim as c
    where c.id = p_claim and c.worker = p_worker and c.attempts[array_position(c.ids, p_id)] = p_attempt for share;
  if found then return; end if;
  raise exception using errcode = 'PS021', message = 'this worker no longer holds the job',
    detail = format('job %s, attempt %s', p_id, p_attempt), hint = 'stop: somebody else may be running it';
end $$;

create or replace function pgsched.save_checkpoint(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_value jsonb)
  returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Keep a value of a job that this worker holds, in place of the one before.
-- Locks    the _claim row, then the job's row of _checkpoint.
-- Errors   PS010 the value is too large; PS021 the worker no longer holds the job; 23502 NULL.
declare
  v_bytes bigint := octet_length(p_value::text);
begin
  perform pgsched._require_admin();
  if v_bytes > pgsched._setting('checkpoint_bytes_max') then
    raise exception using errcode = 'PS010', message = format('a checkpoint must not exceed %s bytes', pgsched._setting('checkpoint_bytes_max')),
      detail = format('got %s bytes', v_bytes),
      hint = 'store large data elsewhere and keep its key, or raise the setting checkpoint_bytes_max';
  end if;
  perform pgsched._require_held(p_worker, p_claim, p_id, p_attempt);
  insert into pgsched._checkpoint as k (id, attempt, saved_at, value) values (p_id, p_attempt, pgsched.clock(), p_value)
  on conflict (id) do update set attempt = excluded.attempt, saved_at = excluded.saved_at, value = excluded.value;
end $$;
comment on function pgsched.save_checkpoint is
  'Keep one JSON value of a job for its later attempts, in place of the one before; for the worker that holds it.';

create or replace function pgsched.checkpoint(p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer) returns jsonb
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Returns  NULL if none was saved.   Locks  the _claim row.   Errors  PS021 the worker no longer holds the job.
begin
  perform pgsched._require_admin();
  perform pgsched._require_held(p_worker, p_claim, p_id, p_attempt);
  return (select k.value from pgsched._checkpoint as k where k.id = p_id);
end $$;
comment on function pgsched.checkpoint is 'The value that save_checkpoint() kept of a job; for the worker that holds it.';
