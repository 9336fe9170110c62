-- What INSERT, UPDATE and DELETE on the view `schedule` do.

create or replace function pgsched._keep_schedule(p_row pgsched._schedule) returns void language plpgsql
  set search_path = pg_catalog, pg_temp set timezone = 'UTC' set intervalstyle = 'postgres' as $$
-- Keep what a schedule is now, in words that do not depend on the session.
declare
  v_columns jsonb := to_jsonb(p_row) || jsonb_build_object(p_row.kind, p_row.rule);
begin
  perform pgsched._write_version('schedule', p_row.name, (
    select jsonb_object_agg(d.key, coalesce(v_columns -> d.key, 'null')) from jsonb_each(pgsched._declarable('schedule')) as d));
end $$;

create or replace function pgsched._put_schedule(p_new pgsched.schedule, p_exists boolean) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Write a schedule whole, new or changed. Not yet what follows for its slots: that is _follow_rule()'s.
-- Locks    its row.   Notifies  pgsched_schedule.
-- Errors   PS010 the rule, timezone or condition; PS025 the name is taken; 23514 with a constraint that says what is allowed.
declare
  v_now timestamptz := pgsched.clock();
  v_rule record := pgsched._rule_of(p_new);
  v_row pgsched._schedule;
begin
  perform pgsched._require_zone(coalesce(p_new.timezone, 'UTC'));
  if p_new.condition is not null then perform pgsched._condition(p_new.condition); end if;
  insert into pgsched._schedule as s
    (name, task, args, kind, rule, timezone, calendar, roll, blackout, blackout_policy, starts_at, ends_at, max_runs, jitter, splay,
     overlap, misfire, misfire_limit, grace, condition, priority, queue, labels, owner_id, paused, version, created_at, updated_at,
     plan_no, since, planned_to)
  values
    (p_new.name, p_new.task, coalesce(p_new.args, '{}'), v_rule.kind, v_rule.rule, coalesce(p_new.timezone, 'UTC'), p_new.calendar,
     coalesce(p_new.roll, 'skip'), p_new.blackout, coalesce(p_new.blackout_policy, 'skip'), p_new.starts_at, p_new.ends_at, p_new.max_runs,
     coalesce(p_new.jitter, '0'), coalesce(p_new.splay, '0'), coalesce(p_new.overlap, 'allow'), coalesce(p_new.misfire, 'once'),
     coalesce(p_new.misfire_limit, 100), coalesce(p_new.grace, '1 minute'), p_new.condition, p_new.priority, p_new.queue, p_new.labels,
     pgsched._actor(), coalesce(p_new.paused, false), pgsched._next_version('schedule', p_new.name), v_now, v_now,
     nextval('pgsched._plan_no_seq'), v_now, v_now)
  on conflict (name) do update set
    task = excluded.task, args = excluded.args, kind = excluded.kind, rule = excluded.rule, timezone = excluded.timezone,
    calendar = excluded.calendar, roll = excluded.roll, blackout = excluded.blackout, blackout_policy = excluded.blackout_policy,
    starts_at = excluded.starts_at, ends_at = excluded.ends_at, max_runs = excluded.max_runs, jitter = excluded.jitter,
    splay = excluded.splay, overlap = excluded.overlap, misfire = excluded.misfire, misfire_limit = excluded.misfire_limit,
    grace = excluded.grace, condition = excluded.condition, priority = excluded.priority, queue = excluded.queue,
    labels = excluded.labels, paused = excluded.paused, version = s.version + 1, updated_at = v_now, retry_at = null, tick_problem = null
   where p_exists
  returning s.* into v_row;
  if not found then
    raise exception using errcode = 'PS025', message = format('schedule %L exists already', p_new.name),
      hint = 'UPDATE pgsched.schedule changes it, if it is seen there; else take another name';
  end if;
  perform pgsched._keep_schedule(v_row);
  perform pgsched._notify('pgsched_schedule', '');
end $$;

create or replace function pgsched._follow_rule(p_old pgsched._schedule) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- After a change: what is nominally later, and neither due yet nor held, follows the new rule; what is not is decided as it was planned. A change
-- of anything else than the rule, and what moves it, moves no slot. One that had ended with its last run begins anew.
-- Locks    its row is locked.
declare
  v_now timestamptz := pgsched.clock();   -- later than any tick() that had the row
  v_new pgsched._schedule;
