-- Events become jobs: all events of a statement and all subscriptions that match at once. An INSERT of 10,000 rows into a watched table,
-- with an event and a job for each, takes 2.2 times what it takes to insert the rows and then, by an INSERT INTO pgsched.job (task, args)
-- SELECT, as many jobs, where args are a template's of one value; 1.9 times where they are the event, beside jobs that are given the row.

create or replace function pgsched._patterns(p_type text) returns text[] language sql immutable as $$
  -- What a subscription's event_type may be to match a type: of a.b.c these are *, a.b.c, a.* and a.b.*; so an index finds them.
  select array['*', p_type] || array(
    select pg_catalog.array_to_string(t.words[:n], '.') || '.*'
      from (select pg_catalog.string_to_array(p_type, '.') as words) as t
     cross join lateral pg_catalog.generate_series(1, pg_catalog.cardinality(t.words) - 1) as n) $$;

create or replace function pgsched._taken(p_from jsonb, p_path jsonpath) returns jsonb language sql stable as $$
  -- What a hole takes: the first value that the path finds, or null. Asked to be silent, and with time zones, which would raise all the same.
  select coalesce(pg_catalog.jsonb_path_query_first_tz(p_from, p_path, '{}', true), 'null') $$;

create or replace function pgsched._fill_all(p_template jsonb, p_holes pgsched._hole[], p_from jsonb) returns jsonb
  language plpgsql stable as $$
declare
  v_hole pgsched._hole;
begin
  foreach v_hole in array p_holes loop
    p_template := pg_catalog.jsonb_set(p_template, v_hole.at, pgsched._taken(p_from, v_hole.take));
  end loop;
  return p_template;
end $$;

create or replace function pgsched._fill(p_template jsonb, p_holes pgsched._hole[], p_from jsonb) returns jsonb language sql stable as $$
  -- A template with what each of its holes takes. One hole is filled without a call: it takes half a microsecond.
  select case when pg_catalog.cardinality(p_holes) = 1
              then pg_catalog.jsonb_set(p_template, (p_holes[1]).at, pgsched._taken(p_from, (p_holes[1]).take))
              else pgsched._fill_all(p_template, p_holes, p_from) end $$;

create or replace function pgsched._with_attributes(p_attributes jsonb, p_args jsonb) returns jsonb language sql immutable as $$
  -- The args of a job that is given an event, with what else was said of that, beside what has a name of its own.
  select case when p_attributes is null then p_args
              else pg_catalog.jsonb_set(p_args, '{event}', p_attributes || (p_args -> 'event')) end $$;

create or replace function pgsched._why_no_job(
    p_matches boolean, p_args jsonb, p_key text, p_bytes bigint, p_depth integer, p_max bigint, p_cause bigint, p_type text)
  returns text language sql stable as $$
  -- Why a subscription makes no job of an event that may match it; NULL: it does.
  select case when p_matches is null then 'the filter is unknown for it'
              when p_depth > p_max then pg_catalog.format('more than %s events have followed from one another: %s%s', p_max,
                                                       pgsched._chain(pgsched._caused_by(p_cause), p_cause), p_type)
              when pg_catalog.pg_column_size(p_args) > p_bytes then pg_catalog.format('args exceed %s bytes', p_bytes)
              when pg_catalog.length(p_key) not between 1 and 500 then 'key has not 1 to 500 characters' end $$;

create or replace function pgsched._make_jobs(p_events pgsched._event[], p_types text[], p_only bigint default null) returns bigint
  language plpgsql
  set search_path = pg_catalog, pg_temp set timezone = 'UTC' set work_mem = '16MB' set enable_seqscan = off set jit = off
  set plan_cache_mode = force_generic_plan as $$
-- For each of these events, of these types, and each enabled subscription that matches (or the one of id p_only, enabled or not), make a
-- job, and note it in _event_job. The job is nobody's, whoever emitted: the task, and what it is given, are an admin's choice, and its result
-- is for admins to see. Where the filter is unknown, or the job would be refused, that is noted instead: no event and no
-- subscription stands in the way of others. Into _job itself, since _subscription has checked the values: the view's checks, and a
-- RETURNING to find which job is whose, take a microsecond a job.
-- Returns  how many jobs: they are made in the order of the array.   Notifies  as _announce().
declare
  v_now timestamptz := pgsched.clock();
  v_bytes bigint := pgsched._setting('args_bytes_max');
  v_depth bigint := pgsched._setting('event_depth_max');
  v_count bigint;
