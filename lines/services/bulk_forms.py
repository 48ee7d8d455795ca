"""One procedure's form for many lines: the fields that any of them has, with the choices that any of them has.

Lines of one kind (contract, plan, SIM) have the same form, so that one line of each kind stands for all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from lines.models import Line
from lines.services.catalogue import Catalogue
from selfcare.accounts.models import User
from selfcare.orders.procedures import OrderForm, Procedure
from selfcare.orders.services.drafts import new_draft

#: Kinds of lines that a form is made for; what is beyond them is judged line by line all the same.
_KINDS = 50

Choices = list[tuple[str, str]]


def kind_of(line: Line) -> tuple[Any, ...]:
    return line.contract_id, line.carrier, line.sim_kind, line.sim_size, line.plan


def examples(lines: Iterable[Line]) -> list[Line]:
    """One line of each kind."""
    found: dict[tuple[Any, ...], Line] = {}
    for line in lines:
        found.setdefault(kind_of(line), line)
    return list(found.values())[:_KINDS]


@dataclass(frozen=True)
class Maker:
    """Makes the forms of one procedure for one operation; what they look up is looked up once."""

    procedure: Procedure
    now: datetime
    actor: User
    catalogue: Catalogue
    shared: dict[str, Any]

    def forms(self, line: Line, data: Any = None, *, once: bool = False) -> list[OrderForm]:
        """Those of all steps, for a line with its contract; bound to `data` where there is some.

        `once`: to be asked for many lines at once, without what is each line's own (`for_many` of the form).
        """
        order = new_draft(
            procedure=self.procedure, subject=line, contract=line.contract, now=self.now, actor=self.actor
        )
        order._catalogue = self.catalogue
        made = []
        for step in self.procedure.steps:
            form = step(data, order=order, shared=self.shared)
            drop = getattr(form, "for_many", None)
            if once and drop is not None:
                drop()
            made.append(form)
        return made


def maker(procedure: Procedure, *, now: datetime, actor: User) -> Maker:
    return Maker(procedure, now, actor, Catalogue(), {})


def labels(fields: Sequence[forms.Field]) -> str:
    """A field as its lines call it: キャッチホン／割込通話."""
    return "／".join(dict.fromkeys(str(field.label) for field in fields))


def choices_of(fields: Sequence[forms.Field]) -> Choices:
    """Everything that can be chosen in one of these, without what is said of it (prices, days) where that differs."""
    found: dict[str, list[str]] = {}
    for field in fields:
        for value, label in flat(getattr(field, "choices", ())):
            found.setdefault(value, []).append(label)
    return [(value, said[0] if len(set(said)) == 1 else short(said[0])) for value, said in found.items()]


def flat(choices: Iterable[Any]) -> Choices:
    """Without the groups."""
    found: Choices = []
    for value, label in choices:
        if isinstance(label, list | tuple):
            found += flat(label)
        else:
            found.append((str(value), str(label)))
    return found


def short(label: str) -> str:
    """A choice's name alone: VOICE 3GB of 上限値設定：VOICE 3GB（月額 1,800円）."""
    return label.split("（")[0].rpartition("：")[2].strip() or label


def merged(made: Sequence[list[OrderForm]]) -> list[OrderForm]:
    """For each step one form for all lines; what may stay as it is stays so unless it is touched."""
    first, *others = made
    for step, form in enumerate(first):
        for other in others:
            for name, field in other[step].fields.items():
                form.fields.setdefault(name, field)
        for name, field in form.fields.items():
            _widen(field, [one[step].fields[name] for one in made if name in one[step].fields])
    return first


def _widen(field: forms.Field, same: Sequence[forms.Field]) -> None:
    field.label = labels(same)
    if isinstance(field, forms.ChoiceField) and not field.disabled:
        offered = choices_of(same)
        if not field.required:
            offered = [("", _("変更しない")), *[one for one in offered if one[0]]]
        field.choices = offered
    if not field.required:
        # The example's own value is not what the others have.
        field.initial = ""
