# ruff: noqa: E501
"""Pairs of spellings: libsql's and PostgreSQL's, of rules that mean the same and that do not."""

from __future__ import annotations

from typing import Final

from mig_assist.engines.logical_types import LogicalType

COLUMNS: Final = {
    "a": LogicalType.INTEGER,
    "b": LogicalType.INTEGER,
    "c": LogicalType.INTEGER,
    "name": LogicalType.TEXT,
    "status": LogicalType.TEXT,
    "email": LogicalType.TEXT,
    "price": LogicalType.DECIMAL,
    "ratio": LogicalType.REAL,
    "flag": LogicalType.BOOLEAN,
    "other": LogicalType.BOOLEAN,
    "data": LogicalType.JSON,
    "body": LogicalType.BYTES,
    "key": LogicalType.UUID,
    "mood": LogicalType.ENUM,
    "day": LogicalType.DATE,
    "Mixed Case": LogicalType.INTEGER,
}

# As a CHECK: what libsql's CREATE TABLE says, and what PostgreSQL's catalog or a person says.
_SAME_CHECKS = """
status IN ('a', 'b')                      | ((status)::text = ANY ((ARRAY['b'::character varying, 'a'::character varying])::text[]))
status IN ('a', 'b')                      | (status = ANY (ARRAY['a'::text, 'b'::text]))
status IN ('a', 'b')                      | (status = ANY ('{a,b}'::text[]))
status IN ('a', 'b')                      | status = 'b' OR status = 'a'
status IN ('a', 'a', 'b')                 | status IN ('b', 'a')
status = 'a' OR status IN ('b', 'c')      | (status = ANY (ARRAY['a'::text, 'b'::text, 'c'::text]))
status IN ('a')                           | (status = 'a'::text)
status NOT IN ('a', 'b')                  | (status <> ALL (ARRAY['b'::text, 'a'::text]))
status NOT IN ('a', 'b')                  | ((status <> 'a'::text) AND (status <> 'b'::text))
NOT (status IN ('a', 'b'))                | (status <> ALL (ARRAY['b'::text, 'a'::text]))
status NOT IN ('a')                       | NOT (status = 'a')
a IN (1, 2, 3)                            | (a = ANY (ARRAY[3, 2, 1]))
a IN (-1, 0)                              | (a = ANY (ARRAY['-1'::integer, 0]))
a IN (1, 2)                               | (a = ANY (ARRAY[(1)::bigint, (2)::bigint]))
a > 0                                     | (a > 0)
a > 0                                     | (0 < a)
a > 0                                     | (a >= 1)
a > 0                                     | ((a)::numeric > (0)::numeric)
a > b                                     | (b < a)
a >= b                                    | (b <= a)
a = b                                     | (b = a)
a == b                                    | (a = b)
a != b                                    | (a <> b)
NOT a = b                                 | (a <> b)
NOT (a < b)                               | (a >= b)
NOT (NOT (a < b))                         | (a < b)
a BETWEEN 1 AND 5                         | ((a >= 1) AND (a <= 5))
a NOT BETWEEN 1 AND 5                     | ((a < 1) OR (a > 5))
NOT (a BETWEEN 1 AND 5)                   | ((a < 1) OR (a > 5))
price BETWEEN 0 AND 1                     | ((price >= (0)::numeric) AND (price <= (1)::numeric))
a IS NULL                                 | (a IS NULL)
a ISNULL                                  | (a IS NULL)
a NOTNULL                                 | (a IS NOT NULL)
a NOT NULL                                | (a IS NOT NULL)
NOT (a IS NULL)                           | (a IS NOT NULL)
NOT a IS NULL                             | (a IS NOT NULL)
NOT (a = 1 AND b = 2)                     | ((a <> 1) OR (b <> 2))
NOT (a = 1 OR b = 2)                      | ((a <> 1) AND (b <> 2))
NOT (a = 1 OR NOT (b = 2))                | ((a <> 1) AND (b = 2))
a > 0 AND b > 0 AND c > 0                 | ((c > 0) AND ((b > 0) AND (a > 0)))
a > 0 OR (b > 0 OR c > 0)                 | ((a > 0) OR (b > 0) OR (c > 0))
a > 0 AND a > 0                           | (a > 0)
a > 0 OR (a > 0 AND b > 0)                | (a > 0)
a > 0 AND (a > 0 OR b > 0)                | (a > 0)
((((a)) > ((0))))                         | (a > 0)
TRIM(name) <> ''                          | (btrim(name) <> ''::text)
TRIM(name) <> ''                          | (TRIM(BOTH FROM name) <> ''::text)
trim(name) != ''                          | TRIM(name) <> ''
trim(name, ' ') != ''                     | TRIM(BOTH ' ' FROM name) <> ''
trim(name, '-') = name                    | (btrim(name, '-'::text) = name)
trim(name, '-') = name                    | (name = TRIM(BOTH '-' FROM name))
ltrim(name) = name                        | (TRIM(LEADING FROM name) = name)
ltrim(name, ' ') = name                   | (ltrim(name) = name)
rtrim(name, '/') = name                   | (rtrim(name, '/'::text) = name)
length(trim(name)) > 0                    | (btrim(name) <> ''::text)
length(name) > 0                          | (length(name) > 0)
length(name) > 0                          | (char_length(name) >= 1)
length(name) > 0                          | ((name)::text <> ''::text)
length(name) <> 0                         | (name <> ''::text)
length(name) = 0                          | (name = ''::text)
length(name) <= 40                        | (character_length((name)::text) <= 40)
length(name) < 41                         | (char_length((name)::text) <= 40)
length(name) BETWEEN 1 AND 40             | ((length(name) >= 1) AND (length(name) <= 40))
length(body) = 32                         | (octet_length(body) = 32)
substr(name, 1, 3) = 'abc'                | (SUBSTRING(name FROM 1 FOR 3) = 'abc'::text)
substr(name, 1, 3) = 'abc'                | ("left"(name, 3) = 'abc'::text)
substring(name, 2) = 'x'                  | (substr(name, 2) = 'x'::text)
ifnull(a, 0) > 0                          | (COALESCE(a, 0) > 0)
coalesce(a, b) = 1                        | (COALESCE(a, b) = 1)
nullif(a, 0) = 1                          | (NULLIF(a, 0) = 1)
instr(name, '@') > 0                      | (POSITION(('@'::text) IN (name)) > 0)
instr(name, '@') <> 0                     | (strpos(name, '@'::text) > 0)
replace(name, '-', '') = name             | (replace(name, '-'::text, ''::text) = name)
lower(email) = email                      | (email = lower(email))
lower(email) = email                      | (email = lower((email)::text))
upper(name) = name                        | pg_catalog.upper(name) = name
abs(a) < 10                               | (abs(a) < 10)
"a" > 0                                   | a > 0
[a] > 0                                   | "a" > 0
`A` > 0                                   | a > 0
things.a > 0                              | a > 0
"Mixed Case" > 0                          | ("Mixed Case" > 0)
price > 0                                 | (price > (0)::numeric)
price >= 0.5                              | (price >= 0.50)
price >= 1.0                              | (price >= (1)::numeric)
ratio <= 1.0                              | (ratio <= (1)::double precision)
ratio < 0.25                              | (ratio < (0.25)::double precision)
ratio < 0.25                              | (ratio < '0.25'::double precision)
ratio > 1e3                               | (ratio > (1000)::double precision)
a > -1                                    | (a > '-1'::integer)
a > -1                                    | (a > (- 1))
a > - 1                                   | (a > '-1'::bigint)
a > 0x10                                  | (a > 16)
name <> 'it''s'                           | name <> E'it\\'s'
name <> 'it''s'                           | (name <> 'it''s'::text)
name <> 'a\\b'                            | name <> E'a\\\\b'
name = ''                                 | (name = ''::character varying)
name = 'x'                                | ((name)::text = ('x'::character varying)::text)
name = 'x'                                | name = $$x$$
flag IN (0, 1)                            | true
flag = 0 OR flag = 1                      | true
flag IN (FALSE, TRUE)                     | true
flag                                      | flag
flag = 1                                  | flag
flag = 1                                  | (flag = true)
flag <> 0                                 | flag
flag = TRUE                               | (flag IS NOT FALSE)
flag IN (1)                               | flag
flag = 0                                  | (NOT flag)
NOT flag                                  | (flag = false)
flag = 0                                  | (flag <> true)
flag IS 1                                 | (flag IS TRUE)
flag IS TRUE                              | (flag IS TRUE)
flag IS NOT 1                             | (NOT flag)
flag = 1 OR other = 0                     | (flag OR (NOT other))
NOT (flag = 1 AND other = 1)              | ((NOT flag) OR (NOT other))
flag = 0 OR a IS NOT NULL                 | ((NOT flag) OR (a IS NOT NULL))
flag = other                              | (other = flag)
json_valid(data)                          | true
json_valid(data) = 1                      | true
json_valid(name)                          | (name IS JSON)
json_valid(name) = 1                      | name IS JSON VALUE
name IS NULL OR json_valid(name)          | (name IS JSON)
json_type(data) = 'object'                | (jsonb_typeof(data) = 'object'::text)
json_type(data) IN ('array', 'object')    | (jsonb_typeof(data) = ANY (ARRAY['object'::text, 'array'::text]))
json_valid(name) AND json_type(name) = 'object' | (name IS JSON OBJECT)
typeof(name) = 'text'                     | (name IS NOT NULL)
typeof(a) = 'integer'                     | a IS NOT NULL
typeof(a) IN ('integer', 'null')          | true
typeof(body) = 'blob'                     | (body IS NOT NULL)
typeof(price) IN ('integer', 'real')      | (price IS NOT NULL)
a IS NULL OR a > 0                        | (a > 0)
a IS NULL OR (a > 0 AND a < 9)            | ((a > 0) AND (a < 9))
a IS NULL OR a BETWEEN 1 AND 5            | ((a >= 1) AND (a <= 5))
name IS NULL OR length(name) <= 5         | (length(name) <= 5)
name IS NULL OR name IN ('a', 'b')        | (name = ANY (ARRAY['a'::text, 'b'::text]))
a IS NULL OR b IS NULL OR a < b           | (a < b)
(a IS NULL) = (b IS NULL)                 | ((a IS NULL) = (b IS NULL))
(a IS NULL) = (b IS NULL)                 | (((a IS NULL) AND (b IS NULL)) OR ((a IS NOT NULL) AND (b IS NOT NULL)))
(a IS NULL) <> (b IS NULL)                | (((a IS NULL) AND (b IS NOT NULL)) OR ((a IS NOT NULL) AND (b IS NULL)))
(a IS NULL) != (b IS NULL)                | ((a IS NOT NULL) <> (b IS NOT NULL))
(a IS NOT NULL) + (b IS NOT NULL) = 1     | (num_nonnulls(a, b) = 1)
(a IS NULL) + (b IS NULL) <= 1            | (num_nulls(a, b) <= 1)
(a IS NOT NULL) + (b IS NOT NULL) = 1     | (((a IS NOT NULL)::integer + (b IS NOT NULL)::integer) = 1)
CASE WHEN a IS NULL THEN 0 ELSE 1 END + (b IS NOT NULL) = 1 | (num_nonnulls(a, b) = 1)
(a = 1) = flag                            | ((a = 1) = flag)
CASE WHEN a > 0 THEN b ELSE 0 END > 1     | (CASE WHEN (a > 0) THEN b ELSE 0 END > 1)
CASE a WHEN 1 THEN b ELSE 0 END > 1       | (CASE WHEN (a = 1) THEN b ELSE 0 END > 1)
iif(a > 0, b, 0) > 1                      | (CASE WHEN (a > 0) THEN b ELSE 0 END > 1)
name LIKE '%_@_%'                         | (name ~~ '%_@_%'::text)
name LIKE '%_@_%'                         | ((email IS NOT NULL) OR (email IS NULL)) AND name LIKE '%_@_%'
name NOT LIKE '% %'                       | (name !~~ '% %'::text)
name LIKE 'abc%'                          | (name ~~* 'abc%'::text)
name LIKE 'ABC%'                          | name ILIKE 'abc%'
name GLOB 'abc*'                          | (name ~~ 'abc%'::text)
name GLOB 'a?c'                           | name LIKE 'a_c'
name NOT GLOB '*/*'                       | (name !~~ '%/%'::text)
name LIKE '10!%%' ESCAPE '!'              | (name ~~ '10\\%%'::text)
name LIKE '10!%%' ESCAPE '!'              | (name ~~ like_escape('10!%%'::text, '!'::text))
name LIKE '%@%'                           | (POSITION(('@'::text) IN (name)) > 0)
name LIKE '%@%'                           | (strpos((name)::text, '@'::text) > 0)
name LIKE '_%'                            | (length(name) > 0)
name GLOB 'abc'                           | ((name)::text = 'abc'::text)
name GLOB 'abc*'                          | ((name)::text ~ '^abc'::text)
name GLOB '*abc'                          | (name ~ 'abc$'::text)
name GLOB '*abc*'                         | (name ~ 'abc'::text)
name GLOB '[0-9][0-9][0-9][0-9]'          | (name ~ '^[0-9]{4}$'::text)
name GLOB '[0-9]*'                        | (name ~ '^[0-9]'::text)
name NOT GLOB '*[^0-9a-f]*'               | (name ~ '^[0-9a-f]*$'::text)
name NOT GLOB '*[^0-9a-f]*'               | (name !~ '[^a-f0-9]'::text)
length(name) = 4 AND name NOT GLOB '*[^a-f]*' | ((name)::text ~ '^[a-f]{4}$'::text)
name <> '' AND name NOT GLOB '*[^a-z]*'   | (name ~ '^[a-z]+$'::text)
name NOT GLOB '*[^a-z]*' AND length(name) BETWEEN 1 AND 4 | (name ~ '^[a-z]{1,4}$'::text)
name GLOB '[a-z]*' AND name NOT GLOB '*[^a-z0-9-]*' | ((name ~ '^[a-z]'::text) AND (name ~ '^[-a-z0-9]*$'::text))
name NOT GLOB '*[/.]*'                    | (name !~ '[/.]'::text)
name GLOB '?-?'                           | (name ~~ '_-_'::text)
a IS b                                    | (NOT (a IS DISTINCT FROM b))
a IS NOT b                                | (a IS DISTINCT FROM b)
a IS NOT DISTINCT FROM b                  | a IS NOT DISTINCT FROM b
a IS NOT 5                                | (a <> 5)
a + b <= 10                               | ((b + a) <= 10)
a + b + c = 100                           | ((a + (b + c)) = 100)
a - b > 0                                 | ((a - b) > 0)
a * b < 100                               | ((b * a) < 100)
a % 2 = 0                                 | ((a % 2) = 0)
a / 2 > 1                                 | ((a / 2) > 1)
price * 2 < 100                           | ((price * (2)::numeric) < (100)::numeric)
-a < 0                                    | ((- a) < 0)
name || '-' || status <> 'x'              | (((name || '-'::text) || status) <> 'x'::text)
name || ('-' || status) <> 'x'            | (((name || '-'::text) || (status)::text) <> 'x'::text)
CAST(name AS TEXT) = 'x'                  | (name = 'x'::text)
body <> x'00ff'                           | (body <> '\\x00FF'::bytea)
mood IN ('sad', 'ok')                     | (mood = ANY (ARRAY['ok'::mood, 'sad'::mood]))
mood <> 'sad'                             | (mood <> 'sad'::public.mood)
key <> 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' | key <> 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid
day >= '2020-01-01'                       | (day >= '2020-01-01'::date)
status = 'x' COLLATE BINARY               | (status = 'x'::text COLLATE "C")
status > 'a'                              | ((status COLLATE "C") > 'a'::text)
a > 0 -- why                              | /* why */ a > 0
1                                         | true
1 = 1                                     | true
a >= 0 OR 1 = 1                           | true
a > 0 OR FALSE                            | (a > 0)
a > 0 AND TRUE                            | (a > 0)
a IS NULL OR a > 0 OR b > 0               | a > 0 OR b > 0
a & 1 = 1                                 | ((a & 1) = 1)
"""

