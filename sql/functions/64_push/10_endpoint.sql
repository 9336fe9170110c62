-- Endpoints, as people keep them. Jobs of an endpoint wait in a queue of its own, so that pausing and counting them is exact, and what
-- others enqueue, claim and finish costs what it did.

create or replace function pgsched._push_queue(p_endpoint text) returns text language sql immutable as $$
  -- No worker can be told to work on it: its options have a colon for weights.
  select 'push:' || p_endpoint $$;

create or replace function pgsched._new_secret() returns text language sql volatile as $$
  -- As Standard Webhooks has it: 32 bytes, of which 244 bits are random.
  select 'whsec_' || encode(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 'base64') $$;

create or replace function pgsched._require_endpoint(p_name text) returns pgsched._endpoint language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- The row of an endpoint, locked.   Errors  PS016 unknown endpoint.
declare
  v_endpoint pgsched._endpoint;
begin
  perform pgsched._require_admin();
  select e.* into v_endpoint from pgsched._endpoint as e where e.name = p_name for no key update;
  if found then return v_endpoint; end if;
  raise exception using errcode = 'PS016', message = format('endpoint %L does not exist', p_name), hint = 'see pgsched.endpoint';
end $$;

create or replace function pgsched._require_headers(p_headers jsonb) returns void language plpgsql immutable as $$
-- Errors   PS010 what is no header, or one that we send ourselves.
declare
  v_wrong text;
begin
  if jsonb_typeof(p_headers) is distinct from 'object' then
    raise exception using errcode = 'PS010', message = 'headers must be an object of texts';
  end if;
  select h.key into v_wrong from jsonb_each(p_headers) as h
   where h.key !~ '^[!#$%&''*+.^_`|~0-9A-Za-z-]{1,200}$' or jsonb_typeof(h.value) <> 'string'
      or h.value #>> '{}' !~ '^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?$' or length(h.value #>> '{}') > 4000
      or lower(h.key) ~ '^(host|connection|keep-alive|upgrade|te|trailer|expect|(content|transfer|accept|webhook|pgsched|proxy)(-.*)?)$'
   limit 1;
  if not found then return; end if;
  raise exception using errcode = 'PS010', message = format('header %L may not be given', v_wrong),
    detail = 'values are one line of ASCII; what HTTP, the content and pgsched need is sent anyway', column = 'headers';
end $$;

create or replace function pgsched._direct(p_endpoint text, p_tasks text[]) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Let an endpoint get the jobs of these tasks, and of no others. A task that nobody has declared is.
-- Errors   PS010 null; 23514 as declare_task().
declare
  v_task text;
begin
  if array_position(p_tasks, null) is not null or p_tasks is null then
    raise exception using errcode = 'PS010', message = 'tasks must be names of tasks';
  end if;
  foreach v_task in array p_tasks loop
    if not exists (select from pgsched._task as t where t.name = v_task) then perform pgsched.declare_task(v_task); end if;
    perform pgsched.change_task(v_task, jsonb_build_object('endpoint', p_endpoint));
  end loop;
  perform pgsched.reset_task(t.name, '{endpoint}') from pgsched._task as t where t.endpoint = p_endpoint and t.name <> all(p_tasks);
end $$;

create or replace function pgsched.add_endpoint(
    name text, url text, concurrency integer default 10, timeout_s double precision default 30, lease_s double precision default 300,
    headers jsonb default '{}', tasks text[] default '{}')
  returns text language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Returns  the secret by which its requests are signed, this once.   Locks  rows of the tasks.   Notifies  pgsched_task.
-- Errors   PS017 there is one of this name; PS010 headers, tasks; 23514 with a constraint whose name says what is allowed.
declare
  v_now timestamptz := pgsched.clock();
  v_secret text := pgsched._new_secret();
  v_constraint text;
  v_column text;
begin
  perform pgsched._require_admin();
  perform pgsched._require_headers(add_endpoint.headers);
  insert into pgsched._endpoint as e (name, url, headers, secrets, concurrency, timeout_s, lease_s, created_at, updated_at)
  values (add_endpoint.name, add_endpoint.url, add_endpoint.headers, array[v_secret], add_endpoint.concurrency, add_endpoint.timeout_s,
          add_endpoint.lease_s, v_now, v_now)
  on conflict do nothing;
  if not found then
    raise exception using errcode = 'PS017', message = format('there is an endpoint %L already', add_endpoint.name);
  end if;
  perform pgsched._direct(add_endpoint.name, add_endpoint.tasks);
  perform pgsched._notify('pgsched_task', '');
  return v_secret;
exception when check_violation or not_null_violation then   -- told without the row, which has secrets
  get stacked diagnostics v_constraint = constraint_name, v_column = column_name;
  raise exception using errcode = sqlstate, message = sqlerrm, schema = 'pgsched', constraint = v_constraint, column = v_column;
end $$;
comment on function pgsched.add_endpoint is
  'Make an endpoint; jobs of these tasks are sent to it, signed by the secret that this returns once. concurrency (1..1000): requests and '
  'jobs in its hands at once; timeout_s (0.1..3600): for an answer; lease_s (1..3600): how long it may be silent about a job that it answered '
  '202 to. headers, an object of texts, are sent with each request. url: http or https.';

