"""The operators' pages of IP Voice: drawn for the groups that work with them, with few queries, whatever is typed."""

import pytest
from django.urls import reverse

from numbering.dial_in.models import BaseNumber, LeadTime, ReservationCode, VoiceContract, VoiceGroup
from numbering.models import Assignment, FreeNumber, Number
from selfcare.accounts.models import AuditEvent
from selfcare.staff.groups import GROUPS
from tests.numbering.dial_in import parts, staging
from tests.numbering.dial_in.by_date import fresh
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)

WORKS = "admin:numbering_voicecontract_works"


@pytest.fixture
def base(clock):
    made = staging.base(clock)
    parts.dial_ins(made, 2)
    parts.reservation(made.voice_contract.contract, 3)
    return made


@pytest.fixture
def client(clock):
    return inside(operator_of("provisioning"))


def rows(base):
    """One of every noun."""
    return {
        "numbering_voicegroup": base.voice_contract.group,
        "numbering_voicecontract": base.voice_contract,
        "numbering_basenumber": base,
        "numbering_dialinnumber": base.dial_ins.first(),
        "numbering_sitenetwork": base.voice_contract.networks.first(),
        "numbering_reservationcode": ReservationCode.objects.get(),
        "numbering_leadtime": LeadTime.objects.get(content="port"),
    }


#: As the browser sends it for the contracts that a group's page lists.
LISTED = {"voice_contracts-TOTAL_FORMS": "0", "voice_contracts-INITIAL_FORMS": "0"}


def add(client, noun, **data):
    return client.post(reverse(f"admin:{noun}_add"), {**data, **LISTED, "_save": "1"})


