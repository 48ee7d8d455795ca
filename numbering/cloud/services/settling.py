"""本申込: the trial becomes a contract that is charged; payment day, initial fees and shipping begin with it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from billing.services import CloudQuote, cloud_prices, has_method, method_of, set_payment_day
from numbering.cloud.models import CloudContract, CloudPortIn, Equipment, Opening, Stage
from numbering.cloud.services import charges, holdings, porting
from selfcare import calendar
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, User
from selfcare.orders.days import business_days

#: Devices leave us one or two business days after 本申込 (spec 7.1): the later one is what the page promises.
SHIPPING_DAYS = 2


@dataclass(frozen=True)
class Terms:
    """What 本申込 on a day means: whole yen without tax, the payment day (31: the month's last), devices shipped by."""

    quote: CloudQuote
    settled_on: date
    ship_by: date | None

    @property
    def payment_day(self) -> int:
        return self.settled_on.day


def terms(cloud: CloudContract, *, on: date) -> Terms:
    """Raises NoTariff."""
    waits = waiting_equipment(cloud).exists()
    ship_by = business_days(since=on).add(on, SHIPPING_DAYS) if waits else None
    return Terms(holdings.of(cloud).quote(cloud_prices(on=on)), on, ship_by)


def waiting_equipment(cloud: CloudContract) -> QuerySet[Equipment]:
    return Equipment.objects.live().filter(cloud=cloud, state=Equipment.State.WAITING)


def method_words(contract: Contract) -> str:
    """How the contract is paid, to people; empty while nothing is registered."""
    method = method_of(contract=contract)
    if method is not None:
        return method.words
    return _("口座振替（手続き中。完了までは銀行振込）") if has_method(contract) else ""


def pays_with(cloud: CloudContract) -> CloudContract | None:
    """The contract that is on the same bills and was ordered for good first: they go by its payment day and method."""
    others = CloudContract.objects.filter(customer=cloud.customer_id, stage=Stage.ACTIVE).exclude(pk=cloud.pk)
    return others.select_related("contract").order_by("settled_on", "pk").first()


def why_not(cloud: CloudContract) -> str:
    """Why this contract cannot be ordered for good now, in the customer's words; empty when it can."""
    if cloud.stage == Stage.ACTIVE:
        return _("本申込はすでに完了しています。")
    if cloud.stage == Stage.ENDED:
        return _("この契約は解約されています。")
    if cloud.ends_on is not None:
        return _("解約のお申し込みを受け付けています。続けてご利用になるときは、先に解約を取り消してください。")
    if CloudPortIn.objects.open().filter(cloud=cloud).exists():
        return _(
            "番号ポータビリティの切り替えが終わると、本申込ができます。切り替えが済みましたらメールでご案内します。"
        )
    if porting.lacks_number(cloud):
        return _(
            "番号を移行できなかったため、このご契約にはまだ電話番号がありません。番号をご確認のうえ、番号ポータビリティを"
            "もう一度お申し込みいただくか、解約のお手続きをお願いします。解約に料金はかかりません。"
        )
    if cloud.representative_id is None or not Opening.objects.filter(cloud=cloud, usable_on__isnull=False).exists():
        return _("ご利用の準備が整うと、本申込ができます。準備ができましたらメールでご案内します。")
    if not has_method(cloud.contract):
        return _(
            "お支払い方法がまだ登録されていません。先に「お支払い方法」を登録してください。入力済みの内容は残ります。"
        )
    return ""


def settle(*, contract: Contract, request_id: str, on: date, actor: User | None) -> bool:
    """Begin to charge, in the caller's transaction; False for a contract that cannot be ordered for good any more.

    `on` is the day on which it was ordered, whenever it is carried out. Safe to repeat: the stage is compared and set,
    and a fee of the same order is charged once.
    """
    cloud = CloudContract.objects.select_for_update(of=("self",)).select_related("contract").get(pk=contract.pk)
    # Booked for the opening hours, it may have been overtaken by an end or by a number that is to come.
    overtaken = cloud.ends_on is not None or porting.open_of(cloud) is not None
    if cloud.stage != Stage.TRIAL or cloud.representative_id is None or overtaken:
        return False
    cloud.stage, cloud.settled_on, cloud.payment_day = Stage.ACTIVE, on, on.day
    cloud.save(update_fields=["stage", "settled_on", "payment_day"])
    set_payment_day(contract=contract, day=on.day, since=on, actor=actor)
    charges.begin(causes={cloud: f"order:{request_id}"}, on=on)
    ship_by = business_days(since=on).add(on, SHIPPING_DAYS)
    waiting_equipment(cloud).update(state=Equipment.State.PREPARING, ship_by=ship_by)
    detail = {"contract": contract.number, "settled_on": on.isoformat(), "order": request_id}
    audit.record(action="cloudcontract.settled", obj=cloud, detail=detail, actor=actor)
    return True


def settled_on(accepted_at: datetime | None, now: datetime) -> date:
    """The day that 本申込 counts from: that of its acceptance, however late it is carried out."""
    return calendar.today(accepted_at or now)
