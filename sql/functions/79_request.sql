-- Requests that must be carried out only once, though whoever lost the answer repeats them, or only while a thing is as it was seen.

create or replace function pgsched.begin_request(
    actor text, key text, digest bytea, out status integer, out headers jsonb, out content text)
  language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Claim a key for this transaction, which then calls keep_answer(). Waits for another that has it.
-- Returns  the answer that a request with this key got; NULLs for a new one.
-- Locks    a row of _request.   Errors  PS076 another request had this key; PS023 not READ COMMITTED.
declare
  v_digest bytea;
begin
  perform pgsched._require_read_committed();
  insert into pgsched._request (actor, key, digest, made_at)
  values (begin_request.actor, begin_request.key, begin_request.digest, pgsched.clock()) on conflict do nothing;
  if found then return; end if;
  select r.digest, r.status, r.headers, r.content into v_digest, status, headers, content
    from pgsched._request as r where r.actor = begin_request.actor and r.key = begin_request.key;
  if v_digest is distinct from begin_request.digest then
    raise exception using errcode = 'PS076', message = 'the Idempotency-Key came before, with another request',
      hint = 'a new request needs a key of its own';
  end if;
end $$;
comment on function pgsched.begin_request is 'Begin a request that is carried out once for its key; returns what was answered before, if it was.';

create or replace function pgsched.keep_answer(actor text, key text, status integer, headers jsonb, content text) returns void
  language sql set search_path = pg_catalog, pg_temp as $$
  update pgsched._request as r set status = keep_answer.status, headers = keep_answer.headers, content = keep_answer.content
   where r.actor = keep_answer.actor and r.key = keep_answer.key and r.status is null $$;
comment on function pgsched.keep_answer is 'Keep the answer of a request, in the transaction that began it.';

create or replace function pgsched._expect(p_kind text, p_id text, p_version integer) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
-- That a thing is at a version, and stays so until this transaction changes it: for changes that are not told a version.
-- Locks    its row; of a job, those of _claim, then of _blocked and _ready.
-- Errors   PS026 it is at another version; the error of its kind where the user sees none or may change none.
declare
  v_version integer;
begin
  case p_kind
    when 'job' then
      perform pgsched._require_change(p_id::bigint);
      perform from pgsched._claim as c where c.ids && array[p_id::bigint] for update;
      perform pgsched._require_version(p_id::bigint, p_version);
      return;
    when 'task' then v_version := (pgsched._require_task(p_id)).version;
    when 'endpoint' then v_version := (pgsched._require_endpoint(p_id)).version;
    when 'schedule' then
      perform pgsched._require_schedule(p_id);
      perform pgsched._require_writer();
      select s.version into v_version from pgsched._schedule as s where s.name = p_id and s.deleted_at is null for no key update;
    when 'hook' then
      perform pgsched._require_admin();
      v_version := (pgsched._require_hook(p_id)).version;
    when 'calendar' then
      perform pgsched._require_admin();
      select c.version into v_version from pgsched._calendar as c where c.name = p_id for no key update;
    when 'subscription' then
      perform pgsched._require_admin();
      select s.version into v_version from pgsched._subscription as s where s.name = p_id for no key update;
  end case;
  if v_version is null then return; end if;   -- there is none: what is asked of it says so
  perform pgsched._require_version(p_kind, p_id, v_version, p_version);
end $$;
