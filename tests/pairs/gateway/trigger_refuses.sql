-- A rule over old and new values that no CHECK can say.
-- == libsql
CREATE TRIGGER api_keys_stay_revoked BEFORE UPDATE OF is_revoked ON api_keys
WHEN OLD.is_revoked = 1 AND NEW.is_revoked = 0
BEGIN
    SELECT RAISE(ABORT, 'a revoked key stays revoked');
END;
-- == postgres
CREATE FUNCTION api_keys_stay_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a revoked key stays revoked';
END;
$$;
CREATE TRIGGER api_keys_stay_revoked BEFORE UPDATE OF is_revoked ON api_keys
    FOR EACH ROW WHEN (OLD.is_revoked = 1 AND NEW.is_revoked = 0) EXECUTE FUNCTION api_keys_stay_revoked();
