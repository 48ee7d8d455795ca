"""What a bare script makes of plan and option changes that are due, and what was made of them, by it or the product."""

import psycopg

from tests.bench.slot import ITEM, ITEMS, MAIL

_BEFORE = """
CREATE TEMP TABLE ended ON COMMIT DROP AS
SELECT id, uuid, procedure, subject_id, customer_id, data FROM orders_order
WHERE state = 'acknowledged' AND due_at <= selfcare_now() ORDER BY id FOR UPDATE;
CREATE TEMP TABLE falling ON COMMIT DROP AS
SELECT e.id, l.id AS line, l.number, key, jsonb_typeof(value) = 'string' AS by_value, value #>> '{{}}' AS value
FROM ended AS e JOIN lines_line AS l ON l.id = subject_id
JOIN lines_plan AS p ON p.code = e.data ->> 'plan'
CROSS JOIN LATERAL jsonb_each(l.options)
WHERE procedure = 'lines.plan'
    AND (key <> ALL (p.options) OR (key = 'flat_rate' AND value #>> '{{}}' <> ALL (p.flat_rates)));
CREATE INDEX ON ended (id); CREATE INDEX ON falling (id); CREATE INDEX ON falling (line);
ANALYZE ended; ANALYZE falling;
"""

_CARRIER = """
INSERT INTO lines_carrierorder (order_id, customer_id, line_id, external_id, carrier, action, msisdn, sim_serial,
    details, follows, stage, carrier_order_id, state, reason, created_at, next_at, attempt, errors, trouble)
SELECT e.id, e.customer_id, l.id, e.uuid || '-' || {action}, l.carrier, {action}, l.number, l.sim_serial, {details},
    true, 'waiting', '', '', '', now(), now(), 0, 0, ''
FROM ended AS e JOIN lines_line AS l ON l.id = e.subject_id WHERE e.procedure = {procedure} ORDER BY e.id;
"""

_PLANS = (
    _CARRIER.replace("{action}", "'plan'")
    .replace("{procedure}", "'lines.plan'")
    .replace(
        "{details}",
        """jsonb_build_object('plan', e.data ->> 'plan', 'droppedOptions', coalesce(
        (SELECT string_agg(key, ',' ORDER BY key) FROM falling AS f WHERE f.id = e.id), ''))""",
    )
    + """
UPDATE billing_recurringcharge AS c SET ended_on = greatest(c.started_on, '2026-11-30')
FROM (
    SELECT 'lines.plan.' || plan AS item, number FROM ended AS e JOIN lines_line AS l ON l.id = subject_id
    WHERE procedure = 'lines.plan'
    UNION ALL SELECT 'lines.option.' || key || CASE WHEN by_value THEN '.' || value ELSE '' END, number FROM falling
) AS e WHERE c.item = e.item AND c.subject = e.number AND c.ended_on IS NULL;
INSERT INTO billing_recurringcharge (customer_id, contract_id, item, subject, started_on)
SELECT l.customer_id, l.contract_id, 'lines.plan.' || (data ->> 'plan'), number, '2026-12-01'
FROM ended AS e JOIN lines_line AS l ON l.id = subject_id WHERE procedure = 'lines.plan';
UPDATE lines_line AS l SET plan = e.data ->> 'plan', next_plan = '', next_plan_on = NULL,
    options = options - coalesce((SELECT array_agg(key) FROM falling AS f WHERE f.line = l.id), '{{}}'),
    open_changes = array_remove(open_changes, 'plan')
FROM ended AS e WHERE l.id = e.subject_id AND e.procedure = 'lines.plan';
"""
)

_OPTIONS = (
    _CARRIER.replace("{action}", "'options'")
    .replace("{procedure}", "'lines.voice_options'")
    .replace("{details}", "e.data -> 'options'")
    + """
UPDATE billing_recurringcharge AS c SET ended_on = greatest(c.started_on, '2026-11-30')
FROM (
    SELECT 'lines.option.' || key || CASE jsonb_typeof(value) WHEN 'string' THEN '.' || (value #>> '{{}}') ELSE '' END
        AS item, number
    FROM ended AS e JOIN lines_line AS l ON l.id = subject_id CROSS JOIN LATERAL jsonb_each(l.options)
    WHERE procedure = 'lines.voice_options' AND e.data -> 'options' ? key AND e.data -> 'options' -> key <> value
) AS e WHERE c.item = e.item AND c.subject = e.number AND c.ended_on IS NULL;
INSERT INTO billing_recurringcharge (customer_id, contract_id, item, subject, started_on)
SELECT l.customer_id, l.contract_id,
    'lines.option.' || key || CASE jsonb_typeof(value) WHEN 'string' THEN '.' || (value #>> '{{}}') ELSE '' END,
    number, '2026-12-01'
FROM ended AS e JOIN lines_line AS l ON l.id = subject_id CROSS JOIN LATERAL jsonb_each(e.data -> 'options')
WHERE procedure = 'lines.voice_options' AND l.options -> key IS DISTINCT FROM value;
UPDATE lines_line AS l SET options = options || (e.data -> 'options'), next_options = '{{}}', next_options_on = NULL,
    open_changes = array_remove(open_changes, 'options')
FROM ended AS e WHERE l.id = e.subject_id AND e.procedure = 'lines.voice_options';
"""
)

