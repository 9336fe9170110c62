-- An event comes into being: one INSERT into the view, or emit().

create or replace function pgsched._cause() returns bigint language sql stable as $$
  -- The job on whose behalf this session works, where the caller names none.
  select nullif(pg_catalog.current_setting('pgsched.cause_job', true), '')::bigint $$;

create or replace function pgsched._emitter(p_cause bigint) returns bigint language sql stable as $$
  -- Whose an event is: the job's that emitted it, else the actor's.
  select case when p_cause is null then pgsched._actor() else pgsched._owner_of(p_cause) end $$;

create or replace function pgsched._key_owner() returns bigint language sql stable as $$
  -- Whose ids of events the actor's are among: users' are apart from all others', which are 0's.
  select case when pgsched._actor() is null or pgsched._owners_seen() is null then 0 else pgsched._actor() end $$;

create or replace function pgsched._require_own_voice(p_types text[], p_sources text[]) returns void language plpgsql stable
  set search_path = pg_catalog, pg_temp as $$
-- For events of a user: that they do not pass for ends of jobs, which pgsched tells of, nor for deliveries of a hook, which are signed; nor
-- of one that is to come, or is gone and may come again. Subscriptions take both at their word.   Errors  PS028
declare
  v_source text := (select s from unnest(p_sources) as s
                     where s ^@ 'hooks/' or exists (select from pgsched._hook as h where h.source = s) limit 1);
begin
  if p_types && pgsched._end_types() then
    raise exception using errcode = 'PS028', message = 'the ends of jobs are told by pgsched alone', hint = 'use another type';
  elsif v_source is not null then
    raise exception using errcode = 'PS028', message = format('source %L is that of a hook, whose events are signed', v_source),
      hint = 'use another source';
  end if;
end $$;

create or replace function pgsched._chain(p_event bigint, p_job bigint) returns text
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
-- The last 20 links of a chain that ends with this job of this event, in words: types of events and names of tasks in turn.
declare
  v_text text := '';
  v_event pgsched._event;
begin
  for v_link in 1..20 loop
    select e.* into v_event from pgsched._event as e where e.id = p_event;
    exit when not found;
    v_text := format('%s > %s > ', v_event.type, (select j.task from pgsched._job as j where j.id = p_job)) || v_text;
    exit when v_event.cause_job is null;
    p_job := v_event.cause_job;
    p_event := pgsched._caused_by(p_job);
  end loop;
  return v_text;
end $$;

create or replace function pgsched._caller() returns name language sql stable set search_path = pg_catalog, pg_temp as $$
  -- Who a session acts as, also where a function acts as its definer.
  select coalesce(nullif(current_setting('role'), 'none'), session_user) $$;

create or replace function pgsched._depth(p_cause bigint, p_type text) returns integer
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
-- How deep in its chain an event of this type is, that this job emits (NULL: no job).
-- Errors   PS001 unknown job, or one that the user does not see; PS027 too deep.
declare
  v_owners bigint[];
  v_event bigint;
  v_depth integer;
begin
  if p_cause is null then return 0; end if;
  v_owners := pgsched._owners_seen();
  if not exists (select from pgsched._job as j where j.id = p_cause and (v_owners is null or j.owner_id = any(v_owners))) then
    raise exception using errcode = 'PS001', message = format('job %s does not exist', p_cause),
      hint = 'the cause of an event is the job that runs';
  end if;
  v_event := pgsched._caused_by(p_cause);
  v_depth := coalesce((select e.depth + 1 from pgsched._event as e where e.id = v_event), 0);
  if v_depth <= pgsched._setting('event_depth_max') then return v_depth; end if;
  raise exception using errcode = 'PS027',
    message = format('more than %s events have followed from one another', pgsched._setting('event_depth_max')),
    detail = case when v_owners is null
                   and has_table_privilege(pgsched._caller(), 'pgsched.event', 'select') then pgsched._chain(v_event, p_cause) || p_type
                  else format('the event to come would be caused by job %s; who may read pgsched.event is told the chain', p_cause) end,
    hint = 'does this chain feed itself? Narrow a filter, or raise the setting event_depth_max';
end $$;

create or replace function pgsched._depth_here() returns integer language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  -- For the rule of pgsched.event. Definer: whoever may insert there need not read private tables.
  select pgsched._require_writer();
  select pgsched._depth(pgsched._cause(), 'one more') $$;

create or replace function pgsched._own_type(p_type text, p_source text) returns text language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp as $$
-- For the rule of pgsched.event: the type, if a user may tell of it so. Definer: as _depth_here().   Errors  PS028
begin
  perform pgsched._require_own_voice(array[p_type], array[p_source]);
  return p_type;
end $$;

create or replace function pgsched._refuse_event_column() returns bigint language plpgsql volatile as $$
begin   -- volatile: see _refuse_id()
  raise exception using errcode = 'PS010', message = 'an INSERT into pgsched.event gives type, source, subject and data alone',
    hint = 'for an id of your own, call pgsched.emit()';
end $$;

-- For the view event: what admins' subscriptions made of one, which a user does not see. Definer: an observer need not read the private
-- tables. Functions, since as subqueries they bring 124 partitions to
-- each plan, and JIT with them: 5 s for a page of events on Postgres 15.
create or replace function pgsched._jobs_of(p_event bigint) returns bigint[] language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp set jit = off as $$
begin
  if pgsched._owners_seen() is not null then return '{}'; end if;
  return array(select m.job_id from pgsched._event_job as m where m.event_id = p_event and m.job_id is not null order by m.job_id);
