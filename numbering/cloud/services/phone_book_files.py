"""The phone book as a CSV file: read whole or not at all, shown before it is taken in, and written for spreadsheets."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from numbering.cloud.models import CloudContract, PhoneBookEntry, PhoneBookFile
from numbering.cloud.models.phone_book import MOST_ENTRIES, MOST_NUMBERS
from numbering.cloud.services import phone_book
from numbering.cloud.services.phone_book import Entry
from selfcare import clock, tables, text
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.tables import FileRefused

#: Bytes of a file; 2,000 full rows are less.
LARGEST = 2 * 1024 * 1024
#: Bad rows that the page names one by one.
NAMED = 50
NAME, KANA, MEMO = 60, 80, 200
#: How long a file waits to be taken in (real time).
KEPT = timedelta(days=1)


@dataclass(frozen=True)
class BadRow:
    line: int
    shown: str
    reason: str


@dataclass
class Checked:
    entries: list[Entry] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return bool(self.entries) and not self.bad

    @property
    def named(self) -> list[BadRow]:
        return self.bad[:NAMED]


def heading() -> list[str]:
    return [_("名前"), _("フリガナ"), _("電話番号1"), _("電話番号2"), _("電話番号3"), _("メモ")]


def entry(*, name: str, kana: str, numbers: Sequence[str], memo: str) -> Entry:
    """What was typed or read, as it is kept. Raises ValueError with a message for the person who typed it."""
    name, memo = name.strip(), memo.strip()
    if not name:
        raise ValueError(_("名前を入力してください。"))
    reading = text.kana(kana) if kana.strip() else ""
    if len(name) > NAME or len(reading) > KANA or len(memo) > MEMO:
        raise ValueError(
            _("名前は%(name)d文字、フリガナは%(kana)d文字、メモは%(memo)d文字までです。")
            % {"name": NAME, "kana": KANA, "memo": MEMO}
        )
    digits = tuple(dict.fromkeys(tables.phone_digits(one) for one in numbers if one.strip()))
    if not digits:
        raise ValueError(_("電話番号を1つ以上入力してください。"))
    if len(digits) > MOST_NUMBERS:
        raise ValueError(_("電話番号は%(most)d個までです。") % {"most": MOST_NUMBERS})
    return Entry(name, reading, digits, memo)


def check(content: bytes) -> Checked:
    """Every row of a file, good and bad. Raises FileRefused where the file as a whole cannot be read."""
    checked = Checked()
    for place, (line, read) in enumerate(tables.rows(content, clean=_cell)):
        if place == 0 and tables.bare(read[0]) in {tables.bare(heading()[0]), "name", "氏名"}:
            continue
        if len(checked.entries) + len(checked.bad) >= MOST_ENTRIES:
            raise FileRefused(_("1つのファイルに入れられるのは、%(most)s件までです。") % {"most": f"{MOST_ENTRIES:,}"})
        cells = [*read, *[""] * len(heading())]
        try:
            checked.entries.append(entry(name=cells[0], kana=cells[1], numbers=cells[2:5], memo=cells[5]))
        except ValueError as error:
            checked.bad.append(BadRow(line, cells[0][:40] or cells[2][:20], str(error)))
    if not checked.entries and not checked.bad:
        raise FileRefused(_("ファイルに連絡先がありません。見本の形で入力したCSVファイルを選んでください。"))
    return checked


def _cell(typed: str) -> str:
    """As written: names are not normalised. What an export has defused is as it was before."""
    bare = typed.strip()
    return bare[1:] if bare.startswith("'") and text.csv_cell(bare[1:]) == bare else bare


def keep(*, cloud: CloudContract, checked: Checked, name: str, mode: str, actor: User) -> PhoneBookFile:
    """Store a file without bad rows until its page is confirmed; the user's file before it is forgotten."""
    if not checked.is_good:
        raise ValueError("a file with bad rows is not kept")
    with transaction.atomic():
        PhoneBookFile.objects.filter(user=actor).delete()
        return PhoneBookFile.objects.create(
            cloud=cloud,
            customer_id=cloud.customer_id,
            user=actor,
            name=name[:200],
            mode=mode,
            rows=[[one.name, one.kana, list(one.numbers), one.memo] for one in checked.entries],
            made_at=clock.real_now(),
        )


def take_in(*, cloud: CloudContract, uuid: UUID, actor: User) -> int | None:
    """Enter a kept file, all of it, once; how many entries. None: it was taken in already, or another took its place.

    Raises phone_book.Refused when the book has no room for it; the file is kept.
    """
    with transaction.atomic():
        phone_book.locked(cloud)
        file = PhoneBookFile.objects.filter(uuid=uuid, cloud=cloud, user=actor, taken_in_at=None).first()
        if file is None:
            return None
        replaces = file.mode == PhoneBookFile.Mode.REPLACE
        reason = phone_book.room(len(file.rows) + (0 if replaces else phone_book.held(cloud)))
        if reason:
            raise phone_book.Refused(reason)
        if replaces:
            PhoneBookEntry.objects.filter(cloud=cloud).delete()
        entries = (Entry(name, kana, tuple(numbers), memo) for name, kana, numbers, memo in file.rows)
        count = phone_book.insert(cloud=cloud, entries=entries)
        detail = {"count": count, "mode": file.mode}
        audit.record(action="cloud.phone_book_imported", obj=cloud, detail=detail, actor=actor)
        file.rows, file.taken_in_at = [], clock.real_now()
        file.save(update_fields=["rows", "taken_in_at"])
    return count


def erase_old() -> int:
    """Forget files that nobody has taken in for a day: other people's numbers stand in them; how many."""
    return PhoneBookFile.objects.filter(made_at__lte=clock.real_now() - KEPT).delete()[0]


def export(entries: Sequence[PhoneBookEntry], encoding: str) -> tuple[bytes, int]:
    """The file in "utf-8" (with its mark) or "cp932", and how many characters became 〓."""
    file = io.StringIO()
    csv.writer(file).writerows(_table(entries))
    if encoding == "cp932":
        return text.to_cp932(file.getvalue())
    return ("\ufeff" + file.getvalue()).encode(), 0


def _table(entries: Sequence[PhoneBookEntry]) -> Iterator[list[str]]:
    yield heading()
    for row in entries:
        numbers = [*row.numbers, *[""] * MOST_NUMBERS][:MOST_NUMBERS]
        # Free texts are defused; numbers are digits, in quotes by nobody, and read back with their 0.
        yield [text.csv_cell(row.name), text.csv_cell(row.kana), *numbers, text.csv_cell(row.memo)]
