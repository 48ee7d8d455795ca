"""What the portal shows and runs of numbering: menu, home, search, jobs, reconciling."""

from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.db.models import Count, Min, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from numbering.dial_in import planned, rows_file, shell
from numbering.dial_in.services import inputs, reserving
from numbering.dial_in.services import reconciling as voice
from numbering.dial_in.services.wishes import LEGAL_DOCUMENT, REMAINING_DOCUMENT
from numbering.models import Assignment
from numbering.registrar import checks  # noqa: F401  (importing registers the check)
from numbering.search import matching
from numbering.services import reconciling, registrations, reveals, stock
from selfcare import phones
from selfcare.accounts import viewing
from selfcare.accounts.models import Role, User
from selfcare.contract_data import finding
from selfcare.documents import kinds
from selfcare.orders import parts
from selfcare.shell import menu, panels, peers, search
from selfcare.work import jobs, reconcile, sources

#: How many numbers one search shows; the list page has the rest.
_HITS = 10


def register() -> None:
    menu.register(
        menu.SERVICES, _("050番号追加申込"), "numbering:add", function="numbering.add", role=Role.MEMBER, order=10
    )
    menu.register(menu.SERVICES, _("050番号一覧"), "numbering:list", function="numbering.list", order=20)
    menu.register(
        menu.SERVICES,
        _("IP加入電話パスワード変更"),
        "numbering:sip-password",
        function="numbering.sip_password",
        role=Role.MEMBER,
        order=30,
    )
    menu.register(menu.SERVICES, _("ダイヤルイン番号追加"), "numbering:dial-in", function="numbering.dial_in", order=40)
    viewing.hide("numbering:issued", "numbering:sip-password", "numbering:sip-password-file")
    panels.register("dial-in", shell.panel, "numbering/dial_in/_panel.html", order=35)
    search.register("dial_in", _("音声契約・ダイヤルイン番号"), shell.hits)
    kinds.register(LEGAL_DOCUMENT, _("取引時確認記録登録申込書"))
    kinds.register(REMAINING_DOCUMENT, _("残回線構成表"))
    panels.register("numbering", panel, "numbering/_panel.html", order=30)
    search.register("numbering", _("050番号"), hits)
    finding.register("numbering", contracts_of)
    finding.register("dial_in", shell.contracts_of)
    reconcile.register("numbering", stock.differences)
    reconcile.register("registrar", registrations.differences, repair=reconciling.drop_again)
    reconcile.register("sip passwords", reconciling.differences, repair=reconciling.repair)
    jobs.job("numbering.erase_reveals", every=timedelta(minutes=5))(lambda row: {"erased": reveals.erase_old_reveals()})
    jobs.job("numbering.erase_part_inputs", every=timedelta(days=1))(lambda row: {"erased": inputs.erase_old()})
    jobs.job("numbering.erase_credentials", every=timedelta(days=1))(
        lambda row: {"erased": registrations.erase_ended()}
    )
    sources.register(registrations.SOURCE, run=registrations.drop_due, waiting=registrations.waiting, queue="outside")
    if settings.REGISTRAR_URL:
        peers.register("registrar", registrations.ask)
    jobs.job("numbering.watch_stock", every=timedelta(minutes=1))(lambda row: {"short": stock.watch_stock()})
    jobs.job("numbering.alert_shortage")(stock.alert_shortage)
    jobs.job("numbering.expire_codes", every=timedelta(hours=1))(lambda row: {"expired": reserving.expire()})
    reconcile.register("dial-in numbers", voice.differences, repair=voice.repair)
    parts.register("planned numbers", planned.facts, "numbering/dial_in/_planned.html", order=20)
    parts.register("rows as a file", rows_file.facts, "numbering/dial_in/_rows_file.html", order=5)


def contracts_of(user: User, digits: str) -> list[int]:
    """The contract that a telephone number in use hangs on: 050, of a voice contract, of a cloud phone."""
    if user.customer_id is None:
        return []
    held = Assignment.objects.active().filter(customer_id=user.customer_id, digits=digits)
    return list(held.values_list("contract_id", flat=True))


def panel(request: HttpRequest) -> dict[str, Any] | None:
    """Numbers held, and those that end; nothing for a customer without numbers."""
    facts = (
        Assignment.objects.visible_to(cast(User, request.user))
        .order_by()
        .aggregate(
            total=Count("pk"),
            ending=Count("pk", filter=Q(ends_on__isnull=False)),
            next_end=Min("ends_on"),
        )
    )
    return facts if facts["total"] else None


def hits(user: User, query: str) -> list[search.Hit]:
    found = matching(Assignment.objects.visible_to(user), query).select_related("contract")
    return [
        search.Hit(
            title=phones.display(one.digits),
            url=f"{reverse('numbering:list')}?q={one.digits}",
            text=str(one.contract),
        )
        for one in found.order_by("digits")[:_HITS]
    ]
