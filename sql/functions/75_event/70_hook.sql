-- Hooks: which webhooks of other systems become which events. Their signatures are verified in Python, over the bytes as they came.

create or replace function pgsched._hook_of_style(p_name text, p_style text) returns pgsched._hook language sql stable as $$
  -- What holds of a new hook where nothing is said.
  select p_name, p_style, s.event_type, 'hooks/' || p_name, s.tolerance_s, s.header, s.prefix, s.algorithm, s.encoding, s.headers,
         false, 1, pgsched.clock(), pgsched.clock()
    from (values
      ('hmac', null, null, 'x-signature', '', 'sha256', 'hex', '{content-type}'::text[]),
      ('standard_webhooks', '$.data.body.type', 300, null, null, null, null, '{content-type,webhook-id,webhook-timestamp}'),
      ('github', 'github.$.data.headers."x-github-event"', null, null, null, null, null, '{content-type,x-github-event,x-github-delivery}'),
      ('stripe', 'stripe.$.data.body.type', 300, null, null, null, null, '{content-type}'))
      as s (style, event_type, tolerance_s, header, prefix, algorithm, encoding, headers)
   where s.style = p_style $$;

create or replace function pgsched._unknown_hook(p_name text) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception using errcode = 'PS009', message = format('hook %L does not exist', p_name), hint = 'see pgsched.hook';
end $$;

create or replace function pgsched._require_hook(p_name text) returns pgsched._hook language plpgsql set search_path = pg_catalog, pg_temp as $$
-- The row of a hook, locked.   Errors  PS009 unknown hook.
declare
  v_hook pgsched._hook;
begin
  select h.* into v_hook from pgsched._hook as h where h.name = p_name for no key update;
  if not found then perform pgsched._unknown_hook(p_name); end if;
  return v_hook;
end $$;

create or replace function pgsched._hook_secrets(p_name text)
  returns table (style text, secrets text[], tolerance_s integer, header text, prefix text, algorithm text, encoding text, headers text[],
                 disabled boolean, now_s double precision)
  language sql stable set search_path = pg_catalog, pg_temp as $$
  -- What a delivery is verified by, and the time by the one clock. No row for a hook that there is not.
  select h.style, array(select s.secret from pgsched._hook_secret as s where s.hook = h.name order by s.id desc),
         h.tolerance_s, h.header, h.prefix, h.algorithm, h.encoding, h.headers, h.disabled, extract(epoch from pgsched.clock())
    from pgsched._hook as h where h.name = p_name $$;

create or replace function pgsched._next_version(p_hook text) returns integer language sql set search_path = pg_catalog, pg_temp as $$
  update pgsched._hook as h set version = h.version + 1, updated_at = pgsched.clock() where h.name = p_hook returning h.version $$;

create or replace function pgsched._require_secret(p_style text, p_secret text) returns void language plpgsql immutable
  set search_path = pg_catalog, pg_temp as $$
-- Errors   PS010 it is too short or too long, or no secret of this style. The secret is not repeated.
begin
  if length(p_secret) between 16 and 500
     and (p_style <> 'standard_webhooks'
          or p_secret ~ '^(whsec_)?([A-Za-z0-9+/]{4}){8,21}([A-Za-z0-9+/]{2}(==)?|[A-Za-z0-9+/]{3}=?)?$') then return; end if;
  raise exception using errcode = 'PS010', message = case p_style
    when 'standard_webhooks' then 'a secret of standard_webhooks must be 24 to 64 bytes in base64, after whsec_'
    else 'a secret must have 16 to 500 characters' end;
end $$;

create or replace function pgsched._write_hook(p_old pgsched._hook, p_changes jsonb, p_version integer) returns pgsched._hook language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- A hook with changes, checked but for constraints. Headers that its style keeps stay, before others: the type may be in one of them.
-- Errors   PS010 unknown field, event_type; PS026 it is not at the expected version.
declare
  v_new pgsched._hook := jsonb_populate_record(p_old, p_changes);
  v_headers text[] := (pgsched._hook_of_style(p_old.name, p_old.style)).headers;
  v_constraint text;
begin
  perform pgsched._require_fields('a hook', p_changes, '{event_type,source,tolerance_s,header,prefix,algorithm,encoding,headers,disabled}',
                                  'given');
  perform pgsched._require_version('hook', p_old.name, p_old.version, p_version);
  if v_new.headers is not null then
    v_new.headers := v_headers || array(select u.h from unnest(v_new.headers) with ordinality as u (h, n)
                                         where (u.h = any(v_headers)) is not true order by u.n);
  end if;
  if strpos(v_new.event_type, '$') = 0 then
    perform v_new.event_type::pgsched.event_type;
  else
    perform pgsched._path('event_type, from $ on,', substr(v_new.event_type, strpos(v_new.event_type, '$'))),
            nullif(rtrim(split_part(v_new.event_type, '$', 1), '.'), '')::pgsched.event_type;
  end if;
  return v_new;