_TITLE = "CASE procedure WHEN 'lines.plan' THEN 'プラン変更' ELSE '音声オプション変更' END"
_ENDS = (
    """
UPDATE orders_order SET state = 'completed', finished_at = selfcare_now(), next_at = NULL, lease_until = NULL,
    lease_token = NULL, phase = '', trouble = '' WHERE id IN (SELECT id FROM ended);
UPDATE orders_orderkey SET is_open = false WHERE is_open AND order_id IN (SELECT id FROM ended);
INSERT INTO accounts_auditevent (business_at, action, actor_name, customer_id, object_type, object_id, detail,
    request_id)
SELECT selfcare_now(), 'order.completed', '', customer_id, 'order', id::text, '{{"from": "acknowledged"}}', ''
FROM ended;
"""
    + MAIL
    + """
SELECT gen_random_uuid(), 'default', 'queued', 'order_completed', address, customer_id, 'ja',
    jsonb_build_object('items', jsonb_agg(item ORDER BY id)), 'order_completed', now(), 0, now(), ''
FROM (
    SELECT o.id, o.customer_id, o.procedure, address, {item} AS item,
        row_number() OVER (PARTITION BY o.customer_id, o.procedure, address ORDER BY o.id) AS place
    FROM orders_order AS o JOIN ended USING (id) JOIN accounts_user AS u ON u.id = o.actor_id
    JOIN accounts_notificationaddress AS a ON a.customer_id = o.customer_id AND a.confirmed_at IS NOT NULL
    CROSS JOIN LATERAL (VALUES (u.email), (a.email)) AS to_whom (address)
    WHERE o.batch_id IS NULL
) AS told GROUP BY customer_id, procedure, address, (place - 1) / {items};
UPDATE orders_batch SET finished_at = selfcare_now() WHERE finished_at IS NULL AND accepted_at IS NOT NULL;
"""
    + MAIL
    + """
SELECT gen_random_uuid(), 'default', 'queued', 'batch_finished', address, b.customer_id, 'ja',
    jsonb_build_object('request_id', 'B' || lpad(b.id::text, 8, '0'), 'title', {title}, 'source', b.source, 'count',
        b.count, 'refused', 0, 'url', '{base}/orders/batches/' || b.uuid || '/', 'groups',
        jsonb_build_array(jsonb_build_object('state', 'completed', 'count', b.count, 'label', '完了'))),
    '', now(), 0, now(), ''
FROM orders_batch AS b JOIN accounts_user AS u ON u.id = b.actor_id
JOIN accounts_notificationaddress AS a ON a.customer_id = b.customer_id AND a.confirmed_at IS NOT NULL
CROSS JOIN LATERAL (VALUES (u.email), (a.email)) AS to_whom (address);
"""
)
_BASE = "http://localhost:8000"
#: The same rows in the same tables, by statements over everything, in one transaction.
SCRIPT = (_BEFORE + _PLANS + _OPTIONS + _ENDS).format(
    item=ITEM.format(base=_BASE, title=_TITLE.replace("procedure", "o.procedure")),
    title=_TITLE,
    items=ITEMS,
    base=_BASE,
)

#: What was made, as digests of all that product and script must have in common.
_MADE = """
SELECT (SELECT md5(string_agg(md5((id, plan, options, next_plan, next_plan_on, next_options, next_options_on,
        open_changes)::text), '' ORDER BY id)) FROM lines_line),
    (SELECT md5(string_agg(md5((subject, item, started_on, ended_on, customer_id, contract_id)::text), ''
        ORDER BY subject, item, started_on)) FROM billing_recurringcharge),
    (SELECT md5(string_agg(md5((order_id, customer_id, line_id, external_id, carrier, action, msisdn, sim_serial,
        details, follows, stage, state)::text), '' ORDER BY order_id)) FROM lines_carrierorder),
    (SELECT md5(string_agg(md5((id, state, phase, finished_at IS NULL, next_at)::text), '' ORDER BY id))
        FROM orders_order),
    (SELECT md5(string_agg(md5((object_id, action, customer_id, detail)::text), '' ORDER BY object_id::bigint, action))
        FROM accounts_auditevent),
    (SELECT md5(string_agg(md5(("to", context - 'url')::text), '' ORDER BY "to", context ->> 'request_id'))
        FROM work_mail WHERE template = 'batch_finished'),
    (SELECT md5(string_agg(md5(("to", item - 'url')::text), '' ORDER BY "to", item ->> 'request_id'))
        FROM work_mail, jsonb_array_elements(context -> 'items') AS item WHERE template = 'order_completed')
"""


