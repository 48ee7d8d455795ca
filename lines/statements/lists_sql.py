"""SQL that takes the lists of lines: one statement for a day or a month of all customers.

Whatever the portal's workers have done by then, a day's list is the state at its end:

- a line that has changed since is taken as it was (LinePast);
- a plan that is booked for the day is the line's plan, and a line whose last day it is has ended (解約済);
- a line that has ended stays until the month of its last day is over;
- an unopened bulk OTA SIM has no number (SoftBank) or its provisional one (docomo): that is what is in the customer's
  stock, and a line that was entered with such a SIM.
"""

#: Params: day, end (the moment after it), month (its first day). `cap` is in bytes.
TAKE_DAY = """
WITH past AS MATERIALIZED (
    SELECT DISTINCT ON (line_id)
        line_id, customer_id, contract_id, number, sim_serial, product, plan, carrier, sim_kind, sim_size,
        shipped_on, opened_on, ends_on, status, next_plan, next_plan_on
    FROM lines_linepast WHERE changed_at >= %(end)s ORDER BY line_id, id
), known AS (
    SELECT * FROM past
    UNION ALL
    SELECT
        l.id, l.customer_id, l.contract_id, l.number, l.sim_serial, l.product, l.plan, l.carrier, l.sim_kind,
        l.sim_size, l.shipped_on, l.opened_on, l.ends_on, l.status, l.next_plan, l.next_plan_on
    FROM lines_line AS l
    WHERE NOT EXISTS (SELECT FROM past AS p WHERE p.line_id = l.id)
), line AS (
    SELECT
        line_id, customer_id, contract_id, number, sim_serial, product, carrier, sim_kind, sim_size, shipped_on,
        ends_on,
        CASE WHEN next_plan_on <= %(day)s THEN next_plan ELSE plan END AS plan,
        CASE WHEN opened_on <= %(day)s THEN opened_on END AS opened_on,
        CASE
            WHEN ends_on <= %(day)s THEN 'terminated'
            WHEN status = 'unopened' OR opened_on > %(day)s THEN 'unopened'
            WHEN status = 'terminated' THEN 'active'
            ELSE status
        END AS status
    FROM known
    WHERE ends_on >= %(month)s OR (ends_on IS NULL AND status <> 'terminated')
)
INSERT INTO lines_lineday (
    day, customer_id, number, sim_serial, line_id, product, plan, carrier, sim_kind, sim_size, shipped_on, opened_on,
    ends_on, status, cap
)
SELECT
    %(day)s, l.customer_id,
    CASE
        WHEN k.id IS NULL OR l.status <> 'unopened' THEN l.number
        WHEN l.carrier = 'softbank' THEN ''
        ELSE coalesce(nullif(k.provisional_number, ''), l.number)
    END,
    l.sim_serial, l.line_id, l.product, l.plan, l.carrier, l.sim_kind, l.sim_size, l.shipped_on, l.opened_on,
    l.ends_on, l.status, CASE WHEN p.has_cap THEN p.size * 1000000::bigint END
FROM line AS l
JOIN accounts_contract AS c ON c.id = l.contract_id
LEFT JOIN lines_stocksim AS k ON k.serial = l.sim_serial
LEFT JOIN lines_lineservice AS s ON s.code = c.service
LEFT JOIN lines_plan AS p ON p.service_id = s.id AND p.code = l.plan
UNION ALL
SELECT
    %(day)s, k.customer_id, CASE WHEN k.carrier = 'softbank' THEN '' ELSE k.provisional_number END, k.serial, NULL, '',
    '', k.carrier, '', k.sim_size, NULL, NULL, NULL, 'unopened', NULL
FROM lines_stocksim AS k
LEFT JOIN lines_simreissue AS r ON r.order_id = k.order_id
WHERE k.added_at < %(end)s AND (k.order_id IS NULL OR r.done_at IS NULL OR r.done_at >= %(end)s)
    AND NOT EXISTS (SELECT FROM line AS l WHERE l.sim_serial = k.serial)
"""

#: Params: month, last (its last day). What has become known since of numbers that had left by then (MNP転出).
TAKE_MONTH = """
INSERT INTO lines_linemonth (
    month, customer_id, number, sim_serial, product, plan, carrier, sim_kind, sim_size, shipped_on, opened_on, ends_on,
    status
)
SELECT
    %(month)s, d.customer_id, d.number, d.sim_serial, d.product, d.plan, d.carrier, d.sim_kind, d.sim_size,
    d.shipped_on, d.opened_on, coalesce(o.left_on, d.ends_on),
    CASE WHEN o.left_on IS NULL THEN d.status ELSE 'terminated' END
FROM lines_lineday AS d
LEFT JOIN (
    SELECT line_id, min(left_on) AS left_on FROM lines_portout WHERE state = 'left' AND left_on <= %(last)s
    GROUP BY line_id
) AS o ON o.line_id = d.line_id
WHERE d.day = %(last)s AND (o.left_on IS NULL OR o.left_on >= %(month)s)
"""
