"""The carriers' provisioning systems: the port that procedures use, its HTTP form (TM Forum TMF641), a simulator."""
