"""The files that billing itself has: 請求明細, 音声課金明細, 通話明細."""

from collections.abc import Iterable
from datetime import date

from django.db import connection
from django.utils.translation import gettext_lazy as _

from billing import availability
from billing.kinds import CallKind, CostKind, VoiceKind
from billing.statements import kinds
from billing.statements.cells import guard, plain_number
from billing.statements.kinds import Kind, Query
from billing.taxes import LABEL_SQL


def _quoted(words: str) -> str:
    """Our own words as SQL."""
    return "'" + words.replace("'", "''") + "'"


def _words(column: str, words: Iterable[tuple[str, str]], otherwise: str) -> str:
    cases = " ".join(f"WHEN {_quoted(code)} THEN {_quoted(word)}" for code, word in words)
    return f"CASE {column} {cases} ELSE {otherwise} END"


def _place(column: str, codes: Iterable[str]) -> str:
    """SQL of a code's place among these, by which the file is sorted."""
    return f"array_position(ARRAY[{', '.join(_quoted(code) for code in codes)}], {column}::text)"


def _tax(column: str) -> str:
    return LABEL_SQL.format(column).replace("%", "%%")


# Fees are called by their own names; all else by its kind. The fifth column is unused and empty. What belongs to no
# line stands at the end. Numbers are guarded as all that somebody may have typed.
_BILL_KIND = _words("l.kind", [(kind, kind.label) for kind in CostKind if kind is not CostKind.ONCE], guard("l.words"))
_BILL = f"""
SELECT {guard("number")}, to_char(%(month)s::date, 'YYYYMM'), cost, sum(amount)::text, NULL, tax
FROM (
    SELECT l.number COLLATE "C" AS number, ({_BILL_KIND}) COLLATE "C" AS cost, {_place("l.kind", CostKind)} AS place,
        l.amount, {_tax("l.tax_percent")} AS tax
    FROM billing_bill AS b
    JOIN billing_closingrun AS r ON r.id = b.run_id AND r.closed_at IS NOT NULL
    JOIN billing_billline AS l ON l.bill_id = b.id
    WHERE b.customer_id = %(customer)s AND b.month = %(month)s
) AS rows
GROUP BY number, place, cost, tax
ORDER BY number = '', number, place, cost, tax
"""  # noqa: S608 (our own words)
_VOICE = f"""
SELECT {guard("number")}, to_char(%(month)s::date, 'YYYYMM'), cost, {plain_number("sum(amount)")}, tax
FROM (
    SELECT v.number COLLATE "C" AS number,
        {_words("v.kind", [(kind, kind.label) for kind in VoiceKind], "v.kind")} AS cost,
        {_place("v.kind", VoiceKind)} AS place, v.amount, {_tax("v.tax_percent")} AS tax
    FROM billing_voicecharge AS v
    JOIN billing_closingrun AS r ON r.id = v.run_id AND r.closed_at IS NOT NULL
    WHERE v.customer_id = %(customer)s AND v.month = %(month)s
) AS rows
GROUP BY number, place, cost, tax
ORDER BY number, place, cost, tax
"""  # noqa: S608 (our own words)
_ABROAD = {
    CallKind.INTERNATIONAL: "国際",
    CallKind.INTERNATIONAL_SMS: "国際",
    CallKind.ROAMING_OUT: "国際ローミング",
    CallKind.ROAMING_IN: "国際ローミング",
    CallKind.ROAMING_SMS: "国際ローミング",
}
_MESSAGES = (CallKind.SMS, CallKind.INTERNATIONAL_SMS, CallKind.ROAMING_SMS)
# In the order of the table's primary key: nothing is sorted, the first row comes at once.
_CALLS = f"""
SELECT {guard("number")}, to_char(started_at AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-DD'),
    to_char(started_at AT TIME ZONE 'Asia/Tokyo', 'HH24:MI:SS'), {guard("other_number")}, {guard("other_name")},
    seconds::text, {plain_number("price")}, {_tax("tax_percent")}, {_words("kind", _ABROAD.items(), "'国内'")},
    {_words("kind", [(kind, "SMS") for kind in _MESSAGES], "'音声'")},
    CASE direction WHEN 'in' THEN '着信' ELSE '発信' END
FROM billing_callrecord
WHERE billed_month = %(month)s AND customer_id = %(customer)s
ORDER BY billed_month, customer_id, number, started_at, other_number, kind, direction
"""  # noqa: S608 (our own words)
_CALLS_COUNT = "SELECT count(*) FROM billing_callrecord WHERE billed_month = %(month)s AND customer_id = %(customer)s"

