"""Many password changes due at one slot: the rows of their acceptance, set-based, and what a bare script makes of them.

Half of the orders come from files (`Plan.batches`), half were placed one after the other by `Plan.singles` customers,
five each. All were accepted at ACCEPTED, and reflected at SLOT. Besides there are numbers that nobody changes.
"""

from dataclasses import dataclass
from datetime import datetime

import psycopg
from django.conf import settings

from selfcare.calendar import TOKYO

ACCEPTED = datetime(2026, 11, 20, 14, 0, tzinfo=TOKYO)
SLOT = datetime(2026, 11, 20, 17, 30, tzinfo=TOKYO)
OLD, NEW = "Altpass1", "Neupass2"
PER_CUSTOMER = 5
#: Items of one mail, as in the product.
ITEMS = 100


@dataclass(frozen=True)
class Plan:
    """`batches` of `batch` orders each, two of a customer; `singles` customers; `others` numbers besides."""

    batches: int
    batch: int
    singles: int
    others: int

    @property
    def orders(self) -> int:
        return self.batches * self.batch + self.singles * PER_CUSTOMER

    @property
    def bare(self) -> str:
        return _BARE

    def fill(self, owner: psycopg.Connection) -> None:
        """Write it all into the empty tables of a database (autocommit; the owner's role)."""
        _fill(owner, self)

    def made(self, owner: psycopg.Connection) -> tuple[object, ...]:
        """Orders, keys, their events (different, all), batches, mails of batches, items of mails (all, different)."""
        found = owner.execute(_MADE.encode()).fetchone()
        assert found is not None
        return found

    def check(self, owner: psycopg.Connection) -> None:
        """Every row is there, once."""
        items = 2 * self.singles * PER_CUSTOMER
        assert self.made(owner) == (*[self.orders] * 4, self.batches, 2 * self.batches, items, items)


def changed(number: int) -> str:
    """The digits of the number that the order of this number changes, from 1."""
    return f"0502{number:07}"


def unchanged(number: int) -> str:
    return f"0503{number:07}"


def row(digits: str, password: str) -> tuple[str, str, str]:
    """An account for a telephone."""
    return digits, settings.SIP_REALM, password


# In the order of the foreign keys. `n` numbers the orders from 1: those of the batches first.
_PLAN = """
CREATE TEMP TABLE plan AS
SELECT n,
    CASE WHEN n <= {filed} THEN 1 + (n - 1) / ({batch} * 2) ELSE {firms} + 1 + (n - {filed} - 1) / {each} END AS c,
    CASE WHEN n <= {filed} THEN 1 + (n - 1) / {batch} END AS b
FROM generate_series(1, {orders}) AS n;
INSERT INTO plan SELECT {orders} + n, 1, NULL FROM generate_series(1, {others}) AS n;
CREATE INDEX ON plan (n); ANALYZE plan;
"""

#: Customers from 1 to {customers}, each with a contract, a user and an address for mails of the same number.
PEOPLE = """
INSERT INTO accounts_customer (id, partner_id, name, kana, kind, postal_code, address, building, login_policy, state,
    created_at)
OVERRIDING SYSTEM VALUE
SELECT c, 'S' || c, '架空電話' || c, 'カクウデンワ', 'corporate', '100-0000', '東京都みなも区架空町1-2-3', '',
    'two_step', 'active', now() FROM generate_series(1, {customers}) AS c;
INSERT INTO accounts_contract (id, number, kind, service, plan, name, billing_cycle, functions, state, started_on, mail,
    contact_name, contact_phone, customer_id)
OVERRIDING SYSTEM VALUE
SELECT c, 'S' || lpad(c::text, 8, '0'), '{kind}', '{service}', '{tariff}', '本社', 'monthly', '{functions}', 'active',
    '2026-04-01',
    'contract' || c || '@slot.example', 'お客様センター', '0120000000', c FROM generate_series(1, {customers}) AS c;
INSERT INTO accounts_user (id, password, is_superuser, selfcare_id, role, name, email, code_email, login_method,
    language, is_active, is_staff, must_change_password, mail_codes, created_at, customer_id)
OVERRIDING SYSTEM VALUE
SELECT c, '!', false, 'slot_' || lpad(c::text, 8, '0'), 'owner', '架空 太郎', 'user' || c || '@slot.example', '',
    'two_step', 'ja', true, false, false, true, now(), c FROM generate_series(1, {customers}) AS c;
INSERT INTO accounts_notificationaddress (email, confirmed_at, customer_id)
SELECT 'office' || c || '@slot.example', now(), c FROM generate_series(1, {customers}) AS c;
"""

