create or replace function pgsched._step_requests(p_now timestamptz, p_mark bigint, p_did bigint) returns pgsched._step
  language plpgsql set search_path = pg_catalog, pg_temp set jit = off as $$
-- Forget answers older than request_hours, 1,000 a step.   Locks  _request rows, skipping what is locked.
declare
  v_old timestamptz := p_now - make_interval(hours => pgsched._setting('request_hours')::integer);
  v_count bigint;
begin
  delete from pgsched._request as r where r.ctid = any(array(
    select x.ctid from pgsched._request as x where x.made_at < v_old order by x.made_at limit 1000 for update skip locked));
  get diagnostics v_count = row_count;
  return (format('forgot %s answers', v_count), v_count, 0,
          case when v_count = 1000 then p_now else p_now + interval '10 minutes' end, null)::pgsched._step;
end $$;
