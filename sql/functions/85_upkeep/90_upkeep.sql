create or replace function pgsched.upkeep() returns table (step text, done text, more boolean) language plpgsql
  security definer set search_path = pg_catalog, pg_temp set jit = off as $$
-- Do the one step that has been due the longest and that nobody else is at. Definer: partitions are their owner's.
-- Returns  one row: the step (NULL if none was due), what was done, and whether another call would find something to do.
-- Locks    a row of _upkeep, and what the step says. Locks of tables are waited for 50 ms at most; if that fails, or the
--          step does, the row says so, and the step is due again in 10 or 60 s. Call it in a transaction of its own.
-- Notifies as _announce().   Errors  PS023 not READ COMMITTED.
declare
  v_now timestamptz := pgsched.clock();
  v_due pgsched._upkeep;
  v_step pgsched._step;
  v_error text;
begin
  perform pgsched._require_admin();
  perform pgsched._require_read_committed();
  select u.* into v_due from pgsched._upkeep as u where u.next_at <= v_now order by u.next_at, u.step limit 1 for update skip locked;
  if not found then return query select null::text, 'nothing is due'::text, false; return; end if;

  begin
    execute format('select s.* from pgsched.%I($1, $2, $3) as s', '_step_' || v_due.step)
      into v_step using v_now, v_due.mark, v_due.did;
  exception
    when lock_not_available then
      v_step := (format('gave up after 50 ms: %s', sqlerrm), null, v_due.mark, v_now + interval '10 seconds', null);
    when others then
      v_error := format('%s %s', sqlstate, sqlerrm);
      v_step := (v_error, null, v_due.mark, v_now + interval '1 minute', null);
      raise warning using message = format('upkeep step %s failed: %s', v_due.step, v_error);
  end;
  update pgsched._upkeep as u
     set next_at = v_step.next_at, done_at = v_now, mark = v_step.mark, did = coalesce(v_step.did, u.did),
         total = u.total + coalesce(v_step.did, 0), note = coalesce(v_step.note, u.note), error = v_error
   where u.step = v_due.step;
  return query select v_due.step, v_step.done, exists (select from pgsched._upkeep as u where u.next_at <= v_now);
end $$;
comment on function pgsched.upkeep() is
  'One short step of what keeps pgsched in shape: partitions, retention, roll-ups, leavings, lost jobs. Call it, each time in a '
  'transaction of its own, while more is true, and every few seconds; any number of callers may, none leads and none waits.';
