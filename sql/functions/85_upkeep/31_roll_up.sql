create or replace function pgsched._roll_up(p_partition text, p_lo bigint, p_hi bigint, p_from timestamptz, p_to timestamptz)
  returns void language plpgsql set search_path = pg_catalog, pg_temp
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_sort = off set jit = off as $$
-- Add the runs of one partition that ended from p_from to before p_to, all within one slot, to _stat and _stat_day. p_lo and p_hi are the
-- lowest and highest of their job ids, so that _job is read in one partition too: a join that chooses the
-- partition for each row costs 300 us a run at 80 partitions. The planner is pinned, for it knows nothing of a partition
-- that is minutes old: a plain join would keep the _job rows aside and compare each run with all of them, 5 s for 12,000
-- runs. Measured: 1.5 to 2 us a run.
begin
  execute format($q$
    with counted as materialized (
      select r.queue, coalesce(j.task, '?') as task, r.outcome,
             case when r.attempt = 1
                  then pgsched._bucket(1000 * (date_part('epoch', r.started_at) - date_part('epoch', greatest(j.due_at, j.created_at))))
                  end as wait,
             pgsched._bucket(1000 * (date_part('epoch', r.finished_at) - date_part('epoch', r.started_at))) as run,
             count(*) as runs
        from pgsched.%I as r
        left join lateral (select * from pgsched._job as k where k.id = r.job_id and k.id between %s and %s offset 0) as j on true
       where r.finished_at >= $1 and r.finished_at < $2 and r.outcome <> 'redriven'
       group by 1, 2, 3, 4, 5),
    days as (
      insert into pgsched._stat_day as d (day, task, outcome, runs)
      select ($1 at time zone 'UTC')::date, c.task, c.outcome, sum(c.runs) from counted as c group by c.task, c.outcome
      on conflict (day, task, outcome) do update set runs = d.runs + excluded.runs)
    insert into pgsched._stat as s (slot, queue, task, outcome, runs, wait_ms, run_ms)
    select date_bin('10 seconds', $1, '2020-01-01 00:00+00'), c.queue, c.task, c.outcome, sum(c.runs),
           pgsched._histogram(array_agg(c.wait), array_agg(c.runs)), pgsched._histogram(array_agg(c.run), array_agg(c.runs))
      from counted as c group by c.queue, c.task, c.outcome
    on conflict (slot, queue, task, outcome) do update
      set runs = s.runs + excluded.runs, wait_ms = pgsched._add(s.wait_ms, excluded.wait_ms),
          run_ms = pgsched._add(s.run_ms, excluded.run_ms) $q$, p_partition, p_lo, p_hi) using p_from, p_to;
end $$;
