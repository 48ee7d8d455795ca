"""Every page of the admin: drawn for the groups that work with it, refused to the others, with few queries."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from billing.models import RecurringCharge, Tariff
from numbering.models import Allowance, Number, Timetable
from numbering.services.imports import import_numbers, preview_import
from selfcare import clock as time
from selfcare.accounts import audit
from selfcare.accounts.models import AuditEvent
from selfcare.documents.models import Document
from selfcare.orders.models import Order
from selfcare.shell.models import Notice
from selfcare.staff.groups import GROUPS
from selfcare.work import letters
from selfcare.work.models import Job, Mail
from tests import builders
from tests.selfcare.staff.dial_in import dial_in_rows
from tests.selfcare.staff.lines import lines_rows
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)

#: Noun → groups that may look at it; all of them have list and page but where said.
NOUNS = {
    "accounts_customer": GROUPS,
    "accounts_contract": GROUPS,
    "accounts_user": GROUPS,
    "accounts_auditevent": GROUPS,
    "orders_order": GROUPS,
    "documents_document": ("support", "provisioning", "admin"),
    "work_letter": GROUPS,
    "work_mail": GROUPS,
    "work_job": ("provisioning", "admin"),
    "shell_notice": GROUPS,
    "shell_maintenance": GROUPS,
    "staff_operator": ("admin",),
    "numbering_number": GROUPS,
    "numbering_allowance": GROUPS,
    "numbering_timetable": GROUPS,
    "numbering_voicegroup": GROUPS,
    "numbering_voicecontract": GROUPS,
    "numbering_basenumber": GROUPS,
    "numbering_dialinnumber": GROUPS,
    "numbering_sitenetwork": GROUPS,
    "numbering_reservationcode": GROUPS,
    "numbering_leadtime": GROUPS,
    "orders_specialday": GROUPS,
    "lines_line": GROUPS,
    "lines_lineservice": GROUPS,
    "lines_plan": GROUPS,
    "lines_customercatalogue": GROUPS,
    "lines_carrierorder": ("support", "provisioning", "admin"),
    "lines_carrierhealth": ("support", "provisioning", "admin"),
    "lines_simreissue": ("support", "provisioning", "admin"),
    "lines_stocksim": ("support", "provisioning", "admin"),
    "lines_portin": ("support", "provisioning", "admin"),
    "lines_portout": ("support", "provisioning", "admin"),
    "billing_tariff": GROUPS,
    "billing_recurringcharge": GROUPS,
}


@pytest.fixture
def rows(clock, owner, contract):
    """One of everything; returns the noun's row."""
    now = time.now()
    order = Order.objects.create(
        procedure="lines.suspend", customer=contract.customer, contract=contract, state="held", created_at=now,
        accepted_at=now, due_at=now, trouble="Traceback\nValueError: 異常", actor=owner,
        shown={"ja": {"rows": [{"label": "回線", "new": "停止", "old": "利用中"}], "quote": {"monthly": 1, "once": 0}}},
    )  # fmt: skip
    audit.record(action="order.held", obj=order, detail={"note": "試験"}, actor=owner)
    import_numbers(preview=preview_import(content=b"05000000001"), actor=None)
    number = Number.objects.get()
    return {
        "accounts_customer": contract.customer,
        "accounts_contract": contract,
        "accounts_user": owner,
        "accounts_auditevent": AuditEvent.objects.latest("id"),
        "orders_order": order,
        "documents_document": Document.objects.create(
            customer=contract.customer,
            order=order,
            kind="tests.legal",
            name="登記.pdf",
            content_type="application/pdf",
            size=1,
            sha256="0" * 64,
            stored=f"00/{'0' * 32}",
            uploaded_by=owner,
            uploaded_at=now,
        ),
        "work_letter": letters.queue(
            kind="welcome", customer=contract.customer, contract=contract, reference="office_owner", text={}
        ),
        "work_mail": Mail.objects.create(
            template="order_accepted", to="a@customer.example", created_at=now, next_at=now, state="held"
        ),
        "work_job": Job.objects.create(kind="tests.none", key="one", due_at=now, state="held"),
        "shell_notice": Notice.objects.create(title="お知らせ", shown_from=now),
        "shell_maintenance": None,
        "staff_operator": operator_of("support", "op_listed"),
        "numbering_number": number,
        "numbering_allowance": Allowance.objects.create(contract=contract, customer=contract.customer),
        "numbering_timetable": Timetable.objects.get(service="b2bua"),
        **dial_in_rows(),
        **lines_rows(order),
        "billing_tariff": Tariff.objects.create(item="x", amount=1, valid_from=date(2026, 4, 1)),
        "billing_recurringcharge": RecurringCharge.objects.create(
            customer=contract.customer, contract=contract, item="x", subject="05000000001", started_on=date(2026, 4, 1)
        ),
    }


