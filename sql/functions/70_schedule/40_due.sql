-- Which slots can be decided now.

create or replace function pgsched._args_at(p_args jsonb, p_schedule text, p_nominal timestamptz) returns jsonb language sql stable as $$
  -- Values "$nominal" and "$schedule" become the slot's nominal time, in ISO 8601, and the schedule's name.
  select case when p_args::text ~ '"\$(nominal|schedule)"' then
    replace(replace(p_args::text, '"$nominal"', to_json(p_nominal)::text), '"$schedule"', to_json(p_schedule)::text)::jsonb
    else p_args end $$;

create or replace function pgsched._live(p_ids bigint[]) returns bigint[] language sql stable set search_path = pg_catalog, pg_temp as $$
  -- Those of these jobs that have not ended, in order.
  select array(
    select u from unnest(p_ids) as u
     where exists (select from pgsched._ready as r where r.id = u) or exists (select from pgsched._blocked as b where b.id = u)
        or u in (select unnest(c.ids) from pgsched._claim as c)
     order by u) $$;

create or replace function pgsched._busy(p_names text[]) returns text[] language sql stable
  set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
  -- Those of these schedules that heed the jobs before, and have some that have not ended.
  select array(
    select distinct s.name::text from pgsched._schedule as s cross join unnest(s.last_jobs) as u
     where s.name = any(p_names) and s.overlap <> 'allow'
       and (exists (select from pgsched._ready as r where r.id = u) or exists (select from pgsched._blocked as b where b.id = u)
            or u in (select unnest(c.ids) from pgsched._claim as c))) $$;

create or replace function pgsched._held(p_now timestamptz, p_limit integer, p_apart boolean) returns text[] language plpgsql stable
  set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
-- Up to p_limit schedules with a slot that has waited for the end of jobs, and need wait no more.
declare
  v_names text[] := array(
    select h.schedule from pgsched._plan as h
     cross join lateral (   -- offset 0: see _due()
       select from pgsched._schedule as s
        where s.name = h.schedule and not s.paused and (s.condition is not null or s.retry_at is not null) = p_apart
          and coalesce(s.retry_at <= p_now, true) offset 0) as s
     where h.held);
begin
  if v_names = '{}' then return '{}'; end if;
  return array(select u from unnest(v_names) as u except select u from unnest(pgsched._busy(v_names)) as u limit p_limit);
end $$;

create or replace function pgsched._due(p_now timestamptz, p_limit integer, p_apart boolean) returns text[] language sql stable
  set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set jit = off
  set plan_cache_mode = force_generic_plan as $$
  -- Schedules of up to p_limit slots whose time has come, the longest due first; and as many that held one. Those that are ticked apart from
  -- the others, or these others. Which late slots fire is known once all of them are planned, so they wait for that.
  select pgsched._held(p_now, p_limit, p_apart) || array(
    select p.schedule::text from pgsched._plan as p
     cross join lateral (   -- offset 0: from the slots to their schedules, never the other way, whatever the statistics say
       select from pgsched._schedule as s
        where s.name = p.schedule and p.nominal <= s.planned_to and (s.condition is not null or s.retry_at is not null) = p_apart
          and coalesce(s.retry_at <= p_now, true) and (p.skipped or p.due_at >= p_now - s.grace or s.planned_until >= p_now) offset 0) as s
     where p.due_at <= p_now and not p.held
     order by p.due_at limit p_limit) $$;

create or replace function pgsched._take_due(p_names text[], p_busy text[], p_now timestamptz) returns pgsched._plan[] language plpgsql
  set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
-- Take the slots of these schedules that can be decided now out of the plan. One that was decided before goes without a word.
-- Locks    their rows are locked.
declare
  v_due pgsched._plan[];
begin
  with due as materialized (
    delete from pgsched._plan as p using pgsched._schedule as s
     where p.schedule = any(p_names) and p.due_at <= p_now and s.name = p.schedule
       and case when p.held then not s.paused and s.name <> all(p_busy)
                else p.nominal <= s.planned_to and (p.skipped or p.due_at >= p_now - s.grace or s.planned_until >= p_now) end
    returning p)
  select array_agg(d.p) into v_due
    from due as d where not exists (select from pgsched._slot as x where x.schedule = (d.p).schedule and x.nominal = (d.p).nominal);
  return coalesce(v_due, '{}');
end $$;
