"""An operator who looks as a customer's user, at every page there is: it shows itself or says why not, and nothing of
the customer's is different afterwards. (That nothing can be sent: tests/staff/test_viewing_as_reads.py.)"""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from selfcare import clock as clocks
from selfcare.accounts.models import AuditEvent
from tests.hostile import routes
from tests.hostile.rules import Rule, rule_of
from tests.hostile.world import Fingerprint, Holdings
from tests.selfcare.staff.people import inside, operator_of
from tests.staff.viewing import begun

pytestmark = [
    pytest.mark.django_db(databases=["default", "owner"]),
    pytest.mark.timeout(900),  # thousands of requests, on a machine that may be busy
]

#: Pages that support must be able to see.
SHOWN = {
    "home", "search", "orders:history", "orders:order", "orders:coming", "orders:confirm", "orders:batch", "lines:list",
    "lines:line", "lines:suspend", "numbering:list", "numbering:add", "billing:months", "accounts:audit",
    "accounts:users", "accounts:user", "accounts:profile", "accounts:notifications",
    "orders:approvals", "approval_rule",
}  # fmt: skip


def look(client: Client, route: routes.Route, ours: Holdings) -> Any:
    """The first answer to one of the customer's ids that shows a page, or says why not."""
    for path in route.filled(ours.ids):
        with transaction.atomic():
            answer = client.get(path)
            # What is written of it is who looked.
            transaction.set_rollback(True)
        if answer.status_code not in (302, 404):
            break
    return answer


def test_every_page_shows_itself_or_says_why_not_and_changes_nothing(clock, ours):
    client = inside(operator_of("support"))
    client.raise_request_exception = False
    begun(client, ours.user)
    rows = Fingerprint(ours.customer)
    before = rows.now()
    shown: set[str] = set()
    hidden: set[str] = set()
    wrote: set[str] = set()
    wrong = []
    for route in routes.every():
        if rule_of(route) not in (Rule.OWN, Rule.THEIRS):
            continue
        answer = look(client, route, ours)
        words = answer.content.decode(errors="replace")
        if answer.status_code == 200:
            shown.add(route.name)
        elif answer.status_code == 403 and "<dt>起きたこと</dt>" in words:
            (wrote if "開くだけで記録が残る" in words else hidden).add(route.name)
        elif answer.status_code not in (302, 404, 405, 410):
            wrong.append(f"{route.name}: {answer.status_code}")
    print(f"figure: as a customer's user {len(shown)} pages shown, {len(hidden)} hidden, {sorted(wrote)} write")
    assert wrong == []
    assert SHOWN - shown == set()
    assert wrote == set()
    assert rows.now() == before


def test_the_fingerprint_sees_what_a_look_writes_down(clock, ours):
    """The negative control."""
    rows = Fingerprint(ours.customer)
    before = rows.now()
    AuditEvent.objects.create(action="view_as.page", business_at=clocks.now(), customer=ours.customer)
    assert rows.now() != before
