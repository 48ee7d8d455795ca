"""The real programs with something planted: what FAULTS names, in the processes whose environment has it.

    stack.start("worker", entry=ENTRY, env={"FAULTS": "kill:outside.asked"})

It serves as the Celery application, as the web server's (`WEB`), and, run as a module, as manage.py. Every process
started from here also knows the counting procedure of `toys`. Where the faults lie is in `planted` and `unprotected`.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfcare.settings")

import django

django.setup()

# The application first: what is planted lies in its parts.
from selfcare.celery import app  # noqa: E402
from selfcare.wsgi import application  # noqa: E402
from tests.faults import planted, toys, unprotected  # noqa: E402

__all__ = ["app", "application"]

toys.install()
for fault in os.environ.get("FAULTS", "").split():
    kind, _, argument = fault.partition(":")
    {**planted.FAULTS, **unprotected.FAULTS}[kind](argument)

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
