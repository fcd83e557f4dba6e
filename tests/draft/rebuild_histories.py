"""Histories in which libsql rebuilds a table that others refer to, with rows everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

LIBSQL = """
CREATE TABLE orgs (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL);
CREATE TABLE log (what TEXT NOT NULL);
CREATE TABLE items (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice
  org_id TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
  parent_id INTEGER REFERENCES items (id) ON DELETE SET NULL,
  kind TEXT NOT NULL CHECK (kind IN ('a', 'b')),
  size INTEGER,
  note TEXT DEFAULT 'none', -- free text
  UNIQUE (org_id, kind, size)
);
CREATE INDEX items_size_idx ON items (size) WHERE size > 1;
CREATE INDEX items_note_idx ON items (lower(note));
CREATE TABLE parts (
  id INTEGER PRIMARY KEY,
  item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  label TEXT NOT NULL
);
CREATE TABLE pieces (
  id INTEGER PRIMARY KEY,
  part_id INTEGER NOT NULL REFERENCES parts (id) ON DELETE RESTRICT
);
CREATE TABLE remarks (
  id INTEGER PRIMARY KEY,
  item_id INTEGER REFERENCES items (id) ON DELETE SET NULL
);
CREATE TABLE orders (id INTEGER PRIMARY KEY, item_id INTEGER NOT NULL REFERENCES items (id));
CREATE TABLE places (
  org_id TEXT NOT NULL,
  nr INTEGER NOT NULL,
  title TEXT,
  PRIMARY KEY (org_id, nr)
);
CREATE TABLE stays (
  id INTEGER PRIMARY KEY,
  org_id TEXT NOT NULL,
  nr INTEGER NOT NULL,
  FOREIGN KEY (org_id, nr) REFERENCES places (org_id, nr) ON DELETE CASCADE
);
CREATE TRIGGER parts_gone AFTER DELETE ON parts BEGIN INSERT INTO log VALUES ('gone'); END;
CREATE TRIGGER items_sized AFTER UPDATE OF size ON items WHEN NEW.size > 99
BEGIN INSERT INTO log VALUES ('large'); END;
"""

POSTGRES = """
CREATE TABLE orgs (id TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE log (what TEXT NOT NULL);
CREATE TABLE items (
  id BIGSERIAL PRIMARY KEY,
  org_id TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
  parent_id BIGINT REFERENCES items (id) ON DELETE SET NULL,
  kind TEXT NOT NULL CHECK (kind IN ('a', 'b')),
  size BIGINT,
  note TEXT DEFAULT 'none',
  UNIQUE (org_id, kind, size)
);
CREATE INDEX items_size_idx ON items (size) WHERE size > 1;
CREATE INDEX items_note_idx ON items (lower(note));
CREATE TABLE parts (
  id BIGSERIAL PRIMARY KEY,
  item_id BIGINT NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  label TEXT NOT NULL
);
CREATE TABLE pieces (
  id BIGSERIAL PRIMARY KEY, part_id BIGINT NOT NULL REFERENCES parts (id) ON DELETE RESTRICT
);
CREATE TABLE remarks (
  id BIGSERIAL PRIMARY KEY, item_id BIGINT REFERENCES items (id) ON DELETE SET NULL
);
CREATE TABLE orders (id BIGSERIAL PRIMARY KEY, item_id BIGINT NOT NULL REFERENCES items (id));
CREATE TABLE places (
  org_id TEXT NOT NULL, nr BIGINT NOT NULL, title TEXT, PRIMARY KEY (org_id, nr)
);
CREATE TABLE stays (
  id BIGSERIAL PRIMARY KEY, org_id TEXT NOT NULL, nr BIGINT NOT NULL,
  FOREIGN KEY (org_id, nr) REFERENCES places (org_id, nr) ON DELETE CASCADE
);
CREATE FUNCTION parts_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO log VALUES ('gone'); RETURN NULL; END; $$;
CREATE TRIGGER parts_gone AFTER DELETE ON parts FOR EACH ROW EXECUTE FUNCTION parts_gone();
CREATE FUNCTION items_sized() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO log VALUES ('large'); RETURN NULL; END; $$;
CREATE TRIGGER items_sized AFTER UPDATE OF size ON items
FOR EACH ROW WHEN (NEW.size > 99) EXECUTE FUNCTION items_sized();
"""

ROWS = """
INSERT INTO orgs VALUES ('x', 'Xanadu'), ('y', 'Ys');
INSERT INTO items (id, org_id, parent_id, kind, size, note) VALUES
  (1, 'x', NULL, 'a', 1, 'one'), (2, 'x', 1, 'b', 20, NULL), (3, 'y', 2, 'a', NULL, 'three'),
  (7, 'y', NULL, 'b', 7, 'seven');
INSERT INTO parts (id, item_id, label) VALUES (1, 1, 'p'), (2, 2, 'q'), (3, 7, 'r');
INSERT INTO pieces (id, part_id) VALUES (1, 1), (2, 3);
INSERT INTO remarks (id, item_id) VALUES (1, 1), (2, NULL), (3, 7);
INSERT INTO orders (id, item_id) VALUES (1, 3);
INSERT INTO places VALUES ('x', 1, 'here'), ('y', 2, NULL);
INSERT INTO stays (id, org_id, nr) VALUES (1, 'x', 1), (2, 'y', 2);
"""

TABLES = ("orgs", "log", "items", "parts", "pieces", "remarks", "orders", "places", "stays")

COLUMNS = {
    "id": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "org_id": "TEXT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE",
    "parent_id": "INTEGER REFERENCES {name} (id) ON DELETE SET NULL",
    "kind": "TEXT NOT NULL CHECK (kind IN ('a', 'b'))",
    "size": "INTEGER",
    "note": "TEXT DEFAULT 'none'",
}
UNIQUE = ("UNIQUE (org_id, kind, size)",)
SIZE_INDEX = "CREATE INDEX items_size_idx ON items (size) WHERE size > 1"
NOTE_INDEX = "CREATE INDEX items_note_idx ON items (lower(note))"
TRIGGER = """CREATE TRIGGER items_sized AFTER UPDATE OF size ON items WHEN NEW.size > 99
BEGIN INSERT INTO log VALUES ('large'); END"""
HANGING = (SIZE_INDEX, NOTE_INDEX, TRIGGER)


@dataclass(frozen=True, slots=True)
class History:
    """One version of libsql's, after LIBSQL and ROWS."""

    name: str
    sql: str


def rebuilt(
    columns: Mapping[str, str | None] = {},
    rules: Sequence[str] = UNIQUE,
    copied: Mapping[str, str | None] = {},
    where: str = "",
    hanging: Sequence[str] = HANGING,
    temporary: str = "items_new",
    away_first: bool = False,
) -> str:
    """A rebuild of items.

    Args:
        columns: how they differ from COLUMNS; None for those that go.
        copied: what each column is filled with, where not with itself; None for nothing.
        away_first: whether the old table is renamed, and the new one has its name at once.
    """
    kept = {n: t for n, t in {**COLUMNS, **columns}.items() if t is not None}
    filled = {name: item for name in kept if (item := copied.get(name, name)) is not None}
    new, old = ("items", temporary) if away_first else (temporary, "items")
    body = [f"{name} {text.format(name=new)}" for name, text in kept.items()] + [*rules]
    steps = [
        f"CREATE TABLE {new} (\n  " + ",\n  ".join(body) + "\n)",
        f"INSERT INTO {new} ({', '.join(filled)})\nSELECT {', '.join(filled.values())}\n"
        f"FROM {old}{where}",
        f"DROP TABLE {old}",
    ]
    if away_first:
        # Legacy, for otherwise the children would follow the old table.
        steps = [
            "PRAGMA legacy_alter_table = ON",
            f"ALTER TABLE items RENAME TO {old}",
            *steps,
            "PRAGMA legacy_alter_table = OFF",
        ]
    else:
        steps.append(f"ALTER TABLE {new} RENAME TO items")
    return ";\n".join((*steps, *hanging)) + ";\n"


CHILDREN = """
CREATE TABLE parts_new (
  id INTEGER PRIMARY KEY,
  item_id INTEGER NOT NULL REFERENCES items_new (id) ON DELETE CASCADE,
  label TEXT NOT NULL CHECK (length(label) < 9)
);
INSERT INTO parts_new SELECT * FROM parts;
"""


def _interleaved() -> str:
    first, last = rebuilt({"size": "INTEGER CHECK (size < 1000)"}).split("DROP TABLE items;")
    rename, rest = last.split("RENAME TO items;", 1)
    return (
        f"{first}{CHILDREN}DROP TABLE parts;\nDROP TABLE items;{rename}RENAME TO items;\n"
        f"ALTER TABLE parts_new RENAME TO parts;{rest}\n"
        "CREATE TRIGGER parts_gone AFTER DELETE ON parts BEGIN INSERT INTO log VALUES ('gone');"
        " END;\n"
    )


def _with_backups() -> str:
    head, tail = rebuilt({"kind": "TEXT NOT NULL CHECK (kind IN ('a', 'b', 'c'))"}).split(
        "DROP TABLE items;"
    )
    rename, rest = tail.split("RENAME TO items;", 1)
    return (
        "CREATE TEMP TABLE remarks_kept AS SELECT * FROM remarks;\n"
        f"{head}DROP TABLE items;{rename}RENAME TO items;\n"
        "DELETE FROM remarks;\nINSERT INTO remarks SELECT * FROM remarks_kept;\n"
        f"DROP TABLE remarks_kept;{rest}"
    )


PLACES = """
CREATE TABLE {new} (
  org_id TEXT NOT NULL,
  nr INTEGER NOT NULL,
  title TEXT{more},
  PRIMARY KEY (org_id, nr)
);
INSERT INTO {new} SELECT {items} FROM places;
DROP TABLE places;
ALTER TABLE {new} RENAME TO places;
"""

STAYS = """
CREATE TABLE stays_new (
  id INTEGER PRIMARY KEY,
  org_id TEXT NOT NULL{rule},
  nr INTEGER NOT NULL,
  FOREIGN KEY (org_id, nr) REFERENCES places (org_id, nr) ON DELETE CASCADE
);
INSERT INTO stays_new (id, org_id, nr)
SELECT s.id, s.org_id, s.nr {rest};
DROP TABLE stays;
ALTER TABLE stays_new RENAME TO stays;
"""

WIDER = "TEXT NOT NULL CHECK (kind IN ('a', 'b', 'c'))"


def histories() -> Iterator[History]:
    """All of them."""
    yield History("a CHECK is widened", rebuilt({"kind": WIDER}))
    yield History(
        "a CHECK is widened, old table away first", rebuilt({"kind": WIDER}, away_first=True)
    )
    yield History("a CHECK goes", rebuilt({"kind": "TEXT NOT NULL"}))
    yield History("a CHECK comes", rebuilt({"size": "INTEGER CHECK (size >= 0)"}))
    yield History(
        "a named CHECK comes", rebuilt(rules=(*UNIQUE, "CONSTRAINT small CHECK (size < 99)"))
    )
    yield History(
        "a column becomes NOT NULL",
        rebuilt({"size": "INTEGER NOT NULL"}, copied={"size": "COALESCE(size, 0)"}),
    )
    yield History("a column becomes nullable", rebuilt({"kind": "TEXT CHECK (kind IN ('a', 'b'))"}))
    yield History("a default changes", rebuilt({"note": "TEXT DEFAULT 'nothing'"}))
    yield History("a default goes", rebuilt({"note": "TEXT"}))
    yield History("a default comes", rebuilt({"size": "INTEGER DEFAULT 5"}))
    yield History("a column goes", rebuilt({"note": None}, hanging=(SIZE_INDEX, TRIGGER)))
    yield History(
        "a column comes with a default",
        rebuilt({"state": "TEXT NOT NULL DEFAULT 'new'"}, copied={"state": None}),
    )
    yield History(
        "a column comes with a backfill",
        rebuilt({"title": "TEXT NOT NULL"}, copied={"title": "upper(kind)"}),
    )
    yield History(
        "a column comes and stays NULL", rebuilt({"title": "TEXT"}, copied={"title": "NULL"})
    )
    yield History(
        "a column is renamed",
        rebuilt(
            {"note": None, "remark": "TEXT DEFAULT 'none'"},
            copied={"remark": "note"},
            hanging=(SIZE_INDEX, "CREATE INDEX items_note_idx ON items (lower(remark))", TRIGGER),
        ),
    )
    yield History(
        "a column changes its type",
        rebuilt(
            {"note": "INTEGER"},
            copied={"note": "CAST(length(note) AS INTEGER)"},
            hanging=(SIZE_INDEX, TRIGGER),
        ),
    )
    yield History(
        "values are corrected in the copy", rebuilt(copied={"note": "COALESCE(note, 'empty')"})
    )
    yield History(
        "several values are corrected", rebuilt(copied={"note": "upper(note)", "size": "size + 1"})
    )
    yield History(
        "rows are left out", STAYS.format(rule="", rest="FROM stays AS s\nWHERE s.nr < 2")
    )
    yield History(
        "rows without a partner are left out",
        STAYS.format(
            rule="",
            rest="FROM stays AS s\nJOIN places AS p ON p.org_id = s.org_id AND p.title IS NOT NULL",
        ),
    )
    yield History("UNIQUE changes its columns", rebuilt(rules=("UNIQUE (org_id, size)",)))
    yield History("UNIQUE goes", rebuilt(rules=()))
    yield History("UNIQUE comes", rebuilt(rules=(*UNIQUE, "UNIQUE (note)")))
    yield History(
        "a foreign key changes its action",
        rebuilt({"org_id": "TEXT NOT NULL REFERENCES orgs (id) ON DELETE RESTRICT"}),
    )
    yield History("a foreign key goes", rebuilt({"org_id": "TEXT NOT NULL"}))
    yield History(
        "a foreign key comes", STAYS.format(rule=" REFERENCES orgs (id)", rest="FROM stays AS s")
    )
    yield History(
        "an index changes",
        rebuilt(
            hanging=("CREATE UNIQUE INDEX items_size_idx ON items (size DESC)", NOTE_INDEX, TRIGGER)
        ),
    )
    yield History("an index goes", rebuilt(hanging=(NOTE_INDEX, TRIGGER)))
    yield History(
        "an index comes",
        rebuilt(hanging=(*HANGING, "CREATE INDEX items_kind_idx ON items (kind, size DESC)")),
    )
    yield History("a trigger goes", rebuilt(hanging=(SIZE_INDEX, NOTE_INDEX)))
    yield History("nothing changes", rebuilt(temporary="__new_items"))
    yield History(
        "everything at once",
        rebuilt(
            {
                "kind": WIDER,
                "note": None,
                "size": "INTEGER NOT NULL DEFAULT 1",
                "state": "TEXT NOT NULL",
            },
            ("UNIQUE (org_id, kind, state)",),
            {"size": "COALESCE(size, 1)", "state": "kind || id"},
            hanging=(SIZE_INDEX, TRIGGER),
            temporary="_items_v18",
            away_first=True,
        ),
    )
    yield History("a child is rebuilt along", _interleaved())
    yield History("rows of a child are kept meanwhile", _with_backups())
    yield History(
        "a table with a composite key",
        PLACES.format(new="places__tmp", more=" DEFAULT 'none'", items="*"),
    )
    yield History(
        "a composite key, and a column more",
        PLACES.format(
            new="tmp_places",
            more=",\n  floor INTEGER NOT NULL DEFAULT 0",
            items="org_id, nr, title, 0",
        ),
    )
