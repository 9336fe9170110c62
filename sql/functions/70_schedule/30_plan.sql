-- Planners, which know what rules mean, ask which schedules need slots, and bring them. Any worker may be one.

create or replace function pgsched.unplanned(p_limit integer, p_ahead_s double precision default 60)
  returns setof pgsched._schedule language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Take up to p_limit (1..10000) schedules whose slots are planned for less than p_ahead_s (1..86400) seconds from now; nobody else
-- is given them for a minute. Those that were changed, or never planned, first.
-- Returns  their rows: reached and planned_until say from when on.
-- Locks    _schedule rows, skipping what is locked.   Errors  PS010 p_limit, p_ahead_s.
declare
  v_now timestamptz := pgsched.clock();
begin
  perform pgsched._require_range('p_limit', p_limit, 1, 10000);
  perform pgsched._require_range('p_ahead_s', p_ahead_s::numeric, 1, 86400);
  return query
  with due as (
    select s.name from pgsched._schedule as s
     where not s.paused and s.deleted_at is null and s.planner_until < v_now
       and (s.planned_until is null or s.planned_until < v_now + make_interval(secs => p_ahead_s))
     order by s.planned_until nulls first limit p_limit for no key update skip locked)
  update pgsched._schedule as s set planner_until = v_now + interval '1 minute' from due where s.name = due.name returning s.*;
end $$;
comment on function pgsched.unplanned is 'Schedules that need slots, for a planner, which then calls plan().';

create or replace function pgsched.plan(
    p_schedules text[], p_plan_nos integer[], p_untils timestamptz[], p_problems text[],
    p_slots text[], p_nominals timestamptz[], p_dues timestamptz[], p_skipped boolean[], p_notes jsonb[])
  returns integer language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Bring slots. Of each schedule: the plan they belong to, up to which nominal time it is planned now (infinity: it never fires again), and
-- its problem or NULL; then the slots of all of them, parallel arrays with the schedule's name. What belongs to an older plan than the
-- schedule has by now is left out.
-- Returns  how many slots were new.   Locks  _schedule rows by name.
declare
  v_count integer;
begin
  perform from pgsched._schedule as s where s.name = any(p_schedules) order by s.name for no key update;
  insert into pgsched._plan (schedule, nominal, due_at, skipped, notes)
  select u.schedule, u.nominal, u.due_at, u.skipped, coalesce(u.notes, '[]')
    from unnest(p_slots, p_nominals, p_dues, p_skipped, p_notes) as u (schedule, nominal, due_at, skipped, notes)
    join pgsched._schedule as s on s.name = u.schedule
    join unnest(p_schedules, p_plan_nos) as w (schedule, plan_no) on w.schedule = s.name and w.plan_no = s.plan_no
   where u.nominal > s.reached and s.deleted_at is null and not s.paused
  on conflict do nothing;
  get diagnostics v_count = row_count;
  update pgsched._schedule as s set planned_until = w.until, problem = w.problem, planner_until = '-infinity'
    from unnest(p_schedules, p_plan_nos, p_untils, p_problems) as w (schedule, plan_no, until, problem)
   where s.name = w.schedule and s.plan_no = w.plan_no;
  return v_count;
end $$;
comment on function pgsched.plan is 'Bring the slots of schedules, from a planner; returns how many were new.';

create or replace function pgsched._replan(p_names text[]) returns integer language plpgsql set search_path = pg_catalog, pg_temp as $$
-- What these schedules have planned may be wrong: let it be planned anew, from where they are. Their next slots are not lost.
-- Returns  how many.   Locks  _schedule rows by name.   Notifies  pgsched_schedule.
declare
  v_count integer;
begin
  perform from pgsched._schedule as s where s.name = any(p_names) order by s.name for no key update;
  update pgsched._schedule as s set plan_no = s.plan_no + 1, planned_until = null, planner_until = '-infinity'
   where s.name = any(p_names) and s.deleted_at is null;
  get diagnostics v_count = row_count;
  delete from pgsched._plan as p where p.schedule = any(p_names);
  if v_count > 0 then perform pgsched._notify('pgsched_schedule', ''); end if;
  return v_count;
end $$;
