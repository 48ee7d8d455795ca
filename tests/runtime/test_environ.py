"""What a command in a second terminal takes from the portal that runs on its folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from selfcare.runtime import environ

OURS = "postgresql://selfcare_app@/selfcare?host=/ours"
RUNNING = {
    "DATABASE_URL": OURS,
    "DATABASE_OWNER_URL": "postgresql://selfcare_owner@/selfcare?host=/ours",
    "REGISTRAR_URL": "kamailio+unix:///ours/sip/rpc",
    "REDIS_URL": "unix:///ours/redis",
}


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({}, RUNNING),
        # A registrar lets in the numbers of its database and drops the rest.
        ({"DATABASE_URL": "postgresql:///theirs"}, {"REDIS_URL"}),
        ({"DATABASE_URL": OURS}, {"REDIS_URL", "REGISTRAR_URL"}),
        ({"REGISTRAR_URL": "kamailio+udp://theirs:9060"}, {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"}),
    ],
)
def test_what_the_environment_says_wins_and_nothing_of_ours_is_mixed_with_another_database(
    tmp_path: Path, given: dict[str, str], taken: set[str]
) -> None:
    (tmp_path / "run.env").write_text("".join(f"{name}={value}\n" for name, value in RUNNING.items()))
    code = "import json, os; from selfcare.runtime import environ; environ.fill(['manage.py', 'reconcile']); "
    code += "print(json.dumps(dict(os.environ)))"
    env = {"SELFCARE_VAR": str(tmp_path), "PATH": os.environ["PATH"], **given}
    printed = subprocess.run([sys.executable, "-c", code], cwd=environ.ROOT, env=env, capture_output=True, check=True)
    after = json.loads(printed.stdout)
    assert {name for name in RUNNING if after.get(name) == RUNNING[name] and name not in given} == set(taken)
    assert {name: after[name] for name in given} == given
    assert set(after) & set(RUNNING) == set(given) | set(taken)
