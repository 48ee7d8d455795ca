"""A name that is taken tells that somebody has a login here: nobody may ask for many names."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError

from selfcare import clock
from selfcare.accounts import links, user_names
from selfcare.accounts.models import Role, User
from selfcare.accounts.services import company_users, invitations
from selfcare.accounts.services.invitations import Wishes
from tests.people import log_in
from tests.selfcare.accounts.parts import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)


def _rename(user: User, name: str, actor: User) -> str:
    """The refusal's code; empty for a new name."""
    try:
        company_users.edit(user=user, name=user.name, selfcare_id=name, role=Role.MEMBER, login_method="", actor=actor)
    except ValidationError as refused:
        return str(refused.error_dict["selfcare_id"][0].code)
    return ""


def test_an_owner_learns_of_few_names_an_hour_whether_they_are_taken(owner, colleague, stranger):
    with time_machine.travel(clock.real_now(), tick=False) as now:
        found = {_rename(colleague, stranger.selfcare_id, owner) for _n in range(user_names.TRIES.tries)}
        assert found == {"taken"}
        assert _rename(colleague, stranger.selfcare_id, owner) == "throttled"
        assert _rename(colleague, "office_free_name", owner) == "throttled", "a free name is no other answer"
        assert company_users.edit(
            user=colleague, name="改名", selfcare_id=colleague.selfcare_id, role=Role.MEMBER, login_method="",
            actor=owner,
        ) == ["name"], "what is not asked about costs nothing"  # fmt: skip
        now.shift(timedelta(hours=1))
        assert _rename(colleague, "office_free_name", owner) == ""


def test_the_page_tells_no_more_than_its_service(owner, colleague, stranger):
    client, page = log_in(owner), f"/account/users/{colleague.pk}/"
    form = {"name": colleague.name, "role": Role.MEMBER, "selfcare_id": stranger.selfcare_id}
    told = [client.post(page, form).context["form"].errors["selfcare_id"] for _n in range(user_names.TRIES.tries + 1)]
    assert all("すでに使われています" in words[0] for words in told[:-1])
    assert "1時間ほど待ってから" in told[-1][0]


def test_an_invited_stranger_learns_no_more(owner, stranger):
    link = links.make()
    made = invitations.invite(email="guest@else.example", name="招待 花子", role=Role.VIEWER, actor=owner)
    type(made).objects.filter(pk=made.pk).update(token_digest=link.digest)
    wishes = Wishes(stranger.selfcare_id, "招待 花子", "vier-grüne-Igel-lesen", "ja")
    codes = []
    for _n in range(user_names.TRIES.tries + 1):
        with pytest.raises(ValidationError) as refused:
            invitations.accept(token=link.token, wishes=wishes)
        codes.append(refused.value.error_dict["selfcare_id"][0].code)
    assert codes == ["taken"] * user_names.TRIES.tries + ["throttled"]
