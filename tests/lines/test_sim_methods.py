"""Which way to a new SIM there is for which line, and with which sizes: the whole table, form and acceptance alike."""

import pytest

from lines.models import CustomerCatalogue, Line
from lines.services.sims import choices
from selfcare.orders.procedures import NotPossible
from tests.lines.parts import fresh, line, place, service
from tests.lines.sim_parts import CODE, ESIM, SERIALS, SHIPPED, errors, form, rewritten, stock

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

#: Spec 4, as it is written there; eSIM goes with all of them.
TABLE = {
    ("docomo", "data"): {"black"},
    ("docomo", "sms"): {"black", "ota"},
    ("docomo", "voice"): {"black", "ota"},
    ("softbank", "data"): {"black"},
    ("softbank", "sms"): {"ota"},
    ("softbank", "voice"): {"ota"},
}
METHODS, SIZES = ("black", "ota", "esim"), ("standard", "micro", "nano", "multi", "esim")
AGREED = ["micro", "nano", "multi", "esim"]


@pytest.fixture
def catalogue(clock):
    service("docomo", sizes=AGREED)
    service("softbank", carrier="softbank", sizes=AGREED)


def made(carrier: str, kind: str, size: str = "nano") -> Line:
    plan = "data_3gb" if kind == "data" else "voice_3gb"
    return line(carrier=carrier, sim_kind=kind, sim_size=size, plan=plan)


def can_have(carrier: str, kind: str, current: str, method: str, size: str) -> bool:
    """The rule in one sentence each."""
    if method == "esim":
        return size == "esim"
    if method not in TABLE[carrier, kind] or size == "esim" or size not in AGREED:
        return False
    return size == "multi" if current == "multi" else True


@pytest.mark.parametrize("current", SIZES)
@pytest.mark.parametrize(("carrier", "kind"), TABLE)
def test_every_method_with_every_size(catalogue, carrier, kind, current):
    phone = made(carrier, kind, current)
    serial = 0
    for method in METHODS:
        for size in SIZES:
            typed = {"method": method, "size": size, "ship_on": "2026-11-20"}
            if method == "ota":
                serial += 1
                number = luhn(f"89811000000{serial:07}")
                provisional = "02099990001" if carrier == "docomo" else ""
                stock(phone.customer, number, carrier=carrier, sim_size=size, provisional_number=provisional)
                typed |= {"serial": number, "provisional_number": provisional}
            if method == "esim":
                # Nothing to choose there.
                typed["size"] = "esim"
            wanted = can_have(carrier, kind, current, method, typed["size"])
            assert (not errors(phone, **typed)) == wanted, typed
            offered = choices(phone, AGREED)
            assert (typed["size"] in offered.get(method, [])) == wanted


def luhn(body: str) -> str:
    """By the book: the digit that makes the sum a multiple of ten."""
    doubled = [int(d) * 2 if place % 2 == 0 else int(d) for place, d in enumerate(reversed(body))]
    return body + str(-sum(sum(divmod(d, 10)) for d in doubled) % 10)


@pytest.mark.parametrize(("carrier", "kind"), TABLE)
def test_acceptance_asks_again_whatever_a_draft_says(catalogue, carrier, kind):
    phone = made(carrier, kind)
    stock(phone.customer, carrier=carrier, provisional_number="02099990001" if carrier == "docomo" else "")
    wishes = {
        "black": SHIPPED,
        "ota": rewritten(SERIALS[0], "02099990001" if carrier == "docomo" else ""),
        "esim": ESIM,
    }
    for method, data in wishes.items():
        if method in TABLE[carrier, kind] | {"esim"}:
            continue
        with pytest.raises(NotPossible, match="選べません"):
            place(phone, CODE, **data)


def test_a_customers_own_agreement_counts_and_not_what_the_service_has(catalogue):
    phone = made("docomo", "voice")
    CustomerCatalogue.objects.create(customer=phone.customer, sizes=["micro"])
    assert set(errors(phone, method="black", size="nano", ship_on="2026-11-20")) == {"size"}
    assert errors(phone, method="black", size="micro", ship_on="2026-11-20") == {}
    assert set(errors(phone, method="esim")) == {"method"}
    with pytest.raises(NotPossible, match="選べません"):
        place(phone, CODE, **ESIM)


def test_a_catalogue_with_nothing_for_the_line_says_so_before_anything_is_typed(catalogue):
    phone = made("docomo", "data", "multi")
    CustomerCatalogue.objects.create(customer=phone.customer, sizes=["nano"])
    with pytest.raises(NotPossible, match="選べるSIMサイズがありません"):
        place(phone, CODE, **SHIPPED)


def test_the_page_begins_with_the_current_size_and_today(catalogue):
    shown = form(made("docomo", "voice", "micro"))
    assert (shown["method"].value(), shown["size"].value(), str(shown["ship_on"].value())) == (
        "black",
        "micro",
        "2026-11-20",
    )
    assert shown.choices["black"] == ["micro", "nano", "multi"]


@pytest.mark.parametrize(
    ("status", "possible"), [("active", True), ("suspended", True), ("unopened", False), ("terminated", False)]
)
def test_a_suspended_line_may_have_a_new_sim(catalogue, status, possible):
    phone = made("docomo", "voice")
    Line.objects.filter(pk=phone.pk).update(status=status)
    if not possible:
        with pytest.raises(NotPossible, match="この回線は「"):
            place(phone, CODE, **SHIPPED)
        return
    place(phone, CODE, **SHIPPED)
    assert fresh(phone).open_changes == ["sim"]


def test_no_sim_is_shipped_after_the_end_of_the_line(catalogue):
    phone = made("docomo", "voice")
    Line.objects.filter(pk=phone.pk).update(ends_on="2026-11-24")
    with pytest.raises(NotPossible, match="解約となるため"):
        place(phone, CODE, **SHIPPED)
    place(phone, CODE, **{**SHIPPED, "ship_on": "2026-11-24"})


def test_one_reissue_is_open_at_a_time(catalogue):
    phone = made("docomo", "voice")
    first = place(phone, CODE, **SHIPPED)
    with pytest.raises(NotPossible, match=first.request_id):
        place(phone, CODE, **ESIM)
