"""Celery: workers that are woken by hints. Redis may vanish at any time; nothing is kept in it."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfcare.settings")

from django.conf import settings

#: Every queue; compose and `manage.py run` start workers for each of them.
QUEUES = ("default", "outside", "login")

#: Every socket to the broker has a timeout: a frozen Redis hangs publishing for ever with the defaults.
PUBLISH_TIMEOUT = 0.5


def _broker(url: str) -> str:
    """kombu's spelling of a unix socket."""
    return url.replace("unix://", "redis+socket://", 1) if url.startswith("unix://") else url


app = Celery("selfcare")
app.conf.update(
    broker_url=_broker(settings.REDIS_URL),
    task_ignore_result=True,
    task_default_queue="default",
    task_serializer="json",
    accept_content=["json"],
    timezone="Asia/Tokyo",
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # A hint that is lost with its worker is repeated by the dispatcher; one that waits an hour is worth nothing.
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=10_000,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_hijack_root_logger=False,
    broker_transport_options={"socket_connect_timeout": 2, "socket_keepalive": True, "health_check_interval": 10},
    beat_schedule={
        f"wake-{source}": {
            "task": "selfcare.work.run",
            "schedule": 5.0,
            "args": [source, "beat"],
            "options": {"queue": queue, "expires": 5},
        }
        for source, queue in (
            ("orders.local", "default"),
            ("orders.outside", "outside"),
            ("mail.default", "default"),
            ("mail.login", "login"),
            ("jobs", "default"),
        )
    },
)
app.autodiscover_tasks(["selfcare.work"])


@setup_logging.connect
def _use_django_logging(**_kwargs: Any) -> None:
    """Celery would replace the log format, and with it the masking of secrets."""
    from logging.config import dictConfig

    dictConfig(settings.LOGGING)
