-- The one clock, ids made from it, and the checks that every function begins with.

create or replace function pgsched.clock() returns timestamptz language sql volatile as $$
  -- The database's clock, which decides everything. The session setting pgsched.test_now stands still in
  -- its place in tests; any session may set it, so it guards no permission. No SET: it must be inlined.
  select coalesce(nullif(pg_catalog.current_setting('pgsched.test_now', true), '')::timestamptz,
                  pg_catalog.clock_timestamp()) $$;
comment on function pgsched.clock() is 'Now, by the database''s clock.';

create or replace function pgsched.new_id() returns bigint language sql volatile as $$
  -- floor, because a cast would round half of all ids into the next second. Up to 1,048,576 ids a second.
  select (pg_catalog.floor(extract(epoch from pg_catalog.clock_timestamp()))::bigint - 1577836800) << 20
         | pg_catalog.nextval('pgsched._id_seq') $$;
comment on function pgsched.new_id() is
  'A time-ordered id below 2^53: seconds since 2020-01-01 UTC, shifted left by 20, and a number from a cycling sequence.';
-- Whoever may insert into the view makes ids; USAGE lets nobody set the sequence back. A definer's new_id() would not be inlined.
grant usage on sequence pgsched._id_seq to public;

create or replace function pgsched._new_claim_id() returns bigint language sql volatile as $$
  -- The time is part of it, since a claim commits asynchronously: Postgres may forget the last of them in a crash, and a
  -- sequence then repeats itself. The number of a forgotten claim must not come again while its worker holds it.
  select pg_catalog.floor(extract(epoch from pg_catalog.clock_timestamp()) * 1000)::bigint << 20
         | pg_catalog.nextval('pgsched._id_seq') $$;

create or replace function pgsched.id_at(p_at timestamptz) returns bigint language sql immutable as $$
  select (pg_catalog.floor(extract(epoch from p_at))::bigint - 1577836800) << 20 $$;
comment on function pgsched.id_at(timestamptz) is 'The lowest id that new_id() can give at this time: a range of ids is a range of time.';

create or replace function pgsched.id_time(p_id bigint) returns timestamptz language sql immutable as $$
  select pg_catalog.to_timestamp((p_id >> 20) + 1577836800) $$;
comment on function pgsched.id_time(bigint) is 'The second in which new_id() gave this id.';

create or replace function pgsched._setting(p_name text) returns bigint language sql stable as $$
  select coalesce(s.value, s.by_default) from pgsched._setting as s where s.name = p_name $$;

create or replace function pgsched._require_range(p_name text, p_value numeric, p_min numeric, p_max numeric)
  returns void language plpgsql immutable as $$
begin
  if p_value between p_min and p_max then return; end if;   -- null falls through too
  raise exception using errcode = 'PS010', message = format('%s must be from %s to %s', p_name, p_min, p_max),
    detail = format('got %s', coalesce(p_value::text, 'null'));
end $$;

create or replace function pgsched._require_fields(p_of text, p_changes jsonb, p_fields text[], p_to_be text default 'changed')
  returns void language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
-- Errors   PS010 something that is none of these fields.
declare
  v_unknown text := (select string_agg(k, ', ' order by k) from jsonb_object_keys(p_changes) as k where k <> all(p_fields));
begin
  if v_unknown is null then return; end if;
  raise exception using errcode = 'PS010', message = format('%s has no %s that could be %s', p_of, v_unknown, p_to_be),
    detail = 'there are ' || array_to_string(p_fields, ', ');
end $$;

create or replace function pgsched._require_version(p_kind text, p_name text, p_version integer, p_expected integer)
  returns void language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
-- Errors   PS026 it is at another version than was expected. NULL: at whatever.
begin
  if p_version = coalesce(p_expected, p_version) then return; end if;
  raise exception using errcode = 'PS026', hint = 'look at it again, then change it',
    message = format('%s %L is at version %s by now, not %s', p_kind, p_name, p_version, p_expected);
end $$;

create or replace function pgsched._require_read_committed() returns void language plpgsql stable as $$
begin
  -- A snapshot older than the locks it waits for would miss what their holders did.
  if current_setting('transaction_isolation') = 'read committed' then return; end if;
  raise exception using errcode = 'PS023',
    message = 'this function runs in READ COMMITTED transactions only',
    detail = format('got %s', current_setting('transaction_isolation')),
    hint = 'begin with: begin isolation level read committed';
end $$;
