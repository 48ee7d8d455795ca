"""Operators: what each group opens of the admin, page by page; nobody without the second factor opens anything."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY

from selfcare.accounts.models import AuthenticatorApp, User
from selfcare.staff.groups import ADMIN, BILLING, GROUPS, PROVISIONING, SUPPORT
from selfcare.staff.models import OperatorTotp
from tests.hostile import routes
from tests.hostile.roles import Asker
from tests.people import log_in
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = [pytest.mark.django_db(databases=DATABASES), pytest.mark.usefixtures("quiet")]

_EVERYBODY = (SUPPORT, PROVISIONING, BILLING, ADMIN)


def _lists(app: str, *models: str) -> tuple[str, ...]:
    return tuple(f"{app}_{model}_changelist" for model in models)


def _forms(app: str, *models: str) -> tuple[str, ...]:
    return tuple(f"{app}_{model}_add" for model in models)


#: Who opens which page of the admin. A page without an id that is in none of them is red.
OPENED = {
    _EVERYBODY: (
        "index", "passkeys", "password_change", "password_change_done", "jsi18n", "numbering_voicecontract_works",
        *_lists("accounts", "customer", "contract", "auditevent", "user"),
        *_lists("inquiries", "inquiry", "article", "supportcontact"),
        *_lists("billing", "recurringcharge", "oncecharge", "tariff", "callrate"),
        *_lists("lines", "lineservice", "plan", "customercatalogue", "line"),
        *_lists("numbering", "allowance", "reservationcode", "voicegroup", "voicecontract", "basenumber"),
        *_lists("numbering", "sitenetwork", "leadtime", "dialinnumber", "number", "timetable"),
        *_lists("numbering", "cloudcontract", "equipment", "cloudid", "cloudnumber"),
        *_lists("orders", "specialday", "acceptancehours", "order"),
        *_lists("shell", "notice", "maintenance"),
        *_lists("staff", "exportfile", "impersonation"),
        *_lists("work", "letter", "mail"),
    ),
    (SUPPORT, PROVISIONING, ADMIN): (
        *_lists("contract_data", "identitycase", "suspension"),
        *_lists("documents", "document"),
        *_lists("lines", "carrierorder", "carrierhealth", "portin", "portout", "simreissue", "stocksim"),
        *_lists("numbering", "faxsent", "faxreceived"),
        *_lists("numbering", "cloudportin", "portorigin", "cloudapplication", "numberarea"),
        *_lists("numbering", "afterhours", "voicemail", "forwarding", "schemeresult", "device"),
    ),
    (SUPPORT, BILLING, ADMIN): _lists(
        "billing", "bill", "closingrun", "voicecharge", "billline", "taxrate", "issuer", "paymentterms",
        "paymentmethod", "payment", "ledgerentry", "providerevent", "cardregistration",
    ),
    (PROVISIONING, ADMIN): (
        "numbering_reservationcode_make", "numbering_number_import", "numbering_timetable_publish",
        "accounts_customer_import", "accounts_contract_import", "lines_line_import", "orders_specialday_enter",
        "orders_specialday_year",
        *_forms("accounts", "customer", "contract"),
        *_forms("numbering", "voicegroup", "voicecontract", "portorigin", "numberarea"),
        *_forms("lines", "lineservice", "plan", "customercatalogue", "portin", "stocksim"),
        *_lists("work", "job"),
    ),
    (BILLING, ADMIN): (
        *(f"billing_{model}_import" for model in ("recurringcharge", "oncecharge", "tariff", "callrate")),
        *_forms("billing", "oncecharge", "recordfile", "tariff", "callrate", "taxrate", "issuer", "paymentterms"),
        *_lists("billing", "recordfile"),
    ),
    (SUPPORT, ADMIN): _forms("inquiries", "article"),
    (ADMIN,): ("shell_notice_add", "staff_operator_changelist", "staff_operator_add"),
    # Made by services only; names of permissions are nobody's; nothing is looked up for other pages.
    (): (
        "autocomplete", "auth_group_changelist", "auth_group_add",
        *_forms("accounts", "auditevent", "user"),
        *_forms("billing", "bill", "recurringcharge", "closingrun", "voicecharge", "billline"),
        *_forms("billing", "paymentmethod", "payment", "ledgerentry", "providerevent", "cardregistration"),
        *_forms("contract_data", "identitycase", "suspension"),
        *_forms("documents", "document"),
        *_forms("inquiries", "inquiry", "supportcontact"),
        *_forms("lines", "carrierorder", "carrierhealth", "line", "portout", "simreissue"),
        *_forms("numbering", "allowance", "reservationcode", "basenumber", "sitenetwork", "leadtime", "dialinnumber"),
        *_forms("numbering", "number", "timetable", "cloudcontract", "equipment", "cloudportin"),
        *_forms("numbering", "cloudapplication", "afterhours", "voicemail", "forwarding", "schemeresult"),
        *_forms("numbering", "faxsent", "faxreceived"),
        *_forms("numbering", "cloudid", "cloudnumber", "device"),
        *_forms("orders", "specialday", "acceptancehours", "order"),
        *_forms("shell", "maintenance"),
        *_forms("staff", "exportfile", "impersonation"),
        *_forms("work", "letter", "mail", "job"),
    ),
}  # fmt: skip
#: Where a form is sent to, or that lead on: no page to look at.
NO_PAGES = {"login", "logout", "view_as_end", "passkey_options", "login_passkey"}
WHO = {name: groups for groups, names in OPENED.items() for name in names}


@pytest.fixture
def quiet() -> Iterator[None]:
    """Each refusal would be a warning."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def _pages() -> list[routes.Route]:
    """All of the admin that takes no id."""
    found = [route for route in routes.every() if route.name.startswith("admin:") and not route.parameters]
    return [route for route in found if route.name.removeprefix("admin:") not in NO_PAGES]


