"""What goes wrong on the way of a changed address: twice returned, old codes, wrong slips, ended contracts."""

from datetime import timedelta

import pytest
from django.urls import reverse

from selfcare import clock as time
from selfcare.accounts.models import AuditEvent, Contract, Customer
from selfcare.contract_data.models import CaseState, CheckLetter, LetterState, Suspension
from selfcare.contract_data.services import check_letters, confirming, reviewing, suspending
from selfcare.contract_data.wishes import Identity
from selfcare.orders.procedures import NotPossible
from selfcare.staff.groups import PROVISIONING
from selfcare.work.models import Letter, Mail
from tests.people import log_in
from tests.selfcare.contract_data import walking
from tests.selfcare.staff.people import inside, operator_of

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
PAGE, CODE, AGAIN = "/contract/", "/contract/code/", "/contract/letter/"
MOVED = {**walking.PLACE, "address": "東京都みなも区別町7-8-9"}


def fresh(case):
    case.refresh_from_db()
    return case


def come_back(case, key="1"):
    letter = walking.current(case)
    confirming.record(letter=letter, kind="returned", key=key, happened_at=time.now(), reason="転居先不明")
    return fresh(case)


def resend(case, actor, **place):
    wish = Identity.of_data({**Identity.of(case).as_json(), **place})
    return check_letters.resend(case=case, wish=wish, actor=actor)


def test_letters_that_come_back_again_and_again_end_with_a_person(posted, owner, operator, clock):
    codes = {posted.code}
    for sequence in range(2, check_letters.MOST_LETTERS + 1):
        assert come_back(posted).state == CaseState.RETURNED
        resend(posted, owner, building=f"架空ビル{sequence}階")
        walking.post_letter(fresh(posted), operator)
        codes.add(posted.code)
    assert len(codes) == check_letters.MOST_LETTERS
    come_back(posted)
    answer = log_in(owner).post(AGAIN, walking.PLACE)
    assert "回数（5回）を超えました。お問い合わせください" in answer.content.decode()
    assert fresh(posted).state == CaseState.RETURNED, "nothing has been lost"
    reviewing.refuse(case=posted, reason="お電話で確認しました。", actor=operator)
    assert fresh(posted).state == CaseState.ENDED


def test_the_code_of_an_earlier_letter_is_told_from_a_wrong_one_and_counts(posted, owner, operator, clock):
    old = posted.code
    come_back(posted)
    resend(posted, owner)
    client = log_in(owner)
    assert "いま入力できる確認コードはありません" in client.post(CODE, {"code": old}).content.decode()
    walking.post_letter(fresh(posted), operator)
    told = client.post(CODE, {"code": old}).content.decode()
    assert "前にお送りしたお手紙の確認コードです" in told
    assert "あと4回" in told
    assert client.post(CODE, {"code": posted.code})["Location"] == PAGE
    assert fresh(posted).state == CaseState.CONFIRMED


def test_the_button_pressed_again_says_that_it_is_done(posted, owner):
    """The other click has come through between reading the page and typing."""
    client = log_in(owner)
    confirming.enter_code(case=posted, code=posted.code, actor=owner)
    answer = client.post(CODE, {"code": posted.code}, follow=True)
    assert answer.status_code == 200
    assert "確認を待っている変更はありません" in answer.content.decode()
    with pytest.raises(NotPossible):
        resend(posted, owner)


def test_right_codes_use_no_tries_up(posted, owner, operator, clock):
    for left in (4, 3, 2, 1):
        with pytest.raises(confirming.CodeWrong) as told:
            confirming.enter_code(case=posted, code="0" * 8 if posted.code != "0" * 8 else "1" * 8, actor=owner)
        assert told.value.left == left
    confirming.enter_code(case=posted, code=posted.code, actor=owner)
    assert walking.current(posted).guesses == 4


def test_an_address_corrected_after_a_return_is_what_page_order_and_mail_say(posted, owner, operator, clock):
    come_back(posted)
    with pytest.raises(NotPossible):
        reviewing.accept(case=posted, actor=operator)
    resend(posted, owner, address=MOVED["address"])
    order = fresh(posted).order
    order.refresh_from_db()
    assert (posted.state, order.phase) == (CaseState.REVIEW, "")
    page = log_in(owner).get(order.get_absolute_url()).content.decode()
    assert MOVED["address"] in page
    assert walking.PLACE["address"] not in page
    walking.posted(posted, operator)
    assert walking.current(posted).address == MOVED["address"]
    confirming.enter_code(case=posted, code=posted.code, actor=owner)
    assert Customer.objects.get(pk=owner.customer_id).address == MOVED["address"]
    mail = Mail.objects.filter(template="order_completed").latest("pk")
    assert MOVED["address"] in str(mail.context)
    assert walking.PLACE["address"] not in str(mail.context)


def test_another_house_is_no_correction_while_the_letter_is_under_way(posted, owner, clock):
    clock.set(time.now() + check_letters.RESEND_AFTER)
    with pytest.raises(NotPossible, match="返送されたあと"):
        resend(posted, owner, address=MOVED["address"])
    assert walking.current(posted).state == LetterState.POSTED, "its code is still good"
    confirming.enter_code(case=posted, code=posted.code, actor=owner)


