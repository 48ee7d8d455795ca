"""What a list's file says comes back as nothing to do, for every list that takes files, as CSV and as a workbook."""

from datetime import date
from decimal import Decimal

import pytest
from django.contrib import admin

from billing.kinds import CallKind
from billing.models import CallRate, OnceCharge, RecurringCharge, Tariff
from lines.models import Line
from numbering import items
from selfcare.accounts.models import Contract, Customer
from selfcare.staff.files.exporting import ExportingAdmin
from selfcare.staff.files.importing import ImportingAdmin
from tests import builders
from tests.selfcare.staff.people import inside, operator_of
from tests.staff.help import DATABASES, as_csv, export, preview, sheet, table

pytestmark = pytest.mark.django_db(databases=DATABASES)

IMPORTED = {
    "accounts_customer", "accounts_contract", "lines_line", "billing_tariff", "billing_callrate",
    "billing_recurringcharge", "billing_oncecharge",
}  # fmt: skip
ONLY_EXPORTED = {"orders_order", "numbering_number", "billing_billline", "billing_voicecharge"}
#: Names that spreadsheets, encodings and our own guard could spoil.
NAMES = ("=1+1", "'=1+1", "''-x", "+81", "－", "\t=1", "髙﨑～①😀", "改行\nあり", '引用"符', "a,b", " 'x", "007")


@pytest.fixture
def client(clock):
    return inside(operator_of("admin"))


@pytest.fixture
def rows(clock):
    """A few of everything."""
    for name in NAMES:
        builders.customer(name=name, building=name)
    contract = builders.contract(kind=Contract.Kind.MOBILE, functions=["lines.status", "lines.list"], plan="basic")
    builders.line(contract=contract, number="09000000001", shipped_on=date(2026, 4, 1), name="=x", product="0012")
    builders.line(contract=contract, number="07000000002", status=Line.Status.UNOPENED, options={"b": True, "a": 1})
    Tariff.objects.create(plan="basic", item=items.MONTHLY_050, amount=300, valid_from=date(2026, 1, 1))
    Tariff.objects.create(plan="", item="x", amount=0, valid_from=date(2026, 1, 1), valid_until=date(2026, 3, 31))
    CallRate.objects.create(
        plan="basic", kind=CallKind.OTHER, prefix="0570", unit_price=Decimal("10.50"), valid_from=date(2026, 1, 1)
    )
    CallRate.objects.create(plan="basic", kind=CallKind.XI, unit_price=Decimal(20), valid_from=date(2026, 1, 1))
    known = {"customer": contract.customer, "contract": contract, "item": items.MONTHLY_050}
    RecurringCharge.objects.create(**known, subject="05000000001", started_on=date(2026, 4, 1))
    OnceCharge.objects.create(
        **known, words="=訂正", subject="05000000001", charged_on=date(2026, 4, 2), amount=-100, cause="c1",
        corrects=date(2026, 3, 1), reason="誤り",
    )  # fmt: skip


def test_every_list_of_the_specification_has_its_files():
    known = {f"{model._meta.app_label}_{model._meta.model_name}": its for model, its in admin.site._registry.items()}
    assert {noun for noun, its in known.items() if isinstance(its, ImportingAdmin)} == IMPORTED
    exporting = {noun for noun, its in known.items() if isinstance(its, ExportingAdmin)}
    assert exporting >= IMPORTED | ONLY_EXPORTED


@pytest.mark.parametrize("noun", sorted(IMPORTED))
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_is_imported_as_no_change(client, rows, noun, kind):
    content = export(client, noun, kind)
    found = preview(client, noun, content, f"rows.{kind}")
    assert found.problems == []
    assert (found.new, found.changed) == ([], [])
    assert found.unchanged > 0


@pytest.mark.parametrize("noun", sorted(IMPORTED))
def test_a_change_of_a_cell_is_seen(client, rows, noun):
    """The negative control: the round trip would notice."""
    content = table(export(client, noun))
    for row in content:
        row[list(row)[-1]] = "2099-01-01"
    found = preview(client, noun, as_csv(content))
    assert found.wrong + len(found.changed) == len(content)


@pytest.mark.parametrize("noun", sorted(ONLY_EXPORTED))
def test_what_is_only_exported_has_no_import(client, noun):
    if noun == "numbering_number":
        return  # numbers come in by ranges, on a page of their own
    assert client.get(f"/admin/{noun.replace('_', '/')}/import/").status_code in {302, 404}
    assert "ファイルから取り込む" not in client.get(f"/admin/{noun.replace('_', '/')}/").content.decode()


def test_no_cell_is_a_formula(client, rows):
    names = [row["契約者名"] for row in table(export(client, "accounts_customer"))]
    assert "'=1+1" in names
    assert "''=1+1" in names
    assert not [name for name in names if name.startswith(("=", "+", "-", "@", "\t"))]
    cells = [cell for line in sheet(export(client, "accounts_customer", "xlsx")) for cell in line]
    assert not [cell for cell in cells if str(cell).startswith("=")]


def test_telephone_numbers_stay_texts_in_a_workbook(client, rows):
    lines = sheet(export(client, "lines_line", "xlsx"))
    place = lines[0].index("回線電話番号")
    assert {line[place] for line in lines[1:]} == {"09000000001", "07000000002"}


def test_the_list_is_exported_as_it_is_searched_and_filtered(client, rows):
    wanted = Customer.objects.get(name="007")
    found = table(export(client, "accounts_customer", q=wanted.partner_id))
    assert [row["パートナーID"] for row in found] == [wanted.partner_id]
    assert table(export(client, "accounts_customer", kind__exact="personal")) == []
