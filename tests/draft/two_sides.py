"""The same tables on both engines, and what a derived statement is read against there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from mig_assist.backend import Backend
from mig_assist.draft.derive import Context
from mig_assist.draft.house import HouseStyle
from mig_assist.draft.house.learning import Script
from mig_assist.draft.house.reading import libsql_side, postgres_schema
from mig_assist.engines.database import Database
from mig_assist.engines.scratch import scratch_database


def context_of(tables: Mapping[Backend, str]) -> Context:
    """What is known after statements have made tables on each side, in no particular house."""
    mine, definitions = libsql_side([Script(tables[Backend.LIBSQL], "V1.sql")])
    theirs = postgres_schema([Script(tables[Backend.POSTGRES], "V1.sql")])
    return Context(mine, theirs, HouseStyle(), definitions)


@contextmanager
def databases_of(
    tables: Mapping[Backend, str], postgres_url: str
) -> Iterator[dict[Backend, Database]]:
    """Scratch databases of both engines that hold the tables."""
    with (
        scratch_database(Backend.LIBSQL) as mine,
        scratch_database(Backend.POSTGRES, postgres_url) as theirs,
    ):
        found = {Backend.LIBSQL: mine, Backend.POSTGRES: theirs}
        for backend, database in found.items():
            database.execute(tables[backend])
        yield found
