"""Files that go with a mail: read when it goes out, so that the outbox keeps which they are and never what is in them.

attachments.register("cloud_fax_received", fax_mails.load)      # AppConfig.ready(); by template
send(Outgoing(template="cloud_fax_received", to=to, context={"attach": str(fax.uuid), ...}))
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from selfcare.work.models import Mail

#: In a mail's context: which file, in the words of its template's loader. Such mails are not gathered.
KEY = "attach"


@dataclass(frozen=True)
class File:
    """`name` is ours, in ASCII and without a path: what somebody else has called it goes into no header."""

    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class Carried:
    """What goes with one mail. `told` is added to its context, so that the text says what is there and what is not."""

    file: File | None = None
    told: dict[str, Any] = field(default_factory=dict)


#: Called for each try, outside any transaction. It looks once more at who the mail is for, and raises nothing about a
#: file that is gone: the mail goes out without it.
Loader = Callable[[Mail], Carried]

_loaders: dict[str, Loader] = {}


def register(template: str, load: Loader) -> None:
    _loaders[template] = load


def is_asked(mail: Mail) -> bool:
    return KEY in mail.context and mail.template in _loaders


def carried(mail: Mail) -> Carried:
    return _loaders[mail.template](mail) if is_asked(mail) else Carried()
