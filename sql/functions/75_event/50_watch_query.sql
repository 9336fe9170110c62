-- Rows become events: the statement that makes them. A trigger has it by heart, made of the columns that the table had when watch() was
-- called; after one of these was renamed, dropped or changed, it is made anew each time, of what there is: nobody's INSERT shall fail for it.

create or replace function pgsched._key_columns(p_relation regclass) returns name[] language sql stable set search_path = pg_catalog, pg_temp as $$
  -- The columns of the primary key in its order, without those that it only includes. Not a constraint's: that has no order for some.
  select array(
    select a.attname from pg_catalog.pg_index as i
     cross join lateral unnest(i.indkey[0:i.indnkeyatts - 1]) with ordinality as k (attnum, n)
      join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
     where i.indrelid = p_relation and i.indisprimary order by k.n) $$;

create or replace function pgsched._watched(p_relation regclass, p_type text, p_columns text[], p_when text) returns jsonb
  language sql stable set search_path = pg_catalog, pg_temp as $$
  -- What a trigger keeps of watch(), as its argument. seen: columns that the statement names, each with number and type; which of them a
  -- condition names is not known, but only those whose names occur in it. Virtual ones have no value in a trigger, but one more matters.
  select jsonb_build_object('type', p_type, 'columns', p_columns, 'when', p_when, 'relation', p_relation::oid::bigint,
           'seen', coalesce(jsonb_agg(jsonb_build_array(a.attname, a.attnum, a.atttypid::bigint)) filter (
                              where a.attname = any(p_columns) or a.attname = any(pgsched._key_columns(p_relation)) or a.attgenerated = 'v'
                                 or position(lower(a.attname) in replace(lower(p_when), '""', '"')) > 0), '[]'))
    from pg_catalog.pg_attribute as a where a.attrelid = p_relation and a.attnum > 0 and not a.attisdropped $$;

create or replace function pgsched._watch_shape(p_watched jsonb) returns text[] language sql immutable set search_path = pg_catalog, pg_temp as $$
  -- Names and types of the columns that a trigger's statement names: its second argument, since it is asked for each statement.
  select array(select format('%s %s', s ->> 0, s ->> 2) from jsonb_array_elements(p_watched -> 'seen') as s) $$;

create or replace function pgsched._watch_fits(p_relation oid, p_shape text[]) returns boolean language plpgsql stable as $$
begin   -- without a SET: 6 us a statement
  return pg_catalog.cardinality(p_shape) =
    (select count(*) from pg_catalog.pg_attribute as a
      where a.attrelid = p_relation and a.attnum > 0 and (a.attname || ' ' || a.atttypid = any(p_shape) or a.attgenerated = 'v'));
end $$;

