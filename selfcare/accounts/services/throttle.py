"""How many tries are allowed, counted before anything is verified.

A try is reserved by one statement and given back when it turns out to be right, so that a hundred parallel tries get
as many evaluations as a hundred in a row. Counters live in PostgreSQL: Redis may be gone.

| counter | key | limit |
| --- | --- | --- |
| pair | selfcare ID and address together | 10 failures in 15 minutes, then 30 minutes refused; the user is told |
| browser | selfcare ID and a browser that logged in with it before | the same, instead of pair and address |
| address | address alone (an IPv6 /64) | 300 failures in 15 minutes, whatever the IDs |
| codes | user, wrong codes from unknown browsers, any address | 100 in a day |
| mails | user and address, codes sent | 30 in 15 minutes |
| ask | address, requests of the public forms | 30 in an hour |

Apps have limits of their own for what they ask (a number's current SIP password); `*_each` count many keys at once.

The pair is counted for IDs that do not exist, too: the answer never tells. A stranger reaches no limit that stops the
owner at another address or in a known browser. Who gets as far as `codes` knows the password: the owner's known
browsers still work, and a new password is due.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.crypto import salted_hmac

from selfcare import clock
from selfcare.accounts import context


@dataclass(frozen=True)
class Limit:
    """`tries` within `window`; whoever fails the last one is refused for `refusal` (or until tries grow old)."""

    name: str
    tries: int
    window: timedelta
    refusal: timedelta = timedelta(0)


PAIR = Limit("pair", 10, timedelta(minutes=15), timedelta(minutes=30))
BROWSER = Limit("browser", 10, timedelta(minutes=15), timedelta(minutes=30))
ADDRESS = Limit("address", 300, timedelta(minutes=15))
CODES = Limit("codes", 100, timedelta(days=1))
MAILS = Limit("mails", 30, timedelta(minutes=15))
ASK = Limit("ask", 30, timedelta(hours=1))
LONGEST_WINDOW = timedelta(days=1)


@dataclass(frozen=True)
class Reserved:
    """One try that was counted under one key."""

    limit: Limit
    key: str
    at: datetime
    is_last: bool


_RESERVE = """
INSERT INTO accounts_throttlecounter AS c (key, tries, touched_at)
VALUES (%(key)s, ARRAY[%(now)s::timestamptz], %(now)s)
ON CONFLICT (key) DO UPDATE SET
    tries = ARRAY(SELECT t FROM unnest(c.tries) AS t WHERE t > %(since)s) || %(now)s::timestamptz,
    refused_until = NULL,
    touched_at = %(now)s
WHERE (c.refused_until IS NULL OR c.refused_until <= %(now)s)
  AND (SELECT count(*) FROM unnest(c.tries) AS t WHERE t > %(since)s) < %(tries)s
RETURNING cardinality(tries)
"""
# One of them, even if another try came at the very same microsecond.
_REFUND = """
UPDATE accounts_throttlecounter
SET tries = tries[:array_position(tries, %(at)s::timestamptz) - 1]
         || tries[array_position(tries, %(at)s::timestamptz) + 1:]
WHERE key = %(key)s AND array_position(tries, %(at)s::timestamptz) IS NOT NULL
"""
_REFUSE = """
UPDATE accounts_throttlecounter SET refused_until = %(until)s
WHERE key = %(key)s AND refused_until IS NULL AND cardinality(tries) >= %(tries)s
"""


def key(limit: Limit, *parts: str) -> str:
    """The counter's key: a digest, so that the table tells neither IDs nor addresses."""
    return salted_hmac(f"selfcare.throttle:{limit.name}", "\0".join(parts), algorithm="sha256").hexdigest()


def network(address: str | None) -> str:
    """What counts as one address: an IPv6 customer has a whole /64."""
    if not address:
        return "unknown"
    parsed = ipaddress.ip_address(address)
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address


def login_counters(selfcare_id: str, browser: str) -> list[tuple[Limit, str]]:
    """What a try of this ID counts under: the browser's own counter if it logged in before, else pair and address."""
    if browser:
        return [(BROWSER, key(BROWSER, selfcare_id, browser))]
    asking = network(context.current().address)
    return [(PAIR, key(PAIR, selfcare_id, asking)), (ADDRESS, key(ADDRESS, asking))]


