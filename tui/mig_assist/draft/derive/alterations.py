"""What a libsql rebuild does, as the ALTER TABLE statements that PostgreSQL has for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mig_assist.backend import Backend
from mig_assist.draft.derive.alter_text import Alteration, Phase
from mig_assist.draft.derive.copies import Copy, column_of, filled, renamed_columns
from mig_assist.draft.derive.libsql_text import actions_sql
from mig_assist.draft.derive.libsql_text import quoted as libsql_name
from mig_assist.draft.derive.likeness import index_key, trigger_key
from mig_assist.draft.derive.model import Context
from mig_assist.draft.derive.postgres_side import (
    PostgresSide,
    check_key,
    named,
    plain,
    same_columns,
    spelled,
)
from mig_assist.draft.derive.reader import Reader, mentioned, spaced, with_names, without_qualifiers
from mig_assist.draft.derive.rebuilds import Rebuild
from mig_assist.draft.derive.tokens import unquoted
from mig_assist.draft.derive.translation import Text, Translation
from mig_assist.engines.logical_types import (
    LogicalType,
    logical_type,
    postgres_name,
    split_modifier,
)
from mig_assist.engines.schema import Check, Column, ForeignKey, Key, Table
from mig_assist.engines.sqlite_tokens import fold


def alter_statements(
    rebuild: Rebuild, context: Context, names: Mapping[str, str] | None = None
) -> tuple[Alteration, ...]:
    """What PostgreSQL has to do where libsql rebuilds a table, in order.

    Args:
        context: both sides just before the rebuild.
        names: the tables that are rebuilt along with it, by their folded names in between.
    """
    writer = _Alterations(rebuild, context, names or {})
    return tuple(sorted(writer.all(), key=lambda alteration: alteration.phase))


@dataclass(slots=True)
class _Fate:
    """What becomes of the columns.

    Attributes:
        renamed: from the old folded name to the new name.
        items: what each new column is filled with, by folded name; None where nothing is said.
        bare: the new columns that are copied as they are.
    """

    renamed: dict[str, str] = field(default_factory=dict)
    items: dict[str, str | None] = field(default_factory=dict)
    bare: set[str] = field(default_factory=set)


class _Alterations:
    def __init__(self, rebuild: Rebuild, context: Context, names: Mapping[str, str]) -> None:
        self.rebuild = rebuild
        own = dict.fromkeys(rebuild.names, rebuild.after.name)
        self.names = {name: libsql_name(home) for name, home in {**names, **own}.items()}
        self.context = context
        self.translation = Translation(Backend.LIBSQL, context)
        self.after_translation = Translation(Backend.LIBSQL, context)
        self.after_translation.learn(rebuild.after)
        self.before, self.after = rebuild.before, rebuild.after
        self.side = PostgresSide(context.postgres, self.before)
        self.unclear: list[str] = list(rebuild.unclear)
        self.copy = rebuild.copies[0] if rebuild.copies else None
        self.old = {fold(column.name): column for column in self.before.columns}
        self.new = {fold(column.name): column for column in self.after.columns}
        self.fate = self._fate()
        self.gone = [
            column
            for name, column in self.old.items()
            if name not in self.new and name not in self.fate.renamed
        ]
        self.retyped: dict[str, Text] = {}
        for column in self.after.columns:
            self._retype(column)

    def all(self) -> Iterator[Alteration]:
        """Everything, in no order."""
        if self.side.known is None and self.context.postgres.tables:
            self.unclear.append(f"PostgreSQL has no table {self.before.name} so far.")
        yield from (Alteration(Phase.DELETE, "", (message,)) for message in self._doubtful_copies())
        yield from self._deletes()
        yield from self._columns()
        yield from self._keys()
        yield from self._checks()
        yield from self._foreign_keys()
        yield from self._hanging()
        for sql in self.rebuild.later:
            yield self._translated(Phase.REST, sql)

    # Rows

    def _doubtful_copies(self) -> Iterator[str]:
        yield from self.unclear
        if self.copy is None:
            yield "No row of the old table is copied: decide what becomes of them here."
            return
        if len(self.rebuild.copies) > 1:
            yield "The rows come in several copies: see what each of them leaves out or changes."
        if self.copy.other:
            yield f"The rows are copied with {self.copy.other}: carry that here."
        if self.copy.conflict in ("IGNORE", "REPLACE"):
            yield f"INSERT OR {self.copy.conflict} leaves out rows that break new rules."
        key = next((column for column in self.after.columns if column.numbered), None)
        if (
            key is not None
            and fold(key.name) in self.old
            and self.fate.items[fold(key.name)] is None
        ):
            yield f"The rows get new numbers in {key.name} on libsql; here they keep theirs."

    def _fate(self) -> _Fate:
        fate = _Fate(items=dict.fromkeys(self.new))
        copy = self.copy
        if copy is None:
            return fate
        given = filled(copy, self.before, self.after)
        if given is None:
            self.unclear.append("The copy's columns cannot be told from its SELECT.")
            return fate
        fate.renamed = renamed_columns(copy, self.before, self.after)
        for name in self.new:
            fate.items[name] = given.get(name)
            if name in given and column_of(given[name], copy, self.before) == name:
                fate.bare.add(name)
        fate.bare |= {fold(name) for name in fate.renamed.values()}
        return fate

    def _deletes(self) -> Iterator[Alteration]:
        copy = self.copy
        if copy is None or copy.other or (copy.where is None and not copy.joined):
            return
        if len(self.rebuild.copies) > 1:
            return
        if copy.joined:
            if "LEFT" in spaced_upper(copy.sources) and copy.where is None:
                return
            yield from self._delete_unjoined(copy)
            return
        where = without_qualifiers(copy.where or "", copy.qualifiers, Backend.LIBSQL)
        text = self._expression(_negated(where, self.before))
        yield Alteration(
            Phase.DELETE,
            f"DELETE FROM {self.side.table}\nWHERE {text.text}",  # noqa: S608
            text.doubts,
        )

    def _delete_unjoined(self, copy: Copy) -> Iterator[Alteration]:
        joined = self._same_row(copy)
        if joined is None:
            yield Alteration(
                Phase.DELETE, "", ("The copy leaves out the rows that its JOIN does not find.",)
            )
            return
        where = f"{joined} AND ({copy.where})" if copy.where else joined
        name = libsql_name(self.before.name)
        yield self._translated(
            Phase.DELETE,
            f"DELETE FROM {name}\nWHERE NOT EXISTS (\n  SELECT 1\n  FROM {self._sources(copy)}\n"  # noqa: S608
            f"  WHERE {where}\n)",
        )

    def _sources(self, copy: Copy) -> str:
        """FROM with the old table by a name that is not the changed table's."""
        reader = Reader(copy.sources, Backend.LIBSQL)
        reader.name()
        rest = copy.sources[reader.end(reader.place - 1) :]
        if copy.alias:
            return libsql_name(self.before.name) + rest
        renamed = with_names(rest, {fold(copy.source): "source"}, Backend.LIBSQL)
        return f"{libsql_name(self.before.name)} AS source{renamed}"

    def _same_row(self, copy: Copy) -> str | None:
        key = self.before.primary_key
        if key is None:
            return None
        alias, name = libsql_name(copy.alias) if copy.alias else "source", self.before.name
        return " AND ".join(
            f"{alias}.{libsql_name(c)} = {libsql_name(name)}.{libsql_name(c)}" for c in key.columns
        )

    # Columns

    def _columns(self) -> Iterator[Alteration]:
        sets: list[tuple[str, str]] = []
        back = {fold(new): old for old, new in self.fate.renamed.items()}
        for column in self.after.columns:
            name = fold(column.name)
            if name in self.old or name in back:
                yield from self._changed(column, back.get(name, name), sets)
            else:
                yield from self._added(column, sets)
        yield from self._updates(sets)
        for column in self.gone:
            yield self._alter(Phase.COLUMNS, f"DROP COLUMN {self.side.column(column.name)}")
        for old, new in self.fate.renamed.items():
            change = f"RENAME COLUMN {self.side.column(old)} TO {spelled(plain(new))}"
            yield self._alter(Phase.COLUMNS, change)

    def _added(self, column: Column, sets: list[tuple[str, str]]) -> Iterator[Alteration]:
        kind = self._type(column)
        parts = [spelled(plain(column.name)), kind.text]
        all_doubts = list(kind.doubts)
        item = self.fate.items[fold(column.name)]
        if column.generated is not None:
            text = self._expression(column.generated)
            parts.append(f"GENERATED ALWAYS AS ({text.text}) STORED")
            yield self._alter(
                Phase.COLUMNS, f"ADD COLUMN {' '.join(parts)}", *all_doubts, *text.doubts
            )
            return
        if column.numbered:
            parts.append("GENERATED BY DEFAULT AS IDENTITY")
            all_doubts.append(f"The rows get their {column.name} in another order here.")
            item = None
        default = self._default(column)
        all_doubts += default.doubts
        is_default = item is None or _same_text(item, column.default or "NULL")
        if (
            not column.nullable
            and (is_default or column.default is not None)
            and not column.numbered
        ):
            parts.append("NOT NULL")
        if column.default is not None:
            parts.append(f"DEFAULT {default.text}")
        yield self._alter(Phase.ADD_COLUMNS, f"ADD COLUMN {' '.join(parts)}", *all_doubts)
        if not is_default and item is not None:
            sets.append((spelled(plain(column.name)), item))
            if not column.nullable and column.default is None:
                yield self._alter(
                    Phase.RULES, f"ALTER COLUMN {spelled(plain(column.name))} SET NOT NULL"
                )

    def _changed(
        self, column: Column, old_name: str, sets: list[tuple[str, str]]
    ) -> Iterator[Alteration]:
        name = fold(column.name)
        old = self.old[old_name]
        there = self.side.columns.get(old_name)
        spelt, final = self.side.column(old.name), self._final(column.name)
        item = self.fate.items[name]
        if column.generated is not None or old.generated is not None:
            yield from self._regenerated(old, column)
            return
        redefault = not _same_text(old.default or "", column.default or "")
        if name in self.retyped:
            yield from self._retyped(column, old, item, redefault)
        elif name not in self.fate.bare and self.copy is not None and not column.numbered:
            value = item
            if value is None:
                value = "DEFAULT" if column.default and not redefault else column.default or "NULL"
            if not (item is None and old.default is None and old.nullable and self.copy is None):
                sets.append((spelt, value))
        if redefault and not column.numbered and not (there is not None and there.numbered):
            if column.default is None:
                yield self._alter(Phase.COLUMNS, f"ALTER COLUMN {spelt} DROP DEFAULT")
            elif name not in self.retyped:
                text = self._default(column)
                yield self._alter(
                    Phase.COLUMNS, f"ALTER COLUMN {spelt} SET DEFAULT {text.text}", *text.doubts
                )
        if column.numbered and not old.numbered and there is not None and not there.numbered:
            yield self._alter(
                Phase.RULES,
                f"ALTER COLUMN {final} ADD GENERATED BY DEFAULT AS IDENTITY",
                f"Set the sequence of {column.name} behind its greatest number.",
            )
        in_key = self.after.primary_key and name in map(fold, self.after.primary_key.columns)
        now_nullable = there.nullable if there is not None else old.nullable
        if old.nullable and not column.nullable and now_nullable and not in_key:
            yield self._alter(Phase.RULES, f"ALTER COLUMN {final} SET NOT NULL")
        elif not old.nullable and column.nullable and not now_nullable and not in_key:
            yield self._alter(Phase.RULES, f"ALTER COLUMN {final} DROP NOT NULL")
        if fold(old.collation or "") != fold(column.collation or ""):
            yield self._mark(
                Phase.COLUMNS,
                f"{column.name} is compared by {column.collation or 'BINARY'} from here on.",
            )

    def _regenerated(self, old: Column, column: Column) -> Iterator[Alteration]:
        if old.generated is not None and column.generated is None:
            yield self._alter(
                Phase.COLUMNS, f"ALTER COLUMN {self.side.column(old.name)} DROP EXPRESSION"
            )
        elif not _same_text(old.generated or "", column.generated or ""):
            name, text = self.side.column(old.name), self._expression(column.generated or "")
            kind = self._type(column)
            yield self._alter(Phase.OFF, f"DROP COLUMN {name}")
            yield self._alter(
                Phase.COLUMNS,
                f"ADD COLUMN {name} {kind.text} GENERATED ALWAYS AS ({text.text}) STORED",
                *kind.doubts,
                *text.doubts,
            )

    def _retype(self, column: Column) -> None:
        """Keep in mind a column that has another type on PostgreSQL from here on."""
        name = fold(column.name)
        back = {fold(new): old for old, new in self.fate.renamed.items()}
        old = self.old.get(back.get(name, name))
        there = self.side.columns.get(back.get(name, name))
        if old is None or old.type.upper() == column.type.upper():
            return
        wanted = self._type(column)
        now = there.type if there is not None else self._type(old).text
        if (postgres_name(now), split_modifier(now)[1]) != (
            postgres_name(wanted.text),
            split_modifier(wanted.text)[1],
        ):
            self.retyped[name] = wanted

    def _retyped(
        self, column: Column, old: Column, item: str | None, redefault: bool
    ) -> Iterator[Alteration]:
        name = fold(column.name)
        wanted = self.retyped[name]
        there = self.side.columns.get(fold(old.name))
        now = there.type if there is not None else self._type(old).text
        spelt = self.side.column(old.name)
        doubts = list(wanted.doubts)
        if item is not None and name not in self.fate.bare and not _is_cast_of(item, old.name):
            text = self._expression(item)
            using = f" USING {_operand(text.text)}::{wanted.text}"
            doubts += text.doubts
        else:
            using = _using(spelt, now, wanted.text, doubts)
        has_default = there is not None and there.default is not None
        if has_default and using:
            yield self._alter(Phase.OFF, f"ALTER COLUMN {spelt} DROP DEFAULT")
        yield self._alter(Phase.COLUMNS, f"ALTER COLUMN {spelt} TYPE {wanted.text}{using}", *doubts)
        if column.default is not None and (redefault or (has_default and using)):
            text = self._default(column)
            change = f"ALTER COLUMN {spelt} SET DEFAULT {text.text}"
            yield self._alter(Phase.COLUMNS, change, *text.doubts)

    def _updates(self, sets: list[tuple[str, str]]) -> Iterator[Alteration]:
        copy = self.copy
        if not sets or copy is None or copy.other or len(self.rebuild.copies) > 1:
            return
        if copy.joined:
            joined = self._same_row(copy)
            if joined is None:
                yield self._mark(Phase.UPDATE, "The copy takes values from a JOIN.")
                return
            if not copy.alias:
                sets = [
                    (c, with_names(e, {fold(copy.source): "source"}, Backend.LIBSQL))
                    for c, e in sets
                ]
            assigned = ",\n    ".join(f"{column} = {item}" for column, item in sets)
            where = f"{joined} AND ({copy.where})" if copy.where else joined
            yield self._translated(
                Phase.UPDATE,
                f"UPDATE {libsql_name(self.before.name)}\nSET {assigned}\n"
                f"FROM {self._sources(copy)}\nWHERE {where}",
            )
            return
        if len(sets) == 1:
            column, item = sets[0]
            null = _filled_null(item)
            if null is not None and fold(null[0]) == fold(column):
                text = self._expression(null[1])
                yield Alteration(
                    Phase.UPDATE,
                    f"UPDATE {self.side.table}\nSET {column} = {text.text}\nWHERE {column} IS NULL",
                    text.doubts,
                )
                return
        texts = [
            (column, Text(item) if item == "DEFAULT" else self._expression(item))
            for column, item in sets
        ]
        assigned = ",\n    ".join(f"{column} = {text.text}" for column, text in texts)
        yield Alteration(
            Phase.UPDATE,
            f"UPDATE {self.side.table}\nSET {assigned}",
            tuple(doubt for _, text in texts for doubt in text.doubts),
        )

    # Keys and rules

    def _keys(self) -> Iterator[Alteration]:
        known = self.side.known
        old, new = self.before.primary_key, self.after.primary_key
        changed = not same_columns(
            self._now(old.columns if old else ()), new.columns if new else ()
        )
        if changed:
            if old is not None and not self._dies(old.columns):
                name = known.primary_key.name if known and known.primary_key else None
                yield from self._drop_key(old, name or f"{self.side.name}_pkey")
            elif old is not None and known is not None and known.primary_key is not None:
                self.side.taken.discard(known.primary_key.name or "")
            if new is not None:
                columns = ", ".join(map(self._final, new.columns))
                yield self._alter(Phase.RULES, f"ADD PRIMARY KEY ({columns})")
        left = list(self.after.uniques)
        for unique in self.before.uniques:
            same = next(
                (e for e in left if same_columns(self._now(unique.columns), e.columns)), None
            )
            if same is not None:
                left.remove(same)
                continue
            if self._dies(unique.columns):
                continue
            there = self.side.unique(unique.columns)
            index = self.side.unique_index(unique.columns)
            if there is not None and there.name:
                yield from self._drop_key(unique, there.name)
            elif index is not None:
                # The file may drop an index of that name itself, which libsql does not have.
                yield Alteration(Phase.OFF, f"DROP INDEX IF EXISTS {spelled(index.name)}")
            else:
                yield self._mark(
                    Phase.OFF,
                    f"UNIQUE ({', '.join(unique.columns)}) ends here, which PostgreSQL has not.",
                )
        for unique in left:
            if self.side.unique(self._then(unique.columns)) is not None:
                continue
            columns = ", ".join(map(self._final, unique.columns))
            name = unique.name or self.side.free_name(unique.columns, "key")
            yield self._alter(Phase.RULES, f"ADD CONSTRAINT {spelled(name)} UNIQUE ({columns})")

    def _drop_key(self, key: Key, name: str) -> Iterator[Alteration]:
        """Drop a key, and the foreign keys that need it as long as it is away."""
        for table, reference in self.side.references(key.columns):
            if table.name == self.side.name or reference.name is None:
                continue
            still = any(
                same_columns(self._now(key.columns), each.columns)
                for each in (*self.after.uniques, *filter(None, [self.after.primary_key]))
            )
            other = spelled(table.name)
            yield Alteration(
                Phase.FOREIGN_KEYS_OFF,
                table=other,
                change=f"DROP CONSTRAINT {spelled(reference.name)}",
            )
            if still:
                text = self._reference_text(reference, PostgresSide(self.context.postgres, table))
                yield Alteration(
                    Phase.FOREIGN_KEYS_ON,
                    table=other,
                    change=f"ADD CONSTRAINT {spelled(reference.name)} {text}",
                )
            else:
                yield self._mark(
                    Phase.FOREIGN_KEYS_ON,
                    f"{table.name} refers to a key of {self.side.name} that is gone.",
                )
        self.side.taken.discard(name)
        yield self._alter(Phase.OFF, f"DROP CONSTRAINT {spelled(name)}")

    def _checks(self) -> Iterator[Alteration]:
        names = {old: libsql_name(new) for old, new in self.fate.renamed.items()}
        old = {repr(check_key(check, names)): check for check in self.before.checks}
        new = {repr(check_key(check, {})): check for check in self.after.checks}
        free: dict[frozenset[str], list[str]] = {}
        for key, check in old.items():
            if key in new:
                continue
            used = frozenset(mentioned(check.expression, Backend.LIBSQL) & self.old.keys())
            if self._dies(used):
                continue
            there = self.side.check(check)
            if there is None or not there.name:
                yield self._mark(
                    Phase.OFF, f"CHECK ({_one_line(check.expression)}) ends: find it here."
                )
                continue
            self.side.taken.discard(there.name)
            then = frozenset(fold(self.fate.renamed.get(name, name)) for name in used)
            free.setdefault(then, []).append(there.name)
            yield self._alter(Phase.OFF, f"DROP CONSTRAINT {spelled(there.name)}")
        for key, check in new.items():
            if key in old:
                continue
            used = frozenset(mentioned(check.expression, Backend.LIBSQL) & self.new.keys())
            yield self._add_check(check, used, free)

    def _add_check(
        self, check: Check, used: frozenset[str], free: dict[frozenset[str], list[str]]
    ) -> Alteration:
        name = check.name
        if name is None and free.get(used):
            name = free[used].pop(0)
            self.side.taken.add(name)
        if name is None:
            name = self.side.free_name(tuple(used) if len(used) == 1 else (), "check")
        text = self._new_expression(check.expression)
        return self._alter(
            Phase.RULES, f"ADD CONSTRAINT {spelled(name)} CHECK ({text.text})", *text.doubts
        )

    def _foreign_keys(self) -> Iterator[Alteration]:
        left = list(self.after.foreign_keys)
        for key in self.before.foreign_keys:
            now = self._now(key.columns)
            same = next((each for each in left if self._is_same(key, each)), None)
            retyped = any(fold(column) in self.retyped for column in now)
            if same is not None and not retyped:
                left.remove(same)
                continue
            if self._dies(key.columns):
                continue
            there = self.side.foreign_key(key)
            if there is None or not there.name:
                yield self._mark(
                    Phase.FOREIGN_KEYS_OFF,
                    f"The foreign key ({', '.join(key.columns)}) to {key.target} ends.",
                )
                continue
            self.side.taken.discard(there.name)
            yield self._alter(Phase.FOREIGN_KEYS_OFF, f"DROP CONSTRAINT {spelled(there.name)}")
        for key in left:
            name = key.name or self.side.free_name(key.columns, "fkey")
            text = self._reference_text(key, self.side, after=True)
            yield self._alter(Phase.FOREIGN_KEYS_ON, f"ADD CONSTRAINT {spelled(name)} {text}")

    def _is_same(self, old: ForeignKey, new: ForeignKey) -> bool:
        # Renaming a table away takes the references to it along, on libsql alone.
        home = self.names.get(fold(old.target))
        old = replace(old, target=unquoted(home) if home[:1] == '"' else home) if home else old
        own = fold(old.target) == fold(self.before.name)
        targets = self._now(old.target_columns) if own else old.target_columns
        return (
            same_columns(self._now(old.columns), new.columns)
            and fold(old.target) == fold(new.target)
            and same_columns(targets, new.target_columns)
            and (old.on_delete, old.on_update) == (new.on_delete, new.on_update)
            and (old.deferrable, old.deferred) == (new.deferrable, new.deferred)
        )

    def _reference_text(self, key: ForeignKey, side: PostgresSide, *, after: bool = False) -> str:
        target = named(self.context.postgres, key.target)
        name = target.name if target else plain(key.target)
        there = {fold(column.name): column.name for column in side.columns_of(target)}
        columns = ", ".join(map(self._final, key.columns)) if after else side.list(key.columns)
        targets = ", ".join(spelled(there.get(fold(c), plain(c))) for c in key.target_columns)
        return f"FOREIGN KEY ({columns}) REFERENCES {spelled(name)} ({targets}){actions_sql(key)}"

    # Indexes and triggers

    def _hanging(self) -> Iterator[Alteration]:
        new_indexes = {fold(index.name): index_key(index) for index in self.after.indexes}
        renames = {old: libsql_name(new) for old, new in self.fate.renamed.items()}
        for index in self.before.indexes:
            name = fold(index.name)
            changed = new_indexes.get(name) != index_key(index, renames)
            there = self.side.index(index.name)
            used = {fold(part.text) for part in index.parts}
            if not changed or name in self.rebuild.kept or there is None or self._dies(used):
                continue
            yield Alteration(Phase.OFF, f"DROP INDEX {spelled(there.name)}")
        new_triggers = {fold(each.name): trigger_key(each) for each in self.after.triggers}
        for trigger in self.before.triggers:
            name = fold(trigger.name)
            if new_triggers.get(name) == trigger_key(trigger, renames) or name in self.rebuild.kept:
                continue
            known = self.side.known.triggers if self.side.known else ()
            found = [each for each in known if fold(each.name) == name]
            yield from (
                Alteration(Phase.OFF, f"DROP TRIGGER {spelled(each.name)} ON {self.side.table}")
                for each in found
            )
        for sql in self.rebuild.created:
            yield self._translated(Phase.REST, sql)

    # Text

    def _now(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Columns of the old table by the names that they have in the new one."""
        return tuple(self.fate.renamed.get(fold(column), column) for column in columns)

    def _then(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Columns of the new table by the names that they had in the old one."""
        back = {fold(new): old for old, new in self.fate.renamed.items()}
        return tuple(back.get(fold(column), column) for column in columns)

    def _final(self, column: str) -> str:
        """A column of the new table as PostgreSQL calls it in the end."""
        known = self.side.columns.get(fold(column))
        return spelled(known.name) if known else spelled(plain(column))

    def _dies(self, columns: Sequence[str] | set[str] | frozenset[str]) -> bool:
        """Whether PostgreSQL drops something by itself, with a column that it uses."""
        gone = {fold(column.name) for column in self.gone}
        return any(fold(column) in gone for column in columns)

    def _type(self, column: Column) -> Text:
        return self.translation.column_type(column.name, column.type)

    def _default(self, column: Column) -> Text:
        return self.translation.default(column, self._type(column).text)

    def _expression(self, sql: str) -> Text:
        return self.translation.expression(sql, self.before.name)

    def _new_expression(self, sql: str) -> Text:
        return self.after_translation.expression(sql, self.after.name)

    def _translated(self, phase: Phase, sql: str) -> Alteration:
        translation = self.after_translation if phase is Phase.REST else self.translation
        text = translation.statement(with_names(sql, self.names, Backend.LIBSQL))
        return Alteration(phase, text.text, text.doubts)

    def _alter(self, phase: Phase, change: str, *doubts: str) -> Alteration:
        return Alteration(phase, "", doubts, self.side.table, change)

    def _mark(self, phase: Phase, message: str) -> Alteration:
        return Alteration(phase, "", (message,))


def spaced_upper(sql: str) -> frozenset[str]:
    """The words of a text in upper case."""
    return frozenset(word.upper() for word in spaced(sql, Backend.LIBSQL))


def _same_text(one: str, other: str) -> bool:
    return _unwrapped(one) == _unwrapped(other)


def _unwrapped(sql: str) -> tuple[str, ...]:
    words = spaced(sql, Backend.LIBSQL)
    while len(words) > 1 and words[0] == "(" and words[-1] == ")":
        words = words[1:-1]
    return words


def _one_line(sql: str) -> str:
    return " ".join(sql.split())


def _operand(text: str) -> str:
    return text if text.replace("_", "").isalnum() else f"({text})"


def _is_cast_of(item: str, column: str) -> bool:
    """Whether something selected is the column in another type: CAST(c AS …)."""
    words = spaced(item, Backend.LIBSQL)
    return words[:2] == ("cast", "(") and words[2:4] == (fold(column), "as")


def _filled_null(item: str) -> tuple[str, str] | None:
    """The column and the value of COALESCE(column, value)."""
    reader = Reader(item, Backend.LIBSQL)
    if reader.peek() not in ("COALESCE", "IFNULL") or reader.peek(1) != "(":
        return None
    reader.place += 1
    inner = Reader(reader.group(), Backend.LIBSQL)
    if not reader.at_end:
        return None
    parts = list(inner.parts(lambda: False))
    return (parts[0], parts[1]) if len(parts) == 2 else None


def _negated(where: str, table: Table) -> str:
    """The condition that is true just where another one is false or NULL."""
    words = spaced(where, Backend.LIBSQL)
    if len(words) == 4 and words[1:] == ("is", "not", "null"):
        return where[: where.upper().rindex("NOT")] + "NULL"
    if len(words) == 3 and words[1:] == ("is", "null"):
        return where[: where.upper().rindex("NULL")] + "NOT NULL"
    tokens = Reader(where, Backend.LIBSQL).tokens
    known = {fold(column.name) for column in table.columns if not column.nullable}
    used = {token.folded for token in tokens if token.is_name} & {
        fold(column.name) for column in table.columns
    }
    opposite = {"=": "<>", "==": "<>", "<>": "=", "!=": "=", "<": ">=", ">": "<=", "<=": ">"} | {
        ">=": "<"
    }
    if used <= known and tokens and tokens[0].is_name:
        if len(tokens) == 3 and tokens[1].key in opposite and not tokens[2].is_name:
            place = tokens[1].start
            end = place + len(tokens[1].text)
            return where[:place] + opposite[tokens[1].key] + where[end:]
        reader = Reader(where, Backend.LIBSQL)
        reader.place = 1
        if reader.accept("IN"):
            reader.skip_group()
            if reader.at_end and "SELECT" not in spaced_upper(where):
                place = tokens[1].start
                return where[:place] + "NOT " + where[place:]
    return f"({where}) IS NOT TRUE"


def _using(column: str, now: str, wanted: str, doubts: list[str]) -> str:
    """The USING that PostgreSQL needs to change a type, with a blank before it."""
    one, other = (logical_type(each, Backend.POSTGRES) for each in (now, wanted))
    if other is LogicalType.TEXT or one is other:
        return ""
    if {one, other} <= {LogicalType.INTEGER, LogicalType.REAL, LogicalType.DECIMAL}:
        if other is LogicalType.INTEGER:
            doubts.append(f"{column} is rounded here where libsql keeps the fraction.")
        return ""
    moments = {LogicalType.TIMESTAMP, LogicalType.DATE, LogicalType.TIME}
    if {one, other} <= moments:
        return ""
    if other is LogicalType.BOOLEAN and one is LogicalType.INTEGER:
        return f" USING {column} <> 0"
    if one is LogicalType.BOOLEAN and other is LogicalType.INTEGER:
        return f" USING {column}::integer"
    if other is LogicalType.TIMESTAMP and one is LogicalType.INTEGER:
        doubts.append(f"{column} is taken for seconds since 1970.")
        return f" USING to_timestamp({column})"
    if one is not LogicalType.TEXT:
        doubts.append(f"{column} changes from {now} to {wanted}: see what becomes of its values.")
    return f" USING {column}::{wanted.lower()}"
