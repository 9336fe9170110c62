-- Planners, which know what rules mean, ask which schedules need slots, and bring them. Any worker may be one.

create or replace function pgsched.unplanned(p_limit integer, p_ahead_s double precision default 60)
  returns setof pgsched._schedule language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Take up to p_limit (1..10000) schedules whose slots are planned for less than p_ahead_s (1..86400) seconds from now; nobody else
-- is given them for a minute. Those that were changed, or never planned, first.
-- Returns  their rows: since and planned_to say from when on.
-- Locks    _schedule rows, skipping what is locked.   Errors  PS010 p_limit, p_ahead_s.
declare
  v_now timestamptz := pgsched.clock();
begin
  perform pgsched._require_admin();
  perform pgsched._require_range('p_limit', p_limit, 1, 10000);
  perform pgsched._require_range('p_ahead_s', p_ahead_s::numeric, 1, 86400);
  return query
  with due as (
    select s.name from pgsched._schedule as s
     where s.deleted_at is null and s.planner_until < v_now and s.planned_until < v_now + make_interval(secs => p_ahead_s)
     order by s.planned_until limit p_limit for no key update skip locked)
  update pgsched._schedule as s set planner_until = v_now + interval '1 minute' from due where s.name = due.name returning s.*;
end $$;
comment on function pgsched.unplanned is 'Schedules that need slots, for a planner, which then calls plan().';

create or replace function pgsched.plan(
    p_schedules text[], p_plan_nos bigint[], p_tos timestamptz[], p_untils timestamptz[], p_problems text[],
    p_slots text[], p_nominals timestamptz[], p_dues timestamptz[], p_skipped boolean[], p_notes jsonb[],
    out added integer, out locked text[])
  language plpgsql set search_path = pg_catalog, pg_temp
  set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
-- Bring slots. Of each schedule: the plan they belong to; up to which nominal time all of its occasions are here; the time up to which
-- all slots are here that are due (infinity: there are no more); and its problem or NULL. Then the slots of all of them, parallel arrays with
-- the schedule's name. What belongs to another plan than the schedule has by now is left out, and what is planned or decided already.
-- Returns  how many slots were new; and the schedules that somebody else has locked: they were left out, bring them again.
-- Locks    _schedule rows, skipping what is locked: people lock several in any order.
declare
  v_taken text[] := array(
    select s.name from unnest(p_schedules, p_plan_nos) as w (schedule, plan_no)
      join pgsched._schedule as s on s.name = w.schedule and s.plan_no = w.plan_no
     where s.deleted_at is null for no key update of s skip locked);
  v_all boolean := cardinality(v_taken) = cardinality(p_schedules);   -- mostly: a join with v_taken costs as much as the rest
begin
  perform pgsched._require_admin();
  delete from pgsched._plan as p using unnest(v_taken) as t (name), pgsched._schedule as s
   where s.name = t.name and p.schedule = s.name and p.nominal > s.planned_to and not p.held;   -- see _replan()
  insert into pgsched._plan (schedule, nominal, due_at, skipped, notes)
  select u.schedule, u.nominal, u.due_at, u.skipped or k.taken is not null,
         case when k.taken is null then coalesce(u.notes, '[]')
              else jsonb_build_array(jsonb_build_object('code', 'moved', 'text', k.taken || ' UTC already runs then')) end
    from unnest(p_slots, p_nominals, p_dues, p_skipped, p_notes) as u (schedule, nominal, due_at, skipped, notes)
    join pgsched._schedule as s on s.name = u.schedule
    left join lateral (   -- what an earlier rule moved to the same time
      select to_char(p.nominal at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as taken from pgsched._plan as p
       where p.schedule = u.schedule and p.due_at = u.due_at and p.nominal <= s.since and not p.skipped and not p.held limit 1) as k on true
   where (v_all or u.schedule = any(v_taken))
     and not exists (select from pgsched._slot as d where d.schedule = u.schedule and d.nominal = u.nominal)
  on conflict do nothing;
  get diagnostics added = row_count;
  update pgsched._schedule as s
     set planned_to = coalesce(w.planned_to, s.planned_to), planned_until = w.planned_until, plan_problem = w.problem, planner_until = '-infinity'
    from unnest(p_schedules, p_tos, p_untils, p_problems) as w (schedule, planned_to, planned_until, problem)
   where s.name = w.schedule and (v_all or s.name = any(v_taken));
  locked := array(
    select s.name from unnest(p_schedules, p_plan_nos) as w (schedule, plan_no)
      join pgsched._schedule as s on s.name = w.schedule and s.plan_no = w.plan_no
     where not v_all and s.deleted_at is null and s.name <> all(v_taken));
end $$;
comment on function pgsched.plan is
  'Bring the slots of schedules, from a planner; returns how many were new, and whose could not be taken because they were locked.';

create or replace function pgsched._replan(p_now timestamptz) returns void language plpgsql
  set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
-- Of schedules whose calendar or blackout has changed, let what is not due yet be planned anew, from the first such slot on. What is late
-- or held, or of an earlier rule, stays as it was planned. The others wait for plan(), which takes them away: so a change of the rule before
-- then loses none.
-- Locks    up to 2,000 _schedule rows, skipping what is locked: the others stay stale.
declare
  v_stale text[];
  v_names text[];
begin
  if not exists (select from pgsched._stale) then return; end if;
  v_stale := array(select distinct t.schedule from pgsched._stale as t limit 2000);
  v_names := array(select s.name from pgsched._schedule as s
                    where s.name = any(v_stale) and s.deleted_at is null for no key update skip locked);
  delete from pgsched._stale as t
   where t.schedule = any(v_stale)
     and (t.schedule = any(v_names) or not exists (select from pgsched._schedule as s where s.name = t.schedule and s.deleted_at is null));
  update pgsched._schedule as s
     set plan_no = nextval('pgsched._plan_no_seq'), planned_until = '-infinity', planner_until = '-infinity',
         planned_to = coalesce(f.nominal, s.planned_to), since = coalesce(f.nominal, s.since)
    from unnest(v_names) as n (name)
    join pgsched._schedule as t on t.name = n.name
    left join lateral (
      select min(p.nominal) - interval '1 second' as nominal from pgsched._plan as p
       where p.schedule = t.name and p.due_at > p_now and p.nominal > t.since and not p.held) as f on true
   where s.name = n.name;
end $$;
