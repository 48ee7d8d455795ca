"""What a person has entered of a part and not saved: kept page by page, for this person alone."""

from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from numbering.dial_in.models import DialInPart, DialInPartInput
from selfcare import clock
from selfcare.accounts.models import User
from selfcare.orders.models import Order

SCREEN, FILE = "screen", "file"


@dataclass
class Input:
    """`version`: of the part when it was opened, 0 for a new one. `rows` are rows of the part as they would be saved.
    `file`: of the last file that was sent (`Checked.as_json`), with the rows that are to be corrected. `is_begun`: it
    says something that the part itself does not say.
    """

    kind: str
    version: int = 0
    base: int | None = None
    method: str = SCREEN
    rows: list[dict[str, Any]] = field(default_factory=list)
    free_dial_until: str = ""
    #: What the order said when this was begun: only who has changed it writes it.
    free_dial_before: str = ""
    document: str = ""
    file: dict[str, Any] = field(default_factory=dict)
    is_begun: bool = False


def place_of(part: DialInPart | None, kind: str) -> str:
    return str(part.pk) if part else kind


def read(*, order: Order, part: DialInPart | None, kind: str, user: User) -> Input:
    """What was entered so far; of a part that nobody has begun to change, what it says."""
    kept = DialInPartInput.objects.filter(order=order, user=user, place=place_of(part, kind)).first()
    if kept is not None:
        return Input(**kept.content, is_begun=True)
    until = order.data.get("free_dial_until", "")
    if part is None:
        return Input(kind=kind, free_dial_until=until, free_dial_before=until)
    return Input(
        kind=part.kind,
        version=part.version,
        base=part.base_id,
        rows=part.rows,
        free_dial_until=until,
        free_dial_before=until,
        document=order.data.get("remaining", {}).get(str(part.pk), ""),
    )


def keep(*, order: Order, place: str, entered: Input, user: User) -> None:
    content = {name: value for name, value in asdict(entered).items() if name != "is_begun"}
    DialInPartInput.objects.update_or_create(
        order=order,
        user=user,
        place=place,
        defaults={"customer_id": order.customer_id, "content": content, "updated_at": clock.now()},
    )


def forget(*, order: Order, place: str, user: User) -> None:
    DialInPartInput.objects.filter(order=order, user=user, place=place).delete()


def erase_old() -> int:
    """Delete what was entered for orders that ended thirty days ago: until then who comes back finds it."""
    ended = clock.now() - timedelta(days=30)
    return DialInPartInput.objects.filter(order__finished_at__lte=ended).delete()[0]


def begun(*, order: Order, user: User) -> dict[str, DialInPartInput]:
    """By place."""
    return {one.place: one for one in DialInPartInput.objects.filter(order=order, user=user)}
