"""The contract of a procedure, and the list of those that exist.

A procedure is a stateless class in `<app>/procedures/<name>.py`, registered with `@register`. Every hook takes the
order (a draft too). The engine calls the hooks and never asks which procedure it has in its hands.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy

from selfcare import calendar
from selfcare.accounts.models import Role, User
from selfcare.orders import hours
from selfcare.orders.answers import Done as Done
from selfcare.orders.answers import Failed as Failed
from selfcare.orders.answers import Intro as Intro
from selfcare.orders.answers import Outcome as Outcome
from selfcare.orders.answers import Promise as Promise
from selfcare.orders.answers import Quote as Quote
from selfcare.orders.answers import Row as Row
from selfcare.orders.answers import TryAgain as TryAgain
from selfcare.orders.answers import Wait as Wait
from selfcare.orders.models import Order


class Effects(StrEnum):
    """LOCAL: one transaction, set-based, no lease. OUTSIDE: lease, attempts, never inside a transaction."""

    LOCAL = "local"
    OUTSIDE = "outside"


#: The kinds of mail about one order.
ALL_MAILS = frozenset({"accepted", "completed", "failed", "cancelled"})


class OrderForm(forms.Form):
    """A step's form. It knows the draft, so that it can ask what depends on subject, customer and contract."""

    #: Names of cleaned values that are secret: sealed until acceptance, never in the order's data.
    secret: ClassVar[tuple[str, ...]] = ()
    #: Names of fields that a link to the page may fill in.
    prefill: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, order: Order, shared: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """`shared` lives as long as one run over many rows: what is the same for all of them is looked up once."""
        super().__init__(*args, **kwargs)
        self.order = order
        self.shared: dict[str, Any] = {} if shared is None else shared

    def chosen(self) -> models.Model | None:
        """The row to change, where what was typed finds it (`Procedure.finds_subject`); asked of a valid form."""
        return None


class Procedure(ABC):
    """What can be ordered. Subclasses set the attributes and override the hooks."""

    code: ClassVar[str]
    title: ClassVar[Any]
    #: What the contract must have; also the menu entry's key. Empty: every contract does.
    function: ClassVar[str]
    role: ClassVar[Role] = Role.MEMBER
    #: The model whose row the order changes; `subject_id` points into it. It has `customer_id` and `visible_to`.
    subject: ClassVar[type[models.Model]]
    #: Prefix of the key that is unique while an order is open; empty when several may be open at once.
    exclusive: ClassVar[str] = ""
    effects: ClassVar[Effects] = Effects.LOCAL
    #: Offered to operators only, on a customer's written request.
    operator_only: ClassVar[bool] = False
    steps: ClassVar[tuple[type[OrderForm], ...]] = ()
    #: When orders are accepted while operators have not set the hours; see `hours`.
    acceptance: ClassVar[calendar.Hours] = calendar.ALWAYS
    #: The function whose hours hold, where it is another one than `function`; None: `acceptance`, never changed.
    hours_of: ClassVar[str | None] = ""
    draft_life: ClassVar[timedelta] = timedelta(days=1)
    #: A draft belongs to everybody of the customer who may order it: a colleague can go on with it.
    shares_draft: ClassVar[bool] = False
    #: What its pages call the steps before the confirm page, where they are not just "input".
    step_labels: ClassVar[tuple[Any, ...]] = ()
    #: What customers read in place of a state's or phase's own word, by phase, then by state.
    state_words: ClassVar[Mapping[str, Any]] = {}
    #: Names in an order's data that say nothing about what is wished: how it was entered, when was consented to what.
    not_the_wish: ClassVar[tuple[str, ...]] = ()
    #: The input page is not about one row: its form finds the row by what is typed.
    finds_subject: ClassVar[bool] = False
    #: What `reserve` wrote takes effect at the due moment whoever is alive: when due there is nothing left to refuse.
    takes_effect_by_itself: ClassVar[bool] = False
    #: It only ends something: once accepted it is carried out, also when its contract has ended before.
    outlives_contract: ClassVar[bool] = False
    #: It can be ordered while the contract's telephones are stopped: it leads to their being lifted, or to the end.
    while_suspended: ClassVar[bool] = False
    #: Operators see it through stages of its own: the engine's ways to complete or fail it by hand are not offered, and
    #: while it waits for them beyond its day, that is for the procedure's own list to say.
    staged: ClassVar[bool] = False
    #: A batch of it takes the orders that are possible; otherwise it takes all of them or none.
    takes_the_good: ClassVar[bool] = False
    #: It cannot be undone once it is carried out: a customer may want a second person's approval (`approval`).
    is_final: ClassVar[bool] = False
    #: Whether it can wait for an approval at all. What takes effect by itself never does.
    approvable: ClassVar[bool] = True
    #: `reserve` only takes numbers aside, from the moment of the request on; of the others nothing is reserved before
    #: the approval. Their own plans must be kept on the order object (see `services.approving`).
    holds_while_pending: ClassVar[bool] = False
    #: What its mails are called, by kind (accepted, completed, ...); the engine's own words for the others.
    mail_titles: ClassVar[Mapping[str, Any]] = {}
    #: What customers read of an accepted order whose moment has not come.
    waiting_label: ClassVar[Any] = gettext_lazy("予約済")
    input_template: ClassVar[str] = "orders/input.html"
    #: The input page's button; empty for the engine's own words.
    next_label: ClassVar[Any] = ""
    #: What the order's page says right after acceptance, before it has taken effect; empty for the engine's own words.
    accepted_text: ClassVar[Any] = ""
    #: What the order's page says once it is completed; empty for the engine's own words.
    done_text: ClassVar[Any] = ""
    #: Included by the order's page once it is completed.
    result_template: ClassVar[str] = ""

    @property
    def hours_function(self) -> str | None:
        """Under which function operators set the hours; None where they cannot."""
        return self.function if self.hours_of == "" else self.hours_of

    def hours(self) -> calendar.Hours:
        """When orders are accepted; outside of it the engine books them for the next opening."""
        function = self.hours_function
        return (hours.of(function) if function is not None else None) or self.acceptance

    def input_page(self, order: Order) -> str:
        """The address of the page on which this draft is gone on with; empty: the generic input page."""
        return ""

    def intro(self, order: Order) -> Intro:
        """Facts and notes of the input page; called on a draft that may not be saved yet."""
        return Intro()

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        """Which of these cannot be done, with the reason in the customer's words.

        Called at input, at confirm, at acceptance (subject rows locked) and when due. An order is no obstacle to
        itself. It must not write.
        """
        return {}

    @abstractmethod
    def promise(self, order: Order, now: datetime) -> Promise:
        """When it takes effect if accepted at `now`, within the acceptance hours. Stored then, and never moved."""

    @abstractmethod
    def summary(self, order: Order) -> list[Row]:
        """Label, old, new for confirm page, done page, history and mail; no secrets."""

    def quote(self, order: Order) -> Quote:
        """What it adds to the bill, by today's tariff."""
        return Quote()

    def units(self, order: Order) -> int:
        """How many numbers or lines it is about, for approval by number."""
        return 1

    def facts(self, order: Order) -> list[Row]:
        """What operators read of an accepted order as it stands now, beside its summary; no secrets."""
        return []

    def code_name(self, order: Order) -> str:
        """申し込みコード名 of the history, from the order's data alone; most have none."""
        return ""

    def issued_page(self, order: Order) -> str:
        """The address of the numbers that the order has issued; empty where there are none (yet). It must not query."""
        return ""

    def again(self, order: Order) -> dict[str, Any] | None:
        """The data that a new draft of the same wish begins with; None where it makes no sense, or a secret is in it.

        Asked for each row of the history: it must not query. Role, contract and days that have passed are not asked
        here, see `repeating`.
        """
        typed = bool(self.steps) and not any(step.secret for step in self.steps)
        return dict(order.data) if typed else None

    def reserve(self, orders: Sequence[Order]) -> None:  # noqa: B027  (most procedures need nothing scarce)
        """Take what is scarce, inside the accepting transaction: acceptance and due moment stand on the orders.

        Raise NotPossible when there is not enough: then none of them is accepted. Write set-based.
        """

    def release(self, orders: Sequence[Order]) -> None:  # noqa: B027  (the same)
        """Give back what `reserve` took: cancelled, refused or failed. Runs in that transaction, set-based."""

    def mails(self, order: Order) -> frozenset[str]:
        """Which of its mails go out: accepted, completed, failed, cancelled; those about its approval always do.

        Asked for every order that has just moved, its subject at hand; it must not query.
        """
        return ALL_MAILS

    @abstractmethod
    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        """Carry out what is due; called again at `next_at` and after every event.

        LOCAL: inside the transaction that records the outcome; write set-based. OUTSIDE: one order, no transaction
        open; calls must be safe to repeat; raise TryAgain when the other side is not to be had.
        """


