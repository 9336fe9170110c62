-- tick(): slots whose time has come become jobs. Any number of workers may tick at once, or pg_cron: a slot is decided once.

create or replace function pgsched._args_at(p_args jsonb, p_schedule text, p_nominal timestamptz) returns jsonb language sql stable as $$
  -- Values "$nominal" and "$schedule" become the slot's nominal time, in ISO 8601, and the schedule's name.
  select case when p_args::text ~ '"\$(nominal|schedule)"' then
    replace(replace(p_args::text, '"$nominal"', to_json(p_nominal)::text), '"$schedule"', to_json(p_schedule)::text)::jsonb
    else p_args end $$;

create or replace function pgsched._live(p_id bigint) returns boolean language sql stable as $$
  -- Whether a job has not ended. False for NULL.
  select exists (select from pgsched._ready as r where r.id = p_id)
      or exists (select from pgsched._blocked as b where b.id = p_id)
      or coalesce(p_id in (select unnest(c.ids) from pgsched._claim as c), false) $$;

create or replace function pgsched._conditions(p_due pgsched._plan[], out p_refused pgsched._plan[]) language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Ask the conditions of schedules that have one, with the rights of whoever ticks.
-- Returns  the slots whose condition is not true. What a condition raises is its schedule's problem, and its slot is refused.
declare
  v_slot record;
  v_holds boolean;
  v_problem text;
begin
  p_refused := '{}';
  for v_slot in
    select d as slot, s.condition, s.problem from unnest(p_due) as d join pgsched._schedule as s on s.name = d.schedule
     where s.condition is not null and not d.skipped order by d.schedule, d.nominal
  loop
    begin
      v_problem := null;
      execute format('select %s($1, $2)', v_slot.condition) into v_holds using (v_slot.slot).schedule::text, (v_slot.slot).nominal;
    exception when others then
      v_holds := false;
      v_problem := format('condition %s: %s', v_slot.condition, sqlerrm);
    end;
    if v_holds is not true then p_refused := p_refused || v_slot.slot; end if;
    if v_problem is distinct from v_slot.problem then
      update pgsched._schedule as s set problem = v_problem where s.name = (v_slot.slot).schedule;
    end if;
  end loop;
end $$;

create or replace function pgsched._decide(p_due pgsched._plan[], p_refused pgsched._plan[], p_now timestamptz)
  returns setof pgsched._decision language sql volatile set search_path = pg_catalog, pg_temp as $$
-- By each schedule's policies, in this order: the plan's own skips, misfire, condition, overlap, max_runs.
  with late as (
    select d.schedule, d.nominal, d.skipped, d.notes, s.overlap, s.misfire, s.misfire_limit, s.runs, s.max_runs,
           s.overlap <> 'allow' and pgsched._live(s.last_job) as busy, d.held,
           exists (select from pgsched._plan as h where h.schedule = d.schedule and h.held) as holding,
           not d.held and not d.skipped and d.due_at < p_now - s.grace as late,
           row_number() over (partition by d.schedule, not d.held and not d.skipped and d.due_at < p_now - s.grace
                              order by d.nominal desc) as backwards,
           (d.schedule, d.nominal) in (select f.schedule, f.nominal from unnest(p_refused) as f) as refused
      from unnest(p_due) as d join pgsched._schedule as s on s.name = d.schedule),
  candidates as (
    select l.*,
           case when l.skipped then coalesce(l.notes -> 0 ->> 'text', 'skipped')
                when l.late and l.backwards > case l.misfire when 'skip' then 0 when 'once' then 1 else l.misfire_limit end then 'late'
                when l.refused then 'condition' end as why_not
      from late as l),
  ranked as (
    select c.*, row_number() over (partition by c.schedule, c.why_not is null order by c.nominal) as n,
           count(*) over (partition by c.schedule, c.why_not is null) as of
      from candidates as c),
  fated as (
    select r.*,
           case when r.why_not = 'late' or r.skipped and r.notes -> 0 ->> 'code' = 'missed' then 'missed'
                when r.why_not is not null then 'skipped'
                when r.overlap = 'allow' or r.overlap = 'cancel' and r.n = r.of then 'fired'
                when r.overlap in ('skip', 'queue') and r.n = 1 and not r.busy then 'fired'
                when r.overlap = 'queue' and not r.holding and r.n = case when r.busy then 1 else 2 end then 'held'
                else 'skipped' end as outcome
      from ranked as r),
  counted as (
    select f.*, f.runs + count(*) filter (where f.outcome = 'fired') over (partition by f.schedule order by f.nominal) > f.max_runs as over
      from fated as f)
  select c.schedule, c.nominal,
         case when c.outcome = 'fired' and c.over then 'skipped' else c.outcome end,
         case when c.outcome = 'fired' and c.over then 'max_runs'
              when c.why_not is null and c.outcome = 'skipped' then 'overlap'
              else c.why_not end,
         case when c.outcome = 'fired' and c.over is not true then pgsched.new_id() end
    from counted as c $$;

