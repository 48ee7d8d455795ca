"""One event per change, with who, what and from where; and never a secret."""

import re
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from selfcare.accounts import context
from selfcare.accounts.models import AuditEvent, Contract, Role, User
from selfcare.runtime import environ
from tests.hostile.deeds_audited import AUDITED
from tests.hostile.deeds_world import JOINING, NEW, World
from tests.people import PASSWORD, person
from tests.selfcare.accounts.parts import DATABASES, work

pytestmark = pytest.mark.django_db(databases=DATABASES)

_ASKING = context.RequestContext(request_id="REFERENCE1", address="192.0.2.77")
#: Tries and ways in, no changes; test_login.py, test_second_step.py, test_stepup.py and test_trail.py look at them.
WAYS_IN = {"login.failed", "login.succeeded", "session.logged_out", "session.confirmed", "user.recovery_code_used"}


@pytest.fixture
def world(clock: Any, contract: Contract, owner: User, colleague: User, operator: User) -> World:
    person("office_second", customer=contract.customer, role=Role.OWNER)

    def token() -> str:
        work()
        found = re.search(r"/(?:reset|code-address|notification-address|invitation)/([\w-]+)/", _last_mail())
        assert found
        return found[1]

    return World(owner, colleague, operator, contract, token)


def _last_mail() -> str:
    return str(mail.outbox[-1].body)


def _secrets(world: World) -> set[str]:
    """What nobody may read in the trail: passwords as typed and as stored, links, codes, keys."""
    work()
    mailed = " ".join(str(message.body) for message in mail.outbox)
    stored = User.objects.filter(customer=world.contract.customer).values_list("password", flat=True)
    tokens = re.findall(r"/[a-z-]+/([\w-]{43})/", mailed)
    return {PASSWORD, NEW, JOINING, *stored, *tokens, *re.findall(r"\b\d{6}\b", mailed)} - {""}


@pytest.mark.parametrize("name", AUDITED)
def test_a_change_leaves_one_event_that_says_who_what_and_from_where(world, name):
    deed, action, actor, about = AUDITED[name]
    with transaction.atomic():
        act = deed(world)
        before = set(AuditEvent.objects.values_list("pk", flat=True))
        with context.use(_ASKING):
            act()
        (event,) = AuditEvent.objects.exclude(pk__in=before)
    who = {"member": world.member, "owner": world.owner, "operator": world.operator}
    named = {key: user.selfcare_id for key, user in who.items()}
    assert (event.action, event.actor_name) == (action, named.get(actor, actor))
    assert (event.address, event.request_id) == (_ASKING.address, _ASKING.request_id)
    assert event.customer_id == world.contract.customer_id
    if about:
        user = who.get(about) or User.objects.get(selfcare_id=about)
        assert (event.object_type, event.object_id) == ("user", str(user.pk))
    told = [secret for secret in _secrets(world) if secret in str(event.detail)]
    assert told == []


def test_every_action_of_the_services_is_in_the_table():
    accounts, orders = environ.ROOT / "selfcare" / "accounts", environ.ROOT / "selfcare" / "orders" / "services"
    files = [*accounts.rglob("*.py"), orders / "approval_rules.py"]
    written = set(re.findall(r'action="([a-z_]+\.[a-z_]+)"', "\n".join(file.read_text() for file in files)))
    assert len(written) > 30
    tested = {action for _deed, action, _actor, _about in AUDITED.values()}
    assert sorted(written - tested - WAYS_IN) == []


def test_a_secret_in_a_detail_would_be_seen(world):
    assert {PASSWORD, world.member.password} <= _secrets(world)
