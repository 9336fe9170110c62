-- People act on schedules: change with an expected version, pause, resume, trigger.

create or replace function pgsched._require_schedule(p_name text) returns pgsched._schedule
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
-- Its row, unlocked: whoever only looks waits for nobody, and may look on a standby. Definer: who may forecast need not read private tables.
-- Errors   PS003 there is none, or none that the user sees.
declare
  v_schedule pgsched._schedule;
begin
  select s.* into v_schedule from pgsched._schedule as s
   where s.name = p_name and s.deleted_at is null and (pgsched._owners_seen() is null or s.owner_id = any(pgsched._owners_seen()));
  if found then return v_schedule; end if;
  raise exception using errcode = 'PS003', message = format('schedule %L does not exist', p_name), hint = 'see pgsched.schedule';
end $$;

create or replace function pgsched.change_schedule(name text, changes jsonb, version integer default null) returns integer
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Change columns of pgsched.schedule, given by name. A rule replaces the one there was. Without version, what somebody else changes meanwhile
-- stays: it looks again.
-- Returns  the new version.   Locks  its row.   Notifies  pgsched_schedule.
-- Errors   PS003 unknown schedule; PS026 it has another version than expected; PS010 an unknown column; PS028 the user may change none;
--          else as the view.
declare
  v_old pgsched.schedule;
  v_new pgsched.schedule;
  v_unknown text;
  v_rules constant text[] := '{cron,rrule,every,at,after,business}';
begin
  loop
    select s.* into v_old from pgsched.schedule as s where s.name = change_schedule.name;
    if not found then
      raise exception using errcode = 'PS003', message = format('schedule %L does not exist', change_schedule.name), hint = 'see pgsched.schedule';
    end if;
    perform pgsched._require_writer();
    if v_old.version is distinct from coalesce(change_schedule.version, v_old.version) then
      raise exception using errcode = 'PS026', message = format('schedule %L was changed by somebody else', v_old.name),
        detail = format('it has version %s, expected was %s', v_old.version, change_schedule.version),
        hint = 'look at it again, and repeat the change';
    end if;
    select k into v_unknown from jsonb_object_keys(changes) as k
     where k in ('name', 'version', 'next_at', 'runs', 'last_job', 'problem', 'created_at', 'updated_at', 'owner') or not to_jsonb(v_old) ? k limit 1;
    if found then
      raise exception using errcode = 'PS010', message = format('%L of a schedule cannot be changed', v_unknown),
        hint = '\d pgsched.schedule lists its columns';
    end if;
    v_new := jsonb_populate_record(v_old, case when changes ?| v_rules then jsonb_object(v_rules, array_fill(null::text, array[6])) else '{}' end);
    v_new := jsonb_populate_record(v_new, changes);
    begin
      update pgsched.schedule as s
         set (task, args, cron, rrule, every, at, after, business, timezone, calendar, roll, blackout, blackout_policy, starts_at, ends_at,
              max_runs, jitter, splay, overlap, misfire, misfire_limit, grace, condition, priority, queue, labels, paused)
           = (v_new.task, v_new.args, v_new.cron, v_new.rrule, v_new.every, v_new.at, v_new.after, v_new.business, v_new.timezone,
              v_new.calendar, v_new.roll, v_new.blackout, v_new.blackout_policy, v_new.starts_at, v_new.ends_at, v_new.max_runs, v_new.jitter,
              v_new.splay, v_new.overlap, v_new.misfire, v_new.misfire_limit, v_new.grace, v_new.condition, v_new.priority, v_new.queue,
              v_new.labels, v_new.paused)
       where s.name = v_old.name and s.version = v_old.version;
      if found then return v_old.version + 1; end if;
    exception when sqlstate 'PS026' then null;
    end;
  end loop;
end $$;
comment on function pgsched.change_schedule is
  'Change a schedule: changes maps columns of pgsched.schedule to values. With version, only if it still has that one. Returns the new version.';

create or replace function pgsched.pause_schedule(name text) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Errors   PS003 unknown schedule.
begin
  perform pgsched.change_schedule(pause_schedule.name, '{"paused": true}');
end $$;
comment on function pgsched.pause_schedule is 'Let a schedule make no jobs until resume_schedule(): its slots are recorded as skipped.';

create or replace function pgsched.resume_schedule(name text) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Errors   PS003 unknown schedule.
begin
  perform pgsched.change_schedule(resume_schedule.name, '{"paused": false}');
end $$;
comment on function pgsched.resume_schedule is 'Let a paused schedule go on, from now.';

create or replace function pgsched.remove_schedule(name text, version integer default null) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Errors   PS003 unknown schedule; PS026 it has another version than expected; PS028 the user may end none.
declare
  v_version integer;
