"""Which way dial-in numbers can be added on a voice contract (spec 5.1). Pure: facts in, way with its reasons out.

The questions stand in the order of the spec's table, and the first yes decides. What the contract says already is
answered by the portal; what only the customer knows is asked, and only where it could change the way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db import models
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.dial_in.contents import MANY
from numbering.dial_in.models import VoiceContract

Service = VoiceContract.ServiceType
#: Where geographic numbers always need construction.
CONSTRUCTED = frozenset({Service.UNIVERSAL_CLOUD, Service.WIRELESS, Service.SMART_PBX})


class Way(models.TextChoices):
    AT_ONCE = "at_once", gettext_lazy("お申し込み直後に開通")
    BY_DATE = "by_date", gettext_lazy("工事日を指定してお申し込み")
    SALES_ONLY = "sales_only", gettext_lazy("担当窓口を通じたお申し込み")
    ENDED = "ended", gettext_lazy("お申し込みいただけません")


class Question(models.TextChoices):
    """The table's questions, in its order; the last two are the rules that stand under it."""

    MEMBERS_NET = "members_net", gettext_lazy("メンバーズネットのご契約ですか？")
    FIRST_ON_SMART_PBX = "first_on_smart_pbx", gettext_lazy("Smart PBXで、0ABJ番号を初めて利用しますか？")
    PORTABILITY = "portability", gettext_lazy("他社の番号を引き継ぎますか？（番号ポータビリティ）")
    CONSTRUCTED = (
        "constructed",
        gettext_lazy("Universal（クラウドプラン）・ワイヤレス・Smart PBXで、0ABJのダイヤルイン番号を追加しますか？"),
    )
    TARGETS = "targets", gettext_lazy("追加する番号で、特定番号通知または転送先特定番号を利用しますか？")
    FIRST_0ABJ = "first_0abj", gettext_lazy("この音声契約で、0ABJ番号を初めて利用しますか？")
    OVER_MANY = "over_many", gettext_lazy("1つの代表（基本契約番号）のもとで、1,000番号を超えますか？")
    WORKS = "works", gettext_lazy("営業経由または工事日指定の、進行中のお申し込みがありますか？")


class Source(models.TextChoices):
    """Who answered."""

    PORTAL = "portal", gettext_lazy("ご契約から確認")
    CUSTOMER = "customer", gettext_lazy("お客さまの回答")


class Asked(StrEnum):
    """What only the customer knows; the names of the answers in Facts."""

    WANTS_0ABJ = "wants_0abj"
    PORTABILITY = "portability"
    TARGETS = "targets"
    OVER_MANY = "over_many"


@dataclass(frozen=True)
class Facts:
    """A voice contract, and what the customer has answered (None: not asked or not answered yet).

    `has_0abj`: it has a geographic number, base or dial-in, in use or coming by an open order. `works_until`: the day
    on which the last open construction is completed; `works_open` may be true without one. `least_held`: how many
    dial-in numbers hang on the base number that has fewest. `wants_0abj` does not say whether 050 numbers are wanted
    as well: no rule asks. A number brought from another company is a geographic one.
    """

    service_type: str
    members_net: bool = False
    has_0abj: bool = False
    is_ended: bool = False
    works_open: bool = False
    works_until: date | None = None
    least_held: int = 0
    wants_0abj: bool | None = None
    portability: bool | None = None
    targets: bool | None = None
    over_many: bool | None = None

    @property
    def service_label(self) -> str:
        return str(Service(self.service_type).label)

    @property
    def gets_0abj(self) -> bool | None:
        """Whether geographic numbers come, given by us or brought."""
        if self.wants_0abj or self.portability:
            return True
        return None if self.wants_0abj is None or self.portability is None else False


@dataclass(frozen=True)
class Answer:
    """`value` None: the customer has not said yet. `why`: for the customer to read."""

    value: bool | None
    source: str
    why: str


@dataclass(frozen=True)
class Step:
    """One line of the trace: a question with its answer."""

    question: Question
    answer: Answer

    @property
    def value_label(self) -> str:
        if self.answer.value is None:
            return str(_("未回答"))
        return str(_("はい")) if self.answer.value else str(_("いいえ"))

    @property
    def source_label(self) -> str:
        return str(Source(self.answer.source).label)


