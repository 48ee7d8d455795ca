"""操作履歴: a company's part of the audit trail, newest first, as its page and its file show it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import calendar
from selfcare.accounts import trail
from selfcare.accounts.models import AuditEvent, User

#: Besides a user's key: who did it was an operator, or nobody.
OPERATORS, SYSTEM = "operators", "system"
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
#: Events that are read, and their things named, at a time.
_CHUNK = 2_000


def _kinds() -> list[tuple[str, Any]]:
    return [("", _("すべて")), *trail.KINDS.items()]


#: Name and ID of everybody who has, or had, a login of the company.
People = Mapping[int, tuple[str, str]]


class Filters(forms.Form):
    """What narrows the list; everything is optional, nonsense is said beside its field and narrows nothing."""

    since = forms.DateField(
        label=gettext_lazy("期間（から）"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("期間（まで）"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    person = forms.ChoiceField(label=gettext_lazy("人"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("種類"), required=False, choices=_kinds)

    def __init__(self, data: QueryDict, *, user: User) -> None:
        super().__init__(data)
        # Who was removed, too: that is whom one looks for.
        self.customer_id = user.customer_id or 0
        everybody = User.objects.filter(customer_id=self.customer_id).order_by("selfcare_id")
        self.people: People = {
            pk: (name or selfcare_id, selfcare_id)
            for pk, name, selfcare_id in everybody.values_list("pk", "name", "selfcare_id")
        }
        person: Any = self.fields["person"]
        known = [(str(pk), selfcare_id) for pk, (_name, selfcare_id) in self.people.items()]
        person.choices = [("", _("すべて")), *known, (OPERATORS, _("オペレーター")), (SYSTEM, _("システム"))]
        self.is_valid()

    def clean_since(self) -> date | None:
        since: date | None = self.cleaned_data["since"]
        return max(since, _FIRST_DAY) if since else None

    def clean_until(self) -> date | None:
        """The last days of the calendar have no day after them."""
        until: date | None = self.cleaned_data["until"]
        return min(until, _LAST_DAY) if until else None

    @property
    def narrows(self) -> bool:
        return any(self.cleaned_data.values())

    def told(self) -> dict[str, str]:
        """For the audit trail itself: the filters by name, a person by his ID."""
        found = {name: str(value) for name, value in self.cleaned_data.items() if value}
        person = found.get("person", "")
        return found | ({"person": self.people[int(person)][1]} if person.isdecimal() else {})

    def narrow(self, events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        wanted = {name: value for name, value in self.cleaned_data.items() if value}
        if "since" in wanted:
            events = events.filter(at__gte=calendar.midnight(wanted["since"]))
        if "until" in wanted:
            events = events.filter(at__lt=calendar.midnight(wanted["until"] + timedelta(days=1)))
        if person := wanted.get("person"):
            events = events.filter(_by(person))
        return events


def _by(person: str) -> Q:
    if person == SYSTEM:
        return Q(actor=None)
    if person == OPERATORS:
        return Q(actor__customer=None, actor__isnull=False)
    # What others did to the user's login, and who failed to get into it, belongs to the user as well.
    return Q(actor=person) | Q(object_type="user", object_id=person)


def of(user: User, filters: Filters) -> QuerySet[AuditEvent]:
    """The events that the user's company reads."""
    actions = trail.shown(filters.cleaned_data.get("kind") or "")
    events = AuditEvent.objects.visible_to(user).filter(action__in=actions)
    return filters.narrow(events)


@dataclass(frozen=True)
class Line:
    """An event in words. `url` is the page of what it is about, where there is one."""

    pk: int
    at: datetime
    actor: str
    actor_id: str
    address: str
    text: str
    thing: str
    url: str
    changes: list[trail.Change]
    reference: str


def lines(events: Sequence[Any], filters: Filters) -> list[Line]:
    """One page of events, with one question for each kind of thing that they are about."""
    names = trail.named(filters.customer_id, {(event.object_type, event.object_id) for event in events})
    # Translated once for all of them: the same words come again and again.
    title = cache(trail.fixed_title)
    nobody, operators = _("システム"), _("オペレーター")

    def line(event: Any) -> Line:
        is_operators = event.actor_id is not None and event.actor_id not in filters.people
        actor, actor_id = filters.people.get(event.actor_id, (operators if is_operators else nobody, ""))
        thing, url = names.get((event.object_type, event.object_id), ("", ""))
        return Line(
            pk=event.pk,
            at=event.at,
            actor=actor,
            actor_id=actor_id,
            # Where operators sit is not for companies.
            address="" if is_operators else event.address or "",
            text=title(event.action) or trail.title(event.action, event.detail),
            thing=thing,
            url=url,
            changes=trail.changes(event.action, event.detail) if event.detail else [],
            reference="" if is_operators else event.request_id,
        )

    return [line(event) for event in events]


COLUMNS = (
    gettext_lazy("日時"),
    gettext_lazy("操作者"),
    gettext_lazy("セルフケアID"),
    gettext_lazy("接続元"),
    gettext_lazy("操作"),
    gettext_lazy("対象"),
    gettext_lazy("変更の内容"),
    gettext_lazy("参照番号"),
)


#: What a line is made of: whole rows of a hundred thousand events cost twice the time.
_READ = ("pk", "at", "actor_id", "address", "action", "detail", "object_type", "object_id", "request_id")


def csv_rows(events: QuerySet[AuditEvent], filters: Filters) -> Iterator[list[str]]:
    """The same as rows of text, header first, read by a cursor of the database."""
    yield [str(column) for column in COLUMNS]
    every = events.order_by("-id").values_list(*_READ, named=True).iterator(chunk_size=_CHUNK)
    while chunk := list(islice(every, _CHUNK)):
        for line in lines(chunk, filters):
            yield [
                calendar.local(line.at).strftime("%Y-%m-%d %H:%M:%S JST"),
                line.actor, line.actor_id, line.address, line.text, line.thing, told(line.changes), line.reference,
            ]  # fmt: skip


def told(changes: Iterable[trail.Change]) -> str:
    """Changes in one cell."""
    return " / ".join(
        f"{change.label}: {change.old} → {change.new}" if change.has_old else f"{change.label}: {change.new}"
        for change in changes
    )
