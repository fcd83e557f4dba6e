"""How a house writes its migrations, and what that is known from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mig_assist.backend import Backend
from mig_assist.draft.house.naming import filled

if TYPE_CHECKING:
    from mig_assist.draft.derive.types_of import HouseTypesBySide

Value = str | int | bool


@dataclass(frozen=True, slots=True)
class Trait:
    """One habit.

    Attributes:
        key: where it belongs in a :class:`HouseStyle`, as ``libsql.indent`` or
            ``postgres.guards.CREATE TABLE``.
        kept: how many places keep it.
        of: among how many; 0 for one that mig-assist.toml states.
        place: one of them, as ``migrations/V17__baseline.sql:12``.
    """

    key: str
    value: Value
    kept: int = 0
    of: int = 0
    place: str = ""

    @property
    def stated(self) -> bool:
        """Whether mig-assist.toml says so."""
        return self.of == 0


@dataclass(frozen=True, slots=True)
class SideStyle:
    """How one backend's files are written.

    Attributes:
        keywords: ``upper`` or ``lower``.
        indent: what stands before a column of a CREATE TABLE that has a line for each.
        quotes: the sign before a name that needs none; empty where names stand as they are.
        semicolon: whether the last statement ends with one.
        header: whether a file begins with a comment.
        guards: for ``CREATE TABLE``, ``DROP INDEX``, ``ADD COLUMN`` … whether IF NOT EXISTS or IF
            EXISTS is written.
        named: for ``PRIMARY KEY``, ``UNIQUE``, ``FOREIGN KEY`` and ``CHECK`` whether a table's
            constraint is given a name, and for ``inline CHECK`` … whether a column's is.
        names: for the first four, ``INDEX`` and ``UNIQUE INDEX`` how names are formed, with
            ``{table}``, ``{columns}``, ``{column}``, the first of them, and ``{stems}`` and
            ``{stem}``, which are the same without ``_id``; see :meth:`name`.
        on_delete: whether a foreign key says ON DELETE NO ACTION, too.
        ignore: how rows that are there already are passed over: ``OR IGNORE``, ``ON CONFLICT`` or
            ``ON CONFLICT (…)``.
        no_op: the only statement of a file that does nothing; empty for a comment alone.
        now: the default of times that set themselves; empty where there are none.
    """

    keywords: str = "upper"
    indent: str = "    "
    quotes: str = ""
    semicolon: bool = True
    header: bool = False
    guards: Mapping[str, bool] = field(default_factory=dict)
    named: Mapping[str, bool] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    on_delete: bool = False
    ignore: str = ""
    no_op: str = ""
    now: str = ""

    def guarded(self, kind: str) -> bool:
        """Whether a statement such as ``CREATE INDEX`` says IF NOT EXISTS or IF EXISTS."""
        return self.guards.get(kind, False)

    def name(self, kind: str, table: str, columns: Sequence[str]) -> str:
        """What an index or constraint is called; ``kind`` is a key of ``names``."""
        return filled(self.names.get(kind) or NAMES[kind], table, columns)


NAMES = {
    "PRIMARY KEY": "{table}_pkey",
    "UNIQUE": "{table}_{columns}_key",
    "FOREIGN KEY": "{table}_{columns}_fkey",
    "CHECK": "{table}_{columns}_check",
    "INDEX": "{table}_{columns}_idx",
    "UNIQUE INDEX": "{table}_{columns}_key",
}
"""How PostgreSQL itself forms names (ChooseConstraintName): what a house without habits does."""


def _no_types() -> HouseTypesBySide:
    from mig_assist.draft.derive.types_of import HouseTypesBySide

    return HouseTypesBySide()


@dataclass(frozen=True)
class HouseStyle:
    """How a house writes its migrations; without arguments, what is sensible in an empty one.

    Attributes:
        strict: whether libsql's tables are STRICT.
        without_rowid: whether those with a composite key are WITHOUT ROWID.
        keys_not_null: whether libsql's primary keys say NOT NULL where that matters.
        autoincrement: whether libsql's numbered keys say AUTOINCREMENT.
        numbering: how PostgreSQL's numbered keys are declared: ``serial``, ``identity``,
            ``identity always`` or ``plain``.
        enums: on PostgreSQL, what texts of a few values are: a ``type``, or texts with a ``check``.
        flag_checks: whether libsql's flags have a CHECK (… IN (0, 1)).
        json_checks: whether libsql's JSON has a CHECK (json_valid(…)).
        alter: whether several changes of a table are ``together`` in one ALTER TABLE or ``apart``.
        change: whether a constraint is dropped and added ``together`` in one ALTER TABLE or
            ``apart``.
        validate: whether constraints are added NOT VALID and validated: ``never``, ``same file``
            or ``later file``.
        rebuild: how the new table is called while libsql rebuilds one, with ``{table}`` and
            ``{version}`` for str.format; or the old one, where that is renamed first.
        rebuild_moves: which of the two, ``new`` or ``old``.
        rebuild_pragmas: the PRAGMA statements around a rebuild.
        foreign_keys: whether libsql enforces them while migrations run.
        types: which types the two backends pair, by the columns' names.
        traits: what is known of each habit, by its key.
    """

    libsql: SideStyle = field(default_factory=SideStyle)
    postgres: SideStyle = field(default_factory=SideStyle)
    strict: bool = False
    without_rowid: bool = False
    keys_not_null: bool = True
    autoincrement: bool = False
    numbering: str = "identity"
    enums: str = "check"
    flag_checks: bool = True
    json_checks: bool = True
    alter: str = "together"
    change: str = "together"
    validate: str = "never"
    rebuild: str = "{table}_new"
    rebuild_moves: str = "new"
    rebuild_pragmas: str = ""
    foreign_keys: bool = True
    types: HouseTypesBySide = field(default_factory=_no_types)
    traits: Mapping[str, Trait] = field(default_factory=dict)

    def length(self, column: str, kind: str) -> str:
        """What stands in the parentheses of a PostgreSQL type where libsql's has none.

        Empty where the house has no such column; then a CHAR, of which PostgreSQL makes CHAR(1),
        is no type to choose.
        """
        return self.types.length(column, kind) or ""

    def rebuilt(self, table: str, version: int | None) -> str:
        """What a table is called until it takes the place of the one that it rebuilds."""
        is_new = self.rebuild_moves == "new" and (version or "{version" not in self.rebuild)
        pattern = self.rebuild if is_new else HouseStyle.rebuild
        return pattern.format(table=table, version=version)

    def of(self, backend: Backend) -> SideStyle:
        """How one backend's files are written."""
        return self.libsql if backend is Backend.LIBSQL else self.postgres
