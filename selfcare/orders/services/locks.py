"""How long a page waits for a row that somebody else holds."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection
from django.utils.translation import gettext as _
from psycopg import errors

from selfcare.orders.procedures import NotPossible

#: A web process serves one request at a time: one that waits keeps everybody behind it waiting.
PATIENCE = "2s"


def wait_briefly() -> None:
    """For the rest of this transaction, give up on a lock after two seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])


@contextmanager
def busy_is_not_possible() -> Iterator[None]:
    """Around a transaction: a lock that was not to be had, or a deadlock, is an answer for the customer, no error."""
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, errors.LockNotAvailable | errors.DeadlockDetected):
            raise NotPossible(
                _(
                    "ただいま混み合っているため、受け付けられませんでした。何も変わっていません。少し待ってから、もう一度お試しください。"
                )
            ) from error
        raise
