"""Fixtures of the operators' tests."""

import pytest

from selfcare.staff.services.operators import Enrolment, create_operator
from tests.people import PASSWORD


@pytest.fixture
def enrolment(db: None) -> Enrolment:
    """An operator of the group support, with PASSWORD and the key of the authenticator."""
    return create_operator(
        username="op_first", email="first@carrier.example", group="support", password=PASSWORD, actor=None
    )
