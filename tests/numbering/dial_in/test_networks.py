"""Network addresses of a site: what is taken, what is refused with which words, and what an order does to them."""

from ipaddress import IPv4Network

import pytest

from numbering.dial_in import networks


@pytest.mark.parametrize(
    ("address", "prefix", "network"),
    [
        ("192.168.1.0", "24", "192.168.1.0/24"),
        ("10.0.0.0", "8", "10.0.0.0/8"),
        ("172.16.0.0", "12", "172.16.0.0/12"),
        ("172.31.255.0", "24", "172.31.255.0/24"),
        ("192.168.1.5", "32", "192.168.1.5/32"),
        ("8.8.8.0", "24", "8.8.8.0/24"),
        ("8.8.0.0", "16", "8.8.0.0/16"),
        # Just outside of what is private.
        ("172.32.0.0", "16", "172.32.0.0/16"),
        ("11.0.0.0", "16", "11.0.0.0/16"),
        # As input methods and clipboards write it.
        ("１９２．１６８．１．０", "２４", "192.168.1.0/24"),
        ("192。168。1。0", "/24", "192.168.1.0/24"),
        (" 192.168.1.0 ", " 24 ", "192.168.1.0/24"),
        ("192.168.1.0/24", "", "192.168.1.0/24"),
        ("192.168.1.0／24", "", "192.168.1.0/24"),
    ],
)
def test_what_a_site_can_have(address, prefix, network):
    assert networks.parse(address, prefix) == IPv4Network(network)


@pytest.mark.parametrize(
    ("address", "prefix", "field", "words"),
    [
        ("", "24", "address", "入力してください"),
        ("192.168.1.0", "", "prefix", "入力してください"),
        ("192.168.1", "24", "address", "4つの数字"),
        ("192.168.1.0.0", "24", "address", "4つの数字"),
        ("office", "24", "address", "4つの数字"),
        ("-1.0.0.0", "24", "address", "4つの数字"),
        ("192.168.1.0", "abc", "prefix", "8から32"),
        ("192.168.1.0", "33", "prefix", "8から32"),
        ("192.168.1.0", "-1", "prefix", "8から32"),
        ("192.168.1.0", "24.5", "prefix", "8から32"),
        ("192.168.1.256", "24", "address", "0から255"),
        ("192.168.001.0", "24", "address", "先頭に0を付けず"),
        ("fd00::", "8", "address", "IPv4"),
        ("2001:db8::/32", "", "address", "IPv4"),
        # Host bits: the right network is named.
        ("192.168.1.5", "24", "address", "192.168.1.0/24"),
        ("10.1.2.3", "8", "address", "10.0.0.0/8"),
        ("8.8.8.8", "24", "address", "8.8.8.0/24"),
        # Too large.
        ("0.0.0.0", "0", "prefix", "8から32"),
        ("0.0.0.0", "1", "prefix", "8から32"),
        ("10.0.0.0", "7", "prefix", "8から32"),
        ("8.0.0.0", "8", "prefix", "16から32"),
        ("8.8.0.0", "15", "prefix", "16から32"),
        # Nobody's site.
        ("0.0.0.0", "32", "address", "予約済み"),
        ("127.0.0.0", "8", "address", "ループバック"),
        ("127.0.0.1", "32", "address", "ループバック"),
        ("169.254.1.0", "24", "address", "リンクローカル"),
        ("224.0.0.0", "24", "address", "マルチキャスト"),
        ("239.255.255.255", "32", "address", "マルチキャスト"),
        ("240.0.0.0", "24", "address", "予約済み"),
        ("255.255.255.255", "32", "address", "予約済み"),
        ("100.64.0.0", "10", "address", "共用アドレス（CGN）"),
        ("100.100.1.0", "24", "address", "共用アドレス（CGN）"),
        ("192.0.2.0", "24", "address", "文書用"),
        ("198.51.100.0", "24", "address", "文書用"),
        ("203.0.113.128", "25", "address", "文書用"),
        ("198.18.0.0", "16", "address", "性能試験用"),
        # A special block lies within it.
        ("192.0.0.0", "16", "address", "予約済み"),
        ("100.0.0.0", "9", "address", "共用アドレス（CGN）"),
        # Across the boundary of private and public.
        ("172.0.0.0", "8", "prefix", "またがって"),
        ("172.0.0.0", "11", "prefix", "またがって"),
        ("192.168.0.0", "15", "prefix", "またがって"),
    ],
)
def test_what_is_refused_beside_which_field_with_which_words(address, prefix, field, words):
    with pytest.raises(networks.Refused) as refused:
        networks.parse(address, prefix)
    assert refused.value.field == field
    assert words in str(refused.value)


def test_private_and_public_are_told_apart():
    assert networks.is_private(IPv4Network("192.168.0.0/16"))
    assert networks.is_private(IPv4Network("10.1.0.0/24"))
    assert not networks.is_private(IPv4Network("8.8.8.0/24"))


HELD = {1: IPv4Network("10.0.0.0/24"), 2: IPv4Network("10.0.1.0/24")}


@pytest.mark.parametrize(
    ("adding", "deleting", "held", "needs_one", "wrong"),
    [
        # Nothing, and nothing needed.
        ([], [], {}, False, {}),
        ([], [], HELD, True, {}),
        (["10.0.2.0/24"], [], HELD, True, {}),
        # Overlaps: equal, within, around; with what is held and within the order.
        (["10.0.0.0/24"], [], HELD, True, {"adding": {0: "10.0.0.0/24"}}),
        (["10.0.1.128/25"], [], HELD, True, {"adding": {0: "10.0.1.0/24"}}),
        (["10.0.0.0/16"], [], HELD, True, {"adding": {0: "登録済み"}}),
        (["10.0.2.0/24", "10.0.2.128/25"], [], HELD, True, {"adding": {1: "このお申し込みの 10.0.2.0/24"}}),
        (["10.0.3.0/24", "10.0.3.0/24"], [], {}, True, {"adding": {1: "このお申し込みの"}}),
        # Beside each other.
        (["10.0.2.0/25", "10.0.2.128/25"], [], HELD, True, {}),
        # What is deleted in the same order makes room.
        (["10.0.0.0/23"], [1, 2], HELD, True, {}),
        (["10.0.0.0/23"], [1], HELD, True, {"adding": {0: "登録済みの 10.0.1.0/24"}}),
        (["10.0.0.0/24"], [1], HELD, True, {}),
        # The last one.
        ([], [1], HELD, True, {}),
        ([], [1, 2], HELD, True, {"whole": "最後のネットワークアドレス"}),
        ([], [1, 2], HELD, False, {}),
        (["8.8.8.0/24"], [1, 2], HELD, True, {}),
        ([], [], {}, True, {"whole": "1つ以上登録"}),
        # Somebody else's, or gone since.
        ([], [9], HELD, True, {"deleting": {9: "登録されていません"}}),
    ],
)
def test_what_adding_and_deleting_together_come_to(adding, deleting, held, needs_one, wrong):
    found = networks.problems(
        adding=[IPv4Network(one) for one in adding], deleting=deleting, registered=held, needs_one=needs_one
    )
    assert bool(found) is bool(wrong)
    for name in ("adding", "deleting"):
        reasons, words = getattr(found, name), wrong.get(name, {})
        assert set(reasons) == set(words)
        assert all(words[key] in reasons[key] for key in words)
    assert wrong.get("whole", "") in found.whole
