-- How pushers, workers of role push, send jobs to endpoints.

create or replace function pgsched.push_state()
  returns table (name text, url text, headers jsonb, secrets text[], timeout_s double precision, free integer, wait_s double precision,
                 due_in_s double precision, lapses_in_s double precision, now_s double precision)
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
-- Every endpoint, by name, as a pusher needs it, with its secrets.
-- Returns  free: how many jobs it may be sent; wait_s: for how long it is paused, 0 if not, NULL until resumed; due_in_s: when the next job
--          is due for it (NULL: none waits), also below 0; lapses_in_s: when the first lease of a job that it works on ends; now_s: this time,
--          in seconds since 1970.
declare
  v_now timestamptz := pgsched.clock();
begin
  perform pgsched._require_admin();
  return query
  select e.name::text, e.url, e.headers, e.secrets, e.timeout_s,
         e.concurrency - (select coalesce(sum(cardinality(c.ids)), 0)::integer from pgsched._claim as c where c.queue = q.name),
         case when not e.paused then greatest(extract(epoch from coalesce(e.paused_until, v_now) - v_now), 0)::double precision end,
         extract(epoch from least(pgsched.next_due(array[q.name]), s.due_at) - v_now)::double precision,
         (select extract(epoch from min(w.lease_until) - v_now)::double precision from pgsched._worker as w
           where w.role = 'endpoint' and w.queues = array[q.name]),
         extract(epoch from v_now)::double precision
    from pgsched._endpoint as e
   cross join lateral (select pgsched._push_queue(e.name) as name) as q
    left join lateral (select min(b.due_at) as due_at from pgsched._blocked as b
                        where b.reason = 'suspect' and b.subject = q.name and not pgsched._held(b.id, b.queue)) as s on true
   order by e.name;
end $$;
comment on function pgsched.push_state is 'Every endpoint as a pusher needs it: with secrets, how many jobs it may be sent, and when.';

create or replace function pgsched.claim_push(p_worker uuid, p_endpoint text, p_limit integer)
  returns table (claim bigint, id bigint, attempt integer, task text, args text, timeout_s double precision, cursor text)
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Take up to p_limit (1..10000) due jobs of an endpoint, but never more than its concurrency allows, whoever has the others. Jobs of tasks
-- that are not sent to it (any more) go back to where their task's wait.
-- Returns  rows as claim(), with the time-out that holds; none while it is paused, full, or another pusher is at it.
-- Locks    the row of _endpoint, skipping it if it is locked; then as claim().   Notifies  as _announce().
-- Errors   PS010 p_limit; PS021 no lease; PS023 not READ COMMITTED.
declare
  v_endpoint pgsched._endpoint;
  v_queue text := pgsched._push_queue(p_endpoint);
  v_free integer;
  v_task pgsched._task;
begin
  perform pgsched._require_admin();
  select e.* into v_endpoint from pgsched._endpoint as e where e.name = p_endpoint for no key update skip locked;
  if not found or v_endpoint.paused or v_endpoint.paused_until > pgsched.clock() then return; end if;
  v_free := least(p_limit, v_endpoint.concurrency - (select coalesce(sum(cardinality(c.ids)), 0) from pgsched._claim as c
                                                      where c.queue = v_queue));
  if v_free <= 0 then return; end if;
  for claim, id, attempt, task, args, timeout_s in   -- a suspect only if there is room: an Append stops at the LIMIT
    select c.claim, c.id, c.attempt, c.task, c.args, c.timeout_s from pgsched.claim(p_worker, v_queue, v_free) as c
     union all
    select c.claim, c.id, c.attempt, c.task, c.args, c.timeout_s from pgsched.claim_suspect(p_worker, array[v_queue]) as c
     limit v_free
  loop
    select t.* into v_task from pgsched._task as t where t.name = claim_push.task;
    if v_task.endpoint is distinct from p_endpoint then
      perform pgsched.release(p_worker, array[claim], array[id], array[attempt], '{false}');
    else
      timeout_s := least(coalesce(timeout_s, v_task.timeout_s), v_endpoint.timeout_s);
      return next;
    end if;
  end loop;
end $$;
comment on function pgsched.claim_push is
  'Take jobs of an endpoint, up to p_limit and to its concurrency, for a pusher; rows as claim(). None while it is paused.';

create or replace function pgsched.hold_endpoint(p_endpoint text, p_for_s double precision, p_problem text) returns void
  language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '1s' as $$