@dataclass(frozen=True)
class Verdict:
    """The way with its reasons. `trace` ends at the first yes. `missing`: answers without which the way may yet change;
    then `way` is what holds if all of them are no. `until`: the day before which nothing opens at once.
    """

    way: Way
    reasons: tuple[str, ...]
    trace: tuple[Step, ...]
    missing: tuple[Asked, ...] = ()
    until: date | None = None
    decided_by: Question | None = None

    @property
    def is_at_once(self) -> bool:
        return self.way == Way.AT_ONCE


def decide(facts: Facts) -> Verdict:
    """Walk through the questions until the first yes."""
    if facts.is_ended:
        return Verdict(Way.ENDED, (_("ご契約が終了しているため、番号を追加できません。"),), ())
    trace: list[Step] = []
    for question, ask, way in _TABLE:
        answer = ask(facts)
        trace.append(Step(question, answer))
        if answer.value:
            until = facts.works_until if question is Question.WORKS else None
            return Verdict(way, (answer.why,), tuple(trace), _missing(facts, trace), until, question)
    reason = _(
        "どの項目にも当てはまらないため、お申し込み直後に開通します。工事費は無料で、当日からご利用いただけます。"
    )
    return Verdict(Way.AT_ONCE, (reason,), tuple(trace), _missing(facts, trace))


def questions(facts: Facts) -> tuple[Asked, ...]:
    """What the customer has to be asked, whatever was answered before: only what can change the way or its reason."""
    if facts.is_ended or facts.members_net:
        return ()
    asked = [Asked.PORTABILITY, Asked.TARGETS]
    if facts.service_type in CONSTRUCTED or not facts.has_0abj:
        asked.insert(0, Asked.WANTS_0ABJ)
    if facts.least_held < MANY:
        asked.append(Asked.OVER_MANY)
    return tuple(asked)


def _missing(facts: Facts, trace: Sequence[Step]) -> tuple[Asked, ...]:
    """The unanswered ones among those that the way walked so far has asked."""
    wanted = {name for step in trace if step.answer.value is None for name in _NEEDS[step.question]}
    return tuple(name for name in questions(facts) if name in wanted and getattr(facts, name) is None)


def _members_net(facts: Facts) -> Answer:
    if facts.members_net:
        return Answer(True, Source.PORTAL, _("メンバーズネットのご契約のため、工事日を指定してお申し込みください。"))
    return Answer(False, Source.PORTAL, _("メンバーズネットのご契約ではありません。"))


def _first_on_smart_pbx(facts: Facts) -> Answer:
    if facts.service_type != Service.SMART_PBX:
        return Answer(False, Source.PORTAL, _not_of(facts))
    if facts.has_0abj:
        return Answer(False, Source.PORTAL, _("0ABJ番号をすでにご利用中です。"))
    if facts.gets_0abj:
        why = _("Smart PBXで0ABJ番号を初めてご利用になるため、担当窓口を通じてお申し込みください。")
        return Answer(True, Source.CUSTOMER, why)
    return Answer(facts.gets_0abj, Source.CUSTOMER, _unless_said(facts.gets_0abj, _("0ABJ番号を追加しません。")))


def _portability(facts: Facts) -> Answer:
    if facts.portability:
        why = _("他社の番号を引き継ぐには工事が必要なため、工事日を指定してお申し込みください。")
        return Answer(True, Source.CUSTOMER, why)
    why = _unless_said(facts.portability, _("他社の番号は引き継ぎません。"))
    return Answer(facts.portability, Source.CUSTOMER, why)


def _constructed(facts: Facts) -> Answer:
    if facts.service_type not in CONSTRUCTED:
        return Answer(False, Source.PORTAL, _not_of(facts))
    if facts.wants_0abj:
        why = _("%(service)sでの0ABJ番号の追加には工事が必要なため、工事日を指定してお申し込みください。")
        return Answer(True, Source.CUSTOMER, why % {"service": facts.service_label})
    why = _unless_said(facts.wants_0abj, _("0ABJ番号を追加しません。"))
    return Answer(facts.wants_0abj, Source.CUSTOMER, why)


