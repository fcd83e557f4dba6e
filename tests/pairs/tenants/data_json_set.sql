-- A document changed in place.
-- == libsql
update tenants set profile = json_set(profile, '$.seats', 7) where plan = 'team';
update members set preferences = json_object('theme', 'plain') where preferences is null;
update projects set labels = json_array('old') where archived = 1;
-- == postgres
update tenants set profile = jsonb_set(profile, '{seats}', '7') where plan = 'team';
update members set preferences = jsonb_build_object('theme', 'plain') where preferences is null;
update projects set labels = jsonb_build_array('old') where archived;
