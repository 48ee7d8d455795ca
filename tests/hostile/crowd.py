"""Many rows of one customer, written by the database itself: a hundred thousand in seconds.

Each function adds `count` rows; `start` keeps what is unique apart from rows of before.
"""

from datetime import date, timedelta
from typing import Any

from django.db import connection

from billing.models import DownloadToken
from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, Customer, Invitation, NotificationAddress, User, UserSession
from selfcare.calendar import add_months
from selfcare.orders.models import Order
from selfcare.shell.models import Notice
from selfcare.staff.models import Impersonation
from selfcare.work import letters
from selfcare.work.models import Job, Mail
from tests import builders
from tests.billing.pages import parts


def _run(statement: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def lines(contract: Contract, count: int, start: int = 0) -> None:
    _run(
        "INSERT INTO lines_line (customer_id, contract_id, number, sim_serial, carrier, sim_kind, sim_size, product,"
        " plan, name, status, options, pin_is_default, open_changes, next_plan, next_options,"
        " provisional_number)"
        " SELECT %(customer)s, %(contract)s, '070' || lpad(n::text, 8, '0'),"
        " 'DN' || lpad((n * 7919)::text, 13, '0'), 'docomo', 'voice', 'nano', '', '', '', 'active', '{}', true, '{}',"
        " '', '{}', ''"
        " FROM generate_series(%(start)s + 1, %(start)s + %(count)s) n",
        customer=contract.customer_id, contract=contract.pk, count=count, start=start,
    )  # fmt: skip


def orders(user: User, contract: Contract, count: int, start: int = 0, *, open_every: int = 2) -> None:
    """Suspensions, each with three audit events; one in `open_every` is still open."""
    _run(
        "INSERT INTO orders_order (uuid, procedure, customer_id, contract_id, subject_id, actor_id, state, phase, data,"
        " shown, result, search, due_at, cancel_until, reason, session_digest, created_at, accepted_at, finished_at,"
        " attempt, begun, errors, trouble)"
        " SELECT gen_random_uuid(), 'lines.suspend', %(customer)s, %(contract)s, n, %(user)s,"
        "  CASE WHEN n %% %(every)s = 0 THEN 'acknowledged' ELSE 'completed' END, '', '{}', '{}', '{}',"
        "  'r' || lpad(n::text, 8, '0') || ' 回線一時中断 070' || lpad(n::text, 8, '0'),"
        "  %(now)s + n * interval '1 minute', %(now)s, '', '', %(now)s, %(now)s,"
        "  CASE WHEN n %% %(every)s = 0 THEN NULL ELSE %(now)s END, 0, false, 0, ''"
        " FROM generate_series(%(start)s + 1, %(start)s + %(count)s) n",
        customer=contract.customer_id, contract=contract.pk, user=user.pk, now=clock.now(), count=count, start=start,
        every=open_every,
    )  # fmt: skip


def requests(user: User, contract: Contract, count: int, start: int = 0) -> None:
    """Orders of colleagues that wait for this user's approval; `company` has made the colleagues."""
    colleague = User.objects.filter(customer=contract.customer).exclude(pk=user.pk).earliest("pk")
    _run(
        "INSERT INTO orders_order (uuid, procedure, customer_id, contract_id, subject_id, actor_id, state, phase, data,"
        " shown, result, search, due_at, expires_at, reason, session_digest, created_at, accepted_at,"
        " attempt, begun, errors, trouble)"
        " SELECT gen_random_uuid(), 'lines.terminate', %(customer)s, %(contract)s, l.id, %(user)s, 'pending',"
        "  'approval', '{}', '{}', '{}', '', %(now)s, %(now)s + interval '14 days', '', '', %(now)s, %(now)s,"
        "  0, false, 0, ''"
        " FROM (SELECT id FROM lines_line WHERE contract_id = %(contract)s ORDER BY id"
        " OFFSET %(start)s LIMIT %(count)s) l",
        customer=contract.customer_id, contract=contract.pk, user=colleague.pk, now=clock.now(), count=count,
        start=start,
    )  # fmt: skip


def numbers(contract: Contract, count: int, start: int = 0) -> None:
    _run(
        "WITH made AS (INSERT INTO numbering_number (digits, kind, area, unusable_reason, created_at)"
        "  SELECT '050' || lpad(n::text, 8, '0'), '050', '', '', %(now)s"
        "  FROM generate_series(%(start)s + 1, %(start)s + %(count)s) n RETURNING id, digits)"
        " INSERT INTO numbering_assignment (number_id, digits, customer_id, contract_id, origin, state, free_since,"
        "  started_on, service_digest)"
        " SELECT id, digits, %(customer)s, %(contract)s, 'original', 'active', '2026-01-01', '2026-01-01', ''"
        " FROM made",
        customer=contract.customer_id, contract=contract.pk, now=clock.now(), count=count, start=start,
    )  # fmt: skip


def sessions(user: User, count: int, start: int = 0) -> None:
    now = clock.real_now()
    UserSession.objects.bulk_create(
        UserSession(
            session_key=f"{user.pk}x{n}", session_data="", expire_date=now + timedelta(hours=1), user=user,
            created_at=now, last_seen_at=now, address="192.0.2.1", user_agent="Mozilla/5.0 Firefox (Windows)",
        )
        for n in range(start, start + count)
    )  # fmt: skip


def bills(contract: Contract, count: int, start: int = 0) -> None:
    """One closed month with so many lines: another one for each `start`."""
    month = add_months(date(2026, 9, 1), 1 if start else 0)
    numbers = [f"070{n:08}" for n in range(start, start + count)]
    parts.close_voice(month, {contract: [(number, "20.5") for number in numbers]})
    parts.close_bills(month, {contract: [("base", number, 1000) for number in numbers]})


def tokens(user: User, count: int, start: int = 0) -> None:
    now = clock.real_now()
    DownloadToken.objects.bulk_create(
        DownloadToken(
            customer=user.customer, name=f"program {n}", digest=f"{user.pk * 100_000 + n:064x}", ending="abcd",
            created_by=user, created_at=now, expires_at=now + timedelta(days=1),
        )
        for n in range(start, start + count)
    )  # fmt: skip


def trail(user: User, contract: Contract, count: int) -> None:
    """Events about things of each kind that the company's audit trail names: they all stand on its first page."""
    _run(
        "INSERT INTO accounts_auditevent (business_at, action, actor_id, actor_name, customer_id, object_type,"
        " object_id, detail, address, request_id)"
        " SELECT %(now)s, told.action, CASE n %% 2 WHEN 0 THEN %(user)s END, '', %(customer)s, told.noun, told.id,"
        "  '{}', '192.0.2.1', ''"
        " FROM generate_series(1, %(count)s) n, (VALUES"
        "  ('login.succeeded', 'user', %(user)s::text), ('contract.changed', 'contract', %(contract)s::text),"
        "  ('order.completed', 'order', (SELECT min(id)::text FROM orders_order)),"
        "  ('batch.confirmed', 'batch', '1'),"
        "  ('line.changed', 'line', (SELECT min(id)::text FROM lines_line))) told (action, noun, id)",
        user=user.pk, customer=contract.customer_id, contract=contract.pk, now=clock.now(), count=count,
    )  # fmt: skip


def company(user: User, count: int, start: int = 0) -> None:
    """Colleagues, and people who have been invited by one of them each."""
    assert user.customer is not None
    now = clock.real_now()
    for n in range(start, start + count):
        other = builders.user(customer=user.customer)
        Invitation.objects.create(
            customer=user.customer, email=f"i{n}@customer.example", role=other.role, invited_by=other,
            token_digest=f"{other.pk:064}", created_at=now, expires_at=now + timedelta(days=7),
        )  # fmt: skip


def events(order: Order, count: int) -> None:
    for _n in range(count):
        audit.record(action="order.in_progress", obj=order, detail={"from": "in_progress"})


def around(customer: Customer, contract: Contract, count: int, start: int = 0) -> None:
    """What operators list beside: letters, mails, jobs, notices, looks as a customer's user, and other
    customers with all they have."""
    now = clock.now()
    for n in range(start, start + count):
        letters.queue(kind="welcome", customer=customer, contract=contract, reference=f"user_{n}", text={})
        builders.user(customer=customer)
        other = builders.contract()
        operator = builders.operator(selfcare_id=f"operator_{n:06}")
        seen = builders.user(customer=other.customer)
        Impersonation.objects.create(
            operator=operator, customer=other.customer, user=seen, reason="お問い合わせ", started_at=now,
            expires_at=now + timedelta(minutes=30),
        )  # fmt: skip
    Mail.objects.bulk_create(
        Mail(template="order_accepted", to=f"m{n}@customer.example", customer=customer, created_at=now, next_at=now)
        for n in range(start, start + count)
    )
    Job.objects.bulk_create(Job(kind="tests.none", key=str(n), due_at=now) for n in range(start, start + count))
    Notice.objects.bulk_create(Notice(title=f"お知らせ{n}", shown_from=now) for n in range(start, start + count))


def addresses(customer: Customer, count: int, start: int = 0) -> None:
    NotificationAddress.objects.bulk_create(
        NotificationAddress(customer=customer, email=f"n{n}@customer.example") for n in range(start, start + count)
    )


def inquiries(user: User, contract: Contract, count: int, start: int = 0) -> None:
    """Each with a message; one in two waits for its answer."""
    _run(
        "WITH made AS (INSERT INTO inquiries_inquiry (customer_id, contract_id, number, category, is_urgent,"
        " callback_phone, state, expected_at, created_by_id, is_unread, created_at, changed_at)"
        " SELECT %(customer)s, %(contract)s, '', 'app', false, '',"
        "  CASE WHEN n %% 2 = 0 THEN 'open' ELSE 'answered' END, CASE WHEN n %% 2 = 0 THEN %(now)s END,"
        "  %(user)s, n %% 2 = 1, %(now)s, %(now)s FROM generate_series(%(start)s + 1, %(start)s + %(count)s) n"
        " RETURNING id)"
        " INSERT INTO inquiries_message (inquiry_id, side, author_id, text, is_internal, key, written_at)"
        " SELECT id, 'customer', %(user)s, 'x', false, 'inquiry:0-' || id, %(now)s FROM made",
        customer=contract.customer_id, contract=contract.pk, user=user.pk, now=clock.now(), count=count, start=start,
    )  # fmt: skip
