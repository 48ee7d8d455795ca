"""Who lives in the demo: customers, contracts, logins, addresses. All invented; nobody owns .example."""

from dataclasses import dataclass
from typing import Any

from selfcare.accounts.models import Contract, Customer, Role, User

_TELEPHONY = ["numbering.add", "numbering.list", "numbering.sip_password"]
CLOUD = [
    *("cloud.numbers", "cloud.options", "cloud.fax", "cloud.phone_book", "cloud.settle", "cloud.end"),
    "billing.payment",
]
# Its numbers were all given at the start.
_PRIVATE_EXCHANGE = ["numbering.list", "numbering.sip_password"]
_DIAL_IN = ["numbering.dial_in"]
_MOBILE = [
    *("lines.status", "lines.voice_options", "lines.plan", "lines.sim_reissue"),
    *("lines.mnp_in", "lines.mnp_out", "lines.terminate"),
]
#: Everybody who is billed.
STATEMENTS = "billing.statements"
_CENTRE = ("お客様センター", "0120000000")
_SALES = ("担当営業 沖田", "0120000105")

CUSTOMERS: dict[str, dict[str, Any]] = {
    "office": {
        "partner_id": "P0000101",
        "name": "株式会社みなと坂設計事務所",
        "kana": "カブシキガイシャミナトザカセッケイジムショ",
        "postal_code": "000-0012",
        "address": "東京都みなも区潮見坂2-8-5",
        "building": "みなと坂ビル3階",
    },
    "company": {
        "partner_id": "P0000102",
        "name": "うみねこ坂食品株式会社",
        "kana": "ウミネコザカショクヒンカブシキガイシャ",
        "postal_code": "000-0034",
        "address": "神奈川県ゆうなぎ市港町1-20-3",
        "building": "うみねこ坂本社ビル",
    },
    "empty": {
        "partner_id": "P0000103",
        "name": "合同会社やまびこ橋工房",
        "kana": "ゴウドウガイシャヤマビコバシコウボウ",
        "postal_code": "000-0056",
        "address": "長野県こだま郡やまびこ町大字木霊77",
    },
    "person": {
        "partner_id": "P0000104",
        "name": "星見 ひかる",
        "kana": "ホシミ ヒカル",
        "kind": Customer.Kind.PERSONAL,
        "postal_code": "000-0078",
        "address": "大阪府ほしぞら市天の川町4-15",
        "building": "メゾン流星205号室",
        # Came over from the old mobile portal, where a password was enough.
        "login_policy": Customer.LoginPolicy.CHOICE,
    },
    "design": {
        "partner_id": "P0000105",
        "name": "有限会社かもめ野デザイン室",
        "kana": "ユウゲンガイシャカモメノデザインシツ",
        "postal_code": "000-0090",
        "address": "東京都みなも区白帆町5-3-1",
        "building": "白帆テラス2階",
    },
    "trial": {
        "partner_id": "P0000106",
        "name": "小舟 さき",
        "kana": "コブネ サキ",
        "kind": Customer.Kind.PERSONAL,
        "postal_code": "000-0091",
        "address": "東京都みなも区桟橋通り9-2",
        "building": "ハイツさざなみ101号室",
    },
}


@dataclass(frozen=True)
class ContractFacts:
    """`months`: how long ago it began; `ended`: how many months ago it ended."""

    key: str
    number: str
    kind: Contract.Kind
    service: str
    plan: str
    name: str
    functions: list[str]
    months: int
    mail: str
    contact: tuple[str, str] = _CENTRE
    ended: int | None = None
    cycle: str = "month_end"


CONTRACTS = [
    ContractFacts(
        "office.phone", "N10000101", Contract.Kind.IP_PHONE, "b2bua", "b2bua_office", "IP電話 B2BUA",
        _TELEPHONY, 14, "soumu@minatozaka.example",
    ),
    ContractFacts(
        "company.phone", "N10000102", Contract.Kind.IP_PHONE, "standard", "standard_business", "IP電話 標準（全社）",
        _TELEPHONY, 40, "tsushin@umineko.example", _SALES,
    ),
    ContractFacts(
        "company.gate", "N10000105", Contract.Kind.IP_PHONE, "b2bua_opengate", "opengate_business",
        "IP電話 B2BUA OpenGate（本社）", _PRIVATE_EXCHANGE, 22, "tsushin@umineko.example", _SALES,
    ),
    ContractFacts(
        "company.voice", "V30000102", Contract.Kind.IP_VOICE, "ip_voice", "voice_standard", "IP Voice（全社）",
        _DIAL_IN, 34, "tsushin@umineko.example", _SALES,
    ),
    ContractFacts(
        "office.voice", "V30000101", Contract.Kind.IP_VOICE, "ip_voice", "voice_standard", "IP Voice",
        _DIAL_IN, 12, "soumu@minatozaka.example",
    ),
    ContractFacts(
        "company.docomo", "M20000102", Contract.Kind.MOBILE, "docomo", "mobile_standard", "モバイル 標準（docomo）",
        _MOBILE, 30, "tsushin@umineko.example", _SALES,
    ),
    ContractFacts(
        "company.softbank", "M20000202", Contract.Kind.MOBILE, "softbank", "mobile_standard",
        "モバイル 標準（SoftBank）", _MOBILE, 18, "tsushin@umineko.example", _SALES,
    ),
    ContractFacts(
        "company.old", "N10000042", Contract.Kind.IP_PHONE, "standard", "standard_business", "IP電話 標準（旧工場）",
        [], 60, "tsushin@umineko.example", ended=9,
    ),
    ContractFacts(
        "empty.phone", "N10000103", Contract.Kind.IP_PHONE, "standard", "standard_business", "IP電話 標準",
        _TELEPHONY, 0, "info@yamabikobashi.example",
    ),
    ContractFacts(
        "person.mobile", "M20000104", Contract.Kind.MOBILE, "docomo", "mobile_standard", "モバイル 標準（docomo）",
        _MOBILE, 26, "hikaru@hoshimi.example",
    ),
    ContractFacts(
        "design.cloud", "C40000105", Contract.Kind.CLOUD_PHONE, "cloud_phone", "cloud_phone", "クラウド電話",
        CLOUD, 5, "info@kamomeno.example", cycle="25",
    ),
    ContractFacts(
        "trial.cloud", "C40000106", Contract.Kind.CLOUD_PHONE, "cloud_phone", "cloud_phone", "クラウド電話",
        CLOUD, 0, "saki@kobune.example", cycle="25",
    ),
]  # fmt: skip


