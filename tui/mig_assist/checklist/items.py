"""The ten checklist items and the hand-off: what they ask, why, and by which checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from mig_assist.backend import Backend
from mig_assist.checklist.evidence import EvidenceKind
from mig_assist.checklist.inputs import InputReader
from mig_assist.errors import WrongUse
from mig_assist.workspace import task_names as tasks

ReadInputs = Callable[[InputReader], Mapping[str, str]]


class Check(NamedTuple):
    """One automatic examination inside an item.

    Attributes:
        key: names it in the ledger and in :mod:`mig_assist.checklist.automatic`.
        title: what it shows when it has passed, in the present tense.
        inputs: what it looks at.
        task: the page's task that it runs, empty for an examination of our own.
    """

    key: str
    title: str
    inputs: ReadInputs
    task: str = ""

    def seen(self, reader: InputReader) -> dict[str, str]:
        """Digests of what it looks at now, and of the word that its task is absent."""
        return {**self.inputs(reader), **reader.absence(self.task)}

    @property
    def kind(self) -> EvidenceKind:
        """The kind of evidence it yields."""
        return EvidenceKind.TASK if self.task else EvidenceKind.CHECK


class Item(NamedTuple):
    """One checklist item, or one task of the hand-off.

    Attributes:
        number: 1 to 10; 0 for the hand-off.
        invariant: the rule of the migration page that it protects.
        why: what goes wrong without it, for someone who is new.
        decidable: whether a person may skip or attest it, with a reason.
        independent: whether its checks go on after one that did not pass.
    """

    number: int
    key: str
    title: str
    invariant: str
    why: str
    checks: tuple[Check, ...]
    decidable: bool = False
    independent: bool = False


def _libsql_history(reader: InputReader) -> Mapping[str, str]:
    return reader.history(Backend.LIBSQL)


def _postgres_history(reader: InputReader) -> Mapping[str, str]:
    return reader.history(Backend.POSTGRES)


def _both_histories(reader: InputReader) -> Mapping[str, str]:
    return {**_libsql_history(reader), **_postgres_history(reader), **reader.parity()}


def _postgres_with_tests(reader: InputReader) -> Mapping[str, str]:
    return {**_postgres_history(reader), **reader.store_tests()}


def _documents(kind: str) -> ReadInputs:
    def read(reader: InputReader) -> Mapping[str, str]:
        return reader.documents(kind)

    return read


ITEMS: tuple[Item, ...] = (
    Item(
        1,
        "version",
        "Version",
        "New migrations use the next shared version number for both backends.",
        "Two branches that take one number, or two sides that count apart, leave databases whose"
        " history no runner can explain. The number is looked up in both folders and the"
        " registry; nothing at or below the baseline is ever added.",
        (Check("number", "the next shared number", InputReader.numbers),),
    ),
    Item(
        2,
        "pair",
        "File pair",
        "libsql/SQLite and PostgreSQL migrations must stay logically equivalent.",
        "A change on one side only is the most common defect of a schema with two dialects. Both"
        " files are written together, under one name, each in its own dialect.",
        (
            Check("files", "both files are there", InputReader.names),
            Check("libsql-sql", "libsql file parses", lambda r: r.side(Backend.LIBSQL)),
            Check("postgres-sql", "PostgreSQL file parses", lambda r: r.side(Backend.POSTGRES)),
            Check("static", "equal by what the files say", _both_histories),
        ),
        independent=True,
    ),
    Item(
        3,
        "name",
        "Name",
        "Keep names descriptive, for example V18__route_compatibility_profiles.sql.",
        "The name is what people read in the history table during an incident. `update` or `fix`"
        " tells them nothing.",
        (Check("descriptive", "descriptive snake_case", InputReader.names),),
    ),
    Item(
        4,
        "registry",
        "Registry",
        "Update the migration registry if the runner requires an explicit include.",
        "A file that the registry does not list is never applied, and nobody notices until the"
        " code that needs it is deployed. The recorded checksums make a later edit visible.",
        (Check("entry", "listed with the right checksums", InputReader.registry),),
    ),
    Item(
        5,
        "tests",
        "Store tests",
        "Store tests and smoke checks should cover both backends when schema behavior changes.",
        "A constraint that no test violates can vanish in the next table rebuild. The same test"
        " bodies run on both backends.",
        (
            Check("own-tests", "tests of this version exist", InputReader.tests),
            Check("run", "store tests pass", InputReader.tests, tasks.STORE_TESTS),
        ),
        decidable=True,
    ),
    Item(
        6,
        "libsql",
        "libsql path",
        "Migration SQL and migration-history writes must remain atomic.",
        "Migration and history row commit together, or not at all. It is proved on a scratch"
        " database with a fault after every statement; then your local database is migrated.",
        (
            Check("fresh", "applies to a fresh database", _libsql_history),
            Check("rollback", "rolls back cleanly", _libsql_history),
            Check("parity", "equivalent to PostgreSQL", _both_histories),
            Check("migrate", "gateway-migrate", _libsql_history, tasks.LIBSQL_MIGRATE),
        ),
    ),
    Item(
        7,
        "postgres",
        "PostgreSQL path",
        "Migration SQL and migration-history writes must remain atomic.",
        "What SQLite accepts, PostgreSQL may refuse: types, quoting, locks, casts of old rows. A"
        " real server is started on this machine and has the last word.",
        (
            Check("fresh", "applies to a fresh database", _postgres_history),
            Check("rollback", "rolls back cleanly", _postgres_history),
            Check("parity", "equivalent to libsql", _both_histories),
            Check("start", "postgres-start", _postgres_history, tasks.POSTGRES_START),
            Check("migrate", "gateway-migrate-prod", _postgres_history, tasks.POSTGRES_MIGRATE),
            Check("tests", "test-rust-postgres", _postgres_with_tests, tasks.POSTGRES_TESTS),
            Check("smoke", "test-gateway-postgres-smoke", _postgres_with_tests, tasks.SMOKE),
        ),
    ),
    Item(
        8,
        "data-docs",
        "Data-model docs",
        "Update data-model docs when the entity graph changes.",
        "Ownership or identity relationships, request-log or usage-ledger shape, budgets, provider,"
        " model, route, capability or compatibility tables, and admin API payloads that expose new"
        " persisted fields are all described there.",
        (Check("changed", "data-model documents changed", _documents("data")),),
        decidable=True,
    ),
    Item(
        9,
        "user-docs",
        "User docs",
        "Update admin/user docs when the migration changes visible behavior.",
        "Whoever operates the gateway learns from the runbooks what recovery, reset, upgrade and"
        " first access look like after this version.",
        (Check("changed", "admin or user documents changed", _documents("user")),),
        decidable=True,
    ),
    Item(
        10,
        "adr",
        "ADR",
        "Add or update an ADR when the schema change reflects an architectural decision.",
        "The SQL shows what was done; only a decision record says which ways were not taken, and"
        " why. Where no decision was made, skip the item and say so.",
        (Check("changed", "a decision record changed", _documents("adr")),),
        decidable=True,
    ),
)

HANDOFF: tuple[Item, ...] = (
    Item(
        0,
        "lint",
        "Lint",
        "For full pre-handoff validation, use: mise run lint, mise run test.",
        "What reviewers should never have to say is said by a machine first.",
        (Check("task", "lint", InputReader.everything, tasks.LINT),),
    ),
    Item(
        0,
        "test",
        "Test",
        "For full pre-handoff validation, use: mise run lint, mise run test.",
        "The whole suite, on the content that will be merged.",
        (Check("task", "test", InputReader.everything, tasks.TEST),),
    ),
)

KEYS = tuple(item.key for item in ITEMS)


def find_item(word: str) -> Item:
    """The item with a key or a number, the hand-off's ``lint`` and ``test`` included.

    Raises:
        WrongUse: there is none; the message lists the keys.
    """
    for item in (*ITEMS, *HANDOFF):
        if word == item.key or (item.number and word == str(item.number)):
            return item
    raise WrongUse(
        f"No item {word!r}",
        f"The items are: {', '.join(f'{item.number} {item.key}' for item in ITEMS)};"
        " then lint and test.",
        "Name one by its number or key.",
    )
