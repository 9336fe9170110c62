-- One lease a worker, not one a job: registered, renewed, and taken over when it ends.

create or replace function pgsched.register(
    p_worker uuid, p_name text, p_host text, p_pid integer, p_role text, p_concurrency integer, p_queues text[], p_tasks text[],
    p_lease_s double precision)
  returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Make a worker known and give it a lease of p_lease_s (1..3600) seconds. A new process takes a new id. The same again, whose answer may
-- have been lost, renews the lease.
-- Locks    its row.   Errors   PS010 p_lease_s; 23505 another has the id; 23514 the role; PS023 not READ COMMITTED, of the same again.
declare
  v_now timestamptz := pgsched.clock();
begin
  perform pgsched._require_admin();
  perform pgsched._require_range('p_lease_s', p_lease_s::numeric, 1, 3600);
  insert into pgsched._worker (id, name, host, pid, role, concurrency, queues, tasks, started_at, seen_at, lease_until, live_since,
                               lease_s, owner_id)
  values (p_worker, p_name, p_host, p_pid, p_role, p_concurrency, p_queues, p_tasks, v_now, v_now,
          v_now + make_interval(secs => p_lease_s), v_now, p_lease_s, pgsched._actor())
  on conflict (id) do nothing;
  if found then return; end if;
  if exists (
    select from pgsched._worker as w
     where w.id = p_worker
       and row(w.name, w.host, w.pid, w.role, w.concurrency, w.queues, w.tasks, w.lease_s, w.owner_id)
           is not distinct from row(p_name, p_host, p_pid, p_role, p_concurrency, p_queues, p_tasks, p_lease_s, pgsched._actor())) then
    perform pgsched.heartbeat(array[p_worker]);
    return;
  end if;
  raise exception using errcode = '23505', message = format('the id of worker %s was used before', p_worker), hint = 'a new process takes a new id';
end $$;
comment on function pgsched.register is
  'Make a worker (role supervisor, child, suspect or push) known, with a lease in seconds that heartbeat() renews.';

create or replace function pgsched._require_own_worker(
    p_worker uuid, p_queues text[], out queues text[], out tasks text[], out lease_s double precision)
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
-- Whether the actor may act as this worker: it registered it, and its key, limited to p_queues (NULL: to none), is for all that it works on.
-- Errors   PS021 there is no such worker; PS028 the actor may not.
declare
  v_worker pgsched._worker;
begin
  perform pgsched._require_admin();
  select w.* into v_worker from pgsched._worker as w where w.id = p_worker;
  if v_worker.id is null then
    raise exception using errcode = 'PS021', message = 'the worker is not registered: it never was, or its lease has ended',
      detail = format('worker %s', p_worker), hint = 'stop what it runs, and register anew under a new id';
  elsif v_worker.owner_id is distinct from pgsched._actor() then
    raise exception using errcode = 'PS028', message = 'the worker was registered by somebody else', detail = format('worker %s', p_worker);
  elsif not v_worker.queues <@ coalesce(p_queues, v_worker.queues) then
    raise exception using errcode = 'PS028', message = 'the key is not for all queues of this worker',
      detail = format('it is for %s, the worker works on %s', array_to_string(p_queues, ', '), array_to_string(v_worker.queues, ', '));
  end if;
  queues := v_worker.queues;
  tasks := v_worker.tasks;
  lease_s := v_worker.lease_s;
end $$;

create or replace function pgsched.heartbeat(p_workers uuid[]) returns setof uuid language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Renew the leases of a supervisor and its children.
-- Returns  those renewed. One that is missing has lost its lease: stop what it runs, and register anew.
-- Locks    _worker rows by id.   Errors  PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
begin
  perform pgsched._require_admin();
  perform pgsched._require_read_committed();
  perform from pgsched._worker as w where w.id = any(p_workers) order by w.id for no key update;
  return query
  update pgsched._worker as w
     set seen_at = v_now, lease_until = v_now + make_interval(secs => w.lease_s),
         live_since = case when w.lease_until < v_now then v_now else w.live_since end
   where w.id = any(p_workers) returning w.id;
end $$;
comment on function pgsched.heartbeat is 'Renew leases; returns the workers that still have one.';

create or replace function pgsched.leave(p_workers uuid[]) returns integer language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Forget workers that stopped or died. What they still held is then anyone's to reap().
-- Returns  how many there were.   Locks  _worker rows by id.
declare
  v_count integer;
begin
  perform pgsched._require_admin();
  perform from pgsched._worker as w where w.id = any(p_workers) order by w.id for update;
  delete from pgsched._worker as w where w.id = any(p_workers);
  get diagnostics v_count = row_count;
  delete from pgsched._idle as i where i.worker = any(p_workers);
  return v_count;
end $$;
comment on function pgsched.leave is 'Forget workers that stopped or died; reap() then gives back what they held.';

create or replace function pgsched.reap(p_worker uuid, p_limit integer default 20) returns integer
  language plpgsql set search_path = pg_catalog, pg_temp set jit = off set plan_cache_mode = force_generic_plan as $$
-- One step of taking over from the dead; call it until it returns 0. First, workers past their lease are forgotten (not endpoints: lapse()
-- times their jobs out): only by a worker that has itself been live for a full lease, since after an outage every lease is past. Then,
-- jobs of up to p_limit (1..1000) claims whose worker is gone are given back. A first loss costs a job nothing; from the second on it is
-- a suspect and runs alone; three losses alone end it dead.
-- Returns  how many workers were forgotten or jobs given back.
-- Locks    _worker, or _claim rows, skipping what is locked.   Notifies  as _announce().
-- Errors   PS010 p_limit; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_count integer;
  v_orphans pgsched._exit[];
