"""Kills, outages and races with real processes; small in `make test`, full in `make faults`.

Every test has a negative control: the same with one protection taken away, from here, which must go red.
"""