_NUMBERS = """
INSERT INTO numbering_number (id, digits, kind, area, unusable_reason, created_at)
OVERRIDING SYSTEM VALUE
SELECT n, CASE WHEN n <= {orders} THEN '0502' || lpad(n::text, 7, '0')
    ELSE '0503' || lpad((n - {orders})::text, 7, '0') END, '050', '', '', now() FROM plan;
INSERT INTO numbering_assignment (id, digits, origin, state, free_since, started_on, service_digest, contract_id,
    customer_id, number_id)
OVERRIDING SYSTEM VALUE
SELECT n, digits, 'original', 'active', '2025-01-01', '2026-04-01', '', c, c, n
FROM plan JOIN numbering_number AS number ON number.id = n;
"""

_ORDERS = """
INSERT INTO orders_batch (id, uuid, procedure, source, back, digest, count, session_digest, created_at, accepted_at,
    accepting, agreed, approval, asked, reason, actor_id, customer_id)
OVERRIDING SYSTEM VALUE
SELECT b, gen_random_uuid(), 'numbering.sip_password', 'パスワード.csv', '', '', count(*), '', '{accepted}',
    '{accepted}', false, '[]', '', '{{}}', '', c, c
FROM plan WHERE b IS NOT NULL GROUP BY b, c ORDER BY b;
INSERT INTO orders_order (id, uuid, procedure, subject_id, state, phase, data, shown, result, search, due_at,
    cancel_until, reason, session_digest, created_at, accepted_at, attempt, begun, errors, trouble, actor_id,
    contract_id, customer_id, batch_id)
OVERRIDING SYSTEM VALUE
SELECT n, gen_random_uuid(), 'numbering.sip_password', n, 'acknowledged', '',
    jsonb_build_object('number', digits, 'at', '', 'credential', n, 'sealed', md5(n::text)),
    jsonb_build_object('ja', said, 'en', said), '{{}}',
    'r' || lpad(n::text, 8, '0') || ' ip加入電話パスワード変更 s' || lpad(c::text, 8, '0') || ' ' || digits
        || ' ip電話b2bua 新しいパスワードに変更します 反映後、電話機のパスワードの設定も変更してください。',
    '{slot}', '{slot}', '', md5(c::text) || md5(c::text), '{accepted}', '{accepted}', 0, false, 0, '', c, c, c, b
FROM plan JOIN numbering_number AS number ON number.id = n
CROSS JOIN LATERAL (SELECT jsonb_build_object(
    'rows', jsonb_build_array(
        jsonb_build_object('label', 'IP加入電話番号', 'old', '', 'new', digits),
        jsonb_build_object('label', 'サービス', 'old', '', 'new', 'IP電話（B2BUA）'),
        jsonb_build_object('label', 'IP加入電話パスワード', 'old', '', 'new', '新しいパスワードに変更します'),
        jsonb_build_object('label', '電話機の設定', 'old', '', 'new',
            '反映後、電話機のパスワードの設定も変更してください。変更するまで発着信できません。')),
    'quote', '{{"monthly": 0, "once": 0, "lines": []}}'::jsonb,
    'promise', jsonb_build_object('text', '11/20(金) 17:30 に反映されます',
        'note', '14:00 - 17:30 発着信できません（約3時間30分）')) AS said) AS promised
WHERE n <= {orders};
INSERT INTO orders_orderkey (order_id, key, is_open)
SELECT n, 'numbering.sip_password:' || n, true FROM plan WHERE n <= {orders};
INSERT INTO accounts_auditevent (business_at, action, actor_id, actor_name, customer_id, object_type, object_id, detail,
    request_id)
SELECT '{accepted}', 'order.acknowledged', c, 'slot_' || lpad(c::text, 8, '0'), c, 'order', n, '{{"from": "draft"}}', ''
FROM plan WHERE n <= {orders};
"""

