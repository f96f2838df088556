"""What the database itself refuses, whoever asks: to change, remove or replace what was recorded.

An entry must also follow the last one of its trial, by number and by digest. SQLite's REPLACE deletes without
asking the triggers unless ``recursive_triggers`` is on, which another program may leave off: so a row that is
there already refuses a second one before any REPLACE can come to it, be it by its key or by SQLite's own
``rowid``. To drop a trigger or to write the file by other means is beyond a trigger: that is what the chain
and a head kept elsewhere are for.
"""

from __future__ import annotations

from typing import Any

SQLITE = (
    """CREATE TRIGGER entry_follows BEFORE INSERT ON store_entry BEGIN
      SELECT RAISE(ABORT, 'entries are only added, each to the last one of its trial')
      WHERE NEW.seq IS NOT coalesce((SELECT max(seq) FROM store_entry WHERE trial = NEW.trial), 0) + 1
         OR NEW.previous IS NOT coalesce(
              (SELECT digest FROM store_entry WHERE trial = NEW.trial AND seq = NEW.seq - 1),
              '0000000000000000000000000000000000000000000000000000000000000000')
         OR EXISTS (SELECT 1 FROM store_entry WHERE rowid = NEW.rowid);
    END""",
    # before an insert rowid is -1 where none is given: nothing may be there
    """CREATE TRIGGER entry_numbered AFTER INSERT ON store_entry WHEN NEW.rowid < 1 BEGIN
      SELECT RAISE(ABORT, 'entries are only added, each to the last one of its trial'); END""",
    """CREATE TRIGGER entry_unchanged BEFORE UPDATE ON store_entry BEGIN
      SELECT RAISE(ABORT, 'entries are never changed'); END""",
    """CREATE TRIGGER entry_stays BEFORE DELETE ON store_entry BEGIN
      SELECT RAISE(ABORT, 'entries are never deleted'); END""",
    """CREATE TRIGGER words_unchanged BEFORE UPDATE ON store_words BEGIN
      SELECT RAISE(ABORT, 'words are erased or kept, never changed'); END""",
    """CREATE TRIGGER words_once BEFORE INSERT ON store_words BEGIN
      SELECT RAISE(ABORT, 'words are erased or kept, never changed')
      WHERE EXISTS (SELECT 1 FROM store_words WHERE trial = NEW.trial AND reference = NEW.reference); END""",
)

POSTGRESQL = (
    """CREATE FUNCTION store_entry_follows() RETURNS trigger LANGUAGE plpgsql
      SET search_path = pg_catalog, pg_temp AS $$
    DECLARE last_seq bigint; last_digest text;
    BEGIN
      SELECT seq, digest INTO last_seq, last_digest FROM {schema}.store_entry
        WHERE trial = NEW.trial ORDER BY seq DESC LIMIT 1;
      IF NEW.seq IS DISTINCT FROM coalesce(last_seq, 0) + 1
         OR NEW.previous IS DISTINCT FROM coalesce(last_digest, repeat('0', 64)) THEN
        RAISE EXCEPTION 'entries are only added, each to the last one of its trial';
      END IF;
      RETURN NEW;
    END $$""",
    """CREATE FUNCTION store_refused() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'what was recorded is never changed or removed'; END $$""",
    """CREATE TRIGGER entry_follows BEFORE INSERT ON store_entry
      FOR EACH ROW EXECUTE FUNCTION store_entry_follows()""",
    """CREATE TRIGGER entry_unchanged BEFORE UPDATE OR DELETE ON store_entry
      FOR EACH ROW EXECUTE FUNCTION store_refused()""",
    """CREATE TRIGGER entry_stays BEFORE TRUNCATE ON store_entry
      FOR EACH STATEMENT EXECUTE FUNCTION store_refused()""",
    """CREATE TRIGGER words_unchanged BEFORE UPDATE ON store_words
      FOR EACH ROW EXECUTE FUNCTION store_refused()""",
    """CREATE TRIGGER words_stay BEFORE TRUNCATE ON store_words
      FOR EACH STATEMENT EXECUTE FUNCTION store_refused()""",
)
"""The function names its table whole: a temporary table of the same name would come before it otherwise. A
trigger fires always, also for a replica's writes (``ALWAYS``): see :func:`install`."""

_ALWAYS = (
    ("store_entry", "entry_follows"), ("store_entry", "entry_unchanged"), ("store_entry", "entry_stays"),
    ("store_words", "words_unchanged"), ("store_words", "words_stay"),
)  # fmt: skip


def install(apps: Any, schema_editor: Any) -> None:
    """Put the triggers into the database (a step of a migration)."""
    connection = schema_editor.connection
    if connection.vendor == "sqlite":
        for statement in SQLITE:
            schema_editor.execute(statement)
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        (schema,) = cursor.fetchone()
    for statement in POSTGRESQL:
        schema_editor.execute(statement.replace("{schema}", schema))
    for table, trigger in _ALWAYS:
        schema_editor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
