"""What a customer has of mobile lines beside them: a number that comes, one that leaves, a new SIM, SIMs in stock."""

from datetime import date

from lines.models import LineService, PortIn, PortOut, StockSim
from selfcare import clock
from selfcare.accounts.models import Contract, User
from selfcare.orders.models import Order
from tests import builders
from tests.lines import parts
from tests.numbering import help as numbers
from tests.numbering.cloud import parts as cloud
from tests.numbering.dial_in import parts as voice


def all_functions(contract: Contract) -> None:
    """Whatever a contract can allow: no page may be safe merely because it is closed."""
    Contract.objects.filter(pk=contract.pk).update(
        functions=sorted({*contract.functions, *parts.FUNCTIONS, *voice.FUNCTIONS, *cloud.FUNCTIONS})
    )
    contract.refresh_from_db()
    if not LineService.objects.filter(code=contract.service).exists():
        parts.service(contract.service)


def everything(contract: Contract, user: User, booked: Order, first: int) -> list[str]:
    """One row of each; returns words of them that stand nowhere else."""
    coming = builders.line(
        contract=contract, number=f"0{first + 2_000_000_002}", sim_serial=f"DN{first + 2}", sim_kind="data",
        plan="data_3gb", status="unopened", shipped_on=date(2026, 11, 1),
    )  # fmt: skip
    port_in = PortIn.objects.create(
        line=coming, customer=contract.customer, number=f"0{first + 2_000_000_003}", reservation_number=f"IN{first}",
        expires_on=date(2026, 12, 1),
    )  # fmt: skip
    leaving = builders.line(
        contract=contract, number=f"0{first + 2_000_000_004}", sim_serial=f"DN{first + 4}", plan="voice_3gb"
    )
    port_out = PortOut.objects.create(
        order=booked, customer=contract.customer, line=leaving, state=PortOut.State.ISSUED,
        reservation_number=f"OUT{first}", issued_on=date(2026, 11, 19), expires_on=date(2026, 12, 4),
    )  # fmt: skip
    esim = numbers.take(
        numbers.draft("lines.sim_reissue", leaving, {"method": "esim", "size": "esim"}, actor=user), actor=user
    )
    stock = StockSim.objects.create(
        customer=contract.customer, carrier="docomo", serial=f"8981{first}", sim_size="nano",
        provisional_number=f"0{first + 2_000_000_005}", added_at=clock.now(),
    )  # fmt: skip
    return [
        *(coming.number, str(coming), coming.sim_serial, port_in.number, port_in.reservation_number),
        *(leaving.number, str(leaving), leaving.sim_serial, port_out.reservation_number, esim.request_id),
        *(stock.serial, stock.provisional_number),
    ]