# Closed months from the customer's first one on, with a bill or without. Only cycles that have a run count: that of a
# contract without charges bills nothing. What has been given away stays, whatever contracts become later.
_BILL_MONTHS = """
SELECT closed.month FROM (
    SELECT DISTINCT month FROM billing_closingrun WHERE kind = 'bills' AND closed_at IS NOT NULL
) AS closed
WHERE closed.month >= least(
    (SELECT date_trunc('month', min(c.started_on)) FROM accounts_contract AS c WHERE c.customer_id = %(customer)s),
    (SELECT min(b.month) FROM billing_bill AS b WHERE b.customer_id = %(customer)s)
) AND (NOT EXISTS (
    SELECT FROM billing_closingrun AS r
    WHERE r.kind = 'bills' AND r.month = closed.month AND r.closed_at IS NULL AND (
        EXISTS (SELECT FROM billing_bill AS b WHERE b.run_id = r.id AND b.customer_id = %(customer)s)
        OR EXISTS (
            SELECT FROM billing_recurringcharge AS x JOIN accounts_contract AS c ON c.id = x.contract_id
            WHERE x.customer_id = %(customer)s AND c.billing_cycle = r.cycle
            AND x.started_on < r.month + interval '1 month'
            AND (x.ended_on IS NULL OR x.ended_on >= r.month - interval '1 month')
        ) OR EXISTS (
            SELECT FROM billing_oncecharge AS x JOIN accounts_contract AS c ON c.id = x.contract_id
            WHERE x.customer_id = %(customer)s AND c.billing_cycle = r.cycle
            AND x.charged_on < r.month + interval '1 month' AND x.billed_id IS NULL
        )
    )
) OR EXISTS (
    SELECT FROM billing_statementfile AS f
    WHERE f.customer_id = %(customer)s AND f.kind = 'invoice' AND f.period = closed.month
))
ORDER BY closed.month DESC
"""
# Months whose voice charges are frozen, from the customer's first month on.
_VOICE_MONTHS = """
SELECT r.month FROM billing_closingrun AS r
WHERE r.kind = 'voice' AND r.closed_at IS NOT NULL AND r.month >= (
    SELECT date_trunc('month', min(c.started_on)) FROM accounts_contract AS c WHERE c.customer_id = %(customer)s
)
ORDER BY r.month DESC
"""
# The records of a month before these have been erased.
_CALL_MONTHS = _VOICE_MONTHS.replace("r.kind = 'voice'", "r.kind = 'voice' AND r.month >= billing_oldest_month()")


def _months(sql: str, customer_id: int) -> list[date]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"customer": customer_id})
        return [month for (month,) in cursor.fetchall()]


def _query(sql: str, customer_id: int, month: date) -> Query:
    return Query(sql, {"customer": customer_id, "month": month})


def _counted(sql: str, customer_id: int, month: date) -> Query:
    return _query(f"SELECT count(*) FROM ({sql}) AS counted", customer_id, month)  # noqa: S608 (our own queries)


INVOICE = Kind(
    code="invoice",
    title=_("請求明細"),
    columns=("回線電話番号", "請求対象年月", "費用種別", "料金", "", "税区分"),
    file_name=lambda partner_id, month: f"{partner_id}_INVOICE_{month:%Y%m}.csv",
    rows=lambda customer_id, month: _query(_BILL, customer_id, month),
    count=lambda customer_id, month: _counted(_BILL, customer_id, month),
    periods=lambda customer_id: _months(_BILL_MONTHS, customer_id),
    available_from=availability.bill_from,
    months_back=availability.MONTHS_BACK,
    order=10,
)
VOICE = Kind(
    code="voice",
    title=_("音声課金明細"),
    columns=("回線電話番号", "請求対象年月", "費用種別", "料金", "税区分"),
    file_name=lambda partner_id, month: f"{partner_id}_INVOICE-VOICE_{month:%Y%m}.csv",
    rows=lambda customer_id, month: _query(_VOICE, customer_id, month),
    count=lambda customer_id, month: _counted(_VOICE, customer_id, month),
    periods=lambda customer_id: _months(_VOICE_MONTHS, customer_id),
    available_from=availability.voice_from,
    months_back=availability.MONTHS_BACK,
    order=20,
)
CALLS = Kind(
    code="cdr",
    title=_("通話明細"),
    columns=(
        "回線電話番号",
        "通信年月日",
        "通信開始時刻",
        "通信先電話番号",
        "通信先",
        "通信時間",
        "料金",
        "税区分",
        "通信種類1",
        "通信種類2",
        "通信種類3",
    ),
    file_name=lambda partner_id, month: f"{partner_id}_CDR_{month:%Y%m}.csv",
    rows=lambda customer_id, month: _query(_CALLS, customer_id, month),
    count=lambda customer_id, month: _query(_CALLS_COUNT, customer_id, month),
    periods=lambda customer_id: _months(_CALL_MONTHS, customer_id),
    available_from=availability.voice_from,
    months_back=availability.MONTHS_BACK,
    order=30,
)


def register() -> None:
    for kind in (INVOICE, VOICE, CALLS):
        kinds.register(kind)