def test_every_page_of_the_admin_opens_to_the_groups_of_the_table(clock):
    names = [route.name.removeprefix("admin:") for route in _pages()]
    assert sorted({*names} ^ {*WHO}) == [], "pages without an entry, entries without a page"
    assert len(WHO) == sum(map(len, OPENED.values())), "a page stands in one place"
    complaints = []
    for group in GROUPS:
        asker = Asker(group, inside(operator_of(group)))
        for route in _pages():
            wanted = 200 if group in WHO[route.name.removeprefix("admin:")] else 403
            status = asker.ask("GET", route.template).status_code
            if status != wanted:
                complaints.append(f"{group}: {route.template}: {status} instead of {wanted}")
    assert not complaints, "\n".join(complaints)


def _with_device(user: User, device: OperatorTotp | AuthenticatorApp) -> Client:
    client = Client()
    client.force_login(user)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    return client


def _outsiders(owner: User) -> Iterator[Asker]:
    """Who has shown a second factor, but none that is an operator's and his own. (Without any: test_addresses.py.)"""
    yield Asker("a company's owner", log_in(owner))
    first, second, third = (operator_of("admin", f"op_{name}_x") for name in ("first", "second", "third"))
    yield Asker("somebody else's authenticator", _with_device(first, OperatorTotp.objects.get(user=second)))
    pending = OperatorTotp.objects.get(user=second)
    OperatorTotp.objects.filter(pk=pending.pk).update(confirmed=False)
    yield Asker("an authenticator that was never confirmed", _with_device(second, pending))
    app = AuthenticatorApp(user=third, name="app", created_at=timezone.now())
    app.seal_key(b"k" * 20)
    app.save()
    yield Asker("a customers' authenticator", _with_device(third, app))
    gone = inside(third)
    User.objects.filter(pk=third.pk).update(locked_at=timezone.now())
    yield Asker("locked meanwhile", gone)


def test_no_path_of_the_admin_opens_without_the_second_factor(owner):
    ids: dict[str, list[Any]] = {
        "int": [1],
        "str": ["1"],
        "path": [1],
        "uuid": ["00000000-0000-4000-8000-000000000001"],
        "slug": ["x"],
        "regex": ["accounts"],
    }
    found = [route for route in routes.every() if route.name.startswith("admin:")]
    assert len(found) > 300
    complaints = []
    for asker in _outsiders(owner):
        for route in found:
            if route.name in {"admin:login", "admin:logout", "admin:login_passkey"}:
                continue
            (path,) = route.filled(ids)
            for method in ("GET", "POST"):
                answer = asker.ask(method, path)
                to_the_door = answer.status_code == 302 and answer["Location"].startswith("/admin/login/")
                if not to_the_door and answer.status_code not in {403, 404, 405}:
                    complaints.append(f"{asker.name}: {method} {path}: {answer.status_code}")
    assert not complaints, "\n".join(complaints)


def test_an_operator_with_the_factor_does_get_in(clock):
    """The negative control: the same asking sees a page that opens."""
    assert Asker("", inside(operator_of("support"))).ask("GET", "/admin/accounts/user/").status_code == 200
