-- A job that waits is moved to another time, priority or queue.

create or replace function pgsched._require_lane(p_priority integer, p_queue text, p_due_at timestamptz) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Where and when a job may be moved to.   Errors  PS010 a value.
begin
  perform pgsched._require_range('priority', coalesce(p_priority, 0), -100, 100);
  if length(p_queue) not between 1 and 200 then
    raise exception using errcode = 'PS010', message = 'queue must have 1 to 200 characters';
  elsif not (p_due_at >= '0001-01-02 00:00:00+00' and p_due_at < '10000-01-01 00:00:00+00') then
    raise exception using errcode = 'PS010', message = 'due_at must be finite and before the year 10000';
  end if;
end $$;

create or replace function pgsched._job_version(
    p_queue text, p_priority integer, p_due_at timestamptz, p_attempt integer, p_state pgsched.job_state) returns integer language sql stable
  set search_path = pg_catalog, pg_temp as $$
  -- A number, 0 to 2^29 - 1, that changes with whatever changes of a job, but not with time alone.
  select hash_record(row(p_queue, p_priority, p_due_at, p_attempt,
                         case when p_state in ('scheduled', 'ready', 'blocked') then 'waits' else p_state::text end)) & 536870911 $$;

create or replace function pgsched._require_version(p_id bigint, p_version integer) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- That a job still stands as it did when this was its version; one that waits is locked, so that it goes on so. NULL: however it stands.
-- Locks    one row of _blocked or _ready.   Errors  PS001 unknown job; PS026 it changed.
begin
  if p_version is null then return; end if;
  perform pgsched._require_job(p_id);
  perform from pgsched._blocked as b where b.id = p_id for update;
  perform from pgsched._ready as r where r.id = p_id for update;
  if p_version = (select pgsched._job_version(j.queue, j.priority, j.due_at, j.attempt, j.state) from pgsched.job as j where j.id = p_id)
  then return; end if;
  raise exception using errcode = 'PS026', message = format('job %s has changed', p_id), hint = 'look at it again, and repeat the change';
end $$;

create or replace function pgsched._reschedule(p_ids bigint[], p_due_at timestamptz, p_priority integer, p_queue text)
  returns table (id bigint, done boolean, state pgsched.job_state) language plpgsql
  set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off set plan_cache_mode = force_custom_plan as $$
-- Move jobs that wait. One that moves from one table to another is missed, as by _cancel().
-- Returns  a row for each that the user sees: done; not done with the state that it has: if it waits, it was missed.
-- Locks    rows of _blocked and _ready, by id.   Notifies  as _announce().   Errors  PS010 a value; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_blocked bigint[];
  v_ready bigint[];
begin
  perform pgsched._require_read_committed();
  perform pgsched._require_lane(p_priority, p_queue, coalesce(p_due_at, v_now));
  with gone as (
    delete from pgsched._blocked as b where b.id = any(array(
      select x.id from pgsched._blocked as x where x.id = any(p_ids) order by x.id for update)) returning b.*),
  moved as (
    insert into pgsched._blocked as n (id, queue, priority, attempt, due_at, reason, subject)
    select g.id, coalesce(p_queue, g.queue), coalesce(p_priority, g.priority), g.attempt, greatest(coalesce(p_due_at, g.due_at), v_now),
           g.reason, case when g.reason = 'suspect' then coalesce(p_queue, g.queue) else g.subject end from gone as g
    returning n.id)
  select array_agg(m.id) into v_blocked from moved as m;

  -- never an UPDATE: in the middle of a claim it would make SKIP LOCKED find nothing
  with gone as (
    delete from pgsched._ready as r where r.id = any(array(
      select x.id from pgsched._ready as x where x.id = any(p_ids) order by x.id for update)) returning r.*),
  moved as (
    insert into pgsched._ready as n (id, queue, priority, attempt, due_at)
    select g.id, coalesce(p_queue, g.queue), coalesce(p_priority, g.priority), g.attempt, greatest(coalesce(p_due_at, g.due_at), v_now)
      from gone as g returning n.id, n.queue, n.priority, n.due_at)
  select array_agg(m.id), pgsched._announce(array_agg(m.queue), array_agg(m.priority), array_agg(m.due_at))
    into v_ready from moved as m having count(*) > 0;

  return query select u, true, null::pgsched.job_state from unnest(v_blocked || v_ready) as u;
  if cardinality(v_blocked || v_ready) = cardinality(p_ids) then return; end if;
  return query select j.id, false, j.state from pgsched.job as j where j.id = any(p_ids) and j.id <> all(coalesce(v_blocked || v_ready, '{}'));
end $$;

create or replace function pgsched.reschedule(
    id bigint, due_at timestamptz default null, priority integer default null, queue text default null, version integer default null)
  returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Move a job that waits to another time, priority or queue; NULL leaves each as it is. With version, only if it still stands as it did.
-- Locks    one row of _blocked or _ready.   Notifies  as _announce().
-- Errors   PS001 unknown job; PS010 a value; PS020 it runs or has ended; PS023 not READ COMMITTED; PS026 it changed; PS028 the user may not
--          change it.
declare
  v_done boolean;
  v_state pgsched.job_state;
begin
  perform pgsched._require_change(reschedule.id);
  perform pgsched._require_version(reschedule.id, reschedule.version);
  loop
    select r.done, r.state into v_done, v_state
      from pgsched._reschedule(array[reschedule.id], reschedule.due_at, reschedule.priority, reschedule.queue) as r;
    if v_done then return; end if;
    if v_done is null then perform pgsched._require_job(reschedule.id); end if;   -- raises
    if v_state in ('running', 'succeeded', 'dead', 'cancelled', 'expired') then
      raise exception using errcode = 'PS020',
        message = format('job %s is %s: only a job that waits is rescheduled', reschedule.id, v_state);
    end if;
  end loop;
end $$;
comment on function pgsched.reschedule is
  'Move a waiting job to another time, priority or queue; NULL leaves each as it is. version: what the API gives as ETag of a job.';
