"""Query budgets of the lists with files: fifty times the rows cost no query more, and an export has one for all."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Bill, BillLine, CallRate, ClosingRun, OnceCharge, RecurringCharge, VoiceCharge
from billing.taxes import TaxClass
from selfcare import clock as time
from selfcare.accounts.models import User
from selfcare.staff.models import ExportFile
from tests import builders
from tests.selfcare.staff.people import inside, operator_of
from tests.staff.help import DATABASES, export

pytestmark = pytest.mark.django_db(databases=DATABASES)

LISTS = {
    "billing_recurringcharge": 16, "billing_oncecharge": 16, "billing_callrate": 16, "billing_voicecharge": 18,
    "billing_billline": 18, "staff_exportfile": 14,
}  # fmt: skip
FEW, MANY = 2, 100
MONTH = date(2026, 10, 1)


def grow(actor: User, count: int, start: int) -> None:
    voice, _made = ClosingRun.objects.get_or_create(kind="voice", month=MONTH)
    bills, _made = ClosingRun.objects.get_or_create(kind="bills", cycle="month_end", month=MONTH)
    for n in range(start, start + count):
        contract = builders.contract()
        own = {"customer": contract.customer, "contract": contract}
        tax = {"tax_class": TaxClass.STANDARD, "tax_percent": 10}
        RecurringCharge.objects.create(**own, item="x", subject=f"0{n}", started_on=MONTH)
        OnceCharge.objects.create(**own, item="x", words="w", charged_on=MONTH, amount=1, cause=f"c{n}")
        CallRate.objects.create(plan=f"p{n}", kind="xi", unit_price=1, valid_from=MONTH)
        VoiceCharge.objects.create(run=voice, **own, month=MONTH, number=f"0{n}", kind="xi", amount=1, **tax)
        bill = Bill.objects.create(
            run=bills, customer=contract.customer, month=MONTH, cycle="month_end", first_day=MONTH, last_day=MONTH
        )
        BillLine.objects.create(bill=bill, **own, kind="base", words="w", amount=1, **tax)
        ExportFile.objects.create(operator=actor, noun="accounts.customer", kind="csv", created_at=time.real_now())


def asked(client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def test_many_rows_cost_a_list_no_query_more(clock):
    actor = operator_of("admin")
    client = inside(actor)
    paths = {noun: f"/admin/{noun.replace('_', '/')}/" for noun in LISTS}
    grow(actor, FEW, 0)
    before = {noun: asked(client, path) for noun, path in paths.items()}
    grow(actor, MANY - FEW, FEW)
    after = {noun: asked(client, path) for noun, path in paths.items()}
    print("figure: queries of the lists with files:", after)
    assert before == after
    assert {noun: count for noun, count in after.items() if count > LISTS[noun]} == {}


def test_many_rows_cost_an_export_no_query_more(clock):
    actor = operator_of("admin")
    client = inside(actor)
    nouns = [noun for noun in LISTS if noun != "staff_exportfile"]

    def counts() -> dict[str, int]:
        found = {}
        for noun in nouns:
            export(client, noun)
            with CaptureQueriesContext(connection) as queries:
                export(client, noun)
            found[noun] = len(queries)
        return found

    grow(actor, FEW, 0)
    before = counts()
    grow(actor, MANY - FEW, FEW)
    assert counts() == before
