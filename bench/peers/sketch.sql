-- The tables and two functions of the sketch: see sketch.py.
create schema sketch;
create sequence sketch.seq maxvalue 1048575 cycle;
create function sketch.id_at(t timestamptz) returns bigint language sql immutable as $$
  select floor(extract(epoch from t) - 1577836800)::bigint << 20 $$;
create function sketch.new_id() returns bigint language sql volatile as $$
  select sketch.id_at(clock_timestamp()) | nextval('sketch.seq') $$;

create table sketch.job (
  id bigint primary key, queue text not null, task text not null, priority smallint not null,
  due_at timestamptz not null default clock_timestamp(), args jsonb not null) partition by range (id);
create table sketch.run (
  job_id bigint not null, attempt int not null, outcome "char" not null, queue text not null, worker uuid not null,
  started_at timestamptz not null, finished_at timestamptz not null, primary key (job_id, attempt)) partition by range (job_id);
create table sketch.ready (
  id bigint primary key, queue text not null, priority smallint not null, due_at timestamptz not null, attempt int not null);
create unique index on sketch.ready (queue, priority desc, due_at, id);
create table sketch.claim (
  id bigint generated always as identity primary key, worker uuid not null, queue text not null,
  claimed_at timestamptz not null, ids bigint[] not null, attempts int[] not null);
alter table sketch.claim alter ids set storage plain, alter attempts set storage plain;

do $$
declare
  v_hour timestamptz;
  v_table text;
begin
  for h in -2 .. 3 loop
    v_hour := date_trunc('hour', now()) + h * interval '1 hour';
    foreach v_table in array array['job', 'run'] loop
      execute format('create table sketch.%1$s_%2$s partition of sketch.%1$s for values from (%3$s) to (%4$s)', v_table, h + 2,
                     sketch.id_at(v_hour), sketch.id_at(v_hour + interval '1 hour'));
    end loop;
  end loop;
end $$;

create function sketch.admit() returns trigger language plpgsql as $$
begin
  insert into sketch.ready select n.id, n.queue, n.priority, n.due_at, 1 from new_jobs as n;
  return null;
end $$;
create trigger admit after insert on sketch.job referencing new table as new_jobs
  for each statement execute function sketch.admit();

create function sketch.claim(p_worker uuid, p_queue text, p_limit int)
  returns table (claim bigint, id bigint, task text, args text) language plpgsql
  set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
  set enable_sort = off set jit = off set plan_cache_mode = force_generic_plan as $$
declare
  v_now timestamptz := clock_timestamp();
  v_ids bigint[];
  v_attempts int[];
  v_lo bigint;
  v_hi bigint;
  v_claim bigint;
begin
  with taken as (
    delete from sketch.ready as r where r.ctid = any(array(
      select q.ctid from sketch.ready as q where q.queue = p_queue and q.priority = 0 and q.due_at <= v_now
       order by q.queue, q.priority desc, q.due_at, q.id limit p_limit for update skip locked))
    returning r.id, r.attempt)
  select array_agg(t.id), array_agg(t.attempt), min(t.id), max(t.id) into v_ids, v_attempts, v_lo, v_hi from taken as t;
  if v_ids is null then return; end if;
  insert into sketch.claim (worker, queue, claimed_at, ids, attempts)
  values (p_worker, p_queue, v_now, v_ids, v_attempts) returning sketch.claim.id into v_claim;
  return query select v_claim, j.id, j.task, j.args::text from sketch.job as j
                where j.id = any(v_ids) and j.id between v_lo and v_hi;
end $$;

create function sketch.finish(p_worker uuid, p_claims bigint[]) returns bigint language plpgsql
  set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
  set enable_sort = off set jit = off set plan_cache_mode = force_generic_plan as $$
declare
  v_count bigint;
begin
  with ended as (
    delete from sketch.claim as c where c.id = any(p_claims) and c.worker = p_worker returning c.*)
  insert into sketch.run
  select u.id, u.attempt, 's', e.queue, e.worker, e.claimed_at, clock_timestamp()
    from ended as e cross join unnest(e.ids, e.attempts) as u (id, attempt);
  get diagnostics v_count = row_count;
  return v_count;
end $$;
