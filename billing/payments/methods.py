"""Which method pays which bill: registering, changing from the next bill on, moving from an application to a contract.

Every function runs in the caller's transaction, or in one of its own.
"""

from datetime import date

from django.db import connection, transaction
from django.db.models import QuerySet

from billing.closing import periods
from billing.models import CardRegistration, PaymentDay, PaymentMethod
from billing.models.payments import Kind
from billing.payments import telling
from selfcare import calendar, clock
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, User
from selfcare.work import letters

State = PaymentMethod.State
#: The letter with the form for the account transfer (口座振替依頼書).
LETTER = "account_transfer"
USABLE = (State.ACTIVE, State.WAITING)


def set_payment_day(*, contract: Contract, day: int, since: date, actor: User | None) -> PaymentDay:
    """From `since` on the contract is billed, and its bills are collected on this day of the month (31: the last one).

    Asked again with the same values it changes nothing.
    """
    with transaction.atomic():
        row, is_new = PaymentDay.objects.get_or_create(
            contract=contract, defaults={"customer_id": contract.customer_id, "day": day, "since": since}
        )
        if is_new:
            detail = {"contract": contract.number, "day": day}
            audit.record(action="payment_day.set", obj=row, detail=detail, actor=actor)
    return row


def choose_method(*, holder: str, kind: str) -> PaymentMethod:
    """What an application is to be paid by: account transfer or bank transfer (a card comes by `cards.begin`).

    The one chosen before is dropped. `holder` is "cloud_application:<uuid>".
    """
    if kind not in {Kind.DEBIT, Kind.TRANSFER}:
        raise ValueError("a card is registered at the provider")
    with transaction.atomic():
        return _put(PaymentMethod(holder=holder, kind=kind, state=_first_state(kind)))


def put_card(registration: CardRegistration) -> PaymentMethod:
    """Of a registration that has passed, for its application: the method, once."""
    if registration.method_id:
        return PaymentMethod.objects.get(pk=registration.method_id)
    with transaction.atomic():
        method = _put(_of_card(registration, PaymentMethod(holder=registration.holder)))
        CardRegistration.objects.filter(pk=registration.pk).update(method=method)
    return method


def method_of(*, holder: str = "", contract: Contract | None = None, month: date | None = None) -> PaymentMethod | None:
    """The application's method, or the contract's for the bill of a month (the running one's when none is given)."""
    if contract is None:
        return PaymentMethod.objects.filter(holder=holder, state__in=USABLE).first() if holder else None
    if month is None:
        month = running_month(contract)
    return PaymentMethod.objects.filter(contract=contract).in_force(month).first()


def coming_of(contract: Contract) -> PaymentMethod | None:
    """The method that is registered and pays only later bills, or waits for its form."""
    now_on = running_month(contract)
    later = PaymentMethod.objects.filter(contract=contract, state=State.ACTIVE, from_month__gt=now_on)
    return later.order_by("-from_month").first() or waiting_of(contract)


def waiting_of(contract: Contract) -> PaymentMethod | None:
    return PaymentMethod.objects.filter(contract=contract, state=State.WAITING).first()


def has_method(contract: Contract) -> bool:
    """Whether the contract can be ordered for good: a method is registered, or the form for it has been asked for."""
    return PaymentMethod.objects.filter(contract=contract, state__in=USABLE).exists()


def adopt_methods(*, holder: str, contract: Contract, actor: User | None) -> PaymentMethod | None:
    """Move an application's method to the contract that it has become; the form by post is queued then.

    None when the application had none. Asked again it changes nothing.
    """
    with transaction.atomic():
        method = PaymentMethod.objects.select_for_update().filter(holder=holder, state__in=USABLE).first()
        if method is None:
            return method_of(contract=contract) or waiting_of(contract)
        method.contract, method.customer_id, method.holder = contract, contract.customer_id, ""
        method.from_month = running_month(contract) if method.state == State.ACTIVE else None
        method.changed_at = clock.real_now()
        method.save(update_fields=["contract", "customer", "holder", "from_month", "changed_at"])
        _record("payment_method.registered", method, actor)
        if method.state == State.WAITING:
            _send_form(method)
    return method


def drop_method(*, holder: str) -> None:
    """An application that has ended is paid by nothing."""
    with transaction.atomic():
        _end(PaymentMethod.objects.filter(holder=holder, state__in=USABLE), "")


def erase_methods(*, holder: str) -> None:
    """Nothing is kept of what an application that has been erased was to be paid by; it never paid a bill."""
    with transaction.atomic():
        CardRegistration.objects.filter(holder=holder).exclude(state=CardRegistration.State.OPEN).delete()
        ended = PaymentMethod.objects.filter(holder=holder, contract=None, state=State.ENDED)
        ended.exclude(pk__in=CardRegistration.objects.filter(method__isnull=False).values("method")).delete()


