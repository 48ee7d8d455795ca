"""One worker's finishing of what is due: `python -m tests.bench.finishing`, in a stack's environment.

Says "ready", waits for a line, runs the engine's own chunks until nothing is due any more, and prints how many orders
it took.
"""

import os
import sys
import time


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfcare.settings")
    import django

    django.setup()
    from django.db import connection

    from selfcare import clock
    from selfcare.orders import due

    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    taken = 0
    while True:
        chunk = due.run_local()
        taken += chunk
        if not chunk:
            if not due.overdue_local(clock.now()):
                break
            time.sleep(0.01)  # the rest is in another one's hands
    print(taken, flush=True)


if __name__ == "__main__":
    main()
