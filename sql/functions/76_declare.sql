-- What code declares beside a task (@task(schedule=..., on=...)): workers write it at their start, and operators have the last word.

create or replace function pgsched._declarable(p_kind text) returns jsonb language sql immutable as $$
  -- What code may declare, and what holds of what it leaves out: as an INSERT into the view has it.
  select case p_kind
    when 'schedule' then '{
      "task": null, "args": {}, "cron": null, "rrule": null, "every": null, "at": null, "business": null, "timezone": "UTC",
      "calendar": null, "roll": "skip", "blackout": null, "blackout_policy": "skip", "starts_at": null, "ends_at": null, "max_runs": null,
      "jitter": "0", "splay": "0", "overlap": "allow", "misfire": "once", "misfire_limit": 100, "grace": "1 minute", "condition": null,
      "priority": null, "queue": null, "labels": null, "paused": false}'::jsonb
    else '{
      "task": null, "event_type": null, "filter": null, "args": null, "queue": null, "priority": null, "delay": "0", "key": null,
      "enabled": true}'::jsonb end $$;

create or replace function pgsched._declare(p_kind text, p_name text, p_task text, p_columns jsonb) returns void
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Remember what code declares, and write what of that is not as it was declared before.
-- Locks    its row in _declaration, unless it has not changed: a thousand workers may start at once; then its own.
-- Errors   PS010 an unknown column; else as the view.
declare
  v_whole jsonb;   -- with what it has left out
  v_changes jsonb;
  v_before jsonb;
  v_unknown text;
begin
  select k into v_unknown from jsonb_object_keys(p_columns) as k where not pgsched._declarable(p_kind) ? k limit 1;
  if found then
    raise exception using errcode = 'PS010', message = format('%L of a %s cannot be declared', v_unknown, p_kind),
      hint = format('\d pgsched.%s lists its columns', p_kind);
  end if;
  v_whole := pgsched._declarable(p_kind) || jsonb_build_object('task', p_task)
             || coalesce((select jsonb_object_agg(c.key, c.value) from jsonb_each(p_columns) as c where c.value <> 'null'), '{}');
  if exists (select from pgsched._declaration as d where d.kind = p_kind and d.name = p_name and d.columns = v_whole) then return; end if;
  loop
    insert into pgsched._declaration (kind, name, columns, declared_at) values (p_kind, p_name, v_whole, pgsched.clock()) on conflict do nothing;
    exit when found;
    select d.columns into v_before from pgsched._declaration as d where d.kind = p_kind and d.name = p_name for update;
    if found then   -- else it has just been retired
      update pgsched._declaration as d set columns = v_whole, declared_at = pgsched.clock() where d.kind = p_kind and d.name = p_name;
      exit;
    end if;
  end loop;
  select jsonb_object_agg(w.key, w.value) into v_changes
    from jsonb_each(v_whole) as w where w.value is distinct from v_before -> w.key;
  if v_changes is null then return; end if;
  perform pgsched._write_as(p_kind, p_name, v_whole, case when v_before is not null then v_changes end);
end $$;

create or replace function pgsched._which(p_kind text, p_name text) returns numeric language sql stable set search_path = pg_catalog, pg_temp as $$
  -- Tells the one that there is of a name from those that there were.
  select case p_kind
    when 'schedule' then (select extract(epoch from s.created_at) from pgsched._schedule as s where s.name = p_name and s.deleted_at is null)
    else (select s.id from pgsched._subscription as s where s.name = p_name) end $$;

create or replace function pgsched._write_schedule_as(p_name text, p_whole jsonb, p_changes jsonb) returns boolean
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Make a schedule that there is not, or change it if there is something to change.
-- Returns  whether it has made it.   Locks  its row.   Notifies  pgsched_schedule.
begin
  if not exists (select from pgsched.schedule as s where s.name = p_name) then
    insert into pgsched.schedule
    select r.* from jsonb_populate_record(null::pgsched.schedule, p_whole || jsonb_build_object('name', p_name)) as r;
    return true;
  elsif p_changes is not null then
    perform pgsched.change_schedule(p_name, p_changes);
  end if;
  return false;
end $$;

create or replace function pgsched._write_subscription_as(p_name text, p_whole jsonb, p_changes jsonb) returns boolean
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- As _write_schedule_as(), of a subscription.
begin
  perform from pgsched.subscription as s where s.name = p_name for no key update;   -- what is read below is what is changed
  update pgsched.subscription as s
     set event_type = r.event_type, task = r.task, filter = r.filter, args = r.args, queue = r.queue, priority = r.priority,
         delay = r.delay, key = r.key, enabled = r.enabled
    from (select (jsonb_populate_record(o, coalesce(p_changes, '{}'))).* from pgsched.subscription as o where o.name = p_name) as r
   where s.name = p_name;
  if found then return false; end if;
  insert into pgsched.subscription (name, event_type, task, filter, args, queue, priority, delay, key, enabled)
  select p_name, r.event_type, r.task, r.filter, r.args, r.queue, r.priority, r.delay, r.key, r.enabled
    from jsonb_populate_record(null::pgsched.subscription, p_whole) as r;
  return true;
end $$;

