"""The menu: by what the contracts have, by role, with the current page marked."""

from collections.abc import Iterator

import pytest

from selfcare.accounts.models import Contract
from selfcare.shell import menu

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture(autouse=True)
def entries() -> Iterator[None]:
    kept = dict(menu._entries)
    menu._entries.clear()
    menu.register(menu.ACCOUNT, "セッション", "accounts:sessions")
    menu.register(menu.SERVICES, "追加", "numbering:add", function="numbering.add", role="member", order=2)
    menu.register(menu.SERVICES, "一覧", "numbering:list", function="numbering.list", order=1)
    menu.register(menu.LINES, "回線", "lines:list", function="lines.nothing")
    yield
    menu._entries.clear()
    menu._entries.update(kept)


def drawn(client, path="/"):
    return [
        (section.title, [(item.title, bool(item.url), item.current) for item in section.items])
        for section in menu.for_user(client.get(path).wsgi_request)
    ]


def test_it_shows_what_the_contracts_have_in_the_order_of_the_sections(colleague, as_user):
    assert drawn(as_user(colleague)) == [
        ("各種サービス設定・変更", [("一覧", True, False), ("追加", True, False)]),
        ("アカウント", [("セッション", True, False)]),
    ]


def test_what_the_role_may_not_do_is_named_without_a_link(viewer, as_user):
    request = as_user(viewer).get("/").wsgi_request
    add = menu.for_user(request)[0].items[1]
    assert add.url == ""
    assert "担当者" in add.reason


def test_an_ended_contract_takes_its_entries_away(colleague, contract, as_user):
    Contract.objects.filter(pk=contract.pk).update(functions=[])
    assert drawn(as_user(colleague)) == [("アカウント", [("セッション", True, False)])]


def test_the_entry_with_the_longest_address_is_the_current_one(colleague, as_user):
    current = [item for _, items in drawn(as_user(colleague), "/numbering/add/") for item in items if item[2]]
    assert current == [("追加", True, True)]


def test_an_entry_may_own_only_parts_of_what_lies_below_it(owner, as_user):
    menu.register(menu.ACCOUNT, "ユーザー", "accounts:users", role="owner", below=("users/",))
    client = as_user(owner)
    for path, is_current in (("/account/", True), (f"/account/users/{owner.pk}/", True), ("/account/password/", False)):
        current = [item[0] for _, items in drawn(client, path) for item in items if item[2]]
        assert current == (["ユーザー"] if is_current else [])


def test_guests_have_no_menu(client):
    assert menu.for_user(client.get("/login/").wsgi_request) == []
