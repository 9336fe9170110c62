-- The catalogue: what code declares of a task, and what an operator sets in its place.

create or replace function pgsched._new_policy() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- The columns of the policy follow what was declared, and what was set in its place; any change is a version.
  new := jsonb_populate_record(new, new.declared || new.overrides);
  if new.endpoint is not null then new.queue := pgsched._push_queue(new.endpoint); end if;
  new.version := coalesce((select max(v.version) from pgsched._task_version as v where v.task = new.name), 0) + 1;
  new.updated_at := clock_timestamp();
  return new;
end $$;
create or replace trigger new_policy before insert or update of declared, overrides on pgsched._task
  for each row execute function pgsched._new_policy();

create or replace function pgsched._keep_version() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  insert into pgsched._task_version (task, version, policy, overrides, changed_at, changed_by)
  values (new.name, new.version, new.declared || new.overrides, new.overrides, new.updated_at, session_user);
  perform pgsched._notify('pgsched_task', left(new.name, 1000));
  return null;
end $$;
create or replace trigger keep_version after insert or update of declared, overrides on pgsched._task
  for each row execute function pgsched._keep_version();

create or replace function pgsched._require_task(p_task text) returns pgsched._task language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- The row of a task, locked.   Errors  PS002 unknown task.
declare
  v_task pgsched._task;
begin
  perform pgsched._require_admin();
  select t.* into v_task from pgsched._task as t where t.name = p_task for no key update;
  if found then return v_task; end if;
  raise exception using errcode = 'PS002', message = format('task %L is not in the catalogue', p_task),
    hint = 'a worker that knows it declares it at its start; or call pgsched.declare_task()';
end $$;

create or replace function pgsched._in_catalogue(p_task text) returns boolean language sql stable security definer
  set search_path = pg_catalog, pg_temp as $$
  -- Definer: whoever makes jobs need not read the catalogue.
  select exists (select from pgsched._task as t where t.name = p_task) $$;

create or replace function pgsched.declare_task(
    name text, queue text default 'default', priority integer default 0, max_attempts integer default 10,
    retry jsonb default '{"kind": "exponential_jitter"}', timeout_s double precision default null, isolation text default 'none',
    transactional boolean default false, description text default null, category text default null, labels jsonb default null,
    enabled boolean default true, handler text default null)
  returns integer language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Write what code says of a task. Nothing is written where it says what it said before: any number of workers may start at once.
-- Returns  the number of the version that holds now.   Locks  its row, if something is new.   Notifies  pgsched_task.
-- Errors   PS010 null; 23514 with a constraint whose name says what is allowed.
#variable_conflict use_column
declare
  v_policy jsonb := jsonb_build_object(
    'queue', declare_task.queue, 'priority', declare_task.priority, 'max_attempts', declare_task.max_attempts,
    'retry', declare_task.retry, 'timeout_s', declare_task.timeout_s, 'isolation', declare_task.isolation,
    'transactional', declare_task.transactional, 'description', declare_task.description, 'category', declare_task.category,
    'labels', declare_task.labels, 'enabled', declare_task.enabled, 'handler', declare_task.handler, 'endpoint', null);
  v_version integer;
begin
  perform pgsched._require_admin();
  perform pgsched._require_policy(v_policy);
  select t.version into v_version from pgsched._task as t where t.name = declare_task.name and t.declared = v_policy;
  if found then return v_version; end if;
  insert into pgsched._task as t (name, declared) values (declare_task.name, v_policy) on conflict (name) do nothing
  returning t.version into v_version;
  if found then return v_version; end if;
  update pgsched._task as t set declared = v_policy where t.name = declare_task.name and t.declared <> v_policy;
  return (select t.version from pgsched._task as t where t.name = declare_task.name);
end $$;
comment on function pgsched.declare_task is
  'Write a task''s policy into the catalogue, as code declares it; workers call it for each @task at their start. What an operator '
  'has set by change_task() goes on holding, and whether it is paused stays as it is. Returns the version that holds.';

create or replace function pgsched._require_policy(p_policy jsonb) returns void language plpgsql immutable as $$
-- Refuse NULL where a policy needs a value; the columns' own checks look at the rest.
declare
  v_null text := (select string_agg(p.key, ', ' order by p.key) from jsonb_each(p_policy) as p
                   where p.value = 'null' and p.key not in ('timeout_s', 'description', 'category', 'labels', 'handler', 'endpoint'));
