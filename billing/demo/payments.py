"""How the demo's cloud phone contracts pay."""

from datetime import timedelta

from billing.models import PaymentDay, PaymentMethod, PaymentTerms
from selfcare import calendar
from selfcare.runtime.demo import Scene

#: Days from the first of the office's contract to its 本申込, which numbering's part of the demo tells.
TRIED = 9


def make(scene: Scene) -> None:
    contract = scene.contracts["design.cloud"]
    day = contract.started_on + timedelta(days=TRIED)
    owner = scene.users["design.owner"]
    at = calendar.midnight(day) + timedelta(hours=14)
    row = PaymentDay.objects.create(contract=contract, customer_id=contract.customer_id, day=day.day, since=day)
    scene.tell(at, "payment_day.set", about=row, actor=owner, detail={"contract": contract.number, "day": row.day})
    PaymentMethod.objects.create(
        contract=contract,
        customer_id=contract.customer_id,
        kind=PaymentTerms.Method.DEBIT,
        state=PaymentMethod.State.ACTIVE,
        from_month=day.replace(day=1),
        account="みなも銀行 白帆支店 普通 ****123",
        created_at=scene.real(at),
    )