begin
  perform pgsched._require_admin();
  perform pgsched._require_range('p_limit', p_limit, 1, 1000);
  perform pgsched._require_read_committed();
  if exists (select from pgsched._worker as w where w.id = p_worker and w.lease_until > v_now
                and w.live_since <= v_now - make_interval(secs => w.lease_s)) then
    with expired as (
      select w.id from pgsched._worker as w
       where w.lease_until < v_now and w.role <> 'endpoint' order by w.id limit p_limit for update skip locked)
    delete from pgsched._worker as w using expired as e where w.id = e.id;
    get diagnostics v_count = row_count;
    if v_count > 0 then return v_count; end if;
  end if;

  with orphaned as (
    select c.id from pgsched._claim as c where not exists (select from pgsched._worker as w where w.id = c.worker)
     order by c.id limit p_limit for update skip locked),
  taken as (delete from pgsched._claim as c using orphaned as o where c.id = o.id returning c.*)
  select array_agg(row(u.id, u.attempt, t.queue, t.priority, t.flags, t.claimed_at, t.worker, 'lost', t.flags & 2 > 0,
                       'its worker died', null, v_now)::pgsched._exit)
    into v_orphans from taken as t cross join unnest(t.ids, t.attempts) as u (id, attempt);
  if v_orphans is null then return 0; end if;

  perform pgsched._settle(array_agg(row(
            o.id, o.attempt, o.queue, o.priority, o.flags, o.claimed_at, o.worker, o.outcome, o.charged, o.error,
            case when o.charged and b.charged_losses >= 2 then 'dead'
                 when b.losses >= 1 then 'suspect' else 'ready' end, o.due_at)::pgsched._exit))
     from unnest(v_orphans) as o
     left join pgsched._budgets(array(select x.id from unnest(v_orphans) as x)) as b on b.id = o.id;
  return cardinality(v_orphans);
end $$;
comment on function pgsched.reap is 'Take over from workers that died: one step, returns how much it did, 0 when nothing is left.';

create or replace function pgsched._held(p_id bigint, p_queue text) returns boolean language sql stable as $$
  -- Whether a suspect has to wait because its queue is paused or its task held. A look-up for each: as a join it read all of _job.
  select exists (select from pgsched._queue as q where q.name = p_queue and q.paused)
      or exists (select from pgsched._task as t
                  where t.held and t.name = (select j.task from pgsched._job as j where j.id = p_id)) $$;

create or replace function pgsched.claim_suspect(p_worker uuid, p_queues text[])
  returns table (claim bigint, id bigint, attempt integer, task text, args text, timeout_s double precision, cursor text)
  language plpgsql
  set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_sort = off set jit = off set plan_cache_mode = force_generic_plan as $$
-- Take the one suspect that is due first in these queues: it runs alone, in a child kept for that.
-- Returns  0 or 1 row, as claim().   Locks  one _blocked row.   Errors  PS021 no lease; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_taken pgsched._blocked;
  v_claim bigint := pgsched._new_claim_id();
begin
  perform pgsched._require_admin();
  perform pgsched._require_read_committed();
  perform pgsched._require_live(p_worker, v_now);
  delete from pgsched._blocked as b where b.id = (
    select q.id from pgsched._blocked as q
     where q.reason = 'suspect' and q.subject = any(p_queues) and q.due_at <= v_now
       and not pgsched._held(q.id, q.queue)
     order by q.due_at, q.id limit 1 for update skip locked)
  returning b.* into v_taken;
  if v_taken.id is null then return; end if;
  insert into pgsched._claim (id, worker, claimed_at, priority, flags, queue, ids, attempts)
  select v_claim, p_worker, v_now, v_taken.priority, case when bool_or(t.transactional) then 3 else 2 end, v_taken.queue,
         array[v_taken.id], array[v_taken.attempt]
    from pgsched._job as j join pgsched._task as t on t.name = j.task where j.id = v_taken.id;
  return query
  select v_claim, j.id, v_taken.attempt, j.task, j.args::text, j.timeout_s, null::text from pgsched._job as j where j.id = v_taken.id;
  if not found then perform pgsched._bury_missing(p_worker, v_claim); end if;
end $$;
comment on function pgsched.claim_suspect is 'Take one job whose workers died twice, to run it alone; rows as claim().';

create or replace function pgsched.suspects_due(p_queues text[]) returns bigint language sql stable set search_path = pg_catalog, pg_temp as $$
  select pgsched._require_admin();
  select count(*) from (
    select from pgsched._blocked as b where b.reason = 'suspect' and b.subject = any(p_queues) and b.due_at <= pgsched.clock()
       and not pgsched._held(b.id, b.queue) limit 100) as s $$;
comment on function pgsched.suspects_due is 'How many suspects of these queues are due, counted up to 100.';

create or replace function pgsched.cancels(p_worker uuid) returns setof bigint language sql stable set search_path = pg_catalog, pg_temp as $$
  select pgsched._require_admin();
  select k.id from pgsched._cancel as k where k.worker = p_worker $$;
comment on function pgsched.cancels is 'The running jobs of this worker that shall stop.';
