"""Why a construction-date order cannot be placed (any more), in the customer's words (spec 5.3). Only reads."""

from collections.abc import Callable
from datetime import date, datetime
from ipaddress import IPv4Network

from django.utils.translation import gettext as _

from numbering.dial_in import contents, dates, eligibility, networks
from numbering.dial_in.functions import problems
from numbering.dial_in.models import DialInNumber, DialInPart
from numbering.dial_in.services import claiming, parts, ports, prices
from numbering.dial_in.services.wishes import LEGAL_DOCUMENT, REMAINING_DOCUMENT, Wish
from numbering.models import Assignment, Kind
from selfcare import calendar, clock, phones
from selfcare.accounts.models import Contract


def reason(wish: Wish, now: datetime) -> str:
    """The first thing that stands in the way, in the order of the pages; empty when nothing does."""
    for ask in _QUESTIONS:
        found = ask(wish, now)
        if found:
            return found
    return ""


def _contract(wish: Wish, now: datetime) -> str:
    if wish.voice_contract.ended_on is not None:
        return _("音声契約%(number)sは終了しているため、お申し込みいただけません。") % {
            "number": wish.voice_contract.number
        }
    if not wish.data.get("consent"):
        return _("お申し込みにあたってのご確認への同意がありません。はじめから入力してください。")
    return ""


def _parts(wish: Wish, now: datetime) -> str:
    if not wish.parts:
        return _("お申し込みの内容が1つも保存されていません。内容の画面で入力し、保存してください。")
    for number, part in enumerate(wish.parts, start=1):
        found = _part(wish, part)
        if found:
            return _("内容%(n)d（%(part)s）：%(reason)s") % {"n": number, "part": part, "reason": found}
    return parts.too_many(wish.parts, _contract_of(wish))


def _part(wish: Wish, part: DialInPart) -> str:
    base = part.base
    if base.voice_contract_id != wish.voice_contract.pk or base.ended_on is not None:
        return _("この基本契約番号は使えなくなりました。選び直してください。")
    if not part.rows:
        return _("入力が完了していません。")
    if base.kind != Kind.GEOGRAPHIC and contents.new_geographic([part]):
        return _("050番号の基本契約番号には、0ABJ番号を追加できません。")
    for row in contents.add_rows(part):
        for one in row.every_function:
            for found in problems(one, kind=row.kind).values():
                return found
    if contents.has_remaining(part) and not _has_remaining_file(wish, part):
        return _("残回線構成表のファイルがありません。")
    return ""


def _has_remaining_file(wish: Wish, part: DialInPart) -> bool:
    uuid = (wish.data.get("remaining") or {}).get(str(part.pk), "")
    return wish.has_document(uuid, REMAINING_DOCUMENT)


def _way(wish: Wish, now: datetime) -> str:
    return for_sales(wish)


def for_sales(wish: Wish) -> str:
    """What only sales can arrange of what is wished, and where to order it; empty when nothing is."""
    found = wish.totals
    verdict = _verdict(wish, wants_0abj=bool(found.geographic), portability=bool(found.ported))
    if verdict.way != eligibility.Way.SALES_ONLY:
        return ""
    return _("%(reason)s お申し込み先は、%(contact)s（%(phone)s）です。") % {
        "reason": verdict.reasons[0],
        **_contact_of(wish),
    }


def would_be_for_sales(wish: Wish) -> str:
    """The same before it is wished: which numbers need not be entered here at all."""
    if _verdict(wish, wants_0abj=True, portability=False).way != eligibility.Way.SALES_ONLY:
        return ""
    return _(
        "この音声契約では0ABJ番号をまだご利用になっていないため、0ABJ番号の追加と番号ポータビリティは、"
        "%(contact)s（%(phone)s）へお申し込みください。050番号の追加は、この画面からお申し込みいただけます。"
    ) % _contact_of(wish)


def _verdict(wish: Wish, *, wants_0abj: bool, portability: bool) -> eligibility.Verdict:
    """Only whether it is for sales: what else decides between the other ways is left out."""
    site = wish.voice_contract
    facts = eligibility.Facts(
        service_type=site.service_type,
        members_net=site.members_net,
        has_0abj=site.service_type != site.ServiceType.SMART_PBX or wish.has_0abj,
        wants_0abj=wants_0abj,
        portability=portability,
        targets=False,
        over_many=False,
    )
    return eligibility.decide(facts)


def _contact_of(wish: Wish) -> dict[str, str]:
    contract = _contract_of(wish)
    return {"contact": contract.contact_name, "phone": phones.display(contract.contact_phone)}


def _contract_of(wish: Wish) -> Contract:
    return wish.order.contract or wish.voice_contract.contract


def _prices(wish: Wish, now: datetime) -> str:
    """Of the day from which on they are charged."""
    on = wish.when.day or calendar.today(now)
    return prices.missing(contract=_contract_of(wish), kinds=wish.totals.kinds, on=on)