def test_name_and_address_change_together_or_not_at_all(owner, operator, clock, contract, folder):
    case = walking.posted(walking.applied(owner, name="架空商事新社", kana="カクウショウジシンシャ"), operator)
    assert walking.current(case).recipient == "架空商事新社", "to the new name at the new address"
    before = Customer.objects.get(pk=owner.customer_id)
    come_back(case)
    assert Customer.objects.get(pk=owner.customer_id).name == before.name
    resend(case, owner)
    walking.post_letter(fresh(case), operator)
    confirming.enter_code(case=case, code=walking.code_in(case), actor=owner)
    now = Customer.objects.get(pk=owner.customer_id)
    assert (now.name, now.address) == ("架空商事新社", walking.PLACE["address"])


def test_what_operators_correct_meanwhile_is_not_put_back(owner, operator, clock, contract, folder):
    """Only the name was asked for; the address that is confirmed with it is that of the day of the order."""
    registered = Customer.objects.get(pk=owner.customer_id)
    place = {name: getattr(registered, name) for name in walking.PLACE}
    case = walking.posted(walking.applied(owner, name="架空商事新社", **place), operator)
    Customer.objects.filter(pk=registered.pk).update(building="本館2階")
    confirming.enter_code(case=case, code=walking.code_in(case), actor=owner)
    now = Customer.objects.get(pk=registered.pk)
    assert (now.name, now.address, now.building) == ("架空商事新社", registered.address, "本館2階")


def test_a_change_that_ends_before_its_letter_is_posted_takes_the_letter_back(case, owner, operator, clock):
    """Printed or not: a code that is good for nothing is not posted to a stranger's door."""
    reviewing.accept(case=case, actor=operator)
    assert Letter.objects.count() == 1
    reviewing.refuse(case=case, reason="お申し出により", actor=operator)
    assert not Letter.objects.exists()
    letter = walking.current(case)
    assert (letter.state, letter.letter) == (LetterState.VOID, None)
    assert AuditEvent.objects.filter(action="letter.withdrawn").count() == 1
    walking.run_everything()
    assert fresh(case).state == CaseState.ENDED
    second = walking.posted(walking.applied(owner), operator)
    reviewing.refuse(case=second, reason="お申し出により", actor=operator)
    assert Letter.objects.count() == 1, "what is in the post is not taken back"
    told = log_in(owner).post(CODE, {"code": walking.code_in(second)}, follow=True).content.decode()
    assert "確認を待っている変更はありません" in told
    assert Customer.objects.get(pk=owner.customer_id).address != second.address


def test_an_operators_slip_has_to_be_that_of_the_letter_in_the_post(case, owner, operator, clock):
    reviewing.accept(case=case, actor=operator)
    slip = {"kind": "delivered", "slip": "123-45-67890-1", "reason": "", "actor": operator}
    with pytest.raises(NotPossible, match="発送済み"):
        confirming.record_slip(case=case, **slip)
    walking.post_letter(case, operator)
    CheckLetter.objects.filter(case=case).update(tracking="98765432109")
    page = reverse("admin:contract_data_identitycase_operate", args=[case.pk, "record"])
    refused = inside(operator_of(PROVISIONING)).post(page, {key: slip[key] for key in ("kind", "slip", "reason")})
    assert "番号（98765432109）と違います" in refused.content.decode()
    assert fresh(case).state == CaseState.POSTED
    assert confirming.record_slip(case=case, **{**slip, "slip": "987-65-43210-9"})
    assert fresh(case).state == CaseState.CONFIRMED


def test_a_contract_that_has_ended_is_neither_announced_nor_reminded_of(posted, contract, operator, clock):
    walking.walk(clock, 31)
    suspending.book(case=posted, starts_on=suspending.first_day(time.now()), reason="", actor=operator)
    Contract.objects.filter(pk=contract.pk).update(state=Contract.State.ENDED, ended_on="2026-12-22")
    reminded = Mail.objects.filter(template="identity_reminder").count()
    walking.walk(clock, 20)
    assert not Suspension.objects.standing().exists()
    assert not Mail.objects.filter(template__startswith="suspension_").exists(), "an ended contract is no news"
    assert Mail.objects.filter(template="identity_reminder").count() == reminded


def test_who_acts_is_not_stopped_for_the_letter_before(posted, owner, operator, clock):
    """Booked, and its announcements late: what has not begun is withdrawn with the new letter."""
    walking.walk(clock, 31)
    row = suspending.book(case=posted, starts_on=suspending.first_day(time.now()), reason="", actor=operator)[0]
    clock.set(row.starts_at + timedelta(days=1))
    resend(posted, owner)
    row.refresh_from_db()
    assert row.lifted_at is not None
    mail = Mail.objects.filter(template="suspension_lifted").latest("pk")
    assert mail.context["resumed"] is False
