create or replace view pgsched.stat_day as
select d.day, d.task, d.outcome, d.runs from pgsched._stat_day as d where (select pgsched._owners_seen()) is null;
comment on view pgsched.stat_day is
  'Runs by day (of UTC), task and outcome, from a roll-up that upkeep() writes some seconds late and keeps for 400 days.';
