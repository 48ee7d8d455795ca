"""What a password may not be, beside short and common."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from selfcare.accounts.models import User

#: Shorter words occur by chance.
_SHORTEST_WORD = 4
#: Characters beside the known words that make a password one's own.
_LEFT = 8
#: Words of this portal, which guessers try first (ASVS 6.1.2).
_PORTAL_WORDS = ("selfcare", "セルフケア", "password", "パスワード")


class OwnDataValidator:
    """Refuses passwords that are mostly made of the user's own data: ID, name, mail addresses, the customer's name,
    number, telephone and contract numbers; or of the portal's own words."""

    def validate(self, password: str, user: Any = None) -> None:
        # A word inside a long sentence is no weakness; what is left without them has to stand alone.
        folded = left = password.casefold()
        for word in sorted(_words(user), key=len, reverse=True):
            left = left.replace(word, "")
        if left != folded and len(left) < _LEFT:
            raise ValidationError(
                _("IDや氏名、メールアドレス、契約者名など、ご自身の情報に近いパスワードは使えません。"),
                code="own_data",
            )

    def get_help_text(self) -> str:
        return _("IDや氏名、メールアドレス、契約者名など、ご自身の情報に近いものは使えません。")


def _words(user: Any) -> set[str]:
    texts = list(_PORTAL_WORDS)
    if isinstance(user, User):
        texts += [user.selfcare_id, user.name, user.email, user.code_email]
        customer = user.customer
        if customer is not None:
            texts += [customer.partner_id, customer.name, customer.kana]
            for contract in customer.contracts.all():
                texts += [contract.number, contract.mail, contract.contact_phone]
    words = {part for text in texts for part in (text, *re.split(r"[\s@.,_　・-]+", text))}
    return {word.casefold() for word in words if len(word) >= _SHORTEST_WORD}
