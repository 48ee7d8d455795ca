"""So many at once and no more, of all customers and of one; a place comes back however a download ends."""

import pytest

from billing.statements import downloads
from billing.statements.downloads import MOST, MOST_OF_CUSTOMER, Body, Place, TooMany
from tests.billing.statements import parts


def test_one_customer_leaves_places_for_others():
    held = [Place(1) for _n in range(MOST_OF_CUSTOMER)]
    with pytest.raises(TooMany):
        Place(1)
    others = [Place(2) for _n in range(MOST - MOST_OF_CUSTOMER)]
    with pytest.raises(TooMany):
        Place(3)
    held.pop().close()
    Place(3).close()
    for one in [*held, *others]:
        one.close()
        one.close()
    assert not downloads._going


def test_a_place_comes_back_when_it_has_been_read_closed_failed_or_forgotten():
    assert b"".join(Body([b"a", b"b"], Place(1))) == b"ab"

    def broken():
        yield b"a"
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011
        list(Body(broken(), Place(1)))
    left = Body([b"a", b"b"], Place(1))
    next(left)
    left.close()
    Place(1)
    assert not downloads._going


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_one_too_many_is_told_when_to_come_again(clock):
    clock.set("2027-05-10 00:00")
    user = parts.customer_user()
    parts.april(user)
    held = [Place(parts.customer_id(user)) for _n in range(MOST_OF_CUSTOMER)]
    page = parts.client(user)
    for path in ("/billing/files/P0001_CDR_202704.csv", "/billing/files/202704.zip"):
        answer = page.get(path)
        assert answer.status_code == 503
        assert answer["Retry-After"] == "30"
    for one in held:
        one.close()
    assert page.get("/billing/files/P0001_CDR_202704.csv").status_code == 200
