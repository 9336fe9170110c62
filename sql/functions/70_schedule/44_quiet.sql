create or replace function pgsched.quiet_for(p_max_s double precision, p_ahead_s double precision default 60)
  returns double precision language plpgsql stable set search_path = pg_catalog, pg_temp as $$
-- For a ticker that would rather sleep: for how many seconds (at most p_max_s) neither tick() nor unplanned(p_ahead_s) has anything to do,
-- unless somebody changes a schedule or a calendar, which notifies pgsched_schedule.
-- Returns  0 while a slot waits for the end of a job, or a schedule is to be tried again: of that nobody is notified.
declare
  v_now timestamptz := pgsched.clock();
begin
  perform pgsched._require_admin();
  if exists (select from pgsched._plan as p where p.held) or exists (select from pgsched._stale)
     or exists (select from pgsched._schedule as s where s.retry_at is not null and s.deleted_at is null) then
    return 0;
  end if;
  return extract(epoch from greatest(v_now, least(
           (select min(p.due_at) from pgsched._plan as p where not p.held),
           (select min(s.planned_until) from pgsched._schedule as s where s.deleted_at is null) - make_interval(secs => p_ahead_s),
           v_now + make_interval(secs => p_max_s))) - v_now);
end $$;
comment on function pgsched.quiet_for is 'For how many seconds, at most p_max_s, no schedule needs a tick or a plan, if none is changed.';
