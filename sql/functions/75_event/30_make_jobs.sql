-- Events become jobs: all events of a statement and all subscriptions that match at once.

create or replace function pgsched._patterns(p_type text) returns text[] language sql immutable as $$
  -- What a subscription's event_type may be to match a type: of a.b.c these are *, a.b.c, a.* and a.b.*; so an index finds them.
  select array['*', p_type] || array(
    select pg_catalog.array_to_string(t.words[:n], '.') || '.*'
      from (select pg_catalog.string_to_array(p_type, '.') as words) as t
     cross join lateral pg_catalog.generate_series(1, pg_catalog.cardinality(t.words) - 1) as n) $$;

create or replace function pgsched._envelope(p_event pgsched._event) returns jsonb language sql stable as $$
  -- The event as filters and templates see it, by CloudEvents' names. Time is in the session's zone, which must be UTC: to_char() would
  -- take a microsecond more.
  select pg_catalog.jsonb_build_object(
    'id', coalesce(p_event.external_id, p_event.id::text), 'type', p_event.type, 'source', p_event.source, 'subject', p_event.subject,
    'time', p_event.time, 'data', p_event.data) $$;

create or replace function pgsched._fill(p_template jsonb, p_holes pgsched._hole[], p_envelope jsonb) returns jsonb
  language plpgsql stable as $$
-- A template with what each of its holes takes from the event; null where that is nothing.
declare
  v_hole pgsched._hole;
begin
  foreach v_hole in array p_holes loop
    p_template := pg_catalog.jsonb_set(
      p_template, v_hole.at, coalesce(pg_catalog.jsonb_path_query_first_tz(p_envelope, v_hole.take, '{}', true), 'null'));
  end loop;
  return p_template;
end $$;

create or replace function pgsched._make_jobs(p_events pgsched._event[], p_types text[], p_only text default null) returns bigint
  language plpgsql
  set search_path = pg_catalog, pg_temp set timezone = 'UTC' set work_mem = '16MB' set jit = off set plan_cache_mode = force_generic_plan as $$
-- For each of these events, of these types, and each enabled subscription that matches (or the one named p_only, enabled or not), make a
-- job, and note it in _event_job. Where the filter is unknown, or the job would be refused, that is noted instead: no event and no
-- subscription stands in the way of others. JSON paths are asked to be silent, and with time zones, which would raise all the same.
-- Returns  how many jobs: they are made in the order of their events.   Notifies  as _announce().
declare
  v_now timestamptz := pgsched.clock();
  v_bytes bigint := pgsched._setting('args_bytes_max');
  v_depth bigint := pgsched._setting('event_depth_max');
  v_count bigint;
begin
  with pair as materialized (   -- types are few, events many: what the task says is looked up here and not for each job
    select t.type, s.name, s.task, s.filter_path, s.args, s.holes, s.key, s.key_path, v_now + s.delay as due_at,
           coalesce(s.queue, k.queue, 'default') as queue, coalesce(s.priority, k.priority, 0) as priority
      from unnest(p_types) as t (type)
     cross join lateral unnest(pgsched._patterns(t.type)) as p (pattern)
      join pgsched._subscription as s on s.event_type = p.pattern
      left join pgsched._task as k on k.name = s.task
     where case when p_only is null then s.enabled else s.name = p_only end),
  judged as materialized (   -- OFFSET 0: without, each value would be worked out once for each of its uses
    select w.*, case when w.matches is null then 'the filter is unknown for it'
                     when w.depth > v_depth then format('more than %s events have followed from one another', v_depth)
                     when pg_column_size(w.args) > v_bytes then format('args exceed %s bytes', v_bytes)
                     when length(w.key) not between 1 and 500 then 'key has not 1 to 500 characters' end as problem
      from (
        select m.id, m.depth, m.name, m.task, m.queue, m.priority, m.due_at, m.matches,
               jsonb_object(array['event', m.id::text, 'subscription', m.name]) as labels,
               case when m.args is null then jsonb_build_object('event', m.envelope) else pgsched._fill(m.args, m.holes, m.envelope) end as args,
               case when m.key_path is null then m.key else jsonb_path_query_first_tz(m.envelope, m.key_path, '{}', true) #>> '{}' end as key
          from (
            select e.id, e.depth, e.envelope, p.*,
                   case when p.filter_path is null then true else jsonb_path_match_tz(e.envelope, p.filter_path, '{}', true) end as matches
              from (select u.id, u.type, u.depth, pgsched._envelope(u) as envelope from unnest(p_events) as u offset 0) as e
              join pair as p on p.type = e.type offset 0) as m
         where m.matches is not false offset 0) as w),
  job as (
    insert into pgsched.job (task, args, queue, priority, due_at, key, labels)
    select j.task, j.args, j.queue, j.priority, j.due_at, j.key, j.labels from judged as j where j.problem is null order by j.id
    returning id, labels),
  noted as (
    insert into pgsched._event_job (event_id, subscription, job_id, problem)
    select (b.labels ->> 'event')::bigint, b.labels ->> 'subscription', b.id, null from job as b
     union all
    select j.id, j.name, null, j.problem from judged as j where j.problem is not null
    returning job_id)
  select count(n.job_id) into v_count from noted as n;
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
      select (n.id, n.time, n.cause_job, n.depth, n.type, n.source, n.subject, n.external_id, n.data)::pgsched._event
        from new_events as n where n.type = any(v_types)), v_types);
    return null;
  end if;
  for v_events in
    select array_agg((p.id, p.time, p.cause_job, p.depth, p.type, p.source, p.subject, p.external_id, p.data)::pgsched._event)
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
