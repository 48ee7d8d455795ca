#!/usr/bin/env python
"""Entry point of every command: `manage.py help` lists them."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfcare.settings")
    from selfcare.runtime import environ

    try:
        environ.fill(sys.argv)
    except (OSError, ValueError) as error:
        sys.exit(f"The folder {environ.var()} or PORT cannot be used: {error}")

    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
