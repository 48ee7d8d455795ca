"""Many rows of a list or a file as wishes of one procedure: each is bound to its form as the input page would do it.

The rows have been found among what the actor may order for; what cannot be read is refused in words, row by row.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _

from selfcare.accounts.models import Contract, User
from selfcare.orders import once
from selfcare.orders.procedures import OrderForm, Procedure
from selfcare.orders.services.batches import Refused, Wish
from selfcare.orders.services.drafts import choose, new_draft


class Typed(NamedTuple):
    """A row: what it changes, what was typed by the names of the form's fields, how people find it (12行目)."""

    subject: Any
    values: Mapping[str, str]
    label: str = ""


def read(
    procedure: Procedure, rows: Iterable[Typed | tuple[Any, Mapping[str, str]]], *, now: datetime, actor: User
) -> tuple[list[Wish], list[Refused]]:
    """The wishes of the rows that can be read, and the others with the form's errors; pass both to `batches.draft`.

    A field without a value counts as left empty on the page. The same few queries however many rows, where the form
    keeps what it looks up in `self.shared`.
    """
    typed = [Typed(*row) for row in rows]
    _share_contracts([row.subject for row in typed])
    shared: dict[str, Any] = {}
    first: dict[int, Typed] = {}
    wishes: list[Wish] = []
    refused: list[Refused] = []
    with once.read_once():
        for row in typed:
            earlier = first.setdefault(row.subject.pk, row)
            if earlier is not row:
                reason = _("同じ対象が前にもあります（%(row)s）。") % {"row": _label(earlier)}
                refused.append(Refused(_label(row), _words(procedure, row), reason))
                continue
            wish, reason = _wish(procedure, row, shared, now, actor)
            if wish is None:
                refused.append(Refused(_label(row), _words(procedure, row), reason))
            else:
                wishes.append(wish)
    return wishes, refused


def _wish(
    procedure: Procedure, row: Typed, shared: dict[str, Any], now: datetime, actor: User
) -> tuple[Wish | None, str]:
    """What the input pages would make of it, one step after the other; or why they would not."""
    contract = row.subject if isinstance(row.subject, Contract) else None
    order = new_draft(procedure=procedure, subject=row.subject, contract=contract, now=now, actor=actor)
    secret: dict[str, Any] = {}
    for step in procedure.steps:
        form = step(row.values, order=order, shared=shared)
        if not form.is_valid():
            return None, " ".join(_errors(form))
        secret |= {name: form.cleaned_data[name] for name in form.secret if form.cleaned_data[name]}
        order.data |= {name: value for name, value in form.cleaned_data.items() if name not in form.secret}
        chosen = form.chosen()
        if chosen is not None:
            choose(order, chosen)
    return Wish(order._subject, order.data, secret), ""


def _errors(form: OrderForm) -> list[str]:
    """The form's errors as sentences, each with its field's label."""
    found = [str(error) for error in form.non_field_errors()]
    for name, errors in form.errors.items():
        if name in form.fields:
            label = form[name].label
            found += [_("%(label)s：%(error)s") % {"label": label, "error": error} for error in errors]
    return found


def _label(row: Typed) -> str:
    return " ".join(filter(None, (row.label, str(row.subject))))


def _words(procedure: Procedure, row: Typed) -> str:
    """What was typed, for who looks for the row; never a secret."""
    secret = {name for step in procedure.steps for name in step.secret}
    return "、".join(str(value) for name, value in row.values.items() if value and name not in secret)


def _share_contracts(subjects: Sequence[Any]) -> None:
    """One object for all subjects of a contract, where they came without it."""
    if not subjects:
        return
    model = type(subjects[0])
    try:
        field = model._meta.get_field("contract")
    except FieldDoesNotExist:
        return
    without = [one for one in subjects if not field.is_cached(one)]
    contracts = Contract.objects.in_bulk({one.contract_id for one in without if one.contract_id is not None})
    for one in without:
        if one.contract_id is not None:
            one.contract = contracts[one.contract_id]
