"""住所・名義の変更: documents, review, a registered letter, and only then the new data (spec 7.4).

The order follows its case (`models.cases`): received while it is reviewed, returned while documents are missing, under
way while the letter is, completed when it is confirmed. Nobody but an operator or its customer ends it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import calendar
from selfcare.accounts.models import Role
from selfcare.contract_data import kinds, wishes
from selfcare.contract_data.models import CaseState, Holder, IdentityCase
from selfcare.contract_data.services import reviewing
from selfcare.contract_data.wishes import Identity
from selfcare.documents.models import Document
from selfcare.orders.days import business_days
from selfcare.orders.models import Order
from selfcare.orders.procedures import ALL_MAILS, Outcome, Procedure, Promise, Row, Wait, register, subject_of
from selfcare.orders.services.correcting import awaits_correction
from selfcare.orders.states import State

CODE = "contract.identity"
#: Business days until the documents have been looked at.
REVIEW_DAYS = 3
_NEVER = timedelta(days=36_500)


@register
class IdentityChange(Procedure):
    code = CODE
    title = gettext_lazy("住所・名義の変更")
    function = ""
    hours_of = None
    role = Role.OWNER
    subject = Holder
    exclusive = CODE
    draft_life = timedelta(days=30)
    staged = True
    approvable = False
    while_suspended = True
    step_labels = (gettext_lazy("内容と書類"),)
    accepted_text = gettext_lazy("書類を受け付けました。審査の結果をメールでお知らせします")
    done_text = gettext_lazy("ご登録の内容を変更しました")
    state_words: ClassVar[dict[str, Any]] = {
        State.ACKNOWLEDGED.value: CaseState.REVIEW.label,
        State.IN_PROGRESS.value: CaseState.REVIEW.label,
        CaseState.LETTER.value: gettext_lazy("お手紙での確認中"),
        "returned": CaseState.WANTED.label,
    }

    def input_page(self, order: Order) -> str:
        page = reverse("contract_data:identity")
        return f"{page}?draft={order.uuid}" if order.pk else page

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        """Asked of what is not accepted yet, or has come back; what is reviewed is for its operator to say."""
        reasons: dict[Order, str] = {}
        for order in orders:
            if awaits_correction(order):
                reasons[order] = _still_wanted(order)
            elif order.accepted_at is None and order.subject_id is not None:
                reasons[order] = _obstacle(order)
        return {order: reason for order, reason in reasons.items() if reason}

    def promise(self, order: Order, now: datetime) -> Promise:
        """The day on which the documents have been looked at; the rest takes as long as the post and the customer."""
        today = calendar.today(now)
        day = business_days(since=today).add(today, REVIEW_DAYS)
        return Promise(
            calendar.midnight(day + calendar.ONE_DAY),
            _("審査のあとに転送不要の簡易書留をお送りし、確認コードの入力で変わります"),
            cancel_until=calendar.midnight(day + calendar.ONE_DAY),
            note=_("審査は3営業日以内に終わります。変わるまで、電話はこれまでどおりご利用いただけます。"),
            action=_("書類を送って申し込む"),
        )

    def summary(self, order: Order) -> list[Row]:
        holder: Holder = subject_of(order)
        # The customer's own page of an order in force shows what was frozen at acceptance.
        rows = wishes.rows(Identity.of(holder), Identity.of_data(order.data))
        sent: dict[str, list[str]] = {}
        for kind, name in Document.objects.of(order).values_list("kind", "name") if order.pk else []:
            sent.setdefault(kind, []).append(name)
        return rows + [Row(kinds_label(kind), "、".join(names)) for kind, names in sent.items()]

    def facts(self, order: Order) -> list[Row]:
        case = IdentityCase.objects.filter(order=order).first()
        return [Row(_("変更の段階"), str(case.get_state_display()))] if case else []

    def again(self, order: Order) -> dict[str, Any] | None:
        """Its documents hang on it: a new one begins anew."""
        return None

    def reserve(self, orders: Sequence[Order]) -> None:
        for order in orders:
            reviewing.open_case(order)

    def release(self, orders: Sequence[Order]) -> None:
        """One that is being sent again goes on; any other has ended."""
        ids = [order.pk for order in orders]
        returned = set(Order.objects.filter(pk__in=ids, state=State.PENDING).values_list("pk", flat=True))
        for order in orders:
            if order.pk not in returned:
                reviewing.end_with_order(order)

    def mails(self, order: Order) -> frozenset[str]:
        return ALL_MAILS

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        """The day of the review has come: what is left to do is done, and said, by operators and by the customer."""
        return {order: Wait(order.phase, order.due_at + _NEVER) for order in orders if order.due_at}


def kinds_label(kind: str) -> str:
    return str(kinds.LABELS.get(kind, kind))


def needed_kinds(order: Order) -> list[str]:
    """The documents that this order has to have."""
    holder: Holder = subject_of(order)
    changes = Identity.of_data(order.data).place != Identity.of(holder).place
    return kinds.needed(holder, address_changes=changes)


def _obstacle(order: Order) -> str:
    if IdentityCase.objects.open().filter(customer_id=order.customer_id).exists():
        return _("住所・名義の変更を手続き中です。終わってから、次の変更をお申し込みください。")
    if "name" not in order.data:
        return ""
    holder: Holder = subject_of(order)
    wish = Identity.of_data(order.data)
    if not (wish.name and wish.kana and wish.postal_code and wish.address):
        return _("入力が終わっていません。前の画面で、すべての項目を入力してください。")
    if wish == Identity.of(holder):
        return _("ご登録の内容と同じです。変わるところを入力してください。")
    sent = set(Document.objects.of(order).values_list("kind", flat=True))
    missing = [kinds_label(kind) for kind in needed_kinds(order) if kind not in sent]
    return _("次の書類を添付してください：%(kinds)s") % {"kinds": "、".join(missing)} if missing else ""


def _still_wanted(order: Order) -> str:
    case = IdentityCase.objects.filter(order=order).first()
    wanted = case.wanted if case else {}
    missing = [
        kinds_label(kind)
        for kind, newest in wanted.items()
        if not Document.objects.of(order, kind).filter(pk__gt=newest).exists()
    ]
    return _("次の書類を添付してください：%(kinds)s") % {"kinds": "、".join(missing)} if missing else ""