def _codes(wish: Wish, now: datetime) -> str:
    """A code is open, or this order's own already."""
    today = calendar.today(now)
    for claim in wish.claims:
        code = claim.code
        if code is None:
            continue
        is_own = code.order_id is not None and code.order_id == wish.order.pk
        is_open = code.order_id is None and code.withdrawn_at is None and code.valid_until >= today
        belongs = code.customer_id == wish.order.customer_id and code.contract_id == wish.order.contract_id
        if not belongs or not (is_own or is_open):
            return _("予約コード%(code)sは、すでに使われたか、期限が切れています。内容を変更してください。") % {
                "code": code.code
            }
    return ""


def _stock(wish: Wish, now: datetime) -> str:
    # They are kept as soon as it is ordered, also outside the hours.
    plans = claiming.plans_for(wish.order, wish.claims, today=calendar.today(clock.now()))
    for claim, plan in zip(wish.claims, plans, strict=True):
        if plan.short:
            return claiming.shortage(claim, plan, _contract_of(wish))
    return ""


def _ports(wish: Wish, now: datetime) -> str:
    moved = {row.number for _part, row in wish.ports if row.move}
    brought = {row.number for _part, row in wish.ports if not row.move}
    if not moved | brought:
        return ""
    held = ports.held_elsewhere(digits=moved | brought, order=wish.order)
    if held:
        return _("次の番号は、別のお申し込みで手続き中です：%(numbers)s") % {"numbers": _some(held)}
    used = Assignment.objects.filter(digits__in=brought, released_on=None)
    here = set(used.exclude(order=wish.order.pk).values_list("digits", flat=True))
    if here:
        return _("次の番号は、すでに当社で使われています：%(numbers)s") % {"numbers": _some(here)}
    # Asked as of today, also outside the hours, as beside the field.
    ours = ports.not_to_bring(digits=brought, today=calendar.today(clock.now()))
    if ours:
        return _("次の番号は当社の番号のため、他社からは引き継げません：%(numbers)s") % {"numbers": _some(ours)}
    own = DialInNumber.objects.filter(
        customer_id=wish.order.customer_id, digits__in=moved, assignment__state=Assignment.State.ACTIVE
    )
    gone = moved - set(own.values_list("digits", flat=True))
    if gone:
        return _("次の番号は、もう利用されていません：%(numbers)s") % {"numbers": _some(gone)}
    return ""


def _some(digits: set[str], *, most: int = 5) -> str:
    shown = "、".join(phones.display(one) for one in sorted(digits)[:most])
    return shown if len(digits) <= most else _("%(numbers)s ほか") % {"numbers": shown}


def _networks(wish: Wish, now: datetime) -> str:
    if not wish.asks_networks:
        return ""
    wished = wish.wished_networks
    found = networks.problems(
        adding=[IPv4Network(one) for one in wished.get("add", [])],
        # What is to go may be gone already.
        deleting=[pk for pk in wished.get("delete", []) if pk in wish.registered],
        registered=wish.registered,
        needs_one=True,
    )
    told = found.whole or next(iter([*found.adding.values(), *found.deleting.values()]), "")
    return _("0ABJ拠点のネットワークアドレス：%(reason)s") % {"reason": told} if told else ""


def _legal(wish: Wish, now: datetime) -> str:
    if not wish.asks_legal:
        return ""
    legal = wish.data.get("legal") or {}
    said = all(legal.get(name) for name in ("person", "department", "recipient", "document"))
    if not said or not isinstance(legal.get("changed"), bool):
        return _("犯罪収益移転防止法に関する確認事項が入力されていません。確認事項の画面で入力してください。")
    if not wish.has_document(legal["document"], LEGAL_DOCUMENT):
        return _("取引時確認記録登録申込書のファイルがありません。確認事項の画面でもう一度送ってください。")
    return ""


def _when(wish: Wish, now: datetime) -> str:
    when = wish.when
    if when.day is None:
        return _("工事希望年月日が選ばれていません。")
    return first_problem(wish, when.day, wish.terms(now))


def first_problem(wish: Wish, day: date, terms: dates.Terms) -> str:
    """Why the wish for this day cannot be met; it was fine when it was chosen."""
    when = wish.when
    found = dates.problems(day, when.hour, terms, reason=when.reason, free_dial_until=when.free_dial_until)
    told = next((found[name] for name in ("date", "time", "date_reason") if name in found), "")
    if not told:
        return ""
    return _("工事希望年月日（%(day)s）を選び直してください。%(reason)s") % {
        "day": dates.in_words(day),
        "reason": told,
    }


def _contact(wish: Wish, now: datetime) -> str:
    return "" if wish.data.get("contact") else _("ご担当者の情報が入力されていません。")


_QUESTIONS: tuple[Callable[[Wish, datetime], str], ...] = (
    *(_contract, _way, _parts, _prices, _codes, _stock, _ports, _networks, _legal, _when, _contact),
)
