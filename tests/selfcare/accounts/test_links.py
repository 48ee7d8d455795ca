"""Links from mails: nothing in the tables opens one, and no text in a token's place breaks the look-up."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from selfcare import clock
from selfcare.accounts import links
from selfcare.accounts.models import PasswordReset

pytestmark = pytest.mark.django_db

#: What an address may hold where a token belongs.
SHAPELESS = ["", "x", "あ", "\0", "\ud800", "../..", "A" * 5000, "%00", "' OR 1=1 --"]


@pytest.fixture
def stored(owner):
    link = links.make()
    now = clock.real_now()
    return link, PasswordReset.objects.create(user=owner, token_digest=link.digest, created_at=now, expires_at=now)


def test_a_token_has_256_bits_and_no_two_are_alike():
    made = [links.make() for _each in range(200)]
    assert len({link.token for link in made}) == 200
    assert {len(link.token) for link in made} == {43}, "32 bytes in base64"
    assert all(len(link.digest) == 64 and link.digest == links.digest(link.token) for link in made)


def test_only_the_token_finds_the_row(stored):
    link, row = stored
    assert links.named(PasswordReset.objects.all(), link.token).get() == row
    for other in (link.digest, link.token[:-1], link.token + "=", link.token.swapcase(), *SHAPELESS):
        assert not links.named(PasswordReset.objects.all(), other).exists(), other


def test_every_look_up_is_the_same_work(stored):
    link, _row = stored
    seen = set()
    for token in (link.token, "x", "A" * 5000):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            links.named(PasswordReset.objects.all(), token).first()
        seen |= {one["sql"].replace(links.digest(token), "…") for one in asked.captured_queries}
    assert len(seen) == 1


def test_a_link_does_not_show_its_token_in_logs(stored):
    link, row = stored
    assert link.token not in repr(link)
    assert link.token not in repr(row.__dict__)
    assert link.path("accounts:reset") == f"/reset/{link.token}/"
