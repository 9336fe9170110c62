create or replace view pgsched.task_version as
select v.task, v.version, v.changed_at, v.changed_by,
       (select jsonb_object_agg(p.key, p.value) from jsonb_each(v.policy) as p
         where p.value is distinct from v.before -> p.key) as changes,
       v.policy, v.overrides
  from (select w.*, coalesce(lag(w.policy) over (partition by w.task order by w.version), '{}') as before
          from pgsched._task_version as w) as v where (select pgsched._owners_seen()) is distinct from '{}';
comment on view pgsched.task_version is
  'Every version that the policy of a task ever had, numbered from 1; a job names the one that it was made under.';
comment on column pgsched.task_version.changes is 'The fields that are not as in the version before, with their new values; NULL if none.';
comment on column pgsched.task_version.overrides is 'Of these, what an operator had set.';
comment on column pgsched.task_version.changed_by is 'The role whose session changed it.';
