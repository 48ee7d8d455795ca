"""`manage.py migrate`: Django's, several times as fast (selfcare/runtime/quick_migrations.py)."""

from django.core.management.commands import migrate

from selfcare.runtime.quick_migrations import QuickExecutor

migrate.MigrationExecutor = QuickExecutor  # type: ignore[attr-defined]  # missing in the stubs


class Command(migrate.Command):
    pass
