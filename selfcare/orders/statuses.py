"""What the history's ステータス filter offers: the engine's states, and the words that rows show in their place."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.procedures import Procedure
from selfcare.orders.states import OPEN, State

_ANY = "open"


@dataclass
class _Word:
    """Where rows show one word. Procedures and states stand in the history's index; what `exactly` adds is asked only
    of the rows found by them.
    """

    label: str
    codes: set[str] = field(default_factory=set)
    states: set[str] = field(default_factory=set)
    exactly: Q = field(default_factory=Q)


def choices() -> list[tuple[str, Any]]:
    shown = [state for state in State if state != State.DRAFT]
    words = [(value, word.label) for value, word in _words().items()]
    return [
        ("", _("すべて")),
        (_ANY, _("手続き中のもの")),
        *[(str(state), state.label) for state in shown],
        *words,
    ]


def narrow(orders: QuerySet[Order], value: str) -> QuerySet[Order]:
    """The orders under one of the choices: of a state all, whatever their rows call it."""
    word = _words().get(value)
    if word is None:
        return orders.filter(state__in=sorted(OPEN) if value == _ANY else [value])
    return orders.filter(word.exactly, procedure__in=sorted(word.codes), state__in=sorted(word.states))


def _words() -> dict[str, _Word]:
    """By the value that stands in addresses: where the word is met first. One word is one choice, whoever says it."""
    found: dict[str, tuple[str, _Word]] = {}
    for procedure in procedures.every():
        for key, label, states, where in _places(procedure):
            if any(label == str(State(state).label) for state in states):
                continue  # found by the engine's own word
            _value, word = found.setdefault(label, (f"{procedure.code}:{key}", _Word(label)))
            word.codes.add(procedure.code)
            word.states |= states
            word.exactly |= Q(where, procedure=procedure.code, state__in=sorted(states))
    return dict(found.values())


def _places(procedure: Procedure) -> list[tuple[str, str, set[str], Q]]:
    """Each word of a procedure's rows: its key, itself, the states it stands for, and what else; as `state_label`."""
    words = procedure.state_words
    phases = [key for key in words if key not in State.values]
    alive = {str(state) for state in OPEN - {State.HELD}}
    no_phase = ~Q(phase__in=phases)
    places = [(key, str(words[key]), alive, Q(phase=key)) for key in phases]
    places += [
        (str(key), str(words[key]), {str(key)}, no_phase if key in alive else Q())
        for key in words
        if key in State.values
    ]
    if State.ACKNOWLEDGED not in words:
        later = Q(due_at__gt=F("accepted_at"))
        places.append(("waiting", str(procedure.waiting_label), {str(State.ACKNOWLEDGED)}, later))
    return places
