"""What lies between servers that run and a portal that works: tables, static files, compiled texts, demo data."""

import hashlib
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from selfcare.runtime import messages

Say = Callable[[str], None]


def everything(say: Say) -> None:
    """Each step costs next to nothing when there is nothing to do. One process: starting Python costs more."""
    migrate(say)
    compile_messages(say)
    collect_static(say)
    if settings.DEMO:
        load_demo_data(say)
    connections.close_all()


def migrate(say: Say) -> None:
    executor = MigrationExecutor(connections["owner"])
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say(f"Making the tables ({len(plan)} migrations) ...")
        call_command("migrate", database="owner", interactive=False, verbosity=0)


def collect_static(say: Say) -> None:
    stamp = settings.STATIC_ROOT.with_suffix(".stamp")
    state = _state_of_static_files()
    if stamp.exists() and stamp.read_text() == state:
        return
    say("Collecting static files ...")
    call_command("collectstatic", interactive=False, clear=settings.STATIC_ROOT.exists(), verbosity=0)
    stamp.write_text(state)


def _state_of_static_files() -> str:
    seen = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            seen.update(f"{path} {found.st_mtime_ns} {found.st_size}\n".encode())
    return seen.hexdigest()


def compile_messages(say: Say) -> None:
    for catalogue in messages.compile_stale():
        say(f"Compiled {catalogue.name} ({catalogue.parent.parent.name}).")


def load_demo_data(say: Say) -> None:
    """Once for a database: `demo_data` leaves one alone that has customers."""
    say("Looking after the demo data ...")
    call_command("demo_data", verbosity=0)


def demo_logins() -> dict[str, list[dict[str, Any]]]:
    """What `demo_data --json` prints, by kind."""
    if "demo_data" not in get_commands():
        return {}
    printed = StringIO()
    call_command("demo_data", json=True, stdout=printed)
    return dict(json.loads(printed.getvalue()))
