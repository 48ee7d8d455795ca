"""What customers read about cards and payments."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import CardRegistration

_KEPT = gettext_lazy("入力いただいた内容は保存されています。別のカード、または別のお支払い方法をお選びください。")
#: By the provider's word.
_REASONS: Mapping[str, Any] = {
    "declined": gettext_lazy("カード会社の判断により、このカードはご利用いただけませんでした。"),
    "not_authenticated": gettext_lazy("本人認証（3Dセキュア）が完了しませんでした。"),
    "no_3d_secure": gettext_lazy("本人認証（3Dセキュア）に対応していないカードは、ご利用いただけません。"),
    "cookies_blocked": gettext_lazy(
        "ブラウザーが決済代行会社のCookieを受け付けないため、カードを登録できませんでした。"
        "Cookieを許可するか、別のブラウザーでお試しください。"
    ),
    "expired_card": gettext_lazy("カードの有効期限が切れています。"),
    "insufficient_funds": gettext_lazy("カードのご利用可能額が不足しています。"),
    "left": gettext_lazy("カードの登録を中止しました。"),
}


def of_refusal(reason: str) -> str:
    return str(_REASONS.get(reason) or _("このカードはご利用いただけませんでした。"))


def of_registration(registration: CardRegistration) -> str:
    """What came of a registration, what is safe, and what to do."""
    match registration.state:
        case CardRegistration.State.PASSED:
            card = {"brand": registration.card_brand, "last4": registration.card_last4}
            return _("カード（%(brand)s 下4桁 %(last4)s）の本人認証が完了しました。") % card
        case CardRegistration.State.REFUSED:
            return f"{of_refusal(registration.reason)}{_('カードは登録されていません。')}{_KEPT}"
        case CardRegistration.State.EXPIRED:
            return f"{_('時間切れのため、カードの登録を終了しました。')}{_('カードは登録されていません。')}{_KEPT}"
        case _:
            return _("カードの登録はまだ完了していません。")