_CREDENTIALS = """
CREATE FUNCTION pg_temp.account(digits text, word text) RETURNS text LANGUAGE sql AS
    $$ SELECT digits || ':{realm}:' || word $$;
INSERT INTO numbering_credential (id, username, realm, ha1, ha1b, ha1_sha256, live, dropped_at, customer_id, number_id,
    order_id, replaces_id)
OVERRIDING SYSTEM VALUE
SELECT id, digits, '{realm}', md5(pg_temp.account(digits, word)), md5(digits || '@{realm}:{realm}:' || word),
    encode(sha256(pg_temp.account(digits, word)::bytea), 'hex'), live, dropped, c, n, order_id, replaces
FROM plan JOIN (SELECT id AS number, digits FROM numbering_number) AS number ON number = n
CROSS JOIN LATERAL (
    SELECT n AS id, '{old}' AS word, tstzrange('2026-04-01', CASE WHEN n <= {orders} THEN '{accepted}'::timestamptz END)
        AS live, CASE WHEN n <= {orders} THEN now() END AS dropped, NULL::bigint AS order_id, NULL::bigint AS replaces
    UNION ALL
    SELECT {orders} + {others} + n, '{new}', tstzrange('{slot}', NULL), NULL, n, n WHERE n <= {orders}
) AS password;
"""

_AFTER = [
    *(
        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000000)"
        for table in (
            *("accounts_customer", "accounts_contract", "accounts_user", "numbering_number", "numbering_assignment"),
            *("orders_batch", "orders_order", "numbering_credential"),
        )
    ),
    "VACUUM ANALYZE",
]


def _fill(owner: psycopg.Connection, plan: Plan) -> None:
    firms = (plan.batches + 1) // 2
    values = {
        "orders": plan.orders,
        "filed": plan.batches * plan.batch,
        "batch": plan.batch,
        "firms": firms,
        "customers": firms + plan.singles,
        "kind": "ip_phone",
        "service": "b2bua",
        "tariff": "basic",
        "functions": '["numbering.add", "numbering.list", "numbering.sip_password"]',
        "each": PER_CUSTOMER,
        "others": plan.others,
        "accepted": ACCEPTED.isoformat(),
        "slot": SLOT.isoformat(),
        "realm": settings.SIP_REALM,
        "old": OLD,
        "new": NEW,
    }
    with owner.transaction():
        for part in (_PLAN, PEOPLE, _NUMBERS, _ORDERS, _CREDENTIALS):
            owner.execute(part.format(**values).encode())
    for statement in _AFTER:
        owner.execute(statement.encode())


#: What a mail says of a completed order `o`.
ITEM = """jsonb_build_object(
    'request_id', 'R' || lpad(o.id::text, 8, '0'), 'title', {title}, 'reason', '', 'rows', o.shown #> '{{ja,rows}}',
    'when', '', 'note', '', 'url', '{base}/orders/' || o.uuid || '/', 'cancel_until', '',
    'accepted_at', to_json(o.accepted_at))"""
