"""Charges and fees that operators enter by a file: what orders did not begin, and corrections of closed months."""

import re
from datetime import date

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from billing import items
from billing.closing import periods
from billing.models import ClosingRun, OnceCharge, RecurringCharge, TaxRate
from billing.taxes import UNTAXED
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, User
from selfcare.calendar import end_of_month
from selfcare.staff.services.rows import store

_NUMBER = re.compile(r"([0-9]{3,15})?", re.ASCII)


def closed_until(contract: Contract) -> date | None:
    """The last day of the contract's cycle that has been billed; None before the first closing.

    A run counts as soon as its first step has read the charges, though nothing of it is closed yet.
    """
    runs = ClosingRun.objects.filter(Q(closed_at__isnull=False) | Q(steps__isnull=False))
    bills = runs.filter(kind=ClosingRun.Kind.BILLS, cycle=contract.billing_cycle).aggregate(last=Max("month"))["last"]
    voice = runs.filter(kind=ClosingRun.Kind.VOICE).aggregate(last=Max("month"))["last"]
    ends = [periods.billed(bills, contract.billing_cycle).last] if bills else []
    ends += [periods.usage(voice).last] if voice else []
    return max(ends, default=None)


def _hold_closings() -> None:
    """Let no closing read the charges between our question what is closed and our commit.

    First the runs that are open, whose steps hold their rows while they read; then the table, so that no run begins.
    In this order nobody waits for us with what we are waiting for.
    """
    list(ClosingRun.objects.select_for_update().filter(closed_at__isnull=True).order_by("pk").values_list("pk"))
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE billing_closingrun IN SHARE MODE")


@transaction.atomic
def enter_charge(*, charge: RecurringCharge, fields: list[str], actor: User) -> None:
    """Begin a charge, or end one. Raises ValidationError: closed months stay as they are."""
    charge.customer_id = charge.contract.customer_id
    _require_item(charge.item)
    _hold_closings()
    closed = closed_until(charge.contract)
    if charge._state.adding:
        fields = [*fields, "customer"]
        if closed and charge.started_on and charge.started_on <= closed:
            raise _closed("started_on", closed)
        _require_nobody_pays_twice(charge)
    else:
        before = RecurringCharge.objects.get(pk=charge.pk)
        days = [day for day in (before.ended_on, charge.ended_on) if day is not None]
        if closed and before.ended_on != charge.ended_on and any(day < closed for day in days):
            raise _closed("ended_on", closed)
    store(row=charge, fields=fields, actor=actor)


def enter_fee(*, fee: OnceCharge, fields: list[str], actor: User) -> None:
    """Charge a fee once, or correct a closed month by a new row. Raises ValidationError."""
    if not fee._state.adding:
        raise ValidationError(_("登録済みの一時費用は変更できません。訂正は、新しい行として登録してください。"))
    fee.customer_id = fee.contract.customer_id
    _require_item(fee.item)
    require_number(fee.subject)
    if not fee.cause:
        raise ValidationError({"cause": _("二重に課金しないための「起因」を入力してください。")})
    if fee.corrects:
        fee.corrects = fee.corrects.replace(day=1)
    require_billable(tax_class=fee.tax_class, charged_on=fee.charged_on, corrects=fee.corrects)
    store(row=fee, fields=[*fields, "customer"], actor=actor)


def require_billable(*, tax_class: str, charged_on: date | None, corrects: date | None) -> None:
    """Refuse days that no bill could take: one such row would stop the closing of everybody. Raises ValidationError.

    A correction has the tax rate of the last day of the month that it corrects, a fee that of its own day.
    """
    if charged_on is None:
        return
    if corrects and corrects > charged_on:
        raise ValidationError({"corrects": _("発生日より後の月は訂正できません。")})
    day = end_of_month(corrects) if corrects else charged_on
    rates = TaxRate.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)
    if tax_class not in UNTAXED and not rates.filter(tax_class=tax_class).exists():
        told = _("%(day)sに有効な税率がありません。年月を確認してください。") % {"day": day}
        raise ValidationError({"corrects" if corrects else "charged_on": told})


@transaction.atomic
def withdraw_fee(*, fee: OnceCharge, reason: str, actor: User) -> None:
    """Take back a fee or a correction that no statement has yet; the audit trail keeps what it was.

    Raises ValidationError once it has been billed, and where it is gone already.
    """
    _hold_closings()
    row = OnceCharge.objects.select_for_update().filter(pk=fee.pk).first()
    if row is None or row.billed_id or row.voiced_id:
        raise ValidationError(_("請求に載ったため取り下げられません。訂正は、新しい行として登録してください。"))
    names = ("item", "words", "subject", "amount", "tax_class", "cause", "reason")
    was = {name: getattr(row, name) for name in names} | {"contract": row.contract.number}
    was |= {"charged_on": str(row.charged_on), "corrects": str(row.corrects or "")}
    audit.record(
        action="oncecharge.withdrawn",
        obj=row,
        customer=row.customer,
        detail={"reason": reason, "was": was},
        actor=actor,
    )
    row.delete()


def _require_item(code: str) -> None:
    try:
        items.get(code)
    except LookupError:
        raise ValidationError({"item": _("知らない品目です。料金表にある品目のコードを入力してください。")}) from None


def require_number(subject: str) -> None:
    """What a fee is charged for: a telephone number, or nothing. Raises ValidationError."""
    if not _NUMBER.fullmatch(subject):
        told = _("回線電話番号を数字で入力してください。回線によらない費用では空にします。")
        raise ValidationError({"subject": told})


def _require_nobody_pays_twice(charge: RecurringCharge) -> None:
    """The database refuses two open charges of one thing; here those that have ended count as well."""
    if not charge.started_on:
        return
    same = RecurringCharge.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gte=charge.started_on), item=charge.item, subject=charge.subject
    )
    if charge.ended_on:
        same = same.filter(started_on__lte=charge.ended_on)
    if other := same.first():
        told = _("%(day)sからの課金と重なっています。") % {"day": other.started_on}
        raise ValidationError({"started_on": told})


def _closed(field: str, closed: date) -> ValidationError:
    told = _("%(day)sまでは請求が確定しています。確定した月は変更できません（一時費用・訂正で調整します）。")
    return ValidationError({field: told % {"day": closed}})
