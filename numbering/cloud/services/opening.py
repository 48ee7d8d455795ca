"""Opening a cloud phone contract from an accepted application: customer, login, numbers, IDs, equipment; the trial.

Nothing is charged before 本申込 (see settling). A number that is brought along is not here yet: the contract waits for
its switch, and its trial begins on that day.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from billing.services import Basket, Fax, cloud_items
from numbering.cloud.models import CloudContract, CloudPortIn, Opening, Scheme, Stage
from numbering.cloud.services import laying_out, porting, telling
from numbering.models import Kind
from numbering.services import pool
from selfcare import calendar
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, Customer, User
from selfcare.accounts.services import first_links
from selfcare.contract_data.models import Contact
from selfcare.inquiries import contacts
from selfcare.orders.procedures import NotPossible

FUNCTIONS = (
    "cloud.numbers", "cloud.options", "cloud.fax", "cloud.phone_book", "cloud.settle", "cloud.end", "billing.payment",
    "billing.statements",
)  # fmt: skip
#: Contract.service, and the day on which its bills close (billing.closing.periods).
SERVICE, CYCLE = "cloud_phone", "25"


@dataclass(frozen=True)
class Applicant:
    """Who applies, as entered in the application; `phone` are digits."""

    kind: str
    name: str
    kana: str
    postal_code: str
    address: str
    building: str
    mail: str
    phone: str
    contact_name: str = ""


@dataclass(frozen=True)
class NumberWish:
    """Where a new number is to come from: "050", or "0abj" with its area ("03")."""

    kind: str = Kind.IP_050
    area: str = ""

    def wanted(self, count: int) -> pool.Wanted:
        return pool.Wanted(count, self.kind, self.area)


@dataclass(frozen=True)
class PortWish:
    """A number that is brought along: digits, the code of its PortOrigin, present carrier and holder."""

    digits: str
    origin: str
    carrier: str
    holder: str


def open_contract(
    *,
    basket: Basket,
    applicant: Applicant,
    reference: str,
    number: NumberWish | None = None,
    port: PortWish | None = None,
    fax_number: NumberWish | None = None,
    agency_code: str = "",
    customer: Customer | None = None,
    now: datetime,
    actor: User | None,
) -> CloudContract:
    """Open the contract in stage お試し, in the caller's transaction, and tell the customer.

    `number` for a new number, `port` for one that is brought along; `customer` is an existing one that adds a
    contract, a new one is made otherwise. Raises NotPossible: an area without numbers, a number that cannot move.
    """
    today = calendar.today(now)
    if (port is not None) != basket.is_ported:
        raise ValueError("a number is brought along exactly when the basket says so")
    contract = _contract(customer or _customer(applicant), applicant, today)
    cloud = _cloud(contract, basket, agency_code, today)
    opening = Opening.objects.create(
        cloud=cloud,
        customer_id=cloud.customer_id,
        reference=reference,
        basket=basket.as_json(),
        usable_on=None if port else today,
    )
    coming = _lay_out(cloud, basket, number or NumberWish(), fax_number, port, today)
    owner, link = _owner(cloud, applicant, coming, actor)
    detail = {"contract": contract.number, "reference": reference}
    audit.record(action="cloudcontract.opened", obj=cloud, detail=detail, actor=actor)
    telling.opened(cloud=cloud, opening=opening, owner=owner, link=link)
    return cloud


def _cloud(contract: Contract, basket: Basket, agency_code: str, today: date) -> CloudContract:
    return CloudContract.objects.create(
        contract=contract,
        customer_id=contract.customer_id,
        stage=Stage.TRIAL,
        scheme=Scheme.SHARED if basket.new_scheme else Scheme.OWN,
        switched_on=today if basket.new_scheme else None,
        is_ported=basket.is_ported,
        trial_from=today,
        agency_code=agency_code,
    )


def _customer(applicant: Applicant) -> Customer:
    made = Customer.objects.create(
        partner_id=_unused("K"),
        name=applicant.name,
        kana=applicant.kana,
        kind=applicant.kind,
        postal_code=applicant.postal_code,
        address=applicant.address,
        building=applicant.building,
    )
    Contact.objects.create(customer=made, phone=applicant.phone, person=applicant.contact_name)
    return made


def _contract(customer: Customer, applicant: Applicant, today: date) -> Contract:
    # Whom the contract's pages and letters name until operators enter somebody else: the service's window of today.
    kept = contacts.every()
    window = kept.get(contacts.Service.CLOUD_PHONE) or kept.get(contacts.Service.GENERAL)
    return Contract.objects.create(
        customer=customer,
        number=_unused("C1"),
        kind=Contract.Kind.CLOUD_PHONE,
        service=SERVICE,
        plan=cloud_items.PLAN,
        billing_cycle=CYCLE,
        functions=list(FUNCTIONS),
        started_on=today,
        mail=applicant.mail,
        contact_name=window.name if window else "",
        contact_phone=window.phone if window else "",
    )


def _unused(prefix: str) -> str:
    """Numbers of customers and contracts tell nobody how many there are; the unique columns have the last word."""
    return f"{prefix}{secrets.randbelow(10**8):08}"


def _lay_out(
    cloud: CloudContract,
    basket: Basket,
    number: NumberWish,
    fax_wish: NumberWish | None,
    port: PortWish | None,
    today: date,
) -> str:
    """The contract's rows; the digits of its first number, which may still be on its way."""
    voice = []
    if port is None:
        taken = laying_out.claim(contract=cloud.contract, wanted=number.wanted(basket.voice_numbers), on=today)
        voice = laying_out.voice_numbers(cloud=cloud, assignments=taken, basket=basket, on=today)
    numbers = list(voice)
    if basket.fax == Fax.OWN:
        wish = fax_wish or (number if port is None else NumberWish())
        (taken_fax,) = laying_out.claim(contract=cloud.contract, wanted=wish.wanted(1), on=today)
        numbers.append(laying_out.fax_number(cloud=cloud, assignment=taken_fax, on=today))
    digits = port.digits if port is not None else voice[0].digits
    ids = laying_out.ids(cloud=cloud, basket=basket, digits=digits, on=today)
    laying_out.ring(numbers=numbers, at=ids)
    if voice:
        laying_out.connect(cloud=cloud, voice=voice[0], at=ids)
    laying_out.equipment(cloud=cloud, basket=basket, at=ids)
    if port is not None:
        porting.apply_for(
            cloud=cloud, digits=port.digits, origin=port.origin, carrier=port.carrier, holder=port.holder, today=today
        )
    return digits


