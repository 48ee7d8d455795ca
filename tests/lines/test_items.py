"""What lines sell, as billing knows it: plans are numbers, options go onto the voice statement, fees are due once."""

import pytest

from billing import items as billing_items
from billing.items import Item, Statement
from lines import items
from lines.models import Plan
from lines.options import OPTIONS
from tests.lines import parts

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.mark.parametrize(
    ("code", "words", "statement", "free_seconds"),
    [
        ("lines.option.flat_rate.5min", "5分かけ放題", Statement.OPTION, 300),
        ("lines.option.flat_rate.10min", "10分かけ放題", Statement.OPTION, 600),
        ("lines.option.flat_rate.unlimited", "かけ放題", Statement.OPTION, billing_items.UNLIMITED),
        ("lines.option.voicemail", "留守番電話", Statement.OPTION, None),
        ("lines.option.call_waiting", "キャッチホン", Statement.OPTION, None),
        ("lines.option.group_call", "グループ通話", Statement.OPTION, None),
        ("lines.option.number_block", "ナンバーブロック", Statement.OPTION, None),
        ("lines.option.call_forwarding", "転送電話", Statement.OPTION, None),
        ("lines.once.port_out", "MNP転出手数料", Statement.PORT_OUT, None),
        ("lines.once.sim_reissue", "SIM再発行・サイズ変更手数料", Statement.BILL, None),
    ],
)
def test_billing_knows_options_and_fees(code, words, statement, free_seconds):
    item = billing_items.get(code)
    assert (str(item.words), item.statement, item.free_seconds) == (words, statement, free_seconds)
    assert not item.is_number


def test_every_option_that_a_line_can_hold_has_an_item():
    for options in OPTIONS.values():
        for option in options:
            value = "unlimited" if option.code == "flat_rate" else "0312345678"
            assert billing_items.get(items.option(option.code, value)).statement == Statement.OPTION


def test_a_plan_that_operators_add_later_is_a_number_by_its_name():
    code = items.plan("voice_50gb")
    assert billing_items.get(code) == Item(code, "voice_50gb", is_number=True)  # nobody has named it yet
    service = parts.service()
    Plan.objects.create(service=service, code="voice_50gb", name="音声 50GB", family="voice", sim_kind="voice", size=1)
    assert billing_items.get(code) == Item(code, "音声 50GB", is_number=True)
    known = {item.code for item in billing_items.every()}
    assert {code, "lines.plan.data_3gb", "lines.option.voicemail", "lines.once.port_out"} <= known


def test_what_nobody_sells_is_no_item():
    with pytest.raises(LookupError, match=r"lines\.nothing"):
        billing_items.get("lines.nothing")
