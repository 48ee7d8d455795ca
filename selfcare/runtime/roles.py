"""The three database roles and the database, made once per server.

They are made here and not in a migration: roles belong to the server, and migrations of parallel test databases
would make them at the same moment. Migrations only grant.
"""

import psycopg
from psycopg import sql

OWNER, APP, REGISTRAR = "selfcare_owner", "selfcare_app", "selfcare_registrar"
DATABASE = "selfcare"

# The registrar's role reads one view and nothing else.
ATTRIBUTES = {
    OWNER: "LOGIN",
    APP: "LOGIN NOINHERIT",
    REGISTRAR: "LOGIN NOINHERIT",
}
REGISTRAR_SETTINGS = {
    "default_transaction_read_only": "on",
    # A registrar asks for plain `subscriber`; the view stands in a schema of its own.
    "search_path": "registrar",
    # A locked table makes a telephone wait this long, and one process of the registrar with it.
    "statement_timeout": "500ms",
}


def make_roles(
    connection: psycopg.Connection, passwords: dict[str, str] | None = None, *, for_tests: bool = False
) -> None:
    """Make what is missing; `passwords` by role are set anew when given. Needs CREATEROLE.

    `for_tests`: on a server of our own the owner may make databases, which is what tests need.
    """
    have = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    for role, attributes in ATTRIBUTES.items():
        if role not in have:
            connection.execute(sql.SQL("CREATE ROLE {} " + attributes).format(sql.Identifier(role)))
        if passwords and role in passwords:
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(passwords[role]))
            )
    if for_tests:
        connection.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(OWNER)))
    if REGISTRAR not in have:
        for name, value in REGISTRAR_SETTINGS.items():
            connection.execute(
                sql.SQL("ALTER ROLE {} SET {} = {}").format(
                    sql.Identifier(REGISTRAR), sql.Identifier(name), sql.Literal(value)
                )
            )


def missing_roles(connection: psycopg.Connection) -> list[str]:
    have = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    return [role for role in ATTRIBUTES if role not in have]


def make_database(connection: psycopg.Connection, name: str = DATABASE, template: str = "template0") -> None:
    """`connection` must be in autocommit: CREATE DATABASE runs outside transactions."""
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)
            )
        )


def statements() -> str:
    """The same as SQL to type, for a server where our login may not make roles."""
    lines = [f"CREATE ROLE {role} {attributes};" for role, attributes in ATTRIBUTES.items()]
    lines += [f"ALTER ROLE {REGISTRAR} SET {name} = '{value}';" for name, value in REGISTRAR_SETTINGS.items()]
    return "\n".join(lines)
