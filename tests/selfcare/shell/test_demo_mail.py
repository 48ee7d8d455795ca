"""The demo's mailbox: in the demo only, newest first, nothing outside its folder."""

import os
from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives

from selfcare.work.folder_mail import FolderBackend

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def folder(settings, tmp_path: Path) -> Path:
    settings.DEMO = True
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    return tmp_path / "mail"


def send(name: str, *, subject: str, to: str, text: str = "本文です。", html: str = "") -> None:
    message = EmailMultiAlternatives(subject, text, to=[to], headers={"Message-ID": f"<{name}@selfcare.example>"})
    if html:
        message.attach_alternative(html, "text/html")
    FolderBackend().send_messages([message])


def test_outside_the_demo_there_is_no_mailbox(client, folder, settings):
    settings.DEMO = False
    assert client.get("/demo/mail/").status_code == 404
    assert client.get("/demo/mail/any/").status_code == 404


def test_an_empty_mailbox_says_so(client, folder):
    assert "まだメールは送信されていません" in client.get("/demo/mail/").content.decode()


def test_the_newest_mail_comes_first_and_can_be_narrowed_to_an_address(client, folder):
    send("older", subject="認証コードのご案内", to="taro@customer.example")
    send("newer", subject="お申し込みの受付", to="hanako@customer.example")
    os.utime(folder / "older.eml", (1, 1))
    page = client.get("/demo/mail/").content.decode()
    assert page.index("お申し込みの受付") < page.index("認証コードのご案内")
    narrowed = client.get("/demo/mail/", {"to": "TARO@"}).content.decode()
    assert "認証コードのご案内" in narrowed
    assert "お申し込みの受付" not in narrowed


def test_a_mail_is_read_as_text_and_its_html_is_never_run(client, folder):
    send("one", subject="件名", to="a@customer.example", text="コード 1", html="<script>alert(1)</script>")
    page = client.get("/demo/mail/one/").content.decode()
    assert "コード 1" in page
    assert "alert(1)" not in page


def test_a_name_cannot_lead_out_of_the_folder(client, folder):
    folder.mkdir()
    (folder.parent / "outside.eml").write_text("Subject: x\n\nsecret")
    for name in ("../outside", "..%2Foutside", "%2e%2e%2foutside", "missing"):
        assert client.get(f"/demo/mail/{name}/").status_code == 404
