"""From a bare machine to an environment: what is locked, and what is said where we may not install."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from selfcare.runtime import bootstrap
from selfcare.runtime.environ import ROOT

LOCKS = [ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt"]
PINNED = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=~! ;]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_locks_are_hashed_and_name_no_registry() -> None:
    for lock in LOCKS:
        text = lock.read_text()
        assert "://" not in text
        assert "index" not in text
        for block in re.split(r"\n(?=[a-z])", text.strip()):
            assert "--hash=sha256:" in block, block.splitlines()[0]


def test_everything_asked_for_is_locked_and_nothing_twice() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    run, test = (dict(PINNED.findall(lock.read_text())) for lock in LOCKS)
    optional = project["optional-dependencies"]
    assert {_name(word) for word in project["dependencies"] + optional["embedded"]} <= set(run)
    assert {_name(word) for word in optional["test"]} <= set(run) | set(test)
    assert not set(run) & set(test)


def test_an_ordinary_user_is_told_the_one_line_to_type() -> None:
    code = """
import os
from selfcare.runtime import bootstrap
if os.geteuid() == 0:
    os.seteuid(65534)
bootstrap.install_packages(["python3-venv", "fonts-ipaexfont-gothic"])
"""
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "sudo apt-get install -y --no-install-recommends python3-venv fonts-ipaexfont-gothic\n" in result.stdout


def test_kamailios_own_service_stays_off_unless_somebody_has_decided_about_it(tmp_path: Path) -> None:
    unit = tmp_path / "kamailio.service"
    bootstrap.keep_service_off(unit)
    assert unit.readlink() == Path("/dev/null")
    bootstrap.keep_service_off(unit)

    unit.unlink()
    unit.write_text("[Unit]\n")
    bootstrap.keep_service_off(unit)
    assert unit.read_text() == "[Unit]\n"

    bootstrap.keep_service_off(tmp_path / "no-systemd" / "kamailio.service")
    assert not (tmp_path / "no-systemd").exists()


def test_what_the_tests_need_of_debian_is_more_than_a_portal_needs() -> None:
    """`make run` uses Kamailio where it is, and does not install a telephone server unasked."""
    assert {"kamailio", "kamailio-postgres-modules", "sip-tester", "sipsak"} <= set(bootstrap.PACKAGES["test"])
    assert not [name for name in bootstrap.PACKAGES["run"] if "kamailio" in name]


def test_an_environment_that_was_moved_is_not_used(tmp_path: Path) -> None:
    """Its scripts and its path file name the old place."""
    code = "import bootstrap; print(bootstrap.usable(bootstrap.PYTHON))"
    moved = tmp_path / "selfcare" / "runtime"
    moved.mkdir(parents=True)
    shutil.copy(ROOT / "selfcare/runtime/bootstrap.py", moved)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    for place, used in ((ROOT / "selfcare/runtime", "True"), (moved, "False")):
        answer = subprocess.run([sys.executable, "-c", code], cwd=place, capture_output=True, text=True, check=True)
        assert answer.stdout.strip() == used


def test_the_script_can_be_read_by_an_old_python() -> None:
    """It has to be able to say that a newer one is needed."""
    ast.parse((ROOT / "selfcare/runtime/bootstrap.py").read_text(), feature_version=(3, 8))
