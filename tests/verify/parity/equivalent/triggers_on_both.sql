-- Triggers that refuse, and triggers that write, on both sides.
-- == before libsql
CREATE TABLE ledgers (id TEXT PRIMARY KEY NOT NULL, total INTEGER NOT NULL DEFAULT 0, closed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE postings (
    id TEXT PRIMARY KEY NOT NULL,
    ledger_id TEXT NOT NULL REFERENCES ledgers (id) ON DELETE CASCADE,
    amount INTEGER NOT NULL
);
-- == before postgres
CREATE TABLE ledgers (id TEXT PRIMARY KEY, total BIGINT NOT NULL DEFAULT 0, closed BIGINT NOT NULL DEFAULT 0);
CREATE TABLE postings (
    id TEXT PRIMARY KEY,
    ledger_id TEXT NOT NULL REFERENCES ledgers (id) ON DELETE CASCADE,
    amount BIGINT NOT NULL
);
-- == libsql
CREATE TRIGGER postings_add AFTER INSERT ON postings
BEGIN
    UPDATE ledgers SET total = total + NEW.amount WHERE id = NEW.ledger_id;
END;
CREATE TRIGGER postings_immutable BEFORE UPDATE ON postings
WHEN NEW.amount <> OLD.amount
BEGIN
    SELECT RAISE(ABORT, 'postings are immutable');
END;
CREATE TRIGGER ledgers_closed_stays BEFORE UPDATE OF closed ON ledgers
WHEN OLD.closed = 1 AND NEW.closed = 0
BEGIN
    SELECT RAISE(ABORT, 'a closed ledger stays closed');
END;
-- == postgres
CREATE FUNCTION postings_add() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ledgers SET total = total + NEW.amount WHERE id = NEW.ledger_id;
    RETURN NULL;
END $$;
CREATE TRIGGER postings_add AFTER INSERT ON postings FOR EACH ROW EXECUTE FUNCTION postings_add();
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'refused by %', TG_NAME;
END $$;
CREATE TRIGGER postings_immutable BEFORE UPDATE ON postings
    FOR EACH ROW WHEN (NEW.amount <> OLD.amount) EXECUTE FUNCTION refuse();
CREATE TRIGGER ledgers_closed_stays BEFORE UPDATE OF closed ON ledgers
    FOR EACH ROW WHEN (OLD.closed = 1 AND NEW.closed = 0) EXECUTE FUNCTION refuse();
