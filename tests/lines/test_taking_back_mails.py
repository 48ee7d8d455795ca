"""Which mails tell that something was taken back: one, also of an order that came with many others."""

import pytest

from lines.models import Line
from selfcare import clock as time
from selfcare.accounts.models import Role, User
from selfcare.orders import procedures
from selfcare.orders.models import Batch, Order
from selfcare.orders.services import batches, good_rows
from selfcare.orders.services.bulk import Typed, read
from selfcare.orders.services.ending import cancel
from selfcare.orders.services.placing import place_batch
from selfcare.work.models import Mail
from tests import builders
from tests.lines.parts import contract, line, place, service

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def phones(clock) -> list[Line]:
    service()
    held = contract()
    return [line(contract=held) for _n in range(4)]


@pytest.fixture
def user(phones) -> User:
    return builders.user(customer=phones[0].customer, role=Role.OWNER)


def bulk(user: User, code: str, phones: list[Line], **typed: str) -> Batch:
    procedure, now = procedures.get(code), time.now()
    wishes, refused = read(
        procedure, [Typed(Line.objects.get(pk=one.pk), typed) for one in phones], now=now, actor=user
    )
    made = batches.draft(
        procedure=procedure, wishes=wishes, refused=refused, source="", back="/lines/", now=now, actor=user
    )
    shown = good_rows.seal_shown(made, good_rows.preview(made, now=now))
    return place_batch(batch_id=made.pk, shown=shown, session_digest="", actor=user)


def told(phones: list[Line]) -> list[str]:
    found = Mail.objects.filter(to=phones[0].contract.mail).order_by("pk").values_list("template", flat=True)
    return list(found)


@pytest.mark.parametrize("by_its_own", [True, False], ids=["by an order of its own", "on its page"])
def test_what_of_a_batch_is_undone_alone_is_told_alone(phones, user, by_its_own):
    bulk(user, "lines.plan", phones, plan="voice_1gb")
    Mail.objects.all().delete()
    if by_its_own:
        place(phones[0], "lines.plan_cancel", user)
    else:
        cancel(order=Order.objects.get(subject_id=phones[0].pk), actor=user)
    assert told(phones) == ["order_cancelled"]


def test_many_taken_back_together_are_told_in_one_mail(phones, user):
    for one in phones:
        place(one, "lines.plan", user, plan="voice_1gb")
    Mail.objects.all().delete()
    undone = bulk(user, "lines.plan_cancel", phones)
    assert (told(phones), Batch.objects.get(pk=undone.pk).finished_at is None) == (["order_cancelled"], False)


def test_a_batch_that_is_cancelled_as_a_whole_is_told_as_one(phones, user):
    made = bulk(user, "lines.plan", phones, plan="voice_1gb")
    Mail.objects.all().delete()
    batches.cancel(batch=made, actor=user)
    assert told(phones) == ["batch_finished"]
