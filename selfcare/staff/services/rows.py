"""Storing what an operator edited in a form: only what changed, with old and new in the audit trail."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from django.db import models, transaction

from selfcare.accounts import audit
from selfcare.accounts.models import Customer, User

#: Gets the row as it was (None for a new one) and the values that are to be stored. Raises ValidationError.
Check = Callable[[Any, Mapping[str, Any]], None]
_checks: dict[type[models.Model], list[Check]] = defaultdict(list)


def register_check(model: type[models.Model], check: Check) -> None:
    """Let another app refuse what operators do to rows of `model`; call it in `AppConfig.ready()`."""
    _checks[model].append(check)


def check(*, model: type[models.Model], before: models.Model | None, values: Mapping[str, Any]) -> None:
    """Ask all that have registered. Raises ValidationError; forms ask beforehand, to say it beside the field."""
    for one in _checks[model]:
        one(before, values)


def store(*, row: models.Model, fields: list[str], actor: User) -> None:
    """Insert `row`, or write these of its fields. Raises ValidationError when the row contradicts itself.

    Other fields keep what somebody else may have written meanwhile.
    """
    row.full_clean()
    noun = row._meta.model_name
    with transaction.atomic():
        if row._state.adding:
            check(model=type(row), before=None, values={name: getattr(row, name) for name in fields})
            row.save(force_insert=True)
            changes = {name: _readable(row, name) for name in fields}
            action = f"{noun}.created"
        else:
            before = type(row)._default_manager.select_for_update().get(pk=row.pk)
            changed = [name for name in fields if getattr(before, name) != getattr(row, name)]
            if not changed:
                return
            check(model=type(row), before=before, values={name: getattr(row, name) for name in changed})
            row.save(update_fields=changed)
            changes = {name: [_readable(before, name), _readable(row, name)] for name in changed}
            action = f"{noun}.changed"
        customer = row if isinstance(row, Customer) else None
        audit.record(action=action, obj=row, customer=customer, detail=changes, actor=actor)


def _readable(row: models.Model, name: str) -> Any:
    value = getattr(row, name)
    if isinstance(value, models.Model):
        return str(value)
    return value if value is None or isinstance(value, bool | int | str | list | dict) else str(value)
