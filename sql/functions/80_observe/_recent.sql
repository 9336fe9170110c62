create or replace function pgsched._recent(p_by text)
  returns table (name text, succeeded_per_s numeric, failed_per_s numeric,
                 wait_ms_p50 integer, wait_ms_p95 integer, run_ms_p50 integer, run_ms_p95 integer)
  language plpgsql stable set search_path = pg_catalog, pg_temp set jit = off as $$
-- Rates and percentiles of the last 5 minutes, by 'queue' or by 'task', from the roll-up _stat alone.
-- Returns  a row for each name that had a run. failed_per_s counts failed, timed_out and lost.
declare
  v_now timestamptz := pgsched.clock();
begin
  return query
  with recent as materialized (
    select case p_by when 'queue' then s.queue else s.task end as name, s.outcome, s.runs, s.wait_ms, s.run_ms
      from pgsched._stat as s where s.slot > v_now - interval '5 minutes' and s.slot <= v_now),
  summed as (
    select r.name, coalesce(sum(r.runs) filter (where r.outcome = 'succeeded'), 0) / 300.0 as succeeded,
           coalesce(sum(r.runs) filter (where r.outcome in ('failed', 'timed_out', 'lost')), 0) / 300.0 as failed,
           pgsched._add(r.wait_ms) as wait_ms, pgsched._add(r.run_ms) as run_ms
      from recent as r group by r.name)
  select s.name, round(s.succeeded, 2), round(s.failed, 2),
         pgsched._percentile(s.wait_ms, 0.5)::integer, pgsched._percentile(s.wait_ms, 0.95)::integer,
         pgsched._percentile(s.run_ms, 0.5)::integer, pgsched._percentile(s.run_ms, 0.95)::integer
    from summed as s;
end $$;
