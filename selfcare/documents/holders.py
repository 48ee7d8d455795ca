"""What holds documents where there is no order: an application before there is a customer, a message of an inquiry.

holders.register("cloud_application", title=_("クラウド電話のお申し込み"), page=_page_of)      # AppConfig.ready()

holder = Holder(f"cloud_application:{application.uuid}", None, is_open=lambda: _still_typed(application.pk))
store(upload=upload, kind="cloud.identity", holder=holder)
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

#: A holder's key: what it is, and which one.
KEY_PATTERN = r"^[a-z][a-z_]*:[0-9A-Za-z-]{1,60}$"
_KEY = re.compile(KEY_PATTERN)


@dataclass(frozen=True)
class Holder:
    """One row of another part, as far as its documents are concerned.

    `is_open` is called in the transaction that adds or removes a document: it locks what decides about it (the row,
    or an advisory lock where there is none yet) and says whether documents can still be changed. Whoever closes the
    holder takes the same lock, so what has been checked stays. `customer_id` None: nobody has an account yet, and the
    view has made sure by a token who it is.
    """

    key: str
    customer_id: int | None
    is_open: Callable[[], bool]
    #: Documents at a time.
    most: int = 20

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError(f"{self.key!r} names no holder of documents")


#: From the part of a key after the colon to words and the address of the operators' page; None: nothing to see.
Page = Callable[[str], tuple[str, str] | None]
#: Documents that nobody needs any more, as a condition on Document, at this moment; None: they all stay.
Abandoned = Callable[[datetime], Q]


@dataclass(frozen=True)
class _Registered:
    title: Any
    page: Page
    abandoned: Abandoned | None
    is_secret: bool
    opened_with: str


_registered: dict[str, _Registered] = {}


def register(
    prefix: str,
    *,
    title: Any,
    page: Page,
    abandoned: Abandoned | None = None,
    is_secret: bool = False,
    opened_with: str = "",
) -> None:
    """`prefix` is the part of the keys before the colon, `title` what people call such a holder (lazy).

    The sweep deletes what `abandoned` names, once a day. `is_secret`: the documents are what customers and others
    have told each other (通信の秘密), and no operator finds or opens one. `opened_with`: the right with which operators
    open them, beside those who may open every document.
    """
    _registered[prefix] = _Registered(title, page, abandoned, is_secret, opened_with)


def secret() -> Q:
    """Documents that are not for operators."""
    condition = Q(pk__in=[])
    for prefix, found in sorted(_registered.items()):
        if found.is_secret:
            condition |= Q(holder__startswith=f"{prefix}:")
    return condition


def title_of(key: str) -> str:
    """The prefix itself where nobody has named it."""
    prefix = key.partition(":")[0]
    return str(_registered[prefix].title) if prefix in _registered else prefix


def opened_with(key: str) -> str:
    """The right ("app.codename") that opens this holder's documents; empty where there is none of its own."""
    found = _registered.get(key.partition(":")[0])
    return found.opened_with if found else ""


def page_of(key: str) -> tuple[str, str] | None:
    """Words and address of the operators' page of a holder."""
    prefix, _colon, reference = key.partition(":")
    found = _registered.get(prefix)
    return found.page(reference) if found else None


def abandoned(now: datetime) -> list[Q]:
    """One condition per kind of holder that lets go of documents; each holds for this kind's documents alone."""
    return [
        Q(holder__startswith=f"{prefix}:") & found.abandoned(now)
        for prefix, found in sorted(_registered.items())
        if found.abandoned is not None
    ]
