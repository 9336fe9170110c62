-- Many events at once, of who has them as JSON: a batch of CloudEvents, the delivery of a webhook.

create or replace function pgsched._said(p_said jsonb, p_now timestamptz, p_cause bigint, p_owner bigint, p_depth integer) returns pgsched._event
  language sql volatile as $$
  -- One of emit_many(), of which each value is checked by its domain.
  select pgsched.new_id(), coalesce((p_said ->> 'time')::timestamptz::pgsched.event_time, p_now)::timestamptz, p_cause, p_owner, p_depth,
         (p_said ->> 'type')::pgsched.event_type::text, coalesce(p_said ->> 'source', 'pgsched')::pgsched.event_source::text,
         (p_said ->> 'subject')::pgsched.event_subject::text, (p_said ->> 'id')::pgsched.event_external_id::text, coalesce(p_said -> 'data', '{}'),
         nullif(p_said -> 'attributes', 'null')::pgsched.event_attributes::jsonb $$;

create or replace function pgsched._of_event(p_events jsonb, p_at integer, p_got text) returns text language sql immutable
  set search_path = pg_catalog, pg_temp as $$
  -- Which of several is at fault; of one, what it has there.
  select case when jsonb_array_length(p_events) > 1 then format('of event %s, the first being 0', p_at)
              else 'got ' || p_got end $$;

create or replace function pgsched._all_said(p_events jsonb) returns pgsched._event[] language plpgsql volatile
  set search_path = pg_catalog, pg_temp as $$
-- The events that emit_many() is told of.   Errors  PS010 and PS027 as it, with the place of the event.
declare
  v_now timestamptz := pgsched.clock();
  v_cause bigint := pgsched._cause();
  v_owner bigint := pgsched._emitter(v_cause);
  v_depth integer := pgsched._depth(v_cause, p_events -> 0 ->> 'type');
  v_bytes bigint := pgsched._setting('args_bytes_max');
  v_all pgsched._event[];
  v_event pgsched._event;
  v_at integer := 0;
  v_constraint text;
  v_field text;
begin
  while v_at < jsonb_array_length(p_events) loop
    v_event := pgsched._said(p_events -> v_at, v_now, v_cause, v_owner, v_depth);
    if pg_column_size(v_event.data || '[]') > v_bytes then   -- || as in emit()
      raise exception using errcode = 'PS010', message = format('data must not exceed %s bytes', v_bytes), column = v_at || '/data',
        detail = pgsched._of_event(p_events, v_at, pg_column_size(v_event.data || '[]') || ' bytes'),
        hint = 'store large data elsewhere and pass its key, or raise the setting args_bytes_max';
    end if;
    v_all[v_at + 1] := v_event;
    v_at := v_at + 1;
  end loop;
  return v_all;
exception when check_violation or data_exception then
  get stacked diagnostics v_constraint = constraint_name;
  v_field := split_part(v_constraint, ' ', 1);
  raise exception using errcode = 'PS010', message = coalesce(nullif(v_constraint, ''), sqlerrm), column = concat_ws('/', v_at, nullif(v_field, '')),
    detail = pgsched._of_event(p_events, v_at, coalesce(quote_literal(left(p_events -> v_at ->> v_field, 100)), 'another value'));
end $$;

create or replace function pgsched.emit_many(events jsonb) returns table (id bigint, known boolean) language plpgsql security definer
  set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
  set jit = off as $$
-- Make an event of each object {type, data, source, subject, id, time, attributes}, and the jobs of all of them at once. Definer: as emit().
-- Returns  a row for each, in their order: the event's id, and whether it was known: one of the same source and id was there, or before it here.
-- Locks    the keys (source, id) in their order: who emits one of them at the same time waits for this transaction.
-- Errors   PS010 no array of 1 to 10000, data too large, a value that is not allowed; PS027 the chain is too deep;
--          PS028 the user may emit none, or not all of these; 23502 no type.
#variable_conflict use_column
declare
  v_owner bigint := pgsched._key_owner();
  v_all pgsched._event[];
begin
  perform pgsched._require_writer();
  perform pgsched._require_range('the number of events',
            case when jsonb_typeof(emit_many.events) = 'array' then jsonb_array_length(emit_many.events) end, 1, 10000);
  v_all := pgsched._all_said(emit_many.events);
  if v_owner <> 0 then
    perform pgsched._require_own_voice(array(select e.type from unnest(v_all) as e), array(select e.source from unnest(v_all) as e));
  end if;
  loop
    insert into pgsched._event_key (source, external_id, owner_id, event_id)
    select distinct on (e.source, e.external_id) e.source, e.external_id, v_owner, e.id
      from unnest(v_all) as e where e.external_id is not null order by e.source, e.external_id, e.id
    on conflict do nothing;
    exit when not exists (   -- else retention has just taken one
      select from unnest(v_all) as e
       where e.external_id is not null
         and not exists (select from pgsched._event_key as k
                          where k.source = e.source and k.external_id = e.external_id and k.owner_id = v_owner));
  end loop;
  insert into pgsched._event
  select e.* from unnest(v_all) as e
   where e.external_id is null or exists (select from pgsched._event_key as k where k.event_id = e.id);
  return query
  select coalesce(k.event_id, e.id), coalesce(k.event_id <> e.id, false)
    from unnest(v_all) with ordinality as e (id, time, cause_job, owner_id, depth, type, source, subject, external_id, data, attributes, place)
    left join pgsched._event_key as k on k.source = e.source and k.external_id = e.external_id and k.owner_id = v_owner
   order by e.place;
end $$;
comment on function pgsched.emit_many is
  'Something happened, many times: make an event of each object {type, data, source, subject, id, time, attributes} of an array '
  '(1..10000), as emit() does, in one transaction. Left out: data {}, source pgsched, time now. attributes: an object of what else there is to '
  'say of it, beside what has a name here. Returns, in order, each event''s id, and whether (source, id) was known.';
