-- A worker takes jobs: out of _ready, into one _claim row a batch.

create or replace function pgsched._require_live(p_worker uuid, p_now timestamptz) returns void language plpgsql stable as $$
begin
  if exists (select from pgsched._worker as w where w.id = p_worker and w.lease_until > p_now) then return; end if;
  raise exception using errcode = 'PS021', message = 'the worker has no lease: it never registered, or the lease ran out',
    detail = format('worker %s', p_worker), hint = 'stop what it runs, and register anew under a new id';
end $$;

create or replace function pgsched._claim_from(p_cursor text, p_now timestamptz, out due_at timestamptz, out id bigint)
  language plpgsql immutable as $$
-- Where the scan of a lane starts: at the cursor "priority/due_at/id", but never later than 250 ms ago, so that what
-- committed out of order is still seen.
begin
  due_at := coalesce(split_part(p_cursor, '/', 2)::timestamptz, '-infinity');
  id := coalesce(split_part(p_cursor, '/', 3)::bigint, 0);
  if due_at > p_now - interval '250 ms' then
    due_at := p_now - interval '250 ms';
    id := 0;
  end if;
end $$;

create or replace function pgsched._may_claim(p_worker uuid, p_queue text, p_limit integer, p_now timestamptz)
  returns boolean language plpgsql stable as $$
-- Refuse what claim() refuses; false if the queue is paused.
begin
  perform pgsched._require_range('p_limit', p_limit, 1, 10000);
  perform pgsched._require_read_committed();
  perform pgsched._require_live(p_worker, p_now);
  return not exists (select from pgsched._queue as q where q.name = p_queue and q.paused);
end $$;

create or replace function pgsched.claim(p_worker uuid, p_queue text, p_limit integer, p_cursors jsonb default null)
  returns table (claim bigint, id bigint, attempt integer, task text, args text, timeout_s double precision, cursor text)
  language plpgsql set search_path = '' set datestyle = 'iso'
  set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
  set enable_sort = off set jit = off set plan_cache_mode = force_generic_plan as $$
-- Take up to p_limit (1..10000) due jobs of one queue for one worker, highest priority first, then by (due_at, id).
-- Returns  0..p_limit rows, lane by lane, unordered within; none means nothing is due, or the queue is paused.
--          One row of each batch carries a cursor for its lane: pass {"<priority>": cursor} next time to start there.
-- Skips    rows another transaction holds, so it may return fewer than are due. With cursors, also rows that became
--          visible more than 250 ms late: claim without, now and then and before sleeping.
-- Locks    _ready rows.   Notifies  nothing.
-- Errors   PS010 p_limit; PS021 no lease; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_special text[];
  v_priority integer;
  v_left integer := p_limit;
  v_asked integer;
  v_from record;
  v_ids bigint[];
  v_attempts integer[];
  v_attempt integer;
  v_claim bigint;
  v_lo bigint;
  v_hi bigint;
  v_cursor text;
  v_count bigint;
