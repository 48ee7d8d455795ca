"""The additional functions of a row as cells: on the screen one tab each, in a file one column each (spec 5.3)."""

from django.utils.translation import gettext_lazy as _

from numbering.dial_in.functions import Functions, problems
from numbering.dial_in.tables import cells
from numbering.dial_in.tables.columns import Column, Row

YES, NO = _("契約する"), _("契約しない")
FLAGS = ("message_box", "reject_anonymous", "reject_nuisance")
TARGETS = ("shown_number", "forward_number")
LABELS = {
    "message_box": _("メッセージボックス"),
    "reject_anonymous": _("非通知着信拒否"),
    "reject_nuisance": _("迷惑電話お断り"),
    "shown_number": _("特定番号通知"),
    "forward_number": _("転送先特定番号"),
}
_WORDS = {
    "message_box": ("message box",),
    "reject_anonymous": ("ナンバーリクエスト", "reject anonymous"),
    "reject_nuisance": ("迷惑電話おことわり", "reject nuisance"),
    "shown_number": ("通知する番号", "shown number"),
    "forward_number": ("転送先番号", "forward number"),
}
COLUMNS = tuple(
    Column(
        name,
        LABELS[name],
        words=_WORDS[name],
        example=_("契約する、または契約しない") if name in FLAGS else "0312345678",
    )
    for name in (*FLAGS, *TARGETS)
)


def target(typed: str) -> str:
    """The digits of a number to show or to forward to; empty stays empty. Raises ValueError."""
    digits = cells.phone(typed)
    if digits and not (digits.startswith("0") and len(digits) in (10, 11)):
        raise ValueError(_("0から始まる10桁か11桁の電話番号を入力してください。"))
    return digits


def read(row: Row, *, kind: str) -> Functions:
    """What the row's cells say; what is wrong stands on the row."""
    said: dict[str, bool | str] = {}
    for name in (*FLAGS, *TARGETS):
        try:
            value = row.cells.get(name, "")
            said[name] = cells.yes_no(value) if name in FLAGS else target(value)
        except ValueError as error:
            row.refuse(name, error)
    functions = Functions(**said)  # type: ignore[arg-type]
    for name, reason in problems(functions, kind=kind).items():
        row.refuse(name, reason)
    return functions


def written(functions: Functions) -> list[str]:
    """The cells of a row, in the order of COLUMNS."""
    flags = [str(YES if getattr(functions, name) else NO) for name in FLAGS]
    return [*flags, *(getattr(functions, name) for name in TARGETS)]
