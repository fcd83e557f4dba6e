-- A table with flags, counters, two keys and an index in the house's way.
-- == libsql
-- Budgets cap what a workspace may spend in a period.
CREATE TABLE budgets (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    period TEXT NOT NULL CHECK (period IN ('day', 'week', 'month')),
    limit_micros INTEGER NOT NULL CHECK (limit_micros >= 0),
    spent_micros INTEGER NOT NULL DEFAULT 0,
    is_hard INTEGER NOT NULL DEFAULT 0 CHECK (is_hard IN (0, 1)),
    notes TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (workspace_id, period)
) STRICT;

CREATE INDEX budgets_hard_idx ON budgets (workspace_id) WHERE is_hard = 1;
-- == postgres
-- Budgets cap what a workspace may spend in a period.
CREATE TABLE budgets (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    period TEXT NOT NULL CHECK (period IN ('day', 'week', 'month')),
    limit_micros BIGINT NOT NULL CHECK (limit_micros >= 0),
    spent_micros BIGINT NOT NULL DEFAULT 0,
    is_hard INTEGER NOT NULL DEFAULT 0 CHECK (is_hard IN (0, 1)),
    notes TEXT,
    created_at BIGINT NOT NULL,
    UNIQUE (workspace_id, period)
);

CREATE INDEX budgets_hard_idx ON budgets (workspace_id) WHERE is_hard = 1;
