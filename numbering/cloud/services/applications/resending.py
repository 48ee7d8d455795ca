"""The link once more, to the address that it went to before. Whether there is an application only that mail tells."""

import base64
import json
import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from numbering.cloud.models import ApplicationStage, CloudApplication
from numbering.cloud.services.applications import links
from selfcare import vault
from selfcare.accounts.services.passwords import open_asked
from selfcare.work import jobs
from selfcare.work.models import Job

#: Applications of one address that get a link at a time.
MOST = 5
_OPEN = (
    ApplicationStage.DRAFT, ApplicationStage.APPLIED, ApplicationStage.REVIEWING, ApplicationStage.WANTED,
    ApplicationStage.OPENED,
)  # fmt: skip


def ask(*, mail: str) -> None:
    """The same work for every address: the look-up and the mails are a worker's. Raises ValidationError (too often)."""
    links.count_asked(mail)
    key = str(uuid.uuid4())
    sealed = vault.seal(json.dumps({"mail": mail}), context=f"work.job:payload:{key}")
    jobs.enqueue(kind="cloud.send_links", key=key, payload={"sealed": base64.b64encode(sealed).decode()})


def told() -> str:
    return _(
        "入力されたメールアドレスで進行中のお申し込みがあるときは、リンクをお送りしました。"
        "数分たっても届かないときは、アドレスと迷惑メールフォルダーをご確認ください。"
    )


@jobs.job("cloud.send_links")
def send_links(row: Job) -> None:
    mail = open_asked(row)["mail"]
    found = CloudApplication.objects.filter(mail__iexact=mail, stage__in=_OPEN).order_by("-pk")
    with transaction.atomic():
        for application in found[:MOST]:
            links.mail(application, "cloud_application_link")
