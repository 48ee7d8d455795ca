"""What a customer has of クラウド電話: a contract, numbers and what is set for them, IDs, a device, a phone book."""

import uuid
from datetime import date

from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Scheme, Use
from numbering.cloud.services import (
    after_hours,
    fax_receiving,
    fax_sending,
    forwarding,
    phone_book,
    phone_book_files,
    voicemail,
)
from numbering.cloud.services.phone_book import Entry
from selfcare.accounts.models import Contract
from selfcare.outside.callbacks import OutsideEvent
from tests.numbering.cloud import parts


def everything(contract: Contract, mark: str) -> list[str]:
    """One row of each; returns words of them that stand nowhere else."""
    cloud = parts.cloud(contract, scheme=Scheme.SHARED, numbers=2, ids=2)
    fax = parts.number(cloud, use=Use.FAX, label=f"{mark}FAX")
    ids, numbers = parts.ids(cloud), parts.numbers(cloud)
    _settings(cloud, numbers[0], mark)
    _faxes(fax)
    parts.device(ids[0], name=f"{mark}のiPhone")
    shown = [word for row in numbers for word in (row.digits, str(row))]
    return [fax.label, f"{mark}のiPhone", *(row.code for row in ids), *shown]


def _settings(cloud: CloudContract, number: CloudNumber, mark: str) -> None:
    """An announcement, voicemail, a forwarding, an entry of the phone book, and a file that waits."""
    actor = cloud.customer.users.order_by("pk")[0]
    CloudNumber.objects.filter(pk=number.pk).update(after_hours=True, voicemail=True)
    spans = (after_hours.Span(0, 540, 1080),)
    closed = [(date(2026, 12, 29), f"{mark}休業")]
    after_hours.save(number=number, wanted=after_hours.Wanted(True, f"{mark}の案内", True, spans, closed), actor=actor)
    told = voicemail.Wanted(True, 20, f"{mark}の応答", [])
    voicemail.save(number=number, wanted=told, actor=actor)
    forwarding.save(number=number, targets={"busy": forwarding.Target("09000000001")}, actor=actor)
    entry = Entry(f"{mark}の取引先", "", ("0300000000",))
    phone_book.add(cloud=cloud, entry=entry, actor=actor)
    checked = phone_book_files.Checked([entry])
    phone_book_files.keep(cloud=cloud, checked=checked, name=f"{mark}.csv", mode="add", actor=actor)


def _faxes(number: CloudNumber) -> None:
    """One that waits to be sent, one that was announced."""
    actor = number.cloud.customer.users.order_by("pk")[0]
    wish = fax_sending.Wish(uuid.uuid4(), "0300000099", "x")
    fax_sending.queue(number=number, wish=wish, actor=actor)
    told = OutsideEvent(system="fax", event_id=number.digits, kind="received", reference=number.digits,
                        data={"to": number.digits})  # fmt: skip
    fax_receiving.hear(told)


def names(customer: int) -> list[str]:
    """Of addresses: the digits of a number, the code of an ID."""
    number = CloudNumber.objects.filter(customer=customer).order_by("pk").first()
    row = CloudId.objects.filter(customer=customer).order_by("pk").first()
    fax = CloudNumber.objects.filter(customer=customer, use=Use.FAX).first()
    return [number.digits, row.code, fax.digits] if number and row and fax else []