begin
  if not pgsched._may_claim(p_worker, p_queue, p_limit, v_now) then return; end if;
  v_special := array(select t.name from pgsched._task as t where t.paused or t.transactional);

  for v_priority in
    select distinct l.priority from pgsched._lane as l where l.queue = p_queue order by l.priority desc
  loop
    v_from := pgsched._claim_from(p_cursors ->> v_priority::text, v_now);
    loop
      v_asked := least(v_left, 250);   -- a _claim row of 250 jobs is 3 kB
      with taken as (
        delete from pgsched._ready as r where r.ctid = any(array(
          select q.ctid from pgsched._ready as q
           where q.queue = p_queue and q.priority = v_priority and q.due_at <= v_now
             and (q.due_at, q.id) >= (v_from.due_at, v_from.id)
           order by q.queue, q.priority desc, q.due_at, q.id
           limit v_asked for update skip locked))
        returning r.id, r.attempt, r.due_at)
      select array_agg(t.id), array_agg(t.attempt), max(t.due_at), min(t.id), max(t.id),
             case when max(t.attempt) = min(t.attempt) then max(t.attempt) end   -- array_position costs 1 us a job
        into v_ids, v_attempts, v_from.due_at, v_lo, v_hi, v_attempt
        from (select * from taken as u order by u.due_at, u.id) as t;
      exit when v_ids is null;
      v_left := v_left - cardinality(v_ids);
      v_from.id := v_ids[cardinality(v_ids)];
      v_cursor := v_priority || '/' || v_from.due_at || '/' || v_from.id;
      if v_special <> '{}' then
        return query select * from pgsched._file_apart(
          p_worker, p_queue, v_priority, v_now, v_ids, v_attempts, v_special, v_cursor);
      else
        insert into pgsched._claim (id, worker, claimed_at, priority, flags, queue, ids, attempts)
        values (pgsched._new_claim_id(), p_worker, v_now, v_priority, 0, p_queue, v_ids, v_attempts)
        returning _claim.id into v_claim;
        -- BETWEEN prunes the partitions once; a join would touch every one for every job
        return query
        select v_claim, j.id, coalesce(v_attempt, v_attempts[array_position(v_ids, j.id)]), j.task, j.args::text, j.timeout_s,
               case when j.id = v_hi then v_cursor end
          from pgsched._job as j where j.id = any(v_ids) and j.id between v_lo and v_hi;
        get diagnostics v_count = row_count;
        if v_count < cardinality(v_ids) then
          perform pgsched._bury_missing(p_worker, v_claim);
        end if;
      end if;
      exit when cardinality(v_ids) < v_asked or v_left = 0;
    end loop;
    exit when v_left = 0;
  end loop;
end $$;
comment on function pgsched.claim is
  'Take up to p_limit due jobs of a queue for a registered worker. Each row is a job that this worker now holds, until finish(), fail(), '
  'snooze() or release() with its (claim, id, attempt), or until the worker''s lease ends.';

create or replace function pgsched._file_apart(
    p_worker uuid, p_queue text, p_priority integer, p_now timestamptz, p_ids bigint[], p_attempts integer[],
    p_special text[], p_cursor text)
  returns table (claim bigint, id bigint, attempt integer, task text, args text, timeout_s double precision, cursor text)
  language plpgsql set search_path = '' as $$
-- The second half of claim() where some task is paused or transactional: jobs of a paused task go to _blocked,
-- each job of a transactional task gets a _claim row of its own, the others share one.
declare
  v_shared bigint := pgsched._new_claim_id();
  v_count bigint;
begin
  return query
  with payload as materialized (
    select case when t.transactional then pgsched._new_claim_id() else v_shared end as claim, j.id,
           p_attempts[array_position(p_ids, j.id)] as attempt, j.task, j.args::text as args, j.timeout_s,
           coalesce(t.paused, false) as paused, case when t.transactional then 1 else 0 end as flags
      from pgsched._job as j left join pgsched._task as t on t.name = j.task and t.name = any(p_special)
     where j.id = any(p_ids) and j.id between (select min(u) from unnest(p_ids) as u) and (select max(u) from unnest(p_ids) as u)),
  filed as (
    insert into pgsched._claim (id, worker, claimed_at, priority, flags, queue, ids, attempts)
    select p.claim, p_worker, p_now, p_priority, p.flags, p_queue, array_agg(p.id), array_agg(p.attempt)
      from payload as p where not p.paused group by p.claim, p.flags),
  held as (
    insert into pgsched._blocked (id, queue, priority, attempt, due_at, reason, subject)
    select p.id, p_queue, p_priority, p.attempt, p_now, 'task_paused', p.task from payload as p where p.paused)
  select p.claim, p.id, p.attempt, p.task, p.args, p.timeout_s, p_cursor from payload as p where not p.paused;

  select count(*) into v_count from pgsched._job as j
   where j.id = any(p_ids) and j.id between (select min(u) from unnest(p_ids) as u) and (select max(u) from unnest(p_ids) as u);
  if v_count < cardinality(p_ids) then
    v_shared := pgsched._new_claim_id();
    insert into pgsched._claim (id, worker, claimed_at, priority, flags, queue, ids, attempts)
    select v_shared, p_worker, p_now, p_priority, 0, p_queue, array_agg(u.id), array_agg(u.attempt)
      from unnest(p_ids, p_attempts) as u (id, attempt) where not exists (select from pgsched._job as j where j.id = u.id);
    perform pgsched._bury_missing(p_worker, v_shared);
  end if;
end $$;