end $$;
create or replace function pgsched._problems_of(p_event bigint) returns text[] language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp set jit = off as $$
begin
  if pgsched._owners_seen() is not null then return '{}'; end if;
  return array(select m.problem from pgsched._event_job as m where m.event_id = p_event and m.job_id is null order by m.problem);
end $$;

create or replace view pgsched.event as
select e.id, e.type, e.source, e.subject, e.external_id, e.time, e.data, e.depth, e.cause_job,
       pgsched._jobs_of(e.id) as jobs, pgsched._problems_of(e.id) as problems, e.attributes
  from pgsched._event as e
 where case when (select pgsched._owners_seen()) is null then true else e.owner_id = any((select pgsched._owners_seen())::bigint[]) end;
comment on view pgsched.event is
  'What happened, kept for retention_days, and the jobs that were made of it. INSERT INTO pgsched.event (type, data) makes events, as '
  'emit() does, but many at once; it may name type, source, subject and data. Left out or NULL: source pgsched, data {}. Ask by '
  'id, or by a range of it: pgsched.id_at(timestamptz) is the lowest id of a time.';
comment on column pgsched.event.time is 'When it happened, as who told of it says; else when that was.';
comment on column pgsched.event.external_id is 'The id that who told of it gave it.';
comment on column pgsched.event.attributes is
  'What else its source said of it, by name: extensions of CloudEvents, dataschema. Paths find them as $.name.';
comment on column pgsched.event.problems is 'Subscriptions that matched its type, and could make no job of it, and why.';
comment on column pgsched.event.depth is 'How many events came before it in its chain: event, job, event, job, this.';

create or replace trigger refuse_change instead of update or delete on pgsched.event
  for each row execute function pgsched._refuse_change();

-- A rule, as for pgsched.job. What is asked in a subquery of its own is asked once a statement.
create or replace rule event_insert as on insert to pgsched.event do instead
insert into pgsched._event (id, time, cause_job, owner_id, depth, type, source, subject, data)
values (case when new.id is null and new.external_id is null and new.time is null and new.depth is null and new.cause_job is null
              and new.jobs is null and new.problems is null and new.attributes is null then pgsched.new_id() else pgsched._refuse_event_column() end,
        (select pgsched.clock()), (select pgsched._cause()), (select pgsched._emitter(pgsched._cause())), (select pgsched._depth_here()),
        (case when (select pgsched._key_owner()) = 0 then new.type
              else pgsched._own_type(new.type, coalesce(new.source, 'pgsched')) end)::pgsched.event_type,
        coalesce(new.source, 'pgsched')::pgsched.event_source,
        case when new.subject is not null then new.subject::pgsched.event_subject end, coalesce(new.data, '{}'))
returning id, type, source, subject, external_id, time, data, depth, cause_job, null::bigint[], null::text[], null::jsonb;

create or replace function pgsched.emit(
    type text, data jsonb default '{}', source text default 'pgsched', subject text default null, id text default null,
    cause_job bigint default null)
  returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
-- Something happened: make an event, and the jobs of the subscriptions that match it, in the caller's transaction. Definer: whoever may
-- emit need not write private tables.
-- Returns  the event's id. If there is one of the same source and id already, that one's, and nothing is made; a user's are apart from others'.
-- Locks    the key (source, id), if an id is given: who emits the same at the same time waits for this transaction.
-- Errors   PS001 unknown cause_job; PS010 data too large; PS027 the chain is too deep; PS028 the user may emit none, or not this one;
--          23514 and 23502 with a constraint whose name says what is allowed.
declare
  v_cause bigint := coalesce(emit.cause_job, pgsched._cause());
  v_id bigint := pgsched.new_id();
  v_first bigint;
  v_owner bigint := pgsched._key_owner();
begin
  perform pgsched._require_writer();
  if pg_column_size(emit.data || '[]') > pgsched._setting('args_bytes_max') then   -- || detoasts
    raise exception using errcode = 'PS010', message = format('data must not exceed %s bytes', pgsched._setting('args_bytes_max')),
      hint = 'store large data elsewhere and pass its key, or raise the setting args_bytes_max';
  end if;
  if v_owner <> 0 then perform pgsched._require_own_voice(array[emit.type], array[emit.source]); end if;
  while emit.id is not null loop
    insert into pgsched._event_key (source, external_id, owner_id, event_id)
    values (emit.source::pgsched.event_source, emit.id::pgsched.event_external_id, v_owner, v_id) on conflict do nothing;
    exit when found;
    select k.event_id into v_first from pgsched._event_key as k where k.source = emit.source and k.external_id = emit.id
       and k.owner_id = v_owner;
    if found then return v_first; end if;   -- else retention has just taken it
  end loop;
  insert into pgsched._event (id, time, cause_job, owner_id, depth, type, source, subject, external_id, data)
  values (v_id, pgsched.clock(), v_cause, pgsched._emitter(v_cause), pgsched._depth(v_cause, emit.type), emit.type::pgsched.event_type,
          emit.source::pgsched.event_source, emit.subject::pgsched.event_subject, emit.id, emit.data);
  return v_id;
end $$;
comment on function pgsched.emit is
  'Something happened: make an event of a type (order.created), in the caller''s transaction, and the jobs of every subscription that '
  'matches. data is any JSON. id: the same (source, id) twice is the same event. cause_job: the job that emits it, else the setting '
  'pgsched.cause_job; past event_depth_max such links it is refused. Returns the event''s id.';
