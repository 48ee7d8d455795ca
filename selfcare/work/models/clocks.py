"""The demo's clock, read by the SQL function selfcare_now()."""

from datetime import timedelta

from django.db import models


class BusinessClock(models.Model):
    """At most one row. Without it business time is real time; only the owner's role may write it."""

    only = models.BooleanField(primary_key=True, default=True)
    # Business time is real time plus `offset`, or stands still at `frozen_at`.
    offset = models.DurationField(default=timedelta)
    frozen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="business_clock_one_row", condition=models.Q(only=True))]
