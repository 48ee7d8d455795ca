"""What hangs on an order: what it excludes, what it must not hold itself, what came from outside."""

from django.db import models

from selfcare.orders.models.orders import Order


class OrderKey(models.Model):
    """What an open order excludes: one open change per kind and line, whatever the application checked before."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="keys")
    key = models.CharField(max_length=100)
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="order_key_once_open", condition=models.Q(is_open=True)),
        ]


class OrderSecret(models.Model):
    """What a form asked that must not lie in an order: sealed, from the input to the acceptance, then gone."""

    order = models.OneToOneField(Order, models.CASCADE, primary_key=True, related_name="+")
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return str(self.order_id)


class IncomingEvent(models.Model):
    """What came from outside about an order (a carrier's callback, an operator's step), stored once by its key."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="incoming")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=100)
    payload = models.JSONField(default=dict)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "kind", "key"], name="incoming_event_once"),
        ]
