"""Probes and metrics: what is down, what is only degraded, and who may scrape."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from pytest_django.fixtures import Settings

from selfcare.shell import readiness
from selfcare.work.heartbeat import beat

DATABASES = ["default", "owner"]
TOKEN = {"Authorization": "Bearer metrics-token-of-the-tests"}


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def database_elsewhere() -> Iterator[None]:
    """The application's connection as it is when the server is gone."""
    kept = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(HOST="127.0.0.1", PORT=str(closed_port()))
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(kept)


def ready(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


def test_alive_answers_without_a_database(client: Client) -> None:
    # No database mark: a query would raise.
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.content == b"alive\n"


@pytest.mark.django_db(databases=DATABASES)
def test_ready_names_processes_without_a_sign_of_life(client: Client) -> None:
    beat("dispatch")
    status, body = ready(client)
    assert status == 200
    assert body["status"] == "degraded"
    assert body["checks"]["database"] == body["checks"]["migrations"] == "ok"
    assert body["checks"]["dispatch"] == "ok"
    assert {"worker", "beat"} <= set(body["degraded"])


@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_ready_is_503_without_the_database_and_only_then(client: Client) -> None:
    with database_elsewhere():
        status, body = ready(client)
    assert status == 503
    assert body == {"status": "unavailable", "checks": {"database": "no answer"}}
    assert ready(client)[0] == 200


@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_ready_is_503_while_a_migration_is_missing(client: Client) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET app = 'away' WHERE app = 'shell'")
    try:
        status, body = ready(client)
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("UPDATE django_migrations SET app = 'shell' WHERE app = 'away'")
    assert status == 503
    assert body["checks"]["migrations"] == "1 missing"


@pytest.mark.django_db(databases=DATABASES)
def test_an_apps_check_that_raises_is_a_state_and_no_error(client: Client) -> None:
    def broken() -> str:
        raise ValueError("secret words of somebody else")

    readiness.register("carrier-of-the-test", broken)
    try:
        status, body = ready(client)
    finally:
        readiness.unregister("carrier-of-the-test")
    assert status == 200
    assert body["checks"]["carrier-of-the-test"] == "cannot be told"


@pytest.mark.django_db(databases=DATABASES)
def test_metrics_need_the_token(client: Client) -> None:
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Basic " + settings.METRICS_TOKEN}).status_code == 401
    assert client.get("/metrics", headers=TOKEN).status_code == 200


@pytest.mark.django_db(databases=DATABASES)
def test_metrics_are_open_to_the_demos_own_machine_only(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 401
    settings.DEMO, settings.METRICS_TOKEN = False, ""
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401
