"""新方式への切替: numbers become shared, login names change, at 0:00 of a booked day, for good (spec 7.3)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.services import NoTariff, cloud_prices
from numbering.cloud.forms.scheme import KeepForm, UnderstoodForm, id_words, number_words, plan_of, words
from numbering.cloud.models import Scheme, Stage
from numbering.cloud.services import charges, holdings, scheme
from selfcare import calendar, clock, money
from selfcare.accounts.models import Contract
from selfcare.orders.models import Order
from selfcare.orders.procedures import (
    Done,
    Failed,
    Intro,
    Outcome,
    Procedure,
    Promise,
    Quote,
    Row,
    register,
    subject_of,
)
from selfcare.orders.states import OPEN

CODE = "cloud.scheme_switch"


@register
class SchemeSwitch(Procedure):
    code = CODE
    title = gettext_lazy("新方式への切替")
    function = "cloud.options"
    subject = Contract
    exclusive = "cloud.scheme"
    is_final = True
    steps = (KeepForm, UnderstoodForm)
    step_labels = (gettext_lazy("番号とIDの選択"), gettext_lazy("費用と注意の確認"))
    not_the_wish = ("understood", "typed")
    input_template = "numbering/cloud/scheme.html"
    result_template = "numbering/cloud/_scheme_result.html"
    accepted_text = gettext_lazy("新方式への切替を予約しました")
    done_text = gettext_lazy("新方式に切り替わりました")

    def input_page(self, order: Order) -> str:
        return f"{reverse('cloud:scheme-switch')}?draft={order.uuid}&step=1"

    def intro(self, order: Order) -> Intro:
        contract: Contract = subject_of(order)
        plan = plan_of(order)
        return Intro(
            facts=(
                Row(_("ご契約"), str(contract)),
                Row(_("代表番号"), str(plan.cloud.representative or "—")),
                Row(_("電話番号"), _("%(n)d番号") % {"n": len(plan.held.numbers)}),
                Row(_("ID"), _("%(n)d個") % {"n": len(plan.held.ids)}),
            ),
            notes=(
                _("すべての電話番号が、契約内のIDで共有する番号になります。代表番号は変わりません。"),
                _("ログインIDは新しいIDに変わります。パスワードは変わりません。"),
                _(
                    "切替のときに、すべてのアプリと電話機がログアウトします。新しいログインIDでログインするまで着信できません。"
                ),
                _("継続する番号は、切替の前と同じIDで鳴ります。"),
                _("切替日の前日まで取り消せます。切替の後は、従来方式に戻せません。"),
            ),
        )

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        reasons = {}
        for order in orders:
            reason = _wrong(order, now) or ("" if order.accepted_at else _rivals(order))
            if reason:
                reasons[order] = reason
        return reasons

    def promise(self, order: Order, now: datetime) -> Promise:
        day = date.fromisoformat(order.data["day"])
        text = _("%(day)s 午前0:00に切り替わります") % {"day": words(day)}
        due = calendar.midnight(day)
        return Promise(due, text, cancel_until=due, action=_("新方式への切替を予約する"))

    def summary(self, order: Order) -> list[Row]:
        plan = plan_of(order)
        rows = [
            Row(_("ご契約"), str(subject_of(order))),
            Row(_("切替日時"), _("%(day)s 0:00") % {"day": words(date.fromisoformat(order.data["day"]))}),
            Row(_("継続する番号"), _listed([number_words(plan, row) for row in plan.kept_numbers])),
            Row(_("終了する番号"), _listed([number_words(plan, row) for row in plan.ending_numbers])),
            *(
                Row(_("ID %(label)s") % {"label": row.label or row.code}, new=row.code, old=row.login_name)
                for row in plan.kept_ids
            ),
            Row(_("終了するID"), _listed([id_words(row) for row in plan.ending_ids])),
        ]
        if plan.silent:
            told = {"numbers": _listed([str(row) for row in plan.silent]), "id": plan.kept_ids[0].code}
            rows.append(Row(_("着信するIDの変更"), _("%(numbers)s は、%(id)s で鳴ります") % told))
        rows.append(Row(_("パスワード"), _("変わりません。すべての端末で、新しいログインIDでのログインが必要です")))
        rows.append(
            Row(
                _("元に戻せるか"),
                _("切替の後は戻せません。%(day)s の前日まで取り消せます")
                % {"day": words(date.fromisoformat(order.data["day"]))},
            )
        )
        return rows + _costs(order)

    def quote(self, order: Order) -> Quote:
        plan = plan_of(order)
        try:
            prices = cloud_prices(on=calendar.today(clock.now()))
            return holdings.difference(plan.held, plan.after(), prices)
        except NoTariff:
            return Quote()

    def again(self, order: Order) -> None:
        return None

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        clouds = scheme.locked(order.subject_id or 0 for order in orders)
        outcomes: dict[Order, Outcome] = {}
        by_day: dict[date, dict[Order, scheme.Plan]] = defaultdict(dict)
        ends = {}
        for order in orders:
            cloud = clouds[order.subject_id or 0]
            ends[cloud] = (order.data["end_numbers"], order.data["end_ids"])
        plans = {plan.cloud.pk: plan for plan in scheme.plans(ends)}
        for order in orders:
            plan = plans[order.subject_id or 0]
            # Asked once more of the locked row.
            reason = _reason(plan)
            if reason:
                outcomes[order] = Failed(reason)
                continue
            by_day[date.fromisoformat(order.data["day"])][order] = plan
        now = clock.now()
        for day, chosen in by_day.items():
            scheme.switch(orders=chosen, on=day, now=now)
            for order, plan in chosen.items():
                outcomes[order] = Done({"numbers": len(plan.kept_numbers), "ids": len(plan.kept_ids)})
        return outcomes


def _wrong(order: Order, now: datetime) -> str:
    reason = _reason(plan_of(order))
    if reason or order.accepted_at or "day" not in order.data:
        return reason
    day = date.fromisoformat(order.data["day"])
    if day <= calendar.today(now):
        return _("切替日を過ぎています。明日以降の日付を選んでください。")
    ends_on = plan_of(order).cloud.ends_on
    if ends_on is not None and day > ends_on:
        return _("このご契約は %(day)s で終了するため、その後には切り替えられません。") % {"day": words(ends_on)}
    return ""


def _reason(plan: scheme.Plan) -> str:
    if plan.cloud.stage == Stage.ENDED:
        return _("このご契約は終了しているため、切り替えられません。")
    if plan.cloud.scheme == Scheme.SHARED:
        return _("このご契約は、すでに新方式です。")
    if plan.cloud.representative_id is None:
        return _(
            "電話番号がまだないため、切り替えられません。番号の切替（番号ポータビリティ）の後にお申し込みください。"
        )
    return {
        "": "",
        "representative": _("代表番号は切替後も変わらないため、終了できません。継続する番号を選び直してください。"),
        "voice": _("音声の番号を1つ以上継続してください。"),
        "ids": _("IDを1つ以上継続してください。"),
    }[scheme.wrong(plan)]


def _rivals(order: Order) -> str:
    """Open orders on the contract's numbers and IDs: the switch would meet them half way."""
    rivals = Order.objects.filter(contract=subject_of(order), state__in=OPEN, procedure__startswith="cloud.")
    names = [_("%(title)s %(request)s") % {"title": one.handler.title, "request": one.request_id} for one in rivals]
    if not names:
        return ""
    return _(
        "手続き中または予約中のお申し込みがあるため、切り替えられません：%(orders)s。"
        "完了を待つか、お申し込み履歴から取り消してから、もう一度お試しください。"
    ) % {"orders": _("、").join(names)}


def _listed(names: Sequence[str]) -> str:
    return _("、").join(names) or _("なし")


def _costs(order: Order) -> list[Row]:
    """The whole month before and after, and from when."""
    plan = plan_of(order)
    day = date.fromisoformat(order.data["day"])
    try:
        prices = cloud_prices(on=calendar.today(clock.now()))
        before, after = plan.held.monthly(prices), plan.after().monthly(prices)
    except NoTariff:
        return []
    rows = [Row(_("月額料金の合計（税抜）"), money.yen(after), old=money.yen(before))]
    if plan.cloud.stage == Stage.TRIAL:
        rows.append(
            Row(_("新しい月額料金の開始"), _("お試し中は料金がかかりません。本申込の日から新しい料金になります"))
        )
    else:
        begins = charges.next_period(day)
        rows.append(Row(_("共有番号の料金の開始"), _("%(day)s から") % {"day": words(begins)}))
    return rows
