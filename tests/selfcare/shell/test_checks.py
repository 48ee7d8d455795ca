"""Wrong configuration is a sentence with a hint; a portal with nobody's secrets does not serve."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from selfcare import checks


def ids(found) -> set[str]:
    return {message.id for message in found}


def test_the_tests_own_configuration_is_in_order():
    assert checks.secrets(None) == []
    checks.require_secrets()


def test_missing_secrets_are_named_with_a_hint_and_refuse_to_serve(settings):
    settings.SECRET_KEY = checks.DEFAULT_SECRET_KEY
    settings.VAULT_KEYS = []
    settings.CARRIER_SECRET = ""
    settings.OUTSIDE_SECRET = ""
    found = checks.secrets(None)
    assert ids(found) == {"selfcare.W001", "selfcare.W002", "selfcare.W003", "selfcare.W004"}
    assert all(message.hint for message in found)
    with pytest.raises(ImproperlyConfigured, match="SELFCARE_SECRET_KEY"):
        checks.require_secrets()
    settings.DEBUG = True
    assert checks.secrets(None) == []
    checks.require_secrets()


@pytest.mark.parametrize(
    ("bind", "told_twice", "expected"),
    [
        ("127.0.0.1", "", set()),
        ("::1", "", set()),
        ("localhost", "", set()),
        ("0.0.0.0", "", {"selfcare.E001"}),
        ("0.0.0.0", "1", set()),
        ("nonsense", "", {"selfcare.E001"}),
    ],
)
def test_a_demo_that_others_could_reach_is_an_error(settings, monkeypatch, bind, told_twice, expected):
    monkeypatch.setenv("SELFCARE_BIND", bind)
    monkeypatch.setenv("SELFCARE_DEMO_PUBLIC", told_twice)
    settings.DEMO = True
    assert ids(checks.public_demo(None)) == expected
    settings.DEMO = False
    assert checks.public_demo(None) == []


def test_passkeys_want_a_host_with_a_name(settings):
    for host, is_told in (("203.0.113.7", True), ("2001:db8::7", True), ("selfcare.example", False)):
        settings.OTP_WEBAUTHN_RP_ID = host
        assert ("selfcare.W015" in ids(checks.deployment(None))) == is_told, host


def test_a_deployment_is_told_what_is_missing(settings):
    settings.HTTPS, settings.DEMO, settings.METRICS_TOKEN = False, True, "short"
    settings.EMAIL_BACKEND = "selfcare.work.folder_mail.FolderBackend"
    assert ids(checks.deployment(None)) == {"selfcare.W011", "selfcare.W012", "selfcare.W013", "selfcare.W014"}
    settings.HTTPS, settings.DEMO, settings.METRICS_TOKEN = True, False, "m" * 24
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert checks.deployment(None) == []


@pytest.mark.parametrize(
    ("default", "owner", "options", "expected"),
    [
        ("selfcare_app", "selfcare_owner", "", set()),
        ("selfcare", "selfcare", "", {"selfcare.W010"}),
        ("selfcare", "selfcare", "-c role=selfcare_app", set()),
    ],
)
def test_the_application_must_not_own_the_database(settings, default, owner, options, expected):
    settings.DATABASES = {"default": {"USER": default, "OPTIONS": {"options": options}}, "owner": {"USER": owner}}
    assert ids(checks.deployment(None)) & {"selfcare.W010"} == expected
