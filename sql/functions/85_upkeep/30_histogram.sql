-- Histograms of durations, as in _stat: four buckets to each doubling, so a percentile is right within 10 %.

create or replace function pgsched._bucket(p_ms double precision) returns integer language sql immutable as $$
  -- 5.77.. is 4 / ln 2. No SET: it runs for each run and must be inlined.
  select least(floor(ln(greatest(p_ms, 1)) * 5.770780163555854)::integer + 1, 128) $$;

create or replace function pgsched._histogram(p_buckets integer[], p_runs bigint[]) returns integer[] language sql immutable
  set search_path = pg_catalog, pg_temp as $$
  -- The histogram with so many runs in these buckets. Buckets may repeat, or be NULL: those do not count.
  select coalesce(array_agg(coalesce(n.runs, 0)::integer order by k.k), '{}')
    from generate_series(1, (select max(u) from unnest(p_buckets) as u)) as k (k)
    left join (select u.bucket, sum(u.runs) as runs from unnest(p_buckets, p_runs) as u (bucket, runs) group by u.bucket) as n
      on n.bucket = k.k $$;

create or replace function pgsched._add(p_a integer[], p_b integer[]) returns integer[] language sql immutable parallel safe
  set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(coalesce(u.a, 0) + coalesce(u.b, 0) order by u.k), '{}')
    from unnest(p_a, p_b) with ordinality as u (a, b, k) $$;
comment on function pgsched._add(integer[], integer[]) is 'The sum of two histograms.';

create or replace aggregate pgsched._add(integer[]) (sfunc = pgsched._add, stype = integer[], initcond = '{}', parallel = safe);
comment on aggregate pgsched._add(integer[]) is 'The sum of histograms; {} of none.';

create or replace function pgsched._percentile(p_histogram integer[], p_share double precision) returns double precision
  language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  -- Inside a bucket runs count as spread evenly over the logarithm.
  select power(2, (b.k - 1 + (p_share * b.total - b.below) / b.runs) / 4)
    from (select u.k, u.runs, sum(u.runs) over () as total, sum(u.runs) over (order by u.k) - u.runs as below
            from unnest(p_histogram) with ordinality as u (runs, k)) as b
   where b.runs > 0 and b.below + b.runs >= p_share * b.total order by b.k limit 1 $$;
comment on function pgsched._percentile(integer[], double precision) is
  'The duration in ms that a share (0..1) of a histogram of _stat does not exceed, right within 10 %; NULL if it is empty. At least 1.';
