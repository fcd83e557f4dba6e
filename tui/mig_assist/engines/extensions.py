"""What well-known extensions of PostgreSQL define, and what of it a failed statement asked for.

The names are those of PostgreSQL's manual, appendix F, and of the extensions' own manuals. What is
not on the list may define anything that PostgreSQL itself does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from mig_assist.backend import Backend
from mig_assist.engines.database import DatabaseError
from mig_assist.engines.stand_ins import STAND_INS
from mig_assist.engines.statements import SqlSyntaxError, split_statements


@dataclass(frozen=True, slots=True)
class _Own:
    """What one extension defines.

    Attributes:
        names: of its types, functions, operator classes and dictionaries, as a pattern.
        types: its types; what takes one of them is its own, whatever that is called.
        signs: its operators.
        operands: the types of PostgreSQL itself that its operators take, as a pattern.
        methods: the index methods that get default operator classes by it.
    """

    names: str
    types: str = ""
    signs: str = ""
    operands: str = r"$^"
    methods: str = ""


_TEXTS = r"text|unknown|character varying|character"
_OWN: Mapping[str, _Own] = {
    "bloom": _Own(r"bloom"),
    "btree_gin": _Own(r"gin_btree_\w+|(?:int|float|text|uuid|date|timestamp|bool)\w*_ops",
                      methods="gin"),
    "btree_gist": _Own(r"gbt_\w+|gist_\w+_ops|\w+_dist", signs="<->",
                       operands=r"\w[\w ]*", methods="gist"),
    "citext": _Own(r"citext\w*", "citext"),
    "cube": _Own(r"cube\w*|gist_cube_ops", "cube"),
    "dblink": _Own(r"dblink\w*"),
    "earthdistance": _Own(r"earth\w*|ll_to_earth|latitude|longitude|sec_to_gc|gc_to_sec",
                          "earth", "<@>", "point"),
    "fuzzystrmatch": _Own(r"soundex|difference|levenshtein\w*|d?metaphone(?:_alt)?"
                          r"|daitch_mokotoff"),
    "hstore": _Own(r"hstore\w*|(?:gin|gist|btree|hash)_hstore_ops|skeys|svals|akeys|avals|each"
                   r"|exist|defined|slice|slice_array", "hstore", "=>", _TEXTS),
    "intarray": _Own(r"gin__int_ops|gist__int(?:big)?_ops|icount|sort_asc|sort_desc|sort|uniq|idx"
                     r"|subarray|intset|query_int", "query_int", "& | # @@", r"integer(?:\[\])?"),
    "isn": _Own(r"ean13|is[bms]n13|is[bms]n|upc|isn_weak|is_valid|make_valid", "ean13 isbn issn"),
    "lo": _Own(r"lo|lo_manage|lo_oid"),
    "ltree": _Own(r"l(?:tree|query|txtquery)\w*|(?:gist|btree|hash)_ltree_ops|gist__ltree_ops"
                  r"|nlevel|subpath|subltree|text2ltree|lca", "ltree lquery ltxtquery"),
    "pg_trgm": _Own(r"(?:gin|gist)_trgm_ops|gtrgm|(?:strict_)?(?:word_)?similarity(?:_op|_dist)?"
                    r"|show_trgm|show_limit|set_limit", "gtrgm",
                    "% <% %> <<% %>> <-> <<-> <->> <<<-> <->>>", _TEXTS),
    "pgcrypto": _Own(r"digest|hmac|crypt|gen_salt|gen_random_(?:bytes|uuid)|encrypt(?:_iv)?"
                     r"|decrypt(?:_iv)?|pgp_\w+|armor|dearmor"),
    "postgis": _Own(r"_?st_\w+|geometry\w*|geography\w*|box[23]d\w*|raster|postgis\w*|spheroid"
                    r"|(?:add|drop|populate_?)geometry\w*|spatial_ref_sys"
                    r"|(?:gist|brin|spgist)_(?:geometry|geography)\w*|updategeometrysrid",
                    "geometry geography box2d box3d raster"),
    "seg": _Own(r"seg\w*|gist_seg_ops", "seg"),
    "tablefunc": _Own(r"crosstab\w*|normal_rand|connectby|tablefunc_\w+"),
    "timescaledb": _Own(r"create_hypertable|time_bucket\w*|add_\w+_policy|remove_\w+_policy"
                        r"|set_chunk_time_interval|hypertable\w*|drop_chunks"),
    "tsm_system_rows": _Own(r"system_rows"),
    "tsm_system_time": _Own(r"system_time"),
    "unaccent": _Own(r"unaccent\w*"),
    "uuid-ossp": _Own(r"uuid_(?:generate_\w+|nil|ns_\w+)"),
    "vector": _Own(r"(?:vector|halfvec|sparsevec)\w*|(?:vector|halfvec|sparsevec|bit)_\w+_ops|hnsw"
                   r"|ivfflat|(?:l1|l2|inner|cosine|hamming|jaccard)_\w+|binary_quantize|subvector",
                   "vector halfvec sparsevec"),
    "xml2": _Own(r"xpath_\w+|xslt_process|xml_encode_special_chars"),
}  # fmt: skip

_UNDEFINED = ("42704", "42883", "42P01", "42703")
"""Undefined object, function, table and column."""
_CALLED = re.compile(r'(?:[\w"]+\.)?"?(?P<name>\w+)"?\((?P<takes>[^()]*)')
_OPERATOR = re.compile(
    r": (?:(?P<left>\w[\w .\[\]]*?) )?(?P<sign>[-+*/<>=~!@#%^&|`?]+) (?P<right>\w[\w .\[\]]*)"
)
_QUOTED = re.compile(r'["«„](?:[^"»“.]+\.)?(?P<name>[^"»“.]+)["»“]')
_COLUMN = re.compile(r"\b\w+\.(?P<name>\w+)")
_WORD = re.compile(r"[^\W\d]\w*")
_LITERAL = re.compile(r"'(?:[^']|'')*'|--[^\n]*")
_MADE = re.compile(
    r"^CREATE\s+(?:OR\s+REPLACE\s+)?(?:\w+\s+)??(?:TABLE|TYPE|DOMAIN|FUNCTION|PROCEDURE|AGGREGATE"
    r"|VIEW|INDEX|TRIGGER|CONFIGURATION)\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?"
    r'(?:[\w"]+\s*\.\s*)?"?(?P<name>\w+)',
    re.IGNORECASE,
)
_ADDED = re.compile(r'\bADD\s+COLUMN\s+(?:IF\s+NOT\s+EXISTS\s+)?"?(?P<name>\w+)', re.IGNORECASE)


@dataclass(frozen=True)
class Missing:
    """Extensions that scripts create and a server does not have.

    Attributes:
        built_in: the functions, types and the like that PostgreSQL itself has.
        scripts: the texts that have been run, or are.
    """

    names: tuple[str, ...] = ()
    built_in: frozenset[str] = frozenset()
    scripts: tuple[str, ...] = ()

    def needed_by(self, error: DatabaseError) -> tuple[str, ...]:
        """Those that a statement failed for; none where it failed for anything else."""
        if error.sqlstate not in _UNDEFINED or not self.names:
            return ()
        own = tuple(name for name in self.names if self._is_own(name, error.message))
        if own:
            return own
        subjects = _subjects(error.message)
        return tuple(name for name in self.names if subjects & self._left_out[name])

    def _is_own(self, extension: str, message: str) -> bool:
        own = _OWN.get(extension)
        subjects = _subjects(message)
        if own is None:
            stem = re.sub(r"\W", "_", extension)
            if any(subject.startswith(stem) for subject in subjects):
                return True
            told = message.partition(":")[0]  # a table or a column is nobody's but the schema's
            is_other = re.search(r"\b(?:relation|column|table|index|constraint|trigger)\b", told)
            return bool(subjects) and not is_other and subjects.isdisjoint(self.built_in)
        if operator := _OPERATOR.search(message):
            operands = [each for each in operator.group("left", "right") if each]
            if not set(own.types.split()).isdisjoint(_WORD.findall(" ".join(operands))):
                return True
            fits = all(re.fullmatch(own.operands, each.strip()) for each in operands)
            return operator["sign"] in own.signs.split() and fits
        if "data type" in message and "operator class" in message:
            return not subjects.isdisjoint(own.methods.split())
        if called := _CALLED.search(message):
            takes = _WORD.findall(called["takes"].lower())
            if not set(own.types.split()).isdisjoint(takes) and subjects & self.built_in:
                return True
        return any(re.fullmatch(own.names, subject) for subject in subjects)

    @cached_property
    def _left_out(self) -> Mapping[str, frozenset[str]]:
        """By extension, what the scripts make by means of it, and of what is made so.

        Not all of that need be absent: only what an engine says it does not find counts.
        """
        return {name: _made_by(name, self.scripts) for name in self.names}


def _subjects(message: str) -> frozenset[str]:
    """What a message says is not there."""
    first = message.partition("\n")[0]
    found = next(
        (m["name"] for kind in (_CALLED, _QUOTED, _COLUMN) if (m := kind.search(first))), ""
    )
    return frozenset((found.lower(),)) - {""}


def _made_by(extension: str, scripts: Iterable[str]) -> frozenset[str]:
    if extension in STAND_INS:
        return frozenset()
    own = _OWN.get(extension, _Own(rf"{re.escape(extension)}\w*"))
    made: set[str] = set()
    for sql in scripts:
        try:
            statements = split_statements(sql, Backend.POSTGRES)
        except SqlSyntaxError:
            continue
        for statement in statements:
            text = _LITERAL.sub(" ", statement.text)
            names = [m["name"].lower() for m in (_MADE.search(text), *_ADDED.finditer(text)) if m]
            words = {word.lower() for word in _WORD.findall(text)}
            if names and (words & made or any(re.fullmatch(own.names, word) for word in words)):
                made.update(names)
    return frozenset(made)