create or replace function pgsched.change_endpoint(name text, changes jsonb, version integer default null) returns integer
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Returns  the new version.   Locks  its row, and those of tasks.   Notifies  pgsched_task.
-- Errors   PS016 unknown endpoint; PS026 it is not at the expected version; PS010 unknown field, headers, tasks; else as add_endpoint().
declare
  v_endpoint pgsched._endpoint := pgsched._require_endpoint(change_endpoint.name);
  v_constraint text;
  v_column text;
begin
  perform pgsched._require_fields('an endpoint', changes, '{url,concurrency,timeout_s,lease_s,headers,tasks}');
  perform pgsched._require_version('endpoint', v_endpoint.name, v_endpoint.version, change_endpoint.version);
  v_endpoint := jsonb_populate_record(v_endpoint, changes - 'tasks');
  perform pgsched._require_headers(v_endpoint.headers);
  update pgsched._endpoint as e
     set url = v_endpoint.url, concurrency = v_endpoint.concurrency, timeout_s = v_endpoint.timeout_s, lease_s = v_endpoint.lease_s,
         headers = v_endpoint.headers, version = e.version + 1, updated_at = pgsched.clock()
   where e.name = v_endpoint.name returning e.version into v_endpoint.version;
  if changes ? 'tasks' then
    perform pgsched._direct(v_endpoint.name, array(select jsonb_array_elements_text(changes -> 'tasks')));
  end if;
  perform pgsched._notify('pgsched_task', '');
  return v_endpoint.version;
exception when check_violation or not_null_violation then   -- told without the row, which has secrets
  get stacked diagnostics v_constraint = constraint_name, v_column = column_name;
  raise exception using errcode = sqlstate, message = sqlerrm, schema = 'pgsched', constraint = v_constraint, column = v_column;
end $$;
comment on function pgsched.change_endpoint is
  'Set fields of an endpoint: url, concurrency, timeout_s, lease_s, headers, tasks (all of them: others go back to workers). version, if given, '
  'is the one that it must be at. Returns the new version.';

create or replace function pgsched.rotate_endpoint(name text) returns text language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Returns  the new secret, this once.   Locks  its row.   Errors  PS016 unknown endpoint.
declare
  v_endpoint pgsched._endpoint := pgsched._require_endpoint(rotate_endpoint.name);
  v_secret text := pgsched._new_secret();
begin
  update pgsched._endpoint as e
     set secrets = array[v_secret, v_endpoint.secrets[1]], version = e.version + 1, updated_at = pgsched.clock()
   where e.name = v_endpoint.name;
  return v_secret;
end $$;
comment on function pgsched.rotate_endpoint is
  'Give an endpoint a new secret, and return it. Requests are signed by it and by the one before, until the next rotation; the one before '
  'that ends. So: rotate, tell the endpoint, and rotate once more if the old one is known to others.';

create or replace function pgsched.pause_endpoint(name text) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Locks    its row.   Errors  PS016 unknown endpoint.
declare
  v_endpoint pgsched._endpoint := pgsched._require_endpoint(pause_endpoint.name);
begin
  update pgsched._endpoint as e set paused = true where e.name = v_endpoint.name;
end $$;
comment on function pgsched.pause_endpoint is 'Send an endpoint no jobs until resume_endpoint(); what it has, goes on.';

create or replace function pgsched.resume_endpoint(name text) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Locks    its row.   Notifies  pgsched_task.   Errors  PS016 unknown endpoint.
declare
  v_endpoint pgsched._endpoint := pgsched._require_endpoint(resume_endpoint.name);
begin
  update pgsched._endpoint as e set paused = false, paused_until = null, problem = null where e.name = v_endpoint.name;
  perform pgsched._notify('pgsched_task', '');
end $$;
comment on function pgsched.resume_endpoint is 'Send an endpoint its jobs again, at once, whatever had stopped that: an operator, 410, 429 or 503.';

create or replace function pgsched.remove_endpoint(name text, version integer default null) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Its tasks go back to workers, and the jobs that wait with them.
-- Locks    its row, and those of tasks.   Notifies  pgsched_task.
-- Errors   PS016 unknown endpoint; PS026 it is not at the expected version; PS017 it has jobs in its hands, or of other tasks waiting.
declare
  v_endpoint pgsched._endpoint := pgsched._require_endpoint(remove_endpoint.name);
  v_queue text := pgsched._push_queue(v_endpoint.name);
begin
  perform pgsched._require_version('endpoint', v_endpoint.name, v_endpoint.version, remove_endpoint.version);
  perform pgsched._direct(v_endpoint.name, '{}');
  if exists (select from pgsched._claim as c where c.queue = v_queue) or exists (select from pgsched._ready as r where r.queue = v_queue)
     or exists (select from pgsched._blocked as b where b.queue = v_queue) then
    raise exception using errcode = 'PS017', message = format('endpoint %L still has jobs', v_endpoint.name),
      hint = format('let them end, or cancel them: they are in queue %s', v_queue);
  end if;
  delete from pgsched._endpoint as e where e.name = v_endpoint.name;
end $$;
comment on function pgsched.remove_endpoint is
  'Forget an endpoint; its tasks are for workers again. Not while jobs of its are running. version, if given, is the one that it must be at.';
