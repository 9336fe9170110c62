-- Who may do what. The owner of the schema may do all; nobody else may do anything until granted.

create or replace function pgsched._require_owner() returns void language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  perform pgsched._require_admin();
  -- Postgres only warns whoever grants what it may not, and the caller would believe it done.
  if pg_has_role((select n.nspowner from pg_catalog.pg_namespace as n where n.nspname = 'pgsched'), 'usage') then return; end if;
  raise exception using errcode = '42501', message = 'only the owner of schema pgsched may grant rights on it';
end $$;

create or replace function pgsched.grant_enqueue(role regrole) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- For the schema's owner to call. By column, so that id, state, attempt and created_at cannot be forged.
-- Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched._require_owner();
  execute format('grant usage on schema pgsched to %s', grant_enqueue.role);
  execute format('grant select, insert (task, args, queue, priority, due_at, max_attempts, timeout_s, retry, key, labels, '
                 'trace, parent_id) '
                 'on pgsched.job to %s', grant_enqueue.role);
end $$;
comment on function pgsched.grant_enqueue is
  'Let a role make jobs, by INSERT INTO pgsched.job, enqueue() or enqueue_many(), and read pgsched.job; nothing else. It is '
  'the same as: '
  'GRANT USAGE ON SCHEMA pgsched TO role; GRANT SELECT, INSERT (task, args, queue, priority, due_at, max_attempts, '
  'timeout_s, retry, key, '
  'labels, trace, parent_id) ON pgsched.job TO role.';

create or replace function pgsched.grant_emit(role regrole) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- For the schema's owner to call. What runs as its definer must be granted by name; INSERT by column, so that nothing is forged.
-- Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched._require_owner();
  execute format('grant usage on schema pgsched to %s', grant_emit.role);
  execute format('grant execute on function pgsched.emit, pgsched.emit_many, pgsched._depth_here, pgsched._own_type to %s', grant_emit.role);
  execute format('grant insert (type, source, subject, data) on pgsched.event to %s', grant_emit.role);
end $$;
comment on function pgsched.grant_emit is
  'Let a role make events, by emit(), emit_many() or INSERT INTO pgsched.event, and watch() tables of its own. '
  'Jobs come of them by subscriptions alone.';

create or replace function pgsched.grant_observe(role regrole) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- For the schema's owner to call. The functions behind the stat_ views run as their definer, and so must be granted by name.
-- Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched._require_owner();
  execute format('grant usage on schema pgsched to %s', grant_observe.role);
  execute format('grant select on %s to %s',
                 (select string_agg(c.oid::regclass::text, ', ') from pg_catalog.pg_class as c
                   where c.relnamespace = 'pgsched'::regnamespace and c.relkind = 'v' and not c.relname ^@ '_'), grant_observe.role);
  execute format('grant execute on function pgsched.explain(bigint), pgsched._upcoming(), pgsched._running_now(bigint, integer), '
                 'pgsched._stat_queue, pgsched._stat_task(), pgsched._jobs_of(bigint), pgsched._problems_of(bigint), '
                 'pgsched._require_schedule(text), pgsched._jobs_in, pgsched._endpoints, pgsched.backlog(text, boolean) to %s',
                 grant_observe.role);
end $$;
comment on function pgsched.grant_observe is 'Let a role read every public view, and call explain(); it may change nothing.';

create or replace function pgsched._called_by(p_who text) returns setof regprocedure language sql stable set search_path = pg_catalog, pg_temp as $$
  -- What a worker, a client, an admin or the HTTP API calls. All of it runs as its definer, so that none of them needs the private tables.
  select p.oid::regprocedure from pg_catalog.pg_proc as p
   where p.pronamespace = 'pgsched'::regnamespace
     and p.proname = any(case p_who
       when 'worker' then '{register,heartbeat,leave,reap,nap,rise,next_due,suspects_due,claim,claim_suspect,finish,complete,fail,snooze,release,
                            evict,log,cancels,save_checkpoint,checkpoint,upkeep,unplanned,plan,tick,tick_apart,declare_task,
                            declare_schedule,declare_subscription,retire_declarations,quiet_for}'::text[]
       when 'pusher' then '{push_state,claim_push,hold_endpoint,hand_over,lapse}'
       when 'client' then '{await,forgo,outcome,job_state}'
       when 'admin' then '{cancel,redrive,redrive_many,reschedule,find_jobs,cancel_jobs,redrive_jobs,reschedule_jobs,cancel_run,retry_run,
                           replay,pause_queue,resume_queue,change_task,reset_task,pause_task,resume_task,
                           restore_declared,restore_schedule,restore_calendar,begin_request,keep_answer,create_user,sign_up,change_user,
                           set_password,make_api_key,revoke_api_key,rotate_secret,change_setting,save_script,
                           create_hook,change_hook,rotate_hook,finish_rotation,remove_hook,
                           add_endpoint,change_endpoint,rotate_endpoint,pause_endpoint,resume_endpoint,remove_endpoint}'
       when 'api' then '{_principal_of_key,_principal_of_user,_sign_up_begin,_log_in_begin,_log_in_end,_refresh,_log_out,_secrets,
                         _hook_secrets,_deliver,_call_back_heartbeat,_call_back_finish,
                         _require_own_worker,_hold,_expect}' end) $$;

