"""Many SIP password changes from one file: checked on sets, and all of them or none (spec 3).

However many lines a file has, the number of statements is the same.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.forms import ValidationError
from django.utils.translation import gettext as _

from numbering.forms.sip_password import blocked_text, clean_new_password
from numbering.models import Assignment, Credential
from numbering.services import password_check, sip_passwords, timetables
from numbering.services.password_check import BLOCKED, RIGHT, WRONG, Typed
from numbering.services.sip_password_tables import CURRENT, LINE, MOST, NEW, NUMBER, Entry, column_names, read
from selfcare import calendar, text
from selfcare.accounts.models import Contract, User
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.services.batches import Wish
from selfcare.orders.services.drafts import new_draft, refusals

CODE = "numbering.sip_password"
#: Lines that are named where many have the same fault.
_NAMED = 5


@dataclass(frozen=True)
class When:
    """The moment that all changes of a file are made: at once, each service's quietest one, or `at`."""

    quiet: bool = False
    at: datetime | None = None


@dataclass(frozen=True)
class Checked:
    """What a file says: `wishes` when every line is good, else the `bad` lines with all that is wrong with each."""

    count: int
    wishes: list[Wish]
    bad: list[Entry]


def check(*, content: bytes, when: When, now: datetime, actor: User) -> Checked:
    """Read and check a file without storing anything but the count of wrong passwords. Raises FileRefused."""
    entries = read(content)
    _refuse_twins(entries)
    for entry in entries:
        if entry.new:
            entry.new = _checked_new(entry)
    held = _find(entries, actor)
    _refuse_impossible(entries, held, when, now, actor)
    credentials = _verify(entries, held, now)
    bad = [entry for entry in entries if entry.problems]
    return Checked(len(entries), [] if bad else _wishes(entries, held, credentials, when, now), bad)


def _refuse_twins(entries: Sequence[Entry]) -> None:
    """Every line of a number that stands more than once names the others."""
    lines: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.number:
            lines[entry.number].append(entry)
    for twins in lines.values():
        if len(twins) == 1:
            continue
        for entry in twins:
            others = [str(twin.line) for twin in twins[: _NAMED + 1] if twin is not entry][:_NAMED]
            entry.refuse(NUMBER, _("同じ番号が%(lines)s行目にもあります。") % {"lines": "、".join(others)})


def _checked_new(entry: Entry) -> str:
    try:
        return clean_new_password(entry.new)
    except ValidationError as error:
        entry.refuse(NEW, error.messages[0])
        return ""


def _find(entries: Sequence[Entry], actor: User) -> dict[str, Assignment]:
    """The actor's own numbers of the file; somebody else's and those that nobody has are answered alike."""
    wanted = {entry.number for entry in entries if entry.number}
    own = Assignment.objects.visible_to(actor).filter(digits__in=wanted).select_related("contract")
    held = {assignment.digits: assignment for assignment in own}
    for entry in entries:
        if entry.number and entry.number not in held:
            entry.refuse(NUMBER, _("この番号は、ご契約の番号の中に見つかりません。番号をお確かめください。"))
    return held


def _refuse_impossible(
    entries: Sequence[Entry], held: dict[str, Assignment], when: When, now: datetime, actor: User
) -> None:
    """What the single form's page would refuse: function, contract, a change that waits, a number that ends."""
    procedure = procedures.get(CODE)
    moments = _moments(held, when, now)
    drafts: dict[str, Order] = {}
    for number, assignment in held.items():
        drafts[number] = new_draft(
            procedure=procedure, subject=assignment, contract=assignment.contract, now=now, actor=actor
        )
        drafts[number].data = {"at": moments[assignment.contract.service]}
    reasons = refusals(list(drafts.values()), now=now)
    for entry in entries:
        draft = drafts.get(entry.number)
        if draft in reasons:
            entry.refuse(NUMBER, reasons[draft])


def _verify(entries: Sequence[Entry], held: dict[str, Assignment], now: datetime) -> dict[str, Credential]:
    """Check the current passwords of the lines whose numbers are in order; returns the live credentials by number."""
    live = sip_passwords.current(list(held.values()), now=now)
    credentials = {number: live[one.number_id] for number, one in held.items() if one.number_id in live}
    asked = [
        entry
        for entry in entries
        if entry.number in credentials and entry.current and not any(p.column == NUMBER for p in entry.problems)
    ]
    typed = [Typed(held[entry.number], credentials[entry.number], entry.current) for entry in asked]
    for entry, answer in zip(asked, password_check.verify(typed), strict=True):
        if answer == BLOCKED:
            entry.refuse(CURRENT, blocked_text())
        elif answer == WRONG:
            entry.refuse(CURRENT, _("現在のパスワードが正しくありません。"))
        elif answer == RIGHT and entry.new == entry.current:
            entry.refuse(NEW, _("現在のパスワードと同じです。別のパスワードにしてください。"))
    return credentials


def _wishes(
    entries: Sequence[Entry],
    held: dict[str, Assignment],
    credentials: dict[str, Credential],
    when: When,
    now: datetime,
) -> list[Wish]:
    moments = _moments(held, when, now)
    wishes = []
    for entry in entries:
        assignment = held[entry.number]
        data = {
            "number": assignment.digits,
            "at": moments[assignment.contract.service],
            "credential": credentials[entry.number].pk,
        }
        wishes.append(Wish(assignment, data, {"digests": password_check.digests_of(assignment, entry.new)}))
    return wishes


def _moments(held: dict[str, Assignment], when: When, now: datetime) -> dict[str, str]:
    """The booked moment in ISO form for each service, empty for a change at once."""
    services = {assignment.contract.service for assignment in held.values()}
    if when.at is not None:
        return dict.fromkeys(services, calendar.local(when.at).isoformat())
    if not when.quiet:
        return dict.fromkeys(services, "")
    tables = timetables.load(services)
    moments = {}
    for service in services:
        try:
            quiet = tables.quietest(service, now)
        except timetables.NoTimetable:
            # Its numbers are refused with the words of the procedure.
            quiet = now
        moments[service] = "" if quiet <= now else calendar.local(quiet).isoformat()
    return moments


def word_of(column: str) -> str:
    """The column as the list of bad lines calls it."""
    return _("行全体") if column == LINE else column_names()[column]


def changeable(actor: User) -> QuerySet[Assignment]:
    """The actor's numbers on contracts that have the function, at most as many as a file may hold."""
    contracts = Contract.objects.visible_to(actor).with_function(CODE)
    return Assignment.objects.visible_to(actor).filter(contract__in=contracts).order_by("digits")[:MOST]


def sample(numbers: QuerySet[Assignment] | None) -> Iterator[list[str]]:
    """The heading, and a line with empty passwords for each of the numbers."""
    yield list(column_names().values())
    if numbers is not None:
        for digits in numbers.values_list("digits", flat=True).iterator(chunk_size=2000):
            yield [text.csv_cell(digits), "", ""]
