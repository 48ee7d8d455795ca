"""同じ内容で申し込む, procedure by procedure: offered where the same wish can be meant again (spec 5.5)."""

from typing import Any

import pytest

from selfcare import clock as time
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests.lines import parts
from tests.people import log_in

ENDED = {"ends_on": "2026-12-31"}
OPTIONS = {"day": "today", "options": {"voicemail": True}, "has_pin": True}
BLACK, OTA = {"method": "black", "size": "nano", "ship_on": "2026-11-25"}, {"method": "ota", "serial": "8981"}
HOLDER = {"name": "みなと", "kana": "ミナト", "kind": "corporate"}

#: procedure, state, data of the order, data of the draft (None: no button)
TABLE: list[tuple[str, str, dict[str, Any], dict[str, Any] | None]] = [
    ("lines.suspend", "completed", {}, None),
    ("lines.suspend", "acknowledged", {}, None),
    ("lines.suspend", "cancelled", {}, {}),
    ("lines.resume", "failed", {}, {}),
    ("lines.plan", "completed", {"plan": "voice_1gb"}, None),
    ("lines.plan", "failed", {"plan": "voice_1gb"}, {"plan": "voice_1gb"}),
    ("lines.plan_cancel", "completed", {}, None),
    ("lines.voice_options", "completed", OPTIONS, None),
    ("lines.voice_options", "cancelled", OPTIONS, {**OPTIONS, "has_pin": False}),
    ("lines.voice_options", "cancelled", {**OPTIONS, "options": {}}, None),
    ("lines.sim_reissue", "completed", BLACK, BLACK),
    ("lines.sim_reissue", "in_progress", BLACK, None),
    ("lines.sim_reissue", "completed", OTA, None),
    ("lines.sim_reissue", "failed", OTA, OTA),
    ("lines.mnp_in", "failed", {"date": "2026-11-25"}, {"date": "2026-11-25"}),
    ("lines.mnp_in", "completed", {"date": "2026-11-25"}, None),
    ("lines.mnp_out", "completed", HOLDER, HOLDER),
    ("lines.mnp_out", "in_progress", HOLDER, None),
    ("lines.terminate", "cancelled", ENDED, ENDED),
    ("lines.terminate", "completed", ENDED, None),
    ("numbering.add", "completed", {"count": 3}, {"count": 3}),
    ("numbering.sip_password", "completed", {"number": "05012345678", "at": ""}, None),
]


@pytest.mark.parametrize(("code", "state", "data", "expected"), TABLE)
def test_what_a_new_draft_of_it_begins_with(code, state, data, expected):
    order = Order(procedure=code, state=state, data=data)
    assert procedures.get(code).again(order) == expected


def test_every_procedure_of_lines_is_in_the_table():
    named = {code for code, *_rest in TABLE}
    missing = {one.code for one in procedures.every() if one.code.startswith("lines.")} - named
    assert {code for code in missing if not code.endswith("_cancel")} == set()


@pytest.mark.django_db(databases=["default", "owner"])
def test_a_cancelled_end_whose_day_has_passed_is_typed_with_another_day(clock, owner):
    parts.service()
    line = parts.line(contract=parts.contract(customer=owner.customer))
    now = time.now()
    order = Order.objects.create(
        procedure="lines.terminate", customer=line.customer, contract=line.contract, subject_id=line.pk, actor=owner,
        state=State.CANCELLED, data={"ends_on": "2026-11-19"}, created_at=now, accepted_at=now, due_at=now,
        finished_at=now,
    )  # fmt: skip
    client = log_in(owner)
    page = client.post(f"/orders/{order.uuid}/again/", follow=True)
    assert page.request["PATH_INFO"] == f"/lines/{line.pk}/terminate/"
    assert page.context["form"]["ends_on"].value().isoformat() == "2026-11-30"
    draft = Order.objects.get(state=State.DRAFT)
    confirm = client.get(f"/orders/{draft.uuid}/confirm/")
    assert confirm.status_code == 200
    assert confirm.context["shown"] == ""
