-- Python that jobs of python.script run by name.

create domain pgsched.script_name as text
  constraint "name of a script must have 1 to 200 characters" check (length(value) between 1 and 200);
comment on domain pgsched.script_name is 'Name of a script.';

create table pgsched._script (
  name     pgsched.script_name not null,
  version  integer not null,
  source   text not null,
  saved_at timestamptz not null,
  saved_by text not null,
  primary key (name, version),
  constraint "source of a script must have at most 1048576 bytes" check (octet_length(source) <= 1048576));
