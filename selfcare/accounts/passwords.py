"""What a password may not be, beside short and common."""

import re
import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from selfcare.accounts.models import User

#: Shorter words occur by chance.
_SHORTEST_WORD = 4
#: Characters beside the known words that make a password one's own; beside one's ID or the company's name, which
#: everybody who tries knows, as many as any password needs.
_LEFT, _LEFT_BESIDE_NAMES = 8, 12
#: Words of this portal, which guessers try first (ASVS 6.1.2).
_PORTAL_WORDS = ("selfcare", "セルフケア", "password", "パスワード")
#: What stands before or after the names of companies, and who is meant is known without it.
_LEGAL_FORMS = re.compile(
    r"(株式|有限|合同|合資|合名)会社|\((株|有|同|資|名)\)|(一般|公益)?(社団|財団)法人|(医療|学校|社会福祉|宗教)法人"
    r"|カブシキガイシャ|ユウゲンガイシャ|ゴウドウガイシャ|(,? |\b)(co\.,? ?ltd|inc|ltd|llc|k\.k)\b\.?",
    re.IGNORECASE,
)


class OwnDataValidator:
    """Refuses passwords that are mostly made of the user's own data: ID, name, mail addresses, the customer's name,
    number, telephone and contract numbers; or of the portal's own words."""

    def validate(self, password: str, user: Any = None) -> None:
        # A word inside a long sentence is no weakness; what is left without them has to stand alone.
        folded = _folded(password)
        for words, least in ((_names(user), _LEFT_BESIDE_NAMES), (_words(user), _LEFT)):
            left = folded
            for word in sorted(words, key=len, reverse=True):
                left = left.replace(word, "")
            if left != folded and len(left) < least:
                raise ValidationError(
                    _("IDや氏名、メールアドレス、契約者名など、ご自身の情報に近いパスワードは使えません。"),
                    code="own_data",
                )

    def get_help_text(self) -> str:
        return _("IDや氏名、メールアドレス、契約者名など、ご自身の情報に近いものは使えません。")


def _folded(text: str) -> str:
    """One width, one case, no spaces: `Ｍｉｎａｔｏ Saka` is no better than `minatosaka`."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).casefold())


def _names(user: Any) -> set[str]:
    """The ID, and the company's name in both scripts without its legal form."""
    if not isinstance(user, User):
        return set()
    texts = [user.selfcare_id]
    if user.customer is not None:
        for name in (user.customer.name, user.customer.kana):
            texts += [name, _LEGAL_FORMS.sub("", unicodedata.normalize("NFKC", name))]
    return {word for text in texts if len(word := _folded(text)) >= _SHORTEST_WORD}


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
    return {word for text in words if len(word := _folded(text)) >= _SHORTEST_WORD}
