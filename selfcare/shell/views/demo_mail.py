"""The demo's mailbox: what the portal has sent, readable by whoever tries it. In the demo only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import wraps
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import strip_tags
from django.views.decorators.http import require_safe

#: The list shows the newest; the folder keeps all.
LISTED = 100
View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class MailFile:
    """One file of the folder. `text` is the plain part; where there is none, the HTML part without its tags."""

    name: str
    sent_at: datetime
    to: str
    sender: str
    subject: str
    text: str
    #: Names of the attachments; the files themselves are not shown to whoever opens the demo.
    files: list[str]


def demo_only(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def _folder() -> Path:
    return Path(settings.EMAIL_FILE_PATH or settings.VAR / "mail")


def _read(path: Path) -> MailFile:
    message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    return MailFile(
        name=path.stem,
        sent_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        to=str(message["To"] or ""),
        sender=str(message["From"] or ""),
        subject=str(message["Subject"] or ""),
        text=_text(message),
        files=[part.get_filename() or "" for part in message.iter_attachments()],
    )


def _text(message: EmailMessage) -> str:
    plain = message.get_body(("plain",))
    if plain is not None:
        return str(plain.get_content())
    html = message.get_body(("html",))
    return strip_tags(str(html.get_content())).strip() if html is not None else ""


@require_safe
@demo_only
def mails(request: HttpRequest) -> HttpResponse:
    """Newest first; `to` narrows the list to one address."""
    paths = sorted(_folder().glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)
    address = request.GET.get("to", "").strip().casefold()
    found = [mail for mail in map(_read, paths[:LISTED]) if address in mail.to.casefold()]
    return render(request, "demo/mails.html", {"mails": found, "to": address, "total": len(paths)})


@require_safe
@demo_only
def mail(request: HttpRequest, name: str) -> HttpResponse:
    # Compared with what lies there, never joined to a path: a name cannot lead out of the folder.
    path = next((path for path in _folder().glob("*.eml") if path.stem == name), None)
    if path is None:
        raise Http404
    return render(request, "demo/mail.html", {"mail": _read(path)})
