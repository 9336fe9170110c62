-- Rows become events: triggers on a table of somebody's own. The function behind them is made in the table's schema, runs as the table's
-- owner, and so does all that is the owner's in it: the condition, and casts of the columns' types. Ours is only the view it inserts into.

create or replace function pgsched._require_watchable(p_relation regclass) returns void
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
-- Errors   PS010 not a table that can be watched; 42501 not the caller's, or its owner may not emit.
declare
  v_table record;
begin
  select c.relowner, c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pgsched', 'pg_catalog', 'information_schema')
         as fit into v_table
    from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace where c.oid = p_relation;
  if v_table.fit is not true then
    raise exception using errcode = 'PS010', message = 'only a table of your own can be watched',
      detail = format('got %s', coalesce(p_relation::text, 'null')), hint = 'of a partitioned table, watch the whole; not a partition, not a view';
  elsif not pg_has_role(v_table.relowner, 'usage') then
    raise exception using errcode = '42501', message = format('must be owner of table %s', p_relation);
  elsif not (has_schema_privilege(v_table.relowner, 'pgsched', 'usage')
             and has_column_privilege(v_table.relowner, 'pgsched.event', 'data', 'insert')) then
    raise exception using errcode = '42501', message = format('the owner of table %s may not emit events', p_relation),
      hint = format('select pgsched.grant_emit(%L)', v_table.relowner::regrole);
  end if;
end $$;

create or replace function pgsched._unwatch(p_relation regclass, p_type text) returns integer
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Drop the triggers that make events of this type of a table, and their function. Returns how many triggers.
declare
  v_trigger record;
  v_count integer := 0;
begin
  for v_trigger in
    select t.tgname, t.tgfoid::regprocedure as routine from pg_catalog.pg_trigger as t
     where t.tgrelid = p_relation and t.tgname ~ format('^pgsched_(insert|update|delete)_%s$', md5(p_type)) order by t.tgname
  loop
    execute format('drop trigger %I on %s', v_trigger.tgname, p_relation);
    v_count := v_count + 1;
  end loop;
  if v_count > 0 then execute format('drop function %s', v_trigger.routine); end if;
  return v_count;
end $$;

create or replace function pgsched.watch(relation regclass, operations text, type text, columns text[] default null, when_ text default null)
  returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- From now on, rows of a table become events of a type, in the transaction that writes them. Instead of an earlier watch() of this type.
--   operations  insert, update, delete, or several: 'insert or update'
--   columns     what data has of a row, and what an update must change to count; NULL: all
--   when_       an SQL condition on new and old, run as the table's owner; name your own functions and types with their schema
-- Invoker: it makes a function and triggers, as the table's owner can.
-- Locks    the table, SHARE ROW EXCLUSIVE.
-- Errors   PS010 the table, operations, columns, when_; 23514 type; 42501 the table is not the caller's, or its owner may not emit.
declare
  v_operations text[] := array(select distinct u from unnest(regexp_split_to_array(lower(trim(watch.operations)), '\s+or\s+')) as u);
  v_operation text;
  v_owner regrole;
  v_name text;
  v_watched jsonb;
begin
  perform pgsched._require_admin();
  perform pgsched._require_watchable(watch.relation);
  perform watch.type::pgsched.event_type;
  if v_operations = '{}' or not v_operations <@ array['insert', 'update', 'delete'] then
    raise exception using errcode = 'PS010', message = 'operations must be insert, update, delete or several with or between',
      detail = format('got %L', watch.operations), hint = 'insert or update';
  end if;
  perform pgsched._require_readable(watch.relation, watch.columns, watch.when_);
  perform pgsched._unwatch(watch.relation, watch.type);
  select c.relowner, format('%I.%I', n.nspname, '_pgsched_' || left(replace(gen_random_uuid()::text, '-', ''), 16)) into v_owner, v_name
    from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace where c.oid = watch.relation;
  v_watched := pgsched._watched(watch.relation, watch.type, watch.columns, watch.when_);
  execute format('create function %s() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as %L', v_name,
                 pgsched._watch_body(watch.relation, v_operations, v_watched));
  execute format('revoke execute on function %s() from public', v_name);
  if v_owner <> (select r.oid from pg_catalog.pg_roles as r where r.rolname = current_user) then
    execute format('alter function %s() owner to %s', v_name, v_owner);
  end if;
  foreach v_operation in array v_operations loop
    execute format('create trigger %I after %s on %s referencing %s for each statement execute function %s(%L, %L)',
                   format('pgsched_%s_%s', v_operation, md5(watch.type)), v_operation, watch.relation,
                   case v_operation when 'insert' then 'new table as pgsched_new' when 'delete' then 'old table as pgsched_old'
                                    else 'new table as pgsched_new old table as pgsched_old' end, v_name, v_watched, pgsched._watch_shape(v_watched));
  end loop;
end $$;
comment on function pgsched.watch is
  'From now on, the rows that are inserted, updated or deleted (operations: ''insert or update'') in a table of the caller''s become events of '
  'this type, in the same transaction. data is {operation, new, old}, source the table, subject the primary key. With columns, data has '
  'only these, and an update that changes none of them is no event. when_ is an SQL condition on new and old; its errors are the writer''s. '
  'Columns that these two name may be renamed or dropped: events know them by the names that they had, or as NULL, more slowly until watch() '
  'is called again; where the condition works no more, writes go on with a warning, without events.';

create or replace function pgsched._require_readable(p_relation regclass, p_columns text[], p_when text) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Errors   PS010 a column that there is not, or a condition that does not work on new and old. Explained, so nothing is run.
declare
  v_columns text[] := array(
    select a.attname from pg_catalog.pg_attribute as a
     where a.attrelid = p_relation and a.attnum > 0 and not a.attisdropped and a.attgenerated <> 'v');
begin
  if not p_columns <@ v_columns or p_columns = '{}' then
    raise exception using errcode = 'PS010', message = 'columns must name columns of the table', detail = format('got %s', p_columns),
      hint = 'leave it out for all columns; virtual generated ones have no value in a trigger';
  end if;
  begin
    execute format(E'explain select from (select %1$s from %2$s) as new, (select %1$s from %2$s) as old where (%3$s\n)',
                   (select string_agg(format('%I', u), ', ') from unnest(v_columns) as u), p_relation, coalesce(p_when, 'true'));
  exception when others then
    raise exception using errcode = 'PS010', message = 'when_ must be a condition on new and old', detail = format('%L: %s', p_when, sqlerrm),
      hint = 'new.status = ''paid'' and old.status is distinct from new.status; what is not of Postgres is named with its schema';
  end;
end $$;

create or replace function pgsched.unwatch(relation regclass, type text) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Rows of a table become events of this type no more.
-- Locks    the table, ACCESS EXCLUSIVE.   Errors  PS010 they do not.
begin
  perform pgsched._require_admin();
  if pgsched._unwatch(unwatch.relation, unwatch.type) > 0 then return; end if;
  raise exception using errcode = 'PS010', message = 'the table is not watched for events of this type',
    detail = format('%s, %s', coalesce(unwatch.relation::text, 'null'), coalesce(unwatch.type, 'null'));
end $$;
comment on function pgsched.unwatch is 'Take back watch(): rows of the table become events of this type no more.';
