"""Many plan and option changes due at 00:00 of a 1st: the rows of their acceptance, set-based.

One large customer has the batches, in turn of plans and of options, and half of the single orders; the other half were
placed by customers with five lines each. Every tenth plan takes options away; every fifth pair of single orders is
about one line, with a change of its plan and one of its options. Besides there are lines that nobody changes.
"""

from dataclasses import dataclass
from datetime import datetime

import psycopg

from selfcare.calendar import TOKYO
from tests.bench import first_bare
from tests.bench.slot import PEOPLE

ACCEPTED = datetime(2026, 11, 20, 14, 0, tzinfo=TOKYO)
UNTIL = datetime(2026, 11, 30, 20, 0, tzinfo=TOKYO)
FIRST = datetime(2026, 12, 1, tzinfo=TOKYO)
#: Single orders of each customer but the large one.
PER_CUSTOMER = 5
#: The number of the large customer, its contract, its user.
LARGE = 1


@dataclass(frozen=True)
class Plan:
    """`batches` of `batch` orders each; twice `singles` customers' orders of PER_CUSTOMER; `others` lines besides.

    `singles` is even, `PER_CUSTOMER * singles` a multiple of ten.
    """

    batches: int
    batch: int
    singles: int
    others: int

    @property
    def filed(self) -> int:
        return self.batches * self.batch

    @property
    def orders(self) -> int:
        return self.filed + 2 * self.singles * PER_CUSTOMER

    @property
    def bare(self) -> str:
        return first_bare.SCRIPT

    def fill(self, owner: psycopg.Connection) -> None:
        """Write it all into the empty tables of a database (autocommit; the owner's role)."""
        values = {
            "orders": self.orders,
            "filed": self.filed,
            "batch": self.batch,
            "mine": self.singles * PER_CUSTOMER,
            "customers": 1 + self.singles,
            "each": PER_CUSTOMER,
            "others": self.others,
            "accepted": ACCEPTED.isoformat(),
            "until": UNTIL.isoformat(),
            "first": FIRST.isoformat(),
            "kind": "mobile",
            "service": "docomo",
            "tariff": "mobile_bench",
            "functions": '["lines.status", "lines.plan", "lines.voice_options"]',
        }
        with owner.transaction():
            for part in (_PLAN, PEOPLE, _CATALOGUE, _LINES, _ORDERS):
                owner.execute(part.format(**values).encode())
        for statement in _AFTER:
            owner.execute(statement.encode())

    def made(self, owner: psycopg.Connection) -> tuple[object, ...]:
        return first_bare.made(owner)

    def check(self, owner: psycopg.Connection) -> None:
        """Every row is there, once, counted on both sides."""
        first_bare.check(owner, orders=self.orders, lines=self.orders + self.others - self.pairs)
        assert first_bare.mails(owner) == (2 * self.batches, *[2 * 2 * self.singles * PER_CUSTOMER] * 2)

    @property
    def pairs(self) -> int:
        """Lines with two orders."""
        return self.singles * PER_CUSTOMER // 5


# `n` numbers the orders from 1, those of the batches first; `l` is the line's id, `what` the procedure.
_PLAN = """
CREATE TEMP TABLE plan AS
SELECT n, CASE WHEN n <= {filed} THEN 1 + (n - 1) / {batch} END AS b,
    CASE WHEN n <= {filed} + {mine} THEN 1 ELSE 2 + (n - {filed} - {mine} - 1) / {each} END AS c,
    CASE WHEN n > {filed} AND (n - {filed}) % 10 = 0 THEN n - 1 ELSE n END AS l,
    CASE WHEN (CASE WHEN n <= {filed} THEN 1 + (n - 1) / {batch} ELSE n - {filed} END) % 2 = 1 THEN 'plan'
        ELSE 'options' END AS what
FROM generate_series(1, {orders}) AS n;
CREATE INDEX ON plan (n); ANALYZE plan;
"""

_CATALOGUE = """
INSERT INTO lines_lineservice (code, name, carrier, changes_limit, changes_plan, timing, sizes)
VALUES ('docomo', 'モバイル', 'docomo', true, true, 'first_of_month', ARRAY['nano']);
INSERT INTO lines_plan (service_id, code, name, family, sim_kind, size, flat_rates, options, takes_port_in, offered)
SELECT service.id, offered.code, offered.name, family, 'voice', size, rates, options, false, true
FROM lines_lineservice AS service, (VALUES
    ('voice_3gb', '音声 3GB', 'voice', 3000, ARRAY['5min', '10min'],
        ARRAY['flat_rate', 'voicemail', 'call_waiting']),
    ('voice_1gb', '音声 1GB', 'voice', 1000, ARRAY['5min', '10min'],
        ARRAY['flat_rate', 'voicemail', 'call_waiting']),
    ('voice_lite', '音声ライト', 'lite', 500, '{{}}'::text[], ARRAY['voicemail'])
) AS offered (code, name, family, size, rates, options);
INSERT INTO billing_tariff (plan, item, amount, share, valid_from)
SELECT '{tariff}', 'lines.' || item, amount, 'full', '2020-04-01' FROM (VALUES ('plan.voice_3gb', 1800),
    ('plan.voice_1gb', 1200), ('plan.voice_lite', 800), ('option.flat_rate.5min', 700),
    ('option.flat_rate.10min', 900), ('option.voicemail', 300), ('option.call_waiting', 200)) AS price (item, amount);
"""

