"""SQL that takes the lists of data usage out of what carriers have reported (the table of billing's imports).

Bytes as reported; a cap of so many MB is that many times 10^6 bytes, as plans are sold (3GB is 3,000 MB).
"""

#: Params: first, last (days). The days of which anything has been reported about anybody; one look at an index each.
REPORTED = """
SELECT d::date FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS d
WHERE EXISTS (SELECT FROM billing_datausage WHERE used_on = d::date) ORDER BY d DESC
"""

# Of two lines that had one number after another, each has what was used in its time.
_USED = """
SELECT
    l.customer_id, l.number, l.sim_serial, l.line_id, l.plan, l.cap, l.opened_on, l.ends_on,
    ARRAY[{days}] AS bytes, coalesce(sum(u.bytes), 0) AS week
FROM lines_lineday AS l
LEFT JOIN billing_datausage AS u ON u.used_on BETWEEN %(day)s::date - 6 AND %(day)s AND u.number = l.number
    AND u.customer_id = l.customer_id
    AND (l.opened_on IS NULL OR u.used_on >= l.opened_on) AND (l.ends_on IS NULL OR u.used_on <= l.ends_on)
WHERE l.day = %(day)s AND l.line_id IS NOT NULL AND l.status <> 'unopened'
GROUP BY l.day, l.customer_id, l.number, l.sim_serial
"""
_ONE_DAY = """CASE WHEN %(day)s::date - {back} = ANY(%(reported)s)
        THEN coalesce(sum(u.bytes) FILTER (WHERE u.used_on = %(day)s::date - {back}), 0)::bigint END"""

#: Params: day, reported (days), month (the first of the one that is added up), month_end.
TAKE_USAGE = (
    "WITH used AS ("
    + _USED.format(days=",\n    ".join(_ONE_DAY.format(back=back) for back in range(7)))
    + """)
INSERT INTO lines_lineusage (
    day, customer_id, number, sim_serial, line_id, plan, cap, bytes, month_bytes, share
)
SELECT
    %(day)s, u.customer_id, u.number, u.sim_serial, u.line_id, u.plan, u.cap, u.bytes, coalesce(m.bytes, 0),
    CASE WHEN u.cap > 0 THEN least(div(u.week * 10000, u.cap), 9223372036854775807) END
FROM used AS u
LEFT JOIN lines_usagemonth AS m ON m.month = %(month)s AND m.customer_id = u.customer_id AND m.number = u.number
    AND (u.opened_on IS NULL OR u.opened_on <= %(month_end)s) AND (u.ends_on IS NULL OR u.ends_on >= %(month)s)
"""
)

# A list of all customers does not fail for one impossible report.
_SUM = "CASE WHEN count(bytes[{place}]) > 0 THEN least(sum(bytes[{place}]), 9223372036854775807)::bigint END"
#: Params: day. All lines of a customer together.
TAKE_TOTALS = """
INSERT INTO lines_customerusage (day, customer_id, bytes, cap, capped_bytes)
SELECT
    day, customer_id,
    ARRAY[{sums}],
    CASE WHEN count(cap) > 0 THEN least(sum(cap), 9223372036854775807) END,
    least(coalesce(sum(week) FILTER (WHERE cap IS NOT NULL), 0), 9223372036854775807)
FROM (SELECT day, customer_id, bytes, cap, (SELECT sum(b) FROM unnest(bytes) AS b) AS week FROM lines_lineusage) AS u
WHERE day = %(day)s
GROUP BY day, customer_id
""".format(sums=", ".join(_SUM.format(place=place) for place in range(1, 8)))  # noqa: S608 - made of numbers

#: Params: month, month_end.
TAKE_USAGE_MONTH = """
INSERT INTO lines_usagemonth (month, customer_id, number, bytes)
SELECT %(month)s, customer_id, number, least(sum(bytes), 9223372036854775807) FROM billing_datausage
WHERE used_on BETWEEN %(month)s AND %(month_end)s
GROUP BY customer_id, number
"""
