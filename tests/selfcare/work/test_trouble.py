"""What operators read of an error holds no digest and no number of a customer."""

import logging

import pytest
from django.db import IntegrityError, connection

from selfcare import logs
from selfcare.work.trouble import describe

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

HA1 = "0123456789abcdef0123456789abcdef"
NUMBER = "05000010000"


@pytest.fixture
def error():
    """A constraint's refusal of a row with a number and digests, as PostgreSQL words it."""
    statement = (
        "INSERT INTO numbering_credential (number_id, customer_id, username, realm, ha1, ha1b, ha1_sha256, live)"
        " VALUES (NULL, NULL, %s, 'x', %s, %s, %s, '[,)')"
    )
    with pytest.raises(IntegrityError) as caught, connection.cursor() as cursor:
        cursor.execute(statement, [NUMBER, HA1, HA1, HA1 * 2])
    assert HA1 in str(caught.value)
    return caught.value


def test_the_description_says_what_and_where_and_not_with_which_data(error):
    told = describe(error)
    assert "IntegrityError: null value in column" in told
    assert "test_trouble.py" in told
    assert HA1 not in told
    assert NUMBER not in told


def test_the_log_keeps_the_row_out_too(error):
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "failed", None, (type(error), error, error.__traceback__))
    logs.Mask().filter(record)
    line = logs.JsonFormatter().format(record)
    assert HA1 not in line
    assert NUMBER not in line
    assert "null value in column" in line
