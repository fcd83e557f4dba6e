"""Pairs that are equivalent, and all the ways to break one side of them.

A mutant changes one place of one side's SQL, as pitfalls of real histories do: a rule dropped or
widened, an action, a default, a type, an index column, an event, a backfill … It knows which
tables and objects a finding about it may name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mig_assist.backend import Backend
from mig_assist.engines.statements import Statement, split_statements
from tests.pairs.reading import EquivalentPair, pairs_in

PAIRS = Path(__file__).parent / "equivalent"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One side of a pair, broken in one place.

    Attributes:
        kind: what was done to it.
        sql: the whole broken file.
        change: what was there and what is there now.
        names: tables, indexes and triggers of which a finding may speak.
    """

    pair: EquivalentPair
    side: Backend
    kind: str
    sql: str
    change: str
    names: frozenset[str]

    @property
    def is_about_rows(self) -> bool:
        """Whether what it broke may move rows, and leave the schema as it is."""
        return self.kind in ("statement dropped", "predicate dropped") or self.kind.startswith(
            ("data", "conflict")
        )

    def __str__(self) -> str:
        return f"{self.pair.name} {self.side} {self.kind}: {self.change}"


def equivalent_pairs() -> tuple[EquivalentPair, ...]:
    """Every pair of the corpus, by name."""
    return pairs_in(PAIRS)


def mutants_of(pair: EquivalentPair) -> Iterator[Mutant]:
    """Every mutant of both sides."""
    for side, sql in pair.sql.items():
        statements = split_statements(sql, side)
        renamed = dict(re.findall(r"ALTER TABLE (\w+) RENAME TO (\w+)", sql))
        called = _triggers_by_function(sql)
        for number, statement in enumerate(statements):
            names = _names(statement.text, renamed, called)
            for kind, mutate in MUTATORS.items():
                for text in mutate(statement.text):
                    if text == statement.text:
                        continue
                    whole = (*statements[:number], Statement(text, 0), *statements[number + 1 :])
                    yield Mutant(
                        pair,
                        side,
                        kind,
                        ";\n".join(each.text for each in whole if each.text) + ";\n",
                        _difference(statement.text, text),
                        names,
                    )


def _triggers_by_function(sql: str) -> dict[str, str]:
    found = re.finditer(r"CREATE TRIGGER .*? ON (\w+).*?EXECUTE FUNCTION (\w+)", sql, re.DOTALL)
    return {match[2]: match[1] for match in found}


def _names(sql: str, renamed: dict[str, str], called: dict[str, str]) -> frozenset[str]:
    """The objects that a statement is about."""
    heads = re.findall(
        r"(?:CREATE (?:UNIQUE )?(?:TABLE|INDEX|TRIGGER|VIEW|TYPE)|ALTER TABLE|RENAME TO"
        r"|(?<!ON |DO )UPDATE(?! OF| ON)|INTO|DELETE FROM|DROP (?:INDEX|TABLE)"
        r'|\bON(?! DELETE| UPDATE| CONFLICT))\s+"?(\w+)"?',
        sql,
    )
    function = re.match(r"CREATE FUNCTION (\w+)", sql)
    if function:
        heads = [called[function[1]], *heads]
    return frozenset(heads) | {renamed[name] for name in heads if name in renamed}


def _difference(old: str, new: str) -> str:
    if not new:
        return f"without {' '.join(old.split())[:60]}"
    start = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(new))
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    was, now = old[max(0, start - 12) : len(old) - end], new[max(0, start - 12) : len(new) - end]
    return f"{' '.join(was.split())!r} → {' '.join(now.split())!r}"


Mutator = Callable[[str], Iterator[str]]


def _replacing(pattern: str, *replacements: str, only: str = "", flags: int = 0) -> Mutator:
    """Replace each match of a pattern on its own, by each replacement."""

    def mutate(sql: str) -> Iterator[str]:
        if only and not re.match(only, sql):
            return
        for match in re.finditer(pattern, sql, flags):
            for replacement in replacements:
                yield sql[: match.start()] + match.expand(replacement) + sql[match.end() :]

    return mutate


def _balanced(sql: str, start: int) -> int:
    """Where the parenthesis that opens at ``start`` closes."""
    depth = 0
    for place in range(start, len(sql)):
        depth += (sql[place] == "(") - (sql[place] == ")")
        if depth == 0:
            return place + 1
    raise AssertionError(sql)


def _without_check(sql: str) -> Iterator[str]:
    for match in re.finditer(r"(?:ADD )?(?:CONSTRAINT \S+\s+)?\bCHECK\s*\(", sql):
        end = _balanced(sql, match.end() - 1)
        if sql.startswith("ALTER TABLE") and "ADD COLUMN" not in sql:
            yield ""
        elif match[0].startswith("CONSTRAINT"):
            yield _without_definition(sql, match.start(), end)
        else:
            yield sql[: match.start()] + sql[end:]


def _without_definition(sql: str, start: int, end: int) -> str:
    """A CREATE TABLE without one of its definitions, and without the comma before it."""
    return sql[:start].rstrip().removesuffix(",") + sql[end:]


