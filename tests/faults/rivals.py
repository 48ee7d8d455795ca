"""Two orders for one line accepted at the same moment, in a stack's environment: part of what `seed` runs."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from threading import Thread
from typing import Any

from django.db import connections

from lines.models import Line
from lines.models.lines import LineQuerySet
from selfcare import clock
from selfcare.accounts.models import User
from selfcare.orders import procedures
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import accepting
from selfcare.orders.services.drafts import new_draft, save_draft
from selfcare.orders.services.offers import offer, seal_shown
from tests.faults.cancelling import without_locks
from tests.faults.undoing import new_lines

#: Seconds between the rules' last word and writing: so wide is the window made, in which the rival may come between.
WINDOW = 0.4


def rivals(*, user: str, count: int, wishes: list[dict[str, Any]], locked: bool) -> dict[str, Any]:
    owner = User.objects.get(selfcare_id=user)
    lines = new_lines(owner, count)
    wanted = [_confirmed(Line.objects.get(pk=line.pk), wish, owner) for line in lines for wish in wishes]
    with _slowly(), nullcontext() if locked else without_locks(LineQuerySet):
        threads = [Thread(target=_accept, args=(accept,)) for accept in wanted]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return {"lines": [line.pk for line in lines]}


def _confirmed(line: Line, wish: dict[str, Any], actor: User) -> Any:
    """What the button of the confirm page does."""
    data = {key: value for key, value in wish.items() if key != "procedure"}
    procedure, now = procedures.get(wish["procedure"]), clock.now()
    draft = new_draft(procedure=procedure, subject=line, contract=line.contract, now=now, actor=actor)
    draft = save_draft(order=draft, data=data, now=now, actor=actor)
    shown = seal_shown(draft, offer(draft, now=now))
    return partial(accepting.accept, order_id=draft.pk, shown=shown, session_digest="", actor=actor)


def _accept(accept: Any) -> None:
    try:
        time.sleep(random.uniform(0, WINDOW / 4))
        accept()
    except (NotPossible, accepting.Changed):
        pass  # the orders' states say so
    finally:
        connections.close_all()


@contextmanager
def _slowly() -> Iterator[None]:
    real: Any = vars(accepting)["require_possible"]

    def slowly(*args: Any, **options: Any) -> None:
        real(*args, **options)
        time.sleep(random.uniform(WINDOW / 2, WINDOW))

    vars(accepting)["require_possible"] = slowly
    try:
        yield
    finally:
        vars(accepting)["require_possible"] = real
