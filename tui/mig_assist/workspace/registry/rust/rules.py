"""How a text in an entry follows from the migration: its name, its file's name, a digest of it."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from mig_assist.backend import Backend
from mig_assist.workspace.files import MigrationFile

_SEPARATORS = ("_", "-", " ")
_MOST_CANDIDATES = 8
_SAMPLES = 50
_MASK = (1 << 64) - 1


class Facts(NamedTuple):
    """What is known of a migration; ``paths`` are relative to the workspace."""

    version: int
    name: str
    paths: Mapping[Backend, str]


class Number(NamedTuple):
    """The version, with zeros before it up to a width."""

    width: int

    def write(self, facts: Facts) -> str:
        """The version as text."""
        return str(facts.version).zfill(self.width)


class Words(NamedTuple):
    """The name, with something else between its words."""

    separator: str

    def write(self, facts: Facts) -> str:
        """The name as text."""
        return facts.name.replace("_", self.separator)


class PartOfPath(NamedTuple):
    """The last part of the path of a side's file, with or without its suffix."""

    backend: Backend
    suffix: bool

    def write(self, facts: Facts) -> str:
        """The part as text; of the other side's path where this one's is not known."""
        path = facts.paths.get(self.backend) or next(iter(facts.paths.values()), "")
        name = posixpath.basename(path)
        return name if self.suffix else posixpath.splitext(name)[0]


class TextRule(NamedTuple):
    """A text that is made from the facts."""

    parts: tuple[str | Number | Words | PartOfPath, ...]

    def write(self, facts: Facts) -> str:
        """The text for a migration."""
        if len(self.parts) == 1 and not isinstance(self.parts[0], str):
            return self.parts[0].write(facts)
        return "".join(part if isinstance(part, str) else part.write(facts) for part in self.parts)

    @property
    def is_name(self) -> bool:
        """Whether it is the name and nothing else."""
        return self.parts == (Words("_"),)

    @property
    def is_plain(self) -> bool:
        """Whether it is one of the facts and nothing else."""
        return len(self.parts) == 1

    @property
    def is_prose(self) -> bool:
        """Whether it is the name in words, which people also write more freely."""
        return Words(" ") in self.parts


def text_rule(known: Sequence[tuple[str, Facts]]) -> TextRule | None:
    """The rule that texts follow; None where there is none.

    A few may deviate, because mistakes are what this is for.
    """
    samples = [*known[:_SAMPLES], *known[-_SAMPLES:]] if len(known) > 2 * _SAMPLES else known
    candidates = Counter(rule for value, facts in samples for rule in _derived(value, facts))
    best: tuple[int, TextRule] | None = None
    for rule, _ in candidates.most_common(_MOST_CANDIDATES):
        hits = sum(rule.write(facts) == value for value, facts in known)
        if best is None or hits > best[0]:
            best = hits, rule
        if hits == len(known):
            break
    if best is None:
        return None
    hits, rule = best
    others = len(known) - hits
    fits = hits > others or (hits == others and rule.is_plain)
    return rule if fits and (others <= 2 or others * 10 <= hits) else None


def _derived(value: str, facts: Facts) -> Iterator[TextRule]:
    """The rules that give a text, the more telling ones first."""
    if looks_like_digest(value):
        return
    if value == facts.name:
        yield TextRule((Words("_"),))
    for backend, path in facts.paths.items():
        if value in (name := posixpath.basename(path), posixpath.splitext(name)[0]):
            yield TextRule((PartOfPath(backend, value == name),))
            return
    if rule := _templated(value, facts):
        yield rule


def _templated(value: str, facts: Facts) -> TextRule | None:
    forms = {facts.name.replace("_", separator): separator for separator in reversed(_SEPARATORS)}
    names = "|".join(re.escape(form) for form in forms)
    pattern = rf"(?<![0-9])(0*{facts.version})(?![0-9])|(?<![A-Za-z0-9])({names})(?![A-Za-z0-9])"
    parts: list[str | Number | Words | PartOfPath] = []
    place = 0
    for match in re.finditer(pattern, value):
        if match.start() > place:
            parts.append(value[place : match.start()])
        digits, name = match.groups()
        if name:
            parts.append(Words(forms[name]))
        else:
            parts.append(Number(len(digits) if digits.startswith("0") else 1))
        place = match.end()
    if not parts or (len(parts) == 1 and isinstance(parts[0], str)):
        return None
    if place < len(value):
        parts.append(value[place:])
    return TextRule(tuple(parts))


