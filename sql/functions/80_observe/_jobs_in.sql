create or replace function pgsched._live(
    p_state pgsched.job_state, p_queue text, p_from bigint, p_before bigint, p_limit bigint)
  returns bigint[] language plpgsql stable set search_path = pg_catalog, pg_temp
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set jit = off set plan_cache_mode = force_custom_plan as $$
-- Ids from p_from to below p_before, the highest first, among which are all jobs of this state and queue, by the small tables alone: a job
-- that is due may be blocked, since its task is held. Custom plans: what is not of this state is not even planned.
begin
  return array(
    select l.id from (
      (select r.id from pgsched._ready as r
        where (p_state in ('scheduled', 'ready') or p_state = 'blocked' and exists (select from pgsched._task as t where t.held))
          and (r.due_at > pgsched.clock()) = (p_state = 'scheduled')
          and r.queue = coalesce(p_queue, r.queue) and r.id >= p_from and r.id < p_before order by r.id desc limit p_limit)
      union all
      (select b.id from pgsched._blocked as b
        where p_state = 'blocked' and b.queue = coalesce(p_queue, b.queue) and b.id >= p_from and b.id < p_before order by b.id desc limit p_limit)
      union all
      (select u.id from pgsched._claim as c cross join unnest(c.ids) as u (id)
        where p_state = 'running' and u.id >= p_from and u.id < p_before order by u.id desc limit p_limit)
      union all
      (select e.id from pgsched._ended as e
        where p_state in ('dead', 'cancelled', 'expired') and e.state = p_state
          and e.queue = coalesce(p_queue, e.queue) and e.id >= p_from and e.id < p_before order by e.id desc limit p_limit)) as l
     order by l.id desc limit p_limit);
end $$;

create or replace function pgsched._jobs_in(
    p_state pgsched.job_state, p_queue text, p_task text, p_labels jsonb, p_from bigint, p_before bigint, p_limit integer)
  returns setof pgsched.job language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
  set plan_cache_mode = force_custom_plan as $$
-- Jobs of a state (any but succeeded), the newest first, of ids from p_from to below p_before; NULL for a filter: all. Definer: an observer
-- need not read the private tables. However many jobs have ended, only those of this state are read; in steps, since most may be of others.
declare
  v_ids bigint[];
  v_before bigint := p_before;
  v_step bigint := p_limit;
  v_left bigint := p_limit;
  v_count bigint;
begin
  while v_left > 0 loop
    v_ids := pgsched._live(p_state, p_queue, p_from, v_before, v_step);
    exit when v_ids = '{}';
    v_before := v_ids[cardinality(v_ids)];
    return query   -- BETWEEN prunes the partitions
    select j.* from pgsched.job as j
     where j.id = any(v_ids) and j.id between v_before and v_ids[1] and j.state = p_state
       and j.queue = coalesce(p_queue, j.queue) and j.task = coalesce(p_task, j.task) and (p_labels is null or j.labels @> p_labels)
     order by j.id desc limit v_left;
    get diagnostics v_count = row_count;
    v_left := v_left - v_count;
    v_step := least(4 * v_step, 10000);
  end loop;
end $$;
