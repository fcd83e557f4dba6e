-- A rule that libsql keeps with triggers, to save the rebuild.
-- == libsql
CREATE TRIGGER models_provider_insert BEFORE INSERT ON models
WHEN NEW.provider NOT IN ('north', 'south', 'east')
BEGIN
    SELECT RAISE(ABORT, 'models.provider is not known');
END;
CREATE TRIGGER models_provider_update BEFORE UPDATE OF provider ON models
WHEN NEW.provider NOT IN ('north', 'south', 'east')
BEGIN
    SELECT RAISE(ABORT, 'models.provider is not known');
END;
-- == postgres
ALTER TABLE models ADD CONSTRAINT models_provider_known
    CHECK (provider IN ('north', 'south', 'east')) NOT VALID; -- triggers do not look at old rows either
