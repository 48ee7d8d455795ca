"""Threads of a web process share one connection: what is read-only for one request is not for the next one."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import Client, RequestFactory

from selfcare.accounts.models import AuditEvent
from selfcare.turns import OneAtATime
from tests.people import log_in
from tests.selfcare.staff.people import inside, operator_of
from tests.staff.viewing import DATABASES, begun

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=DATABASES),
    pytest.mark.urls("tests.staff.viewing_urls"),
]


def environ(client: Client, path: str) -> dict:
    asking = RequestFactory()
    asking.cookies = client.cookies
    return asking.get(path).environ


def test_requests_that_look_and_requests_that_write_take_turns(clock, owner):
    operator = inside(operator_of("support"))
    begun(operator, owner)
    user = log_in(owner)
    application = OneAtATime(get_wsgi_application())

    def ask(client: Client, path: str) -> str:
        told: list[str] = []
        answer = application(environ(client, path), lambda status, headers: told.append(status[:3]))
        b"".join(answer)
        return told[0]

    wanted = [(operator, "/test/writing/"), (user, "/test/writing/"), (operator, "/test/streaming/"), (operator, "/")]
    with ThreadPoolExecutor(4) as threads:
        answers = Counter(
            (client is operator, path, one.result())
            for client, path, one in [
                (client, path, threads.submit(ask, client, path)) for _n in range(6) for client, path in wanted
            ]
        )
    for kept in application._kept.values():
        kept.close()
    assert answers == {
        (True, "/test/writing/", "403"): 6,
        (False, "/test/writing/", "200"): 6,
        (True, "/test/streaming/", "403"): 6,
        (True, "/", "200"): 6,
    }
    assert AuditEvent.objects.filter(action="view_as.page").count() == 18
