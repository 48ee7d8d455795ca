"""Which orders wait for a second person, and who sets the rule."""

from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from selfcare.accounts.models import AuditEvent, Role
from selfcare.orders import approval
from selfcare.orders.models import ApprovalRule, Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import approval_rules
from selfcare.orders.services.approval_rules import RuleRefused, Wanted
from selfcare.orders.states import APPROVAL, State
from selfcare.work.models import Mail
from tests import builders
from tests.selfcare.orders import approving
from tests.selfcare.orders.conftest import confirm

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

WAITS, GOES = State.PENDING, State.ACKNOWLEDGED


@pytest.fixture
def company(toy, member, clock):
    approving.install()
    yield member
    approving.remove()


#: Rule, procedure, amount (100 yen a month each; of tests.cheap -1,000 a month and 100 once each), what comes of it.
TABLE = [
    ({"finals": True}, "tests.final", 1, WAITS),
    ({"finals": True}, "tests.exclusive", 9, GOES),
    ({"procedures": ["tests.exclusive"]}, "tests.exclusive", 1, WAITS),
    ({"procedures": ["tests.exclusive"]}, "tests.final", 1, GOES),
    ({"over_count": 3}, "tests.holding", 4, WAITS),
    ({"over_count": 3}, "tests.holding", 3, GOES),
    ({"over_count": 0}, "tests.final", 1, WAITS),
    ({"over_count": 1}, "tests.final", 1, GOES),
    ({"over_yen": 499}, "tests.holding", 5, WAITS),
    ({"over_yen": 500}, "tests.holding", 5, GOES),
    # What becomes cheaper does not pay for what is added.
    ({"over_yen": 299}, "tests.cheap", 3, WAITS),
    ({"over_yen": 300}, "tests.cheap", 3, GOES),
    ({"finals": True, "is_on": False}, "tests.final", 1, GOES),
    ({"finals": True, "procedures": ["tests.self"], "over_count": 0}, "tests.self", 1, GOES),
    ({"finals": True, "procedures": ["tests.never"], "over_count": 0}, "tests.never", 1, GOES),
]


@pytest.mark.parametrize(("rule", "code", "amount", "state"), TABLE)
def test_what_the_rule_asks_for_waits(company, draft, rule, code, amount, state):
    approving.second(company)
    approving.rule(company.customer, **rule)
    order = confirm(draft(code, amount=amount), company)
    assert (order.state, order.phase) == (state, APPROVAL if state == WAITS else "")


def test_another_companys_rule_and_what_an_operator_enters_do_not_wait(company, draft):
    approving.second(company)
    approving.rule(builders.contract().customer, finals=True)
    assert confirm(draft("tests.final"), company).state == GOES
    approving.rule(company.customer, finals=True, over_count=0)
    assert (
        approval.reasons([draft("tests.final")], approving.CheapToy().quote(draft()), actor=builders.operator()) == []
    )


@pytest.mark.parametrize(
    "unable",
    [
        {"role": Role.VIEWER},
        {"is_active": False},
        {"suspended_at": "2026-11-01T00:00+09:00"},
        {"locked_at": "2026-11-01T00:00+09:00"},
    ],
)
def test_where_nobody_could_approve_nothing_is_ordered_and_it_is_said(company, draft, unable):
    approving.second(company, **{"role": Role.MEMBER, **unable})
    approving.rule(company.customer)
    with pytest.raises(NotPossible, match="承認できるユーザーがほかにいません"):
        confirm(draft("tests.final"), company)
    assert Order.objects.get().state == State.DRAFT
    assert not Mail.objects.exists()


def test_owners_may_be_the_only_ones_who_approve(company, draft):
    member, owner = approving.second(company), approving.second(company, Role.OWNER)
    approving.rule(company.customer, finals=True, approvers=Role.OWNER)
    order = confirm(draft("tests.final"), company)
    assert list(approval.approvers_of(order)) == [owner]
    assert [approval.waiting_for(user) for user in (company, member, owner)] == [0, 0, 1]


# Setting it.


@pytest.fixture
def owner(company):
    return approving.second(company, Role.OWNER, email="owner@customer.example")


WANTED = Wanted(is_on=True, finals=True)


def test_a_change_is_audited_with_old_and_new_and_told_to_all_owners(company, owner):
    other = approving.second(company, Role.OWNER, language="en")
    quiet = approving.second(company, Role.OWNER, email="", code_email="quiet@customer.example")
    assert approval_rules.save(wanted=replace(WANTED, over_count=10), actor=owner)
    event = AuditEvent.objects.get(action="approval.rule_changed")
    assert (event.actor_name, event.customer_id) == (owner.selfcare_id, owner.customer_id)
    assert event.detail == {"is_on": [False, True], "finals": [False, True], "over_count": [None, 10]}
    told = Mail.objects.filter(template="approval_rule_changed")
    assert set(told.values_list("to", "language")) == {
        (owner.email, "ja"),
        (other.email, "en"),
        (quiet.code_email, "ja"),
    }


def test_what_changes_nothing_is_neither_audited_nor_mailed(owner):
    assert not approval_rules.save(wanted=Wanted(), actor=owner)
    approval_rules.save(wanted=WANTED, actor=owner)
    assert not approval_rules.save(wanted=WANTED, actor=owner)
    assert AuditEvent.objects.filter(action="approval.rule_changed").count() == 1


def test_it_is_not_switched_on_for_one_person(company, owner):
    with pytest.raises(RuleRefused, match="1人のため"):
        approval_rules.save(wanted=replace(WANTED, approvers=Role.OWNER.value), actor=owner)
    assert not ApprovalRule.objects.exists()
    # Switched off it may say what it likes.
    assert approval_rules.save(wanted=Wanted(finals=True, approvers=Role.OWNER.value), actor=owner)


def test_a_rule_that_asks_for_nothing_is_refused_by_page_and_database(company, owner):
    with pytest.raises(RuleRefused, match="1つ以上"):
        approval_rules.save(wanted=Wanted(is_on=True), actor=owner)
    for fields in ({"finals": False}, {"approvers": Role.VIEWER, "finals": True}):
        with pytest.raises(IntegrityError), transaction.atomic():
            approving.rule(company.customer, **fields)


def test_a_role_lost_a_moment_ago_sets_nothing(company, owner):
    type(owner).objects.filter(pk=approving.second(company, Role.OWNER).pk).update(name="二人目")
    type(owner).objects.filter(pk=owner.pk).update(role=Role.MEMBER)
    with pytest.raises(PermissionDenied):
        approval_rules.save(wanted=WANTED, actor=owner)


def test_every_procedure_that_can_wait_can_be_chosen_and_no_other():
    codes = {code for code, _title in approval_rules.choices()}
    assert {"lines.terminate", "lines.mnp_out", "numbering.add", "numbering.dial_in_by_date"} <= codes
    assert not codes & {"numbering.sip_password", "numbering.cancel", "lines.terminate_cancel"}
