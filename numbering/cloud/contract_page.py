"""ご契約内容: what one cloud phone contract is, how far it has got, what it costs, what is on its way."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from billing.services import CloudQuote, NoTariff, cloud_prices
from numbering.cloud.models import CloudContract, CloudPortIn, Equipment, Opening, Stage
from numbering.cloud.procedures.settlement import payment_day_words
from numbering.cloud.services import holdings, porting, settling, telling, trials
from selfcare.accounts.models import Role, User
from selfcare.orders.models import Order

#: Stages, steps and states of equipment as the colours of the portal know them.
TONES = {"trial": "info", "active": "ok", "ended": "off", "waiting": "off", "preparing": "wait", "shipped": "info"}
TONES |= {"delivered": "ok", "cancelled": "off"}

Steps = list[tuple[str, str]]


@dataclass(frozen=True)
class Step:
    """One step of number portability: done, current or ahead; its day where it is known."""

    label: str
    state: str
    on: date | None = None


@dataclass(frozen=True)
class Choice:
    """A procedure of this contract: no `url` where it cannot be ordered now, and why."""

    title: str
    url: str = ""
    reason: str = ""
    is_main: bool = False


@dataclass
class Page:
    cloud: CloudContract
    facts: list[tuple[str, str]]
    steps: Steps
    quote: CloudQuote | None
    free_until: date | None
    #: The free days of a trial are over.
    is_over: bool
    #: It was opened for a number that does not come.
    lacks_number: bool
    payment_day: str
    payment: str
    payment_url: str
    equipment: list[Equipment]
    port_in: CloudPortIn | None
    port_steps: list[Step]
    choices: list[Choice]
    orders: list[Order] = field(default_factory=list)


def of(cloud: CloudContract, *, user: User, today: date) -> Page:
    opening = Opening.objects.filter(cloud=cloud).first()
    port_in = porting.latest_of(cloud)
    free = trials.free_until(opening) if opening and cloud.stage == Stage.TRIAL else None
    waits = port_in is not None and port_in.step in CloudPortIn.OPEN
    return Page(
        cloud=cloud,
        facts=telling.facts(cloud, opening),
        steps=stage_steps(cloud),
        quote=_quote(cloud, today),
        free_until=free,
        is_over=free is not None and free < today,
        lacks_number=porting.lacks_number(cloud) and not waits,
        payment_day=payment_day_words(cloud.payment_day) if cloud.payment_day else "",
        payment=settling.method_words(cloud.contract),
        payment_url=f"{reverse('payments:index')}?contract={cloud.contract.number}" if cloud.stage != "ended" else "",
        equipment=list(Equipment.objects.filter(cloud=cloud).select_related("on_id").order_by("pk")),
        port_in=port_in,
        port_steps=port_steps(port_in, cloud) if port_in is not None else [],
        choices=_choices(cloud, user),
        orders=_orders(cloud, user),
    )


def _quote(cloud: CloudContract, today: date) -> CloudQuote | None:
    """What it costs, or will cost from 本申込 on; None where the tariff is not there, or nothing is had any more."""
    if cloud.stage == Stage.ENDED:
        return None
    try:
        return holdings.of(cloud).quote(cloud_prices(on=today))
    except NoTariff:
        return None


def stage_steps(cloud: CloudContract) -> Steps:
    """申込 → 審査 → お試し → 本申込 → 利用中; empty for a contract that has ended."""
    labels = [_("申込"), _("審査"), _("お試し"), _("本申込"), _("利用中")]
    at = {Stage.TRIAL: 2, Stage.ACTIVE: 4}.get(Stage(cloud.stage))
    if at is None:
        return []
    return [
        (label, "done" if place < at else "current" if place == at else "ahead") for place, label in enumerate(labels)
    ]


def port_steps(port_in: CloudPortIn, cloud: CloudContract) -> list[Step]:
    """申込 → 可否確認 → 工事日 → 切替 → 本申込, with the days; of one that came to nothing as far as it got."""
    labels = (_("申込"), _("可否確認"), _("工事日"), _("切替"), _("本申込"))
    done_on = (port_in.applied_on, port_in.possible_on, port_in.construction_on, port_in.switched_on, cloud.settled_on)
    step = CloudPortIn.Step(port_in.step)
    passed = {step.APPLIED: 1, step.POSSIBLE: 2, step.DATED: 3, step.SWITCHED: 4}.get(step, 0)
    if step == step.SWITCHED and cloud.settled_on is not None:
        passed = 5
    over = port_in.ended_on is not None
    return [
        Step(
            label,
            "done" if (on is not None if over else place < passed) else "current" if place == passed else "ahead",
            on,
        )
        for place, (label, on) in enumerate(zip(labels, done_on, strict=True))
    ]


def _choices(cloud: CloudContract, user: User) -> list[Choice]:
    if cloud.stage == Stage.ENDED:
        return []
    may = user.has_role(Role.MEMBER)
    refused = "" if may else _("「%(role)s」の方が利用できます。") % {"role": Role.MEMBER.label}
    choices = []
    if cloud.stage == Stage.TRIAL:
        choices.append(_choice(_("本申込をする"), "cloud:settle", cloud, refused or settling.why_not(cloud), main=True))
        if not cloud.is_ported or porting.lacks_number(cloud):
            begun = porting.open_of(cloud) is not None
            why = _("番号ポータビリティの手続き中です。") if begun else ""
            why = why or (_("解約のお申し込みを受け付けています。") if cloud.ends_on else "")
            title = _("番号ポータビリティをもう一度申し込む") if cloud.is_ported else _("番号ポータビリティに変更")
            choices.append(_choice(title, "cloud:port-in", cloud, refused or why))
    why = (
        _("解約のお申し込みを受け付けています。取り消しは、手続き中のお申し込みからできます。") if cloud.ends_on else ""
    )
    choices.append(_choice(_("解約する"), "cloud:end", cloud, refused or why))
    return choices


def _choice(title: str, name: str, cloud: CloudContract, reason: str, *, main: bool = False) -> Choice:
    if reason:
        return Choice(title, reason=reason, is_main=main)
    return Choice(title, url=f"{reverse(name)}?contract={cloud.contract.number}", is_main=main)


def _orders(cloud: CloudContract, user: User) -> list[Order]:
    rows = Order.objects.visible_to(user).open().filter(contract_id=cloud.pk)
    return list(rows.select_related("contract", "actor").order_by("pk"))


def tone(state: Any) -> str:
    return f"tone--{TONES.get(str(state), 'off')}"
