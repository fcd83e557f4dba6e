"""What a database holds, read from its catalog into the schema model of both engines."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mig_assist.backend import Backend
from mig_assist.engines.database import Database
from mig_assist.engines.schema import Schema


def read_schema(database: Database, tables: Collection[str] | None = None) -> Schema:
    """The schema of the application that a database serves.

    The history table, what the engine keeps for itself and what an extension owns are not part of
    it. Changes of an open transaction are. The number of queries does not depend on how much
    there is to read.

    Args:
        database: either engine's.
        tables: read only these tables; views, enums and domains always come all.

    Raises:
        DatabaseError: the database does not answer.
    """
    if database.backend is Backend.LIBSQL:
        from mig_assist.engines import libsql_catalog

        return libsql_catalog.read_schema(database, tables)
    from mig_assist.engines import postgres_catalog

    return postgres_catalog.read_schema(database, tables)


def fingerprints(database: Database) -> Mapping[str, str]:
    """A short text for each table that changes with whatever read_schema() says of it.

    Views, enums and domains have keys such as ``view:admins``. Much cheaper than reading the
    schema; meant for reading again only what a change has touched. Texts can be compared as long
    as they come from one database; now and then one changes though the schema does not.

    Raises:
        DatabaseError: the database does not answer.
    """
    if database.backend is Backend.LIBSQL:
        from mig_assist.engines import libsql_catalog

        return libsql_catalog.fingerprints(database)
    from mig_assist.engines import postgres_catalog

    return postgres_catalog.fingerprints(database)