begin
  select s.* into v_new from pgsched._schedule as s where s.name = p_old.name;
  if row(v_new.kind, v_new.rule, v_new.timezone, v_new.calendar, v_new.roll, v_new.blackout, v_new.blackout_policy, v_new.starts_at,
         v_new.ends_at, v_new.jitter, v_new.splay)
     is distinct from row(p_old.kind, p_old.rule, p_old.timezone, p_old.calendar, p_old.roll, p_old.blackout, p_old.blackout_policy,
                          p_old.starts_at, p_old.ends_at, p_old.jitter, p_old.splay)
     or v_new.max_runs is distinct from p_old.max_runs and p_old.planned_until = 'infinity' then
    delete from pgsched._plan as p where p.schedule = p_old.name and p.nominal > v_now and p.due_at > v_now and not p.held;
    v_new.since := v_now;
    v_new.planned_to := v_now;
  elsif v_new.max_runs is not distinct from p_old.max_runs then
    return;
  end if;
  update pgsched._schedule as s
     set plan_no = nextval('pgsched._plan_no_seq'), since = v_new.since, planned_to = v_new.planned_to,
         planned_until = '-infinity', planner_until = '-infinity', plan_problem = null
   where s.name = p_old.name;
end $$;

create or replace function pgsched._write_schedule() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
-- Definer: whoever may write the view need not write private tables.
-- Errors   PS026 it has another version than the statement saw; PS028 the user may change none; as _put_schedule().
declare
  v_old pgsched._schedule;
begin
  perform pgsched._require_writer();
  if tg_op = 'INSERT' then
    delete from pgsched._schedule as s   -- whoever has its name has its slots: none that a user may not see
     where s.name = new.name and s.deleted_at is not null
       and (pgsched._owners_seen() is null or s.owner_id = any(pgsched._owners_seen()));
    perform pgsched._put_schedule(new, false);
    return new;
  end if;
  select s.* into v_old from pgsched._schedule as s where s.name = old.name and s.deleted_at is null for no key update;
  if v_old.version is distinct from old.version then
    raise exception using errcode = 'PS026', message = format('schedule %L was changed by somebody else', old.name),
      detail = format('it has version %s, expected was %s', coalesce(v_old.version::text, 'none: it is deleted'), old.version),
      hint = 'look at it again, and repeat the change';
  elsif tg_op = 'DELETE' then
    update pgsched._schedule as s set deleted_at = pgsched.clock(), plan_no = nextval('pgsched._plan_no_seq') where s.name = old.name;
    delete from pgsched._plan as p where p.schedule = old.name;
    perform pgsched._write_version('schedule', old.name, null);
    return old;
  elsif row(new.name, new.version, new.next_at, new.runs, new.last_job, new.problem, new.created_at, new.updated_at, new.owner) is distinct from
        row(old.name, old.version, old.next_at, old.runs, old.last_job, old.problem, old.created_at, old.updated_at, old.owner) then
    raise exception using errcode = 'PS010',
      message = 'name, version, next_at, runs, last_job, problem, created_at, updated_at and owner of a schedule cannot be changed',
      detail = format('schedule %L', old.name), hint = 'for another name, delete it, and insert another';
  end if;
  perform pgsched._put_schedule(new, true);
  perform pgsched._follow_rule(v_old);
  return new;
end $$;
create or replace trigger write_schedule instead of insert or update or delete on pgsched.schedule
  for each row execute function pgsched._write_schedule();

create or replace function pgsched._require_callable() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
-- A condition is called with the rights of whoever ticks, so whoever names it must be allowed to call it: also where he does so by
-- declare_schedule(), which runs as its definer. Its trigger comes before write_schedule by its name.
-- Errors   42501 the condition is not the caller's to call.
begin
  if new.condition is null or tg_op = 'UPDATE' and new.condition is not distinct from old.condition
     or has_function_privilege(new.condition || '(text, timestamptz)', 'execute')
        and has_function_privilege(pgsched._caller(), new.condition || '(text, timestamptz)', 'execute')
  then return new; end if;
  raise exception using errcode = '42501', message = format('permission denied for the condition %s', new.condition);
exception when undefined_function or invalid_schema_name or invalid_name or invalid_text_representation or syntax_error then
  return new;   -- there is no such function, which _condition() says
end $$;
create or replace trigger check_condition instead of insert or update on pgsched.schedule
  for each row execute function pgsched._require_callable();
