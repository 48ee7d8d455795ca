"""The entry page: where orders begin, and what was begun already."""

from datetime import timedelta

import pytest
from django.urls import reverse

from selfcare import clock as clocks
from selfcare.accounts.models import Role
from selfcare.orders.models import Order
from selfcare.orders.services.correcting import RETURNED
from selfcare.orders.states import State
from tests import builders
from tests.numbering.dial_in import parts
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
BY_DATE = "numbering.dial_in_by_date"


@pytest.fixture
def site(clock):
    made = parts.voice_contract()
    parts.base(made)
    return made


def person(site, role=Role.MEMBER):
    return builders.user(customer=site.customer, role=role)


def begun(site, actor, **fields):
    """A draft, or what an accepted order has become, on this voice contract."""
    now = clocks.now()
    made = {
        "procedure": BY_DATE,
        "customer_id": site.customer_id,
        "contract": site.contract,
        "subject_id": site.pk,
        "actor": actor,
        "created_at": now,
        "expires_at": now + timedelta(days=30),
        **fields,
    }
    return Order.objects.create(**made)


def entry(user):
    return log_in(user).get(reverse("numbering:dial-in"))


def test_a_colleague_goes_on_with_a_construction_date_draft(site):
    draft = begun(site, person(site))
    response = entry(person(site))
    (one,) = response.context["drafts"]
    assert one.order == draft
    assert one.url == reverse("numbering:dial-in-by-date-menu", args=[draft.uuid])
    assert one.about == str(site)
    assert one.url in response.content.decode()


def test_drafts_of_others_of_viewers_and_of_yesterday_are_not_shown(site):
    begun(site, person(site), expires_at=clocks.now() - timedelta(seconds=1))
    begun(site, person(site), procedure="numbering.dial_in", subject_id=site.group_id)
    assert entry(person(site)).context["drafts"] == []
    begun(site, person(site))
    assert entry(person(site, Role.VIEWER)).context["drafts"] == []
    other = builders.user(customer=parts.contract().customer, role=Role.OWNER)
    assert entry(other).context["drafts"] == []


def test_what_came_back_stands_first_with_its_reason(site):
    now = clocks.now()
    order = begun(
        site,
        person(site),
        state=State.PENDING,
        phase=RETURNED,
        reason="図面が違います。",
        accepted_at=now,
        due_at=now + timedelta(days=9),
    )
    response = entry(person(site))
    (one,) = response.context["returned"]
    assert one.order == order
    assert "理由：図面が違います。" in response.content.decode()
    assert "修正が必要なお申し込みが1件あります" in log_in(person(site)).get("/").content.decode()


def test_groups_of_a_contract_without_the_function_are_none(site):
    assert entry(person(site)).context["has_groups"]
    other = parts.contract()
    parts.group(parts.contract(customer=other.customer, functions=[]))
    response = entry(builders.user(customer=other.customer, role=Role.MEMBER))
    assert not response.context["has_groups"]
    assert "音声グループがありません" in response.content.decode()
    assert reverse("numbering:dial-in-by-date") not in response.content.decode()
