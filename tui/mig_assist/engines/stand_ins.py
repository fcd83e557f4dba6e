"""What stands in for extensions of PostgreSQL that a server does not have.

Only what is simple and behaves alike: see PostgreSQL's manual, appendix F. citext is built as the
extension itself builds it, with the comparisons written in SQL.
"""

from __future__ import annotations

from collections.abc import Mapping

_COMPARISONS = {"=": "eq", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_OPPOSITES = {"=": ("=", "<>"), "<>": ("<>", "="), "<": (">", ">="), ">": ("<", "<="),
              "<=": (">=", ">"), ">=": ("<=", "<")}  # fmt: skip
_FOLDED = "lower($1::text) {} lower($2::text)"


def _function(head: str, body: str) -> str:
    return f"CREATE FUNCTION {head} LANGUAGE sql IMMUTABLE STRICT AS 'SELECT {body}'"


def _internal(head: str, name: str, volatility: str = "IMMUTABLE") -> str:
    return f"CREATE FUNCTION {head} AS '{name}' LANGUAGE internal {volatility} STRICT"


def _comparison(sign: str, name: str) -> tuple[str, str]:
    commutator, negator = _OPPOSITES[sign]
    more = ", HASHES, MERGES" if sign == "=" else ""
    return (
        _function(f"citext_{name}(citext, citext) RETURNS bool", _FOLDED.format(sign)),
        f"CREATE OPERATOR {sign} (LEFTARG = citext, RIGHTARG = citext, PROCEDURE = citext_{name},"
        f" COMMUTATOR = {commutator}, NEGATOR = {negator}{more})",
    )


def _likeness(sign: str, name: str, pattern: str) -> tuple[str, str]:
    return (
        _function(
            f"citext_{name}(citext, {pattern}) RETURNS bool",
            f"lower($1::text) OPERATOR(pg_catalog.{sign}) lower($2::text)",
        ),
        f"CREATE OPERATOR {sign} (LEFTARG = citext, RIGHTARG = {pattern},"
        f" PROCEDURE = citext_{name})",
    )


_CITEXT = (
    "CREATE TYPE citext",
    _internal("citextin(cstring) RETURNS citext", "textin"),
    _internal("citextout(citext) RETURNS cstring", "textout"),
    _internal("citextrecv(internal) RETURNS citext", "textrecv", "STABLE"),
    _internal("citextsend(citext) RETURNS bytea", "textsend", "STABLE"),
    "CREATE TYPE citext (INPUT = citextin, OUTPUT = citextout, RECEIVE = citextrecv,"
    " SEND = citextsend, INTERNALLENGTH = VARIABLE, STORAGE = extended, CATEGORY = 'S',"
    " COLLATABLE = true)",
    "CREATE CAST (citext AS text) WITHOUT FUNCTION AS IMPLICIT",
    "CREATE CAST (citext AS varchar) WITHOUT FUNCTION AS IMPLICIT",
    "CREATE CAST (citext AS bpchar) WITHOUT FUNCTION AS ASSIGNMENT",
    "CREATE CAST (text AS citext) WITHOUT FUNCTION AS ASSIGNMENT",
    "CREATE CAST (varchar AS citext) WITHOUT FUNCTION AS ASSIGNMENT",
    *(text for sign, name in _COMPARISONS.items() for text in _comparison(sign, name)),
    *(
        text
        for pattern in ("citext", "text")
        for sign, name in (("~~", "like"), ("!~~", "not_like"))
        for text in _likeness(sign, name, pattern)
    ),
    _function(
        "citext_cmp(citext, citext) RETURNS int4", "bttextcmp(lower($1::text), lower($2::text))"
    ),
    _function("citext_hash(citext) RETURNS int4", "hashtext(lower($1::text))"),
    "CREATE OPERATOR CLASS citext_ops DEFAULT FOR TYPE citext USING btree AS OPERATOR 1 <,"
    " OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,"
    " FUNCTION 1 citext_cmp(citext, citext)",
    "CREATE OPERATOR CLASS citext_ops DEFAULT FOR TYPE citext USING hash AS OPERATOR 1 =,"
    " FUNCTION 1 citext_hash(citext)",
)
_MAKES_UUID = (
    "CREATE FUNCTION {}() RETURNS uuid LANGUAGE sql VOLATILE AS 'SELECT gen_random_uuid()'"
)

STAND_INS: Mapping[str, str] = {
    "citext": "; ".join(_CITEXT),
    "uuid-ossp": "; ".join(
        map(_MAKES_UUID.format, ("uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4"))
    ),
}
"""What is run instead of CREATE EXTENSION, in one line."""