class DigestRule(NamedTuple):
    """A digest of one side's file.

    Attributes:
        algorithm: a name of hashlib's, or ``refinery`` for that crate's own checksum.
        backend: whose file; None where each side's digest is recorded in a place of its own.
        prefix: what stands before it, such as ``sha256:``.
    """

    algorithm: str
    backend: Backend
    prefix: str = ""
    upper: bool = False

    def write(self, file: MigrationFile, content: bytes) -> str:
        """The digest of a file's content."""
        digest = _ALGORITHMS[self.algorithm](file, content)
        return self.prefix + (digest.upper() if self.upper else digest)


Digest = Callable[[MigrationFile, bytes], str]

_HEX_LENGTHS = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
_DIGEST = re.compile(r"(?P<prefix>(?:md5|sha[0-9]+)[:-])?(?P<digits>[0-9a-f]+|[0-9A-F]+)")


def digest_rule(
    known: Iterable[tuple[str, Sequence[tuple[MigrationFile, bytes]]]],
) -> DigestRule | None:
    """The rule that digests follow, from values and the files that belong to each.

    Most of them must agree; an edited file is what a digest is for.
    """
    counted: Counter[DigestRule] = Counter()
    total = 0
    for value, files in known:
        total += 1
        match = _DIGEST.fullmatch(value)
        if match is None:
            continue
        digits = match["digits"]
        algorithm = _HEX_LENGTHS.get(len(digits), "refinery")
        upper = digits.upper() == digits and digits.lower() != digits
        for file, content in files:
            rule = DigestRule(algorithm, file.backend, match["prefix"] or "", upper)
            counted[rule] += rule.write(file, content) == value
    best = counted.most_common(1)
    return best[0][0] if best and best[0][1] * 2 > total else None


def looks_like_digest(value: str) -> bool:
    """Whether a text can be nothing but a digest."""
    match = _DIGEST.fullmatch(value)
    return match is not None and (len(match["digits"]) in _HEX_LENGTHS or len(value) > 15)


def _hashlib(name: str) -> Digest:
    # Not for security: it repeats what the repository's own runner computes.
    return lambda _, content: hashlib.new(name, content, usedforsecurity=False).hexdigest()


def refinery_checksum(name: str, version: int, sql: bytes) -> int:
    """refinery's checksum of a migration: SipHash-1-3 of name, version and SQL, without a key.

    Texts end with the byte 0xff and the version has 32 bits, as Rust hashes them
    (``refinery_core::Migration``).
    """
    number = version.to_bytes(4 if version < 1 << 31 else 8, "little")
    return _siphash13(name.encode() + b"\xff" + number + sql + b"\xff")


def _refinery(file: MigrationFile, content: bytes) -> str:
    return str(refinery_checksum(file.name, file.version, content))


_ALGORITHMS: Mapping[str, Digest] = {
    **{name: _hashlib(name) for name in _HEX_LENGTHS.values()},
    "refinery": _refinery,
}


def _siphash13(message: bytes) -> int:
    """SipHash with one round for each word and three at the end, all of its key zero.

    https://www.aumasson.jp/siphash/siphash.pdf
    """
    state = [0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573]
    padded = message + bytes(7 - len(message) % 8) + bytes([len(message) & 0xFF])
    for place in range(0, len(padded), 8):
        word = int.from_bytes(padded[place : place + 8], "little")
        state[3] ^= word
        _round(state)
        state[0] ^= word
    state[2] ^= 0xFF
    for _ in range(3):
        _round(state)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _round(state: list[int]) -> None:
    a, b, c, d = state
    a = (a + b) & _MASK
    b = _rotated(b, 13) ^ a
    a = _rotated(a, 32)
    c = (c + d) & _MASK
    d = _rotated(d, 16) ^ c
    a = (a + d) & _MASK
    d = _rotated(d, 21) ^ a
    c = (c + b) & _MASK
    b = _rotated(b, 17) ^ c
    c = _rotated(c, 32)
    state[:] = a, b, c, d


def _rotated(word: int, count: int) -> int:
    return ((word << count) | (word >> (64 - count))) & _MASK
