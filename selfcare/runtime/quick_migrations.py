"""Migrations without making the classes of nearly all models anew for each of their operations.

Django keeps model classes of the moment that a migration plays in. Whatever an operation changes, the classes of all
models are made anew that are related to the changed one, however distantly: here nearly all of them, six hundred times,
which took most of a first start. But who refers to a table is asked only where a column changes its type or its name.
Everything else needs the class of its own model; so only that one is made anew, and all of them before such a change.
"""

from typing import Any

from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState


class QuickState(ProjectState):
    """`is_delayed`, which is Django's: classes that refer to a changed model refer to its class of before."""

    _keeps_all_fresh = False
    #: Its latest copy: what the project was like before the operation that changes it now.
    _before: ProjectState | None = None

    def clone(self) -> "QuickState":
        plain = super().clone()
        copy = QuickState(plain.models, plain.real_apps)
        if "apps" in vars(plain):
            copy.apps = plain.apps
        copy.is_delayed = plain.is_delayed
        self._before = copy
        return copy

    def alter_field(self, *args: Any, **options: Any) -> None:
        self._with_all_fresh(super().alter_field, *args, **options)

    def rename_field(self, *args: Any, **options: Any) -> None:
        self._with_all_fresh(super().rename_field, *args, **options)

    def rename_model(self, *args: Any, **options: Any) -> None:
        self._with_all_fresh(super().rename_model, *args, **options)

    def _with_all_fresh(self, change: Any, *args: Any, **options: Any) -> None:
        """Classes that are not fresh are forgotten, and made anew when somebody asks for one."""
        for state in (self, self._before):
            if state is not None:
                state.clear_delayed_apps_cache()
                state.is_delayed = False
        self._keeps_all_fresh = True
        try:
            change(*args, **options)
        finally:
            self._keeps_all_fresh = False

    def _find_reload_model(self, app_label: str, model_name: str, delay: bool = False) -> set[tuple[str, str]]:
        if self._keeps_all_fresh:
            stock: Any = super()
            found: set[tuple[str, str]] = stock._find_reload_model(app_label, model_name, delay)
            return found
        self.is_delayed = True
        return {(app_label, model_name)}


class QuickExecutor(MigrationExecutor):
    def _create_project_state(self, with_applied_migrations: bool = False) -> QuickState:
        stock: Any = super()
        plain = stock._create_project_state(with_applied_migrations)
        return QuickState(plain.models, plain.real_apps)
