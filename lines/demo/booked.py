"""What customers of the demo have booked on their lines: placed by the engine itself, as if just now."""

from datetime import timedelta
from typing import Any

from lines.models import Line
from selfcare import calendar, clock
from selfcare.accounts.models import User
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.services.accepting import accept
from selfcare.orders.services.drafts import new_draft, save_draft
from selfcare.orders.services.offers import offer, seal_shown
from selfcare.runtime.demo import Scene


def place(scene: Scene) -> None:
    """A smaller plan and other options for the 1st, a new SIM in some days, two lines that end."""
    owner, member = scene.users["company.owner"], scene.users["company.member"]
    voice = _in_use(scene, Line.SimKind.VOICE)
    data = _in_use(scene, Line.SimKind.DATA)
    today = calendar.today(scene.now)
    _order(member, voice[0], "lines.plan", plan="voice_light")
    _order(owner, data[0], "lines.plan", plan="data_3gb")
    options = {"flat_rate": "10min", "voicemail": True}
    _order(owner, voice[1], "lines.voice_options", options=options, day="first", has_pin=False)
    ship_on = (today + timedelta(days=5)).isoformat()
    _order(owner, voice[2], "lines.sim_reissue", method="black", size="nano", ship_on=ship_on)
    end = calendar.end_of_month(calendar.add_months(today, 1))
    _order(owner, data[1], "lines.terminate", ends_on=end.isoformat())
    _order(member, data[2], "lines.terminate", ends_on=(today + timedelta(days=17)).isoformat())


def _in_use(scene: Scene, kind: str) -> list[Line]:
    """The company's docomo lines that nothing is open on."""
    rows = Line.objects.filter(
        contract=scene.contracts["company.docomo"], status=Line.Status.ACTIVE, sim_kind=kind, open_changes=[]
    )
    return list(rows.select_related("contract").order_by("pk"))


def _order(actor: User, line: Line, code: str, **data: Any) -> Order:
    now = clock.now()
    draft = new_draft(procedure=procedures.get(code), subject=line, contract=line.contract, now=now, actor=actor)
    order = save_draft(order=draft, data=data, now=now, actor=actor)
    shown = seal_shown(order, offer(order, now=now))
    return accept(order_id=order.pk, shown=shown, session_digest="", actor=actor)[0]
