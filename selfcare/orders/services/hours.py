"""Changing when a function accepts orders; at once, for whatever is not accepted yet."""

from datetime import time
from importlib import import_module
from typing import Any

from django.db import connections, transaction
from django.utils.translation import gettext as _

from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.calendar import Hours
from selfcare.orders import hours, procedures
from selfcare.orders.models import AcceptanceHours
from selfcare.orders.procedures import Procedure


class HoursError(ValueError):
    """These hours cannot be set; the message is for the operator."""


def functions() -> dict[str, list[Procedure]]:
    """The functions whose hours can be set, each with its procedures, in the order of their codes."""
    found: dict[str, list[Procedure]] = {}
    for procedure in procedures.every():
        if procedure.hours_function is not None:
            found.setdefault(procedure.hours_function, []).append(procedure)
    return dict(sorted(found.items()))


def change(*, function: str, opens: time, closes: time, actor: User) -> Hours:
    """Accept orders of a function within these hours from now on; both times equal is around the clock.

    What is accepted keeps the moment that it was promised; a confirm page that promised another one is shown again.
    Raises HoursError.
    """
    known = functions().get(function)
    if known is None:
        raise HoursError(_("この機能の手続きはありません。"))
    if opens.second or opens.microsecond or closes.second or closes.microsecond:
        raise HoursError(_("受付時間は分まで指定してください。"))
    new = Hours(opens, closes)
    with transaction.atomic():
        default = known[0].acceptance
        row, _made = AcceptanceHours.objects.select_for_update().get_or_create(
            function=function, defaults={"opens": default.opens, "closes": default.closes}
        )
        old = row.hours
        if new != old:
            row.opens, row.closes = opens, closes
            row.save(update_fields=["opens", "closes"])
            audit.record(
                action="hours.changed",
                obj=row,
                detail={"function": function, "from": _told(old), "to": _told(new)},
                actor=actor,
            )
    hours.forget()
    return new


def _told(one: Hours) -> list[str]:
    return [f"{one.opens:%H:%M}", f"{one.closes:%H:%M}"]


def set_first(using: str, **_kwargs: Any) -> None:
    """post_migrate: the first hours in a database that has none, as after `flush`; the migration's own."""
    connection = connections[using]
    if AcceptanceHours._meta.db_table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(import_module("selfcare.orders.migrations.0003_hours").FIRST)
