"""IP加入電話パスワード変更: withdrawn at once or when booked, reflected at its slot (spec 3)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from django.utils import dateformat
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from numbering import reflections
from numbering.forms.sip_password import SipPasswordForm
from numbering.models import Assignment, Credential, Service
from numbering.services import cancelling, password_facts, sip_passwords, timetables
from numbering.services.timetables import NoTimetable, Timetables
from selfcare import calendar, phones
from selfcare.accounts.models import Contract
from selfcare.orders import secrets
from selfcare.orders.models import Order
from selfcare.orders.procedures import (
    Done,
    Intro,
    NotPossible,
    Outcome,
    Procedure,
    Promise,
    Row,
    register,
    subject_of,
)


@register
class SipPassword(Procedure):
    """`data`: number (digits), at (ISO moment of a booked change, or empty), credential (id of the one withdrawn).

    The secret is `digests`: realm, ha1, ha1b, ha1_sha256 of the new password. The password itself is never kept.
    """

    code = "numbering.sip_password"
    title = gettext_lazy("IP加入電話パスワード変更")
    function = "numbering.sip_password"
    subject = Assignment
    finds_subject = True
    exclusive = "numbering.sip_password"
    takes_effect_by_itself = True
    draft_life = timedelta(hours=1)
    steps = (SipPasswordForm,)
    input_template = "numbering/sip_password.html"
    waiting_label = gettext_lazy("反映待ち")
    done_text = gettext_lazy("IP加入電話パスワードの変更が完了しました。")

    def intro(self, order: Order) -> Intro:
        return Intro(
            notes=(
                _("変更すると、それまでのパスワードはすぐに使えなくなります。"),
                _(
                    "反映待ちの変更は、反映されるまで取り消せます。取り消すと、元のパスワードがすぐに使えるようになります。"
                ),
            ),
        )

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        """Only before acceptance: what was accepted the database carries out by itself."""
        fresh = [order for order in orders if order.accepted_at is None and subject_of(order) is not None]
        if not fresh:
            return {}
        assignments = [subject_of(order) for order in fresh]
        open_changes = sip_passwords.waiting(assignments)
        live = sip_passwords.current(assignments, now=now)
        tables = timetables.load({_service(order) for order in fresh})
        reasons = {}
        for order in fresh:
            order._timetables = tables
            assignment = subject_of(order)
            if assignment.pk in open_changes:
                reasons[order] = _waits(open_changes[assignment.pk])
            elif reason := _obstacle(order, live.get(assignment.number_id), now):
                reasons[order] = reason
        return reasons

    def promise(self, order: Order, now: datetime) -> Promise:
        withdrawn = _withdrawn(order, now)
        reflected = _tables(order).reflected_at(_service(order), withdrawn)
        return _promised(withdrawn, reflected, withdrawn > now, get_language())

    def summary(self, order: Order) -> list[Row]:
        return [
            Row(_("IP加入電話番号"), phones.display(subject_of(order).digits)),
            Row(_("サービス"), service_word(_service(order))),
            Row(_("IP加入電話パスワード"), _("新しいパスワードに変更します")),
            Row(
                _("電話機の設定"),
                _("反映後、電話機のパスワードの設定も変更してください。変更するまで発着信できません。"),
            ),
        ]

    def facts(self, order: Order) -> list[Row]:
        return password_facts.of_order(order)

    def reserve(self, orders: Sequence[Order]) -> None:
        kept = secrets.opened(orders)
        changes, hours = [], self.hours()
        for order in orders:
            if order not in kept or order.accepted_at is None or order.due_at is None:
                raise NotPossible(_("新しいパスワードが残っていません。入力画面からもう一度お申し込みください。"))
            changes.append(
                sip_passwords.Change(
                    order=order,
                    assignment=subject_of(order),
                    credential=order.data["credential"],
                    # From the opening on, where the engine books what comes outside of the hours.
                    withdrawn=_withdrawn(order, hours.next_opening(order.accepted_at)),
                    reflected=order.due_at,
                    digests=kept[order]["digests"],
                )
            )
        sip_passwords.book(changes)

    def release(self, orders: Sequence[Order]) -> None:
        sip_passwords.undo(orders)

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        """Nothing is left to do: the new credential is live since its slot, whoever was alive then."""
        lost = sip_passwords.without_credential(orders)
        if lost:
            raise RuntimeError(f"the new credential is missing: {lost[:5]}")
        done = Done()
        return dict.fromkeys(orders, done)


# Ten thousand changes of one file are promised the same.
@lru_cache(maxsize=64)
def _promised(withdrawn: datetime, reflected: datetime, booked: bool, _language: str | None) -> Promise:
    if reflected == withdrawn:
        if not booked:
            at_once = _("お申し込み後すぐに（15分以内に）反映されます")
            return Promise(reflected, at_once, action=_("いますぐ変更する"))
        text = _("%(at)s に変更し、すぐに（15分以内に）反映されます") % {"at": _moment(withdrawn)}
        return Promise(reflected, text, cancel_until=reflected, action=_button(withdrawn))
    if booked:
        text = _("%(at)s に変更し、%(reflected)s に反映されます") % {
            "at": _moment(withdrawn),
            "reflected": _moment(reflected),
        }
        action = _button(withdrawn)
    else:
        text = _("%(reflected)s に反映されます") % {"reflected": _moment(reflected)}
        action = _("いま変更し、%(reflected)s に反映する") % {"reflected": _moment(reflected)}
    note = outage_note(withdrawn, reflected)
    return Promise(reflected, text, cancel_until=reflected, note=note, action=action)


def outage_note(withdrawn: datetime, reflected: datetime) -> str:
    """14:00 - 17:30 発着信できません, with its length; with the days where they differ."""
    begins, ends = calendar.local(withdrawn), calendar.local(reflected)
    values = {
        "begins": f"{begins:%H:%M}" if begins.date() == ends.date() else _moment(withdrawn),
        "ends": f"{ends:%H:%M}" if begins.date() == ends.date() else _moment(reflected),
        "length": reflections.length(max(1, round((reflected - withdrawn).total_seconds() / 60))),
    }
    return _("%(begins)s - %(ends)s 発着信できません（約%(length)s）") % values


def service_word(service: str) -> str:
    return str(dict(Service.choices).get(service, service))


def _service(order: Order) -> str:
    contract: Contract = order.contract or subject_of(order).contract
    return contract.service


def _tables(order: Order) -> Timetables:
    """As `check` has read them for all orders at once; a confirm page that is read later reads them again."""
    tables = getattr(order, "_timetables", None)
    return tables if tables is not None else timetables.load({_service(order)})


def _withdrawn(order: Order, now: datetime) -> datetime:
    """When the old password ends: now, or the booked moment if that is still ahead."""
    booked = order.data.get("at")
    return max(now, datetime.fromisoformat(booked)) if booked else now


def _obstacle(order: Order, live: Credential | None, now: datetime) -> str:
    assignment = subject_of(order)
    if assignment.state != Assignment.State.ACTIVE:
        return _("この番号は現在ご利用中ではないため、変更できません。")
    if live is None:
        return _no_password(order)
    if "credential" in order.data and live.pk != order.data["credential"]:
        return _("入力の後にパスワードが変わりました。入力画面からもう一度お申し込みください。")
    try:
        reflected = _tables(order).reflected_at(_service(order), _withdrawn(order, now))
    except NoTimetable:
        return _no_password(order)
    if assignment.ends_on is not None and reflected >= cancelling.end_moment(assignment.ends_on):
        return _("この番号は %(day)s の終わりに解約される予定のため、それより後に反映される変更はできません。") % {
            "day": dateformat.format(assignment.ends_on, _("Y年n月j日(D)"))
        }
    return ""


def _no_password(order: Order) -> str:
    contract = order.contract or subject_of(order).contract
    return _("この番号のパスワードは、こちらからは変更できません。%(contact)s（%(phone)s）へご連絡ください。") % {
        "contact": contract.contact_name,
        "phone": phones.display(contract.contact_phone),
    }


def _waits(order: Order) -> str:
    """The change that is in the way, with when it will not be any more."""
    return _(
        "この番号には反映待ちの変更（%(request)s）があります。%(at)s に反映されるまで、新しい変更はできません。"
        "急ぐときは、お申し込み履歴からその変更を取り消してください。"
    ) % {"request": order.request_id, "at": _moment(order.due_at) if order.due_at else ""}


def _button(booked: datetime) -> str:
    return _("%(at)s に変更する予約をする") % {"at": _moment(booked)}


def _moment(moment: datetime) -> str:
    return dateformat.format(calendar.local(moment), _("n/j(D) H:i"))