create or replace function pgsched._grant_calls(p_role regrole, variadic p_who text[]) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
begin
  execute format('grant execute on routine %s to %s',
                 (select string_agg(c::text, ', ') from unnest(p_who) as w cross join pgsched._called_by(w) as c), p_role);
end $$;

create or replace function pgsched.grant_client(role regrole) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- For the schema's owner to call.   Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched.grant_enqueue(grant_client.role);
  perform pgsched.grant_emit(grant_client.role);
  perform pgsched._grant_calls(grant_client.role, 'client');
end $$;
comment on function pgsched.grant_client is
  'Let a role do what programs do: as grant_enqueue() and grant_emit(), and wait for jobs and read their results; it may not cancel any.';

create or replace function pgsched.grant_worker(role regrole) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- For the schema's owner to call. Before Postgres 17 only an owner may vacuum, so there autovacuum has to do.
-- Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched._require_owner();
  execute format('grant usage on schema pgsched to %s', grant_worker.role);
  execute format('grant select on pgsched._migration, pgsched.task, pgsched.job, pgsched.calendar, pgsched.holiday, pgsched.blackout, '
                 'pgsched.script to %s', grant_worker.role);
  perform pgsched._grant_calls(grant_worker.role, 'worker');
  if current_setting('server_version_num')::integer >= 170000 then
    execute format('grant maintain on %s to %s', (select string_agg(t, ', ') from pgsched._hot_tables() as h (t, dead_min)), grant_worker.role);
  end if;
end $$;
comment on function pgsched.grant_worker is
  'Let a role be a worker: claim jobs and end them, declare tasks, tick, and do the upkeep. Handlers that make jobs or events need grant_client() '
  'too, and rights on what is theirs.';

create or replace function pgsched.grant_pusher(role regrole) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- For the schema's owner to call.   Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched.grant_worker(grant_pusher.role);
  perform pgsched._grant_calls(grant_pusher.role, 'pusher');
end $$;
comment on function pgsched.grant_pusher is
  'Let a role be a worker that also sends jobs to endpoints, and so reads the secrets that it signs by.';

create or replace function pgsched.grant_admin(role regrole) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- For the schema's owner to call.   Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched.grant_client(grant_admin.role);
  perform pgsched.grant_observe(grant_admin.role);
  perform pgsched.grant_schedule(grant_admin.role);
  perform pgsched._grant_calls(grant_admin.role, 'worker', 'admin');
  execute format('grant insert, update, delete on pgsched.calendar, pgsched.holiday, pgsched.blackout, pgsched.subscription to %s',
                 grant_admin.role);
end $$;
comment on function pgsched.grant_admin is
  'Let a role call every public function and use every public view; it may not grant rights nor be a pusher, and reads no private table: no '
  'password, no key, no secret.';

create or replace function pgsched.grant_api(role regrole) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- For the schema's owner to call.   Errors   42704 unknown role; 42501 not the owner.
begin
  perform pgsched.grant_admin(grant_api.role);
  perform pgsched._grant_calls(grant_api.role, 'api');
end $$;
comment on function pgsched.grant_api is
  'Let a role be the HTTP API: as grant_admin(), and find out who comes with which key, token or password. It sees the hashes of passwords that '
  'are tried, and what signs access tokens; each request runs for its user, by the setting pgsched.actor.';

do $$
-- Private routines are ours alone, and explain() and emit() are for whoever was granted them. Some stay open: they run with the rights of
-- whoever makes a job or an event, or watches a table, by way of a rule, enqueue() or watch(), and tell nothing.
declare
  v_routine regprocedure;
begin
  for v_routine in
    select p.oid::regprocedure from pg_catalog.pg_proc as p
     where p.pronamespace = 'pgsched'::regnamespace and (p.proname ^@ '_' or p.proname in ('explain', 'emit', 'emit_many', 'backlog'))
       and p.proname not in ('_refuse_id', '_due_at', '_enqueue_rows', '_in_catalogue', '_refuse_event_column', '_cause', '_caused_by',
                             '_require_watchable', '_require_readable', '_watched', '_key_columns', '_watch_shape', '_watch_fits', '_watch_side',
                             '_watch_query', '_watch_body', '_unwatch', '_caller', '_hot_tables', '_key_owner',
                             '_actor', '_role', '_owners_seen', '_owner_of', '_emitter', '_require_admin', '_require_writer', '_require_change',
                             '_admins_write', '_job_version', '_expect_subscription', '_unknown_subscription')
  loop
    execute format('revoke execute on routine %s from public', v_routine);
  end loop;
  for v_routine in select c from unnest('{worker,pusher,client,admin,api}'::text[]) as w cross join pgsched._called_by(w) as c loop
    execute format('alter routine %s security definer', v_routine);
    execute format('revoke execute on routine %s from public', v_routine);
  end loop;
end $$;