exception when check_violation then   -- of the type of events, which is event_type here
  get stacked diagnostics v_constraint = constraint_name;
  raise exception using errcode = 'PS010', message = 'event_' || v_constraint, detail = format('got %L', left(v_new.event_type, 100));
end $$;

create or replace function pgsched.create_hook(name text, style text, secret text, settings jsonb default '{}') returns integer language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- settings: event_type, source, headers, tolerance_s, and for hmac header, prefix, algorithm, encoding; what is left out is as its style has it.
-- Returns  its version, 1.
-- Errors   PS028 no admin; PS035 there is one of this name; PS010 unknown field, event_type, secret; 23514 and 23502 with what is allowed.
declare
  v_hook pgsched._hook;
begin
  perform pgsched._require_admin();
  perform pgsched._require_secret(create_hook.style, create_hook.secret);
  v_hook := pgsched._hook_of_style(create_hook.name, create_hook.style);
  if v_hook.style is null then
    raise exception using errcode = 'PS010', message = 'style must be hmac, standard_webhooks, github or stripe';
  end if;
  v_hook := pgsched._write_hook(v_hook, coalesce(create_hook.settings, '{}'), null);
  insert into pgsched._hook select v_hook.* on conflict do nothing;
  if not found then
    raise exception using errcode = 'PS035', message = format('hook %L exists already', create_hook.name);
  end if;
  insert into pgsched._hook_secret (hook, secret) values (v_hook.name, create_hook.secret);
  return 1;
end $$;
comment on function pgsched.create_hook is
  'Let webhooks that are signed by a secret become events. style: hmac, standard_webhooks, github or stripe. settings: event_type (a type, or '
  'text that ends with a JSON path into the event: stripe.$.data.body.type), source, tolerance_s, headers that are kept, disabled; for hmac '
  'also header, prefix, algorithm (sha256), encoding (hex). Returns its version.';

create or replace function pgsched.change_hook(name text, changes jsonb, version integer default null) returns integer language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Returns  the new version; the present one if nothing changes.   Locks  its row.
-- Errors   PS028 no admin; PS009 unknown hook; PS010 unknown field, event_type; PS026 it is not at the expected version; 23514 and 23502.
declare
  v_old pgsched._hook;
  v_new pgsched._hook;
begin
  perform pgsched._require_admin();
  v_old := pgsched._require_hook(change_hook.name);
  v_new := pgsched._write_hook(v_old, change_hook.changes, change_hook.version);
  if v_new = v_old then return v_old.version; end if;
  update pgsched._hook as h
     set event_type = v_new.event_type, source = v_new.source, tolerance_s = v_new.tolerance_s, header = v_new.header, prefix = v_new.prefix,
         algorithm = v_new.algorithm, encoding = v_new.encoding, headers = v_new.headers, disabled = v_new.disabled,
         version = h.version + 1, updated_at = pgsched.clock()
   where h.name = v_old.name;
  return v_old.version + 1;
end $$;
comment on function pgsched.change_hook is
  'Change settings of a hook, as create_hook() names them. version, if given, is the one it must be at. Returns the new one.';

create or replace function pgsched.rotate_hook(name text, secret text) returns integer language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Returns  the new version.   Locks  its row.
-- Errors   PS028 no admin; PS009 unknown hook; PS010 the secret is none, or it has it already, or ten others.
declare
  v_hook pgsched._hook;
  v_known text[];
begin
  perform pgsched._require_admin();
  v_hook := pgsched._require_hook(rotate_hook.name);
  perform pgsched._require_secret(v_hook.style, rotate_hook.secret);
  v_known := (pgsched._hook_secrets(v_hook.name)).secrets;
  if rotate_hook.secret = any(v_known) then
    raise exception using errcode = 'PS010', message = 'the hook has this secret already', column = 'secret';
  elsif cardinality(v_known) >= 10 then
    raise exception using errcode = 'PS010', message = 'a hook has at most 10 secrets', hint = 'finish its rotation: finish_rotation()';
  end if;
  insert into pgsched._hook_secret (hook, secret) values (v_hook.name, rotate_hook.secret);
  return pgsched._next_version(v_hook.name);
end $$;
comment on function pgsched.rotate_hook is
  'Give a hook a new secret. Those that it has stay good until finish_rotation(), so that its sender may change at any time. Returns its version.';

