"""A procedure that does nothing but count: what it did once too often stands in the table, and nothing else stops it.

The real procedures are guarded by constraints of their own; this one shows what the engine alone promises.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from selfcare.accounts.models import Contract
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.procedures import Done, Outcome, Procedure, Promise, Row
from tests.harness import Stack

TABLE = """
CREATE TABLE tests_effect (id serial PRIMARY KEY, order_id bigint, at timestamptz DEFAULT clock_timestamp());
GRANT SELECT, INSERT ON tests_effect TO selfcare_app;
GRANT USAGE ON tests_effect_id_seq TO selfcare_app;
"""


class Counting(Procedure):
    """Each carrying out is one row in tests_effect. Due at once, or at data["due"]."""

    code = "tests.count"
    title = "数える"
    function = "tests.count"
    subject = Contract

    def promise(self, order: Order, now: datetime) -> Promise:
        due = order.data.get("due")
        return Promise(datetime.fromisoformat(due) if due else now, "すぐに")

    def summary(self, order: Order) -> list[Row]:
        return [Row("数", "1")]

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO tests_effect (order_id) SELECT unnest(%s::bigint[])", [[order.pk for order in orders]]
            )
        return {order: Done() for order in orders}


class CountingTaken(Counting):
    """The same for being accepted, of which a batch takes the good rows: each reservation is the row."""

    code = "tests.count_taken"
    takes_the_good = True

    def reserve(self, orders: Sequence[Order]) -> None:
        super().apply(orders)

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        return {order: Done() for order in orders}


def install() -> None:
    procedures.register(Counting)
    procedures.register(CountingTaken)


def make_table(stack: Stack) -> None:
    for statement in TABLE.strip().split(";\n"):
        stack.sql(statement.rstrip(";"))


def times_done(stack: Stack) -> dict[int, int]:
    """How often each order was carried out; orders never carried out are missing."""
    return dict(stack.sql("SELECT order_id, count(*) FROM tests_effect GROUP BY order_id"))
