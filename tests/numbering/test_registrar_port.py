"""Which registrar is attached, by the settings; the registrars themselves are in tests/real."""

import pytest

from numbering.registrar import checks, port
from numbering.registrar.kamailio import Kamailio

URL = "kamailio+unix:///nonexistent/rpc"


class OwnSwitch:
    """An operator's own registrar, attached by its class."""

    def __init__(self, url: str) -> None:
        self.url = url


def test_none_is_attached_unless_it_is_named(settings):
    settings.REGISTRAR_URL = ""
    assert port.attached() is None
    assert checks.registrar_can_be_attached(None) == []


def test_kamailio_is_attached_once_per_process_and_nobody_is_contacted(settings):
    settings.REGISTRAR_URL = URL
    one = port.attached()
    assert isinstance(one, Kamailio)
    assert port.attached() is one


def test_an_operators_own_is_attached_by_its_class(settings):
    settings.REGISTRAR_URL = "switch.example:443"
    settings.REGISTRAR_CLASS = f"{__name__}.OwnSwitch"
    one: object = port.attached()
    assert isinstance(one, OwnSwitch)
    assert one.url == "switch.example:443"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://registrar", "numbering.registrar.kamailio.Kamailio"),
        ("kamailio+udp://registrar", "numbering.registrar.kamailio.Kamailio"),
        ("kamailio+udp://registrar:none", "numbering.registrar.kamailio.Kamailio"),
        (URL, "numbering.registrar.nothing.Nothing"),
        (URL, "nothing"),
    ],
)
def test_what_cannot_be_attached_is_a_sentence_with_a_hint(settings, url, path):
    settings.REGISTRAR_URL, settings.REGISTRAR_CLASS = url, path
    (found,) = checks.registrar_can_be_attached(None)
    assert found.id == "numbering.E001"
    assert "REGISTRAR_URL" in str(found.hint)
