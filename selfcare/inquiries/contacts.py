"""Whom to ask about a contract: its own contact (担当営業) where it has one, else its service's window."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from selfcare.accounts.models import Contract
from selfcare.inquiries.models import SupportContact

Service = SupportContact.Service

_SERVICE_OF_KIND = {
    Contract.Kind.IP_PHONE: SupportContact.Service.IP_PHONE,
    Contract.Kind.MOBILE: SupportContact.Service.MOBILE,
    Contract.Kind.IP_VOICE: SupportContact.Service.DIAL_IN,
    Contract.Kind.CLOUD_PHONE: SupportContact.Service.CLOUD_PHONE,
}


@dataclass(frozen=True)
class ShownContact:
    """As a page says it: `phone` are digits, empty where there is none; `hours` "平日 9:00〜17:30"."""

    name: str
    phone: str
    mail: str
    hours: str


def service_of(contract: Contract | None) -> str:
    kind = Contract.Kind(contract.kind) if contract else None
    return _SERVICE_OF_KIND[kind] if kind else SupportContact.Service.GENERAL


def of(contract: Contract | None, service: str = "", *, rows: Callable[[], dict[str, SupportContact]]) -> ShownContact:
    """The contact for a contract, for a service, or for nobody known yet."""
    kept = rows()
    asked = service or service_of(contract)
    row = kept.get(asked) or kept.get(SupportContact.Service.GENERAL)
    if row is None:
        # Operators have taken everything out: the contract's own contact is still there.
        return ShownContact(contract.contact_name, contract.contact_phone, "", "") if contract else _paper()
    own = contract is not None and row.names_contract and contract.contact_phone
    name = contract.contact_name if own and contract else row.shown_name
    phone = contract.contact_phone if own and contract else row.phone
    return ShownContact(name, phone, row.mail, hours_of(row))


def _paper() -> ShownContact:
    return ShownContact(_("書面「サービス開始のご案内」に記載の窓口"), "", "", "")


def hours_of(row: SupportContact) -> str:
    times = {"opens": f"{row.opens:%-H:%M}", "closes": f"{row.closes:%-H:%M}"}
    return _("平日 %(opens)s〜%(closes)s") % times if row.weekdays_only else _("毎日 %(opens)s〜%(closes)s") % times


def every() -> dict[str, SupportContact]:
    return {row.service: row for row in SupportContact.objects.all()}


def kept_for(request: HttpRequest | None) -> Callable[[], dict[str, SupportContact]]:
    """Read once per request, however often a page names a contact."""

    def read() -> dict[str, SupportContact]:
        kept: dict[str, SupportContact] | None = getattr(request, "_support_contacts", None)
        if kept is None:
            kept = every()
            if request is not None:
                request._support_contacts = kept  # type: ignore[attr-defined]
        return kept

    return read


def mail_of(contract: Contract | None) -> str:
    """Where operators are told of an inquiry about this contract; empty where nobody has said."""
    kept = every()
    row = kept.get(service_of(contract)) or kept.get(SupportContact.Service.GENERAL)
    return row.mail if row else ""
