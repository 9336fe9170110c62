-- People act on one attempt of a job: what has become another attempt meanwhile is left alone.

create or replace function pgsched._require_run(p_job bigint, p_attempt integer) returns void language plpgsql
  set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan as $$
-- Errors   PS001 unknown job; PS008 it has no such run; PS028 the user may not change it.
begin
  perform pgsched._require_change(p_job);
  perform pgsched._require_job(p_job);
  if exists (select from pgsched._claim as c where c.ids @> array[p_job] and c.attempts[array_position(c.ids, p_job)] = p_attempt)
     or exists (select from pgsched._run as r where r.job_id = p_job and r.attempt = p_attempt) then return; end if;
  raise exception using errcode = 'PS008', message = format('run %s-%s does not exist', p_job, p_attempt);
end $$;

create or replace function pgsched.cancel_run(job_id bigint, attempt integer) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Tell a run to stop, as cancel() does, if it still goes on.
-- Locks    a _claim row.   Notifies  pgsched_cancel.
-- Errors   PS001 unknown job; PS008 unknown run; PS020 it has ended; PS023 not READ COMMITTED; PS028 the user may not change it.
begin
  perform pgsched._require_run(cancel_run.job_id, cancel_run.attempt);
  perform from pgsched._claim as c
    where c.ids @> array[cancel_run.job_id] and c.attempts[array_position(c.ids, cancel_run.job_id)] = cancel_run.attempt for update;
  if not found then
    raise exception using errcode = 'PS020', message = format('run %s-%s has ended', cancel_run.job_id, cancel_run.attempt);
  end if;
  perform pgsched._cancel(array[cancel_run.job_id]);
end $$;
comment on function pgsched.cancel_run is 'Tell one attempt of a job to stop, if it still runs; the job ends cancelled unless it succeeds first.';

create or replace function pgsched.retry_run(job_id bigint, attempt integer) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Run a job again, as redrive() does, if this was its last run.
-- Locks    one _ended row.   Notifies  as _announce().
-- Errors   PS001 unknown job; PS008 unknown run; PS020 the job has not ended, or not with this run; PS023 not READ COMMITTED;
--          PS028 the user may not change it.
begin
  perform pgsched._require_run(retry_run.job_id, retry_run.attempt);
  perform from pgsched._ended as e where e.id = retry_run.job_id for update;
  if not exists (select from pgsched._run as r where r.job_id = retry_run.job_id and r.attempt > retry_run.attempt)
     and pgsched._redrive(array[retry_run.job_id]) <> '{}' then return; end if;
  raise exception using errcode = 'PS020',
    message = format('run %s-%s is not the end of its job, which is %s', retry_run.job_id, retry_run.attempt,
                     pgsched._require_job(retry_run.job_id)),
    hint = 'only the last run of a dead, cancelled or expired job is retried';
end $$;
comment on function pgsched.retry_run is 'Run a dead, cancelled or expired job again, if this attempt was its last; it has a fresh budget.';
