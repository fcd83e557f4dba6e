"""The libsql and PostgreSQL engines: statements, transactions, history, scratch databases."""
