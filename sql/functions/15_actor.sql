-- For whom SQL is run: the setting pgsched.actor names a user of _user by its id. Unset or empty, this layer is off, and a Postgres role may
-- what it was granted. 'nobody', or a user that is unknown or disabled, sees nothing and changes nothing. It only ever restricts, so any
-- session may set it; who lets others choose the SQL needs more. What is not seen does not exist (PS001, PS003); what is seen and may not be
-- changed is PS028.
--
-- Views ask in sub-selects, once a statement, and in a CASE: with an OR, planners would expect one row of two hundred, off or not.
-- There is no index on owners: also partial, for jobs without one, it took 5 of the 90 us of each INSERT of a job. Where users look through
-- millions of others' jobs, make it, by CREATE INDEX ON pgsched._job (owner_id, id) WHERE owner_id IS NOT NULL: partitions to come have it,
-- too. A query uses it that asks for owner_id = any(pgsched._owners_seen()) itself.

create or replace function pgsched._actor() returns bigint language sql stable as $$
  -- The user whose setting it is; NULL: none. The rules of job and event have the same inside: inlined, it would be parsed for each INSERT.
  select case when pg_catalog.current_setting('pgsched.actor', true) ~ '^[0-9]{1,18}$'
              then pg_catalog.current_setting('pgsched.actor', true)::bigint end $$;

create or replace function pgsched._role() returns text language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
-- operator (the layer is off), admin, user, viewer or nobody. Definer, as _owners_seen(): whoever reads a view need not read users.
begin
  if coalesce(current_setting('pgsched.actor', true), '') = '' then return 'operator'; end if;
  return coalesce((select u.role from pgsched._user as u where u.id = pgsched._actor() and not u.disabled), 'nobody');
end $$;

create or replace function pgsched._owners_seen() returns bigint[] language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp as $$
-- Whose jobs and schedules are seen. NULL: everybody's, and nobody's; {}: none, nor anything else.
declare
  v_role text := pgsched._role();
begin
  if v_role in ('operator', 'admin', 'viewer') then return null; end if;
  return array(select m.id from pgsched._user as u join pgsched._user as m on m.id = u.id or m.team = u.team
                where v_role = 'user' and u.id = pgsched._actor());
end $$;

create or replace function pgsched._owner_of(p_job bigint) returns bigint language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp as $$
-- Of a job; NULL: nobody's, or there is none. A function, since in a rule or view a sub-select would bring all partitions to each plan. A
-- look into these takes 20 us; where there are no users, 2.
begin
  if not exists (select from pgsched._user) then return null; end if;
  return (select j.owner_id from pgsched._job as j where j.id = p_job);
end $$;

create or replace function pgsched._require_admin() returns void language plpgsql stable as $$
-- Called for each batch of a worker, so without a SET.   Errors  PS028 the actor is no admin.
begin
  if coalesce(pg_catalog.current_setting('pgsched.actor', true), '') = '' or pgsched._role() = 'admin' then return; end if;
  raise exception using errcode = 'PS028', message = 'the user may not do this', hint = 'an admin may';
end $$;

create or replace function pgsched._require_writer() returns void language plpgsql stable as $$
-- Errors   PS028 the actor may only look, or not even that.
begin
  if coalesce(pg_catalog.current_setting('pgsched.actor', true), '') = '' or pgsched._role() in ('admin', 'user') then return; end if;
  raise exception using errcode = 'PS028', message = 'the user may not do this', hint = 'a viewer may only look';
end $$;

create or replace function pgsched._require_change(p_job bigint) returns void language plpgsql volatile as $$
-- Errors   PS001 the actor sees no such job; PS028 it may not change it.
begin
  if coalesce(pg_catalog.current_setting('pgsched.actor', true), '') = '' then return; end if;
  perform pgsched._require_job(p_job);
  perform pgsched._require_writer();
end $$;

create or replace function pgsched._require_children(p_parents bigint[]) returns void language plpgsql volatile
  set search_path = pg_catalog, pg_temp as $$
-- Whether an actor may make jobs, of these parents.   Errors  PS001 it sees no such parent; PS028 it may make none.
begin
  perform pgsched._require_writer();
  perform pgsched._require_job(u) from unnest(p_parents) as u;
end $$;
