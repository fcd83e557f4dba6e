"""Secrets never reach a log, a record or a screen; ordinary text is left as it is."""

from __future__ import annotations

import json
import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_assist.redaction import MASK, redact

# A letter that no other part of these texts has marks the secret.
passwords = st.text(string.ascii_letters + string.digits + "-_.~:@!$*", max_size=30).map(
    lambda text: f"Ξ{text}Ξ"
)
plain_words = st.text("abcdefgh ,.=:/'\"\n", max_size=60)


@given(password=passwords, before=plain_words, after=plain_words)
def test_a_password_in_a_url_is_masked(password: str, before: str, after: str) -> None:
    url = f"postgresql://ada:{password}@127.0.0.1:54317/gateway?sslmode=disable"

    redacted = redact(f"{before} {url} {after}")

    assert "Ξ" not in redacted
    assert f"postgresql://ada:{MASK}@127.0.0.1:54317/gateway?sslmode=disable" in redacted


@given(st.text(min_size=1))
def test_a_quoted_password_in_a_url_is_masked(password: str) -> None:
    url = f"postgres://u:{quote('Ξ' + password, safe='')}@localhost/db"

    assert redact(url) == f"postgres://u:{MASK}@localhost/db"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PGPASSWORD=hunter2 psql", f"PGPASSWORD={MASK} psql"),
        ("export DB_PASSWORD='two words'", f"export DB_PASSWORD={MASK}"),
        ('password = "never closed', f"password = {MASK}"),
        ('{"api_key": "a\\"b", "x": 1}', f'{{"api_key": {MASK}, "x": 1}}'),
        ("token: abc, next: 1", f"token: {MASK}, next: 1"),
        ("CREATE ROLE x PASSWORD 'it''s' LOGIN", f"CREATE ROLE x PASSWORD {MASK} LOGIN"),
        ("?user=u&password=p%20q&x=1", f"?user=u&password={MASK}&x=1"),
        ("API-KEY=k;", f"API-KEY={MASK};"),
        ("passwd: x", f"passwd: {MASK}"),
    ],
)
def test_assignments_to_names_of_secrets_are_masked(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        'FATAL: password authentication failed for user "ada"',
        "Enter password:\nconnected",
        "api_keys.secret_hash is TEXT on both sides",
        "input_tokens = 12, tokens: 3",
        "https://www.postgresql.org/docs/18/sql-createtable.html",
        "http://[::1]:54317/x@y",
        "see http://localhost:8080/path, or ask ada@example.org",
        "",
    ],
)
def test_ordinary_text_is_left_as_it_is(text: str) -> None:
    assert redact(text) == text


@given(
    text=st.text("ab c", max_size=40),
    secrets=st.lists(st.text("abc", min_size=4, max_size=8), max_size=4).map(tuple),
)
def test_given_secrets_never_remain(text: str, secrets: tuple[str, ...]) -> None:
    redacted = redact(text, secrets)

    assert not [secret for secret in secrets if secret in redacted]


def test_no_part_of_a_longer_secret_remains() -> None:
    assert redact("abcdefgh", ("abcd", "abcdefgh")) == MASK


def test_very_short_secrets_would_mask_everything_and_are_left() -> None:
    assert redact("a cat", ("a", "")) == "a cat"


@given(st.text("ab=: '\"\n@/\\p", max_size=60).map(lambda text: f"password{text}://{text}"))
def test_masking_twice_masks_no_more(text: str) -> None:
    once = redact(redact(text))

    assert redact(once) == once


@given(st.text("ab c-_.;", min_size=1).filter(lambda text: not text.isspace()))
def test_a_masked_value_inside_json_leaves_json(value: str) -> None:
    document = json.dumps({"message": f"token: {value}", "fix": "none"})

    assert json.loads(redact(document))["fix"] == "none"


@pytest.mark.parametrize("piece", ["a-", "a.", "password ", "://a", "password='", "://:", "a" * 9])
def test_long_lines_take_linear_time(piece: str) -> None:
    """With nested repetitions this would take hours."""
    assert len(redact(piece * 100_000)) > 0
