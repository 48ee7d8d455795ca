"""What was issued stays: one file for each bill and revision, known by its hash, whoever comes at the same time."""

from datetime import date
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models.deletion import ProtectedError

from billing.invoices import document, files, names
from billing.models import Bill, InvoiceFile
from selfcare.work.pdf import Made

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def stored() -> list[Path]:
    return [path for path in Path(storages["statements"].path("")).rglob("*") if path.is_file()]


def as_application(statement: str) -> None:
    """As the portal's processes are; in tests they share the owner's connection otherwise."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE selfcare_app")
        cursor.execute(statement)
        cursor.execute("RESET ROLE")


def test_the_first_rendering_is_the_invoice_ever_after(bill):
    first = files.original(bill)
    assert files.content(first).startswith(b"%PDF-1.7")
    assert (first.size, first.revision, first.made_by) == (len(files.content(first)), 0, None)
    assert files.original(bill) == first
    assert len(stored()) == 1
    assert files.pdf_of(bill.customer_id, bill.month) == first
    assert files.pdf_of(bill.customer_id, bill.month, "25") is None
    assert files.pdf_of(bill.customer_id + 1, bill.month) is None


def test_whoever_is_second_keeps_nothing(bill):
    """Two workers that both found no file yet: the row of the first one stands, the second one's file goes."""
    first = files._keep(InvoiceFile(bill=bill), Made(b"%PDF first", 1))
    second = files._keep(InvoiceFile(bill=bill), Made(b"%PDF second", 1))
    assert second == first
    assert files.content(second) == b"%PDF first"
    assert [path.read_bytes() for path in stored()] == [b"%PDF first"]


def test_a_reissue_is_a_file_of_its_own(bill, operator):
    first = files.original(bill)
    reissue = document.Reissue(1, date(2026, 11, 20))
    again = files.reissued(bill, reissue=reissue, reason="紛失のため", actor=operator)
    assert files.reissued(bill, reissue=reissue, reason="紛失のため", actor=operator) == again
    assert files.content(again) != files.content(first)
    assert [file.revision for file in files.of_bill(bill)] == [0, 1]
    assert files.name_of(again) == f"{bill.customer.partner_id}_INVOICE_202609_R1.pdf"


def test_the_application_can_neither_change_nor_delete_what_was_issued(bill):
    files.original(bill)
    for statement in ("UPDATE billing_invoicefile SET sha256 = repeat('0', 64)", "DELETE FROM billing_invoicefile"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            as_application(statement)
    as_application("SELECT id FROM billing_invoicefile")  # the role is what is refused, not the way
    with pytest.raises((ProtectedError, IntegrityError)):
        bill.delete()


def test_a_file_that_is_not_what_was_issued_is_not_served(bill):
    file = files.original(bill)
    path = stored()[0]
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(files.Damaged, match="not what was issued"):
        files.content(file)
    path.unlink()
    with pytest.raises(files.Damaged, match="cannot be read"):
        files.content(file)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"stored": "../etc/passwd"}, "invoice_file_stored_random"),
        ({"sha256": "x" * 64}, "invoice_file_sha256"),
        ({"size": 0}, "invoice_file_has_content"),
        ({"reason": "訂正"}, "invoice_file_reissued_by_somebody"),
        ({"revision": 1}, "invoice_file_reissued_by_somebody"),
    ],
)
def test_the_database_keeps_out_what_is_no_file(bill, fields, constraint):
    good = {"stored": f"invoices/00/{'0' * 32}.pdf", "sha256": "0" * 64, "size": 1, "pages": 1, "bill": bill}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        InvoiceFile.objects.create(**{**good, **fields})
    assert InvoiceFile.objects.create(**good).pk


def test_names_are_the_customers_own_or_nobodys(bill):
    partner_id = bill.customer.partner_id
    name = names.pdf_file(partner_id, bill.month)
    assert name == f"{partner_id}_INVOICE_202609.pdf"
    assert names.read(partner_id, name) == names.Named(date(2026, 9, 1), "month_end", 0)
    of_cycle = names.pdf_file(partner_id, bill.month, "25", 3)
    assert names.read(partner_id, of_cycle) == names.Named(date(2026, 9, 1), "25", 3)
    for other in (
        f"X{name}",
        name.replace("09.pdf", "13.pdf"),
        name.replace(".pdf", ".csv"),
        f"{name}\n",
        f"../{name}",
        name.replace(".pdf", "_R0.pdf"),
        "",
    ):
        assert names.read(partner_id, other) is None, other
    assert files.find(bill.customer, "P_INVOICE_202609.pdf") is None
    assert files.find(bill.customer, name) == (names.Named(date(2026, 9, 1), "month_end", 0), None)


def test_bills_of_open_runs_have_no_file(bill):
    assert Bill.objects.filter(invoice_files__isnull=False).count() == 0
