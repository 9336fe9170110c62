-- Webhooks of other systems, which become events.

create domain pgsched.hook_name as text
  constraint "name must be 1 to 200 of A-Z a-z 0-9 _ . -, not first _ . -"
    check (value ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,199}$' and value !~ '\n');
comment on domain pgsched.hook_name is 'Name of a hook: the end of the path that deliveries come to.';

create table pgsched._hook (
  name        pgsched.hook_name primary key,
  style       text not null,
  event_type  text not null,
  source      pgsched.event_source not null,
  tolerance_s integer,
  header      text,
  prefix      text,
  algorithm   text,
  encoding    text,
  headers     text[] not null,
  disabled    boolean not null,
  version     integer not null,
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  constraint hook_of_a_known_style check (style in ('hmac', 'standard_webhooks', 'github', 'stripe')),
  constraint "tolerance_s must be 1..86400 where a time is signed, else null"
    check (case when style in ('standard_webhooks', 'stripe') then coalesce(tolerance_s between 1 and 86400, false) else tolerance_s is null end),
  constraint "header, prefix, algorithm, encoding are for style hmac alone"
    check (num_nonnulls(header, prefix, algorithm, encoding) = case style when 'hmac' then 4 else 0 end),
  constraint "header must be a name of 1 to 100 characters of a-z 0-9 -" check (header ~ '^[a-z0-9-]{1,100}$'),
  constraint "prefix must have at most 100 characters" check (length(prefix) <= 100),
  constraint "algorithm must be sha256, sha384, sha512 or sha1" check (algorithm in ('sha256', 'sha384', 'sha512', 'sha1')),
  constraint "encoding must be hex or base64" check (encoding in ('hex', 'base64')),
  constraint "headers must be up to 20 names of a-z 0-9 -, no secret's"
    check (cardinality(headers) <= 20 and array_position(headers, null) is null
           and array_to_string(headers, ',') ~ '^([a-z0-9-]{1,100}(,[a-z0-9-]{1,100})*)?$'
           and not headers && '{authorization,proxy-authorization,cookie}'));
comment on column pgsched._hook.event_type is
  'A type; or text, of which what begins with $ is a JSON path into the event: github.$.data.body.action.';
comment on column pgsched._hook.header is
  'Of style hmac: the header that has the signature: prefix, then the HMAC of the body by algorithm in encoding.';
comment on column pgsched._hook.headers is 'Names of headers that are kept in the event''s data.';

-- Apart, so that no error tells of a secret: Postgres shows the row that a constraint refuses.
create table pgsched._hook_secret (
  id     bigint generated always as identity,
  hook   pgsched.hook_name not null references pgsched._hook on delete cascade,
  secret text not null,
  primary key (hook, id));
comment on column pgsched._hook_secret.secret is
  'As its sender has it: what verifies an HMAC could also make it, so no hash would do. The schema''s owner alone reads it; no view shows it. '
  'Those before the newest are good until the rotation is finished.';

create table pgsched._hook_rate (
  hook       pgsched.hook_name primary key references pgsched._hook on delete cascade,
  used_until timestamptz not null) with (fillfactor = 50);
comment on column pgsched._hook_rate.used_until is
  'Each delivery that is taken adds its part of a minute to it, or to the time, if that is later; it may not be more than a minute ahead.';
insert into pgsched._setting (name, by_default, range, about) values
  ('hook_minute_max', 6000, '[0,1000000]', 'Deliveries that a hook takes a minute, or at once after one without any; 0: any number.');
