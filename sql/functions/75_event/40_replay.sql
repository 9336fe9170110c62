create or replace function pgsched.replay(subscription text, since timestamptz, until timestamptz, max_jobs integer default 10000)
  returns bigint language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Make the jobs that a subscription, as it is now and even if disabled, would have made of the events from since to below until, and
-- did not: it did not exist then, or was disabled, or had a problem. Oldest first, 1,000 events at a time, up to max_jobs (1..100000).
-- Events are told by the second in which they came. Safe to repeat: an event and a subscription make one job, ever.
-- Returns  how many jobs; call again while it returns max_jobs.
-- Locks    the subscription: one replay() waits for the other.   Notifies  as _announce().
-- Errors   PS004 unknown subscription; PS010 max_jobs, since, until; PS023 not READ COMMITTED.
declare
  v_subscription pgsched._subscription;
  v_from bigint;
  v_events pgsched._event[];
  v_made bigint := 0;
begin
  perform pgsched._require_admin();
  perform pgsched._require_range('max_jobs', replay.max_jobs, 1, 100000);
  perform pgsched._require_read_committed();
  if not coalesce(replay.since < replay.until and isfinite(replay.since) and isfinite(replay.until), false) then
    raise exception using errcode = 'PS010', message = 'since must be before until, and both finite',
      detail = format('got %s and %s', coalesce(replay.since::text, 'null'), coalesce(replay.until::text, 'null'));
  end if;
  select s.* into v_subscription from pgsched._subscription as s where s.name = replay.subscription for no key update;
  if not found then perform pgsched._unknown_subscription(replay.subscription); end if;

  v_from := pgsched.id_at(replay.since);
  while v_made < replay.max_jobs loop
    v_events := array(
      select e from pgsched._event as e
       where e.id >= v_from and e.id < pgsched.id_at(replay.until) and v_subscription.event_type = any(pgsched._patterns(e.type))
         and not exists (select from pgsched._event_job as m
                          where m.event_id = e.id and m.subscription_id = v_subscription.id and m.job_id is not null)
       order by e.id limit least(1000, replay.max_jobs - v_made));
    exit when v_events = '{}';
    delete from pgsched._event_job as m
     where m.event_id in (select e.id from unnest(v_events) as e) and m.event_id between (v_events[1]).id and (v_events[cardinality(v_events)]).id
       and m.subscription_id = v_subscription.id and m.job_id is null;
    v_made := v_made + pgsched._make_jobs(v_events, array(select distinct e.type from unnest(v_events) as e), v_subscription.id);
    v_from := (v_events[cardinality(v_events)]).id + 1;
  end loop;
  return v_made;
end $$;
comment on function pgsched.replay is
  'Make the jobs that a subscription would have made of past events, and has not; safe to repeat, also after the subscription was renamed. '
  'Returns how many: call it again while that is max_jobs.';