create or replace function pgsched._watch_side(p_relation regclass, p_watched jsonb, p_rows text, p_as text, p_numbered boolean)
  returns text language sql stable set search_path = pg_catalog, pg_temp as $$
  -- The rows of a statement, new or old, by a name, with the columns that watch() saw by the names that they had: one that was renamed is
  -- known by its number, unless the table is a copy, whose numbers may differ; else, and if it was dropped, it is NULL. The names of our
  -- own have a blank, and the rows none but that of the transition table with a .*, so that columns may have any name.
  with seen as (
    select s ->> 0 as name, coalesce('r.' || quote_ident(coalesce(b.attname, c.attname)), format('null::%s', (s ->> 2)::oid::regtype)) as value,
           b.attname is null as lost
      from jsonb_array_elements(p_watched -> 'seen') as s
      left join pg_catalog.pg_attribute as b on b.attrelid = p_relation and b.attname = s ->> 0
      left join pg_catalog.pg_attribute as c on c.attrelid = p_relation and c.attnum = (s ->> 1)::smallint and not c.attisdropped
                                            and p_relation::oid::bigint = (p_watched -> 'relation')::bigint)
  select format('(select %s as "pgsched n", %s as "pgsched row", %s as "pgsched subject", r.*%s from pgsched_%s as r) as %s',
                case when p_numbered then 'row_number() over ()' else '0' end,
                case when p_watched ->> 'columns' is null
                     then 'to_jsonb(r.*)' || coalesce((select format(' - %L::text[]', array_agg(a.attname)) from pg_catalog.pg_attribute as a
                                                        where a.attrelid = p_relation and a.attgenerated = 'v' having count(*) > 0), '')
                     else (select format('(select to_jsonb(c.*) from (select %s) as c)', string_agg(format('%s as %I', s.value, s.name), ', '))
                             from jsonb_array_elements_text(p_watched -> 'columns') as u join seen as s on s.name = u) end,
                coalesce((select format('nullif(left(concat_ws('','', %s), 500), '''')', string_agg(format('r.%I', k.name), ', ' order by k.n))
                            from unnest(pgsched._key_columns(p_relation)) with ordinality as k (name, n) having count(*) > 0), 'null'),
                (select string_agg(format(', %s as %I', s.value, s.name), '') from seen as s where s.lost),
                p_rows, p_as) $$;

create or replace function pgsched._watch_query(p_relation regclass, p_operation text, p_watched jsonb, p_paired boolean default true)
  returns text language sql stable set search_path = pg_catalog, pg_temp as $$
  -- The statement that makes events of the rows of one operation. Where there is no row before or after, all of it is NULL. Rows of an
  -- update come in pairs in the same order, and a key may change, so they are paired by number; not p_paired: by key.
  with side as (
    select case p_operation when 'delete' then 'old' else 'new' end as this, case p_operation when 'delete' then 'new' else 'old' end as other)
  select format($q$insert into pgsched.event (type, source, subject, data)
    select %L, %L, %s."pgsched subject", %s
      from %s
      %s
     where (%s
           )$q$, p_watched ->> 'type', n.nspname || '.' || c.relname, s.this,
           -- half of what jsonb_build_object() takes, 0.5 us a row
           format(case p_operation when 'update' then 'jsonb_set(jsonb_set(%L, ''{new}'', new."pgsched row"), ''{old}'', old."pgsched row")'
                                   else 'jsonb_set(%L, ''{%s}'', %2$s."pgsched row")' end,
                  jsonb_build_object('operation', p_operation, 'new', null, 'old', null), s.this),
           pgsched._watch_side(p_relation, p_watched, s.this, s.this, p_operation = 'update'),
           case when p_operation = 'update'
                then format('join %s on old.%I = new.%2$I and old."pgsched row" <> new."pgsched row"',
                            pgsched._watch_side(p_relation, p_watched, 'old', 'old', true),
                            case when p_paired then 'pgsched n' else 'pgsched subject' end)
                when p_watched ->> 'when' is not null
                then format('left join %s on false', pgsched._watch_side(p_relation, p_watched, s.this, s.other, false)) end,
           coalesce(p_watched ->> 'when', 'true'))
    from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace cross join side as s
   where c.oid = p_relation $$;

create or replace function pgsched._watch_body(p_relation regclass, p_operations text[], p_watched jsonb) returns text
  language sql stable set search_path = pg_catalog, pg_temp as $$
  -- The body of a trigger's function. An updated row that a trigger of the partition it moves to does not let in has no pair.
  select format($body$#variable_conflict use_column
-- Made by pgsched.watch(); goes with pgsched.unwatch().
declare
  "pgsched paired" boolean := true;
begin
  %sif pgsched._watch_fits(tg_relid, tg_argv[1]::text[]) and "pgsched paired" then
%s    return null;
  end if;
  begin
    execute pgsched._watch_query(tg_relid, lower(tg_op), tg_argv[0]::jsonb, "pgsched paired");
  exception when syntax_error_or_access_rule_violation then
    raise warning using message = format('rows of %%s are no events of type %%s: %%s', tg_relid::regclass, tg_argv[0]::jsonb ->> 'type', sqlerrm),
      hint = 'its columns have changed: call pgsched.watch() again';
  end;
  return null;
end$body$,
    case when 'update' = any(p_operations) then $update$if tg_op = 'UPDATE' then
    "pgsched paired" := (select count(*) from pgsched_new) = (select count(*) from pgsched_old);
  end if;
  $update$ else '' end,
    (select string_agg(format(E'    if tg_op = %L then\n    %s;\n    end if;\n', upper(u), pgsched._watch_query(p_relation, u, p_watched)), ''
                       order by u)
       from unnest(p_operations) as u)) $$;
