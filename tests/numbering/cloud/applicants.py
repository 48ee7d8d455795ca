"""People who apply for クラウド電話, as far as they have got; and what operators answer."""

import uuid
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from billing.services import Basket
from numbering.cloud.models import ApplicationDocument, CloudApplication
from numbering.cloud.services.applications import filling, papers, sending

COMPANY = {
    "kind": "corporate",
    "name": "有限会社いそべ設計",
    "kana": "イソベセッケイ",
    "contact_name": "磯部 涼",
    "contact_kana": "イソベ リョウ",
    "postal_code": "100-0001",
    "address": "東京都千代田区千代田1-1",
    "building": "",
    "phone": "0312345678",
    "mail": "isobe@applicant.example",
    "agency_code": "",
}
PERSON = COMPANY | {
    "kind": "personal",
    "name": "浜辺 渚",
    "kana": "ハマベ ナギサ",
    "contact_name": "",
    "contact_kana": "",
    "mail": "nagisa@applicant.example",
}
ANYWHERE = {"area": "050"}
IN_TOKYO = {"area": "03", "site_kind": "lease"}


def picture() -> bytes:
    content = BytesIO()
    Image.new("RGB", (8, 8), "white").save(content, "PNG")
    return content.getvalue()


def upload(name: str = "登記簿.png", content: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or picture())


def begun(*, basket: Basket | None = None) -> tuple[CloudApplication, str]:
    """A draft and the token of its page."""
    return filling.begin(form_key=uuid.uuid4(), basket=basket or Basket())


def filled(
    who: dict[str, Any] | None = None, number: dict[str, Any] | None = None, *, basket: Basket | None = None
) -> tuple[CloudApplication, str]:
    """A draft with everything but its documents."""
    application, token = begun(basket=basket)
    filling.save(application=application, values=who or COMPANY)
    filling.save(application=application, values=number or ANYWHERE)
    return application, token


def send_documents(application: CloudApplication) -> None:
    for row in papers.open_rows(application):
        papers.receive(row=row, upload=upload())


def sent(
    who: dict[str, Any] | None = None, number: dict[str, Any] | None = None, *, basket: Basket | None = None
) -> tuple[CloudApplication, str]:
    """An application that waits for its review."""
    application, token = filled(who, number, basket=basket)
    send_documents(application)
    submit(application)
    return application, token


def submit(application: CloudApplication) -> None:
    sending.submit(application=application, shown=sending.shown_of(sending.quote_of(application)), agreed=["ok"])


def document(application: CloudApplication, kind: str) -> ApplicationDocument:
    return application.documents.get(kind=kind)
