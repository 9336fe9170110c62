-- A worker takes jobs: out of _ready, into one _claim row a batch.

create or replace function pgsched._require_live(p_worker uuid, p_now timestamptz) returns void language plpgsql stable as $$
begin
  if exists (select from pgsched._worker as w where w.id = p_worker and w.lease_until > p_now) then return; end if;
  raise exception using errcode = 'PS021', message = 'the worker has no lease: it never registered, or the lease ran out',
    detail = format('worker %s', p_worker), hint = 'stop what it runs, and register anew under a new id';
end $$;

create or replace function pgsched._claim_from(p_cursor text, p_now timestamptz) returns table (due_at timestamptz, id bigint)
  language sql stable as $$
  -- Where the scan of a lane starts: at the cursor "priority/due_at/id", but never later than 250 ms ago, so that what
  -- committed out of order is still seen. Inlined: a call for each lane would cost as much as all else of an empty one.
  select least(c.due_at, p_now - interval '250 ms'), case when c.due_at > p_now - interval '250 ms' then 0 else c.id end
    from (select coalesce(split_part(p_cursor, '/', 2)::timestamptz, '-infinity') as due_at,
                 coalesce(split_part(p_cursor, '/', 3)::bigint, 0) as id offset 0) as c $$;

create or replace function pgsched._may_claim(p_worker uuid, p_queue text, p_limit integer, p_now timestamptz)
  returns boolean language plpgsql stable as $$
-- Refuse what claim() refuses; false if the queue is paused.
begin
  perform pgsched._require_admin();
  perform pgsched._require_range('p_limit', p_limit, 1, 10000);
  perform pgsched._require_read_committed();
  perform pgsched._require_live(p_worker, p_now);
  return not exists (select from pgsched._queue as q where q.name = p_queue and q.paused);
end $$;

create or replace function pgsched.claim(p_worker uuid, p_queue text, p_limit integer, p_cursors jsonb default null)
  returns table (claim bigint, id bigint, attempt integer, task text, args text, timeout_s double precision, cursor text)
  language plpgsql set search_path = pg_catalog, pg_temp set datestyle = 'iso' set work_mem = '16MB'
  set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
  set enable_sort = off set jit = off set plan_cache_mode = force_generic_plan as $$
-- Take up to p_limit (1..10000) due jobs of one queue for one worker, highest priority first, then by (due_at, id).
-- Returns  0..p_limit rows, lane by lane, unordered within; none means nothing is due, or the queue is paused.
--          One row of each batch carries a cursor for its lane: pass {"<priority>": cursor} next time to start there.
-- Skips    rows another transaction holds, so it may return fewer than are due. With cursors, also rows that became
--          visible more than 250 ms late: claim without, now and then and before sleeping.
-- Locks    _ready rows.   Notifies  nothing.
-- Errors   PS010 p_limit; PS021 no lease; PS023 not READ COMMITTED.
-- All rows are kept until the last is made: with 4 MB of work_mem, 500 jobs of 16 KB went by way of a file, 8 us each.
declare
  v_now timestamptz := pgsched.clock();
  v_special text[];
  v_apart boolean;
  v_lane record;
  v_priority integer := 2147483647;   -- the lane that was reached
  v_left integer := p_limit;
  v_asked integer;
  v_claim bigint;
  v_cursor text;
  v_count bigint;