def change(
    *, contract: Contract, kind: str, registration: CardRegistration | None, actor: User | None
) -> PaymentMethod:
    """Another method from the next bill on (`first_month`). A form that is on its way is taken back.

    `registration`: for a card, one of this contract that has passed and is no method yet.
    """
    with transaction.atomic():
        Contract.objects.select_for_update(of=("self",), no_key=True).get(pk=contract.pk)
        _end(PaymentMethod.objects.filter(contract=contract, state=State.WAITING), "replaced")
        method = PaymentMethod(contract=contract, customer_id=contract.customer_id, kind=kind, state=_first_state(kind))
        if kind == Kind.CARD:
            if registration is None or registration.contract_id != contract.pk:
                raise ValueError("a card needs its registration")
            method = _of_card(registration, method)
        if method.state == State.ACTIVE:
            _begin(method, contract)
        method.save()
        if registration is not None and kind == Kind.CARD:
            CardRegistration.objects.filter(pk=registration.pk, method=None).update(method=method)
        _record("payment_method.changed", method, actor)
        if method.state == State.WAITING:
            _send_form(method)
    return method


def confirm_form(*, method: PaymentMethod, account: str, actor: User) -> PaymentMethod | None:
    """The bank has taken the form: the account transfer begins with the next bill. None when it is not waiting."""
    with transaction.atomic():
        row = _waiting(method)
        if row is None or row.contract is None:
            return None
        row.state, row.account, row.changed_at = State.ACTIVE, account, clock.real_now()
        _begin(row, row.contract)
        row.save(update_fields=["state", "account", "changed_at", "from_month"])
        _record("payment_method.form_confirmed", row, actor)
        telling.form(row)
    return row


def refuse_form(*, method: PaymentMethod, reason: str, actor: User) -> PaymentMethod | None:
    """The bank has sent the form back: bills go on as they did. None when it is not waiting."""
    with transaction.atomic():
        row = _waiting(method)
        if row is None:
            return None
        row.state, row.reason, row.changed_at = State.ENDED, reason, clock.real_now()
        row.save(update_fields=["state", "reason", "changed_at"])
        _record("payment_method.form_refused", row, actor)
        telling.form(row)
    return row


def running_month(contract: Contract) -> date:
    return periods.month_of(calendar.today(clock.now()), contract.billing_cycle)


def first_month(contract: Contract) -> date:
    """The bill from which a change made now holds: the next one to be closed, but never the first of the contract.

    The first bill goes by the method with which the contract was ordered for good, as long as there is one.
    """
    month = running_month(contract)
    terms = PaymentDay.objects.filter(contract=contract).first()
    if terms is None:
        return month
    first = periods.month_of(terms.since, contract.billing_cycle)
    if method_of(contract=contract, month=first) is None:
        return month
    return max(month, calendar.add_months(first, 1))


def _begin(method: PaymentMethod, contract: Contract) -> None:
    """From which bill on: whatever was to begin with it or later ends."""
    month = first_month(contract)
    later = PaymentMethod.objects.filter(contract=contract, state=State.ACTIVE, from_month__gte=month)
    _end(later.exclude(pk=method.pk), "replaced")
    method.from_month = month


def _put(method: PaymentMethod) -> PaymentMethod:
    """The holder's one method: what is chosen at the same moment waits for its turn."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [method.holder])
    _end(PaymentMethod.objects.filter(holder=method.holder, state__in=USABLE), "replaced")
    method.save()
    return method


def _end(methods: QuerySet[PaymentMethod], reason: str) -> None:
    methods.update(state=State.ENDED, reason=reason, changed_at=clock.real_now())


def _of_card(registration: CardRegistration, method: PaymentMethod) -> PaymentMethod:
    if registration.state != CardRegistration.State.PASSED or registration.card_expires_on is None:
        raise ValueError("the card has not passed")
    method.kind, method.state = Kind.CARD, State.ACTIVE
    for name in ("card_token", "card_brand", "card_last4", "card_expires_on"):
        setattr(method, name, getattr(registration, name))
    return method


def _first_state(kind: str) -> str:
    return State.WAITING if kind == Kind.DEBIT else State.ACTIVE


def _waiting(method: PaymentMethod) -> PaymentMethod | None:
    rows = PaymentMethod.objects.select_for_update(of=("self",)).select_related("contract")
    return rows.filter(pk=method.pk, state=State.WAITING).first()


def _send_form(method: PaymentMethod) -> None:
    contract = method.contract
    if contract is not None:
        letters.queue(kind=LETTER, customer=contract.customer, contract=contract, reference=contract.number, text={})


def _record(action: str, method: PaymentMethod, actor: User | None) -> None:
    contract = method.contract
    detail = {"contract": contract.number if contract else "", "method": method.kind, "card": method.card_last4}
    audit.record(action=action, obj=method, detail=detail, actor=actor)
