"""The codes under which billing knows what numbering sells. They are in tariffs and charges: never renamed."""

MONTHLY_050 = "numbering.050.monthly"
