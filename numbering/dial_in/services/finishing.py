"""工事完了: what a construction-date order has asked for is there (spec 5.3)."""

import ipaddress
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from numbering.dial_in import contents
from numbering.dial_in.models import DialInPart, SiteNetwork, VoiceContract
from numbering.dial_in.services import claiming, ports, use_letters, wishes
from selfcare import calendar
from selfcare.accounts.models import Contract
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible, subject_of


def finish(*, order: Order, now: datetime) -> list[str]:
    """Bring its numbers into service with their charges, take over those it brings, change the site's networks.

    Where the law asks for it, a letter goes to the place of use. In the transaction that moves the order, whose row is
    locked. Returns the digits of the numbers, ascending. Raises NotPossible when something of it cannot be done any
    more.
    """
    voice_contract: VoiceContract = subject_of(order)
    parts = list(DialInPart.objects.filter(order=order).select_related("base").order_by("pk"))
    _require_living(order, voice_contract, parts)
    brought = [
        ports.Port(digits=row.number, base=part.base, functions=row.functions, move=row.move)
        for part, row in contents.ports(parts)
    ]
    added = claiming.activate(orders=[order], now=now)[order]
    taken = ports.take_over(order=order, ports=brought, now=now)
    _change_networks(order, voice_contract, now)
    use_letters.queue(wish=wishes.of(order), now=now)
    return sorted([*added, *taken])


def _require_living(order: Order, voice_contract: VoiceContract, parts: Sequence[DialInPart]) -> None:
    """Between the order and its construction months may lie: nothing starts on what has ended meanwhile."""
    if order.contract is not None and order.contract.state != Contract.State.ACTIVE:
        raise NotPossible(_("契約%(number)sは終了しています。") % {"number": order.contract.number})
    if voice_contract.ended_on is not None:
        raise NotPossible(_("音声契約%(number)sは終了しています。") % {"number": voice_contract.number})
    ended = sorted({str(part.base) for part in parts if part.base.ended_on is not None})
    if ended:
        raise NotPossible(_("基本契約番号%(numbers)sは終了しています。") % {"numbers": "、".join(ended)})


def _change_networks(order: Order, voice_contract: VoiceContract, now: datetime) -> None:
    """What is to go may be gone already; what is to come must not overlap what stays."""
    wish = wishes.of(order)
    if not wish.asks_networks:
        # Typed in for geographic numbers that were taken out of the order again: neither shown nor ordered.
        return
    wanted = wish.wished_networks
    SiteNetwork.objects.filter(voice_contract=voice_contract, pk__in=wanted.get("delete", [])).delete()
    coming = [ipaddress.ip_network(one) for one in wanted.get("add", [])]
    staying = [ipaddress.ip_network(one.network) for one in SiteNetwork.objects.filter(voice_contract=voice_contract)]
    for one in coming:
        other = next((kept for kept in staying if kept.version == one.version and kept.overlaps(one)), None)
        if other is not None:
            raise NotPossible(
                _("ネットワークアドレス%(new)sは、登録済みの%(old)sと重なっているため追加できません。")
                % {"new": one, "old": other}
            )
    SiteNetwork.objects.bulk_create(
        [
            SiteNetwork(
                voice_contract=voice_contract,
                customer_id=voice_contract.customer_id,
                network=one,
                since=calendar.today(now),
            )
            for one in coming
        ]
    )
