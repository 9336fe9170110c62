create or replace view pgsched.job_log as
select l.job_id, l.attempt, l.logged_at, l.level, l.message, l.progress from pgsched._log as l;
comment on view pgsched.job_log is
  'What handlers said by ctx.log() and ctx.progress(), kept as long as the job. Ask by job_id, and order by logged_at.';
comment on column pgsched.job_log.progress is 'From 0 to 1; NULL for a line that is not about progress.';
