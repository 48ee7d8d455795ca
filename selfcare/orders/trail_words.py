"""Words for what happens to orders and batches, in the company's audit trail."""

from collections.abc import Collection, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from selfcare.accounts import trail
from selfcare.accounts.models import Role
from selfcare.accounts.trail import ORDERS, USERS, Field, choices, tell
from selfcare.orders import procedures
from selfcare.orders.models import ApprovalRule, Batch, Order
from selfcare.orders.states import APPROVAL, RETURNED

_REASON = Field(_("理由"), "reason")


def register() -> None:
    tell(ORDERS, "order.pending", _waiting, _REASON)
    approved = Field(_("承認"), "approval", choices({"approved": _("承認されました")}))
    tell(ORDERS, "order.acknowledged", _("お申し込みを受け付けました"), approved, _REASON)
    tell(ORDERS, "order.completed", _("お申し込みが完了しました"), _REASON)
    tell(ORDERS, "order.cancelled", _("お申し込みを取り消しました"), _REASON)
    tell(ORDERS, "order.failed", _("お申し込みはお手続きできませんでした"), _REASON)
    tell(ORDERS, "order.rejected", _("お申し込みを却下しました"), _REASON)
    tell(ORDERS, "order.expired", _("お申し込みの期限が切れました"), _REASON)
    tell(
        ORDERS,
        "order.rescheduled",
        _("お申し込みの予定日を変更しました"),
        Field(_("予定日"), "to", old="from"),
        _REASON,
    )
    counts = (Field(_("件数"), "count"), Field(_("申し込める件数"), "good"))
    tell(ORDERS, "batch.confirmed", _("一括のお申し込みを確定しました"), *counts)
    tell(ORDERS, "batch.approval_requested", _("一括のお申し込みが承認待ちになりました"), *counts)
    tell(ORDERS, "batch.approved", _("一括のお申し込みを承認しました"))
    tell(ORDERS, "batch.refused", _("一括のお申し込みを却下しました"), _REASON)
    tell(ORDERS, "batch.withdrawn", _("承認待ちの一括のお申し込みを取り下げました"))
    tell(ORDERS, "batch.expired", _("承認待ちの一括のお申し込みの期限が切れました"))
    rule = tuple(
        Field(_label(name), name, words)
        for name, words in (
            ("is_on", None), ("finals", None), ("procedures", _titles), ("over_count", None), ("over_yen", None),
            ("approvers", choices(Role)),
        )
    )  # fmt: skip
    tell(USERS, "approval.rule_changed", _("二者承認の設定を変更しました"), *rule)
    # Steps of the same order, which its own page tells; and what holds for all customers alike.
    trail.internal(
        "order.in_progress", "order.held", "order.event",
        "hours.changed", "specialday.created", "specialday.changed", "specialday.removed",
    )  # fmt: skip
    trail.describe("order", _named_orders)
    trail.describe("batch", _named_batches)


def _waiting(detail: Mapping[str, Any]) -> object:
    """Why it does not go on: each phase of it asks somebody else for something."""
    words = {RETURNED: _("お申し込みの訂正をお願いしました"), APPROVAL: _("お申し込みが承認待ちになりました")}
    return words.get(detail.get("phase", ""), _("お申し込みが確認待ちになりました"))


def _label(name: str) -> object:
    return next(field.verbose_name for field in ApprovalRule._meta.fields if field.name == name)


def _titles(codes: object) -> str:
    """Procedures by their titles; one that is no more by its code."""
    titles = dict(procedures.choices())
    return "、".join(str(titles.get(code, code)) for code in codes) if isinstance(codes, list) else str(codes)


def _named_orders(customer_id: int, ids: Collection[str]) -> dict[str, tuple[str, str]]:
    orders = Order.objects.filter(customer_id=customer_id, pk__in=trail.numbers(ids)).only("pk", "uuid", "procedure")
    return {
        str(order.pk): (f"{order.request_id} {order.handler.title}", reverse("orders:order", args=[order.uuid]))
        for order in orders
    }


def _named_batches(customer_id: int, ids: Collection[str]) -> dict[str, tuple[str, str]]:
    batches = Batch.objects.filter(customer_id=customer_id, pk__in=trail.numbers(ids))
    return {str(batch.pk): (batch.request_id, reverse("orders:batch", args=[batch.uuid])) for batch in batches}
