"""What the demo's calls cost, the taxes, who bills, and how its customers pay."""

from datetime import date
from decimal import Decimal

from billing.kinds import CallKind
from billing.models import CallRate, Issuer, PaymentTerms, TaxRate
from billing.models.issuing import check_digit
from billing.taxes import TaxClass
from selfcare import calendar
from selfcare.runtime.demo import Scene

_YEARS = 10
_K, _T = CallKind, TaxClass
#: Kind, beginning of the other party's number, seconds of a unit (0: a price each), price of a unit, tax.
_MOBILE = [
    (_K.XI, "", 30, "20", _T.STANDARD),
    (_K.OTHER, "", 30, "20", _T.STANDARD),
    (_K.SERVICE, "", 30, "20", _T.STANDARD),
    (_K.SERVICE, "0570", 60, "9.35", _T.STANDARD),
    (_K.SMS, "", 0, "3", _T.STANDARD),
    (_K.INTERNATIONAL, "", 30, "98", _T.EXPORT),
    (_K.INTERNATIONAL, "0101", 30, "46", _T.EXPORT),
    (_K.INTERNATIONAL, "01082", 30, "50", _T.EXPORT),
    (_K.INTERNATIONAL_SMS, "", 0, "50", _T.EXPORT),
    (_K.ROAMING_OUT, "", 60, "175", _T.OUTSIDE),
    (_K.ROAMING_IN, "", 60, "110", _T.OUTSIDE),
    (_K.ROAMING_SMS, "", 0, "100", _T.OUTSIDE),
]
_FIXED = [
    (_K.OTHER, "", 180, "7.9", _T.STANDARD),
    (_K.OTHER, "070", 60, "15.8", _T.STANDARD),
    (_K.OTHER, "080", 60, "15.8", _T.STANDARD),
    (_K.OTHER, "090", 60, "15.8", _T.STANDARD),
    (_K.SERVICE, "", 60, "10.3", _T.STANDARD),
    (_K.INTERNATIONAL, "", 60, "30", _T.EXPORT),
]
_PLANS = {
    "mobile_standard": _MOBILE,
    "b2bua_office": _FIXED,
    "standard_business": _FIXED,
    "opengate_business": _FIXED,
    "voice_standard": _FIXED,
}
_PERCENT = {_T.STANDARD: 10, _T.REDUCED: 8, _T.EXPORT: 0, _T.OUTSIDE: 0, _T.EXEMPT: 0}
#: A number of nobody's, with the check digit that belongs to it.
_COMPANY = "000000000000"


def make(scene: Scene) -> None:
    began = calendar.add_months(calendar.today(scene.now).replace(day=1), -12 * _YEARS)
    _prices(began)
    Issuer.objects.create(
        name="せるふけあ通信株式会社（見本）",
        registration_number=f"T{check_digit(_COMPANY)}{_COMPANY}",
        postal_code="000-0001",
        address="東京都みなも区見本町1-1 みほんタワー12階",
        phone="0120000000",
        bank="みほん銀行 見本支店 普通 0000001 セルフケアツウシン（カ",
        valid_from=began,
    )
    method = PaymentTerms.Method
    PaymentTerms.objects.bulk_create(
        PaymentTerms(customer=scene.customers[key], method=paid_by, due_day=day, recipient=recipient)
        for key, paid_by, day, recipient in [
            ("company", method.TRANSFER, 31, "うみねこ坂食品株式会社 経理部 御中"),
            ("office", method.DEBIT, 27, ""),
            ("person", method.CARD, 27, ""),
        ]
    )


def _prices(began: date) -> None:
    CallRate.objects.bulk_create(
        CallRate(
            plan=plan,
            kind=kind,
            prefix=prefix,
            unit_seconds=seconds,
            unit_price=Decimal(price),
            tax_class=tax_class,
            valid_from=began,
        )
        for plan, rates in _PLANS.items()
        for kind, prefix, seconds, price, tax_class in rates
    )
    TaxRate.objects.bulk_create(
        TaxRate(tax_class=tax_class, percent=percent, valid_from=began) for tax_class, percent in _PERCENT.items()
    )
