create or replace function pgsched._step_blocked(p_now timestamptz, p_mark bigint, p_did bigint) returns pgsched._step
  language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
-- Jobs that waited for a task which is not held any more: 1,000 a step of the first such task become ready.
-- Locks    _blocked rows, skipping what is locked.   Notifies  as _announce().
declare
  v_task text;
  v_count integer;
begin
  -- from one subject to the next by the index, however many jobs wait for each
  with recursive waiting as (
    (select b.subject from pgsched._blocked as b where b.reason = 'task_held' order by b.reason, b.subject limit 1)
     union all
    select (select b.subject from pgsched._blocked as b where b.reason = 'task_held' and b.subject > w.subject
             order by b.reason, b.subject limit 1)
      from waiting as w where w.subject is not null)
  select w.subject into v_task from waiting as w
   where w.subject is not null and not exists (select from pgsched._task as t where t.name = w.subject and t.held) limit 1;
  if v_task is null then
    return ('no job waits for a task that runs', 0, 0, p_now + interval '10 seconds', null)::pgsched._step;
  end if;
  v_count := pgsched._admit_blocked(v_task, 1000);
  return (format('admitted %s jobs of %s', v_count, v_task), v_count, 0,
          case when v_count = 0 then p_now + interval '1 second' else p_now end, null)::pgsched._step;
end $$;
