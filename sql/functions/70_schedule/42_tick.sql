-- tick(): slots whose time has come become jobs. Any number of workers may tick at once, or pg_cron: a slot is decided once.

create or replace function pgsched.tick(p_limit integer default 1000, out decided integer, out next_due_at timestamptz, out apart boolean)
  language plpgsql set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
-- Decide the slots of up to p_limit (1..10000) schedules whose time has come: each fires, making its job in this transaction, or is
-- recorded as skipped or missed. A schedule that fails stops nobody: the error becomes its problem, and it is tried again in a minute.
-- Returns  how many slots were decided: if not 0 call it again; when the next is due (NULL: none is planned); and whether there is
--          something for tick_apart().
-- Locks    _schedule rows, skipping what is locked.   Notifies  as an enqueue.   Errors  PS010 p_limit; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_names text[];
  v_busy text[];
  v_name text;
begin
  perform pgsched._require_admin();
  perform pgsched._require_range('p_limit', p_limit, 1, 10000);
  perform pgsched._require_read_committed();
  perform pgsched._replan(v_now);
  v_names := pgsched._due(v_now, p_limit, false);
  decided := 0;
  if v_names <> '{}' then
    v_names := pgsched._lock_schedules(v_names);
    v_busy := pgsched._busy(v_names);
    -- a job to cancel may be locked by whoever is about to complete it
    with apart as (
      update pgsched._schedule as s set retry_at = v_now where s.name = any(v_busy) and s.overlap = 'cancel' returning s.name::text)
    select array(select n from unnest(v_names) as n except select a.name from apart as a) into v_names;
    begin
      decided := pgsched._fire(v_names, v_busy, v_now);
    exception when others then   -- one by one, to find whose fault it is
      foreach v_name in array v_names loop
        begin
          decided := decided + pgsched._fire(array[v_name], v_busy, v_now);
        exception when others then
          update pgsched._schedule as s set retry_at = v_now + interval '1 minute', tick_problem = sqlerrm where s.name = v_name;
        end;
      end loop;
    end;
  end if;
  apart := pgsched._due(v_now, 1, true) <> '{}';
  next_due_at := case when pgsched._due(v_now, 1, false) <> '{}' then v_now
                      else (select min(p.due_at) from pgsched._plan as p where not p.held and p.due_at > v_now) end;
end $$;
comment on function pgsched.tick is
  'Make the jobs of schedules whose time has come; returns how many slots it decided, when the next is due, and whether there is something for '
  'tick_apart(). Workers do it. Called from elsewhere, such as pg_cron, it needs a worker all the same, which plans the slots, and tick_apart() '
  'beside it: for conditions, overlap cancel and what failed.';

create or replace function pgsched._lock_schedules(p_names text[]) returns text[] language plpgsql
  set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
-- Lock those of these schedules that tick() may decide with others.
-- Returns  their names.   Locks  _schedule rows, skipping what is locked.
begin
  return array(
    select s.name from pgsched._schedule as s
     where s.name = any(p_names) and s.condition is null and s.retry_at is null and s.deleted_at is null
       and s.name <> all(array(select t.schedule from pgsched._stale as t))
     order by s.name for no key update skip locked);
end $$;
