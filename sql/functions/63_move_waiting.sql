-- Jobs that wait where their task's do not, since it got an endpoint, or lost it.

create or replace function pgsched._home(p_id bigint, p_queue text) returns text language sql stable as $$
  -- Where a job of an endpoint belongs, if it came elsewhere: by the queue of its INSERT, or since its task was sent there, or is no more.
  select case when t.endpoint is not null or p_queue ^@ 'push:' then coalesce(t.queue, 'default') else p_queue end
    from pgsched._job as j left join pgsched._task as t on t.name = j.task where j.id = p_id $$;

create or replace function pgsched._move_waiting(p_task text, p_from text, p_to text, p_limit integer) returns integer language plpgsql
  set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
-- Move the jobs of a task that wait in one queue to another: those among its first p_limit. The rest follows job by job: see _home().
-- Returns  how many are ready.   Locks  _blocked and _ready rows, skipping what is locked.   Notifies  as _announce().
declare
  v_ids bigint[] := array(
    select r.id from (select distinct l.priority from pgsched._lane as l where l.queue = p_from) as l
     cross join lateral (select d.id from pgsched._ready as d where d.queue = p_from and d.priority = l.priority
                          order by d.queue, d.priority desc, d.due_at, d.id limit p_limit) as r limit p_limit);
  v_lo bigint := (select min(u) from unnest(v_ids) as u);   -- variables: see _budgets()
  v_hi bigint := (select max(u) from unnest(v_ids) as u);
  v_count integer;
begin
  update pgsched._blocked as b set queue = p_to where b.reason = 'task_held' and b.subject = p_task and b.queue = p_from;
  v_ids := array(select j.id from pgsched._job as j where j.id = any(v_ids) and j.id between v_lo and v_hi and j.task = p_task);
  with gone as materialized (
    delete from pgsched._ready as r where r.ctid = any(array(
      select d.ctid from pgsched._ready as d where d.id = any(v_ids) and d.queue = p_from order by d.id for update skip locked))
    returning r.*),
  ready as (
    insert into pgsched._ready (id, queue, priority, attempt, due_at)
    select g.id, p_to, g.priority, g.attempt, g.due_at from gone as g returning priority, due_at),
  lanes as (select r.priority, min(r.due_at) as due_at, count(*) as jobs from ready as r group by r.priority)
  select sum(l.jobs), pgsched._announce(array_fill(p_to, array[count(*)::integer]), array_agg(l.priority), array_agg(l.due_at))
    into v_count from lanes as l having count(*) > 0;
  return coalesce(v_count, 0);
end $$;
