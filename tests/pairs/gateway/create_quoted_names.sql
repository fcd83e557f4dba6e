-- Names that are keywords, in mixed case, with blanks; a default with a quote in it.
-- == libsql
CREATE TABLE "Order" (
    "id" TEXT PRIMARY KEY NOT NULL,
    "group" TEXT NOT NULL DEFAULT 'it''s',
    "Unit Price" INTEGER NOT NULL CHECK ("Unit Price" >= 0),
    "select" INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX "Order_Group_idx" ON "Order" ("group", "Unit Price" DESC);
-- == postgres
CREATE TABLE "Order" (
    "id" TEXT PRIMARY KEY,
    "group" TEXT NOT NULL DEFAULT 'it''s',
    "Unit Price" BIGINT NOT NULL CHECK ("Unit Price" >= 0),
    "select" BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX "Order_Group_idx" ON "Order" ("group", "Unit Price" DESC);
