create or replace function pgsched._step_retention(p_now timestamptz, p_mark bigint, p_did bigint) returns pgsched._step
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Forget jobs that ended more than retention_days ago, with their runs and logs: one partition a step, oldest first. A
-- partition is left alone for an hour longer, so that the jobs which ran over its end have been kept long enough too.
-- Errors   55P03 a lock.
declare
  v_since timestamptz := p_now - make_interval(days => pgsched._setting('retention_days')::integer);
  v_old bigint := pgsched.id_at(v_since - interval '1 hour');
  v_part record;
  v_done record;
  v_text text;
begin
  select x.* into v_part from pgsched._partitions('_job') as x where x.hi <= v_old and x.hi > p_mark order by x.lo limit 1;
  if found then
    v_done := pgsched._expire_jobs(v_part.name, v_part.lo, v_part.hi, p_mark, v_since);
    return (v_done.done, v_done.did, v_done.mark, p_now, null)::pgsched._step;
  end if;
  v_text := pgsched._expire_history(v_old, v_since);
  if v_text is not null then return (v_text, 1, p_mark, p_now, null)::pgsched._step; end if;
  return ('nothing more is to go', 0, 0, p_now + interval '1 hour', null)::pgsched._step;
end $$;
