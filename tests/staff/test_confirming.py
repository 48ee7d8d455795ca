"""Between preview and confirm: two hosts, two clicks, two operators, and rows that change meanwhile."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

from selfcare.accounts.models import AuditEvent, Customer
from selfcare.staff.admins.customer_files import CustomerResource
from selfcare.staff.files.previews import run
from selfcare.staff.files.reading import read
from selfcare.staff.models import ImportFile
from selfcare.staff.services import imports
from tests import builders
from tests.selfcare.staff.people import inside, operator_of
from tests.staff.help import DATABASES, confirm, upload

NOUN = "accounts_customer"
CONTENT = "パートナーID,契約者名,郵便番号,住所\nK1,新名称,100-0000,旧住所\nN1,新会社,150-0001,渋谷\n".encode()


@pytest.fixture
def client(clock):
    return inside(operator_of("provisioning"))


@pytest.fixture
def known(clock):
    return builders.customer(partner_id="K1", name="旧名称", address="旧住所")


@pytest.mark.django_db(databases=DATABASES)
class TestOneAfterTheOther:
    def test_a_replayed_confirm_imports_nothing_twice(self, client, known):
        uploaded = upload(client, NOUN, CONTENT)
        confirm(client, NOUN, uploaded)
        Customer.objects.filter(pk=known.pk).update(name="あとから")
        assert "すでに済んだか" in confirm(client, NOUN, uploaded)
        known.refresh_from_db()
        assert known.name == "あとから"
        assert AuditEvent.objects.filter(action="rows.imported").count() == 1

    def test_another_host_confirms_what_the_first_one_previewed(self, client, known):
        """Nothing lies on a disk or in a process: a browser's next request may go anywhere."""
        uploaded = upload(client, NOUN, CONTENT)
        other = inside(operator_of("admin", "op_other"))
        other.cookies = client.cookies
        assert "新規1件、変更1件" in confirm(other, NOUN, uploaded)

    def test_nobody_else_confirms_an_upload(self, client, known):
        uploaded = upload(client, NOUN, CONTENT)
        colleague = inside(operator_of("provisioning", "op_colleague"))
        assert "すでに済んだか" in confirm(colleague, NOUN, uploaded)
        assert not Customer.objects.filter(partner_id="N1").exists()
        assert "取り込みました" in confirm(client, NOUN, uploaded)

    def test_an_upload_is_of_the_rows_that_it_was_previewed_for(self, clock, known):
        client = inside(operator_of("admin"))
        uploaded = upload(client, NOUN, CONTENT)
        for other in ("accounts_contract", "billing_tariff", "numbering_number"):
            answer = client.post(
                f"/admin/{other.replace('_', '/')}/import/", {"name": uploaded.context["token"]}, follow=True
            )
            assert "期限が切れています" in answer.content.decode()
        assert ImportFile.objects.count() == 1

    @pytest.mark.parametrize("token", ["", "nonsense", "00000000-0000-0000-0000-000000000000", "../../etc/passwd"])
    def test_a_token_that_is_no_uploads_changes_nothing(self, client, known, token):
        answer = client.post("/admin/accounts/customer/import/", {"name": token}, follow=True)
        assert "期限が切れています" in answer.content.decode()

    def test_a_stale_preview_is_refused_with_a_new_one(self, client, known):
        uploaded = upload(client, NOUN, CONTENT)
        Customer.objects.filter(pk=known.pk).update(name="だれかの変更")
        told = confirm(client, NOUN, uploaded)
        assert "プレビューのあとに登録内容が変わったため" in told
        assert "だれかの変更" in told
        known.refresh_from_db()
        assert known.name == "だれかの変更"
        assert not Customer.objects.filter(partner_id="N1").exists()
        assert "すでに済んだか" in confirm(client, NOUN, uploaded), "the first preview is over"
        newest = str(ImportFile.objects.get().uuid)
        assert newest in told
        client.post("/admin/accounts/customer/import/", {"name": newest})
        known.refresh_from_db()
        assert known.name == "新名称"

    def test_what_somebody_else_has_stored_meanwhile_is_stale_as_well(self, client, known):
        uploaded = upload(client, NOUN, CONTENT)
        builders.customer(partner_id="N1", name="別の会社")
        assert "プレビューのあとに登録内容が変わったため" in confirm(client, NOUN, uploaded)
        assert Customer.objects.get(partner_id="N1").name == "別の会社"

    def test_without_the_comparison_the_change_would_be_lost(self, client, known):
        """The negative control: the import itself takes whatever it finds."""
        Customer.objects.filter(pk=known.pk).update(name="だれかの変更")
        resource = CustomerResource(actor=operator_of("admin"))
        assert run(resource=resource, table=read(CONTENT), dry=False).changed
        known.refresh_from_db()
        assert known.name == "新名称"

    def test_a_preview_stores_nothing_not_even_a_trace(self, client, known):
        before = AuditEvent.objects.count()
        upload(client, NOUN, CONTENT)
        assert AuditEvent.objects.count() == before


def both(*works: Callable[[], Any]) -> list[Any]:
    """Do these at the same moment; what each returned or raised."""
    results: list[Any] = [None] * len(works)
    ready = threading.Barrier(len(works))

    def one(place: int, work: Callable[[], Any]) -> None:
        try:
            ready.wait()
            results[place] = work()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(n, work)) for n, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_two_hosts_confirming_at_once_store_it_once(clock, known):
    actor = operator_of("provisioning")
    found = imports.preview(resource=CustomerResource(actor=actor), content=CONTENT)
    token = imports.keep(noun="accounts.customer", name="a.csv", content=CONTENT, seen=found.seen, actor=actor)

    def once() -> Any:
        return imports.confirm(
            uuid=str(token), noun="accounts.customer", resource=CustomerResource(actor=actor), actor=actor
        )

    results = both(once, once, once)
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert sum(isinstance(result, imports.UploadGone) for result in results) == 2
    assert AuditEvent.objects.filter(action="rows.imported").count() == 1


@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_without_the_lock_both_would_find_the_upload(clock, known):
    """The negative control: read without a lock, the same upload is there for both."""
    actor = operator_of("provisioning")
    token = imports.keep(noun="accounts.customer", name="a.csv", content=CONTENT, seen="", actor=actor)
    read_both = threading.Barrier(2)

    def careless() -> Any:
        found = ImportFile.objects.filter(uuid=token).first()
        read_both.wait()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM staff_importfile WHERE uuid = %s", [token])
        return found

    assert all(isinstance(result, ImportFile) for result in both(careless, careless))
