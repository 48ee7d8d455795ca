"""A carrier for demo and tests, in a process of its own: TMF641 on loopback, with faults on demand.

It needs neither database nor broker. What it has carried out is its ledger, the proof that the portal asked for
everything once: `GET /control/ledger`. How it misbehaves is set by `POST /control`, see `faults.Faults`.
"""
