-- tick_apart(): slots of a schedule that has somebody else's function called, or waits for somebody else's lock; or that failed before.

create or replace function pgsched._ask(p_condition text, p_schedule text, p_nominals timestamptz[], out refused timestamptz[], out reasons text[],
                                        out unasked timestamptz[], out problem text) language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Ask the condition of a schedule for each of these slots, in this order, with the rights of whoever ticks: so it must belong to somebody who
-- has these rights anyway. Nobody may have made it so slow that it was cancelled, or with an ASSERT, that we stop here.
-- Returns  the slots for which it is not true, and why; those that time ran out for; and what is wrong with it.
declare
  v_condition record;
  v_holds boolean;
begin
  refused := '{}';
  reasons := '{}';
  unasked := '{}';
  for v_n in 1..cardinality(p_nominals) loop
    if problem is null then
      begin
        v_condition := pgsched._condition(p_condition);
        if not pg_has_role(v_condition.owner, current_user, 'usage')
           and not pg_has_role(v_condition.owner, (select n.nspowner from pg_catalog.pg_namespace as n where n.nspname = 'pgsched'), 'usage') then
          raise exception using errcode = '42501',
            message = format('its owner, %s, must be %s, the owner of schema pgsched or a superuser', v_condition.owner::regrole, current_user);
        end if;
        execute format('select %s($1, $2)', v_condition.routine) into v_holds using p_schedule, p_nominals[v_n];
      exception
        when query_canceled then   -- one that takes all the time is refused; one that others left too little for is asked again
          problem := format('condition %s: %s', p_condition, sqlerrm);
          unasked := p_nominals[greatest(v_n, 2):];
          if v_n > 1 then return; end if;
          refused := p_nominals[1:1];
          reasons := array[problem];
          return;
        when assert_failure or others then
          problem := format('condition %s: %s', p_condition, sqlerrm);
      end;
    end if;
    if problem is not null or v_holds is not true then
      refused := refused || p_nominals[v_n];
      reasons := reasons || coalesce(problem, 'condition');
    end if;
  end loop;
end $$;

create or replace function pgsched._cancel_before(p_schedule pgsched._schedule) returns void language plpgsql
  set search_path = pg_catalog, pg_temp set lock_timeout = '50ms' as $$
-- Cancel the jobs of a schedule that have not ended, in the order of their claims.   Errors  55P03 one is locked.
begin
  perform pgsched.cancel(u.id)
     from (select j.id from unnest(pgsched._live(p_schedule.last_jobs)) as j (id)
             left join pgsched._claim as c on c.ids @> array[j.id] order by c.id nulls first, j.id) as u;
end $$;

create or replace function pgsched._fire_apart(p_schedule pgsched._schedule, p_now timestamptz) returns integer language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Decide the slots of one schedule that can be decided now, with its condition. Those that it cannot be asked for in time stay planned:
-- others have their turn first.
-- Returns  how many.   Locks  its row is locked; _claim rows of jobs that it cancels.   Errors  55P03 such a row is locked.
declare
  v_busy text[] := pgsched._busy(array[p_schedule.name::text]);
  v_due pgsched._plan[] := pgsched._take_due(array[p_schedule.name::text], v_busy, p_now);
  v_asked record;
  v_decided pgsched._decision[];
begin
  if p_schedule.condition is not null then
    v_asked := pgsched._ask(p_schedule.condition, p_schedule.name, array(
      select c.nominal from pgsched._candidates(v_due, p_now) as c where c.why_not is null order by c.nominal));
  else
    select '{}'::timestamptz[] as refused, '{}'::text[] as reasons, '{}'::timestamptz[] as unasked, null::text as problem into v_asked;
  end if;
  v_decided := array(
    select d from pgsched._decide(v_due, v_asked.refused || v_asked.unasked,
                                  v_asked.reasons || array_fill('not asked'::text, array[cardinality(v_asked.unasked)]), v_busy, p_now) as d
     where d.nominal <> all(v_asked.unasked));
  insert into pgsched._plan select d.* from unnest(v_due) as d where d.nominal = any(v_asked.unasked);
  if p_schedule.overlap = 'cancel' and exists (select from unnest(v_decided) as d where d.outcome = 'fired') then
    perform pgsched._cancel_before(p_schedule);
  end if;
  perform pgsched._settle_slots(v_decided, v_busy, p_now);
  update pgsched._schedule as s 
     set retry_at = case when v_asked.unasked <> '{}' then p_now + interval '5 seconds' end, tick_problem = v_asked.problem
   where s.name = p_schedule.name;
  return cardinality(v_decided);
end $$;

create or replace function pgsched.tick_apart() returns integer language plpgsql set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
-- Decide the slots of one schedule whose time has come and that tick() leaves out: it has a condition, a job to cancel, or failed before. Call
-- it in a transaction of its own, with a statement_timeout: a condition that is cancelled by it refuses its slot. If it fails, the error
-- becomes the schedule's problem, and it is tried again in a minute; after a second, if only a job to cancel was locked.
-- Returns  how many slots were decided.
-- Locks    one _schedule row, skipping what is locked; _claim rows, for 50 ms at most.   Notifies  as an enqueue; pgsched_cancel.
-- Errors   PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_schedule pgsched._schedule;
begin
  perform pgsched._require_admin();
  perform pgsched._require_read_committed();
  select s.* into v_schedule
    from unnest(pgsched._due(v_now, 1000, true)) with ordinality as d (name, n) join pgsched._schedule as s on s.name = d.name
   where s.deleted_at is null and (s.condition is not null or s.retry_at is not null) and coalesce(s.retry_at <= v_now, true)
     and s.name <> all(array(select t.schedule from pgsched._stale as t))
   order by d.n limit 1 for no key update of s skip locked;
  if not found then return 0; end if;
  begin
    return pgsched._fire_apart(v_schedule, v_now);
  exception
    when lock_not_available then
      update pgsched._schedule as s set retry_at = v_now + interval '1 second' where s.name = v_schedule.name;
    when query_canceled or others then   -- cut off while it waits for a lock, or after a condition that took almost all of the time
      update pgsched._schedule as s set retry_at = v_now + interval '1 minute', tick_problem = sqlerrm where s.name = v_schedule.name;
  end;
  return 0;
end $$;
comment on function pgsched.tick_apart is
  'As tick(), for one schedule that has a condition, a job to cancel, or failed before. Call it in a transaction of its own, with a '
  'statement_timeout of a second or so, while tick() says that there is something.';
