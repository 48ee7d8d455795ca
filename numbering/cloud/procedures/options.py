"""オプションの変更: options of numbers and IDs, at once or on the 1st of next month (spec 7.1)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.services import NoTariff, cloud_items
from numbering.cloud.forms.options import FIRST, OptionsForm, held_of, name_of, prices_today, read_for
from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Ringing, Stage
from numbering.cloud.services import holdings, options
from selfcare import calendar, clock, money
from selfcare.accounts.models import Contract
from selfcare.orders.models import Order, OrderKey
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
)
from selfcare.orders.states import FRUITLESS


@register
class Options(Procedure):
    """`data`: day (today|first), changes (see services.options). Of a contract one order is open at most."""

    code = "cloud.options"
    title = gettext_lazy("オプションの変更")
    function = "cloud.options"
    subject = Contract
    exclusive = "cloud.options"
    steps = (OptionsForm,)
    input_template = "numbering/cloud/options_change.html"
    next_label = gettext_lazy("料金を確認する")
    accepted_text = gettext_lazy("オプションの変更を受け付けました")
    done_text = gettext_lazy("オプションを変更しました")

    def intro(self, order: Order) -> Intro:
        held = held_of(order)
        facts = [Row(_("ご契約"), held.cloud.contract.number), *totals(held, held)]
        notes = [
            _("月額料金は26日から翌月25日までを1か月分とし、期間の途中で始めても終えても1か月分がかかります。"),
            _("翌月1日からの変更は、前日まで取り消せます。すぐに反映した変更は、同じ画面で元に戻せます。"),
            _("音声の番号でクラウドFAXを使うと、その番号が鳴るIDでFAXを送受信できます。"),
        ]
        if held.cloud.stage == Stage.TRIAL:
            notes.insert(
                0, _("お試し期間中の変更には料金がかかりません。本申込の日から、そのときの内容で料金がかかります。")
            )
        return Intro(tuple(facts), tuple(notes))

    def again(self, order: Order) -> dict[str, Any] | None:
        return dict(order.data) if order.state in FRUITLESS else None

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        read_for(orders)
        reasons = {order: self._reason(order, now) for order in orders}
        return {order: reason for order, reason in reasons.items() if reason}

    def _reason(self, order: Order, now: datetime) -> str:
        held = held_of(order)
        if held.cloud.stage == Stage.ENDED:
            return _("このご契約は終了しているため、オプションを変更できません。")
        if order.accepted_at is not None:
            return ""
        rival = _rival(order)
        if rival:
            return rival
        return _wrong(held, order.data, now) if "changes" in order.data else ""

    def promise(self, order: Order, now: datetime) -> Promise:
        if order.data["day"] != FIRST:
            return Promise(now, _("お申し込み後すぐに（通常は数秒で）反映します"), action=_("すぐに変更する"))
        due = calendar.first_of_next_month(now)
        text = _("%(day)s から反映します") % {"day": day_words(calendar.today(due))}
        return Promise(due, text, cancel_until=due, action=_("翌月1日からの変更を予約する"))

    def summary(self, order: Order) -> list[Row]:
        held, changes = held_of(order), options.read(order.data["changes"])
        known = _named(held, changes)
        rows = [Row(_("ご契約"), held.cloud.contract.number)]
        for one in changes:
            label = _("%(name)s：%(option)s") % {"name": known[one.kind, one.pk], "option": cloud_items.WORDS[one.item]}
            rows.append(Row(label, new=_use(one.wanted), old=_use(not one.wanted)))
        rows += [
            Row(
                _("受信したFAX（%(name)s）") % {"name": known[options.NUMBER, pk]},
                _("変更の後は画面で開けなくなります。必要なFAXは、先にPDFを保存してください"),
            )
            for pk in _closing_inboxes(changes)
        ]
        return rows + totals(held, options.after(held, changes))

    def quote(self, order: Order) -> Quote:
        held, prices = held_of(order), prices_today()
        if prices is None:
            return Quote()
        return holdings.difference(held, options.after(held, options.read(order.data["changes"])), prices)

    def units(self, order: Order) -> int:
        return len({(kind, pk) for kind, pk, _option, _wanted in order.data["changes"]})

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        clouds = locked(orders)
        outcomes: dict[Order, Outcome] = {}
        by_day: dict[date, dict[CloudContract, Sequence[options.Change]]] = defaultdict(dict)
        for order in orders:
            cloud = clouds[order.subject_id or 0]
            if cloud.stage == Stage.ENDED:
                outcomes[order] = Failed(_("このご契約は終了しているため、オプションを変更できません。"))
                continue
            by_day[effective_on(order)][cloud] = options.read(order.data["changes"])
            outcomes[order] = Done()
        for day, wishes in by_day.items():
            options.change(wishes=wishes, on=day)
        return outcomes


def locked(orders: Sequence[Order]) -> Mapping[int, CloudContract]:
    """The contracts of these orders, to be changed in the caller's transaction."""
    rows = CloudContract.objects.select_for_update(of=("self",), no_key=True).select_related("contract")
    found = rows.filter(pk__in=[order.subject_id for order in orders]).order_by("pk")
    return {cloud.pk: cloud for cloud in found}