class NotPossible(Exception):
    """The order cannot be accepted (any more); the text is for the customer."""


class UnknownProcedure(LookupError):
    """An order names a procedure that nobody registered."""


_registry: dict[str, Procedure] = {}

P = TypeVar("P", bound=Procedure)


def register(cls: type[P]) -> type[P]:
    """Put a procedure on the list; codes are permanent, because waiting orders carry them."""
    if cls.code in _registry and type(_registry[cls.code]) is not cls:
        raise ValueError(f"Two procedures call themselves {cls.code}.")
    _registry[cls.code] = cls()
    return cls


def get(code: str) -> Procedure:
    try:
        return _registry[code]
    except KeyError:
        raise UnknownProcedure(code) from None


def every() -> list[Procedure]:
    return [_registry[code] for code in sorted(_registry)]


def codes(effects: Effects) -> list[str]:
    return [procedure.code for procedure in every() if procedure.effects == effects]


def choices() -> list[tuple[str, Any]]:
    """For filters; a callable, so that a new procedure makes no migration."""
    return [(procedure.code, procedure.title) for procedure in every()]


def subject_of(order: Order) -> Any:
    """The row that the order changes, cached on the order; None while the form has yet to find it."""
    if not hasattr(order, "_subject"):
        if order.subject_id is None:
            return None
        order._subject = get(order.procedure).subject._default_manager.get(pk=order.subject_id)
    return order._subject


def subjects_of(orders: Sequence[Order]) -> None:
    """Fill the cache of `subject_of` for many orders of one procedure in one query."""
    model = get(orders[0].procedure).subject if orders else None
    rows = model._default_manager.in_bulk([order.subject_id for order in orders]) if model else {}
    for order in orders:
        if order.subject_id in rows:
            order._subject = rows[order.subject_id]


def may_wait(procedure: Procedure) -> bool:
    """Whether a customer's orders of it can be made to wait for an approval."""
    return procedure.approvable and not procedure.operator_only and not procedure.takes_effect_by_itself


def shared_by(user: User) -> list[str]:
    """The procedures whose drafts this user shares with the colleagues."""
    return [procedure.code for procedure in every() if procedure.shares_draft and may_order(procedure, user)]


def may_order(procedure: Procedure, user: User) -> bool:
    """Whether this user's role allows it; the contract's functions are asked with the contract."""
    return not procedure.operator_only and user.has_role(procedure.role)
