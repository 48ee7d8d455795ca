"""A contract of another service for which cloud phone functions were entered by mistake: no page breaks."""

import pytest

from tests import builders, people
from tests.numbering.cloud import parts

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

PAGES = ("", "contract/", "settle/", "end/", "port-in/", "add-ids/", "add-number/", "options/", "options/change/",
         "options/fax-number/", "scheme/", "phone-book/", "fax/")  # fmt: skip


def test_every_page_of_it_is_not_found_or_says_that_nothing_is_there():
    other = builders.contract(functions=parts.FUNCTIONS)
    owner = people.person("other_owner", customer=other.customer, role="owner")
    browser = people.log_in(owner)
    answers = {page: browser.get(f"/cloud/{page}").status_code for page in PAGES}
    assert {page: status for page, status in answers.items() if status not in {200, 302, 404}} == {}
    assert browser.post("/cloud/scheme/", {}).status_code == 404
    assert [answers[page] for page in ("settle/", "end/", "add-ids/")] == [404] * 3