begin
  if not pgsched._may_claim(p_worker, p_queue, p_limit, v_now) then return; end if;
  v_special := array(select t.name from pgsched._task as t where t.held or t.transactional);
  v_apart := v_special <> '{}';

  loop
    v_asked := least(v_left, 250);   -- a _claim row of 250 jobs is 3 kB
    for v_lane in
      with taken as (
        delete from pgsched._ready as r where r.ctid = any(array(
          -- lane after lane, until the outer LIMIT stops it: an empty one costs 3 us, with statements of its own 15
          select q.ctid
            from (select distinct n.priority from pgsched._lane as n
                   where n.queue = p_queue and n.priority <= v_priority order by n.priority desc) as l
           cross join lateral pgsched._claim_from(  -- what this call itself took need not be looked at again
             p_cursors ->> l.priority::text, case l.priority when v_priority then 'infinity' else v_now end) as f
           cross join lateral (
             select d.ctid from pgsched._ready as d
              where d.queue = p_queue and d.priority = l.priority and d.due_at <= v_now and (d.due_at, d.id) >= (f.due_at, f.id)
              order by d.queue, d.priority desc, d.due_at, d.id
              limit v_asked for update skip locked) as q
           limit v_asked))
        returning r.id, r.attempt, r.due_at, r.priority)
      select t.priority, array_agg(t.id) as ids, array_agg(t.attempt) as attempts, max(t.due_at) as due_at, min(t.id) as lo, max(t.id) as hi,
             case when max(t.attempt) = min(t.attempt) then max(t.attempt) end as attempt,   -- array_position costs 1 us a job
             array_agg(t.due_at) filter (where v_apart) as due
        from (select * from taken as u order by u.priority desc, u.due_at, u.id) as t group by t.priority order by t.priority desc
    loop
      v_left := v_left - cardinality(v_lane.ids);
      v_asked := v_asked - cardinality(v_lane.ids);
      v_priority := v_lane.priority;
      v_cursor := v_priority || '/' || v_lane.due_at || '/' || v_lane.ids[cardinality(v_lane.ids)];
      if v_apart then
        return query select * from pgsched._file_apart(
          p_worker, p_queue, v_priority, v_now, v_lane.ids, v_lane.attempts, v_lane.due, v_special, v_cursor);
      else
        insert into pgsched._claim (id, worker, claimed_at, priority, flags, queue, ids, attempts)
        values (pgsched._new_claim_id(), p_worker, v_now, v_priority, 0, p_queue, v_lane.ids, v_lane.attempts)
        returning _claim.id into v_claim;
        -- BETWEEN prunes the partitions once; a join would touch every one for every job
        return query
        select v_claim, j.id, coalesce(v_lane.attempt, v_lane.attempts[array_position(v_lane.ids, j.id)]), j.task, j.args::text,
               j.timeout_s, case when j.id = v_lane.hi then v_cursor end
          from pgsched._job as j where j.id = any(v_lane.ids) and j.id between v_lane.lo and v_lane.hi;
        get diagnostics v_count = row_count;
        if v_count < cardinality(v_lane.ids) then perform pgsched._bury_missing(p_worker, v_claim); end if;
      end if;
    end loop;
    exit when v_asked > 0 or v_left = 0;
    p_cursors := coalesce(p_cursors, '{}') || jsonb_build_object(v_priority, v_cursor);
  end loop;
end $$;
comment on function pgsched.claim is
  'Take up to p_limit due jobs of a queue for a registered worker. Each row is a job that this worker now holds, until finish(), fail(), '
  'snooze() or release() with its (claim, id, attempt), or until the worker''s lease ends.';

create or replace function pgsched._file_apart(
    p_worker uuid, p_queue text, p_priority integer, p_now timestamptz, p_ids bigint[], p_attempts integer[],
    p_due timestamptz[], p_special text[], p_cursor text)
  returns table (claim bigint, id bigint, attempt integer, task text, args text, timeout_s double precision, cursor text)
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- The second half of claim() where some task is held or transactional: jobs of a held task go to _blocked, due as they were,
-- each job of a transactional task gets a _claim row of its own, the others share one.
declare
  v_shared bigint := pgsched._new_claim_id();
  v_lo bigint;   -- variables: see _budgets()
  v_hi bigint;
  v_count bigint;
begin
  select min(u), max(u) into v_lo, v_hi from unnest(p_ids) as u;
  return query
  with payload as materialized (
    select case when t.transactional then pgsched._new_claim_id() else v_shared end as claim, j.id,
           p_attempts[array_position(p_ids, j.id)] as attempt, j.task, j.args::text as args, j.timeout_s,
           coalesce(t.held, false) as held, case when t.transactional then 1 else 0 end as flags
      from pgsched._job as j left join pgsched._task as t on t.name = j.task and t.name = any(p_special)
     where j.id = any(p_ids) and j.id between v_lo and v_hi),
  filed as (
    insert into pgsched._claim (id, worker, claimed_at, priority, flags, queue, ids, attempts)
    select p.claim, p_worker, p_now, p_priority, p.flags, p_queue, array_agg(p.id), array_agg(p.attempt)
      from payload as p where not p.held group by p.claim, p.flags),
  held as (
    insert into pgsched._blocked (id, queue, priority, attempt, due_at, reason, subject)
    select p.id, p_queue, p_priority, p.attempt, p_due[array_position(p_ids, p.id)], 'task_held', p.task
      from payload as p where p.held)
  select p.claim, p.id, p.attempt, p.task, p.args, p.timeout_s, p_cursor from payload as p where not p.held;

  select count(*) into v_count from pgsched._job as j
   where j.id = any(p_ids) and j.id between v_lo and v_hi;
  if v_count < cardinality(p_ids) then
    v_shared := pgsched._new_claim_id();
    insert into pgsched._claim (id, worker, claimed_at, priority, flags, queue, ids, attempts)
    select v_shared, p_worker, p_now, p_priority, 0, p_queue, array_agg(u.id), array_agg(u.attempt)
      from unnest(p_ids, p_attempts) as u (id, attempt) where not exists (select from pgsched._job as j where j.id = u.id);
    perform pgsched._bury_missing(p_worker, v_shared);
  end if;
end $$;