def _definitions(sql: str) -> list[tuple[int, int]]:
    """Where the definitions of a CREATE TABLE stand."""
    head = re.match(r'CREATE TABLE "?\w+"? \(', sql)
    if not head:
        return []
    found, start, depth, quoted = [], head.end(), 0, False
    for place in range(head.end(), len(sql)):
        character = sql[place]
        quoted ^= character == "'"
        if quoted:
            continue
        if (character == "," and depth == 0) or (character == ")" and depth == 0):
            text = sql[start:place]
            found.append((start + len(text) - len(text.lstrip()), start + len(text.rstrip())))
            start = place + 1
        if character == ")" and depth == 0:
            break
        depth += (character == "(") - (character == ")")
    return found


_NO_COLUMN = re.compile("CONSTRAINT|PRIMARY|FOREIGN|UNIQUE|CHECK")


def _without_column_or_constraint(sql: str) -> Iterator[str]:
    for start, end in _definitions(sql):
        text = sql[start:end]
        if not _NO_COLUMN.match(text) or re.match(r"(CONSTRAINT \S+\s+)?(FOREIGN|UNIQUE)", text):
            yield _without_definition(sql, start, end)


def _renamed_column(sql: str) -> Iterator[str]:
    for start, end in _definitions(sql):
        column = re.match(r"\w+", sql[start:end])
        if column and not _NO_COLUMN.match(column[0]):
            yield re.sub(rf"\b{column[0]}\b", f"{column[0]}_x", sql)


def _nullability(sql: str) -> Iterator[str]:
    for start, end in _definitions(sql):
        text = sql[start:end]
        if _NO_COLUMN.match(text) or "PRIMARY KEY" in text:
            continue
        if "GENERATED" in text:
            continue
        if "NOT NULL" in text:
            yield sql[:start] + text.replace(" NOT NULL", "", 1) + sql[end:]
        else:
            head = re.match(r'"?\w+"? \w+(?:\(\d+\))?(?: WITH TIME ZONE)?', text)
            if head and " NULL" not in text:
                cut = start + head.end()
                yield f"{sql[:cut]} NOT NULL{sql[cut:]}"


def _rules(sql: str) -> Iterator[tuple[int, int]]:
    """Where the conditions stand: CHECK bodies, WHERE and WHEN."""
    for match in re.finditer(r"\bCHECK\s*\(", sql):
        yield match.end(), _balanced(sql, match.end() - 1) - 1
    for match in re.finditer(r"\b(?:WHERE|WHEN)\b(?!\s+substr)", sql):
        stop = re.compile(r"\bBEGIN\b|\bEXECUTE\b|\bTHEN\b|;|$").search(sql, match.end())
        if stop:
            yield match.end(), stop.start()


def _in_rules(pattern: str, *replacements: str) -> Mutator:
    def mutate(sql: str) -> Iterator[str]:
        seen = set()
        for start, end in _rules(sql):
            for text in _replacing(pattern, *replacements)(sql[start:end]):
                whole = sql[:start] + text + sql[end:]
                if whole not in seen:
                    seen.add(whole)
                    yield whole

    return mutate


def _next_number(sql: str) -> Iterator[str]:
    seen = set()
    for start, end in _rules(sql):
        for match in re.finditer(r"(?<![\w'.])(\d+)(?![\w'.])", sql[start:end]):
            number = str(int(match[1]) + 1)
            whole = sql[: start + match.start()] + number + sql[start + match.end() :]
            if whole not in seen:
                seen.add(whole)
                yield whole


def _other_actions(sql: str) -> Iterator[str]:
    actions = ("CASCADE", "SET NULL", "RESTRICT", "")
    for match in re.finditer(r" ON (DELETE|UPDATE) (CASCADE|SET NULL|RESTRICT)", sql):
        for action in actions:
            # RESTRICT and NO ACTION part only inside a statement or before a deferred commit.
            if {action, match[2]} not in ({match[2]}, {"RESTRICT", ""}):
                clause = f" ON {match[1]} {action}" if action else ""
                yield sql[: match.start()] + clause + sql[match.end() :]


def _index_columns(sql: str) -> Iterator[str]:
    match = re.match(
        r'CREATE (?:UNIQUE )?INDEX "?\w+"? ON "?\w+"? \((.*?)\)(?= WHERE|$)', sql, re.DOTALL
    )
    if not match:
        return
    parts = [part.strip() for part in match[1].split(",")]
    if "(" in match[1] or len(parts) < 2:
        return
    for number, part in enumerate(parts):
        other = part.removesuffix(" DESC") if part.endswith(" DESC") else f"{part} DESC"
        for changed in (
            [*parts[:number], *parts[number + 1 :]],
            [*parts[:number], other, *parts[number + 1 :]],
        ):
            yield sql[: match.start(1)] + ", ".join(changed) + sql[match.end(1) :]
    yield sql[: match.start(1)] + ", ".join(reversed(parts)) + sql[match.end(1) :]


