"""Web電話帳: entries that all phones of a contract share, changed one by one; found by name, kana or number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from numbering.cloud.models import CloudContract, PhoneBookEntry
from numbering.cloud.models.phone_book import MOST_ENTRIES
from selfcare import phones, text
from selfcare.accounts import audit
from selfcare.accounts.models import User


class Refused(ValueError):
    """It cannot be; the message is for the person, and nothing has changed."""


@dataclass(frozen=True)
class Entry:
    """Name and memo as written, kana in full-width katakana, numbers as digits (1 to 3)."""

    name: str
    kana: str
    numbers: tuple[str, ...]
    memo: str = ""


def row_of(cloud: CloudContract, entry: Entry) -> PhoneBookEntry:
    """A row to be inserted, with what it is sorted and found by."""
    searched = " ".join([text.search_key(entry.name), text.search_key(entry.kana), *entry.numbers])
    return PhoneBookEntry(
        cloud=cloud,
        customer_id=cloud.customer_id,
        name=entry.name,
        kana=entry.kana,
        numbers=list(entry.numbers),
        memo=entry.memo,
        sort_key=text.search_key(entry.kana or entry.name)[:80],
        searched=searched[:400],
    )


def found(entries: QuerySet[PhoneBookEntry], typed: str) -> QuerySet[PhoneBookEntry]:
    """Entries in which every word is found: in name or kana (hiragana finds katakana), or as a part of a number."""
    for word in typed.split():
        digits = phones.search_digits(word)
        entries = entries.filter(searched__contains=digits or text.search_key(_katakana(word)))
    return entries


def _katakana(word: str) -> str:
    try:
        return text.kana(word)
    except ValueError:
        return word


def held(cloud: CloudContract) -> int:
    return PhoneBookEntry.objects.filter(cloud=cloud).count()


def room(count: int) -> str:
    """Why so many entries are too many; empty when they have room."""
    if count <= MOST_ENTRIES:
        return ""
    return _("電話帳に登録できるのは、1契約あたり%(most)s件までです。") % {"most": f"{MOST_ENTRIES:,}"}


def add(*, cloud: CloudContract, entry: Entry, actor: User) -> PhoneBookEntry:
    """Raises Refused when the book is full."""
    with transaction.atomic():
        locked(cloud)
        reason = room(held(cloud) + 1)
        if reason:
            raise Refused(reason)
        row = row_of(cloud, entry)
        row.save(force_insert=True)
        audit.record(action="cloud.phone_book_added", obj=row, detail={"name": entry.name}, actor=actor)
    return row


def change(*, row: PhoneBookEntry, entry: Entry, actor: User) -> None:
    with transaction.atomic():
        new = row_of(row.cloud, entry)
        fields = ("name", "kana", "numbers", "memo", "sort_key", "searched")
        PhoneBookEntry.objects.filter(pk=row.pk).update(**{name: getattr(new, name) for name in fields})
        audit.record(action="cloud.phone_book_changed", obj=row, detail={"name": entry.name}, actor=actor)


def remove(*, cloud: CloudContract, ids: Sequence[int], actor: User) -> int:
    """How many of these there were; those of other contracts are none."""
    with transaction.atomic():
        count, _kinds = PhoneBookEntry.objects.filter(cloud=cloud, pk__in=list(ids)).delete()
        if count:
            audit.record(action="cloud.phone_book_removed", obj=cloud, detail={"count": count}, actor=actor)
    return count


def locked(cloud: CloudContract) -> None:
    """One writer of a book at a time, so that two cannot pass its limit together."""
    CloudContract.objects.select_for_update(of=("self",)).get(pk=cloud.pk)


def insert(*, cloud: CloudContract, entries: Iterable[Entry]) -> int:
    return len(PhoneBookEntry.objects.bulk_create(row_of(cloud, entry) for entry in entries))