def do(client, row, name, **data):
    noun = f"{row._meta.app_label}_{row._meta.model_name}"
    return client.post(reverse(f"admin:{noun}_operate", args=[row.pk, name]), data)


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_reads_and_only_those_who_provision_change(base, group):
    client = inside(operator_of(group))
    home = client.get("/admin/").content.decode()
    for noun, row in rows(base).items():
        listed, page = reverse(f"admin:{noun}_changelist"), reverse(f"admin:{noun}_change", args=[row.pk])
        assert listed in home
        assert client.get(listed).status_code == client.get(page).status_code == 200
        assert client.post(reverse(f"admin:{noun}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
        may_add = group in ("provisioning", "admin") and noun in ("numbering_voicegroup", "numbering_voicecontract")
        assert client.get(reverse(f"admin:{noun}_add")).status_code == (200 if may_add else 403)
    assert client.get(reverse(WORKS)).status_code == 200
    may = 200 if group in ("provisioning", "admin") else 403
    assert client.get(reverse("admin:numbering_reservationcode_make")).status_code == may
    assert do(client, base.voice_contract, "base", digits="0312340001").status_code == (302 if may == 200 else 403)


def test_a_group_a_contract_and_a_base_number_are_entered(client, clock):
    contract = parts.contract()
    typed = {"code": "vg000118", "contract": contract.number, "name": "東京"}
    assert add(client, "numbering_voicegroup", **typed).status_code == 302
    group = VoiceGroup.objects.get()
    assert (group.code, group.contract, group.customer) == ("VG000118", contract, contract.customer)
    typed = {"number": "n000000118", "group": "VG000118", "service_type": "universal", "emergency_calls": "on"}
    assert add(client, "numbering_voicecontract", **typed, name="本社").status_code == 302
    site = VoiceContract.objects.get()
    assert (site.number, site.group, site.customer) == ("N000000118", group, contract.customer)
    assert do(client, site, "base", digits="03-1234-0001").status_code == 302
    base = BaseNumber.objects.get()
    assert (base.digits, base.kind, base.area) == ("0312340001", "0abj", "03")
    held = Assignment.objects.get(number=base.number)
    assert (held.state, held.origin, held.is_voice, held.contract) == ("active", "original", True, contract)
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"voicegroup.created", "voicecontract.created", "basenumber.created"} <= actions


def test_a_base_number_comes_out_of_the_pool(client, base):
    digits = FreeNumber.objects.latest("pk").number.digits
    assert do(client, base.voice_contract, "base", digits=digits).status_code == 302
    assert not FreeNumber.objects.filter(number__digits=digits).exists()
    assert BaseNumber.objects.get(digits=digits).voice_contract == base.voice_contract


@pytest.mark.parametrize(
    ("digits", "area", "text"),
    [
        ("", "", "errorlist"),
        ("03-12", "", "errorlist"),
        ("<script>", "", "errorlist"),
        ("0312340001\x00", "", "errorlist"),
        ("0312340001", "x", "市外局番は0から"),
        ("used", "", "すでに予約または利用されています"),
        ("reserved", "", "すでに予約または利用されています"),
        ("blocked", "", "使用不可"),
    ],
)
def test_what_cannot_be_a_base_number_is_said(client, base, digits, area, text):
    Number.objects.filter(pk=parts._numbers(1, kind="0abj", area="03", first="312349999")[0].pk).update(
        unusable_reason="迷惑電話"
    )
    known = {
        "used": base.digits,
        "reserved": Assignment.objects.filter(reservation__isnull=False)[0].digits,
        "blocked": "0312349999",
    }
    answer = do(client, base.voice_contract, "base", digits=known.get(digits, digits), area=area)
    assert text in answer.content.decode()
    assert BaseNumber.objects.count() == 1


def test_what_a_group_and_a_contract_are_stays(client, base):
    other = parts.contract()
    group, site = base.voice_contract.group, base.voice_contract
    client.post(
        reverse("admin:numbering_voicegroup_change", args=[group.pk]),
        {**LISTED, "code": "XXXX", "contract": other.number, "name": "大阪", "_save": "1"},
    )
    assert (fresh(group).code, fresh(group).contract, fresh(group).name) == (group.code, group.contract, "大阪")
    typed = {"number": "N999999999", "service_type": "smart_pbx", "name": "新", "works": "7", "_save": "1"}
    client.post(reverse("admin:numbering_voicecontract_change", args=[site.pk]), typed)
    changed = fresh(site)
    assert (changed.number, changed.works, changed.service_type) == (site.number, 0, "smart_pbx")


@pytest.mark.parametrize("days", ["0", "251", "", "x", "-1"])
def test_lead_times_are_days_of_a_year(client, base, days):
    row = LeadTime.objects.get(content="port")
    page = reverse("admin:numbering_leadtime_change", args=[row.pk])
    assert client.post(page, {"business_days": days}).status_code == 200
    assert fresh(row).business_days == row.business_days
    assert client.post(page, {"business_days": "12", "content": "move"}).status_code == 302
    assert (fresh(row).business_days, fresh(row).content) == (12, "port")
    assert AuditEvent.objects.get(action="leadtime.changed").detail == {"business_days": [row.business_days, 12]}


def test_a_code_is_made_looked_at_prolonged_and_withdrawn(client, base):
    address = reverse("admin:numbering_reservationcode_make")
    typed = {"contract": base.voice_contract.contract.number, "kind": "0abj", "area": "０３", "count": "5",
             "valid_until": "2026-12-31", "note": "見積"}  # fmt: skip
    assert client.get(address).context["stock"] == [("03", 20)]
    made = client.post(address, typed)
    code = ReservationCode.objects.latest("pk")
    assert made["Location"] == reverse("admin:numbering_reservationcode_change", args=[code.pk])
    page = client.get(made["Location"]).content.decode()
    assert "03-2000-0000～03-2000-0004（5番号）" in page
    assert "利用可" in page
    assert do(client, code, "prolong", valid_until="2027-01-31").status_code == 302
    assert do(client, code, "withdraw", reason="見直し").status_code == 302
    page = client.get(made["Location"]).content.decode()
    assert "取下げ" in page
    assert "/do/" not in page
    for state, count in {"open": 1, "withdrawn": 1, "used": 0, "expired": 0}.items():
        listed = client.get(reverse("admin:numbering_reservationcode_changelist"), {"state": state})
        assert len(listed.context["cl"].result_list) == count, state


@pytest.mark.parametrize(
    "wrong",
    [{"contract": "C9"}, {"contract": ""}, {"kind": "x"}, {"area": ""}, {"area": "3"}, {"kind": "050"}, {"count": "0"},
     {"count": "21"}, {"count": "2001"}, {"valid_until": "2026-11-19"}, {"valid_until": "9999-12-31"},
     {"note": "x" * 201}, {"contract": "\x00"}],
)  # fmt: skip
def test_wrong_codes_are_said_and_nothing_is_kept(client, base, wrong):
    typed = {"contract": base.voice_contract.contract.number, "kind": "0abj", "area": "03", "count": "5",
             "valid_until": "2026-12-31", **wrong}  # fmt: skip
    answer = client.post(reverse("admin:numbering_reservationcode_make"), typed)
    assert answer.status_code == 200
    assert "errornote" in answer.content.decode()
    assert ReservationCode.objects.count() == 1
    assert FreeNumber.objects.count() == 20


@pytest.mark.parametrize("word", ["", "N000000001", "03", "0320", "x", "\u3000", "'; --", "%", "N" * 500, "０３２０"])
def test_lists_are_searched_with_anything(client, base, word):
    for noun in rows(base):
        assert client.get(reverse(f"admin:{noun}_changelist"), {"q": word}).status_code == 200, noun


def test_dial_in_numbers_are_found(client, base):
    def listed(word):
        answer = client.get(reverse("admin:numbering_dialinnumber_changelist"), {"q": word})
        return {row.digits for row in answer.context["cl"].result_list}

    digits = set(base.dial_ins.values_list("digits", flat=True))
    parts.dial_ins(parts.base(), 2)
    assert listed(base.voice_contract.number) == listed(base.digits) == digits
    one = min(digits)
    assert listed(one) == {one}
    assert listed(one[:8]) >= {one}


def test_the_number_of_queries_does_not_grow(client, clock, base, django_assert_max_num_queries):
    def fill():
        for _one in range(4):
            made = parts.base()
            parts.free(3)
            parts.dial_ins(made, 3)
            parts.network(made.voice_contract)
            parts.reservation(made.voice_contract.contract, 2)
            parts.open_work(made.voice_contract, clock.set(staging.ORDERED))

    fill()
    pages = [reverse(f"admin:{noun}_changelist") for noun in rows_of_lists()] + [reverse(WORKS), "/admin/"]
    for page in pages:
        with django_assert_max_num_queries(50) as first:
            assert client.get(page).status_code == 200
        fill()
        with django_assert_max_num_queries(len(first.captured_queries)):
            client.get(page)


def rows_of_lists():
    nouns = ("voicegroup", "voicecontract", "basenumber", "dialinnumber", "sitenetwork", "reservationcode", "leadtime")
    return [f"numbering_{noun}" for noun in nouns]