create or replace function pgsched._fire(p_names text[], p_now timestamptz) returns integer
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Decide all slots of these schedules whose time has come. Their rows are locked.
-- Returns  how many slots.
declare
  v_due pgsched._plan[];
  v_decided pgsched._decision[];
begin
  with taken as (
    delete from pgsched._plan as p using pgsched._schedule as s
     where p.schedule = any(p_names) and p.due_at <= p_now and s.name = p.schedule and (not p.held or not pgsched._live(s.last_job))
       -- which of its late slots fire is known once all of them are planned
       and (p.skipped or p.due_at >= p_now - s.grace or s.planned_until >= p_now)
    returning p)
  select array_agg(t.p) into v_due from taken as t;
  if v_due is null then return 0; end if;
  select array_agg(d) into v_decided from pgsched._decide(v_due, pgsched._conditions(v_due), p_now) as d;

  perform pgsched.cancel(s.last_job) from pgsched._schedule as s
    where s.overlap = 'cancel' and pgsched._live(s.last_job)
      and s.name in (select d.schedule from unnest(v_decided) as d where d.outcome = 'fired');
  insert into pgsched._job (id, task, args, queue, priority, due_at, created_at, labels)
  select d.job_id, s.task, pgsched._args_at(s.args, d.schedule, d.nominal), coalesce(s.queue, t.queue, 'default'),
         coalesce(s.priority, t.priority, 0), p_now, clock_timestamp(),
         coalesce(s.labels, '{}') || jsonb_build_object('schedule', d.schedule, 'nominal', d.nominal)
    from unnest(v_decided) as d join pgsched._schedule as s on s.name = d.schedule left join pgsched._task as t on t.name = s.task
   where d.outcome = 'fired' order by d.job_id;
  insert into pgsched._slot (schedule, nominal, outcome, reason, job_id, decided_at)
  select d.schedule, d.nominal, d.outcome, d.reason, d.job_id, p_now from unnest(v_decided) as d where d.outcome <> 'held';
  insert into pgsched._plan (schedule, nominal, due_at, skipped, notes, held)
  select d.schedule, d.nominal, p_now, false, '[]', true from unnest(v_decided) as d where d.outcome = 'held';
  update pgsched._schedule as s
     set reached = greatest(s.reached, d.reached), runs = s.runs + d.fired, last_job = coalesce(d.last_job, s.last_job),
         problem = case when s.condition is not null then s.problem end
    from (select x.schedule, max(x.nominal) as reached, count(x.job_id)::integer as fired, max(x.job_id) as last_job
            from unnest(v_decided) as x group by x.schedule) as d
   where s.name = d.schedule;
  return cardinality(v_decided);
end $$;

create or replace function pgsched.tick(p_limit integer default 1000, out decided integer, out next_due_at timestamptz)
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Decide the slots of up to p_limit (1..10000) schedules whose time has come: each fires, making its job in this transaction, or is
-- recorded as skipped or missed. A schedule that fails stops nobody: the error becomes its problem, and it is tried again in a minute.
-- Returns  how many slots were decided: if not 0 call it again; and when the next is due (NULL: none is planned).
-- Locks    _schedule rows, skipping what is locked.   Notifies  as an enqueue.   Errors  PS010 p_limit; PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_names text[];
  v_name text;
begin
  perform pgsched._require_range('p_limit', p_limit, 1, 10000);
  perform pgsched._require_read_committed();
  select array_agg(l.name) into v_names
    from (select s.name from pgsched._schedule as s
           where s.name in (select p.schedule from pgsched._plan as p where p.due_at <= v_now and not p.held order by p.due_at limit p_limit)
              or s.name in (select p.schedule from pgsched._plan as p where p.held)
           order by s.name limit p_limit for no key update skip locked) as l;
  decided := 0;
  if v_names is not null then
    begin
      decided := pgsched._fire(v_names, v_now);
    exception when others then   -- one by one, to find whose fault it is
      foreach v_name in array v_names loop
        begin
          decided := decided + pgsched._fire(array[v_name], v_now);
        exception when others then
          update pgsched._schedule as s set problem = sqlerrm where s.name = v_name;
          update pgsched._plan as p set due_at = v_now + interval '1 minute' where p.schedule = v_name and p.due_at <= v_now;
        end;
      end loop;
    end;
  end if;
  select min(p.due_at) into next_due_at from pgsched._plan as p where not p.held;
end $$;
comment on function pgsched.tick is
  'Make the jobs of schedules whose time has come; returns how many slots it decided, and when the next is due. Workers do it; without '
  'workers that plan, call it from pg_cron.';
