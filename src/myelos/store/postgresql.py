"""Who may do what in PostgreSQL: the tables have an owner, and the application is somebody else.

The application may add entries and read them, and nothing more, so that not even a fault in it can alter the
record. What has to be erased or changed (words, personal data, accounts, snapshots) it may.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connections, transaction

from myelos.findings import Finding, Param, Refused
from myelos.store.failures import told

ADDED_ONLY = ("SELECT", "INSERT")
GRANTED = {
    "store_entry": ADDED_ONLY,
    "store_words": (*ADDED_ONLY, "DELETE"),
}
"""What the application may do with a table; with any other of the store's, of Django's accounts, and of what
is installed around the store, such as the pages' sessions:"""
KEPT = ("SELECT", "INSERT", "UPDATE", "DELETE")


def prepare(alias: str, application_role: str) -> None:
    """Give the application's role what it needs and nothing else. Run by the owner, after migrating.

    What the role and the public could do before is taken away first. Raises
    :class:`~myelos.findings.Refused` for a role that does not exist, or that could undo this: a superuser,
    or the owner of the tables or a member of it.
    """
    connection = connections[alias]
    with told(application_role), transaction.atomic(using=alias), connection.cursor() as cursor:
        found = list(_unfit(cursor, application_role))
        if found:
            raise Refused(found)
        for statement in _statements(cursor, connection.ops.quote_name, application_role):
            cursor.execute(statement)


def _unfit(cursor: Any, role: str) -> Iterator[Finding]:
    params: dict[str, Param] = {"read": role[:80]}
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", [role])
    known = cursor.fetchone()
    if known is None:
        yield Finding("store.no-such-role", params=params)
        return
    if known[0]:
        yield Finding("store.role-superuser", params=params)
        return
    cursor.execute(
        "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
        " AND relkind IN ('r', 'p') AND pg_has_role(%s, relowner, 'MEMBER')",
        [role],
    )
    if cursor.fetchone()[0]:
        yield Finding("store.role-owns", params=params)


def _statements(cursor: Any, quote: Any, role: str) -> Iterator[str]:
    cursor.execute("SELECT current_schema(), current_database()")
    schema, database = map(quote, cursor.fetchone())
    role = quote(role)
    for whom in ("PUBLIC", role):
        yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {whom}"
        yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {whom}"
        yield f"REVOKE CREATE ON SCHEMA {schema} FROM {whom}"
        yield f"REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM {whom}"
    yield f"GRANT CONNECT ON DATABASE {database} TO {role}"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {role}"
    for table in _tables():
        rights = ", ".join(GRANTED.get(table, KEPT))
        yield f"GRANT {rights} ON {schema}.{quote(table)} TO {role}"
    # restored accounts keep their numbers, so the next one must be counted on from there
    yield f"GRANT SELECT, USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}"


def _tables() -> list[str]:
    """Every table the application uses: those of what is installed, but for Django's list of models."""
    models = (model for model in apps.get_models(include_auto_created=True))
    used = {model._meta.db_table for model in models if model._meta.app_label != "contenttypes"}
    return sorted(used)