# What differs in what it accepts, or may.
_DIFFERENT_CHECKS = """
status IN ('a', 'b')                      | (status = ANY (ARRAY['a'::text, 'c'::text]))
status IN ('a', 'b')                      | (status = ANY (ARRAY['a'::text, 'b'::text, 'c'::text]))
status IN ('a', 'b')                      | (status <> ALL (ARRAY['a'::text, 'b'::text]))
status IN ('a', 'B')                      | (status = ANY (ARRAY['a'::text, 'b'::text]))
status IN ('a', 'b')                      | (name = ANY (ARRAY['a'::text, 'b'::text]))
status = 'a'                              | (status = 'a '::text)
status IN ('1', '2')                      | (a = ANY (ARRAY[1, 2]))
a > 0                                     | (a >= 0)
a > 0                                     | (a > 1)
a > 0                                     | (a < 0)
a > 0                                     | (b > 0)
a > b                                     | (b > a)
a >= b                                    | (a > b)
a = b                                     | (a <> b)
a - b > 0                                 | ((b - a) > 0)
a % 2 = 0                                 | ((2 % a) = 0)
a / b > 1                                 | ((a / b) > 1)
a / 0 > 1                                 | ((a / 0) > 1)
a % b = 0                                 | ((a % b) = 0)
price / 2 > 1                             | ((price / (2)::numeric) > (1)::numeric)
a / 2 > 1                                 | (((a)::numeric / 2.0) > (1)::numeric)
a BETWEEN 1 AND 5                         | ((a >= 1) AND (a < 5))
a BETWEEN 1 AND 5                         | ((a >= 1) OR (a <= 5))
a BETWEEN 1 AND 5                         | ((a >= 0) AND (a <= 5))
a NOT BETWEEN 1 AND 5                     | ((a < 1) AND (a > 5))
a IS NULL                                 | (a IS NOT NULL)
a IS NOT NULL AND a > 0                   | (a > 0)
a IS NULL OR b > 0                        | (b > 0)
a IS NULL OR (b > 0 AND a > 0)            | ((b > 0) AND (a > 0))
a IS NULL AND b > 0                       | (b > 0)
coalesce(a, 0) > 0                        | (a > 0)
coalesce(a, b) > 0                        | (COALESCE(b, a) > 0)
nullif(a, b) > 0                          | (NULLIF(b, a) > 0)
a > 0 AND b > 0                           | ((a > 0) OR (b > 0))
a > 0 AND b > 0                           | (a > 0)
a > 0 OR b > 0                            | (a > 0)
a > 0 OR b > 0 AND c > 0                  | (((a > 0) OR (b > 0)) AND (c > 0))
NOT (a = 1 AND b = 2)                     | ((a <> 1) AND (b <> 2))
NOT a = 1 AND b = 2                       | (NOT ((a = 1) AND (b = 2)))
TRIM(name) <> ''                          | (name <> ''::text)
TRIM(name) <> ''                          | (ltrim(name) <> ''::text)
TRIM(name) <> ''                          | (TRIM(LEADING FROM name) <> ''::text)
trim(name, '-') = name                    | (btrim(name) = name)
trim(name, 'ab') = name                   | (btrim(name, 'a'::text) = name)
length(name) > 0                          | (length(name) > 1)
length(name) <= 40                        | (length(name) < 40)
length(name) <= 40                        | (length(name) <= 41)
length(name) <= 40                        | (octet_length(name) <= 40)
length(trim(name)) <= 40                  | (length(name) <= 40)
substr(name, 1, 3) = 'abc'                | (SUBSTRING(name FROM 2 FOR 3) = 'abc'::text)
substr(name, 0, 3) = 'ab'                 | (SUBSTRING(name FROM 0 FOR 3) = 'ab'::text)
substr(name, -3) = 'abc'                  | (substr(name, '-3'::integer) = 'abc'::text)
lower(email) = email                      | (upper(email) = email)
lower(email) = 'x'                        | (email = 'x'::text)
name LIKE 'abc%'                          | (name ~~ 'abc%'::text)
name LIKE '%_@_%'                         | (name ~~ '%@%'::text)
name LIKE '%_@_%'                         | (name !~~ '%_@_%'::text)
name GLOB 'abc*'                          | (name ~~* 'abc%'::text)
name GLOB '[a-z]*'                        | (name ~~ '[a-z]%'::text)
name LIKE '10\\%%'                        | (name ~~ '10\\%%'::text)
name NOT GLOB '*[^0-9a-f]*'               | (name ~ '^[0-9a-f]+$'::text)
name NOT GLOB '*[^0-9a-f]*'               | (name ~* '^[0-9a-f]*$'::text)
name NOT GLOB '*[^0-9a-f]*'               | (name ~ '[0-9a-f]'::text)
name GLOB '*[^0-9a-f]*'                   | (name ~ '^[0-9a-f]*$'::text)
name GLOB '[0-9][0-9][0-9]'               | (name ~ '^[0-9]{4}$'::text)
name GLOB '[0-9][0-9][0-9]'               | (name ~ '[0-9]{3}'::text)
name GLOB '[0-9]*'                        | (name ~ '^[0-9]*$'::text)
name GLOB 'a.c'                           | (name ~ '^a.c$'::text)
name LIKE 'a.c'                           | (name ~ '^a.c$'::text)
name GLOB 'a|b'                           | (name ~ '^(a|b)$'::text)
name NOT GLOB '*[^^a]*'                   | (name ~ '[^^a]'::text)
name NOT GLOB '*[^a]*'                    | (name ~ '^[a^]*$'::text)
name GLOB '[^a]'                          | (name ~ '^[a^]$'::text)
email = 'x'                               | (email = 'x'::citext)
code = 'x'                                | (code = 'x'::bpchar)
name LIKE 'ä%'                            | (name ~~* 'ä%'::text)
name = 'x' COLLATE NOCASE                 | (name = 'x'::text)
name COLLATE NOCASE = 'x'                 | (lower(name) = 'x'::text)
status > 'a'                              | (status > 'a'::text)
status BETWEEN 'a' AND 'f'                | ((status >= 'a'::text) AND (status <= 'f'::text))
flag IN (0, 1)                            | flag
flag = 1                                  | (NOT flag)
flag IS 1                                 | flag
flag IN (0, 1)                            | (flag IS NOT NULL)
flag = 1 OR other = 0                     | (flag OR other)
json_valid(name)                          | true
json_valid(data)                          | (data IS NOT NULL)
json_type(data) = 'object'                | (jsonb_typeof(data) = 'array'::text)
json_type(data) = 'integer'               | (jsonb_typeof(data) = 'number'::text)
typeof(name) = 'text'                     | true
typeof(name) = 'integer'                  | (name IS NOT NULL)
typeof(a) <> 'text'                       | true
(a IS NULL) = (b IS NULL)                 | ((a IS NULL) <> (b IS NULL))
(a IS NOT NULL) + (b IS NOT NULL) = 1     | (num_nonnulls(a, b) = 2)
(a IS NOT NULL) + (b IS NOT NULL) = 1     | (num_nulls(a, c) = 1)
(a IS NOT NULL) + (b IS NOT NULL) = 1     | (num_nonnulls(a, b) <= 1)
CASE WHEN a > 0 THEN b ELSE 0 END > 1     | (CASE WHEN (a > 0) THEN b ELSE NULL::integer END > 1)
CASE WHEN a > 0 THEN b ELSE 0 END > 1     | (CASE WHEN (a > 1) THEN b ELSE 0 END > 1)
CASE WHEN a > 0 THEN 1 ELSE 0 END = 1     | (CASE WHEN (a > 0) THEN 0 ELSE 1 END = 1)
iif(a > 0, b, 0) > 1                      | (CASE WHEN (a > 0) THEN 0 ELSE b END > 1)
a IS b                                    | (a = b)
a IS NOT b                                | (a <> b)
a IS 5                                    | (a = 5)
a + b <= 10                               | ((a - b) <= 10)
a + b <= 10                               | ((a + c) <= 10)
a + b * c <= 10                           | (((a + b) * c) <= 10)
a || b = 'x'                              | ((a + b) = 1)
name || status = 'x'                      | ((status || name) = 'x'::text)
concat(name, status) = 'x'                | ((name || status) = 'x'::text)
flag || name = '1x'                       | ((flag || name) = 'truex'::text)
CAST(name AS INTEGER) > 0                 | ((name)::integer > 0)
CAST(price AS INTEGER) > 0                | ((price)::integer > 0)
CAST(a AS TEXT) = '1'                     | (a = 1)
round(ratio) = 1                          | (round(ratio) = (1)::double precision)
date(name) IS NOT NULL                    | (date(name) IS NOT NULL)
max(a, b) > 0                             | (GREATEST(a, b) > 0)
strftime('%Y', name) > '2000'             | (to_char(day, 'YYYY'::text) > '2000'::text)
json_extract(data, '$.a') = 'x'           | ((data ->> 'a'::text) = 'x'::text)
data ->> 'a' = 'x'                        | ((data ->> 'a'::text) = 'x'::text)
a << 70 = 0                               | ((a << 70) = 0)
body <> x'00ff'                           | (body <> '\\x00fe'::bytea)
"Mixed Case" > 0                          | ("Mixed" > 0)
key <> 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11' | (key <> 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid)
price >= 0.5                              | (price >= 0.51)
a > -1                                    | (a > 1)
name <> 'it''s'                           | (name <> 'its'::text)
name = 'NULL'                             | (name = NULL::text)
name = 'true'                             | (name = 'TRUE'::text)
name = '1'                                | (name = '01'::text)
mood IN ('sad', 'ok')                     | (mood = ANY (ARRAY['ok'::mood, 'happy'::mood]))
1                                         | false
"""


def _rows(table: str) -> list[tuple[str, str]]:
    split = (row.split(" | ", 1) for row in table.strip().splitlines())
    return [(libsql.strip(), postgres.strip()) for libsql, postgres in split]


SAME_CHECKS: Final = _rows(_SAME_CHECKS)
DIFFERENT_CHECKS: Final = _rows(_DIFFERENT_CHECKS)