-- An endpoint has asked to be left alone for p_for_s (0..86400) seconds; NULL: until an operator resumes it.
-- Locks    its row.   Errors  PS010 p_for_s; 55P03 somebody changes it.
begin
  perform pgsched._require_admin();
  perform pgsched._require_range('p_for_s', coalesce(p_for_s, 0)::numeric, 0, 86400);
  update pgsched._endpoint as e
     set paused = e.paused or p_for_s is null, paused_until = greatest(e.paused_until, pgsched.clock() + make_interval(secs => p_for_s)),
         problem = left(p_problem, 1000)
   where e.name = p_endpoint;
end $$;
comment on function pgsched.hold_endpoint is
  'Send an endpoint no jobs for so many seconds, or until it is resumed (NULL), and say why: it has asked for that.';

create or replace function pgsched.hand_over(
    p_worker uuid, p_claim bigint, p_id bigint, p_attempt integer, p_endpoint text, p_to uuid, p_token bytea)
  returns boolean language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '1s' as $$
-- An endpoint goes on with a job by itself: under a claim and a lease of its own, for worker p_to, with the token of this SHA-256.
-- Returns  false: p_worker no longer held the job, and nothing was done. Safe to repeat.
-- Locks    a new row of _worker; the _claim row.
-- Errors   PS016 unknown endpoint; PS023 not READ COMMITTED; 55P03 somebody has locked the claim.
declare
  v_endpoint pgsched._endpoint;
  v_job pgsched._exit;
begin
  perform pgsched._require_admin();
  perform pgsched._require_read_committed();
  if exists (select from pgsched._claim as c where c.worker = p_to) then return true; end if;
  select e.* into v_endpoint from pgsched._endpoint as e where e.name = p_endpoint;
  if not found then
    raise exception using errcode = 'PS016', message = format('endpoint %L does not exist', p_endpoint);
  end if;
  perform pgsched.register(p_to, p_endpoint, substring(v_endpoint.url from '^https?://([^/?#]+)'), 0, 'endpoint', 1,
                           array[pgsched._push_queue(p_endpoint)], '{}', v_endpoint.lease_s);
  update pgsched._worker as w set token = p_token where w.id = p_to;
  select t.* into v_job from pgsched._take(p_worker, array[p_claim], array[p_id], array[p_attempt]) as t;
  if not found then
    delete from pgsched._worker as w where w.id = p_to;
    return false;
  end if;
  insert into pgsched._claim (id, worker, claimed_at, priority, flags, queue, ids, attempts)
  values (pgsched._new_claim_id(), p_to, v_job.claimed_at, v_job.priority, v_job.flags, v_job.queue, array[p_id], array[p_attempt]);
  return true;
end $$;
comment on function pgsched.hand_over is
  'Move a job from a pusher to its endpoint, which has answered 202: it renews a lease of its own and ends the job by a token.';

create or replace function pgsched.lapse(p_worker uuid, p_limit integer default 100) returns integer
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Time out the jobs of endpoints that let their lease end; as reap(), only by a worker that has itself been live for a full lease.
-- Returns  how many.   Locks  _worker and _claim rows, skipping what is locked.   Notifies  as _announce().
-- Errors   PS010 p_limit; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_silent pgsched._worker;
  v_count integer := 0;
begin
  perform pgsched._require_admin();
  perform pgsched._require_range('p_limit', p_limit, 1, 1000);
  perform pgsched._require_read_committed();
  if not exists (select from pgsched._worker as w where w.id = p_worker and w.lease_until > v_now
                    and w.live_since <= v_now - make_interval(secs => w.lease_s)) then
    return 0;
  end if;
  for v_silent in
    select w.* from pgsched._worker as w where w.role = 'endpoint' and w.lease_until < v_now order by w.id limit p_limit for update skip locked
  loop
    perform from pgsched._claim as c where c.worker = v_silent.id for update skip locked;
    continue when not found and exists (select from pgsched._claim as c where c.worker = v_silent.id);
    perform pgsched.fail(v_silent.id, array[c.id], c.ids, c.attempts, array[format('endpoint %s was silent for %s s', v_silent.name,
                         v_silent.lease_s)], '{timed_out}') from pgsched._claim as c where c.worker = v_silent.id;
    delete from pgsched._worker as w where w.id = v_silent.id;
    v_count := v_count + 1;
  end loop;
  return v_count;
end $$;
comment on function pgsched.lapse is 'Time out jobs that endpoints had taken over and then said nothing of for lease_s; returns how many.';
