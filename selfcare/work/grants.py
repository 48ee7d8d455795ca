"""What each database role may do, brought up to date after every migration.

Roles are made once per server (runtime, compose); migrations run as the owner and only grant. The application's role
reads and writes rows; it owns nothing, alters nothing, and can neither change nor delete an audit event.
"""

from typing import Any

from django.db import connections

_insert_only = {"accounts_auditevent"}
#: Tables that the application may only read.
READ_ONLY = ("work_businessclock", "django_migrations")
_PARTITIONS = """
SELECT oid::regclass::text FROM pg_class
WHERE relispartition AND relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
"""


def insert_only(*tables: str) -> None:
    """Tables into which the application may only insert. Apps name theirs in `AppConfig.ready()`."""
    _insert_only.update(tables)


def grant(using: str, **_kwargs: Any) -> None:
    """post_migrate: grant on the tables that exist now; safe to repeat."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'selfcare_app'")
        if cursor.fetchone() is None:
            raise RuntimeError(
                "The database role selfcare_app does not exist. `manage.py prepare_database` makes the roles."
            )
        tables = set(connection.introspection.table_names(cursor))
        cursor.execute("GRANT USAGE ON SCHEMA public TO selfcare_app")
        cursor.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO selfcare_app")
        cursor.execute("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO selfcare_app")
        for table in sorted(tables & _insert_only):
            cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM selfcare_app")
        for table in tables.intersection(READ_ONLY):
            cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM selfcare_app")
        cursor.execute(_PARTITIONS)
        for (partition,) in cursor.fetchall():
            # Access goes through the table that they are parts of, with its triggers.
            cursor.execute(f"REVOKE ALL ON {partition} FROM selfcare_app")
