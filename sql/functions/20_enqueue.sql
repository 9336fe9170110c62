-- A job comes into being: one INSERT into the view, or enqueue(), or enqueue_many().

create or replace function pgsched._refuse_id() returns bigint language plpgsql volatile as $$
begin
  -- volatile: the planner would call an immutable one, and refuse rows that give NULL or DEFAULT
  raise exception using errcode = 'PS010', message = 'id, state, attempt, created_at, task_version and owner are given by the database',
    hint = 'leave them out of the INSERT';
end $$;

create or replace view pgsched.job as
select j.id, j.task,
       coalesce(r.queue, b.queue, e.queue, j.queue) as queue,
       coalesce(r.priority, b.priority, j.priority) as priority,
       j.args,
       case when r.id is not null then
              case when r.due_at > n.now then 'scheduled'
                   when exists (select from pgsched._task as t where t.name = j.task and t.held) then 'blocked'
                   else 'ready' end
            when b.id is not null then 'blocked'
            when j.id in (select unnest(c.ids) from pgsched._claim as c) then 'running'
            else coalesce(e.state::text, 'succeeded') end::pgsched.job_state as state,
       case when r.id is not null then r.attempt - 1
            when b.id is not null then b.attempt - 1
            when e.id is not null then e.attempt
            when j.id in (select unnest(c.ids) from pgsched._claim as c)
              then (select c.attempts[array_position(c.ids, j.id)] from pgsched._claim as c where c.ids @> array[j.id])
            end as attempt,
       coalesce(j.max_attempts, (select t.max_attempts from pgsched._task as t where t.name = j.task), 10) as max_attempts,
       coalesce(r.due_at, b.due_at, j.due_at) as due_at,
       j.created_at, j.key, j.labels, j.timeout_s, j.retry, j.parent_id, j.trace, j.task_version,
       case when j.owner_id is not null then (select u.name from pgsched._user as u where u.id = j.owner_id) end::text as owner, j.owner_id
  from pgsched._job as j
 -- not in the list above: with a volatile function there, ORDER BY id LIMIT 20 would read every job
 cross join (select pgsched.clock() as now) as n
  left join pgsched._ready as r on r.id = j.id
  left join pgsched._blocked as b on b.id = j.id
  left join pgsched._ended as e on e.id = j.id
 where case when (select pgsched._owners_seen()) is null then true else j.owner_id = any((select pgsched._owners_seen())::bigint[]) end;
comment on view pgsched.job is
  'Every job, and the front door: INSERT INTO pgsched.job (task, args) makes one. What the INSERT leaves out or gives as NULL comes from '
  'the task''s policy (queue and priority as it is now; max_attempts, timeout_s and retry as it is when the job runs), else is queue '
  'default, priority 0, 10 attempts, args {}, due at once. '
  'state is derived; attempt counts claims so far and is NULL once succeeded; RETURNING gives neither. UPDATE and DELETE are refused: use '
  'cancel(), reschedule(), redrive(). In one-row VALUES, task must not be a volatile expression: use '
  'INSERT .. SELECT. timeout_s and retry are NULL where the task''s policy holds; task_version is the '
  'version of that policy that the job was made under, NULL if the task was not in the catalogue.';
comment on column pgsched.job.owner is 'The user whose job it is; NULL: nobody''s. A child has its parent''s, a job of a schedule the schedule''s.';

create or replace function pgsched._caused_by(p_job bigint) returns bigint language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp as $$
-- The event that made a job, or the first of its parents that an event made. NULL: none did. Labels may say anything, hence the look in
-- _event_job. A job knows its parents' from when it was made, so that no number of jobs in between hides it, and none costs a look.
-- Definer: whoever makes a job of a job need not read private tables.
declare
  v_job pgsched._job;
begin
  select j.* into v_job from pgsched._job as j where j.id = p_job;
  if v_job.labels ->> 'event' ~ '^[0-9]{1,18}$' and exists (
    select from pgsched._event_job as m where m.event_id = (v_job.labels ->> 'event')::bigint and m.job_id = p_job)
  then return (v_job.labels ->> 'event')::bigint; end if;
  return v_job.cause_event;
end $$;

-- A rule, not a BEFORE ROW trigger: a column that the INSERT names costs nothing, one that it leaves out is
-- looked up once a statement where the task is a constant, and the view may show live values. CASE: the five checks of
-- retry_policy, which each statement makes ready, are left out where the column is; 4 of 33 us more than a bare INSERT. It
-- evaluates retry twice, where no volatile expression is to be expected.
create or replace rule job_insert as on insert to pgsched.job do instead
insert into pgsched._job (id, due_at, created_at, timeout_s, parent_id, owner_id, cause_event, priority, max_attempts, queue, task, args,
                          retry, key, labels, trace, task_version)
