create or replace view pgsched.stat_ended as
select s.state, n.jobs, n.jobs > 10000 as capped
  from unnest('{dead,cancelled,expired}'::pgsched.job_state[]) as s (state)
 cross join lateral (
    -- in the order of an index, or a planner without statistics would read all
    select count(*) as jobs from (select from pgsched._ended as e where e.state = s.state order by e.state, e.queue, e.id limit 10001) as c) as n
 where (select pgsched._owners_seen()) is null;
comment on view pgsched.stat_ended is
  'How many jobs have ended dead, cancelled or expired, each counted to 10,001: capped says that it stopped there, and is more.';