def code_counters(user_id: int, selfcare_id: str, browser: str) -> list[tuple[Limit, str]]:
    """The same for a second factor: tries in unknown browsers are limited over all addresses, too."""
    counters = login_counters(selfcare_id, browser)
    return counters if browser else [*counters, (CODES, key(CODES, str(user_id)))]


def mail_counters(user_id: int) -> list[tuple[Limit, str]]:
    """What a mailed code counts under, before it is sent."""
    return [(MAILS, key(MAILS, str(user_id), network(context.current().address)))]


def reserve(wanted: Sequence[tuple[Limit, str]]) -> list[Reserved] | None:
    """Count one try under each key, in this order; None when one is exhausted (then none of them stays counted)."""
    now = clock.real_now()
    taken: list[Reserved] = []
    for limit, counter in wanted:
        with connection.cursor() as cursor:
            cursor.execute(_RESERVE, {"key": counter, "now": now, "since": now - limit.window, "tries": limit.tries})
            row = cursor.fetchone()
        if row is None:
            refund(taken)
            return None
        taken.append(Reserved(limit, counter, now, is_last=row[0] >= limit.tries))
    return taken


def refund(tries: Sequence[Reserved]) -> None:
    """The try was right: it does not count."""
    with connection.cursor() as cursor:
        for one in tries:
            cursor.execute(_REFUND, {"key": one.key, "at": one.at})


def failed(tries: Sequence[Reserved]) -> Reserved | None:
    """The try was wrong. Returns what it was the last straw of: exactly one of several parallel ones is told."""
    for one in tries:
        if not (one.is_last and one.limit.refusal):
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                _REFUSE,
                {"key": one.key, "until": one.at + one.limit.refusal, "tries": one.limit.tries},
            )
            if cursor.rowcount:
                return one
    return None


_RESERVE_EACH = """
INSERT INTO accounts_throttlecounter AS c (key, tries, touched_at)
SELECT key, ARRAY[%(now)s::timestamptz], %(now)s FROM unnest(%(keys)s::text[]) AS k (key) ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    tries = ARRAY(SELECT t FROM unnest(c.tries) AS t WHERE t > %(since)s) || %(now)s::timestamptz,
    refused_until = NULL,
    touched_at = %(now)s
WHERE (c.refused_until IS NULL OR c.refused_until <= %(now)s)
  AND (SELECT count(*) FROM unnest(c.tries) AS t WHERE t > %(since)s) < %(tries)s
RETURNING key, cardinality(tries)
"""
_REFUND_EACH = """
UPDATE accounts_throttlecounter
SET tries = tries[:array_position(tries, %(at)s::timestamptz) - 1]
         || tries[array_position(tries, %(at)s::timestamptz) + 1:]
WHERE key = ANY(%(keys)s) AND array_position(tries, %(at)s::timestamptz) IS NOT NULL
"""
_REFUSE_EACH = """
UPDATE accounts_throttlecounter SET refused_until = %(until)s
WHERE key = ANY(%(keys)s) AND refused_until IS NULL AND cardinality(tries) >= %(tries)s
"""


def reserve_each(limit: Limit, keys: Sequence[str]) -> dict[str, Reserved]:
    """Count one try under each of these different keys; exhausted ones are not in the answer. Commits by itself."""
    if not keys:
        return {}
    now = clock.real_now()
    with connection.cursor() as cursor:
        cursor.execute(
            _RESERVE_EACH, {"keys": list(keys), "now": now, "since": now - limit.window, "tries": limit.tries}
        )
        rows = cursor.fetchall()
    return {key: Reserved(limit, key, now, is_last=tries >= limit.tries) for key, tries in rows}


def refund_each(tries: Sequence[Reserved]) -> None:
    """These tries, counted together, were right: they do not count."""
    if tries:
        with connection.cursor() as cursor:
            cursor.execute(_REFUND_EACH, {"keys": sorted(one.key for one in tries), "at": tries[0].at})


def failed_each(tries: Sequence[Reserved]) -> None:
    """These tries, counted together under one limit, were wrong: exhausted keys are refused for its time."""
    last = [one for one in tries if one.is_last]
    if last:
        values: dict[str, Any] = {
            "keys": sorted(one.key for one in last),
            "until": last[0].at + last[0].limit.refusal,
            "tries": last[0].limit.tries,
        }
        with connection.cursor() as cursor:
            cursor.execute(_REFUSE_EACH, values)
