"""Stored invoices that are lost or damaged, and files that nobody names."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from billing.invoices import files, jobs
from selfcare import clock as time
from selfcare.accounts.models import AuditEvent
from selfcare.work.models import Job

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def stored(bill) -> Path:
    return Path(storages["statements"].path(files.original(bill).stored))


@pytest.mark.parametrize("damage", ["lost", "changed"])
@pytest.mark.parametrize("what", ["pdf", "zip"])
def test_customers_are_told_what_is_safe_and_whom_to_ask(bill, stored, owner, as_user, caplog, damage, what):
    name = f"{bill.customer.partner_id}_INVOICE_202609.pdf" if what == "pdf" else "202609.zip"
    client = as_user(owner)
    assert client.head(f"/billing/files/{name}").status_code == 200
    stored.chmod(0o600)
    stored.unlink() if damage == "lost" else stored.write_bytes(b"%PDF other")
    answer = client.get(f"/billing/files/{name}")
    assert answer.status_code == 503
    told = answer.content.decode()
    for words in ("読み出せませんでした", "金額に変わりはなく", "お問い合わせください"):
        assert words in told
    assert "lost or damaged" in caplog.text
    assert not AuditEvent.objects.filter(action="statement.downloaded").exists()


def test_files_that_no_invoice_names_go_after_a_day(bill, stored):
    storage = storages["statements"]
    names = [storage.save(f"invoices/0{n}/{str(n) * 32}.pdf", ContentFile(b"x")) for n in range(2)]
    other = storage.save("invoices/00/readme.txt", ContentFile(b"x"))
    old = (time.real_now() - timedelta(days=1, minutes=1)).timestamp()
    for path in (stored, Path(storage.path(names[0])), Path(storage.path(other))):
        os.utime(path, (old, old))
    assert jobs.sweep(Job()) == {"without_row": 1}
    # One that is being written, what an invoice names, and what is not ours stay.
    assert [storage.exists(name) for name in (*names, other)] == [False, True, True]
    assert stored.exists()
    assert jobs.sweep(Job()) == {"without_row": 0}