begin
  if v_null is null then return; end if;
  raise exception using errcode = 'PS010', message = format('%s must not be null', v_null),
    detail = 'timeout_s, description, category, labels, handler and endpoint may be', hint = 'pgsched.reset_task() takes back what was set';
end $$;

create or replace function pgsched.change_task(task text, changes jsonb, version integer default null) returns integer
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Set fields of a policy in place of what code declares: {"priority": 5, "timeout_s": null}. A task enabled by it has its jobs released.
-- Returns  the number of the version that holds then; the present one if nothing changes.
-- Locks    the task''s row; _blocked rows if it is enabled.   Notifies  pgsched_task, and as _announce().
-- Errors   PS002 unknown task; PS010 unknown field, null; PS016 unknown endpoint; PS026 it is not at the expected version;
--          23514 as declare_task().
declare
  v_task pgsched._task := pgsched._require_task(change_task.task);
begin
  perform pgsched._require_fields(
    'a task', changes, '{queue,priority,max_attempts,retry,timeout_s,isolation,description,category,labels,enabled,endpoint}');
  perform pgsched._require_version('task', v_task.name, v_task.version, change_task.version);
  perform pgsched._require_policy(changes);
  if changes ->> 'endpoint' is not null and not exists (select from pgsched._endpoint as e where e.name = changes ->> 'endpoint') then
    perform pgsched._require_endpoint(changes ->> 'endpoint');   -- it locks, and who changes an endpoint locks tasks after it
  end if;
  return pgsched._override(v_task, v_task.overrides || changes);
end $$;
comment on function pgsched.change_task is
  'Set fields of a task''s policy in place of what code declares; it survives deploys, until reset_task(). Fields: queue, priority, '
  'max_attempts, retry, timeout_s, isolation, description, category, labels, enabled, endpoint. version, if given, is the one that it must '
  'be at. Workers obey at once, or within seconds where notifications do not arrive; a job keeps its queue and priority, but where an endpoint '
  'is set or taken away, the jobs that wait go there or back. Returns the new version.';

create or replace function pgsched.reset_task(task text, fields text[] default null) returns integer
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Let what code declares hold again, for these fields, or for all.
-- Returns, locks, notifies  as change_task().   Errors  PS002 unknown task.
declare
  v_task pgsched._task := pgsched._require_task(reset_task.task);
begin
  return pgsched._override(v_task, case when fields is null then '{}' else v_task.overrides - fields end);
end $$;
comment on function pgsched.reset_task is
  'Take back what change_task() set: these fields, or all if NULL, are as code declares them again. Returns the version that holds.';

create or replace function pgsched._override(p_task pgsched._task, p_overrides jsonb) returns integer
  language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_task pgsched._task;
begin
  if p_overrides = p_task.overrides then return p_task.version; end if;
  update pgsched._task as t set overrides = p_overrides where t.name = p_task.name returning t.* into v_task;
  if v_task.endpoint is distinct from p_task.endpoint then perform pgsched._move_waiting(v_task.name, p_task.queue, v_task.queue, 100000); end if;
  if p_task.held and not v_task.held then perform pgsched._admit_blocked(v_task.name, 10000); end if;
  return v_task.version;
end $$;

create or replace function pgsched.pause_task(task text) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Jobs of the task are not run until resume_task(); those whose turn comes wait in _blocked.
-- Errors   PS002 unknown task.
begin
  perform pgsched._require_task(pause_task.task);
  update pgsched._task as t set paused = true where t.name = pause_task.task;
end $$;
comment on function pgsched.pause_task is
  'Hold the jobs of a task (blocked) until resume_task(); what runs, goes on. Makes no version: for that, disable it by change_task().';

create or replace function pgsched._admit_blocked(p_task text, p_limit integer) returns integer language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Give up to p_limit jobs that waited for a task their place in _ready back: due when they were, before what came later.
-- Returns how many.
declare
  v_now timestamptz := pgsched.clock();
  v_count integer;
begin
  with gone as materialized (
    delete from pgsched._blocked as b where b.ctid = any(array(
      select q.ctid from pgsched._blocked as q where q.reason = 'task_held' and q.subject = p_task
       order by q.due_at, q.id limit p_limit for update skip locked))
    returning b.*),
  ready as (
    insert into pgsched._ready (id, queue, priority, attempt, due_at)
    select g.id, g.queue, g.priority, g.attempt, g.due_at from gone as g returning queue, priority),
  lanes as (select r.queue, r.priority, count(*) as jobs from ready as r group by r.queue, r.priority)
  select sum(l.jobs), pgsched._announce(array_agg(l.queue), array_agg(l.priority), array_fill(v_now, array[count(*)::integer]))
    into v_count from lanes as l having count(*) > 0;
  return coalesce(v_count, 0);