def _targets(facts: Facts) -> Answer:
    if facts.targets:
        why = _("特定番号通知・転送先特定番号の設定には工事が必要なため、工事日を指定してお申し込みください。")
        return Answer(True, Source.CUSTOMER, why)
    why = _unless_said(facts.targets, _("特定番号通知・転送先特定番号は利用しません。"))
    return Answer(facts.targets, Source.CUSTOMER, why)


def _first_0abj(facts: Facts) -> Answer:
    if facts.has_0abj:
        return Answer(False, Source.PORTAL, _("この音声契約では、0ABJ番号をすでにご利用中です。"))
    if facts.wants_0abj:
        why = _("この音声契約で初めての0ABJ番号となり工事が必要なため、工事日を指定してお申し込みください。")
        return Answer(True, Source.CUSTOMER, why)
    why = _unless_said(facts.wants_0abj, _("0ABJ番号を追加しません。"))
    return Answer(facts.wants_0abj, Source.CUSTOMER, why)


def _over_many(facts: Facts) -> Answer:
    values = {"most": f"{MANY:,}"}
    if facts.least_held >= MANY:
        why = _("どの代表にもすでに%(most)s番号あり、追加すると超えるため、工事日を指定してお申し込みください。")
        return Answer(True, Source.PORTAL, why % values)
    if facts.over_many:
        why = _("1つの代表で%(most)s番号を超えるため、工事日を指定してお申し込みください。")
        return Answer(True, Source.CUSTOMER, why % values)
    why = _unless_said(facts.over_many, _("1つの代表で%(most)s番号までです。") % values)
    return Answer(facts.over_many, Source.CUSTOMER, why)


def _works(facts: Facts) -> Answer:
    if not facts.works_open:
        return Answer(False, Source.PORTAL, _("進行中のお申し込みはありません。"))
    return Answer(True, Source.PORTAL, works_reason(facts.works_until))


def works_reason(until: date | None) -> str:
    """Why nothing is added at once while construction is ahead, with the day on which that ends."""
    if until is None:
        return _(
            "営業経由または工事日指定のお申し込みが進行中のため、竣工するまでは、お申し込み直後に開通するお申し込みは"
            "できません。工事日を指定するお申し込みはできます。"
        )
    return _(
        "営業経由または工事日指定のお申し込みが進行中のため、%(day)s（竣工予定日）までは、お申し込み直後に開通する"
        "お申し込みはできません。工事日を指定するお申し込みはできます。"
    ) % {"day": _day(until)}


def _day(value: date) -> str:
    return dateformat.format(value, _("Y年n月j日(D)"))


def _not_of(facts: Facts) -> str:
    return _("サービス種別は%(service)sです。") % {"service": facts.service_label}


def _unless_said(value: bool | None, why: str) -> str:
    return _("まだ回答がありません。") if value is None else why


_TABLE: tuple[tuple[Question, Callable[[Facts], Answer], Way], ...] = (
    (Question.MEMBERS_NET, _members_net, Way.BY_DATE),
    (Question.FIRST_ON_SMART_PBX, _first_on_smart_pbx, Way.SALES_ONLY),
    (Question.PORTABILITY, _portability, Way.BY_DATE),
    (Question.CONSTRUCTED, _constructed, Way.BY_DATE),
    (Question.TARGETS, _targets, Way.BY_DATE),
    (Question.FIRST_0ABJ, _first_0abj, Way.BY_DATE),
    (Question.OVER_MANY, _over_many, Way.BY_DATE),
    (Question.WORKS, _works, Way.BY_DATE),
)

#: Which answers of the customer a question may wait for.
_NEEDS: dict[Question, tuple[Asked, ...]] = {
    Question.FIRST_ON_SMART_PBX: (Asked.WANTS_0ABJ, Asked.PORTABILITY),
    Question.PORTABILITY: (Asked.PORTABILITY,),
    Question.CONSTRUCTED: (Asked.WANTS_0ABJ,),
    Question.TARGETS: (Asked.TARGETS,),
    Question.FIRST_0ABJ: (Asked.WANTS_0ABJ,),
    Question.OVER_MANY: (Asked.OVER_MANY,),
}
