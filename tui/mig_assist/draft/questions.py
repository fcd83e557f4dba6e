"""What scaffolds ask, and the answers that the live schema has for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from mig_assist.draft.derive import Context
from mig_assist.draft.derive.table_text import Definition
from mig_assist.draft.scaffolds import template_questions
from mig_assist.engines.schema import Schema, Table
from mig_assist.engines.sqlite_tokens import fold
from mig_assist.errors import WrongUse
from mig_assist.workspace.model import Workspace

Answers = Mapping[str, str]
"""By the questions' keys; ``yes`` or ``no`` where that is the question; empty where left open."""


class Kind(StrEnum):
    """What an answer is."""

    TEXT = "text"
    SQL = "an expression or a list in libsql's dialect"
    NEW = "a name that is free"
    TABLE = "a table that is there"
    COLUMN = "a column of the table"
    COLUMNS = "columns of the table"
    INDEX = "an index of the table"
    RULE = "a constraint of the table"
    TYPE = "a type of libsql's"
    CHOICE = "one of a few"
    YES = "yes or no"


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a scaffold; its flag is ``--`` and the key.

    Attributes:
        needed: whether the scaffold marks a place for the person where it is not answered.
        only: a key and the answers to it with which this is asked at all.
    """

    key: str
    text: str
    kind: Kind = Kind.TEXT
    choices: tuple[tuple[str, str], ...] = ()
    needed: bool = True
    only: tuple[str, tuple[str, ...]] | None = None

    @property
    def flag(self) -> str:
        """The option of ``mig-assist new``."""
        return f"--{self.key.replace('_', '-')}"


_ACTIONS = (
    ("no action", "the parent row has to stay"),
    ("cascade", "the rows go with it"),
    ("set null", "the reference becomes NULL"),
    ("restrict", "the parent row has to stay, at once"),
)
_RULES = (
    ("check", "a condition that every row meets"),
    ("unique", "columns whose values come once"),
    ("foreign-key", "a reference to another table"),
    ("not-null", "a column that always has a value"),
)
_THINGS = (
    ("table", "a whole table with its rows"),
    ("column", "one column of a table"),
    ("index", "one index of a table"),
)
_SIDES = (
    ("libsql", "libsql does nothing, you write PostgreSQL's file"),
    ("postgres", "PostgreSQL does nothing, you write libsql's file"),
)

VOCABULARY: Mapping[str, Question] = {
    question.key: question
    for question in (
        Question("rule", "Which constraint", Kind.CHOICE, _RULES),
        Question("what", "What goes", Kind.CHOICE, _THINGS),
        Question("side", "Which side does nothing", Kind.CHOICE, _SIDES),
        Question("table", "Table", Kind.TABLE),
        Question("column", "Column", Kind.COLUMN),
        Question("index", "Index", Kind.INDEX),
        Question("definitions", "Columns: name TEXT NOT NULL, …", Kind.SQL),
        Question("key", "Columns of the primary key", Kind.TEXT),
        Question("columns", "Columns: region, created_at DESC", Kind.COLUMNS),
        Question("type", "Type on libsql", Kind.TYPE),
        Question("not_null", "NOT NULL", Kind.YES),
        Question("default", "Default, in libsql's dialect: 0, 'eu'", Kind.SQL),
        Question("check", "Condition: amount > 0", Kind.SQL),
        Question("references", "Table that it refers to", Kind.TABLE),
        Question("on_delete", "When the parent goes", Kind.CHOICE, _ACTIONS),
        Question("replaces", "Constraint that it replaces", Kind.RULE),
        Question("unique", "Unique", Kind.YES),
        Question("where", "Only rows with: closed_at IS NULL", Kind.SQL),
        Question("set", "Set: region = 'eu'", Kind.SQL),
        Question("to", "New name", Kind.NEW),
        Question("summary", "What changes and why, in a sentence"),
    )
}
_ONLY: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "rule check": ("rule", ("check",)),
    "rule columns": ("rule", ("unique", "foreign-key", "not-null")),
    "rule references": ("rule", ("foreign-key",)),
    "rule on_delete": ("rule", ("foreign-key",)),
    "rule replaces": ("rule", ("check", "unique", "foreign-key")),
    "rule default": ("rule", ("not-null",)),
    "what column": ("what", ("column",)),
    "what index": ("what", ("index",)),
}


def questions(template: str, workspace: Workspace | None = None) -> tuple[Question, ...]:
    """What a template asks, in its order.

    In a template's ``asks:`` a ``?`` behind a key means that it need not be answered, a ``!`` that
    the name is a new one.

    Raises:
        WrongUse: there is no such template, or it asks what nobody can answer.
    """
    asked = template_questions(template, workspace)
    keys = {key.rstrip("?!") for key in asked}
    unknown = sorted(keys - VOCABULARY.keys())
    if unknown:
        raise WrongUse(
            f"The template {template!r} asks for {unknown[0]!r}",
            f"Templates can ask for: {', '.join(sorted(VOCABULARY))}.",
            "Correct its “asks:”.",
        )
    found = []
    for key in asked:
        question = VOCABULARY[key.rstrip("?!")]
        kind = Kind.NEW if key.endswith("!") else question.kind
        leads = (lead for lead in ("rule", "what") if lead in keys)
        only = next((o for lead in leads if (o := _ONLY.get(f"{lead} {question.key}"))), None)
        found.append(replace(question, kind=kind, needed=not key.endswith("?"), only=only))
    return tuple(found)


def applies(question: Question, answers: Answers) -> bool:
    """Whether a question is to be asked after what has been answered."""
    if question.key == "on_delete" and not answers.get("references"):
        return False
    return question.only is None or answers.get(question.only[0], "") in question.only[1]


def options(question: Question, answers: Answers, context: Context) -> tuple[tuple[str, str], ...]:
    """Answers to choose from, each with a note; none where anything may be typed."""
    schema = context.libsql
    table = schema.table(answers.get("table", ""))
    match question.kind:
        case Kind.TABLE:
            return tuple((t.name, f"{len(t.columns)} columns") for t in schema.tables)
        case Kind.COLUMN | Kind.COLUMNS if table is not None:
            return tuple((c.name, _about(c.type, c.nullable)) for c in table.columns)
        case Kind.INDEX if table is not None:
            return tuple((i.name, ", ".join(part.text for part in i.parts)) for i in table.indexes)
        case Kind.RULE if table is not None:
            return tuple((text, "") for text in rules_of(table, context))
        case Kind.TYPE:
            return tuple((kind, f"{count} columns") for kind, count in _types(schema))
    return question.choices


def present(question: Question, answers: Answers, context: Context) -> str:
    """What the column at hand has of what is asked, and keeps where that is left open."""
    table = context.libsql.table(answers.get("table", ""))
    name = fold(answers.get("column", ""))
    column = next((c for c in table.columns if fold(c.name) == name), None) if table else None
    if column is None:
        return ""
    nullable = "no" if column.nullable else "yes"
    has = {"type": column.type, "not_null": nullable, "default": column.default or ""}
    return has.get(question.key, "")


def rules_of(table: Table, context: Context) -> tuple[str, ...]:
    """The constraints of a libsql table that can be replaced, as they are written."""
    text = Definition(context.definitions.get(fold(table.name), ""))
    kinds = ("CHECK", "UNIQUE", "REFERENCES", "FOREIGN")
    return tuple(
        " ".join(text.sql[clause.start : clause.end].split())
        for _, clause in text.clauses()
        if clause.kind in kinds
    )


def _about(kind: str, nullable: bool) -> str:
    return kind if nullable else f"{kind} NOT NULL".strip()


def _types(schema: Schema) -> list[tuple[str, int]]:
    kinds = Counter(c.type for table in schema.tables for c in table.columns if c.type)
    return kinds.most_common()


def unanswered(template: str, answers: Answers, workspace: Workspace) -> tuple[Question, ...]:
    """The questions that a template needs answered and that are open."""
    return tuple(
        question
        for question in questions(template, workspace)
        if question.needed and applies(question, answers) and not answers.get(question.key)
    )


def checked(
    template: str, answers: Answers, context: Context, workspace: Workspace
) -> dict[str, str]:
    """The answers, with names as the schema has them, and without those that change nothing.

    Raises:
        WrongUse: the template does not ask that, or the schema has no such thing.
    """
    asked = {question.key: question for question in questions(template, workspace)}
    result: dict[str, str] = {}
    for key in answers:
        if answers[key].strip() and key not in asked:
            raise WrongUse(
                f"{template} does not ask for --{key.replace('_', '-')}",
                f"It asks for: {', '.join(q.flag for q in asked.values()) or 'nothing'}.",
                "Leave it out, or choose another template.",
            )
    for key, question in asked.items():
        value = answers.get(key, "").strip()
        if value:
            result[key] = _checked(question, value, result, context)
    for question in asked.values():
        if question.key in result and not applies(question, result):
            raise WrongUse(
                f"{question.flag} has no meaning here",
                f"It does not go with the other answers for {template}.",
                "Leave it out.",
            )
    return {
        key: value
        for key, value in result.items()
        if asked[key].needed or value != present(asked[key], result, context)
    }


def _checked(question: Question, value: str, answers: Answers, context: Context) -> str:
    if question.kind is Kind.NEW:
        return _free(question, value, answers, context)
    if question.kind is Kind.YES and value not in ("yes", "no"):
        raise WrongUse(f"{question.flag} is yes or no", f"It is {value!r}.", "Say which.")
    if question.kind not in (Kind.TABLE, Kind.COLUMN, Kind.INDEX, Kind.RULE, Kind.CHOICE):
        return value
    if question.key == "references":
        table, opening, rest = value.partition("(")
        return f"{_known(question, table.strip(), answers, context)}{opening}{rest}"
    return _known(question, value, answers, context)


def _known(question: Question, value: str, answers: Answers, context: Context) -> str:
    there = [name for name, _ in options(question, answers, context)]
    found = next((name for name in there if fold(name) == fold(value)), None)
    if question.kind is Kind.RULE:
        words = f"CONSTRAINT {value} "
        found = found or next((n for n in there if n.upper().startswith(words.upper())), None)
    if found is None:
        shown = ", ".join(there[:20]) + (" …" if len(there) > 20 else "")
        raise WrongUse(
            f"{question.flag}: there is no {value!r}",
            f"It is {question.kind}. There are: {shown or 'none'}.",
            "Name one that is there.",
        )
    return found


def _free(question: Question, value: str, answers: Answers, context: Context) -> str:
    table = context.libsql.table(answers.get("table", ""))
    if question.key == "table" or (question.key == "to" and not answers.get("column")):
        taken = {fold(t.name) for t in context.libsql.tables}
        taken |= {fold(v.name) for v in context.libsql.views}
    else:
        taken = {fold(c.name) for c in table.columns} if table else set()
    if fold(value) in taken:
        raise WrongUse(
            f"{question.flag}: {value!r} is there already",
            f"It is to be {question.kind}.",
            "Choose another name.",
        )
    return value
