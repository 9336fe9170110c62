-- Who is interested in which events: what is wrong with a subscription is refused when it is written, not when an event comes.

create or replace function pgsched._bare(p_path text) returns text language sql immutable set search_path = pg_catalog, pg_temp as $$
  -- A path as text, without what its strings and names say: these are in double quotes.
  select regexp_replace(p_path, '"(\\.|[^"\\])*"', '""', 'g') $$;

create or replace function pgsched._path(p_what text, p_text text) returns jsonpath
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
-- A JSON path, of which any event can be asked, on any Postgres, without an error: the emitter's transaction would fail for it.
-- Errors   PS010 it is none; it uses what newer Postgres alone has (of which .timestamp() raises for some dates, even when asked to be
--          silent), or variables, or a form of time that there is not; or it may descend without end.
declare
  v_path jsonpath;
  v_odd text;
  v_form text;
begin
  begin
    v_path := p_text::jsonpath;
    for v_form in select m[1] from regexp_matches(v_path::text, '\.datetime\(("(?:\\.|[^"\\])*")\)', 'g') as m loop
      perform jsonb_path_query('"a form is read before the text is"', format('$.datetime(%s)', v_form)::jsonpath, '{}', true);
    end loop;
  exception when others then
    raise exception using errcode = 'PS010', message = format('%s must be a JSON path', p_what),
      detail = format('%L: %s', p_text, sqlerrm), hint = 'for example $.data.total; of text that begins with $, write the $ twice';
  end;
  v_odd := substring(pgsched._bare(v_path::text) from '\.\*\*|\$""|\.(?!(?:type|size|double|ceiling|floor|abs|datetime|keyvalue)\()[a-z_]+\(');
  if v_odd is not null then
    raise exception using errcode = 'PS010', message = format('%s must not use %s', p_what, case v_odd when '$""' then 'variables' else v_odd end),
      detail = format('got %L', p_text),
      hint = 'name the place: $.data.total; methods are type, size, double, ceiling, floor, abs, datetime and keyvalue';
  end if;
  return v_path;
end $$;

create or replace function pgsched._hole_path(p_what text, p_text text) returns jsonpath
  language sql immutable set search_path = pg_catalog, pg_temp as $$
  -- What a string of a template takes from the event. After a second $ comes a text, and after one a path; NULL: the string is just that.
  select case when left(p_text, 2) = repeat('$', 2) then to_json(substr(p_text, 2))::text::jsonpath
              when p_text like '$%' then pgsched._path(p_what, p_text) end $$;

