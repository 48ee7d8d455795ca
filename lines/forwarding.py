"""Where calls of a line can be forwarded to (転送電話): ordinary telephones in Japan, nobody else's emergency."""

import phonenumbers
from django.utils.translation import gettext as _

from selfcare import phones

_Type = phonenumbers.PhoneNumberType
#: Neither emergency and service numbers nor those for which somebody else than the caller decides the price
#: (フリーダイヤル, ナビダイヤル, 情報料のかかる番号).
_ORDINARY = {_Type.FIXED_LINE, _Type.MOBILE, _Type.FIXED_LINE_OR_MOBILE, _Type.VOIP, _Type.PERSONAL_NUMBER}


def normalize(typed: str) -> str:
    """Digits of a target as typed. Raises ValueError with a message for the person who typed it."""
    digits = phones.normalize(typed)
    reason = problem(digits)
    if reason:
        raise ValueError(reason)
    return digits


def problem(digits: str, *, own: str = "") -> str:
    """Why these digits are no target for the line with the number `own`; empty when they are."""
    if digits == own:
        return _("この回線自身の番号には転送できません。")
    try:
        number = phonenumbers.parse(digits, phones.REGION)
    except phonenumbers.NumberParseException:
        return _not_a_target()
    # What is parsed otherwise than it was typed (a prefix taken for a country's) is not what would be dialled.
    if digits[:1] != "0" or not phonenumbers.is_valid_number_for_region(number, phones.REGION):
        return _not_a_target()
    if phonenumbers.number_type(number) not in _ORDINARY:
        return _(
            "この番号には転送できません。緊急通報、フリーダイヤル、ナビダイヤル、情報料のかかる番号などは指定できません。"
        )
    return ""


def _not_a_target() -> str:
    return _(
        "転送先は、日本国内の電話番号を市外局番から入力してください（緊急通報などの番号は指定できません）。例：03-1234-5678"
    )
