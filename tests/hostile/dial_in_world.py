"""What a customer has of IP Voice: a site with its numbers, a code, orders in every stage of being typed in, a file."""

from uuid import uuid4

from numbering.dial_in.models import DialInPart, VoiceContract
from numbering.dial_in.services import inputs
from selfcare import clock
from selfcare.accounts.models import Contract, User
from selfcare.documents.filetypes import CONTENT_TYPES
from selfcare.documents.models import Document
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.services.drafts import new_draft
from tests.numbering.dial_in import by_date, parts


def everything(contract: Contract, user: User, mark: str, first: int) -> list[str]:
    """One row of each; returns words of them that stand nowhere else."""
    group = parts.group(contract, code=f"VG{first}", name=f"{mark}群")
    site = parts.voice_contract(group, number=f"N{first % 10**9:09}", name=f"{mark}拠点", address=f"{mark}市1-2-3")
    base = parts.base(site, digits=f"3{first % 10**8:08}")
    numbers = parts.dial_ins(base, 2, first=f"3{first % 10**8 + 10:08}")
    parts.network(site, "10.0.0.0/24")
    used, kept = (parts.reservation(contract, 2, first=f"3{first % 10**8 + n:08}", note=mark) for n in (20, 30))
    taken = by_date.place(by_date.draft(base, by_date.coded(used), actor=user))
    draft = by_date.draft(base, by_date.new(2), actor=user)
    document = _document(draft, user, f"{mark}記録.pdf")
    inputs.keep(order=draft, place="add", entered=inputs.Input(kind="add", base=base.pk), user=user)
    at_once = new_draft(
        procedure=procedures.get("numbering.dial_in"), subject=group, contract=contract, now=clock.now(), actor=user
    )
    at_once.data = {"consent": by_date.CONSENT, "method": "screen", "bases": [base.pk]}
    at_once.save()
    return [
        *(group.code, site.number, base.digits, str(base), used.code, kept.code, document.name),
        *(number.digits for number in numbers),
        *(order.request_id for order in (taken, draft, at_once)),
    ]


def _document(order: Order, user: User, name: str) -> Document:
    """The row of a file, as if it had been sent."""
    made = Document.objects.create(
        customer_id=order.customer_id, order=order, kind="numbering.dial_in.legal", name=name,
        content_type=CONTENT_TYPES["pdf"], size=7, sha256="0" * 64, stored=f"00/{uuid4().hex}", uploaded_by=user,
        uploaded_at=clock.now(),
    )  # fmt: skip
    order.data["legal"] = {"document": str(made.uuid)}
    order.save(update_fields=["data"])
    return made


def names(customer_id: int) -> list[str]:
    """What addresses name of it by words: voice contracts, and parts among other things."""
    contracts = VoiceContract.objects.filter(customer=customer_id).values_list("number", flat=True)
    saved = DialInPart.objects.filter(customer=customer_id).values_list("pk", flat=True)
    return [*contracts, *map(str, saved)]
