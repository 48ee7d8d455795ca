"""Applications for クラウド電話 in the demo, one in every stage, made as applicants and operators make them."""

import uuid
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from billing.services import Basket, Fax, IdWish
from numbering.cloud.models import ApplicationDocument, CloudApplication
from numbering.cloud.services.applications import filling, papers, paying, reviewing, sending
from selfcare.accounts.models import User

_NEW_OFFICE = Basket(fax=Fax.OWN, ids=(IdWish(), IdWish(flat_rate=True)), after_hours=1)
_TOKYO = {"area": "03", "site_kind": "lease"}
_ANYWHERE = {"area": "050"}


def make(*, operator: User) -> dict[str, str]:
    """Stage -> token of the applicant's page, for those that have one. Run again it makes nothing."""
    if CloudApplication.objects.filter(mail__endswith="@applicant.example").exists():
        return {}
    tokens = {}
    _application, tokens["draft"] = _filled("さざなみ工務店", "sazanami")
    _application, tokens["applied"] = _sent("株式会社なぎさ印刷", "nagisa")
    reviewed, tokens["reviewing"] = _sent("有限会社はまゆう薬局", "hamayu")
    reviewing.begin(application=reviewed, actor=operator)
    reviewing.accept_document(document=_document(reviewed, "registry"), actor=operator)
    wanted, tokens["wanted"] = _sent("合同会社うみほたる", "umihotaru", number=_TOKYO)
    words = "住所が写っていません。請求書の全体が入るようにお送りください。"
    reviewing.ask_again(application=wanted, wanted={"company_address": words}, actor=operator)
    refused, tokens["refused"] = _sent("株式会社かげろう", "kagero")
    reviewing.refuse(application=refused, reason="登記簿謄本の会社名が、お申し込みと異なりました。", actor=operator)
    withdrawn, tokens["withdrawn"] = _sent("しおかぜ商店", "shiokaze")
    sending.withdraw(application=withdrawn)
    return tokens


def make_opened(*, operator: User) -> str:
    """One that has become a contract, with a login that gets its password by a mailed link; the applicant's token."""
    opened, token = _sent("浜辺 渚", "hamabe", kind="personal")
    for one in opened.documents.all():
        reviewing.accept_document(document=one, actor=operator)
    reviewing.accept(application=opened, actor=operator)
    return token


def _filled(
    name: str, login: str, *, kind: str = "corporate", number: dict[str, str] | None = None
) -> tuple[CloudApplication, str]:
    who: dict[str, Any] = {
        "kind": kind,
        "name": name,
        "kana": "モウシコミシャ",
        "contact_name": "担当 花子" if kind == "corporate" else "",
        "contact_kana": "タントウ ハナコ" if kind == "corporate" else "",
        "postal_code": "100-0001",
        "address": "東京都千代田区架空1-2-3",
        "building": "かもめビル2階",
        "phone": "0312340000",
        "mail": f"{login}@applicant.example",
    }
    application, token = filling.begin(form_key=uuid.uuid4(), basket=_NEW_OFFICE)
    filling.save(application=application, values=who)
    filling.save(application=application, values=number or _ANYWHERE)
    return application, token


def _sent(
    name: str, login: str, *, kind: str = "corporate", number: dict[str, str] | None = None
) -> tuple[CloudApplication, str]:
    application, token = _filled(name, login, kind=kind, number=number)
    for row in papers.open_rows(application):
        papers.receive(row=row, upload=SimpleUploadedFile(f"{row.kind}.png", _paper()))
    paying.choose(application=application, kind=paying.BY_BANK)
    shown = sending.shown_of(sending.quote_of(application))
    sending.submit(application=application, shown=shown, agreed=[])
    return application, token


def _document(application: CloudApplication, kind: str) -> ApplicationDocument:
    return application.documents.get(kind=kind)


def _paper() -> bytes:
    content = BytesIO()
    Image.new("RGB", (210, 297), "white").save(content, "PNG")
    return content.getvalue()