begin
  delete from pgsched.schedule as s where s.name = remove_schedule.name and s.version = coalesce(remove_schedule.version, s.version);
  if found then return; end if;
  select s.version into v_version from pgsched.schedule as s where s.name = remove_schedule.name;
  if found then
    perform pgsched._require_writer();
    raise exception using errcode = 'PS026', message = format('schedule %L was changed by somebody else', remove_schedule.name),
      detail = format('it has version %s, expected was %s', v_version, remove_schedule.version), hint = 'look at it again';
  end if;
  raise exception using errcode = 'PS003', message = format('schedule %L does not exist', remove_schedule.name), hint = 'see pgsched.schedule';
end $$;
comment on function pgsched.remove_schedule is
  'End a schedule, as DELETE FROM pgsched.schedule does; its slots and jobs stay. With version, only if it has that.';

create or replace function pgsched.trigger_schedule(name text, args jsonb default null) returns bigint language plpgsql
  security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
-- Make its job now, besides its slots: none of them moves, and its policies are not asked. Slots to come heed it as one of its jobs. Into
-- _job itself: it is the schedule's owner's, whoever triggers it.
-- Definer: whoever keeps schedules need not be allowed to enqueue.
-- Returns  the job's id.   Locks  its row.
-- Errors   PS003 unknown schedule; PS028 the user may trigger none; 23514 args that are no object.
declare
  v_schedule pgsched._schedule := pgsched._require_schedule(trigger_schedule.name);
  v_now timestamptz := date_trunc('second', pgsched.clock());
  v_id bigint := pgsched.new_id();
begin
  perform pgsched._require_writer();
  insert into pgsched._job (id, task, args, queue, priority, due_at, created_at, labels, task_version, owner_id)
  select v_id, v_schedule.task,
         coalesce(trigger_schedule.args, pgsched._args_at(v_schedule.args, v_schedule.name, v_now))::pgsched.job_args,
         coalesce(v_schedule.queue, t.queue, 'default'), coalesce(v_schedule.priority, t.priority, 0), pgsched.clock(), clock_timestamp(),
         coalesce(v_schedule.labels, '{}') || jsonb_build_object('schedule', v_schedule.name, 'triggered', true), t.version,
         v_schedule.owner_id
    from (select) as one left join pgsched._task as t on t.name = v_schedule.task;
  update pgsched._schedule as s set last_jobs = pgsched._live(s.last_jobs) || v_id where s.name = v_schedule.name;
  return v_id;
end $$;
comment on function pgsched.trigger_schedule is 'Make a schedule''s job now, with its args or others; its slots stay as they are. Returns the id.';

revoke execute on function pgsched.trigger_schedule from public;

create or replace view pgsched.slot as
select d.schedule, d.nominal, d.outcome, d.reason, d.job_id, d.decided_at as at from pgsched._slot as d
 where case when (select pgsched._owners_seen()) is null then true
            else (select s.owner_id from pgsched._schedule as s where s.name = d.schedule) = any((select pgsched._owners_seen())::bigint[]) end
union all
select p.schedule, p.nominal, case when p.held then 'held' else 'planned' end,
       case when p.held then 'waits for the end of the job before it'
            else (select string_agg(n ->> 'text', '; ') from jsonb_array_elements(p.notes) as n) end,
       null, p.due_at
  from pgsched._plan as p
 where case when (select pgsched._owners_seen()) is null then true
            else (select s.owner_id from pgsched._schedule as s where s.name = p.schedule) = any((select pgsched._owners_seen())::bigint[]) end;
comment on view pgsched.slot is
  'Slots of schedules: planned (at: when it is due), held, or decided (at: when): fired with its job, skipped or missed, with the reason.';

create or replace function pgsched.grant_schedule(role regrole) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- For the schema's owner to call. trigger_schedule() runs as its definer, and so must be granted by name.
-- Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched._require_owner();
  execute format('grant usage on schema pgsched to %s', grant_schedule.role);
  execute format('grant select, insert, update, delete on pgsched.schedule to %s', grant_schedule.role);
  execute format('grant select on pgsched.slot, pgsched.calendar, pgsched.holiday, pgsched.blackout, pgsched.declaration, '
                 'pgsched.schedule_version, pgsched.calendar_version to %s', grant_schedule.role);
  execute format('grant execute on function pgsched.trigger_schedule, pgsched._require_schedule to %s', grant_schedule.role);
end $$;
comment on function pgsched.grant_schedule is
  'Let a role keep schedules, all of them, and so make any job by the clock; and read what decides their times. Their conditions are functions '
  'that the role may call, and of an owner whom the workers trust.';
