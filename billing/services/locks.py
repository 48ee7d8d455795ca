"""Who may touch the records of a billed month: an import that adds some, or the voice run that charges them."""

from datetime import date

from django.db import connection

#: The first half of the lock's key, so that it meets no other advisory lock.
_RECORDS = 0x5265636F


def billed_month(month: date) -> None:
    """Wait until nobody else holds this month, and hold it to the end of the caller's transaction.

    Who needs several takes them in their order; what is asked of the database afterwards sees what the others did.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_RECORDS, month.year * 100 + month.month])