MAIL = """
INSERT INTO work_mail (uuid, lane, state, template, "to", customer_id, language, context, gather, created_at, attempt,
    next_at, trouble)
"""
#: The same rows in the same tables, by statements over everything, in one transaction.
_BARE = (
    """
CREATE TEMP TABLE ended ON COMMIT DROP AS
SELECT id FROM orders_order WHERE state = 'acknowledged' AND due_at <= selfcare_now() FOR UPDATE;
UPDATE orders_order SET state = 'completed', finished_at = selfcare_now(), next_at = NULL, lease_until = NULL,
    lease_token = NULL, phase = '', trouble = '' WHERE id IN (SELECT id FROM ended);
UPDATE orders_orderkey SET is_open = false WHERE is_open AND order_id IN (SELECT id FROM ended);
INSERT INTO accounts_auditevent (business_at, action, actor_name, customer_id, object_type, object_id, detail,
    request_id)
SELECT selfcare_now(), 'order.completed', '', customer_id, 'order', id::text, '{{"from": "acknowledged"}}', ''
FROM orders_order WHERE id IN (SELECT id FROM ended);
"""
    + MAIL
    + """
SELECT gen_random_uuid(), 'default', 'queued', 'order_completed', address, customer_id, 'ja',
    jsonb_build_object('items', jsonb_agg(item ORDER BY id)), 'order_completed', now(), 0, now(), ''
FROM (
    SELECT o.id, o.customer_id, address, """
    + ITEM
    + """ AS item, row_number() OVER (PARTITION BY o.customer_id, address ORDER BY o.id) AS place
    FROM orders_order AS o JOIN ended USING (id) JOIN accounts_user AS u ON u.id = o.actor_id
    JOIN accounts_notificationaddress AS a ON a.customer_id = o.customer_id AND a.confirmed_at IS NOT NULL
    CROSS JOIN LATERAL (VALUES (u.email), (a.email)) AS to_whom (address)
    WHERE o.batch_id IS NULL
) AS told GROUP BY customer_id, address, (place - 1) / {items};
UPDATE orders_batch SET finished_at = selfcare_now() WHERE finished_at IS NULL AND accepted_at IS NOT NULL;
"""
    + MAIL
    + """
SELECT gen_random_uuid(), 'default', 'queued', 'batch_finished', address, b.customer_id, 'ja',
    jsonb_build_object('request_id', 'B' || lpad(b.id::text, 8, '0'), 'title', 'IP加入電話パスワード変更',
        'source', b.source, 'count', b.count, 'refused', 0, 'url', '{base}/orders/batches/' || b.uuid || '/', 'groups',
        jsonb_build_array(jsonb_build_object('state', 'completed', 'count', b.count, 'label', '完了'))),
    '', now(), 0, now(), ''
FROM orders_batch AS b JOIN accounts_user AS u ON u.id = b.actor_id
JOIN accounts_notificationaddress AS a ON a.customer_id = b.customer_id AND a.confirmed_at IS NOT NULL
CROSS JOIN LATERAL (VALUES (u.email), (a.email)) AS to_whom (address);
"""
).format(items=ITEMS, base="http://localhost:8000", title="'IP加入電話パスワード変更'")

#: What was made of them, to compare: nothing else in these columns may differ between the product and the script.
_MADE = """
SELECT (SELECT count(*) FROM orders_order WHERE state = 'completed' AND finished_at IS NOT NULL),
    (SELECT count(*) FROM orders_orderkey WHERE NOT is_open),
    (SELECT count(DISTINCT object_id) FROM accounts_auditevent WHERE action = 'order.completed'),
    (SELECT count(*) FROM accounts_auditevent WHERE action = 'order.completed'),
    (SELECT count(*) FROM orders_batch WHERE finished_at IS NOT NULL),
    (SELECT count(*) FROM work_mail WHERE template = 'batch_finished'),
    (SELECT count(*) FROM work_mail, jsonb_array_elements(context -> 'items')),
    (SELECT count(DISTINCT ("to", item ->> 'request_id', md5((item - 'url' - 'cancel_until' - 'accepted_at')::text)))
        FROM work_mail, jsonb_array_elements(context -> 'items') AS item)
"""
