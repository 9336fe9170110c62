create or replace view pgsched.job_log as
select l.job_id, l.attempt, l.logged_at, l.level, l.message, l.progress from pgsched._log as l
 where case when (select pgsched._owners_seen()) is null then true
            else pgsched._owner_of(l.job_id) = any((select pgsched._owners_seen())::bigint[]) end;
comment on view pgsched.job_log is
  'What handlers said by ctx.log() and ctx.progress(), kept as long as the job. Ask by job_id, and order by logged_at.';
comment on column pgsched.job_log.progress is 'From 0 to 1; NULL for a line that is not about progress.';
create or replace trigger refuse_change instead of insert or update or delete on pgsched.job_log
  for each row execute function pgsched._refuse_change();
