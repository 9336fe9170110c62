create or replace function pgsched._hot_tables() returns table (name text, dead_min bigint) language sql immutable as $$
  -- Tables that a busy scheduler keeps small and writes without pause, and from how many dead rows on a vacuum is worth it.
  select 'pgsched.' || h.name, h.dead_min
    from (values ('_ready', 20000), ('_claim', 1000), ('_blocked', 20000), ('_ended', 20000), ('_worker', 1000), ('_idle', 1000),
                 ('_cancel', 1000), ('_upkeep', 1000), ('_plan', 20000), ('_schedule', 20000)) as h (name, dead_min) $$;

create or replace function pgsched.vacuum_due() returns setof text language sql stable set search_path = pg_catalog, pg_temp as $$
  select pgsched._require_admin();
  -- By the statistics that Postgres keeps in memory, so it costs microseconds. A held snapshot keeps dead rows for as long
  -- as it lasts: without the five seconds' pause, workers would do nothing but vacuum then. Invoker: VACUUM only warns who may not.
  select h.name
    from pgsched._hot_tables() as h join pg_class as t on t.oid = to_regclass(h.name)
   where pg_stat_get_dead_tuples(t.oid) >= greatest(h.dead_min, pg_stat_get_live_tuples(t.oid) / 10)
     and coalesce(greatest(pg_stat_get_last_vacuum_time(t.oid), pg_stat_get_last_autovacuum_time(t.oid)), '-infinity')
         < clock_timestamp() - interval '5 seconds'
     and case when pg_has_role(t.relowner, 'usage') then true
              when current_setting('server_version_num')::integer >= 170000 then has_table_privilege(t.oid, 'maintain')
              else false end $$;
comment on function pgsched.vacuum_due() is
  'The hot tables in which dead rows have piled up, and which the caller may vacuum; none if empty. Run VACUUM (SKIP_LOCKED) on each, outside '
  'a transaction: autovacuum naps for a minute, in which a busy scheduler leaves millions.';