def _owner(cloud: CloudContract, applicant: Applicant, digits: str, actor: User | None) -> tuple[User | None, str]:
    """The first login of a customer that has none; a customer that has logs in as before."""
    customer = first_links.lock_customer(cloud.contract.customer)
    if customer.users.filter(removed_at=None).exists():
        return None, ""
    return first_links.create_owner(
        contract=cloud.contract,
        selfcare_id=digits,
        name=applicant.contact_name or applicant.name,
        email=applicant.mail,
        actor=actor,
    )


def settle_agency_code(*, cloud: CloudContract, code: str, actor: User) -> None:
    """特約店コード, later and once. Raises NotPossible when there is one already."""
    if not CloudContract.objects.filter(pk=cloud.pk, agency_code="").update(agency_code=code):
        raise NotPossible(_("特約店コードは、すでに登録されています。変更はお客様センターへご連絡ください。"))
    cloud.agency_code = code
    audit.record(action="cloudcontract.agency_code_entered", obj=cloud, detail={"agency_code": code}, actor=actor)


def telephone(cloud: CloudContract) -> str:
    """Digits of the number that the contract is about: in use, or on its way; empty for one whose move was refused."""
    if cloud.representative is not None:
        return cloud.representative.digits
    coming = CloudPortIn.objects.open().filter(cloud=cloud).first()
    return coming.digits if coming is not None else ""
