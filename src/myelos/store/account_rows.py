"""The accounts as lines of a backup: each row of their tables with its number, of passwords only the hashes.

Which tables they are is read from the models: Django's users, and whatever the store keeps besides the
record. They are only put back where there is no account yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.core import serializers
from django.core.management.color import no_style
from django.core.serializers.base import DeserializationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections

from myelos.findings import Finding, Place, Refused
from myelos.ledger.canonical import canonical
from myelos.store.models import Entry, Kept, Personal, Words

_RECORD = (Entry, Words, Personal, Kept)


def lines(alias: str) -> Iterator[str]:
    """Every account row, table by table, in order of their numbers."""
    for model in _models():
        names = [each.name for each in model._meta.local_fields]
        rows = model._default_manager.using(alias).order_by("pk")
        for plain in serializers.serialize("python", rows.iterator(), fields=names):
            yield canonical(json.loads(json.dumps(plain, cls=DjangoJSONEncoder)))


def check(given: Iterable[str], file: str) -> Iterator[Finding]:
    """Every line that is no row of an account's tables."""
    for number, line in enumerate(given, 1):
        try:
            _row(line, "default")
        except _UNREADABLE:
            yield Finding("store.unknown-account-line", Place(file=file, row=number))


def any_there(alias: str) -> bool:
    """Whether there is any account, or anything about one."""
    return any(model._default_manager.using(alias).exists() for model in _models())


def put(alias: str, given: Iterable[str]) -> None:
    """Put every row back under its number, within the caller's transaction."""
    for number, line in enumerate(given, 1):
        try:
            _row(line, alias).save(using=alias)
        except _UNREADABLE as error:
            raise Refused([Finding("store.unknown-account-line", Place(row=number))]) from error
    connection = connections[alias]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), _models()):
            cursor.execute(statement)


def _row(line: str, alias: str) -> Any:
    plain = json.loads(line)
    allowed = {model._meta.label_lower for model in _models()}
    if not isinstance(plain, dict) or plain.get("model") not in allowed:
        raise ValueError("no row of an account's tables")
    (row,) = serializers.deserialize("python", [plain], using=alias)
    return row


def _models() -> list[Any]:
    """The tables of accounts, those first that others refer to."""
    of_store = [each for each in apps.get_app_config("store").get_models() if each not in _RECORD]
    return [apps.get_model("auth", "User"), *of_store]


_UNREADABLE = (ValueError, TypeError, KeyError, LookupError, AttributeError, DeserializationError)
