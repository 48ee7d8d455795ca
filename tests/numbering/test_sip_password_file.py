"""SIP passwords changed by a file: every bad line named and nothing taken, or all of it with one confirmation."""

import time
from itertools import pairwise

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from numbering.models import Credential
from numbering.services import sip_password_files as files
from numbering.services.sip_password_tables import LARGEST, MOST
from selfcare import clock as time_of_day
from selfcare.orders import due
from selfcare.orders.models import Batch, Order, OrderSecret
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests import builders
from tests.numbering.passwords import OLD, change, live_password, number_of, press
from tests.numbering.sip_password_crowd import crowd
from tests.scale import scaled

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

PAGE = "/numbering/sip-password/file/"


def line(number, new="Neu1pass", current=OLD):
    return f"{getattr(number, 'digits', number)},{current},{new}"


def send(page, content, *, name="passwords.csv", **others):
    if isinstance(content, str):
        content = content.encode()
    return page.post(PAGE, {"file": SimpleUploadedFile(name, content, "text/csv"), "when": "now", **others})


def told(answer):
    """(line, number, [(column, reason)]) of the bad lines, and that nothing was taken."""
    assert answer.status_code == 200
    assert "何も受け付けていません" in answer.content.decode()
    assert not Batch.objects.exists()
    assert not Order.objects.filter(batch__isnull=False).exists()
    return answer.context["lines"]


def only_reason(answer):
    ((_line, _number, ((_column, reason),)),) = told(answer)
    return reason


@pytest.fixture
def number(clock, contract):
    return number_of(contract, "b2bua")


@pytest.fixture
def page(owner, as_user):
    return as_user(owner)


def test_three_bad_lines_of_five_hundred_are_named_and_nothing_is_taken(clock, contract, page):
    digits = crowd(contract, "b2bua", 500)
    rows = [line(one) for one in digits]
    rows[6] = line(digits[6], new="short")
    rows[99] = line(digits[99], current="Wrong123")
    rows[499] = line("05099998888", new="!!!!!!!!")
    answer = send(page, "\n".join(rows))
    assert answer.context["count"] == 500
    lines = told(answer)
    assert [(one[0], [column for column, _reason in one[2]]) for one in lines] == [
        (7, ["新IP加入電話パスワード"]),
        (100, ["現IP加入電話パスワード"]),
        (500, ["新IP加入電話パスワード", "IP加入電話番号"]),
    ]
    text = answer.content.decode()
    assert not any(secret in text for secret in (OLD, "Neu1pass", "Wrong123", "short", "!!!!!!!!"))

    rows[6], rows[99], rows[499] = line(digits[6]), line(digits[99]), line(digits[499])
    answer = send(page, "\n".join(rows))
    assert answer.status_code == 302
    shown = page.get(answer.url)
    (group,) = shown.context["groups"]
    assert (group.count, group.promise.note) == (500, "10:00 - 17:30 発着信できません（約7時間30分）")
    press(page, answer.url)
    batch = Batch.objects.get()
    assert batch.orders.filter(state=State.ACKNOWLEDGED).count() == 500
    assert Credential.objects.filter(order__batch=batch).count() == 500
    assert not OrderSecret.objects.exists()


def test_accepted_and_reflected_with_two_mails_in_all(clock, contract, owner, page):
    numbers = [number_of(contract, "b2bua") for _n in range(3)]
    answer = send(page, "\n".join(line(one) for one in numbers))
    press(page, answer.url)
    assert not any(live_password(one, OLD) for one in numbers)
    clock.set("2026-11-20 17:30")
    assert all(live_password(one, "Neu1pass") for one in numbers)
    assert due.run_local() == 3
    mails = Mail.objects.filter(to=owner.email).order_by("pk").values_list("template", flat=True)
    assert list(mails) == ["batch_accepted", "batch_finished"]


def test_the_batch_says_once_what_is_the_same_and_nothing_of_one_number(clock, contract, page):
    """Of fifty-one: the first page of the list has fifty, the second one alone."""
    press(page, send(page, "\n".join(line(one) for one in crowd(contract, "b2bua", 51))).url)
    first = page.get(Batch.objects.get().get_absolute_url())
    last = page.get(f"{first.request['PATH_INFO']}?after={first.context['page'].after}")
    for answer in (first, last):
        labels = [row["label"] for row in answer.context["common"]]
        assert "サービス" in labels
        assert "IP加入電話番号" not in labels
    assert len(last.context["orders"]) == 1


def test_the_form_without_a_session_left_holds_no_password(number, page):
    answer = send(page, line(number))
    order = Order.objects.get(batch__isnull=False)
    assert set(order.data) == {"number", "at", "credential", "sealed"}
    assert not any(one in str(dict(page.session)) for one in (OLD, "Neu1pass"))
    assert "Neu1pass" not in page.get(answer.url).content.decode()


def test_the_quiet_time_is_each_service_own(clock, contract, page, owner):
    clock.set("2026-11-20 14:00")
    gate = builders.contract(customer=contract.customer)
    numbers = [number_of(contract, "standard"), number_of(gate, "b2bua_opengate")]
    answer = send(page, "\n".join(line(one) for one in numbers), when="quiet")
    moments = dict(Order.objects.filter(batch__isnull=False).values_list("data__number", "data__at"))
    assert moments[numbers[0].digits] == ""
    assert moments[numbers[1].digits].startswith("2026-11-20T16:59")
    assert len(page.get(answer.url).context["groups"]) == 2


