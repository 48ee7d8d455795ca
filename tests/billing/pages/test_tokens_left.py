"""Tokens that a user made stay when he is removed; the page says so before."""

import pytest

from billing.services import tokens
from selfcare.accounts.models import Role, User
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_who_removes_a_user_reads_of_the_tokens_that_he_made(owner, colleague):
    client, page = log_in(owner), f"/account/users/{colleague.pk}/remove/"
    assert "自動ダウンロード用トークン" not in _main(client.get(page))
    User.objects.filter(pk=colleague.pk).update(role=Role.OWNER)
    colleague.refresh_from_db()
    token, _secret = tokens.make(name="会計", days=30, actor=colleague)
    assert "トークン（1個）は、有効なままです" in _main(client.get(page))
    tokens.revoke(token=token, actor=owner)
    assert "有効なままです" not in _main(client.get(page))


def _main(answer) -> str:
    return answer.content.decode().partition("<main")[2]
