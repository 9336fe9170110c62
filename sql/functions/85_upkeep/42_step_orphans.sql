create or replace function pgsched._step_orphans(p_now timestamptz, p_mark bigint, p_did bigint) returns pgsched._step
  language plpgsql set search_path = pg_catalog, pg_temp set jit = off as $$
-- Look once at each job when it is a minute old: one that is in no table and never succeeded (after a restore of some tables
-- only, or from replicas) is made ready again. 5,000 jobs a call; who falls ten minutes behind jumps, after that call.
-- Notifies  as _announce().   Warns  of what it found.
declare
  c_few constant integer := 5000;
  v_end bigint := pgsched.id_at(p_now - interval '1 minute');
  v_ids bigint[] := array(select j.id from pgsched._job as j where j.id > p_mark and j.id < v_end order by j.id limit c_few);
  v_full boolean := cardinality(v_ids) = c_few;
  v_mark bigint := case when v_full and pgsched.id_time(v_ids[c_few]) > p_now - interval '10 minutes' then v_ids[c_few]
                        else v_end - 1 end;
  v_orphans bigint[];
  v_note text;
begin
  if p_mark = 0 then   -- a new installation, or the first time
    return ('began', 0, v_end - 1, p_now + interval '5 seconds', null)::pgsched._step;
  end if;
  v_orphans := pgsched._orphans(v_ids);
  if v_orphans <> '{}' then
    perform pgsched._admit_orphans(v_orphans, p_now);
    v_note := format('%s jobs in no table were made ready again at %s, the first is %s',
                     cardinality(v_orphans), p_now, v_orphans[1]);
    raise warning using message = v_note, hint = 'was this database restored in part, or is it a copy made by replication?';
  end if;
  return (format('looked at %s jobs, %s were in no table', cardinality(v_ids), cardinality(v_orphans)),
          cardinality(v_orphans), greatest(v_mark, p_mark),
          p_now + case when v_full then interval '1 second' else interval '5 seconds' end, v_note)::pgsched._step;
end $$;

create or replace function pgsched._orphans(p_ids bigint[]) returns bigint[] language sql stable
  set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
  -- Those of these jobs that are in no table and have not succeeded, by one snapshot: in two, a job that moves is in neither.
  select coalesce(array_agg(o.id order by o.id), '{}') from (
    select u as id from unnest(p_ids) as u
    except select r.id from pgsched._ready as r where r.id = any(p_ids)
    except select b.id from pgsched._blocked as b where b.id = any(p_ids)
    except select c.id from pgsched._claim as q cross join unnest(q.ids) as c (id)
    except select e.id from pgsched._ended as e where e.id = any(p_ids)
    except select r.job_id from pgsched._run as r
            where r.job_id = any(p_ids) and r.job_id between p_ids[1] and p_ids[cardinality(p_ids)] and r.outcome = 'succeeded') as o $$;

create or replace function pgsched._admit_orphans(p_ids bigint[], p_now timestamptz) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- Make these jobs ready, after their last attempt. Notifies  as _announce().
declare
  v_void text;
begin
  with ready as (
    insert into pgsched._ready (id, queue, priority, attempt, due_at)
    select j.id, j.queue, j.priority, 1 + coalesce((select max(r.attempt) from pgsched._run as r where r.job_id = j.id), 0),
           greatest(j.due_at, p_now)
      from pgsched._job as j where j.id = any(p_ids)
    returning queue, priority, due_at)
  select pgsched._announce(array_agg(l.queue), array_agg(l.priority), array_agg(l.due_at)) into v_void
    from (select r.queue, r.priority, min(r.due_at) as due_at from ready as r group by r.queue, r.priority) as l;
end $$;