def _literals_of_data(sql: str) -> Iterator[str]:
    if not re.match(r"INSERT|UPDATE|DELETE", sql):
        return
    for match in re.finditer(r"'([^']*)'", sql):
        yield f"{sql[: match.start()]}'{match[1]}x'{sql[match.end() :]}"
    for match in re.finditer(r"(?<![\w'.-])(\d+)(?![\w'.])", sql):
        yield sql[: match.start()] + str(int(match[1]) + 1) + sql[match.end() :]


def _without_key(sql: str) -> Iterator[str]:
    """A copy of rows that leaves out their first column."""
    match = re.match(r"(INSERT INTO \w+_new \()id, (.* SELECT )id, (.*)", sql, re.DOTALL)
    if match:
        yield match[1] + match[2] + match[3]


_DATA = r"INSERT|UPDATE|DELETE"
_DDL = r"CREATE TABLE|ALTER TABLE"
_COLUMN = r"""((?:^|ADD COLUMN |\n)\s+(?!CONSTRAINT)"?\w+"? )"""

MUTATORS: dict[str, Mutator] = {
    "statement dropped": lambda sql: iter([""] if not sql.startswith("CREATE FUNCTION") else []),
    "check dropped": _without_check,
    "column or constraint dropped": _without_column_or_constraint,
    "column renamed": _renamed_column,
    "nullability": _nullability,
    "list widened": _in_rules(r"(\bIN \()(?=')", r"\1'mutant', "),
    "numbers widened": _in_rules(r"(\bIN \()(?=\d)", r"\g<1>7, "),
    "list narrowed": _in_rules(r"(\bIN \()'[^']*', ", r"\1"),
    "boundary": _in_rules(r">=", ">"),
    "boundary moved down": _in_rules(r"(?<![<>!])>(?!=)", ">="),
    "boundary at the top": _in_rules(r"<=", "<"),
    "boundary widened": _in_rules(r"<(?![=>])", "<="),
    "opposite": _in_rules(r"<>|!=", "="),
    "either": _in_rules(r"(?<!\d) AND ", " OR "),
    "number": _next_number,
    "text": _in_rules(r"'([a-z/]+)'", r"'\1x'"),
    "default number": _replacing(r"(DEFAULT )(\d+)", r"\g<1>1\2", only=_DDL),
    "default text": _replacing(r"(DEFAULT )'([a-zA-Z]+)'", r"\1'\2x'", only=_DDL),
    "default flag": _replacing(r"DEFAULT (FALSE|TRUE)", "", only=_DDL),
    "default dropped": _replacing(
        r" DEFAULT ('[^']*'(::\w+)?|[\d.]+|CURRENT_TIMESTAMP|now\(\)|NOW\(\))", "", only=_DDL
    ),
    "action": _other_actions,
    "reference dropped": _replacing(
        r" REFERENCES \w+ \(\w+\)( ON (DELETE|UPDATE) (CASCADE|RESTRICT|SET NULL))*",
        "",
        only=r"(?!.*FOREIGN)(CREATE TABLE|ALTER TABLE \w+\s+ADD COLUMN)",
    ),
    "unique dropped": _replacing(r" UNIQUE(?! *\()", "", only=_DDL),
    "deferral dropped": _replacing(r" DEFERRABLE INITIALLY DEFERRED", ""),
    "unique index": _replacing(r"CREATE UNIQUE INDEX", "CREATE INDEX"),
    "plain index": _replacing(r"CREATE INDEX", "CREATE UNIQUE INDEX"),
    "index columns": _index_columns,
    "predicate dropped": _replacing(
        r" WHERE .*", "", only=r"CREATE (UNIQUE )?INDEX|UPDATE|DELETE", flags=re.DOTALL
    ),
    "type": _replacing(
        _COLUMN + r"(?:TEXT|BIGINT|BYTEA|BLOB|JSONB|UUID)\b",
        r"\1INTEGER",
        only=_DDL,
    ),
    "type of a number": _replacing(
        _COLUMN + r"(?:INTEGER|BIGINT|REAL|DOUBLE PRECISION)\b",
        r"\1TEXT",
        only=_DDL,
    ),
    "event dropped": _replacing(r"INSERT OR UPDATE", "INSERT", "UPDATE"),
    "another event": _replacing(r"(BEFORE|AFTER) UPDATE(?: OF \w+)?", r"\1 INSERT"),
    "condition dropped": _replacing(
        r"WHEN\s*\(?[^;]*?(?=\nBEGIN| EXECUTE)", "", only="CREATE TRIGGER", flags=re.DOTALL
    ),
    "effect": _replacing(r"total \+ NEW", "total - NEW"),
    "function dropped": _replacing(r"\blower\((\w+)\)", r"\1"),
    "generated": _replacing(r"\|\| ' \('", "|| ' ['"),
    "data literal": _literals_of_data,
    "conflict clause": _replacing(
        r" ON CONFLICT DO NOTHING| OR IGNORE|,? touched = 1", "", only="INSERT"
    ),
    "data key left out": _without_key,
    "collation dropped": _replacing(r" COLLATE NOCASE", "", only=_DDL),
    "path": _replacing(r"(owner[.,])name", r"\1mail", only="CREATE INDEX"),
    "view": _replacing(r"IS NULL", "IS NOT NULL", only="CREATE VIEW"),
}  # fmt: skip
