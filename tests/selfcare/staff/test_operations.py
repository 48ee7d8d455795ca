"""What operators do: by the right group, with a reason, through the services, into the audit trail."""

import pytest
from django.urls import reverse

from selfcare import clock as time
from selfcare.accounts.models import AuditEvent, Contract, Customer, User, UserSession
from selfcare.orders.models import Order
from selfcare.orders.states import State
from selfcare.staff.models import Operator, OperatorTotp
from selfcare.work import letters
from selfcare.work.models import Job, Letter, Mail
from tests import builders
from tests.people import PASSWORD, log_in
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def support(clock):
    return inside(operator_of("support"))


@pytest.fixture
def provisioning(clock):
    return inside(operator_of("provisioning"))


def do(client, row, name, **data):
    meta = row._meta
    return client.post(reverse(f"admin:{meta.app_label}_{meta.model_name}_operate", args=[row.pk, name]), data)


def held_order(contract: Contract) -> Order:
    now = time.now()
    line = builders.line(contract=contract)
    return Order.objects.create(
        procedure="lines.suspend", customer=contract.customer, contract=contract, subject_id=line.pk, state="held",
        created_at=now, accepted_at=now, due_at=now, trouble="ValueError",
    )  # fmt: skip


def last(action: str) -> AuditEvent:
    return AuditEvent.objects.filter(action=action).latest("id")


def test_support_locks_with_a_reason_and_the_user_is_out(support, owner):
    inside_portal = log_in(owner)
    assert inside_portal.get("/").status_code == 200
    page = do(support, owner, "lock", reason="")
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    assert do(support, owner, "lock", reason="お客様からの依頼").status_code == 302
    assert last("user.locked").detail["reason"] == "お客様からの依頼"
    assert inside_portal.get("/").status_code == 302
    assert do(support, owner, "unlock", reason="本人確認済み").status_code == 302
    owner.refresh_from_db()
    assert owner.locked_at is None


def test_an_operation_that_makes_no_sense_now_says_so(support, owner):
    assert do(support, owner, "unlock", reason="x").status_code == 302
    assert not AuditEvent.objects.filter(action="user.unlocked").exists()


def test_ending_sessions_leaves_the_password(support, owner):
    log_in(owner)
    do(support, owner, "end-sessions")
    assert not UserSession.objects.filter(user=owner).exists()


@pytest.mark.parametrize("group", ["provisioning", "billing"])
def test_other_groups_may_not_lock(clock, owner, group):
    client = inside(operator_of(group))
    assert do(client, owner, "lock", reason="x").status_code == 403
    assert "/do/lock/" not in client.get(reverse("admin:accounts_user_change", args=[owner.pk])).content.decode()


def test_an_operator_is_not_locked_through_the_list_of_customers_users(support):
    other = operator_of("admin", "op_other")
    assert do(support, User.objects.get(pk=other.pk), "lock", reason="x").status_code == 404


def test_a_held_order_is_taken_up_again(provisioning, contract):
    order = held_order(contract)
    assert do(provisioning, order, "retry").status_code == 302
    order.refresh_from_db()
    assert order.state == State.IN_PROGRESS
    assert last("order.in_progress").actor_name == "op_provisioning"


def test_a_held_order_is_refused_with_the_words_for_the_customer(provisioning, contract):
    order = held_order(contract)
    do(provisioning, order, "fail", reason="回線が見つかりません。")
    order.refresh_from_db()
    assert (order.state, order.reason) == (State.FAILED, "回線が見つかりません。")


def test_an_order_that_has_ended_meanwhile_is_left_alone(provisioning, contract):
    order = held_order(contract)
    address = reverse("admin:orders_order_operate", args=[order.pk, "fail"])
    Order.objects.filter(pk=order.pk).update(state="completed", finished_at=time.now())
    provisioning.post(address, {"reason": "x"})
    order.refresh_from_db()
    assert order.state == State.COMPLETED


def test_support_sees_orders_and_moves_none(support, contract):
    order = held_order(contract)
    assert support.get(reverse("admin:orders_order_change", args=[order.pk])).status_code == 200
    for name in ("retry", "complete", "fail", "cancel"):
        assert do(support, order, name, reason="x").status_code == 403


def test_the_list_of_orders_begins_with_the_held_ones(provisioning, contract):
    now = time.now()
    fields = {"procedure": "lines.resume", "customer": contract.customer, "created_at": now, "accepted_at": now}
    Order.objects.create(**fields, state="acknowledged", due_at=now)
    held = held_order(contract)
    Order.objects.create(**fields, state="acknowledged", due_at=now)
    Order.objects.create(**fields, state="completed", due_at=now, finished_at=now)
    rows = list(provisioning.get(reverse("admin:orders_order_changelist")).context["cl"].result_list)
    assert rows[0] == held
    assert len(rows) == 3


def test_the_first_user_of_a_contract_gets_a_letter(provisioning, contract):
    do(provisioning, contract, "user", selfcare_id="office_first")
    user = User.objects.get(selfcare_id="office_first")
    assert user.must_change_password
    assert Letter.objects.get(kind="welcome").contract == contract
    again = do(provisioning, contract, "user", selfcare_id="office_first")
    assert again.status_code == 200
    assert "errorlist" in again.content.decode()


