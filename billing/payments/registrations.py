"""What payments add to the portal: menu, source of work, the provider's hearer, sums, audit words."""

from django.utils.translation import gettext_lazy as _

from billing.payments import collecting, hearing, jobs, procedure, reconcile  # noqa: F401  (jobs and procedure register)
from billing.payments.http import SYSTEM
from selfcare.accounts.trail import BILLING, Field, tell
from selfcare.outside import callbacks
from selfcare.shell import menu
from selfcare.work import sources

_BILL = Field(_("請求書番号"), "bill")
_CONTRACT = Field(_("契約番号"), "contract")
_CARD = Field(_("カードの下4桁"), "card")
_REASON = Field(_("理由"), "reason")
_AMOUNT = Field(_("金額（円）"), "amount")


def register() -> None:
    callbacks.register(SYSTEM, hearing.hear)
    sources.register(collecting.SOURCE, run=collecting.run, waiting=collecting.waiting, queue="outside")
    reconcile.register()
    menu.register(menu.BILLING, _("お支払い"), "payments:index", function="billing.payment", order=15)
    _words()


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
    tell(BILLING, "payment.corrected", _("入出金の記録を訂正しました"), _BILL, _AMOUNT, _REASON)
    tell(BILLING, "payment.settled_by_hand", _("お支払いの状態を確認しました"), _BILL, _REASON)
