"""Walking through the wizard of an order at once, in few words: a person with a group, base numbers and a pool."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from numbering.dial_in.models import BaseNumber, VoiceContract, VoiceGroup
from numbering.models import Kind
from selfcare.accounts.models import Contract, Role, User
from selfcare.orders.models import Order
from tests.numbering.dial_in import parts
from tests.numbering.passwords import press
from tests.people import log_in, person

ENTRY = "/numbering/dial-in/at-once/"
CONTACT = {
    "company": "架空商事株式会社",
    "department": "総務部",
    "name": "担当 花子",
    "kana": "タントウ　ハナコ",
    "phone": "03-1234-5678",
    "mail": "hanako@customer.example",
}
HEADING = "基本契約番号,種類,追加番号数,予約コード"


@dataclass
class Office:
    """A customer's member in front of the wizard."""

    user: User
    contract: Contract
    group: VoiceGroup
    voice: VoiceContract
    base: BaseNumber
    page: Client = field(repr=False)

    def post(self, address: str, **fields: Any) -> Any:
        return self.page.post(address, {"go": "next", **fields})

    def begin(self, key: UUID | None = None) -> Order:
        """A draft with consent."""
        key = key or uuid4()
        answer = self.post(f"{ENTRY}new/{self.group.pk}/?key={key}", agreed="on")
        assert answer.status_code == 302, answer.content.decode()
        # Begun twice at one moment, without more, it is one draft.
        return Order.objects.get(uuid=answer.url.split("/")[-3])

    def on_screen(self, *bases: BaseNumber) -> Order:
        """A draft with its base numbers chosen."""
        order = self.begin()
        self.post(at(order, "method"), method="screen")
        self.post(at(order, "bases"), pick=[base.pk for base in bases or (self.base,)])
        return fresh(order)

    def by_file(self) -> Order:
        order = self.begin()
        self.post(at(order, "method"), method="file")
        return fresh(order)

    def send(self, order: Order, content: str | bytes, *, name: str = "番号.csv") -> Any:
        if isinstance(content, str):
            content = content.encode()
        file = SimpleUploadedFile(name, content, "text/csv")
        return self.page.post(at(order, "file"), {"go": "send", "file": file})

    def filled(self, *, count: int = 3, kind: str = Kind.GEOGRAPHIC) -> Order:
        """A draft that only has to be confirmed."""
        order = self.on_screen()
        self.post(at(order, "contents"), **row(self.base, kind=kind, count=count))
        self.post(at(order, "contact"), **CONTACT)
        return fresh(order)

    def press(self, order: Order) -> Order:
        """The confirm page's button; the order as it is after that."""
        press(self.page, f"/orders/{order.uuid}/confirm/")
        return fresh(order)


def office(**of: Any) -> Office:
    """Universal in 03, with one dial-in number; nothing free in the pool. `of`: fields of the voice contract."""
    contract = parts.contract()
    group = parts.group(contract)
    voice = parts.voice_contract(group, **of)
    base = parts.base(voice)
    user = person(f"dial_in_{contract.pk}", customer=contract.customer, role=Role.MEMBER, name="担当 花子")
    return Office(user, contract, group, voice, base, log_in(user))


def at(order: Order, step: str) -> str:
    return f"{ENTRY}{order.uuid}/{step}/"


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def row(base: BaseNumber, *, place: int = 0, kind: str = Kind.GEOGRAPHIC, count: Any = "", code: str = "") -> Any:
    """One row as the page posts it."""
    key = f"{'code' if code else 'new'}-{base.pk}-{place}"
    return {f"{key}-kind": kind, **({f"{key}-code": code} if code else {f"{key}-count": str(count)})}


def line(base: BaseNumber, *, kind: str = "0ABJ番号", count: Any = 1, code: str = "") -> str:
    """One line of a file."""
    return f"{base.digits},{kind},{'' if code else count},{code}"


def table(*lines: str) -> str:
    return "\r\n".join([HEADING, *lines]) + "\r\n"
