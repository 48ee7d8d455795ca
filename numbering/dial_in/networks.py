"""0ABJ拠点のネットワークアドレス (spec 5.3): what may be registered for a site. Pure.

Only IPv4: the sites' telephones speak nothing else.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

PRIVATE = tuple(IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))  # RFC 1918
#: The shortest prefix: all of 10.0.0.0/8 can be one company's; of public addresses no site has more than a /16.
SHORTEST_PRIVATE, SHORTEST_PUBLIC, LONGEST = 8, 16, 32

_LOOPBACK = gettext_lazy("ループバックアドレス")
_LINK_LOCAL = gettext_lazy("リンクローカルアドレス")
_DOCUMENTATION = gettext_lazy("文書用のアドレス")
_RESERVED = gettext_lazy("予約済みのアドレス")
#: What is nobody's site (RFC 6890 and its registry). 100.64.0.0/10 is a carrier's, shared by many of its customers: a
#: call from there says nothing about the site.
SPECIAL: tuple[tuple[IPv4Network, Any], ...] = tuple(
    (IPv4Network(block), name)
    for block, name in (
        ("0.0.0.0/8", _RESERVED),
        ("100.64.0.0/10", gettext_lazy("通信事業者の共用アドレス（CGN）")),
        ("127.0.0.0/8", _LOOPBACK),
        ("169.254.0.0/16", _LINK_LOCAL),
        ("192.0.0.0/24", _RESERVED),
        ("192.0.2.0/24", _DOCUMENTATION),
        ("192.88.99.0/24", _RESERVED),
        ("198.18.0.0/15", gettext_lazy("性能試験用のアドレス")),
        ("198.51.100.0/24", _DOCUMENTATION),
        ("203.0.113.0/24", _DOCUMENTATION),
        ("224.0.0.0/4", gettext_lazy("マルチキャストアドレス")),
        ("240.0.0.0/4", _RESERVED),
    )
)
_QUAD = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}")


class Refused(ValueError):
    """A network as typed cannot be registered: `field` is "address" or "prefix", the text is for the customer."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def parse(address: str, prefix: str) -> IPv4Network:
    """The network as typed in two fields, of any width; or both in the first one. Raises Refused."""
    address, prefix = _plain(address), _plain(prefix).lstrip("/")
    if "/" in address and not prefix:
        address, prefix = address.split("/", 1)
    if not address:
        raise Refused("address", _("ネットワークアドレスを入力してください。"))
    quad = _ip(address)
    if not prefix:
        raise Refused("prefix", _("プレフィックス長を入力してください。"))
    if not re.fullmatch(r"[0-9]{1,2}", prefix) or int(prefix) > LONGEST:
        raise Refused("prefix", _length_range())
    network = IPv4Network((quad, int(prefix)), strict=False)
    if network.network_address != quad:
        raise Refused(
            "address",
            _("%(typed)s は /%(prefix)s のネットワークアドレスではありません。%(right)s ではありませんか。")
            % {"typed": quad, "prefix": prefix, "right": network},
        )
    _require_usable(network)
    return network


def is_private(network: IPv4Network) -> bool:
    return any(network.subnet_of(block) for block in PRIVATE)


def _require_usable(network: IPv4Network) -> None:
    """The prefix in range, and all addresses private or all of them public."""
    if network.prefixlen < SHORTEST_PRIVATE:
        raise Refused("prefix", _length_range())
    for block, name in SPECIAL:
        if network.overlaps(block):
            raise Refused("address", _("%(name)s（%(block)s）は登録できません。") % {"name": name, "block": block})
    if is_private(network):
        return
    for block in PRIVATE:
        if network.overlaps(block):
            raise Refused(
                "prefix",
                _("プライベートアドレス（%(block)s）とグローバルアドレスにまたがっています。分けて登録してください。")
                % {"block": block},
            )
    if network.prefixlen < SHORTEST_PUBLIC:
        message = _("グローバルアドレスのプレフィックス長は、%(shortest)dから%(longest)dまでの数字で入力してください。")
        raise Refused("prefix", message % {"shortest": SHORTEST_PUBLIC, "longest": LONGEST})


@dataclass(frozen=True)
class Problems:
    """Reasons beside their fields: of what is added by its place in the order, of what is deleted by its id; `whole`
    concerns the order as a whole. All empty when it can be done.
    """

    adding: dict[int, str] = field(default_factory=dict)
    deleting: dict[int, str] = field(default_factory=dict)
    whole: str = ""

    def __bool__(self) -> bool:
        return bool(self.adding or self.deleting or self.whole)


def problems(
    *,
    adding: Sequence[IPv4Network],
    deleting: Collection[int],
    registered: Mapping[int, IPv4Network],
    needs_one: bool,
) -> Problems:
    """What is wrong with adding and deleting together; `registered` by id, `needs_one`: geographic numbers stand on it.

    What is deleted in the same order makes room for what is added.
    """
    found = Problems(whole=_none_left(adding, deleting, registered) if needs_one else "")
    for pk in deleting:
        if pk not in registered:
            found.deleting[pk] = _("このネットワークアドレスは登録されていません。画面を開き直してください。")
    stays = [network for pk, network in registered.items() if pk not in set(deleting)]
    for place, network in enumerate(adding):
        for other in stays:
            if network.overlaps(other):
                found.adding[place] = _("登録済みの %(other)s と重なっています。") % {"other": other}
        for other in adding[:place]:
            if network.overlaps(other):
                found.adding[place] = _("このお申し込みの %(other)s と重なっています。") % {"other": other}
    return found


def _none_left(adding: Sequence[Any], deleting: Collection[int], registered: Mapping[int, Any]) -> str:
    if adding or set(registered) - set(deleting):
        return ""
    if registered:
        return _("0ABJ番号のご利用には1つ以上必要なため、最後のネットワークアドレスは削除できません。")
    return _("0ABJ番号のご利用には、ネットワークアドレスを1つ以上登録してください。")


def _plain(typed: str) -> str:
    """Half width, without spaces; the Japanese full stop is what input methods make of a dot."""
    kept = unicodedata.normalize("NFKC", typed).replace("。", ".")
    return "".join(kept.split())


def _ip(address: str) -> ipaddress.IPv4Address:
    if ":" in address:
        raise Refused("address", _("IPv4のアドレスで入力してください。"))
    if not _QUAD.fullmatch(address):
        raise Refused("address", _("「192.168.1.0」のように、4つの数字をピリオドで区切って入力してください。"))
    try:
        return ipaddress.IPv4Address(address)
    except ValueError:
        message = _("ピリオドで区切ったそれぞれの数字は、0から255までで、先頭に0を付けずに入力してください。")
        raise Refused("address", message) from None


def _length_range() -> str:
    return _("プレフィックス長は、%(shortest)dから%(longest)dまでの数字で入力してください。") % {
        "shortest": SHORTEST_PRIVATE,
        "longest": LONGEST,
    }
