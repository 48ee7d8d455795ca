"""Every content has a lead time from the first migration on, and what operators set stays."""

import pytest

from numbering.dial_in.models import LeadTime
from numbering.dial_in.services import lead_times

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_a_new_database_has_a_lead_time_for_every_content():
    assert set(LeadTime.objects.values_list("content", flat=True)) == set(LeadTime.Content.values)
    assert lead_times.days() == lead_times.DEFAULTS


def test_a_migration_leaves_what_an_operator_has_set():
    kept = LeadTime.objects.using("owner")
    kept.filter(content="port").update(business_days=33)
    kept.filter(content="move").delete()
    lead_times.publish_first(using="owner")
    assert kept.get(content="port").business_days == 33
    assert kept.get(content="move").business_days == lead_times.DEFAULTS["move"]


def test_a_content_that_has_lost_its_row_counts_with_the_standard_days():
    LeadTime.objects.filter(content="move").delete()
    assert lead_times.days()["move"] == lead_times.DEFAULTS["move"]
