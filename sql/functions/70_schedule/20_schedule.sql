-- The view `schedule`: the front door to create, change and delete schedules.

create or replace view pgsched.schedule as
select s.name, s.task, s.args,
       case s.kind when 'cron' then s.rule end as cron,
       case s.kind when 'rrule' then s.rule end as rrule,
       case s.kind when 'every' then s.rule end as every,
       case s.kind when 'at' then s.rule::timestamptz end as at,
       null::interval as after,
       case s.kind when 'business' then s.rule end as business,
       s.timezone, s.calendar, s.roll, s.blackout, s.blackout_policy, s.starts_at, s.ends_at, s.max_runs,
       s.jitter::interval as jitter, s.splay::interval as splay, s.overlap, s.misfire, s.misfire_limit, s.grace::interval as grace,
       s.condition, s.priority, s.queue, s.labels, s.paused, s.version,
       (select min(p.due_at) from pgsched._plan as p where p.schedule = s.name and not p.skipped) as next_at,
       s.runs, s.last_job, s.problem, s.created_at, s.updated_at
  from pgsched._schedule as s where s.deleted_at is null;
comment on view pgsched.schedule is
  'Schedules, and their front door: INSERT makes one, with exactly one of cron, rrule, every, at, after (a delay from now: becomes at) and '
  'business; UPDATE changes one, and counts version up; DELETE ends it, softly: its slots and jobs stay. What an INSERT leaves out: '
  'args {}, timezone UTC, roll skip, blackout_policy skip, jitter and splay 0, overlap allow, misfire once, misfire_limit 100, '
  'grace 1 minute. A rule that SQL accepts and the planner refuses shows in problem.';

create or replace function pgsched._rule_of(p_row pgsched.schedule, out kind text, out rule text) language plpgsql volatile
  set search_path = pg_catalog, pg_temp as $$
-- The one rule that a row has. Errors  PS010 none, or several.
declare
  v_kinds text[] := array_remove(array[
    case when p_row.cron is not null then 'cron' end, case when p_row.rrule is not null then 'rrule' end,
    case when p_row.every is not null then 'every' end, case when p_row.at is not null then 'at' end,
    case when p_row.after is not null then 'after' end, case when p_row.business is not null then 'business' end], null);
begin
  if cardinality(v_kinds) <> 1 then
    raise exception using errcode = 'PS010',
      message = 'a schedule has exactly one of cron, rrule, every, at, after and business',
      detail = format('schedule %L has %s', p_row.name, coalesce(nullif(array_to_string(v_kinds, ', '), ''), 'none'));
  elsif p_row.after < interval '0' then
    raise exception using errcode = 'PS010', message = 'after must not be negative', detail = format('got %s', p_row.after);
  end if;
  kind := case v_kinds[1] when 'after' then 'at' else v_kinds[1] end;
  rule := trim(coalesce(p_row.cron, p_row.rrule, p_row.every, p_row.business,
                        to_char(coalesce(p_row.at, pgsched.clock() + p_row.after) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')));
  perform pgsched._require_rule(kind, rule);
end $$;

create or replace function pgsched._put_schedule(p_new pgsched.schedule, p_old_name text) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Write a schedule whole, new (p_old_name NULL) or changed. What comes due from now on follows the new rule.
-- Locks    its row.   Notifies  pgsched_schedule.
-- Errors   PS010 the rule, timezone or condition; PS025 the name is taken; 23514 with a constraint that says what is allowed.
declare
  v_now timestamptz := pgsched.clock();
  v_rule record := pgsched._rule_of(p_new);
begin
  perform pgsched._require_zone(coalesce(p_new.timezone, 'UTC'));
  perform pgsched._require_condition(p_new.condition);
  if v_rule.kind = 'business' and p_new.calendar is null then
    raise exception using errcode = 'PS010', message = 'a business-day rule needs a calendar', detail = format('schedule %L', p_new.name),
      hint = 'make one in pgsched.calendar, or name an existing one';
  end if;
  if p_old_name is null then
    delete from pgsched._schedule as s where s.name = p_new.name and s.deleted_at is not null;
  end if;
  insert into pgsched._schedule as s
    (name, task, args, kind, rule, timezone, calendar, roll, blackout, blackout_policy, starts_at, ends_at, max_runs, jitter, splay,
     overlap, misfire, misfire_limit, grace, condition, priority, queue, labels, paused, version, created_at, updated_at, plan_no, reached)
  values
    (p_new.name, p_new.task, coalesce(p_new.args, '{}'), v_rule.kind, v_rule.rule, coalesce(p_new.timezone, 'UTC'), p_new.calendar,
     coalesce(p_new.roll, 'skip'), p_new.blackout, coalesce(p_new.blackout_policy, 'skip'), p_new.starts_at, p_new.ends_at, p_new.max_runs,
     coalesce(p_new.jitter, '0'), coalesce(p_new.splay, '0'), coalesce(p_new.overlap, 'allow'), coalesce(p_new.misfire, 'once'),
     coalesce(p_new.misfire_limit, 100), coalesce(p_new.grace, '1 minute'), p_new.condition, p_new.priority, p_new.queue, p_new.labels,
     coalesce(p_new.paused, false), 1, v_now, v_now, 1, v_now)
  on conflict (name) do update set
    task = excluded.task, args = excluded.args, kind = excluded.kind, rule = excluded.rule, timezone = excluded.timezone,
    calendar = excluded.calendar, roll = excluded.roll, blackout = excluded.blackout, blackout_policy = excluded.blackout_policy,
    starts_at = excluded.starts_at, ends_at = excluded.ends_at, max_runs = excluded.max_runs, jitter = excluded.jitter,
    splay = excluded.splay, overlap = excluded.overlap, misfire = excluded.misfire, misfire_limit = excluded.misfire_limit,
    grace = excluded.grace, condition = excluded.condition, priority = excluded.priority, queue = excluded.queue,
    labels = excluded.labels, paused = excluded.paused, version = s.version + 1, updated_at = v_now, plan_no = s.plan_no + 1,
    reached = v_now, planned_until = null, problem = null
   where p_old_name is not null;
  if not found then
    raise exception using errcode = 'PS025', message = format('schedule %L exists already', p_new.name),
      hint = 'UPDATE pgsched.schedule changes it';
  end if;
  delete from pgsched._plan as p where p.schedule = p_new.name;
  perform pgsched._notify('pgsched_schedule', '');
end $$;

create or replace function pgsched._write_schedule() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    update pgsched._schedule as s set deleted_at = pgsched.clock(), plan_no = s.plan_no + 1 where s.name = old.name;
    delete from pgsched._plan as p where p.schedule = old.name;
    return old;
  elsif tg_op = 'UPDATE' and new.name is distinct from old.name then
    raise exception using errcode = 'PS010', message = 'the name of a schedule cannot be changed',
      detail = format('%L to %L', old.name, new.name), hint = 'delete it, and insert another';
  end if;
  perform pgsched._put_schedule(new, case tg_op when 'UPDATE' then old.name end);
  return new;
end $$;
create or replace trigger write_schedule instead of insert or update or delete on pgsched.schedule
  for each row execute function pgsched._write_schedule();
