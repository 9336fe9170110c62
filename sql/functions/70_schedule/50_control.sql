-- People act on schedules: change with an expected version, pause, resume, trigger.

create or replace function pgsched._require_schedule(p_name text) returns pgsched._schedule
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
-- Its row, unlocked: whoever only looks waits for nobody, and may look on a standby. Errors  PS003 there is none.
declare
  v_schedule pgsched._schedule;
begin
  select s.* into v_schedule from pgsched._schedule as s where s.name = p_name and s.deleted_at is null;
  if found then return v_schedule; end if;
  raise exception using errcode = 'PS003', message = format('schedule %L does not exist', p_name), hint = 'see pgsched.schedule';
end $$;

create or replace function pgsched._changed(p_row pgsched.schedule, p_changes jsonb) returns pgsched.schedule
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
-- A row of the view with these columns changed; a rule replaces the one there was. For whoever may write the view.
-- Errors   PS010 an unknown column.
declare
  v_unknown text;
  v_rules constant text[] := '{cron,rrule,every,at,after,business}';
begin
  select k into v_unknown from jsonb_object_keys(p_changes) as k
   where k in ('name', 'version', 'next_at', 'runs', 'last_job', 'problem', 'created_at', 'updated_at') or not to_jsonb(p_row) ? k limit 1;
  if found then
    raise exception using errcode = 'PS010', message = format('%L of a schedule cannot be changed', v_unknown),
      hint = '\d pgsched.schedule lists its columns';
  elsif p_changes ?| v_rules then
    p_row := jsonb_populate_record(p_row, '{"cron":null,"rrule":null,"every":null,"at":null,"after":null,"business":null}');
  end if;
  return jsonb_populate_record(p_row, p_changes);
end $$;

create or replace function pgsched.change_schedule(name text, changes jsonb, version integer default null) returns integer
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Change columns of pgsched.schedule, given by name. A rule replaces the one there was. Without version, what somebody else changes meanwhile
-- stays: it looks again.
-- Returns  the new version.   Locks  its row.   Notifies  pgsched_schedule.
-- Errors   PS003 unknown schedule; PS026 it has another version than expected; PS010 an unknown column; else as the view.
declare
  v_old pgsched.schedule;
begin
  loop
    select s.* into v_old from pgsched.schedule as s where s.name = change_schedule.name;
    if not found then
      raise exception using errcode = 'PS003', message = format('schedule %L does not exist', change_schedule.name), hint = 'see pgsched.schedule';
    elsif v_old.version is distinct from coalesce(change_schedule.version, v_old.version) then
      raise exception using errcode = 'PS026', message = format('schedule %L was changed by somebody else', v_old.name),
        detail = format('it has version %s, expected was %s', v_old.version, change_schedule.version),
        hint = 'look at it again, and repeat the change';
    end if;
    begin
      update pgsched.schedule as s
         set (task, args, cron, rrule, every, at, after, business, timezone, calendar, roll, blackout, blackout_policy, starts_at, ends_at,
              max_runs, jitter, splay, overlap, misfire, misfire_limit, grace, condition, priority, queue, labels, paused)
           = (select c.task, c.args, c.cron, c.rrule, c.every, c.at, c.after, c.business, c.timezone, c.calendar, c.roll, c.blackout,
                     c.blackout_policy, c.starts_at, c.ends_at, c.max_runs, c.jitter, c.splay, c.overlap, c.misfire, c.misfire_limit, c.grace,
                     c.condition, c.priority, c.queue, c.labels, c.paused from pgsched._changed(v_old, change_schedule.changes) as c)
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

create or replace function pgsched.remove_schedule(name text) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Errors   PS003 unknown schedule.
begin
  delete from pgsched.schedule as s where s.name = remove_schedule.name;
  if found then return; end if;
  raise exception using errcode = 'PS003', message = format('schedule %L does not exist', remove_schedule.name), hint = 'see pgsched.schedule';
end $$;
comment on function pgsched.remove_schedule is 'End a schedule, as DELETE FROM pgsched.schedule does; its slots and jobs stay.';

create or replace function pgsched.trigger_schedule(name text, args jsonb default null) returns bigint language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Make its job now, besides its slots: none of them moves, and its policies are not asked. Slots to come heed it as one of its jobs.
-- Returns  the job's id.   Locks  its row.   Errors  PS003 unknown schedule; 23514 args that are no object.
declare
  v_schedule pgsched._schedule := pgsched._require_schedule(trigger_schedule.name);
  v_now timestamptz := date_trunc('second', pgsched.clock());
  v_id bigint;
begin
  insert into pgsched.job (task, args, queue, priority, labels)
  values (v_schedule.task, coalesce(trigger_schedule.args, pgsched._args_at(v_schedule.args, v_schedule.name, v_now)), v_schedule.queue,
          v_schedule.priority, coalesce(v_schedule.labels, '{}') || jsonb_build_object('schedule', v_schedule.name, 'triggered', true))
  returning job.id into v_id;
  update pgsched._schedule as s set last_jobs = pgsched._live(s.last_jobs) || v_id where s.name = v_schedule.name;
  return v_id;
end $$;
comment on function pgsched.trigger_schedule is 'Make a schedule''s job now, with its args or others; its slots stay as they are. Returns the id.';

create or replace view pgsched.slot as
select d.schedule, d.nominal, d.outcome, d.reason, d.job_id, d.decided_at as at from pgsched._slot as d
union all
select p.schedule, p.nominal, case when p.held then 'held' else 'planned' end,
       case when p.held then 'waits for the end of the job before it'
            else (select string_agg(n ->> 'text', '; ') from jsonb_array_elements(p.notes) as n) end,
       null, p.due_at
  from pgsched._plan as p;
comment on view pgsched.slot is
  'Slots of schedules: planned (at: when it is due), held, or decided (at: when): fired with its job, skipped or missed, with the reason.';
