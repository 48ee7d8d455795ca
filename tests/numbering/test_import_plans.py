"""A large import into a small pool: the session's kept plans of the foreign keys are from when the table was small."""

import time

import pytest
from django.db import connection

from numbering.models import FreeNumber, Number
from numbering.services import imports
from tests.scale import scaled

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_a_kept_plan_of_the_small_table_does_not_check_the_large_one(clock):
    """Each check by a full read of the table would take minutes for as many rows; by the index it takes a second."""
    few = imports.preview_import(content=b"05000000000-05000000003")
    with connection.cursor() as cursor:
        # As planned from statistics of an empty table: the first plan of a session is its last.
        cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off; DISCARD PLANS")
        for _ in range(8):
            imports.import_numbers(preview=few, actor=None)
            connection.check_constraints()
            FreeNumber.objects.all().delete()
            Number.objects.all().delete()
        cursor.execute("SET LOCAL enable_indexscan = on; SET LOCAL enable_bitmapscan = on")
    many = imports.preview_import(content=f"0501{0:07d}-0501{scaled(20_000, 100_000) - 1:07d}".encode())
    started = time.monotonic()
    imports.import_numbers(preview=many, actor=None)
    connection.check_constraints()
    took = time.monotonic() - started
    print(f"figure: {len(many.new)} numbers stored and checked in {took:.1f} s")
    assert took < 10
