"""Who gets to which page, and what is said to whom does not. (Every address is asked in tests/hostile.)"""

import pytest

from tests import builders
from tests.people import log_in, person
from tests.selfcare.accounts.parts import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)


def test_a_viewer_gets_no_page_of_a_member(viewer, colleague):
    assert log_in(colleague).get("/numbering/add/").status_code == 200
    answer = log_in(viewer).get("/numbering/add/")
    assert answer.status_code == 403
    assert "担当者" in answer.content.decode()


def test_a_function_that_no_contract_has_is_explained(contract, colleague):
    contract.functions = ["lines.status"]
    contract.save(update_fields=["functions"])
    answer = log_in(colleague).get("/numbering/add/")
    assert answer.status_code == 403
    assert "ご利用いただけません" in answer.content.decode()


def test_with_several_contracts_one_is_chosen_and_kept(contract, colleague):
    second = builders.contract(customer=contract.customer, name="大阪支店")
    strangers = builders.contract()
    client = log_in(colleague)
    page = client.get("/numbering/add/")
    assert [choice.pk for choice in page.context["contracts"]] == [contract.pk, second.pk]
    assert "大阪支店" in page.content.decode()
    assert (
        client.get(f"/numbering/add/?contract={strangers.number}").templates[0].name == "accounts/choose_contract.html"
    )
    client.get(f"/numbering/add/?contract={second.number}")
    assert "大阪支店" in client.get("/numbering/add/").content.decode()


def test_htmx_requests_of_a_lost_session_send_the_whole_page_to_the_login(browser):
    answer = browser().get("/orders/", HTTP_HX_REQUEST="true")
    assert answer["HX-Redirect"].startswith("/login/")


def test_roles_contain_each_other(contract):
    for role, may in {"viewer": (1, 0, 0), "member": (1, 1, 0), "owner": (1, 1, 1)}.items():
        user = person(f"role_{role}", customer=contract.customer, role=role)
        assert tuple(user.has_role(wanted) for wanted in ("viewer", "member", "owner")) == tuple(map(bool, may))
