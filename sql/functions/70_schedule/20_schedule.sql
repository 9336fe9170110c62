-- The view `schedule`: the front door to create, change and delete schedules.

create or replace view pgsched.schedule as
select s.name, s.task, s.args,
       case s.kind when 'cron' then s.rule end as cron,
       case s.kind when 'rrule' then s.rule end as rrule,
       case s.kind when 'every' then s.rule end as every,
       case s.kind when 'at' then s.rule::timestamptz end as at,
       null::interval as after,
       case s.kind when 'business' then s.rule end as business,
       s.timezone, s.calendar, s.roll, s.blackout, s.blackout_policy, s.starts_at::timestamptz as starts_at,
       s.ends_at::timestamptz as ends_at, s.max_runs, s.jitter::interval as jitter, s.splay::interval as splay, s.overlap, s.misfire,
       s.misfire_limit, s.grace::interval as grace, s.condition, s.priority, s.queue, s.labels, s.paused, s.version,
       (select p.due_at from pgsched._plan as p where p.schedule = s.name and not p.skipped and not p.held order by p.due_at limit 1) as next_at,
       s.runs, s.last_jobs[cardinality(s.last_jobs)] as last_job, coalesce(s.plan_problem, s.tick_problem) as problem, s.created_at, s.updated_at,
       (select u.name from pgsched._user as u where u.id = s.owner_id)::text as owner
  from pgsched._schedule as s
 where s.deleted_at is null and case when (select pgsched._owners_seen()) is null then true
                                     else s.owner_id = any((select pgsched._owners_seen())::bigint[]) end;
comment on view pgsched.schedule is
  'Schedules, and their front door: INSERT makes one, with exactly one of cron, rrule, every, at, after and business; UPDATE changes one, and '
  'counts version up; DELETE ends it, softly: its slots and jobs stay. What an INSERT leaves out: args {}, timezone UTC, roll skip, '
  'blackout_policy skip, jitter and splay 0, overlap allow, misfire once, misfire_limit 100, grace 1 minute. Where a change concerns its times, '
  'what is nominally later than the change follows the new rule. A rule that SQL accepts and the planner refuses shows in problem.';
comment on column pgsched.schedule.owner is 'The user who made it, and whose its jobs are; NULL: nobody.';
comment on column pgsched.schedule.at is 'Once, then: a whole second.';
comment on column pgsched.schedule.after is 'Once, after this long from now, rounded up to a whole second: becomes at.';
comment on column pgsched.schedule.starts_at is 'The first nominal time there may be; every and rrule repeat from it, so there it is a whole second.';
comment on column pgsched.schedule.condition is
  'A function (schedule text, nominal timestamptz) returns boolean, as schema.name, asked when a slot is due, for a second at most. It is '
  'called in time zone UTC, with the rights of the worker, so it has to be owned by the worker''s role, the owner of pgsched or a superuser.';
comment on column pgsched.schedule.paused is
  'Its slots are recorded as skipped while it is. One that waits for the end of the job before it goes on waiting.';

create or replace function pgsched._whole_second(p_at timestamptz) returns text language plpgsql immutable
  set search_path = pg_catalog, pg_temp as $$
-- The text of the rule `at`.   Errors  PS010 a fraction of a second; 23514 a year out of range.
begin
  perform p_at::pgsched.schedule_time;
  if date_trunc('second', p_at) = p_at then return to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'); end if;
  raise exception using errcode = 'PS010', message = 'at must be a whole second', detail = format('got %s', p_at),
    hint = 'date_trunc(''second'', ...) cuts it off';
end $$;

create or replace function pgsched._rule_of(p_row pgsched.schedule, out kind text, out rule text) language plpgsql volatile
  set search_path = pg_catalog, pg_temp as $$
-- The one rule that a row has. Errors  PS010 none, or several, or one that has not the shape of its kind.
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
  elsif p_row.business is not null and p_row.calendar is null then
    raise exception using errcode = 'PS010', message = 'a business-day rule needs a calendar', detail = format('schedule %L', p_row.name),
      hint = 'make one in pgsched.calendar, or name an existing one', column = 'calendar';
  end if;
  kind := case v_kinds[1] when 'after' then 'at' else v_kinds[1] end;
  rule := trim(coalesce(p_row.cron, p_row.rrule, p_row.every, p_row.business, pgsched._whole_second(coalesce(
            p_row.at, date_trunc('second', pgsched.clock() + p_row.after + interval '999999 microseconds')))));
  perform pgsched._require_rule(kind, rule);
end $$;
