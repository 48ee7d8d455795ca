"""Whose address a request comes from, and its reference number."""

import pytest
from django.test import Client, RequestFactory

from selfcare.accounts.middleware import client_address
from selfcare.accounts.models import AuditEvent
from tests.selfcare.accounts.parts import DATABASES, give_password


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (2, "1.1.1.1, 203.0.113.9, 198.51.100.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "nonsense", "192.0.2.1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_only_what_our_own_proxies_saw_is_believed(settings, proxies, forwarded, found):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded, REMOTE_ADDR="192.0.2.1")
    assert client_address(request) == found


def test_a_socket_without_an_address_has_none():
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="")) is None


@pytest.mark.django_db(databases=DATABASES)
def test_the_reference_number_of_the_answer_finds_the_audit_event(owner):
    answer = give_password(Client(), owner, "wrong-password")
    event = AuditEvent.objects.get(request_id=answer["X-Request-ID"])
    assert event.action == "login.failed"
    assert answer["X-Request-ID"] != give_password(Client(), owner, "wrong-password")["X-Request-ID"]


@pytest.mark.django_db(databases=DATABASES)
def test_a_clients_own_reference_number_is_not_taken_over():
    assert Client().get("/login/", HTTP_X_REQUEST_ID="mine")["X-Request-ID"] != "mine"