create or replace function pgsched._write_as(p_kind text, p_name text, p_whole jsonb, p_changes jsonb) returns void
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Make what there is not, all of it, and remember which one that is; change what there is.
-- Locks    its row, and that of its declaration if it is made.   Notifies  pgsched_schedule.
begin
  if (case p_kind when 'schedule' then pgsched._write_schedule_as(p_name, p_whole, p_changes)
                  else pgsched._write_subscription_as(p_name, p_whole, p_changes) end) then
    update pgsched._declaration as d set made = pgsched._which(d.kind, d.name) where d.kind = p_kind and d.name = p_name;
  end if;
end $$;

create or replace function pgsched.declare_schedule(name text, task text, columns jsonb) returns void
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Write what code declares of a schedule: insert it where there is none; else, where the declaration is another than the last time, write
-- those columns that code has changed. So what an operator changed stays as it is, and what an operator has removed stays away, until code
-- declares otherwise; and one that an operator had made before code declared it stays the operator's.
-- Locks    its row, if there is something to write.   Notifies  pgsched_schedule.   Errors  PS010 an unknown column; else as the view.
begin
  perform pgsched._require_admin();
  perform pgsched._declare('schedule', declare_schedule.name, declare_schedule.task, declare_schedule.columns);
end $$;
comment on function pgsched.declare_schedule is
  'Write what code declares of a schedule (columns of pgsched.schedule); workers call it at their start. What an operator changed or removed '
  'stays so until the declaration changes, and then only what changed in it is written.';

create or replace function pgsched.declare_subscription(name text, task text, columns jsonb) returns void
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- As declare_schedule(), of a subscription.   Locks  its row, if there is something to write.
-- Errors   PS010 an unknown column; else as the view.
begin
  perform pgsched._require_admin();
  perform pgsched._declare('subscription', declare_subscription.name, declare_subscription.task, declare_subscription.columns);
end $$;
comment on function pgsched.declare_subscription is 'As declare_schedule(), of a subscription.';

create or replace function pgsched.restore_declared(kind text, name text) returns void
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Let a schedule or subscription be as code declares it again, whatever an operator has changed, and also if it was removed.
-- Locks    its row.   Notifies  pgsched_schedule.   Errors  PS003, PS004 code declares none of this name.
declare
  v_whole jsonb;
begin
  perform pgsched._require_admin();
  select d.columns into v_whole
    from pgsched._declaration as d where d.kind = restore_declared.kind and d.name = restore_declared.name;
  if not found then
    raise exception using errcode = case restore_declared.kind when 'schedule' then 'PS003' else 'PS004' end,
      message = format('no code declares %s %L', restore_declared.kind, restore_declared.name), hint = 'see pgsched.declaration';
  end if;
  perform pgsched._write_as(restore_declared.kind, restore_declared.name, v_whole, v_whole);
end $$;
comment on function pgsched.restore_declared is
  'Let a schedule or subscription (kind) be as code declares it again, whatever an operator has changed or removed.';

create or replace function pgsched.retire_declarations(kind text, tasks text[], names text[]) returns text[]
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- End what code declared of these tasks at some earlier time and declares no more: all but names. What an operator made under such a name
-- stays.
-- Returns  the names of those ended.   Locks  their rows.   Errors  PS010 kind; where one is changed at the same moment, as a DELETE.
declare
  v_gone text[];
begin
  perform pgsched._require_admin();
  if retire_declarations.kind is null or retire_declarations.kind not in ('schedule', 'subscription') then
    raise exception using errcode = 'PS010', message = 'kind must be schedule or subscription',
      detail = format('got %L', retire_declarations.kind);
  end if;
  with gone as (
    delete from pgsched._declaration as d
     where d.kind = retire_declarations.kind and d.columns ->> 'task' = any(retire_declarations.tasks)
       and d.name <> all(retire_declarations.names)
    returning d.name, d.made = pgsched._which(d.kind, d.name) as ours),
  ended as (
    delete from pgsched.schedule as s using gone as g
     where retire_declarations.kind = 'schedule' and s.name = g.name and g.ours returning s.name),
  unsubscribed as (
    delete from pgsched.subscription as s using gone as g
     where retire_declarations.kind = 'subscription' and s.name = g.name and g.ours returning s.name)
  select coalesce(array_agg(e.name order by e.name), '{}') into v_gone
    from (select x.name from ended as x union all select x.name from unsubscribed as x) as e;
  return v_gone;
end $$;
comment on function pgsched.retire_declarations is
  'End the schedules or subscriptions (kind) that code once declared of these tasks, all but names; workers call it at their start.';

create or replace view pgsched.declaration as
select d.kind, d.name, d.columns ->> 'task' as task, d.columns, d.declared_at, n.now is null as removed,
       case when n.now is not null then array(
         select k from jsonb_object_keys(d.columns) as k where n.now -> k is distinct from n.declared -> k order by k) end as overridden
  from pgsched._declaration as d
  left join lateral (
    select to_jsonb(s) as now, to_jsonb(jsonb_populate_record(null::pgsched.schedule, d.columns)) as declared
      from pgsched.schedule as s where d.kind = 'schedule' and s.name = d.name
     union all
    select to_jsonb(s), to_jsonb(jsonb_populate_record(null::pgsched.subscription, d.columns))
      from pgsched.subscription as s where d.kind = 'subscription' and s.name = d.name) as n on true
 where (select pgsched._owners_seen()) is null;
comment on view pgsched.declaration is
  'Schedules and subscriptions (kind) that code declares, as it declared them at the last start of a worker. overridden: columns that an '
  'operator has changed since; removed: an operator has removed it. Both hold until code declares otherwise.';
