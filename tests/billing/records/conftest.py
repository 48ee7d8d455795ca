"""What the tests of records stand on."""

from tests.billing.records.world import registered, world

__all__ = ["registered", "world"]
