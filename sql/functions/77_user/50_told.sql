-- Who asks is known to the API's processes for some seconds, and how long tokens last for a minute; where that changes they are told at once.

create or replace function pgsched._tell_of_users() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
-- Notifies pgsched_user.
begin
  perform pgsched._notify('pgsched_user', '');
  return null;
end $$;
create or replace trigger tell after update of role, team, disabled, version on pgsched._user
  for each statement execute function pgsched._tell_of_users();
create or replace trigger tell after update of revoked_at on pgsched._api_key
  for each statement execute function pgsched._tell_of_users();
create or replace trigger tell after insert on pgsched._secret
  for each statement execute function pgsched._tell_of_users();
create or replace trigger tell after update on pgsched._setting
  for each statement execute function pgsched._tell_of_users();