def effective_on(order: Order) -> date:
    """The day from which it counts, however late it is carried out."""
    return calendar.today(order.due_at or clock.now())


def day_words(day: date) -> str:
    return dateformat.format(day, _("Y年n月j日(D)"))


def totals(before: holdings.Holdings, after: holdings.Holdings) -> list[Row]:
    """The monthly sum of the whole contract, now and then; nothing where a price has not been entered."""
    prices = prices_today()
    try:
        sums = (before.monthly(prices), after.monthly(prices)) if prices else None
    except NoTariff:
        sums = None
    if prices is None or sums is None:
        return []
    old, new = (
        _("%(net)s（税込%(gross)s）") % {"net": money.yen(one), "gross": money.yen(prices.with_tax(one))}
        for one in sums
    )
    return [Row(_("月額料金の合計（税抜）"), new, old="" if old == new else old)]


def _use(wanted: bool) -> str:
    return _("利用する") if wanted else _("利用しない")


def _named(held: holdings.Holdings, changes: Sequence[options.Change]) -> dict[tuple[str, int], str]:
    """Names of what is changed, also of rows that have ended since."""
    found = {key: name_of(row) for key, row in options.rows(held).items()}
    gone = [one for one in changes if (one.kind, one.pk) not in found]
    if gone:
        for kind, model in ((options.NUMBER, CloudNumber), (options.ID, CloudId)):
            rows = model._default_manager.filter(cloud=held.cloud, pk__in=[one.pk for one in gone if one.kind == kind])
            found |= {(kind, row.pk): name_of(row) for row in rows}
    return {**{(one.kind, one.pk): "—" for one in gone}, **found}


def _closing_inboxes(changes: Sequence[options.Change]) -> list[int]:
    """Numbers (by id) without クラウドFAX from then on, at which faxes have come."""
    off = [one.pk for one in changes if one.kind == options.NUMBER and one.option == "fax" and not one.wanted]
    return list(
        CloudNumber.objects.filter(pk__in=off, faxes_received__isnull=False).distinct().values_list("pk", flat=True)
    )


def _rival(order: Order) -> str:
    """An options order that is under way or booked: one after the other, so that the new total is right."""
    key = OrderKey.objects.filter(key=f"{Options.exclusive}:{order.subject_id}", is_open=True).first()
    if key is None or key.order_id == order.pk:
        return ""
    text = _(
        "手続き中または予約中のオプションの変更（%(request)s）があります。完了を待つか、お申し込み履歴から取り消してから、もう一度お申し込みください。"
    )
    return text % {"request": Order(pk=key.order_id).request_id}


def _wrong(held: holdings.Holdings, data: Mapping[str, Any], now: datetime) -> str:
    changes = options.effective(held, options.read(data["changes"]))
    if not changes:
        return _("選ばれたオプションは、すでにそのとおりになっています。")
    if options.needs_new_scheme(held.cloud, changes):
        return _(
            "留守番電話は新方式でご利用いただけます。先に「新方式への切替」をお申し込みください。何も変わっていません。"
        )
    first = calendar.today(calendar.first_of_next_month(now))
    ends_on = held.cloud.ends_on
    if data["day"] == FIRST and ends_on is not None and first > ends_on:
        return _("このご契約は %(day)s で終了するため、翌月1日からは変更できません。") % {"day": day_words(ends_on)}
    return _mute(held, changes)


def _mute(held: holdings.Holdings, changes: Sequence[options.Change]) -> str:
    """FAX is used by the IDs at which the number rings: at least one."""
    wanted = [one.pk for one in changes if one.option == "fax" and one.wanted]
    used = set(Ringing.objects.filter(number__in=wanted, cloud_id__ended_on=None).values_list("number_id", flat=True))
    mute = [str(row) for row in held.numbers if row.pk in wanted and row.pk not in used]
    if not mute:
        return ""
    text = _(
        "%(numbers)s は、どのIDでも鳴らない設定です。番号ID設定でIDを選んでから、クラウドFAXをお申し込みください。"
    )
    return text % {"numbers": _("、").join(mute)}