end $$;

create or replace function pgsched.resume_task(task text) returns integer language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Let the jobs of a task run again. The first 10,000 that waited are ready at once, upkeep() admits the rest.
-- Returns  how many are ready at once.   Locks  _blocked rows.   Notifies  as _announce().
-- Errors   PS002 unknown task.
declare
  v_enabled boolean;
begin
  perform pgsched._require_task(resume_task.task);
  update pgsched._task as t set paused = false where t.name = resume_task.task returning t.enabled into v_enabled;
  return case when v_enabled then pgsched._admit_blocked(resume_task.task, 10000) else 0 end;
end $$;
comment on function pgsched.resume_task is
  'Let the jobs of a paused task run again; returns how many that waited are ready at once: 0 also where it is disabled.';

create or replace view pgsched.task as
select t.name::text, t.description, t.category, t.queue::text, t.priority::integer, t.max_attempts::integer, t.retry::jsonb,
       t.timeout_s::double precision, t.isolation, t.transactional, t.enabled, t.labels::jsonb, t.handler, t.paused, t.version, t.overrides,
       t.updated_at, t.endpoint::text
  from pgsched._task as t where (select pgsched._owners_seen()) is distinct from '{}';
comment on view pgsched.task is
  'The catalogue: the policy of each task as it holds now. UPDATE sets fields in place of what code declares, as change_task(); INSERT '
  'declares a task, as declare_task() does; DELETE forgets one, until a worker that knows it starts.';
comment on column pgsched.task.overrides is 'The fields that an operator has set, with their values; {} if none.';
comment on column pgsched.task.enabled is 'Part of the policy; false holds its jobs (blocked).';
comment on column pgsched.task.paused is 'By pause_task(), besides the policy; true holds its jobs (blocked).';
comment on column pgsched.task.handler is 'What runs its jobs: module:function.';
comment on column pgsched.task.endpoint is
  'Where its jobs are sent by HTTP; NULL: workers run them. Set by an operator; its queue is that of the endpoint.';

create or replace function pgsched._write_task() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
-- INSERT, UPDATE and DELETE on the view.   Errors  PS024 of what cannot be written; else as the functions.
declare
  v_fields jsonb;
begin
  perform pgsched._require_admin();
  if tg_op = 'DELETE' then
    delete from pgsched._task as t where t.name = old.name;
    return old;
  elsif tg_op = 'INSERT' then
    if new.version is not null or new.overrides is not null or new.updated_at is not null then
      raise exception using errcode = 'PS024', message = 'version, overrides and updated_at of a task are given by the database';
    end if;
    perform pgsched.declare_task(
      new.name, coalesce(new.queue, 'default'), coalesce(new.priority, 0), coalesce(new.max_attempts, 10),
      coalesce(new.retry, '{"kind": "exponential_jitter"}'), new.timeout_s, coalesce(new.isolation, 'none'),
      coalesce(new.transactional, false), new.description, new.category, new.labels, coalesce(new.enabled, true), new.handler);
    if new.paused then perform pgsched.pause_task(new.name); end if;
    if new.endpoint is not null then
      perform pgsched.change_task(new.name, jsonb_build_object('endpoint', new.endpoint));
    end if;
    return new;
  end if;
  if (new.name, new.transactional, new.handler, new.version, new.overrides, new.updated_at)
     is distinct from (old.name, old.transactional, old.handler, old.version, old.overrides, old.updated_at) then
    raise exception using errcode = 'PS024',
      message = 'name, transactional, handler, version, overrides and updated_at of a task cannot be set';
  end if;
  if new.paused and not old.paused then perform pgsched.pause_task(old.name);
  elsif old.paused and not new.paused then perform pgsched.resume_task(old.name); end if;
  select jsonb_object_agg(n.key, n.value) into v_fields
    from jsonb_each(to_jsonb(new)) as n join jsonb_each(to_jsonb(old)) as o on o.key = n.key and o.value <> n.value
   where n.key <> 'paused';
  if v_fields is not null then perform pgsched.change_task(old.name, v_fields); end if;
  return new;
end $$;
create or replace trigger write_task instead of insert or update or delete on pgsched.task
  for each row execute function pgsched._write_task();