values (case when new.id is null and new.state is null and new.attempt is null and new.created_at is null and new.task_version is null
              and new.owner is null and new.owner_id is null then pgsched.new_id() else pgsched._refuse_id() end,
        coalesce(new.due_at, pgsched.clock())::pgsched.job_due_at, clock_timestamp(),
        new.timeout_s::pgsched.job_timeout_s, new.parent_id,
        case when new.parent_id is not null then pgsched._owner_of(new.parent_id)
             when current_setting('pgsched.actor', true) ~ '^[0-9]{1,18}$' then current_setting('pgsched.actor', true)::bigint end,
        case when new.parent_id is not null then pgsched._caused_by(new.parent_id) end,
        coalesce(new.priority, (select t.priority from pgsched._task as t where t.name = new.task), 0)::pgsched.job_priority,
        new.max_attempts::pgsched.job_max_attempts,
        coalesce(new.queue, (select t.queue from pgsched._task as t where t.name = new.task), 'default')::pgsched.queue_name,
        new.task::pgsched.task_name, coalesce(new.args, '{}')::pgsched.job_args,
        case when new.retry is not null then new.retry::pgsched.retry_policy end,
        new.key::pgsched.job_key, new.labels::pgsched.job_labels, new.trace,
        (select t.version from pgsched._task as t where t.name = new.task))
returning id, task, queue, priority, args, null::pgsched.job_state, null::integer,
          coalesce(max_attempts, (select t.max_attempts from pgsched._task as t where t.name = task), 10), due_at, created_at, key, labels,
          timeout_s, retry, parent_id, trace, task_version, null::text, owner_id;

create or replace function pgsched._admit() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp set jit = off set plan_cache_mode = force_generic_plan as $$
-- Give each job just inserted its row in _ready, make its lane known, wake a sleeper.
-- Definer: whoever may insert into the view need not touch the private tables.
-- Locks    nothing that exists.   Notifies  pgsched, if a sleeper would wake later than a job is due.
-- Errors   PS010 args too large; PS001, PS028 as _require_children().
declare
  v_now timestamptz := pgsched.clock();
  v_count bigint;
  v_bytes bigint;
  v_told boolean;
begin
  if current_setting('pgsched.actor', true) <> '' then
    if exists (select from new_jobs as n where n.parent_id is not null) then
      perform pgsched._require_children(array(select distinct n.parent_id from new_jobs as n where n.parent_id is not null));
    else   -- 12 us where to find out that there are no parents takes 26
      perform pgsched._require_writer();
    end if;
  end if;
  insert into pgsched._ready (id, queue, priority, attempt, due_at)
  select n.id, n.queue, n.priority, 1, greatest(n.due_at, v_now) from new_jobs as n;
  get diagnostics v_count = row_count;
  -- One look decides whether anything else is to be done: under load lanes are known, and nobody sleeps.
  -- || detoasts, so that the size is that before compression. A single row needs no grouping: 5 of 49 us.
  if v_count = 1 then
    select pg_column_size(case when pg_column_compression(n.args) is null then n.args else n.args || '{}' end),
           exists (select from pgsched._lane as k where k.queue = n.queue and k.priority = n.priority)
           and not exists (select from pgsched._idle)
      into v_bytes, v_told
      from new_jobs as n;
  else
    select max(l.bytes), bool_and(exists (select from pgsched._lane as k where k.queue = l.queue and k.priority = l.priority))
                         and not exists (select from pgsched._idle)
      into v_bytes, v_told
      from (select n.queue, n.priority,
                   max(pg_column_size(case when pg_column_compression(n.args) is null then n.args else n.args || '{}' end)) as bytes
              from new_jobs as n group by n.queue, n.priority) as l;
  end if;
  if v_bytes > 1024 and v_bytes > pgsched._setting('args_bytes_max') then
    raise exception using errcode = 'PS010',
      message = format('args must not exceed %s bytes', pgsched._setting('args_bytes_max')),
      detail = format('got %s bytes', v_bytes),
      hint = 'store large data elsewhere and pass its key, or raise the setting args_bytes_max';
  end if;
  if not v_told or current_setting('transaction_isolation') <> 'read committed' then
    perform pgsched._announce(array_agg(l.queue), array_agg(l.priority), array_agg(l.due_at))
       from (select n.queue, n.priority, min(n.due_at) as due_at from new_jobs as n group by n.queue, n.priority) as l;
  end if;
  return null;
end $$;
create or replace trigger admit after insert on pgsched._job
  referencing new table as new_jobs for each statement execute function pgsched._admit();