create or replace function pgsched._holes(p_template jsonb) returns pgsched._hole[] language sql immutable set search_path = pg_catalog, pg_temp as $$
  -- Every string in a template that begins with $, and the way to it. None for NULL.
  with recursive node as (
    select '{}'::text[] as at, p_template as value
     union all
    select n.at || c.key, c.value
      from node as n
     cross join lateral (
       select o.key, o.value from jsonb_each(case jsonb_typeof(n.value) when 'object' then n.value else '{}' end) as o
        union all
       select (a.n - 1)::text, a.value
         from jsonb_array_elements(case jsonb_typeof(n.value) when 'array' then n.value else '[]' end) with ordinality as a (value, n)) as c)
  select coalesce(array_agg(row(n.at, pgsched._hole_path(format('args at %s', array_to_string(n.at, '.')), n.value #>> '{}'))::pgsched._hole), '{}')
    from node as n where jsonb_typeof(n.value) = 'string' and n.value #>> '{}' like '$%' $$;

create or replace function pgsched._filter(p_text text) returns jsonpath language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
-- A filter, which must be a predicate: that gives one true, false or unknown, also for an event that has nothing it asks for.
-- Errors   PS010
declare
  v_path jsonpath := pgsched._path('filter', p_text);
  v_answer jsonb := jsonb_path_query_array('{}', v_path, '{}', true);
begin
  if p_text is null or jsonb_array_length(v_answer) = 1 and jsonb_typeof(v_answer -> 0) in ('boolean', 'null') then return v_path; end if;
  raise exception using errcode = 'PS010', message = 'filter must be a predicate', detail = format('got %L', p_text),
    hint = 'not $.data.total ? (@ > 10) but $.data.total > 10; not $.data.paid but $.data.paid == true';
end $$;

create or replace function pgsched._asks_beyond_data(p_path jsonpath) returns boolean language sql immutable
  set search_path = pg_catalog, pg_temp as $$
  -- Whether a path begins anywhere but at $.data.
  select pgsched._bare(replace(p_path::text, '$."data"', '')) ~ '\$' $$;

create or replace function pgsched._from_data(p_path jsonpath) returns jsonpath language sql immutable set search_path = pg_catalog, pg_temp as $$
  -- A path that begins at $.data, for data alone.
  select replace(p_path::text, '$."data"', '$')::jsonpath $$;

create or replace function pgsched._check_subscription() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
-- Make of a subscription what events need. A change makes a new version; an UPDATE that changes nothing makes none.
-- Definer: whoever may write the view need not call private functions.   Errors  PS010 filter, args, key, version.
declare
  v_known record;
begin
  if tg_op = 'INSERT' then v_known := row(0, '-infinity'::timestamptz); else v_known := row(old.version, old.updated_at); end if;
  if row(new.version, new.updated_at) is distinct from v_known then
    raise exception using errcode = 'PS010', message = 'version and updated_at are given by the database',
      hint = 'leave them out; to change only what you saw, add: where version = ...';
  end if;
  if tg_op = 'UPDATE' and row(new.name, new.event_type, new.task, new.filter, new.args, new.queue, new.priority, new.delay, new.key, new.enabled)
     is not distinct from row(old.name, old.event_type, old.task, old.filter, old.args, old.queue, old.priority, old.delay, old.key, old.enabled)
  then return new; end if;
  new.filter_path := pgsched._filter(new.filter);
  new.tasks := pgsched._tasks_named(new.filter_path);
  new.holes := pgsched._holes(new.args);
  new.key_path := pgsched._hole_path('key', new.key);
  new.whole := new.args is null or coalesce(pgsched._asks_beyond_data(new.filter_path), false)
               or coalesce(pgsched._asks_beyond_data(new.key_path), false)
               or exists (select from unnest(new.holes) as h where pgsched._asks_beyond_data(h.take));
  if not new.whole then
    new.filter_path := pgsched._from_data(new.filter_path);
    new.key_path := pgsched._from_data(new.key_path);
    new.holes := array(select row(h.at, pgsched._from_data(h.take))::pgsched._hole from unnest(new.holes) as h);
  end if;
  new.version := new.version + 1;
  new.updated_at := pgsched.clock();
  return new;
end $$;
create or replace trigger check_subscription before insert or update on pgsched._subscription
  for each row execute function pgsched._check_subscription();

create or replace trigger admins_write before insert or update or delete on pgsched._subscription
  for each statement execute function pgsched._admins_write();

create or replace view pgsched.subscription as
select s.name, s.event_type, s.task, s.filter, s.args, s.queue, s.priority, s.delay, s.key, s.enabled, s.version, s.updated_at,
       exists (select from pgsched._task as t where t.name = s.task) as task_known
  from pgsched._subscription as s where (select pgsched._owners_seen()) is null;
comment on view pgsched.subscription is
  'Which events bring jobs of which task into being. INSERT, UPDATE and DELETE work. An event {id, type, source, subject, time, data} '
  'becomes a job where its type is event_type (order.created; order.* is everything below order; * is everything) and filter is true.';
comment on column pgsched.subscription.filter is
  'A JSON path predicate on the event, for example $.data.total > 100; NULL is true. Where it is unknown ($.data.total is text), the '
  'event''s problems say so. A subscription to ends of jobs (job.*, job.dead, ...) costs other tasks nothing if this says whose: '
  '$.data.task == "mail", with && whatever else, or with || more of them.';
comment on column pgsched.subscription.args is
  'The job''s args. A string that begins with $ is a JSON path into the event, and becomes its first value, or null; $$ is a $. '
  'NULL: {"event": the event}.';
comment on column pgsched.subscription.delay is 'How long after its event the job is due.';
comment on column pgsched.subscription.key is 'The job''s key; as a string in args.';
comment on column pgsched.subscription.version is 'Grows with every change.';
comment on column pgsched.subscription.task_known is 'Whether the task is in the catalogue. If not, jobs are made all the same, and wait.';
