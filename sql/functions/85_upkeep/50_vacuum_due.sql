create or replace function pgsched.vacuum_due() returns setof text language sql stable set search_path = pg_catalog, pg_temp as $$
  -- By the statistics that Postgres keeps in memory, so it costs microseconds. A held snapshot keeps dead rows for as long
  -- as it lasts: without the five seconds' pause, workers would do nothing but vacuum then.
  select 'pgsched.' || h.name
    from (values ('_ready', 20000), ('_claim', 1000), ('_blocked', 20000), ('_ended', 20000), ('_worker', 1000), ('_idle', 1000),
                 ('_cancel', 1000), ('_upkeep', 1000), ('_plan', 20000), ('_schedule', 20000)) as h (name, dead_min)
   cross join lateral (select to_regclass('pgsched.' || h.name)::oid as oid) as t
   where pg_stat_get_dead_tuples(t.oid) >= greatest(h.dead_min, pg_stat_get_live_tuples(t.oid) / 10)
     and coalesce(greatest(pg_stat_get_last_vacuum_time(t.oid), pg_stat_get_last_autovacuum_time(t.oid)), '-infinity')
         < clock_timestamp() - interval '5 seconds' $$;
comment on function pgsched.vacuum_due() is
  'The hot tables in which dead rows have piled up; none if empty. Run VACUUM (SKIP_LOCKED) on each, outside a transaction: autovacuum '
  'naps for a minute, in which a busy scheduler leaves millions.';
