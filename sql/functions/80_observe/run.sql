create or replace view pgsched.run as
select r.job_id, r.attempt, r.queue, j.task, r.outcome, r.worker, r.started_at, r.finished_at, r.error, r.result, r.charged
  from pgsched._run as r
  left join pgsched._job as j on j.id = r.job_id
 -- by a function, so that planners still leave out _job where nobody asks for the task
 where case when (select pgsched._owners_seen()) is null then true
            else pgsched._owner_of(r.job_id) = any((select pgsched._owners_seen())::bigint[]) end;
comment on view pgsched.run is
  'Every attempt that has ended, one row each, kept as long as its job. Ask by job_id, by a range of it '
  '(pgsched.id_at(timestamptz) is the '
  'lowest id of a time), or by finished_at: anything else reads the whole history. Runs that go on are in running_now.';
comment on column pgsched.run.charged is 'Whether it counts against max_attempts.';
comment on column pgsched.run.worker is 'Id of the worker process; NULL where none was at work (redriven, expired).';
comment on column pgsched.run.started_at is 'When the job was claimed.';
comment on column pgsched.run.result is 'What the handler returned; NULL if nothing was.';