@dataclass(frozen=True)
class UserFacts:
    """`seen`: days since the last two logins (0: some hours); empty for one who never logged in."""

    key: str
    selfcare_id: str
    role: Role
    name: str
    mail: str
    seen: tuple[int, int] | None
    fields: dict[str, Any]


USERS = [
    UserFacts("office.owner", "minato_owner", Role.OWNER, "三崎 みなと", "misaki@minatozaka.example", (1, 8), {}),
    UserFacts("company.owner", "umineko_owner", Role.OWNER, "海野 渚", "umino@umineko.example", (0, 2), {}),
    UserFacts("company.member", "umineko_member", Role.MEMBER, "磯部 拓海", "isobe@umineko.example", (0, 1), {}),
    UserFacts(
        "company.viewer", "umineko_viewer", Role.VIEWER, "Marina Shore", "shore@umineko.example", (4, 11),
        {"language": "en"},
    ),
    UserFacts("empty.owner", "yamabiko_owner", Role.OWNER, "山彦 ことり", "kotori@yamabikobashi.example", None, {}),
    UserFacts(
        "person.owner", "hoshimi_hikaru", Role.OWNER, "星見 ひかる", "hikaru@hoshimi.example", (2, 30),
        {"login_method": User.LoginMethod.PASSWORD},
    ),
    UserFacts("design.owner", "kamome_owner", Role.OWNER, "鴎野 つばさ", "tsubasa@kamomeno.example", (0, 3), {}),
    UserFacts("trial.owner", "kobune_saki", Role.OWNER, "小舟 さき", "saki@kobune.example", (1, 2), {}),
    UserFacts("office.member", "minato_member", Role.MEMBER, "浜辺 すなお", "hamabe@minatozaka.example", (3, 9), {}),
    UserFacts("office.viewer", "minato_viewer", Role.VIEWER, "波多野 碧", "hatano@minatozaka.example", (20, 51), {}),
    UserFacts(
        "company.new", "umineko_new", Role.MEMBER, "汐見 はじめ", "shiomi@umineko.example", None,
        {"must_change_password": True},
    ),
    UserFacts(
        "company.locked", "umineko_locked", Role.MEMBER, "灯台 まもる", "todai@umineko.example", (40, 44), {}
    ),
    # Logs in with an authenticator app; accepted an invitation of the owner.
    UserFacts("company.app", "umineko_keiri", Role.MEMBER, "帆波 けいこ", "honami@umineko.example", (1, 4), {}),
    UserFacts(
        "company.suspended", "umineko_kyushoku", Role.VIEWER, "凪野 やすむ", "nagino@umineko.example", (21, 25), {}
    ),
    UserFacts(
        "company.removed", "umineko_taishoku", Role.MEMBER, "波止場 さる", "hatoba@umineko.example", (66, 67),
        {"is_active": False},
    ),
    UserFacts("design.member", "kamome_member", Role.MEMBER, "白帆 めぐる", "shiraho@kamomeno.example", (2, 5), {}),
    UserFacts("design.viewer", "kamome_viewer", Role.VIEWER, "浮島 みなみ", "ukishima@kamomeno.example", (6, 9), {}),
]  # fmt: skip

#: Address, days since it was confirmed (None: not yet).
ADDRESSES: dict[str, list[tuple[str, int | None]]] = {
    "office": [("soumu@minatozaka.example", 300), ("genba@minatozaka.example", None)],
    "company": [("tsushin@umineko.example", 900), ("kojo-tantou@umineko.example", 100), ("old@umineko.example", None)],
    "empty": [("info@yamabikobashi.example", 2)],
    "person": [("hikaru@hoshimi.example", 700)],
    "design": [("info@kamomeno.example", 140)],
    "trial": [("saki@kobune.example", 3)],
}
