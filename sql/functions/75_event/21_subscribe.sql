-- For programs: make, change and end subscriptions.

create or replace function pgsched._unknown_subscription(p_name text) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception using errcode = 'PS004', message = format('subscription %s does not exist', p_name);
end $$;

create or replace function pgsched._expect_subscription(p_name text, p_version integer) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- That a subscription has this version; 0: that there is none. NULL: whatever.   Locks  its row.   Errors  PS004 there is none; PS026.
declare
  v_version integer;
begin
  if p_version is null then return; end if;
  select s.version into v_version from pgsched.subscription as s where s.name = p_name for update;
  if not found and p_version > 0 then perform pgsched._unknown_subscription(p_name); end if;
  if coalesce(v_version, 0) = p_version then return; end if;
  raise exception using errcode = 'PS026', message = format('subscription %s was changed by somebody else', p_name),
    detail = format('it has version %s, expected was %s', v_version, p_version), hint = 'look at it again, and repeat the change';
end $$;

create or replace function pgsched.subscribe(
    name text, event_type text, task text, filter text default null, args jsonb default null, queue text default null,
    priority integer default null, delay interval default '0', key text default null, enabled boolean default null,
    expected integer default null)
  returns integer language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Make a subscription, or change the one of this name to be exactly so; what an operator enabled or disabled stays, if enabled is NULL.
-- With expected, only if it has that version; 0: if there is none.
-- Returns  its version: the same as before if nothing changed.
-- Locks    its row.   Errors  PS004 there is none, PS026 it has another version than expected; those of an INSERT into the view.
#variable_conflict use_column
declare
  v_version integer;
begin
  perform pgsched._require_admin();
  perform pgsched._expect_subscription(subscribe.name, subscribe.expected);
  insert into pgsched.subscription as s (name, event_type, task, filter, args, queue, priority, delay, key, enabled)
  values (subscribe.name, subscribe.event_type, subscribe.task, subscribe.filter, subscribe.args, subscribe.queue, subscribe.priority,
          subscribe.delay, subscribe.key, coalesce(subscribe.enabled, true))
  on conflict (name) do update
     set event_type = excluded.event_type, task = excluded.task, filter = excluded.filter, args = excluded.args, queue = excluded.queue,
         priority = excluded.priority, delay = excluded.delay, key = excluded.key, enabled = coalesce(subscribe.enabled, s.enabled)
   where subscribe.expected is distinct from 0
  returning s.version into v_version;
  if not found then perform pgsched._expect_subscription(subscribe.name, 0); end if;   -- raises: it came between
  return v_version;
end $$;
comment on function pgsched.subscribe is
  'Make a subscription, or change it to be exactly so; columns as of the view subscription. enabled NULL: as it is, true for a new one. '
  'With expected, only if it has that version; 0: only if there is none. Returns its version.';

create or replace function pgsched.unsubscribe(name text, expected integer default null) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- End a subscription. The jobs that it made stay, and the history of events still names it. With expected, only if it has that version.
-- Errors   PS004 there is none; PS026 it has another version.
begin
  perform pgsched._require_admin();
  perform pgsched._expect_subscription(unsubscribe.name, unsubscribe.expected);
  delete from pgsched.subscription as s where s.name = unsubscribe.name;
  if not found then perform pgsched._unknown_subscription(unsubscribe.name); end if;
end $$;
comment on function pgsched.unsubscribe is
  'End a subscription; the jobs that it made stay. One that is made anew by its name is another one to replay().';

create or replace function pgsched.enable_subscription(name text, enabled boolean default true) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Let a subscription make jobs of the events to come, or none (enabled false). Errors  PS004 there is none.
begin
  perform pgsched._require_admin();
  update pgsched.subscription as s set enabled = enable_subscription.enabled where s.name = enable_subscription.name;
  if not found then perform pgsched._unknown_subscription(enable_subscription.name); end if;
end $$;
comment on function pgsched.enable_subscription is
  'Let a subscription make jobs of the events to come, or none; replay() makes those of the meantime.';
