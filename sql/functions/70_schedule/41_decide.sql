-- What becomes of slots whose time has come.

create or replace function pgsched._candidates(p_due pgsched._plan[], p_now timestamptz)
  returns table (schedule text, nominal timestamptz, notes jsonb, skipped boolean, held boolean, overlap text, runs integer, max_runs integer,
                 why_not text) language sql stable as $$
  -- What the plan's own skips, pause and misfire, in this order, leave over of these slots: there why_not is NULL.
  with late as (
    select d.schedule, d.nominal, d.skipped, d.notes, d.held, s.paused, s.overlap, s.misfire, s.misfire_limit, s.runs, s.max_runs,
           not d.held and not d.skipped and not s.paused and d.due_at < p_now - s.grace as late
      from unnest(p_due) as d join pgsched._schedule as s on s.name = d.schedule),
  numbered as (
    select l.*, row_number() over (partition by l.schedule, l.late order by l.nominal desc) as backwards from late as l)
  select n.schedule, n.nominal, n.notes, n.skipped, n.held, n.overlap, n.runs, n.max_runs,
         case when n.skipped then coalesce(n.notes -> 0 ->> 'text', 'skipped')
              when n.paused then 'paused'
              when n.late and n.backwards > case n.misfire when 'skip' then 0 when 'once' then 1 else n.misfire_limit end then 'late' end
    from numbered as n $$;

create or replace function pgsched._decide(p_due pgsched._plan[], p_refused timestamptz[], p_reasons text[], p_busy text[], p_now timestamptz)
  returns setof pgsched._decision language sql volatile set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
-- By each schedule's policies, in this order: those of _candidates(), condition, overlap, max_runs.
-- p_refused, p_reasons: the nominal times that a condition refused (of one schedule: then all is of one), and why.
  with candidates as (
    select n.schedule, n.nominal, n.notes, n.skipped, n.held, n.overlap, n.runs, n.max_runs, n.schedule = any(p_busy) as busy,
           exists (select from pgsched._plan as h where h.schedule = n.schedule and h.held) as holding,
           coalesce(n.why_not, p_reasons[array_position(p_refused, n.nominal)]) as why_not
      from pgsched._candidates(p_due, p_now) as n),
  ranked as (
    select c.*, row_number() over (partition by c.schedule, c.why_not is null order by c.held desc, c.nominal) as n,
           count(*) over (partition by c.schedule, c.why_not is null) as of
      from candidates as c),
  fated as (
    select r.*,
           case when r.why_not = 'late' or r.skipped and r.notes -> 0 ->> 'code' = 'missed' then 'missed'
                when r.why_not is not null then 'skipped'
                when r.overlap = 'allow' or r.overlap = 'cancel' and r.n = r.of then 'fired'
                when r.holding or r.overlap = 'cancel' then 'skipped'   -- a newer one does not overtake the one that waits
                when r.n = 1 and not r.busy then 'fired'
                when r.overlap = 'queue' and r.n = case when r.busy then 1 else 2 end then 'held'
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

create or replace function pgsched._settle_slots(p_decided pgsched._decision[], p_busy text[], p_now timestamptz) returns integer
  language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
-- Make the jobs of slots that fire, record what was decided, and let schedules end that have had their last run.
-- Returns  how many slots.   Locks  rows of their schedules are locked.   Notifies  as an enqueue.
declare
  v_names text[] := array(select distinct d.schedule from unnest(p_decided) as d);
begin
  insert into pgsched._job (id, task, args, queue, priority, due_at, created_at, labels, task_version, owner_id)
  select d.job_id, s.task, pgsched._args_at(s.args, d.schedule, d.nominal), coalesce(s.queue, t.queue, 'default'),
         coalesce(s.priority, t.priority, 0), p_now, clock_timestamp(),
         coalesce(s.labels, '{}') || jsonb_build_object('schedule', d.schedule, 'nominal', d.nominal), t.version, s.owner_id
    from unnest(p_decided) as d join pgsched._schedule as s on s.name = d.schedule left join pgsched._task as t on t.name = s.task
   where d.outcome = 'fired' order by d.job_id;
  insert into pgsched._slot (schedule, nominal, outcome, reason, job_id, decided_at)
  select d.schedule, d.nominal, d.outcome, d.reason, d.job_id, p_now from unnest(p_decided) as d where d.outcome <> 'held';
  insert into pgsched._plan (schedule, nominal, due_at, skipped, notes, held)
  select d.schedule, d.nominal, p_now, false, '[]', true from unnest(p_decided) as d where d.outcome = 'held';

  update pgsched._schedule as s
     set runs = s.runs + d.fired,
         last_jobs = case when s.name = any(p_busy) then pgsched._live(s.last_jobs) else '{}' end || d.last_job
    from (select x.schedule, count(*)::integer as fired, max(x.job_id) as last_job
            from unnest(p_decided) as x where x.outcome = 'fired' group by x.schedule) as d
   where s.name = d.schedule;
  with ended as (
    update pgsched._schedule as s set planned_until = 'infinity', plan_no = nextval('pgsched._plan_no_seq')
     where s.name = any(v_names) and s.runs >= s.max_runs returning s.name)
  delete from pgsched._plan as p using ended as e where p.schedule = e.name and p.nominal > p_now and not p.held;
  return cardinality(p_decided);
end $$;

create or replace function pgsched._fire(p_names text[], p_busy text[], p_now timestamptz) returns integer
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Decide all slots of these schedules that can be decided now; without conditions.
-- Returns  how many slots.   Locks  their rows are locked.
declare
  v_due pgsched._plan[] := pgsched._take_due(p_names, p_busy, p_now);
begin
  if v_due = '{}' then return 0; end if;
  return pgsched._settle_slots(array(select d from pgsched._decide(v_due, '{}', '{}', p_busy, p_now) as d), p_busy, p_now);
end $$;
