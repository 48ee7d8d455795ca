"""A carrier for demo and tests, in a process of its own: TMF641 on loopback, with faults on demand.

It needs neither database nor broker. What it has carried out is its ledger, the proof that the portal asked for
everything once: `GET /control/ledger`, beside it each line as the carrier has it. How it
misbehaves is set by `POST /control`,
see `faults.Settings`. `POST /control/left` with {"number": digits} lets a number go that has a reservation (転出済).
What came and went is in `GET /control/messages`; network PINs and activation codes are masked everywhere.
"""
