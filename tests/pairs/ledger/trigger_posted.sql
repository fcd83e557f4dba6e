-- Lines of a posted journal stay.
-- == libsql
CREATE TRIGGER posting_is_final BEFORE DELETE ON posting
WHEN EXISTS (SELECT 1 FROM journal j WHERE j.id = OLD.journal_id AND j.posted = TRUE)
BEGIN
    SELECT RAISE(ABORT, 'posted journals are final');
END;
-- == postgres
CREATE FUNCTION posting_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM journal j WHERE j.id = OLD.journal_id AND j.posted = TRUE) THEN
        RAISE EXCEPTION 'posted journals are final';
    END IF;
    RETURN OLD;
END;
$$;
CREATE TRIGGER posting_is_final BEFORE DELETE ON posting
    FOR EACH ROW EXECUTE FUNCTION posting_is_final();
