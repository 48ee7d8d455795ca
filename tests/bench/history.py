"""A hundred thousand orders of one customer, as years of business leave them, written by the database itself."""

from django.db import connection, connections

from selfcare.accounts.models import Contract, User
from tests import builders

#: Rare among many: of the options one in a thousand and one in five thousand, of the states one in five hundred (open),
#: in two thousand (failed) and in ten thousand (held). Lines are two fifths, IP phones the rest; a quarter of an hour
#: lies between two orders. What was shown is as large as in real orders.
_CROWD = """
INSERT INTO orders_order (uuid, procedure, customer_id, contract_id, subject_id, actor_id, state, phase, data, shown,
    result, search, due_at, cancel_until, reason, session_digest, created_at, accepted_at, finished_at, attempt, begun,
    errors, trouble)
SELECT gen_random_uuid(), procedure, %(customer)s,
    CASE WHEN procedure LIKE 'lines%%' THEN %(mobile)s ELSE %(phone)s END, n, %(user)s, state, '',
    jsonb_build_object('number', '050' || lpad(n::text, 8, '0')), jsonb_build_object('ja', rows, 'en', rows), '{}',
    'r' || lpad(n::text, 8, '0')
    || CASE WHEN procedure LIKE 'lines%%' THEN ' 回線一時中断' ELSE ' ip加入電話パスワード変更' END
    || ' c0000001 070' || lpad((n * 7919 %% 100000000)::text, 8, '0')
    || ' 新しいパスワードに変更します 反映後、電話機のパスワードの設定も変更してください。',
    at + interval '3 hours', at, '', '', at, at,
    CASE WHEN state IN ('acknowledged', 'held') THEN NULL ELSE at + interval '3 hours' END, 0, false, 0, ''
FROM (
    SELECT n, timestamptz '2026-11-20' - n * interval '15 minutes' AS at,
    jsonb_build_object('rows', (
        SELECT jsonb_agg(jsonb_build_object('label', 'ラベル' || g, 'new', md5((n * g)::text), 'old', ''))
        FROM generate_series(1, 5) g)) AS rows,
    CASE WHEN n %% 1000 = 7 THEN 'numbering.add' WHEN n %% 5000 = 9 THEN 'lines.mnp_out'
        WHEN n %% 5 < 3 THEN 'numbering.sip_password' WHEN n %% 5 = 3 THEN 'lines.suspend' ELSE 'lines.resume' END
        AS procedure,
    CASE WHEN n %% 500 = 1 THEN 'acknowledged' WHEN n %% 2000 = 3 THEN 'failed' WHEN n %% 30 = 2 THEN 'cancelled'
        WHEN n %% 10000 = 5 THEN 'held' ELSE 'completed' END AS state
    FROM generate_series(%(end)s, %(start)s + 1, -1) n) made
"""


def two_contracts(user: User) -> tuple[Contract, Contract]:
    """Of IP phones and of mobile lines; a customer of the third service has nothing of it."""
    phone = Contract.objects.get(customer=user.customer, kind=Contract.Kind.IP_PHONE)
    return phone, builders.contract(customer=user.customer, kind=Contract.Kind.MOBILE)


def grow(user: User, contracts: tuple[Contract, Contract], start: int, end: int) -> None:
    phone, mobile = contracts
    values = {"customer": user.customer_id, "user": user.pk, "phone": phone.pk, "mobile": mobile.pk}
    with connection.cursor() as cursor:
        cursor.execute(_CROWD, {**values, "start": start, "end": end})
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE orders_order")
