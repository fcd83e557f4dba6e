-- Functions that have other names on the other side.
-- == libsql
UPDATE models SET metadata_json = '{}' WHERE instr(metadata_json, '"tier"') > 0;
UPDATE models SET provider = replace(upper(provider), 'NORTH', 'N') || ':' || length(name);
UPDATE requests SET cost_micros = iif(status = 200, ifnull(cost_micros, 0), 0), model_name = ltrim(model_name);
UPDATE workspaces SET name = (SELECT group_concat(label, ',') FROM api_keys k WHERE k.workspace_id = workspaces.id)
 WHERE id = 'ws-2';
-- == postgres
UPDATE models SET metadata_json = '{}' WHERE strpos(metadata_json, '"tier"') > 0;
UPDATE models SET provider = replace(upper(provider), 'NORTH', 'N') || ':' || length(name);
UPDATE requests SET cost_micros = CASE WHEN status = 200 THEN coalesce(cost_micros, 0) ELSE 0 END, model_name = ltrim(model_name);
UPDATE workspaces SET name = (SELECT string_agg(label, ',') FROM api_keys k WHERE k.workspace_id = workspaces.id)
 WHERE id = 'ws-2';
