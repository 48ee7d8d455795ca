"""What payments add to the portal: menu, source of work, the provider's hearer, sums, audit words."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Min
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.models import CardCharge, Payment, PaymentMethod, ProviderEvent
from billing.payments import collecting, hearing, jobs, procedure, reconcile  # noqa: F401  (jobs and procedure register)
from billing.payments.http import SYSTEM
from selfcare import clock
from selfcare.accounts.trail import BILLING, Field, tell
from selfcare.outside import backlog, callbacks
from selfcare.shell import menu
from selfcare.staff import panels
from selfcare.staff.base import operator
from selfcare.work import sources

#: Rows of one kind that are counted at most.
_COUNTED = 100
#: Events that contradict stay as they came; what is older has been looked at.
_LATELY = timedelta(days=30)
_BILL = Field(_("請求書番号"), "bill")
_CONTRACT = Field(_("契約番号"), "contract")
_CARD = Field(_("カードの下4桁"), "card")
_AMOUNT = Field(_("金額（円）"), "amount")


def register() -> None:
    callbacks.register(SYSTEM, hearing.hear)
    sources.register(collecting.SOURCE, run=collecting.run, waiting=collecting.waiting, queue="outside")
    reconcile.register()
    menu.register(menu.BILLING, _("お支払い"), "payments:index", function="billing.payment", order=15)
    panels.register("payments", hanging, "admin/panels/payments.html", order=25)
    backlog.register(
        "card_charges", title=_("結果の出ていないカード決済"), permission="billing.view_payment", ask=_charging,
        url=lambda: f"{reverse('admin:billing_payment_changelist')}?state__exact=charging",
    )  # fmt: skip
    _words()


def _charging() -> backlog.Backlog:
    """Charges that the provider has not answered: who pays by them reads 「決済処理中」 all the while."""
    rows = CardCharge.objects.filter(state=CardCharge.State.OPEN)
    found = rows.aggregate(count=Count("pk"), oldest=Min("created_at"))
    oldest = found["oldest"]
    return backlog.Backlog(found["count"], clock.real_now() - oldest if oldest else timedelta(0))


def hanging(request: HttpRequest) -> dict[str, Any] | None:
    """What operators have to look at: payments that do not add up, events that contradict, forms on their way."""
    if not operator(request).has_perm("billing.view_payment"):
        return None
    kinds = [
        (_("確認中のお支払い"), Payment.objects.filter(state=Payment.State.HELD), "payment", "state__exact=held"),
        (
            _("カードが利用できなかったお支払い"),
            Payment.objects.filter(state=Payment.State.REFUSED),
            "payment",
            "state__exact=refused",
        ),
        (
            _("内容の合わない決済の通知（30日以内）"),
            ProviderEvent.objects.filter(
                outcome=ProviderEvent.Outcome.CONTRADICTS, received_at__gt=clock.real_now() - _LATELY
            ),
            "providerevent",
            "outcome__exact=contradicts",
        ),
        (
            _("返送待ちの口座振替依頼書"),
            PaymentMethod.objects.filter(state=PaymentMethod.State.WAITING),
            "paymentmethod",
            "state__exact=waiting",
        ),
    ]
    rows = [
        {
            "title": title,
            "count": found[:_COUNTED].count(),
            "url": f"{reverse(f'admin:billing_{noun}_changelist')}?{query}",
        }
        for title, found, noun, query in kinds
    ]
    return {"rows": rows, "counted": _COUNTED}


def _words() -> None:
    tell(BILLING, "payment_method.registered", _("お支払い方法を登録しました"), _CONTRACT, _CARD)
    tell(BILLING, "payment_method.changed", _("お支払い方法を変更しました"), _CONTRACT, _CARD)
    tell(BILLING, "payment_method.form_confirmed", _("口座振替の手続きが完了しました"), _CONTRACT)
    tell(BILLING, "payment_method.form_refused", _("口座振替の手続きができませんでした"), _CONTRACT)
    tell(BILLING, "payment_day.set", _("支払日が決まりました"), _CONTRACT, Field(_("支払日"), "day"))
    tell(BILLING, "payment.card_tried", _("カードでのお支払いを申し込みました"), _BILL, _CARD)
    tell(BILLING, "payment.transfer_chosen", _("お支払い方法に銀行振込を選びました"), _BILL)
    tell(BILLING, "payment.paid", _("カードでのお支払いが完了しました"), _BILL, _AMOUNT)
    tell(BILLING, "payment.refused", _("カードでのお支払いができませんでした"), _BILL)
    tell(BILLING, "payment.received", _("ご入金を確認しました"), _BILL, _AMOUNT)
    tell(BILLING, "payment.refunded", _("ご返金しました"), _BILL, _AMOUNT)
    # Without the reasons, which operators write for each other.
    tell(BILLING, "payment.corrected", _("入出金の記録を訂正しました"), _BILL, _AMOUNT)
    tell(BILLING, "payment.settled_by_hand", _("お支払いの状態を確認しました"), _BILL)