create or replace function pgsched._refuse_change() returns trigger language plpgsql as $$
begin
  raise exception using errcode = 'PS024', message = format('%s on pgsched.%s is refused: it tells immutable facts', tg_op, tg_table_name),
    hint = 'of a job, use pgsched.cancel(id), pgsched.reschedule(id, due_at) or pgsched.redrive(id)';
end $$;
create or replace trigger refuse_change instead of update or delete on pgsched.job
  for each row execute function pgsched._refuse_change();

create or replace function pgsched._due_at(p_due_at timestamptz, p_delay interval) returns timestamptz
  language plpgsql volatile as $$
begin
  if p_delay is null then return p_due_at; end if;
  if p_due_at is not null then
    raise exception using errcode = 'PS010', message = 'give either due_at or delay, not both';
  elsif p_delay < interval '0' then
    raise exception using errcode = 'PS010', message = 'delay must not be negative', detail = format('got %s', p_delay);
  elsif p_delay > interval '7000 years' then
    raise exception using errcode = 'PS010', message = 'due_at must be finite and before the year 10000',
      detail = format('got a delay of %s', p_delay);
  end if;
  return pgsched.clock() + p_delay;
end $$;

create or replace function pgsched.enqueue(
    task text, args jsonb default '{}', queue text default null, priority integer default null,
    due_at timestamptz default null, delay interval default null, max_attempts integer default null,
    timeout_s double precision default null, retry jsonb default null, key text default null, labels jsonb default null,
    trace text default null, parent_id bigint default null)
  returns bigint language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Make one job, in the caller's transaction. Invoker: it takes the same rights as the INSERT.
-- Returns  its id.
-- Errors   PS010 delay; 23514 and 23502 with a constraint whose name says what is allowed;
--          where a user may not, as _require_children().
declare
  v_id bigint;
begin
  insert into pgsched.job (task, args, queue, priority, due_at, max_attempts, timeout_s, retry, key, labels, trace, parent_id)
  values (enqueue.task, enqueue.args, enqueue.queue, enqueue.priority,
          pgsched._due_at(enqueue.due_at, enqueue.delay), enqueue.max_attempts, enqueue.timeout_s, enqueue.retry,
          enqueue.key, enqueue.labels, enqueue.trace, enqueue.parent_id)
  returning job.id into v_id;
  return v_id;
end $$;
comment on function pgsched.enqueue is
  'Make one job; returns its id. NULL means the task''s policy, else: queue default, priority 0 (-100..100, higher first), due now, 10 attempts. '
  'due_at in the past means now; delay (not negative) counts from now.';

create or replace function pgsched.enqueue_many(
    task text, args jsonb[], queue text default null, priority integer default null,
    due_at timestamptz default null, delay interval default null, max_attempts integer default null,
    timeout_s double precision default null, retry jsonb default null, labels jsonb default null)
  returns setof bigint language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Make one job of a task for each element of args, in one INSERT.
-- Returns  their ids, in the order of args.   Errors  as enqueue().
declare
  v_due_at timestamptz := pgsched._due_at(enqueue_many.due_at, enqueue_many.delay);
begin
  return query
  insert into pgsched.job (task, args, queue, priority, due_at, max_attempts, timeout_s, retry, labels)
  select enqueue_many.task, a.args, enqueue_many.queue, enqueue_many.priority, v_due_at, enqueue_many.max_attempts,
         enqueue_many.timeout_s, enqueue_many.retry, enqueue_many.labels
    from unnest(enqueue_many.args) as a (args)
  returning job.id;
end $$;
comment on function pgsched.enqueue_many is 'Make one job of one task for each element of args; returns their ids in that order. Else as enqueue().';

create or replace function pgsched._enqueue_rows(p_rows jsonb) returns setof bigint language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Make a job of each row of a JSON array: task, and what else enqueue() takes, delay_s for delay. Names that a job has not are passed over:
-- whoever calls has checked the rows.   Returns  their ids, in that order.   Errors  as enqueue().
begin
  return query
  insert into pgsched.job (task, args, queue, priority, due_at, max_attempts, timeout_s, retry, key, labels, trace, parent_id)
  select n.task, n.args, n.queue, n.priority,
         case when n.delay_s is null then n.due_at else pgsched._due_at(n.due_at, make_interval(secs => n.delay_s)) end,
         n.max_attempts, n.timeout_s, jsonb_strip_nulls(n.retry), n.key, n.labels, n.trace, n.parent_id
    from jsonb_to_recordset(p_rows) as n (
         task text, args jsonb, queue text, priority integer, due_at timestamptz, delay_s float8, max_attempts integer,
         timeout_s float8, retry jsonb, key text, labels jsonb, trace text, parent_id bigint)
  returning job.id;
end $$;
