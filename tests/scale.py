"""How big the races, kills and outages are: small in `make test`, full in `make faults`."""

import os

FULL = os.environ.get("SELFCARE_SCALE") == "full"


def scaled(small: int, full: int) -> int:
    return full if FULL else small
