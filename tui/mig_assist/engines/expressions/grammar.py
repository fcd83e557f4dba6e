"""Expressions of both dialects read into one tree, with each dialect's own precedence.

https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-PRECEDENCE and
https://www.sqlite.org/lang_expr.html#operators_and_parse_affecting_attributes. What is read the
same in either dialect becomes the same node already here: BETWEEN is two comparisons, ``!=`` is
``<>``, ``= ANY (ARRAY[…])`` is IN. What a dialect means by a function or a cast is not looked at.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mig_assist.backend import Backend
from mig_assist.engines.expressions.nodes import (
    FALSE,
    NULL,
    TRUE,
    Kind,
    Node,
    call,
    compare,
    is_null,
    negated,
    number,
    string,
)
from mig_assist.engines.expressions.tokens import Lexeme, NotUnderstood, Token, tokenize

_COMPARISONS = {"=": "=", "==": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">"} | {
    ">=": ">="
}
_MATCHES = {"~~": "like", "~~*": "ilike", "~": "~", "~*": "~*"}
_OR, _AND, _NOT, _IS, _EQUAL, _RANGE, _OTHER = range(1, 8)
_PLUS, _TIMES, _POWER, _TIGHT, _COLLATE, _SIGN, _CAST = range(8, 15)

# The binding power of what stands between or behind operands; -1 where the dialect has it not.
_LIBSQL = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(("is", "isnull", "notnull", "not", "in", "between"), _IS),
    **dict.fromkeys(("like", "glob", "regexp", "=", "==", "<>", "!="), _IS),
    **dict.fromkeys(("<", "<=", ">", ">="), _EQUAL),
    **dict.fromkeys(("&", "|", "<<", ">>"), _OTHER),
    **dict.fromkeys(("+", "-"), _PLUS),
    **dict.fromkeys(("*", "/", "%"), _TIMES),
    **dict.fromkeys(("||", "->", "->>"), _TIGHT),
    "collate": _COLLATE,
}
_POSTGRES = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(("is", "isnull", "notnull"), _IS),
    **dict.fromkeys(_COMPARISONS.keys() - {"=="}, _EQUAL),
    **dict.fromkeys(("not", "in", "between", "like", "ilike"), _RANGE),
    **dict.fromkeys(("+", "-"), _PLUS),
    **dict.fromkeys(("*", "/", "%"), _TIMES),
    "^": _POWER,
    "at": _TIGHT,
    "collate": _COLLATE,
    "::": _CAST,
}
_NILADIC = frozenset(
    "current_timestamp current_date current_time localtimestamp localtime "
    "current_user session_user user current_role current_schema current_catalog".split()
)
_NO_OPERAND = frozenset(
    "select exists distinct from where and or in is between like ilike glob regexp collate then "
    "when else end as on using with values row raise isnull notnull any all some to for "
    "overlay xmlelement similar".split()
)
_INTEGER = re.compile(r"[0-9]+")


@lru_cache(maxsize=4096)
def parse(text: str, backend: Backend) -> Node:
    """The tree of an expression.

    Raises:
        NotUnderstood: it is none, or it uses what this package does not know.
    """
    parser = _Parser(tokenize(text, backend), backend)
    try:
        node = parser.expression()
    except RecursionError as error:
        raise NotUnderstood(text) from error
    parser.expect_end()
    return node


class _Parser:
    def __init__(self, tokens: list[Token], backend: Backend) -> None:
        self.tokens = tokens
        self.position = 0
        self.postgres = backend is Backend.POSTGRES
        self.powers = _POSTGRES if self.postgres else _LIBSQL
        self.qualifiers: set[str] = set()

    # Tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> Token:
        token = self.tokens[self.position]
        self.position += 1
        return token

    def at(self, *texts: str) -> bool:
        """Whether one of these words or symbols is next."""
        token = self.tokens[self.position]
        return token.text in texts and token.lexeme in (Lexeme.WORD, Lexeme.SYMBOL)

    def accept(self, *texts: str) -> bool:
        """Take each of these words or symbols, if all of them come next."""
        start = self.position
        for text in texts:
            if not self.at(text):
                self.position = start
                return False
            self.position += 1
        return True

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise NotUnderstood(self.token.text)

    def expect_end(self) -> None:
        if self.token.lexeme is not Lexeme.END:
            raise NotUnderstood(self.token.text)

    def word(self) -> str:
        token = self.take()
        if token.lexeme not in (Lexeme.WORD, Lexeme.NAME):
            raise NotUnderstood(token.text)
        return token.text

    # Operators

    def expression(self, power: int = 0) -> Node:
        left = self.operand()
        while True:
            token = self.token
            if token.lexeme not in (Lexeme.WORD, Lexeme.SYMBOL):
                return left
            binding = self.powers.get(token.text)
            if binding is None:
                if not (self.postgres and _is_operator(token)):
                    return left
                binding = _OTHER
            if binding < power or self.is_not_postfix():
                return left
            self.take()
            left = self.infix(left, token.text, binding)

    def is_not_postfix(self) -> bool:
        """Whether a NOT is next that belongs to nothing before it."""
        if not self.at("not"):
            return False
        following = self.tokens[self.position + 1].text
        return following not in ("in", "between", "like", "ilike", "glob", "regexp", "null")

    def infix(self, left: Node, operator: str, binding: int) -> Node:
        match operator:
            case "and" | "or":
                kind = Kind(operator)
                args = left.args if left.kind is kind else (left,)
                return Node(kind, "", (*args, self.expression(binding + 1)))
            case "is":
                return self.is_test(left, binding)
            case "isnull":
                return is_null(left)
            case "notnull":
                return negated(is_null(left))
            case "not":
                if not self.postgres and self.accept("null"):
                    return negated(is_null(left))
                return negated(self.infix(left, self.word(), binding))
            case "between":
                # Both bounds bind tighter than the AND between them.
                low = self.expression(binding + 1)
                self.expect("and")
                high = self.expression(binding + 1)
                return Node(Kind.AND, "", (compare(">=", left, low), compare("<=", left, high)))
            case "in":
                return Node(Kind.IN, "", (left, *self.members()))
            case "like" | "ilike" | "glob":
                return self.match(operator, left, binding)
            case "collate":
                return Node(Kind.COLLATE, self.word(), (left,))
            case "::":
                return Node(Kind.CAST, self.type(), (left,))
            case "at":
                self.expect("time")
                self.expect("zone")
                return call("timezone", self.expression(binding + 1), left)
            case _ if operator in _COMPARISONS:
                return self.comparison(left, _COMPARISONS[operator], binding)
            case _ if self.postgres and operator.lstrip("!") in _MATCHES:
                found = self.match(_MATCHES[operator.lstrip("!")], left, binding)
                return negated(found) if operator.startswith("!") else found
            case "regexp":
                raise NotUnderstood(operator)
            case _:
                return Node(Kind.OPERATOR, operator, (left, self.expression(binding + 1)))

    def comparison(self, left: Node, operator: str, binding: int) -> Node:
        quantifier = self.token.text if self.at("any", "some", "all") else ""
        if not (self.postgres and quantifier):
            return compare(operator, left, self.expression(binding + 1))
        self.take()
        self.expect("(")
        members = _members(self.expression())
        self.expect(")")
        found = Node(Kind.IN, "", (left, *members))
        if operator == "=" and quantifier != "all":
            return found
        if operator == "<>" and quantifier == "all":
            return negated(found)
        raise NotUnderstood(operator)

    def members(self) -> tuple[Node, ...]:
        self.expect("(")
        members = self.arguments()
        if not members:
            raise NotUnderstood("IN ()")
        return members

    def match(self, how: str, left: Node, binding: int) -> Node:
        if self.at("any", "all", "some"):
            return self.match_any(how, left)
        pattern = self.expression(binding + 1)
        if pattern.kind is Kind.CALL and pattern.value == "like_escape":
            return Node(Kind.MATCH, how, (left, *pattern.args))
        if how in ("like", "ilike") and self.accept("escape"):
            return Node(Kind.MATCH, how, (left, pattern, self.expression(binding + 1)))
        return Node(Kind.MATCH, how, (left, pattern))

    def match_any(self, how: str, left: Node) -> Node:
        kind = Kind.AND if self.take().text == "all" else Kind.OR
        self.expect("(")
        members = _members(self.expression())
        self.expect(")")
        matches = tuple(Node(Kind.MATCH, how, (left, member)) for member in members)
        return matches[0] if len(matches) == 1 else Node(kind, "", matches)

    def is_test(self, left: Node, binding: int) -> Node:
        inverse = self.accept("not")
        if self.accept("distinct", "from"):
            test = compare("is", left, self.expression(binding + 1))
            inverse = not inverse
        elif self.accept("null"):
            test = is_null(left)
        elif self.at("true", "false"):
            test = Node(Kind.IS, self.take().text, (left,))
        elif not self.postgres:
            test = compare("is", left, self.expression(binding + 1))
        elif self.accept("unknown"):
            test = is_null(left)
        elif self.accept("json"):
            test = self.json_test(left)
        else:
            raise NotUnderstood(self.token.text)
        return negated(test) if inverse else test

    def json_test(self, left: Node) -> Node:
        valid = call("json_valid", left)
        if self.accept("value"):
            return valid
        if self.at("object", "array"):
            of_type = compare("=", call("json_type", left), string(self.take().text))
            return Node(Kind.AND, "", (valid, of_type))
        if self.at("scalar", "with", "without"):
            raise NotUnderstood(self.token.text)
        return valid

    # Operands

    def operand(self) -> Node:
        token = self.take()
        match token.lexeme:
            case Lexeme.STRING:
                return string(token.text)
            case Lexeme.NUMBER:
                return _number(token.text)
            case Lexeme.BLOB:
                return Node(Kind.BLOB, token.text)
            case Lexeme.NAME:
                return self.name(token)
            case Lexeme.WORD:
                return self.word_operand(token)
        match token.text:
            case "(":
                inner = self.expression()
                self.expect(")")
                return inner
            case "-" | "+" | "~":
                if token.text == "~" and self.postgres:
                    raise NotUnderstood(token.text)
                return _signed(token.text, self.expression(_SIGN))
        raise NotUnderstood(token.text)

    def word_operand(self, token: Token) -> Node:
        match token.text:
            case "not":
                return negated(self.expression(_NOT))
            case "null":
                return NULL
            case "true":
                return TRUE
            case "false":
                return FALSE
            case "case":
                return self.case()
            case "cast" if self.accept("("):
                operand = self.expression()
                self.expect("as")
                target = self.type()
                self.expect(")")
                return Node(Kind.CAST, target, (operand,))
            case "array" if self.postgres and self.accept("["):
                return Node(Kind.ARRAY, "", self.arguments("]"))
            case text if text in _NO_OPERAND:
                raise NotUnderstood(text)
            case text if text in _NILADIC and not self.at("."):
                if self.accept("("):
                    self.arguments()
                return call(text)
        if self.postgres and self.token.lexeme is Lexeme.STRING:
            return Node(Kind.CAST, token.text, (string(self.take().text),))
        return self.name(token)

    def name(self, token: Token) -> Node:
        parts = [token.text]
        while self.accept("."):
            parts.append(self.word())
        if self.accept("("):
            return self.function(parts)
        *qualifier, column = (part.lower() for part in parts)
        if qualifier in (["new"], ["old"]):
            return Node(Kind.COLUMN, f"{qualifier[0]}.{column}")
        self.qualifiers.update(qualifier[-1:])
        if len(self.qualifiers) > 1:
            raise NotUnderstood("several tables")
        return Node(Kind.COLUMN, column)

    def function(self, parts: list[str]) -> Node:
        if parts[0].lower() == "pg_catalog":
            parts = parts[1:]
        name = ".".join(part.lower() for part in parts)
        match name:
            case "extract" if self.postgres:
                field = self.take().text.lower()
                self.expect("from")
                return self.closed(call("date_part", string(field), self.expression()))
            case "trim" if self.postgres:
                return self.trim()
            case "substring" if self.postgres:
                return self.substring()
            case "position" if self.postgres:
                part = self.expression(_RANGE + 1)
                self.expect("in")
                return self.closed(call("strpos", self.expression(_RANGE + 1), part))
        return call(name, *self.arguments())

    def closed(self, node: Node) -> Node:
        self.expect(")")
        return node

    def trim(self) -> Node:
        names = {"both": "btrim", "leading": "ltrim", "trailing": "rtrim"}
        name = names[self.take().text] if self.at(*names) else "btrim"
        if self.accept("from"):
            return call(name, *self.arguments())
        first = self.expression()
        if self.accept("from"):
            return self.closed(call(name, self.expression(), first))
        self.accept(",")
        return call(name, first, *self.arguments())

    def substring(self) -> Node:
        text = self.expression()
        if self.accept("from"):
            start = self.expression()
            if self.accept("for"):
                return self.closed(call("substr", text, start, self.expression()))
            return self.closed(call("substr", text, start))
        if self.accept("for"):
            return self.closed(call("substr", text, number(1), self.expression()))
        self.accept(",")
        return call("substr", text, *self.arguments())

    def arguments(self, closing: str = ")") -> tuple[Node, ...]:
        """What stands up to the closing bracket, which is taken."""
        if self.accept(closing):
            return ()
        arguments = [self.expression()]
        while self.accept(","):
            arguments.append(self.expression())
        self.expect(closing)
        return tuple(arguments)

    def case(self) -> Node:
        subject = None if self.at("when") else self.expression()
        args: list[Node] = []
        while self.accept("when"):
            condition = self.expression()
            args.append(condition if subject is None else compare("=", subject, condition))
            self.expect("then")
            args.append(self.expression())
        if not args:
            raise NotUnderstood("CASE")
        args.append(self.expression() if self.accept("else") else NULL)
        self.expect("end")
        return Node(Kind.CASE, "", tuple(args))

    def type(self) -> str:
        """The type that a cast names, in lower case and spelled as format_type() does."""
        words = [self.word().lower()]
        if self.postgres:
            while self.accept("."):
                words = [self.word().lower()]
        while self.type_goes_on(words):
            words.append(self.word().lower())
        modifier = self.modifier()
        zone = ""
        if self.postgres and words[0] in ("timestamp", "time") and self.at("with", "without"):
            zone = f" {self.take().text} time zone"
            self.expect("time")
            self.expect("zone")
        array = ""
        while self.postgres and self.accept("["):
            self.expect("]")
            array = "[]"
        return f"{' '.join(words)}{modifier}{zone}{array}"

    def type_goes_on(self, words: list[str]) -> bool:
        if not self.postgres:
            return self.token.lexeme in (Lexeme.WORD, Lexeme.NAME)
        following = {"double": "precision", "character": "varying", "char": "varying"}
        return self.at(following.get(words[-1], "")) if words[-1] in following else False

    def modifier(self) -> str:
        if not self.accept("("):
            return ""
        return "(" + ",".join(_text(argument) for argument in self.arguments()) + ")"


def _is_operator(token: Token) -> bool:
    return token.lexeme is Lexeme.SYMBOL and not set(token.text) & set("(),.[]:")


def _text(node: Node) -> str:
    if node.kind is not Kind.NUMBER:
        raise NotUnderstood(node.value)
    return node.value


def _number(text: str) -> Node:
    if text[:2].lower() == "0x":
        return number(int(text, 16))
    return number(int(text) if _INTEGER.fullmatch(text) else text.lower())


def _signed(sign: str, operand: Node) -> Node:
    if operand.kind is Kind.NUMBER and sign != "~":
        if sign == "+":
            return operand
        return number(operand.value[1:] if operand.value[0] == "-" else f"-{operand.value}")
    return operand if sign == "+" else Node(Kind.OPERATOR, sign, (operand,))


def _members(array: Node) -> tuple[Node, ...]:
    """The members of an array that stands there in full, with the casts that are put on it."""
    if array.kind is Kind.CAST and array.value.endswith("[]"):
        member_type = array.value.removesuffix("[]")
        inner = array.args[0]
        members = _array_literal(inner.value) if inner.kind is Kind.STRING else _members(inner)
        return tuple(Node(Kind.CAST, member_type, (member,)) for member in members)
    if array.kind is not Kind.ARRAY or not array.args:
        raise NotUnderstood("not an array of members")
    return array.args


def _array_literal(text: str) -> tuple[Node, ...]:
    """The members of ``{a,b}`` where none of them is quoted or NULL."""
    inner = text[1:-1]
    if text[:1] + text[-1:] != "{}" or not inner or set(inner) & set('{}"\\'):
        raise NotUnderstood(text)
    members = [member.strip() for member in inner.split(",")]
    if any(not member or member.lower() == "null" for member in members):
        raise NotUnderstood(text)
    return tuple(string(member) for member in members)