def made(owner: psycopg.Connection) -> tuple[object, ...]:
    """Lines, charges, carrier orders, orders, events, mails of batches, items of mails."""
    found = owner.execute(_MADE.encode()).fetchone()
    assert found is not None
    return found


_MAILS = """
SELECT (SELECT count(*) FROM work_mail WHERE template = 'batch_finished'), count(*),
    count(DISTINCT ("to", item ->> 'request_id'))
FROM work_mail, jsonb_array_elements(context -> 'items') AS item WHERE template = 'order_completed'
"""


def mails(owner: psycopg.Connection) -> tuple[int, ...]:
    """Mails of batches; what the others tell of, all and different."""
    return _row(owner, _MAILS)


#: Orders whose rows do not agree, whoever looks from where.
_WRONG = """
SELECT o.id FROM orders_order AS o JOIN lines_line AS l ON l.id = subject_id
CROSS JOIN LATERAL (SELECT l.plan = coalesce(data ->> 'plan', l.plan) AND l.options @> coalesce(data -> 'options', '{}')
    AND l.next_plan = '' AND l.next_plan_on IS NULL AND l.next_options = '{}' AND l.next_options_on IS NULL
    AND l.open_changes = '{}' AS good) AS line
CROSS JOIN LATERAL (SELECT count(*) AS asked FROM lines_carrierorder
    WHERE order_id = o.id AND line_id = l.id AND follows) AS carrier
CROSS JOIN LATERAL (SELECT array_agg(action ORDER BY action)::text[] AS said FROM accounts_auditevent
    WHERE object_type = 'order' AND object_id = o.id::text) AS events
WHERE NOT coalesce(o.state = 'completed' AND finished_at >= due_at AND good AND asked = 1
    AND said = ARRAY['order.acknowledged', 'order.completed'], false)
LIMIT 5
"""
#: Lines whose open charges are not their plan and their options, no more and no less.
_MISCHARGED = """
SELECT l.number, held, charged FROM lines_line AS l
CROSS JOIN LATERAL (SELECT array_agg(item ORDER BY item) AS held FROM (
    SELECT 'lines.plan.' || l.plan AS item UNION ALL
    SELECT 'lines.option.' || key || CASE jsonb_typeof(value) WHEN 'string' THEN '.' || (value #>> '{}') ELSE '' END
    FROM jsonb_each(l.options)) AS items) AS line
CROSS JOIN LATERAL (SELECT array_agg(item::text ORDER BY item::text) AS charged FROM billing_recurringcharge
    WHERE subject = l.number AND ended_on IS NULL) AS open
WHERE held IS DISTINCT FROM charged LIMIT 5
"""
_SUMS = """
SELECT (SELECT count(*) FROM orders_order WHERE state = 'completed'),
    (SELECT count(*) FROM orders_orderkey WHERE NOT is_open), (SELECT count(*) FROM orders_orderkey WHERE is_open),
    (SELECT count(*) FROM lines_carrierorder), (SELECT count(*) FROM orders_batch WHERE finished_at IS NULL),
    (SELECT count(*) FROM lines_line)
"""
#: Charges by their days: what began in April, all; what of it has ended on which day; what began on the 1st.
_CHARGES = """
SELECT count(*) FILTER (WHERE started_on = '2026-04-01'), count(*) FILTER (WHERE ended_on = '2026-11-30'),
    count(*) FILTER (WHERE started_on = '2026-12-01' AND ended_on IS NULL), count(*) FROM billing_recurringcharge
"""
_CHANGES = """
SELECT count(*) FILTER (WHERE data ->> 'plan' = 'voice_1gb'), count(*) FILTER (WHERE data ->> 'plan' = 'voice_lite'),
    count(*) FILTER (WHERE procedure = 'lines.voice_options') FROM orders_order
"""


def check(owner: psycopg.Connection, *, orders: int, lines: int) -> None:
    """Every row is there, once; the charges add up, counted from the orders and from the lines."""
    assert owner.execute(_WRONG.encode()).fetchall() == []
    assert owner.execute(_MISCHARGED.encode()).fetchall() == []
    assert _row(owner, _SUMS) == (orders, orders, 0, orders, 0, lines)
    plain, lite, options = _row(owner, _CHANGES)
    assert plain + lite + options == orders
    # A plan for a plan; the smallest takes two options along; another 通話定額 and voicemail for a 通話定額.
    ended, begun = plain + 3 * lite + options, plain + lite + 2 * options
    assert _row(owner, _CHARGES) == (3 * lines, ended, begun, 3 * lines + begun)


def _row(owner: psycopg.Connection, query: str) -> tuple[int, ...]:
    found = owner.execute(query.encode()).fetchone()
    assert found is not None
    return found
