-- A time that a trigger keeps.
-- == libsql
alter table projects add column touches integer not null default 0;
create trigger projects_touch after update of title on projects
when new.title <> old.title
begin
  update projects set touches = touches + 1 where id = new.id;
end;
-- == postgres
alter table projects add column touches bigint not null default 0;
create function projects_touch() returns trigger language plpgsql as $$
begin
  update projects set touches = touches + 1 where id = new.id;
  return null;
end;
$$;
create trigger projects_touch after update of title on projects
  for each row when (new.title <> old.title) execute function projects_touch();
