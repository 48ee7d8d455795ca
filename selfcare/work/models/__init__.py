"""What waits: mails, letters, periodic jobs; and the clock that decides what is due."""

from selfcare.work.models.clocks import BusinessClock
from selfcare.work.models.jobs import Heartbeat, Job
from selfcare.work.models.letters import Letter
from selfcare.work.models.mails import Mail

__all__ = ["BusinessClock", "Heartbeat", "Job", "Letter", "Mail"]
