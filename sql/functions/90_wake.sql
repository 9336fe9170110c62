-- Who sleeps, and what wakes them. NOTIFY is a hint; the tables are the truth.

create or replace function pgsched._notify(p_channel text, p_payload text) returns void language plpgsql as $$
-- NOTIFY, unless it is switched off, or its queue is so full that it would fail the caller's commit.
begin
  if current_setting('pgsched.notify', true) is distinct from 'off' and pg_notification_queue_usage() < 0.5 then
    perform pg_notify(p_channel, p_payload);
  end if;
end $$;

create or replace function pgsched._wake(p_queues text[], p_dues timestamptz[]) returns void language plpgsql as $$
-- Notify the sleepers, if one of them would wake later than one of these queues has a job due.
-- NOTIFY takes a global lock at commit, so under load (nobody sleeps) none is sent.
begin
  -- Another isolation level may not show a sleeper who registered meanwhile: always notify then.
  if current_setting('transaction_isolation') = 'read committed' and not exists (
    select from pgsched._idle as i cross join unnest(p_queues, p_dues) as d (queue, due_at)
     where d.queue = any(i.queues) and d.due_at < i.wake_at and i.expires_at > pgsched.clock())
  then return; end if;
  perform pgsched._notify('pgsched', '');
end $$;

create or replace function pgsched._announce(p_queues text[], p_priorities integer[], p_dues timestamptz[])
  returns void language plpgsql as $$
-- What everything that inserts into _ready calls afterwards: make unseen lanes known, wake sleepers.
begin
  if exists (select from unnest(p_queues, p_priorities) as u (queue, priority)
              where not exists (select from pgsched._lane as l where l.queue = u.queue and l.priority = u.priority)) then
    insert into pgsched._lane (queue, priority)
    select distinct u.queue, u.priority from unnest(p_queues, p_priorities) as u (queue, priority)
     where not exists (select from pgsched._lane as l where l.queue = u.queue and l.priority = u.priority);
  end if;
  -- under load nobody sleeps, and this look costs a tenth of the call
  if current_setting('transaction_isolation') = 'read committed' and not exists (select from pgsched._idle) then return; end if;
  perform pgsched._wake(p_queues, p_dues);
end $$;

create or replace function pgsched.next_due(p_queues text[]) returns timestamptz language sql stable
  set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set jit = off as $$
  select pgsched._require_admin();
  select min(n.due_at)
    from (select distinct l.queue, l.priority from pgsched._lane as l where l.queue = any(p_queues)) as l
   cross join lateral (select r.due_at from pgsched._ready as r where r.queue = l.queue and r.priority = l.priority
                        order by r.queue, r.priority desc, r.due_at, r.id limit 1) as n
   where not exists (select from pgsched._queue as q where q.name = l.queue and q.paused) $$;
comment on function pgsched.next_due(text[]) is 'When the next job of these queues is due, by one index look-up a lane; NULL if none waits.';

create or replace function pgsched.nap(
    p_worker uuid, p_queues text[], p_poll_s double precision, out sleep_s double precision, out fresh boolean)
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Register a sleeper. It is woken for any job due before it would wake by itself.
-- Returns  sleep_s: for how long, until the next job is due, at most p_poll_s (0.05..3600); and fresh: the registration
--          is new or was moved. Then take a new transaction id X, and poll until
--          pg_snapshot_xmin(pg_current_snapshot()) > X: an enqueuer who began before may not have seen it.
-- Errors   PS010 p_poll_s; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_poll interval;
  v_wake timestamptz;
  v_kept timestamptz;
begin
  perform pgsched._require_admin();
  perform pgsched._require_range('p_poll_s', p_poll_s::numeric, 0.05, 3600);
  perform pgsched._require_read_committed();
  v_poll := make_interval(secs => p_poll_s);
  v_wake := least(pgsched.next_due(p_queues), v_now + v_poll);
  -- A row that serves for a while yet is left alone: a worker that is woken for single jobs writes nothing here.
  select i.wake_at into v_kept from pgsched._idle as i
   where i.worker = p_worker and i.queues = p_queues and i.wake_at > v_now + v_poll / 2 and i.expires_at > i.wake_at;
  fresh := not found;
  if fresh then
    v_kept := v_now + v_poll;
    insert into pgsched._idle as i (worker, queues, wake_at, expires_at) values (p_worker, p_queues, v_kept, v_kept + v_poll)
    on conflict (worker) do update set queues = excluded.queues, wake_at = excluded.wake_at, expires_at = excluded.expires_at;
  end if;
  sleep_s := greatest(extract(epoch from least(v_wake, v_kept) - v_now), 0);
end $$;
comment on function pgsched.nap is
  'Register a worker as asleep for these queues; returns for how many seconds it may sleep, and whether the registration is fresh.';

create or replace function pgsched.rise(p_worker uuid) returns void language sql set search_path = pg_catalog, pg_temp as $$
  select pgsched._require_admin();
  delete from pgsched._idle as i where i.worker = p_worker $$;
comment on function pgsched.rise is 'Take a worker off the list of sleepers: it is busy, enqueuers need not notify it.';

create or replace function pgsched._tell(p_ids bigint[], p_wanted boolean) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Jobs ended: make events of it if that may be wanted, notify if somebody waits for one of them.
begin
  if p_wanted and p_ids <> '{}' then perform pgsched._make_end_events(p_ids); end if;
  if current_setting('transaction_isolation') = 'read committed' and not exists (
    select from pgsched._waiter as w where w.id = any(p_ids) and w.expires_at > pgsched.clock())
  then return; end if;
  perform pgsched._notify('pgsched_done', '');
end $$;

create or replace function pgsched.await(p_waiter uuid, p_id bigint, p_for_s double precision) returns void
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Ask for a notification on pgsched_done when the job ends, for p_for_s (0..86400) seconds. As with nap(), whoever ends
-- it may have begun before: poll until a transaction id taken afterwards is older than every open transaction.
-- Errors   PS001 unknown job; PS010 p_for_s.   A viewer may wait, too.
begin
  perform pgsched._require_range('p_for_s', p_for_s::numeric, 0, 86400);
  perform pgsched._require_job(p_id);
  insert into pgsched._waiter as w (id, waiter, expires_at) values (p_id, p_waiter, pgsched.clock() + make_interval(secs => p_for_s))
  on conflict (id, waiter) do update set expires_at = excluded.expires_at;
end $$;
comment on function pgsched.await is 'Ask to be notified (channel pgsched_done) when a job ends.';

create or replace function pgsched.forgo(p_waiter uuid) returns void language sql set search_path = pg_catalog, pg_temp as $$
  delete from pgsched._waiter as w where w.waiter = p_waiter $$;
comment on function pgsched.forgo is 'Stop waiting: take back every await() of this waiter.';

create or replace function pgsched.outcome(id bigint, out state pgsched.job_state, out result jsonb, out error text)
  language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
-- What came of a job: its state; its result once succeeded (NULL if it gave none), its last error once dead. Volatile: a
-- stable one would look for the result in an older snapshot than the one that showed the job's end.
-- Errors   PS001 unknown job.
begin
  state := pgsched._require_job(outcome.id);
  if state = 'succeeded' then
    select r.result into result from pgsched._run as r where r.job_id = outcome.id and r.outcome = 'succeeded';
  else
    select e.error into error from pgsched._ended as e where e.id = outcome.id;
  end if;
end $$;
comment on function pgsched.outcome is 'What came of a job: state, result once succeeded, last error once dead.';
