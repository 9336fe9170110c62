create or replace function pgsched._step_checkpoints(p_now timestamptz, p_mark bigint, p_did bigint) returns pgsched._step
  language plpgsql set search_path = pg_catalog, pg_temp set jit = off as $$
-- Forget the checkpoints of jobs that have ended; looks at 1,000 a step. One of the last minute stays, since its job may be one that
-- was redriven after this statement began.   Locks  _checkpoint rows.
declare
  v_count bigint;
  v_last bigint;
begin
  with looked as materialized (
    select k.id from pgsched._checkpoint as k where k.id > p_mark order by k.id limit 1000),
  gone as (
    delete from pgsched._checkpoint as k using looked as l
     where k.id = l.id and k.saved_at < p_now - interval '1 minute'
       and not exists (select from pgsched._ready as r where r.id = k.id) and not exists (select from pgsched._blocked as b where b.id = k.id)
       and k.id not in (select unnest(c.ids) from pgsched._claim as c)
    returning k.id)
  select (select count(*) from gone), case when count(*) = 1000 then max(l.id) end into v_count, v_last from looked as l;
  return (format('removed %s checkpoints', v_count), v_count, coalesce(v_last, 0),
          case when v_last is null then p_now + interval '1 minute' else p_now end, null)::pgsched._step;
end $$;
