-- A value moved out of a JSON text into a column of its own.
-- == libsql
ALTER TABLE workspaces ADD COLUMN region TEXT;
UPDATE workspaces SET region = json_extract(settings_json, '$.region')
WHERE json_extract(settings_json, '$.region') IS NOT NULL;
-- == postgres
ALTER TABLE workspaces ADD COLUMN region TEXT;
UPDATE workspaces SET region = settings_json::jsonb ->> 'region'
WHERE settings_json::jsonb ->> 'region' IS NOT NULL;
