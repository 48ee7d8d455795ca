"""Celery tasks: one, which runs a source until nothing is due."""

from celery import shared_task
from django.db import close_old_connections

from selfcare import clock
from selfcare.celery import PUBLISH_TIMEOUT, app
from selfcare.work import heartbeat, sources

#: Seconds one task works before it gives the worker back to other sources; the next hint or poll goes on.
SLICE = 20.0
#: Seconds between two signs of life of one worker process.
SIGN_EVERY = 5.0


def run_source(name: str, *, seconds: float = SLICE) -> int:
    """Carry out what `name` has due, chunk by chunk, for at most about `seconds`; return how many rows it took."""
    source = sources.get(name)
    end = clock.monotonic() + seconds
    total = 0
    while taken := source.run():
        total += taken
        if clock.monotonic() > end:
            publish_quietly(name)
            break
    return total


def publish_quietly(name: str) -> None:
    from selfcare.work import hints

    hints.publish(name)


@shared_task(name="selfcare.work.run", ignore_result=True)
def run(name: str, sender: str = "") -> None:
    """`sender` names the process that rings regularly: its call has come through broker and worker, so it is alive."""
    close_old_connections()
    try:
        for process in ("worker", sender):
            if process:
                heartbeat.beat(process, at_most_every=SIGN_EVERY)
        run_source(name)
    finally:
        close_old_connections()


def publish(name: str) -> None:
    """Put a hint on the broker or raise within a second; hints expire, because the next poll is worth as much."""
    with app.connection_for_write(
        transport_options={
            "socket_timeout": PUBLISH_TIMEOUT,
            "socket_connect_timeout": PUBLISH_TIMEOUT,
            "retry_on_timeout": False,
            "max_retries": 0,
        }
    ) as connection:
        app.send_task(
            "selfcare.work.run",
            args=[name],
            queue=sources.get(name).queue,
            expires=60,
            connection=connection,
            retry=False,
        )