def test_a_customer_is_edited_through_the_service(provisioning, contract):
    customer = contract.customer
    form = {"name": "架空商事株式会社", "kana": customer.kana, "kind": "corporate", "postal_code": "100-0001",
            "address": customer.address, "building": ""}  # fmt: skip
    response = provisioning.post(
        reverse("admin:accounts_customer_change", args=[customer.pk]), {**form, **inlines(), "login_policy": "choice"}
    )
    assert response.status_code == 302
    stored = Customer.objects.get(pk=customer.pk)
    assert stored.name == "架空商事株式会社"
    assert stored.login_policy == "two_step", "the policy has an operation of its own, with a reason"
    assert last("customer.changed").detail["postal_code"] == ["100-0000", "100-0001"]


def inlines() -> dict[str, str]:
    names = ("contracts", "users", "invitations", "notification_addresses")
    return {f"{name}-{kind}": "0" for name in names for kind in ("TOTAL_FORMS", "INITIAL_FORMS")}


def test_the_login_policy_of_ip_phone_customers_cannot_be_loosened(provisioning, contract):
    page = do(provisioning, contract.customer, "policy", policy="choice", reason="依頼")
    assert "認証コードが必須" in page.content.decode()


def test_callers_are_found_by_what_they_can_name_and_not_by_name_or_address(support, owner, contract):
    order = held_order(contract)
    line = builders.line(contract=contract)
    listed = reverse("admin:accounts_contract_changelist")

    def found(query: str) -> list[Contract]:
        return list(support.get(listed, {"q": query}).context["cl"].result_list)

    for query in (contract.number, order.request_id, owner.selfcare_id, line.number, contract.customer.partner_id):
        assert found(query) == [contract], query
    for query in (contract.customer.name, contract.customer.address, contract.number[:-1], "0120"):
        assert found(query) == [], query


def test_letters_are_printed_as_one_pdf_and_erased_when_sent(provisioning, support, contract):
    for reference in ("one", "two"):
        letters.queue(
            kind="welcome", customer=contract.customer, contract=contract, reference=reference,
            text={"selfcare_id": reference, "password": "geheim", "expires_at": "2026-12-20T00:00:00+00:00"},
        )  # fmt: skip
    listed = reverse("admin:work_letter_changelist")
    chosen = {"_selected_action": list(Letter.objects.values_list("pk", flat=True))}
    provisioning.post(listed, {"action": "mark_sent", **chosen})
    assert not Letter.objects.filter(state="sent").exists(), "nothing is sent that was not printed"
    assert support.post(listed, {"action": "print_batch", **chosen}).status_code in (200, 302)
    assert not Letter.objects.exclude(state="queued").exists()
    printed = provisioning.post(listed, {"action": "print_batch", **chosen})
    assert printed["Content-Type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF")
    assert "no-store" in printed["Cache-Control"]
    provisioning.post(listed, {"action": "mark_sent", **chosen})
    assert set(Letter.objects.values_list("state", "sealed")) == {("sent", None)}


def test_held_mails_and_jobs_are_taken_up_again(provisioning, clock):
    now = time.real_now()
    mail = Mail.objects.create(template="t", to="a@b.example", created_at=now, next_at=now, state="held", attempt=200)
    job = Job.objects.create(kind="tests.none", key="k", due_at=now, state="held", attempt=8)
    provisioning.post(reverse("admin:work_mail_changelist"), {"action": "resend", "_selected_action": [mail.pk]})
    provisioning.post(reverse("admin:work_job_changelist"), {"action": "retry", "_selected_action": [job.pk]})
    mail.refresh_from_db()
    job.refresh_from_db()
    assert (mail.state, mail.attempt) == ("queued", 0)
    assert (job.state, job.attempt) == ("waiting", 0)
    assert last("mail.queued_again").actor_name == "op_provisioning"


def test_maintenance_is_switched_on_one_page_by_admins_only(clock, provisioning, client):
    page = reverse("admin:shell_maintenance_changelist")
    switched = {"message": "工事", "read_only": "on"}
    assert provisioning.post(page, switched).status_code == 403
    admin = inside(operator_of("admin"))
    assert admin.post(page, switched).status_code == 302
    assert client.post("/lost-id/", {"email": "a@b.example"}).status_code == 503
    wrong = {"message": "工事", "announce_from_0": "2026-11-20", "announce_from_1": "10:00"}
    assert "errorlist" in admin.post(page, wrong).content.decode()
    assert admin.post(page, {"message": ""}).status_code == 302
    assert client.post("/lost-id/", {"email": "a@b.example"}).status_code != 503


def test_an_admin_makes_an_operator_whose_papers_are_shown_once(clock):
    admin = inside(operator_of("admin"))
    form = {"username": "op_fresh", "name": "新任 七郎", "email": "n@carrier.example", "group": "support"}
    page = admin.post(reverse("admin:staff_operator_add"), form)
    made = Operator.objects.get(selfcare_id="op_fresh")
    assert "<svg" in page.content.decode()
    assert OperatorTotp.objects.filter(user=made).exists()
    again = admin.post(reverse("admin:staff_operator_add"), form)
    assert "errorlist" in again.content.decode()
    assert do(admin, made, "change", group="billing").status_code == 302
    made.refresh_from_db()
    assert not made.is_active
    assert do(admin, Operator.objects.get(selfcare_id="op_admin"), "change", group="billing").status_code == 200


def test_only_admins_make_operators(provisioning):
    form = {"username": "op_fresh", "name": "新任", "email": "n@carrier.example", "group": "admin"}
    assert provisioning.post(reverse("admin:staff_operator_add"), form).status_code == 403
    assert not User.objects.filter(selfcare_id="op_fresh").exists()
    assert PASSWORD
