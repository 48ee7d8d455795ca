"""What クラウド電話 sells: codes and words of its items, and which item a thing costs.

The codes are in tariffs and charges: never renamed. None of them is a number in the sense of `Item.is_number`: the
universal service fee and the relay service fee are in these prices, so that a bill is what its quote was.
"""

from django.utils.translation import gettext_lazy as _

from billing.items import Item, register

#: Contract.plan of a cloud phone contract, under which its tariffs are entered.
PLAN = "cloud_phone"

BASIC_NEW, BASIC_PORT = "cloud.basic_new", "cloud.basic_port"
FAX_NUMBER, FAX = "cloud.fax_number", "cloud.fax"
FLAT_RATE, AFTER_HOURS, VOICEMAIL = "cloud.flat_rate", "cloud.after_hours", "cloud.voicemail"
ID, ID_DESK_PHONE, DESK_PHONE_FEE = "cloud.id", "cloud.id_desk_phone", "cloud.desk_phone_fee"
NUMBER, ADAPTER, DESK_PHONE = "cloud.number", "cloud.adapter", "cloud.desk_phone"
#: The month that a trial began to use after its free days.
TRIAL_MONTH = "cloud.once.trial_month"

_ONCE = "cloud.once."

#: Charged every month; DESK_PHONE is bought, it costs only once.
MONTHLY = (
    BASIC_NEW, BASIC_PORT, FAX_NUMBER, FAX, FLAT_RATE, AFTER_HOURS, VOICEMAIL, ID, ID_DESK_PHONE, DESK_PHONE_FEE,
    NUMBER, ADAPTER,
)  # fmt: skip
#: With an initial fee.
INITIAL = (BASIC_NEW, BASIC_PORT, FAX_NUMBER, ID, ID_DESK_PHONE, NUMBER, ADAPTER, DESK_PHONE)

WORDS = {
    BASIC_NEW: _("基本料金（新しい番号）"),
    BASIC_PORT: _("基本料金（番号ポータビリティ）"),
    FAX_NUMBER: _("クラウドFAX（FAX専用番号）"),
    FAX: _("クラウドFAX（音声番号で利用）"),
    FLAT_RATE: _("10分かけ放題"),
    AFTER_HOURS: _("時間外アナウンス"),
    VOICEMAIL: _("留守番電話"),
    ID: _("追加ID（スマートフォン）"),
    ID_DESK_PHONE: _("追加ID（固定型IP電話機）"),
    DESK_PHONE_FEE: _("固定型IP電話機 端末利用料"),
    NUMBER: _("追加番号（共有番号）"),
    ADAPTER: _("宅内装置"),
    DESK_PHONE: _("優先電話機"),
}
_ONCE_WORDS = {
    BASIC_NEW: _("初期費用（新しい番号）"),
    BASIC_PORT: _("初期費用（番号ポータビリティ）"),
    FAX_NUMBER: _("初期費用（クラウドFAX専用番号）"),
    ID: _("初期費用（追加ID・スマートフォン）"),
    ID_DESK_PHONE: _("初期費用（追加ID・固定型IP電話機）"),
    NUMBER: _("初期費用（追加番号）"),
    # Lent: it comes back with the contract's end.
    ADAPTER: _("初期費用（宅内装置）"),
    DESK_PHONE: _("優先電話機 購入費用"),
}
#: As the bill names what is charged once.
ONCE_WORDS = {f"{_ONCE}{item.removeprefix('cloud.')}": words for item, words in _ONCE_WORDS.items()} | {
    TRIAL_MONTH: _("お試し期間後の月額料金"),
}


def once(item: str) -> str:
    """The initial fee of an item: "cloud.once.id" of "cloud.id"."""
    return f"{_ONCE}{item.removeprefix('cloud.')}"


def basic(*, is_ported: bool) -> str:
    return BASIC_PORT if is_ported else BASIC_NEW


def of_id(*, is_included: bool, has_desk_phone: bool) -> str:
    """What an ID costs by itself; empty for nothing. The basic fee includes two, but not the phone of an office."""
    if is_included:
        return DESK_PHONE_FEE if has_desk_phone else ""
    return ID_DESK_PHONE if has_desk_phone else ID


def tell_billing() -> None:
    register(Item(code, WORDS[code]) for code in MONTHLY)
    register(Item(code, words) for code, words in ONCE_WORDS.items())
