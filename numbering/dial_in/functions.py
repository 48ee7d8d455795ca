"""The additional functions of a dial-in number, and which of them exclude each other (spec 5.3)."""

from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from numbering.models.numbers import Kind


@dataclass(frozen=True)
class Functions:
    """What one number gets. Both numbers are digits, empty without; `shown_number` is 特定番号通知, the number shown
    instead of its own, `forward_number` 転送先特定番号, where its calls go.
    """

    message_box: bool = False
    reject_anonymous: bool = False
    reject_nuisance: bool = False
    shown_number: str = ""
    forward_number: str = ""

    @classmethod
    def from_json(cls, kept: dict[str, Any] | None) -> "Functions":
        return cls(**(kept or {}))

    def as_json(self) -> dict[str, Any]:
        """Only what is chosen: {} for none."""
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def has_target(self) -> bool:
        """Whether there is one of the two that need construction and a lead time of their own."""
        return bool(self.shown_number or self.forward_number)


#: A number with none of them.
NO_FUNCTIONS = Functions()


def problems(functions: Functions, *, kind: str) -> dict[str, str]:
    """What does not go together on a number of this kind: a reason by the name of the field it is told beside."""
    found: dict[str, str] = {}
    if not functions.forward_number:
        return found
    if kind == Kind.IP_050:
        found["forward_number"] = _("転送先特定番号は、050番号では利用できません。")
    elif functions.shown_number:
        found["forward_number"] = _("特定番号通知と転送先特定番号は、同じ番号で同時に利用できません。")
    elif functions.message_box:
        found["forward_number"] = _("転送先特定番号は、メッセージボックスと同時に利用できません。")
    return found