create or replace function pgsched.finish_rotation(hook text) returns integer language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Returns  the new version; the present one if there was but one secret.   Locks  its row.   Errors  PS028 no admin; PS009 unknown hook.
declare
  v_hook pgsched._hook;
begin
  perform pgsched._require_admin();
  v_hook := pgsched._require_hook(finish_rotation.hook);
  delete from pgsched._hook_secret as s
   where s.hook = v_hook.name and s.id < (select max(x.id) from pgsched._hook_secret as x where x.hook = v_hook.name);
  return case when found then pgsched._next_version(v_hook.name) else v_hook.version end;
end $$;
comment on function pgsched.finish_rotation is 'Let only the newest secret of a hook be good. Returns its version.';

create or replace function pgsched.remove_hook(name text, version integer default null) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Locks    its row.   Errors   PS028 no admin; PS009 unknown hook; PS026 it is not at the expected version.
declare
  v_hook pgsched._hook;
begin
  perform pgsched._require_admin();
  v_hook := pgsched._require_hook(remove_hook.name);
  perform pgsched._require_version('hook', v_hook.name, v_hook.version, remove_hook.version);
  delete from pgsched._hook as h where h.name = v_hook.name;
end $$;
comment on function pgsched.remove_hook is
  'End a hook; the events that came by it stay. version, if given, is the one it must be at.';

create or replace view pgsched.hook as
select h.name, h.style, h.event_type, h.source, h.tolerance_s, h.header, h.prefix, h.algorithm, h.encoding, h.headers,
       (select count(*) from pgsched._hook_secret as s where s.hook = h.name)::integer as secrets, h.disabled, h.version, h.created_at, h.updated_at
  from pgsched._hook as h where (select pgsched._owners_seen()) is null;
comment on view pgsched.hook is
  'Which webhooks become events; change them by create_hook(), change_hook(), rotate_hook(), finish_rotation() and remove_hook().';
comment on column pgsched.hook.secrets is 'How many are good: more than one while it is rotated.';

create or replace function pgsched._hook_wait_s(p_hook text) returns integer language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Count a delivery, if the setting hook_minute_max lets it in.
-- Returns  0; or, where there were too many, in how many seconds the next is let in.   Locks  the count of its hook.
declare
  v_now timestamptz := pgsched.clock();
  v_part interval := make_interval(secs => 60.0 / nullif(pgsched._setting('hook_minute_max'), 0));
begin
  if v_part is null then return 0; end if;
  insert into pgsched._hook_rate as r (hook, used_until) values (p_hook, v_now + v_part)
  on conflict (hook) do update set used_until = greatest(r.used_until, v_now) + v_part
   where greatest(r.used_until, v_now) + v_part <= v_now + interval '1 minute';
  if found then return 0; end if;
  return (select greatest(1, ceil(extract(epoch from r.used_until + v_part - v_now) - 60)) from pgsched._hook_rate as r where r.hook = p_hook);
end $$;

create or replace function pgsched._deliver(p_hook text, p_id text, p_data jsonb) returns table (id bigint, known boolean, wait_s integer)
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- A delivery whose signature is good becomes an event, of the type that the hook says or takes from it. What is not signed is never counted:
-- else who knows a hook's name could shut out its sender.
-- Returns  as emit_many(); or, where there were too many, but in how many seconds to come again.   Locks  as _hook_wait_s(), and emit_many().
-- Errors  PS009 unknown hook; PS010 there is nothing in it that could be the type; else as emit_many().
declare
  v_hook pgsched._hook;
  v_said jsonb;
  v_at integer;
  v_type text;
begin
  select h.* into v_hook from pgsched._hook as h where h.name = p_hook;   -- without a lock: many come at once
  if not found then perform pgsched._unknown_hook(p_hook); end if;
  wait_s := pgsched._hook_wait_s(p_hook);
  if wait_s > 0 then return next; return; end if;
  v_said := jsonb_build_object('id', p_id, 'source', v_hook.source, 'data', p_data);
  v_type := v_hook.event_type;
  v_at := strpos(v_type, '$');
  if v_at > 0 then
    v_type := left(v_type, v_at - 1) || (jsonb_path_query_first_tz(v_said, substr(v_type, v_at)::jsonpath, '{}', true) #>> '{}');
  end if;
  if v_type is null then
    raise exception using errcode = 'PS010', message = 'there is nothing in the delivery that could be its type',
      detail = format('hook %L takes %s', p_hook, v_hook.event_type);
  end if;
  return query select e.id, e.known, 0 from pgsched.emit_many(jsonb_build_array(v_said || jsonb_build_object('type', v_type))) as e;
end $$;
