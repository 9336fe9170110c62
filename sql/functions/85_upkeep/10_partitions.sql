-- Partitions: which there are, their names, and making them ahead of time.

create or replace function pgsched._partitions(p_parent text)
  returns table (name text, lo bigint, hi bigint, rebuilt boolean) language sql stable as $$
  -- The partitions of one of _parents(): ids from lo to below hi. rebuilt: retention has left only what must stay.
  select c.relname::text, b.bound[1]::bigint, b.bound[2]::bigint, c.relname ~ '_to_'
    from pg_catalog.pg_inherits as i
    join pg_catalog.pg_class as c on c.oid = i.inhrelid
   cross join lateral pg_catalog.regexp_match(
     pg_catalog.pg_get_expr(c.relpartbound, c.oid), 'FROM \(''?(\d+)''?\) TO \(''?(\d+)''?\)') as b (bound)
   where i.inhparent = pg_catalog.to_regclass('pgsched.' || p_parent) $$;

create or replace function pgsched._parents() returns text[] language sql immutable as $$
  select array['_job', '_run', '_log', '_event', '_event_job'] $$;
comment on function pgsched._parents() is 'The tables that are partitioned, by ranges of ids.';

create or replace function pgsched._day() returns bigint language sql immutable as $$
  select 86400::bigint << 20 $$;
comment on function pgsched._day() is 'How many ids make a day. Days begin at midnight UTC, at multiples of this.';

create or replace function pgsched._partition_name(p_parent text, p_lo bigint, p_hi bigint) returns text
  language sql stable as $$
  -- _job_20261121 for a day, _job_20261121_13 for an hour of it.
  select p_parent || pg_catalog.to_char(pgsched.id_time(p_lo) at time zone 'UTC',
                                        case when p_hi - p_lo = pgsched._day() then '_YYYYMMDD' else '_YYYYMMDD_HH24' end) $$;

create or replace function pgsched._attach(p_parent text, p_name text, p_lo bigint, p_hi bigint) returns void
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Make a table a partition. Locks  the parent, SHARE UPDATE EXCLUSIVE: enqueue, claim and finish go on.
begin
  execute format('alter table pgsched.%I attach partition pgsched.%I for values from (%s) to (%s)', p_parent, p_name, p_lo, p_hi);
end $$;

create or replace function pgsched._create(p_parent text, p_name text) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Make a table in the parent's likeness. CREATE TABLE .. PARTITION OF would block enqueue and claim: it locks the parent.
begin
  execute format('create table pgsched.%I (like pgsched.%I including all)', p_name, p_parent);
end $$;
