"""Much of クラウド電話: a number's faxes, and what operators list of many contracts. As crowd.py has it: `count` rows
more, `start` keeps apart what is unique."""

import uuid
from typing import Any

from django.db import connection

from numbering.cloud.models import ApplicationStage, CloudApplication, CloudNumber, Use
from selfcare import clock
from selfcare.accounts.models import User
from selfcare.documents.models import Document
from tests.numbering.cloud import parts


def _run(statement: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def faxes(number: CloudNumber, user: User, count: int, start: int = 0) -> None:
    """So many that came, all with one file, and so many that were sent, one in two of them in vain."""
    document = Document.objects.filter(kind="tests.fax").first() or Document.objects.create(
        holder="cloud_fax:tests", kind="tests.fax", name="fax.pdf", content_type="application/pdf", size=1,
        sha256="0" * 64, stored=f"00/{uuid.uuid4().hex}", uploaded_at=clock.now(),
    )  # fmt: skip
    values = {"number": number.pk, "customer": number.customer_id, "now": clock.now(), "start": start, "count": count}
    _run(
        "INSERT INTO numbering_faxreceived (uuid, gateway_id, number_id, customer_id, sender, pages, document_id,"
        " state, is_read, arrived_at, tries)"
        " SELECT gen_random_uuid(), %(number)s || '-' || n, %(number)s, %(customer)s, '0300000000', 1, %(document)s,"
        "  'ready', n %% 2 = 0, %(now)s, 1 FROM generate_series(%(start)s + 1, %(start)s + %(count)s) n",
        document=document.pk, **values,
    )  # fmt: skip
    _run(
        "INSERT INTO numbering_faxsent (uuid, number_id, customer_id, \"to\", text, state, reason, pages, attempt_no,"
        " sent_by_id, created_at, ended_at, tries)"
        " SELECT gen_random_uuid(), %(number)s, %(customer)s, '0300000000', 'x',"
        "  CASE WHEN n %% 2 = 0 THEN 'failed' ELSE 'sent' END, CASE WHEN n %% 2 = 0 THEN 'busy' ELSE '' END, 1, 1,"
        "  %(user)s, %(now)s, %(now)s, 1 FROM generate_series(%(start)s + 1, %(start)s + %(count)s) n",
        user=user.pk, **values,
    )  # fmt: skip


def contracts(count: int, start: int = 0) -> None:
    """Each with a customer, numbers, IDs, a device, faxes both ways and the application that it began with; and as
    many applications that wait."""
    now = clock.now()
    opened, wait = ApplicationStage.OPENED, ApplicationStage.APPLIED
    for n in range(start, start + count):
        cloud = parts.cloud()
        faxes(parts.number(cloud, use=Use.FAX), parts.member(cloud), 1)
        parts.device(parts.ids(cloud)[0])
        common = {"kind": "corporate", "mail": f"a{n}@customer.example", "created_at": now, "saved_at": now}
        CloudApplication.objects.create(
            form_key=uuid.uuid4(), stage=opened, submitted_at=now, contract=cloud.contract, customer=cloud.customer,
            **common,
        )  # fmt: skip
        CloudApplication.objects.create(form_key=uuid.uuid4(), stage=wait, submitted_at=now, **common)