_LINES = """
INSERT INTO lines_line (id, number, provisional_number, sim_serial, carrier, sim_kind, sim_size, product, plan, options,
    pin_is_default, name, status, opened_on, open_changes, next_plan, next_plan_on, next_options, next_options_on,
    contract_id, customer_id)
OVERRIDING SYSTEM VALUE
SELECT l, '070' || lpad(l::text, 8, '0'), '', 'DN' || lpad(l::text, 13, '0'), 'docomo', 'voice', 'nano', '',
    'voice_3gb', '{{"flat_rate": "5min", "call_waiting": true}}', false, '', 'active', '2026-04-01',
    array_remove(ARRAY[CASE WHEN plans THEN 'plan' END, CASE WHEN opts THEN 'options' END], NULL),
    CASE WHEN plans THEN CASE WHEN lite THEN 'voice_lite' ELSE 'voice_1gb' END ELSE '' END,
    CASE WHEN plans THEN '2026-12-01'::date END,
    CASE WHEN opts THEN '{{"flat_rate": "10min", "voicemail": true}}' ELSE '{{}}' END::jsonb,
    CASE WHEN opts THEN '2026-12-01'::date END, c, c
FROM (
    SELECT l, c, bool_or(what = 'plan') AS plans, bool_or(what = 'options') AS opts, l % 10 = 7 AS lite
    FROM plan GROUP BY l, c
    UNION ALL SELECT {orders} + n, 1, false, false, false FROM generate_series(1, {others}) AS n
) AS line;
INSERT INTO billing_recurringcharge (item, subject, started_on, contract_id, customer_id)
SELECT 'lines.' || item, number, '2026-04-01', contract_id, customer_id
FROM lines_line, unnest(ARRAY['plan.voice_3gb', 'option.flat_rate.5min', 'option.call_waiting']) AS item;
"""

_ORDERS = """
INSERT INTO orders_batch (id, uuid, procedure, source, back, digest, count, session_digest, created_at, accepted_at,
    accepting, agreed, approval, asked, reason, actor_id, customer_id)
OVERRIDING SYSTEM VALUE
SELECT b, gen_random_uuid(), CASE what WHEN 'plan' THEN 'lines.plan' ELSE 'lines.voice_options' END, '変更.csv', '',
    md5(b::text), count(*), '', '{accepted}', '{accepted}', false, '[]', '', '{{}}', '', c, c
FROM plan WHERE b IS NOT NULL GROUP BY b, c, what ORDER BY b;
INSERT INTO orders_order (id, uuid, procedure, subject_id, state, phase, data, shown, result, search, due_at,
    cancel_until, reason, session_digest, created_at, accepted_at, attempt, begun, errors, trouble, actor_id,
    contract_id, customer_id, batch_id)
OVERRIDING SYSTEM VALUE
SELECT n, gen_random_uuid(), code, l, 'acknowledged', '', wish, jsonb_build_object('ja', said, 'en', said), '{{}}',
    'r' || lpad(n::text, 8, '0') || ' ' || title || ' s' || lpad(c::text, 8, '0') || ' ' || number || ' '
        || sim_serial || ' 音声 3gb 音声 1gb',
    '{first}', '{until}', '', md5(c::text) || md5(c::text), '{accepted}', '{accepted}', 0, false, 0, '', c, c, c, b
FROM plan JOIN lines_line AS line ON line.id = l
CROSS JOIN LATERAL (
    SELECT 'lines.plan', 'プラン変更', jsonb_build_object('plan', line.next_plan),
        jsonb_build_array(jsonb_build_object('label', 'プラン', 'old', '音声 3GB', 'new', '音声 1GB'))
    WHERE what = 'plan'
    UNION ALL
    SELECT 'lines.voice_options', '音声オプション変更',
        jsonb_build_object('day', 'first', 'options', line.next_options, 'has_pin', false),
        jsonb_build_array(
            jsonb_build_object('label', '通話定額', 'old', '5分かけ放題', 'new', '10分かけ放題'),
            jsonb_build_object('label', '留守番電話', 'old', 'なし', 'new', 'あり'))
    WHERE what = 'options'
) AS wanted (code, title, wish, changed)
CROSS JOIN LATERAL (SELECT jsonb_build_object(
    'rows', jsonb_build_array(
        jsonb_build_object('label', '回線電話番号', 'old', '', 'new', number),
        jsonb_build_object('label', 'SIM製造番号', 'old', '', 'new', sim_serial)) || changed,
    'quote', '{{"monthly": -600, "once": 0, "lines": []}}'::jsonb,
    'promise', jsonb_build_object('text', '2026年12月1日(火) 0:00', 'note', '')) AS said) AS promised;
INSERT INTO orders_orderkey (order_id, key, is_open)
SELECT n, 'lines.' || what || ':' || l, true FROM plan;
INSERT INTO accounts_auditevent (business_at, action, actor_id, actor_name, customer_id, object_type, object_id, detail,
    request_id)
SELECT '{accepted}', 'order.acknowledged', c, 'slot_' || lpad(c::text, 8, '0'), c, 'order', n, '{{"from": "draft"}}', ''
FROM plan;
"""

_AFTER = [
    *(
        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000000)"
        for table in (
            *("accounts_customer", "accounts_contract", "accounts_user", "lines_line", "orders_batch", "orders_order"),
        )
    ),
    "VACUUM ANALYZE",
]
