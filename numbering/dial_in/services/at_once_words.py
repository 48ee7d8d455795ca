"""An order at once in words: the rows of its confirm page, mail and history, and what each claim would get."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from numbering.dial_in.models import BaseNumber
from numbering.dial_in.services import at_once
from numbering.dial_in.services.blocks import Plan
from numbering.dial_in.services.claiming import Claim, plans_for
from numbering.models import Kind
from selfcare import phones
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible, Row, subject_of

#: Lines of one row of the summary; a file may have two thousand.
MOST = 20


def summary(order: Order, *, today: date) -> list[Row]:
    rows = [Row(_("音声グループ"), str(subject_of(order)))]
    try:
        claims = at_once.claims_of(order)
    except NotPossible:
        claims = []
    if claims:
        plans = plans_for(order, claims, today=today)
        rows += [
            Row(_("基本契約番号"), _bases(claims)),
            Row(_("追加する番号"), _first([wish_of(claim) for claim in claims])),
            Row(_("追加番号数"), total_words(claims)),
            Row(_("開通する番号"), _first(found(claims, plans))),
        ]
        if notices := emergency_notices(claims):
            rows.append(Row(_("緊急通報"), "\n".join(notices)))
    contact = order.data.get("contact")
    if contact:
        rows.append(Row(_("ご担当者"), _contact(contact)))
    given = order.data.get("consent", {}).get("at", "")
    if given:
        rows.append(Row(_("個人情報の取り扱い"), _("同意済み（%(version)s版）") % order.data["consent"]))
    return rows


def _first(lines: Sequence[str]) -> str:
    """One below the other, as many as one reads."""
    text = "\n".join(lines[:MOST])
    more = len(lines) - MOST
    return text if more <= 0 else text + "\n" + _("ほか%(n)s件") % {"n": f"{more:,}"}


def _bases(claims: Sequence[Claim]) -> str:
    each = {claim.base.pk: claim for claim in claims}
    return _first([base_words(claim) for claim in each.values()])


def base_words(claim: Claim) -> str:
    values = {"base": phones.display(claim.base.digits), "contract": claim.base.voice_contract}
    return _("%(base)s（%(contract)s）") % values


def kind_words(claim: Claim) -> str:
    """0ABJ numbers with the area that follows from their base number."""
    label = str(Kind(claim.kind).label)
    if claim.kind != Kind.GEOGRAPHIC:
        return label
    return _("%(kind)s（市外局番%(area)s）") % {"kind": label, "area": claim.base.area}


def wish_of(claim: Claim) -> str:
    values = {"base": phones.display(claim.base.digits), "kind": kind_words(claim), "n": f"{size(claim):,}"}
    if claim.code is None:
        return _("%(base)s：%(kind)s %(n)s番号") % values
    return _("%(base)s：%(kind)s 予約コード%(code)s（%(n)s番号）") % {**values, "code": claim.code.code}


def size(claim: Claim) -> int:
    return claim.code.count if claim.code else claim.count


def total_words(claims: Sequence[Claim]) -> str:
    found = at_once.totals(claims)
    by_kind = "、".join(
        _("%(kind)s %(n)s番号") % {"kind": Kind(kind).label, "n": f"{count:,}"} for kind, count in found.items()
    )
    return _("合計 %(n)s番号（%(kinds)s）") % {"n": f"{sum(found.values()):,}", "kinds": by_kind}


def found(claims: Sequence[Claim], plans: Sequence[Plan]) -> list[str]:
    """Which numbers each claim would get, consecutive ones as one block."""
    return [
        _("%(base)s：%(numbers)s") % {"base": phones.display(claim.base.digits), "numbers": numbers_of(claim, plan)}
        for claim, plan in zip(claims, plans, strict=True)
    ]


def numbers_of(claim: Claim, plan: Plan) -> str:
    if claim.code is not None:
        return _("予約コード%(code)sの番号（%(n)s番号）") % {"code": claim.code.code, "n": f"{claim.code.count:,}"}
    return plan.describe()


def emergency_notices(claims: Sequence[Claim]) -> list[str]:
    """Who cannot call 110, 118 and 119 with the new numbers."""
    notices = []
    without = sorted(
        {
            claim.base.voice_contract.number
            for claim in claims
            if claim.kind == Kind.GEOGRAPHIC and not claim.base.voice_contract.emergency_calls
        }
    )
    if without:
        notices.append(no_emergency_calls(without))
    if any(claim.kind == Kind.IP_050 for claim in claims):
        notices.append(no_emergency_calls_from_050())
    return notices


def notices_for(base: BaseNumber) -> list[str]:
    """The same for a base number whose rows are still being filled in."""
    contract = base.voice_contract
    return [no_emergency_calls([contract.number])] if base.area and not contract.emergency_calls else []


def no_emergency_calls(numbers: Sequence[str]) -> str:
    named = "、".join(numbers[:5]) + (_("ほか") if len(numbers) > 5 else "")
    return _(
        "%(contracts)sは緊急通報をご利用いただけないご契約です。追加する0ABJ番号から110・118・119へは発信できません。"
    ) % {"contracts": named}


def no_emergency_calls_from_050() -> str:
    return _("050番号からは、110・118・119などの緊急通報へ発信できません。")


def _contact(contact: dict[str, str]) -> str:
    first = "　".join(part for part in (contact["company"], contact["department"]) if part)
    name = _("%(name)s（%(kana)s）") % contact
    return "\n".join([first, name, phones.display(contact["phone"]), contact["mail"]])