begin
  with pair as materialized (   -- types are few, events many: what the task says is looked up here and not for each job
    select t.type, s.id as subscription_id, s.name, s.task, s.filter_path, s.args as template, s.holes, s.key as fixed_key, s.key_path, s.whole,
           (v_now + s.delay)::pgsched.job_due_at as due_at, coalesce(s.queue, k.queue, 'default') as queue,
           coalesce(s.priority, k.priority, 0) as priority, k.version
      from unnest(p_types) as t (type)   -- LATERAL and OFFSET 0: by index, however many subscriptions and tasks there are
     cross join lateral (select x.* from pgsched._subscription as x where x.event_type = any(pgsched._patterns(t.type)) offset 0) as s
      left join lateral (select y.queue, y.priority, y.version from pgsched._task as y where y.name = s.task offset 0) as k on true
     where case when p_only is null then s.enabled else s.id = p_only end),
  judged as materialized (   -- OFFSET 0: without, each value would be worked out once for each of its uses
    select v.*, case when v.problem is null then pgsched.new_id() end as job_id
      from (
        select w.event_id, w.subscription_id, w.name, w.task, w.queue, w.priority, w.version, w.due_at, w.args, w.key,
               pgsched._why_no_job(w.matches, w.args, w.key, v_bytes, w.depth, v_depth, w.cause_job, w.type) as problem
          from (
            select m.*, case when m.template is null then m.whole_args else pgsched._fill(m.template, m.holes, m.asked) end as args,
                   case when m.key_path is null then m.fixed_key
                        else jsonb_path_query_first_tz(m.asked, m.key_path, '{}', true) #>> '{}' end as key
              from (
                select k.*, case when k.filter_path is null then true else jsonb_path_match_tz(k.asked, k.filter_path, '{}', true) end as matches
                  from (
                    select e.id as event_id, e.depth, e.cause_job, p.*, pgsched._with_attributes(e.attributes, e.whole_args) as whole_args,
                           case when p.whole then pgsched._with_attributes(e.attributes, e.whole_args) -> 'event' else e.data end as asked
                      from (
                        select u.id, u.type, u.depth, u.cause_job, u.data, u.attributes,
                               case when (select bool_or(q.whole) from pair as q)
                                    then to_jsonb(row(row(coalesce(u.external_id, u.id::text), u.type, u.source, u.subject, u.time,
                                                          u.data)::pgsched._envelope)::pgsched._event_args) end as whole_args
                          from unnest(p_events) as u offset 0) as e
                      join pair as p on p.type = e.type
                    offset 0) as k
                offset 0) as m
             where m.matches is not false offset 0) as w
          order by w.event_id offset 0) as v),
  job as (
    insert into pgsched._job (id, due_at, created_at, priority, queue, task, args, key, labels, task_version)
    select j.job_id, j.due_at, clock_timestamp(), j.priority, j.queue, j.task, j.args, j.key,
           jsonb_object(array['event', j.event_id::text, 'subscription', j.name]), j.version
      from judged as j where j.job_id is not null),
  noted as (
    insert into pgsched._event_job (event_id, job_id, subscription_id, problem)
    select j.event_id, j.job_id, j.subscription_id, j.name || ': ' || j.problem from judged as j)
  select count(j.job_id) into v_count from judged as j;
  return v_count;
end $$;

create or replace function pgsched._fan_out() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp set jit = off set plan_cache_mode = force_generic_plan as $$
-- Make the jobs of the events just inserted. Definer: whoever may insert into the view need not touch the private tables.
-- They are passed on as an array, which may have 1 GB: if they are more than 10,000, or 64 MB, then in parts.
-- Notifies  as _announce().
declare
  v_sum record;
  v_types text[];
  v_events pgsched._event[];
begin
  select count(*) as count, sum(pg_column_size(n.data)) as bytes, min(n.type collate "C") as first, max(n.type collate "C") as last into v_sum
    from new_events as n;
  v_types := case when v_sum.first = v_sum.last then array[v_sum.first] else array(select distinct n.type from new_events as n) end;
  v_types := array(select t from unnest(v_types) as t
                    where exists (select from pgsched._subscription as s where s.enabled and s.event_type = any(pgsched._patterns(t))));
  if v_types = '{}' then return null; end if;
  if v_sum.count <= 10000 and v_sum.bytes < 67108864 then
    perform pgsched._make_jobs(array(
      select (n.id, n.time, n.cause_job, n.owner_id, n.depth, n.type, n.source, n.subject, n.external_id, n.data, n.attributes)::pgsched._event
        from new_events as n where n.type = any(v_types)), v_types);
    return null;
  end if;
  for v_events in
    select array_agg((p.id, p.time, p.cause_job, p.owner_id, p.depth, p.type, p.source, p.subject, p.external_id, p.data,
                      p.attributes)::pgsched._event)
      from (select n.*, row_number() over w as place, sum(pg_column_size(n.data)) over w as bytes
              from new_events as n where n.type = any(v_types) window w as (rows unbounded preceding)) as p
     group by (p.place - 1) / 10000, p.bytes / 67108864
     order by (p.place - 1) / 10000, p.bytes / 67108864
  loop
    perform pgsched._make_jobs(v_events, v_types);
  end loop;
  return null;
end $$;
create or replace trigger fan_out after insert on pgsched._event
  referencing new table as new_events for each statement execute function pgsched._fan_out();