@pytest.mark.parametrize("group", GROUPS)
def test_each_group_sees_its_nouns_and_no_others(rows, group):
    client = inside(operator_of(group))
    home = client.get("/admin/").content.decode()
    for noun, groups in NOUNS.items():
        listed = reverse(f"admin:{noun}_changelist")
        expected = 200 if group in groups else 403
        assert client.get(listed).status_code == expected, noun
        assert client.get(listed, {"q": "R00000001", "all": ""}).status_code in (expected, 302), noun
        assert (listed in home) == (expected == 200), noun
        if rows[noun] is not None:
            page = client.get(reverse(f"admin:{noun}_change", args=[rows[noun].pk]))
            assert page.status_code == expected, noun


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_pages_are_drawn_in_both_languages_under_the_policy_of_content(rows, language):
    client = inside(operator_of("admin"))
    client.cookies["selfcare_language"] = language
    for noun, row in rows.items():
        for address in [reverse(f"admin:{noun}_changelist")] + (
            [reverse(f"admin:{noun}_change", args=[row.pk])] if row is not None else []
        ):
            answer = client.get(address)
            page = answer.content.decode()
            assert f'<html lang="{language}"' in page
            assert "unsafe-inline" not in answer["Content-Security-Policy"]
            # Nothing on the page needs what the policy forbids.
            for inline in ("<style", "<script>", "style=", "onclick=", "javascript:"):
                assert inline not in page, (address, inline)


def test_nothing_can_be_deleted_and_facts_cannot_be_added(rows):
    client = inside(operator_of("admin"))
    for noun, row in rows.items():
        if row is None:
            continue
        assert client.post(reverse(f"admin:{noun}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403, noun
    for noun in ("orders_order", "work_letter", "work_mail", "work_job", "accounts_auditevent", "accounts_user"):
        assert client.get(reverse(f"admin:{noun}_add")).status_code == 403, noun
        change = reverse(f"admin:{noun}_change", args=[rows[noun].pk])
        assert client.post(change, {"state": "completed", "_save": "1"}).status_code == 403, noun


def test_the_number_of_queries_does_not_grow_with_the_rows(clock, owner, contract, django_assert_max_num_queries):
    client = inside(operator_of("admin"))
    now = time.now()

    def fill() -> None:
        for n in range(8):
            line = builders.line()
            content = f"0500001{line.pk:04}".encode()
            import_numbers(preview=preview_import(content=content), actor=None)
            other = builders.contract()
            user = builders.user(customer=other.customer)
            order = Order.objects.create(
                procedure="lines.suspend", customer=other.customer, contract=other, actor=user, state="held",
                created_at=now, accepted_at=now, due_at=now + timedelta(hours=n),
            )  # fmt: skip
            audit.record(action="order.held", obj=order, actor=user)
            letters.queue(kind="welcome", customer=other.customer, contract=other, reference="x", text={})
            Mail.objects.create(template="t", to="a@b.example", customer=other.customer, created_at=now, next_at=now)

    fill()
    for noun in ("accounts_customer", "accounts_contract", "accounts_user", "accounts_auditevent", "orders_order",
                 "work_letter", "work_mail", "numbering_number", "lines_line"):  # fmt: skip
        listed = reverse(f"admin:{noun}_changelist")
        with django_assert_max_num_queries(20) as first:
            assert client.get(listed).status_code == 200
        fill()
        with django_assert_max_num_queries(len(first.captured_queries)):
            client.get(listed)


def test_the_history_of_a_row_is_the_audit_trail(rows):
    client = inside(operator_of("support"))
    order = rows["orders_order"]
    trail = client.get(client.get(reverse("admin:orders_order_history", args=[order.pk]))["Location"])
    assert trail.status_code == 200
    assert "order.held" in trail.content.decode()


def test_every_label_is_written_for_people(rows):
    """A field without words of its own would show its name in the code."""
    client = inside(operator_of("admin"))
    for noun, row in rows.items():
        for address in [reverse(f"admin:{noun}_changelist")] + (
            [reverse(f"admin:{noun}_change", args=[row.pk])] if row is not None else []
        ):
            page = client.get(address).content.decode()
            labels = re.findall(r"<label[^>]*>([^<]+)</label>", page)
            labels += re.findall(r'<div class="text">(?:<a[^>]*>)?([^<]+)<', page)
            english = [label for label in labels if re.fullmatch(r"[\x20-\x7e]+", label.strip()) and label.strip(": ")]
            assert not set(english) - {"ID", "SIM", "USIM No. / ICCID:"}, (address, english)
