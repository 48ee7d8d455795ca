"""Storing what an operator edited in a form: only what changed, with old and new in the audit trail."""

from typing import Any

from django.db import models, transaction

from selfcare.accounts import audit
from selfcare.accounts.models import Customer, User


def store(*, row: models.Model, fields: list[str], actor: User) -> None:
    """Insert `row`, or write these of its fields. Raises ValidationError when the row contradicts itself.

    Other fields keep what somebody else may have written meanwhile.
    """
    row.full_clean()
    noun = row._meta.model_name
    with transaction.atomic():
        if row._state.adding:
            row.save(force_insert=True)
            changes = {name: _readable(row, name) for name in fields}
            action = f"{noun}.created"
        else:
            before = type(row)._default_manager.select_for_update().get(pk=row.pk)
            changed = [name for name in fields if getattr(before, name) != getattr(row, name)]
            if not changed:
                return
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