def test_a_booked_moment_is_that_of_all(number, page):
    send(page, line(number), when="at", at="2026-11-21T23:59")
    assert Order.objects.get(batch__isnull=False).data["at"].startswith("2026-11-21T23:59")


@pytest.mark.parametrize("at", ["", "2026-11-19T10:00", "2027-01-19T10:00", "nonsense"])
def test_a_moment_that_cannot_be_booked_is_an_error_of_its_field(number, page, at):
    answer = send(page, line(number), when="at", at=at)
    assert answer.context["form"].errors["at"]
    assert not Batch.objects.exists()


def test_another_customers_number_is_answered_as_one_that_nobody_has(number, page, stranger):
    theirs = number_of(stranger.customer.contracts.get(), "b2bua")
    rows = told(send(page, f"{line(theirs)}\n{line('05088887777')}"))
    assert rows[0][2] == rows[1][2]
    assert len(rows[0][2]) == 1


def test_twins_name_each_other(number, page):
    other = number_of(number.contract, "b2bua")
    rows = told(send(page, f"{line(number)}\n{line(other)}\n{line(number.digits[1:])}"))
    assert [(one[0], one[2][0][1]) for one in rows] == [
        (1, "同じ番号が3行目にもあります。"),
        (3, "同じ番号が1行目にもあります。"),
    ]


def test_what_the_single_form_refuses_the_file_refuses(clock, contract, number, page):
    waiting = number_of(contract, "b2bua")
    change(page, waiting, "Wait1234")
    ending = number_of(contract, "b2bua")
    ending.ends_on = time_of_day.now().date()
    ending.save(update_fields=["ends_on"])
    without = number_of(builders.contract(customer=contract.customer), "b2bua")
    without.contract.functions = []
    without.contract.save(update_fields=["functions"])
    rows = [line(waiting), line(ending), line(without), line(number, new=OLD)]
    answer = send(page, "\n".join(rows), when="at", at="2026-11-22T12:00")
    reasons = [one[2][0][1] for one in told(answer)]
    for reason, words in zip(
        reasons, ("反映待ちの変更", "解約される予定", "この機能が含まれていない", "同じです"), strict=True
    ):
        assert words in reason


def test_five_wrong_passwords_block_that_number_and_no_other(number, page):
    other = number_of(number.contract, "b2bua")
    for _try in range(5):
        assert "正しくありません" in only_reason(send(page, f"{line(number, current='Wrong123')}\n{line(other)}"))
    assert "一時的に止めています" in only_reason(send(page, f"{line(number)}\n{line(other)}"))
    assert send(page, line(other)).status_code == 302


@pytest.mark.faults
def test_as_many_lines_as_may_be_are_checked_and_accepted_in_seconds(clock, contract, page, owner):
    count = scaled(1000, MOST)
    content = "\n".join(line(one) for one in crowd(contract, "b2bua", count))
    moments = [time.monotonic()]
    with CaptureQueriesContext(connection):
        answer = send(page, content)
        asked = len(connection.queries_log)
    moments.append(time.monotonic())
    shown = page.get(answer.url).context["shown"]
    moments.append(time.monotonic())
    page.post(answer.url, {"shown": shown})
    moments.append(time.monotonic())
    assert Order.objects.filter(batch__isnull=False, state=State.ACKNOWLEDGED).count() == count
    check, confirm, accept = (after - before for before, after in pairwise(moments))
    print(f"\n{count:,} lines, {asked} queries: checked {check:.1f} s, shown {confirm:.1f} s, accepted {accept:.1f} s")
    assert 0 < asked < 80
    assert max(check, confirm, accept) < 60


def test_more_lines_ask_no_more_questions(clock, contract, owner):
    digits = crowd(contract, "b2bua", 400)
    counts = []
    for rows in (digits[:2], digits[2:]):
        content = "\n".join(line(one) for one in rows).encode()
        with CaptureQueriesContext(connection) as queries:
            files.check(content=content, when=files.When(), now=time_of_day.now(), actor=owner)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_one_line_too_many_and_one_byte_too_many(number, page):
    answer = send(page, "\n".join(line(f"050{n:08}") for n in range(MOST + 1)))
    assert "10,001件" in str(answer.context["form"].errors)
    for size in (LARGEST + 1, 5 * LARGEST):
        answer = send(page, "0" * size)
        assert "1MB" in str(answer.context["form"].errors), size
    assert not Batch.objects.exists()


def test_viewers_and_strangers_get_nothing(number, page, viewer, stranger, as_user):
    assert as_user(viewer).get(PAGE).status_code == 403
    assert as_user(stranger).get(PAGE).status_code == 403
    answer = send(page, line(number))
    for outsider in (viewer, stranger):
        client = as_user(outsider)
        assert client.get(answer.url).status_code in {403, 404}
        assert client.post(answer.url, {"shown": "x"}).status_code in {403, 404}
    assert not Order.objects.filter(accepted_at__isnull=False).exists()


def test_the_files_to_fill_in(number, page, stranger):
    number_of(stranger.customer.contracts.get(), "b2bua")
    sample = b"".join(page.get(reverse("numbering:sip-password-file-sample")).streaming_content)
    assert sample.startswith(b"\xef\xbb\xbf")
    numbers = b"".join(page.get(reverse("numbering:sip-password-file-numbers")).streaming_content)
    assert numbers == sample + f"{number.digits},,\r\n".encode()
    filled = numbers.decode().replace(",,", f",{OLD},Neu1pass")
    assert send(page, filled).status_code == 302
    assert "1件もありません" in str(send(page, sample).context["form"].errors)
