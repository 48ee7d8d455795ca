"""Words for what happens to mobile lines beside orders, in the company's audit trail."""

from collections.abc import Collection

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lines.models import Line
from selfcare import phones
from selfcare.accounts import trail
from selfcare.accounts.trail import SERVICES, Field, tell


def register() -> None:
    facts = ("number", "sim_serial", "carrier", "plan", "shipped_on")
    known = {field.name: field for field in Line._meta.fields}
    shown = tuple(Field(known[name].verbose_name, name) for name in facts)
    tell(SERVICES, "line.created", _("回線が登録されました"), *shown)
    tell(SERVICES, "line.changed", _("回線の登録内容を変更しました"), *shown)
    tell(
        SERVICES,
        "line.ported_in",
        _("MNP転入が完了しました"),
        Field(_("電話番号"), "number", _phone),
        Field(_("仮の電話番号"), "instead", _phone),
    )
    tell(SERVICES, "line.ported_out", _("MNP転出で解約になりました"), Field(_("転出日"), "on"))
    tell(SERVICES, "sim.shipped", _("SIMを発送しました"), Field(_("お問い合わせ番号"), "tracking_number"))
    tell(SERVICES, "sim.code_shown", _("eSIMの有効化コードを表示しました"))
    # How operators put right what a carrier did not answer; the order itself says what came of it.
    trail.internal("carrier_order.retried", "carrier_order.completed", "carrier_order.failed")
    trail.describe("line", _named)


def _phone(digits: object) -> str:
    return phones.display(str(digits))


def _named(customer_id: int, ids: Collection[str]) -> dict[str, tuple[str, str]]:
    lines = Line.objects.filter(customer_id=customer_id, pk__in=trail.numbers(ids)).only("pk", "number", "sim_serial")
    return {
        str(line.pk): (_phone(line.number) if line.number else line.sim_serial, reverse("lines:line", args=[line.pk]))
        for line in lines
    }
