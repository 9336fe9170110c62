create or replace view pgsched.dead_letters as
select e.id, e.task, e.queue, j.priority, j.args, e.attempt,
       coalesce(j.max_attempts, (select t.max_attempts from pgsched._task as t where t.name = e.task), 10) as max_attempts,
       e.error, e.ended_at, j.created_at, j.key, j.labels
  from pgsched._ended as e
  left join pgsched._job as j on j.id = e.id
 where e.state = 'dead' and case when (select pgsched._owners_seen()) is null then true
                                 else j.owner_id = any((select pgsched._owners_seen())::bigint[]) end;
comment on view pgsched.dead_letters is
  'Jobs that ended dead: out of attempts, or told not to retry. redrive(id) or redrive_many() run them again. Ask with a '
  'LIMIT, by id, by '
  'queue, or in the order of ended_at, which an index has: there may be millions.';
comment on column pgsched.dead_letters.attempt is 'The attempt that was the last: claims so far, charged or not.';
comment on column pgsched.dead_letters.error is 'The error of the last attempt.';
