"""Ways to an application: the address in the browser that began it, and the links of its mails (selfcare links.py).

| counter | key | limit |
| --- | --- | --- |
| apply | address, applications begun | 20 in an hour |
| apply_mail | the typed mail address, and the application: links sent at the applicant's wish | 5 in an hour |
| apply_file | application, files sent | 100 in a day |
| apply_card | application, and address: cards tried at the provider | 10 in an hour |

Mails go to the typed address only, hold nothing that was typed, and say the same whether it is a customer's or not.
"""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from numbering.cloud.models import ApplicationLink, CloudApplication
from selfcare import clock
from selfcare.accounts import context, links
from selfcare.accounts.services import throttle
from selfcare.accounts.services.throttle import Limit
from selfcare.work.outbox import Outgoing, send

APPLY = Limit("apply", 20, timedelta(hours=1))
APPLY_MAIL = Limit("apply_mail", 5, timedelta(hours=1))
APPLY_FILE = Limit("apply_file", 100, timedelta(days=1))
APPLY_CARD = Limit("apply_card", 10, timedelta(hours=1))


def find(token: str) -> CloudApplication | None:
    """The application that a link leads to; None for a token of none, or of one that has been erased."""
    link = links.named(ApplicationLink.objects.select_related("application"), token).first()
    return None if link is None or link.application.erased_at else link.application


def make(application: CloudApplication, *, is_mailed: bool = False) -> links.Link:
    """One more link; the older ones keep working, because they lie in mails that people look for (but `end_mailed`)."""
    link = links.make()
    ApplicationLink.objects.create(
        application=application, token_digest=link.digest, is_mailed=is_mailed, made_at=clock.real_now()
    )
    return link


def end_mailed(application: CloudApplication) -> None:
    """The address was corrected: whoever reads the mails of the other one has no business here. In a transaction."""
    ApplicationLink.objects.filter(application=application, is_mailed=True).delete()


def going_on(application: CloudApplication, token: str) -> str:
    """The token, or a new one where it came by a mail whose links have ended."""
    return token if find(token) else make(application).token


def count_begun() -> None:
    """Count one application, outside its transaction. Raises ValidationError when it is one too many."""
    _count((APPLY, throttle.network(context.current().address)))


def count_mail(application: CloudApplication, mail: str) -> None:
    """Raises ValidationError."""
    _count((APPLY_MAIL, mail.casefold()), (APPLY_MAIL, str(application.pk)))


def count_asked(mail: str) -> None:
    """A link wanted again by whoever typed the address. Raises ValidationError."""
    _count((APPLY, throttle.network(context.current().address)), (APPLY_MAIL, mail.casefold()))


def count_file(application: CloudApplication) -> None:
    """Raises ValidationError."""
    _count((APPLY_FILE, str(application.pk)))


def count_card(application: CloudApplication) -> None:
    """Nobody tries out a list of cards here. Raises ValidationError."""
    address = throttle.network(context.current().address)
    _count((APPLY_CARD, str(application.pk)), (APPLY_CARD, address))


def _count(*counted: tuple[Limit, str]) -> None:
    if throttle.reserve([(limit, throttle.key(limit, part)) for limit, part in counted]) is None:
        raise ValidationError(
            _(
                "短い間に続けて操作されたため、いまは受け付けられません。入力済みの内容は保存されています。"
                "1時間ほど待ってから、もう一度お試しください。"
            ),
            code="limit",
        )


def mail(application: CloudApplication, template: str, **context_: object) -> None:
    """Queue a mail with a link to the application, in the caller's transaction."""
    link = make(application, is_mailed=True)
    send(
        Outgoing(
            template=template,
            to=application.mail,
            context={"code": application.code, **context_},
            secret=link.path("cloud:application"),
            language=application.language,
            customer_id=application.customer_id,
        )
    )
