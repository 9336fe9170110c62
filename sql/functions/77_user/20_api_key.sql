-- API keys: for programs, and for workers that come by HTTP. The key itself is made and shown elsewhere; here is its SHA-256.

create or replace function pgsched.make_api_key(
    user_name text, name text, hash bytea, shown text, scopes text[], queues text[] default null, expires_at timestamptz default null)
  returns bigint language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Returns  its id.   Locks  its user's row.
-- Errors   PS028 neither the user nor an admin; PS006 unknown user;
--          PS010 a scope that the user's role has not, an end in the past; 23514 as pgsched._api_key has it.
declare
  v_now timestamptz := pgsched.clock();
  v_user pgsched._user;
  v_scopes text[] := array(select distinct s from unnest(make_api_key.scopes) as s order by s);
  v_id bigint;
begin
  perform pgsched._require_self(make_api_key.user_name);
  v_user := pgsched._require_user(make_api_key.user_name);
  if v_scopes <@ '{read,write,admin,worker}' and not v_scopes <@ pgsched._scopes_of(v_user.role) then
    raise exception using errcode = 'PS010', message = format('a key of user %L cannot have more scopes than its role', v_user.name),
      detail = format('role %s has %s', v_user.role, array_to_string(pgsched._scopes_of(v_user.role), ', ')), column = 'scopes';
  elsif make_api_key.expires_at <= v_now then
    raise exception using errcode = 'PS010', message = 'expires_at must be in the future';
  end if;
  insert into pgsched._api_key as k (user_id, name, hash, shown, scopes, queues, created_at, expires_at)
  values (v_user.id, make_api_key.name, make_api_key.hash, make_api_key.shown, v_scopes, make_api_key.queues, v_now, make_api_key.expires_at)
  returning k.id into v_id;
  return v_id;
end $$;
comment on function pgsched.make_api_key is
  'Write down a key of a user, by its SHA-256 and the characters that it begins with. scopes: read, write, admin, worker, at most those of the '
  'user''s role; queues: to which it is limited, NULL for all. `pgsched key create` makes one. Returns its id.';

create or replace function pgsched.revoke_api_key(id bigint) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Errors   PS028 the actor is neither its user nor an admin; PS007 unknown key.
begin
  perform pgsched._require_self((select u.name from pgsched._api_key as k join pgsched._user as u on u.id = k.user_id
                                  where k.id = revoke_api_key.id));
  update pgsched._api_key as k set revoked_at = coalesce(k.revoked_at, pgsched.clock()) where k.id = revoke_api_key.id;
  if found then return; end if;
  raise exception using errcode = 'PS007', message = format('API key %s does not exist', revoke_api_key.id), hint = 'see pgsched.api_key';
end $$;
comment on function pgsched.revoke_api_key is 'End a key, at once and for ever.';

create or replace view pgsched.api_key as
select k.id, u.name as user_name, k.name, k.shown, k.scopes, k.queues, k.created_at, k.expires_at, k.revoked_at, k.last_used_at,
       k.revoked_at is null and coalesce(k.expires_at > n.now, true) and not u.disabled as works
  from pgsched._api_key as k join pgsched._user as u on u.id = k.user_id
 -- once, and apart: else it is a list that no index puts in order
 cross join (select pgsched.clock() as now) as n
 where case when (select pgsched._role()) in ('operator', 'admin') then true else u.id = (select pgsched._actor()) and not u.disabled end;
comment on view pgsched.api_key is 'API keys, by what they begin with; last_used_at is true to the minute.';

create or replace function pgsched._principal_of_key(p_hash bytea)
  returns table (user_id bigint, name text, role text, team text, scopes text[], queues text[])
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Who comes with the key of this SHA-256, and what the key and its user both may; notes once a minute that it was used.
-- Returns  one row.   Locks  nothing that it would wait for.   Errors  PS060 the key is not known or has ended.
declare
  v_now timestamptz := pgsched.clock();
  v_key pgsched._api_key;
  v_user pgsched._user;
begin
  select k.* into v_key from pgsched._api_key as k where k.hash = p_hash;
  select u.* into v_user from pgsched._user as u where u.id = v_key.user_id;
  if v_key.id is null or v_key.revoked_at is not null or v_key.expires_at <= v_now or v_user.disabled then
    raise exception using errcode = 'PS060', message = case
      when v_key.id is null then 'the API key is not known'
      when v_key.revoked_at is not null then 'the API key was revoked'
      when v_key.expires_at <= v_now then 'the API key has expired'
      else 'the user of the API key is disabled' end;
  end if;
  if coalesce(v_key.last_used_at < v_now - interval '1 minute', true) and current_setting('transaction_read_only') = 'off' then
    update pgsched._api_key as k set last_used_at = v_now
     where k.id = (select x.id from pgsched._api_key as x where x.id = v_key.id for no key update skip locked);
  end if;
  return query select v_user.id, v_user.name::text, v_user.role, v_user.team::text,
                      array(select s from unnest(v_key.scopes) as s where s = any(pgsched._scopes_of(v_user.role))), v_key.queues;
end $$;
