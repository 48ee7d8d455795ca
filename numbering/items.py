"""The codes under which billing knows what numbering sells. They are in tariffs and charges: never renamed."""

from django.utils.translation import gettext_lazy as _

from billing.items import Item, register

MONTHLY_050 = "numbering.050.monthly"
DIAL_IN_050 = "numbering.dial_in.050"
DIAL_IN_0ABJ = "numbering.dial_in.0abj"
MESSAGE_BOX = "numbering.dial_in.message_box"
REJECT_ANONYMOUS = "numbering.dial_in.reject_anonymous"
REJECT_NUISANCE = "numbering.dial_in.reject_nuisance"
SHOWN_NUMBER = "numbering.dial_in.shown_number"
FORWARD_NUMBER = "numbering.dial_in.forward_number"


def tell_billing() -> None:
    """How the bill names them; the numbers among them bear the fees that are due for every number."""
    register(
        [
            Item(MONTHLY_050, _("050番号"), is_number=True),
            Item(DIAL_IN_050, _("ダイヤルイン番号（050）"), is_number=True),
            Item(DIAL_IN_0ABJ, _("ダイヤルイン番号（0ABJ）"), is_number=True),
            Item(MESSAGE_BOX, _("メッセージボックス")),
            Item(REJECT_ANONYMOUS, _("非通知拒否")),
            Item(REJECT_NUISANCE, _("迷惑電話拒否")),
            Item(SHOWN_NUMBER, _("特定番号通知")),
            Item(FORWARD_NUMBER, _("転送先特定番号")),
        ]
    )
