create or replace function pgsched._endpoints(p_after text default null, p_limit integer default null)
  returns table (name text, url text, queue text, tasks text[], concurrency integer, running bigint, timeout_s double precision,
                 lease_s double precision, header_names text[], paused boolean, paused_until timestamptz, problem text, version integer,
                 created_at timestamptz, updated_at timestamptz)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
-- The rows of endpoint, by name: p_limit of them, after p_after; NULL: all. Definer: an observer need not read the private table, with its secrets.
declare
  v_now timestamptz := pgsched.clock();
begin
  if pgsched._owners_seen() is not null then return; end if;
  return query
  select e.name::text, regexp_replace(e.url, '[?#].*$', '?...'), q.name, array(select t.name::text from pgsched._task as t
                                                                             where t.endpoint = e.name order by t.name),
         e.concurrency, (select coalesce(sum(cardinality(c.ids)), 0)::bigint from pgsched._claim as c where c.queue = q.name),
         e.timeout_s, e.lease_s, array(select k from jsonb_object_keys(e.headers) as k order by k),
         e.paused, h.until, case when e.paused or h.until is not null then e.problem end, e.version, e.created_at, e.updated_at
    from pgsched._endpoint as e
   cross join lateral (select pgsched._push_queue(e.name) as name) as q
   cross join lateral (select case when e.paused_until > v_now then e.paused_until end as until) as h
   where e.name > coalesce(p_after, '') order by e.name limit p_limit;
end $$;

create or replace view pgsched.endpoint as select * from pgsched._endpoints();
comment on view pgsched.endpoint is
  'Where jobs are sent by HTTP. Secrets, the values of headers and what stands after ? in a url are not shown.';
comment on column pgsched.endpoint.queue is 'Where its jobs wait: stat_queue counts them.';
comment on column pgsched.endpoint.running is 'Requests under way, and jobs that it answered 202 to: at most concurrency.';
comment on column pgsched.endpoint.paused_until is 'It asked for that, by Retry-After; NULL if it is over.';
comment on column pgsched.endpoint.problem is 'Why it is paused, if it was not an operator.';
