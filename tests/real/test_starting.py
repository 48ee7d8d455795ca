"""`manage.py registrar`: what it says when it cannot start, and as whom it runs when it can."""

import os
import subprocess
import sys

import psutil
import pytest

from selfcare.runtime import environ, processes
from tests.harness.ports import free_sip_port

# What is wrong, and what the one line names.
WRONG = {
    "not installed": ({"KAMAILIO": "/nonexistent/kamailio"}, "apt-get install"),
    "no port": ({"SIP_PORT": "none"}, "SIP_PORT"),
    "not wanted": ({"SIP_PORT": "0"}, "SIP_PORT"),
    "an address it does not know": ({"REGISTRAR_URL": "http://registrar"}, "REGISTRAR_URL"),
    "no database address": ({"REGISTRAR_DATABASE_URL": "", "DATABASE_URL": "mysql:/x y"}, "DATABASE_URL"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_start_is_one_clear_line(what, tmp_path):
    change, named = WRONG[what]
    env = {**os.environ, "SELFCARE_VAR": str(tmp_path), "SIP_PORT": str(free_sip_port()), **change}
    done = subprocess.run(
        [sys.executable, "manage.py", "registrar"],
        cwd=environ.ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    said = done.stderr.strip().splitlines()
    assert done.returncode == 1
    assert len(said) == 1
    assert named in said[0]


@pytest.mark.real
@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_it_is_one_process_tree_without_roots_rights_and_without_a_password_to_see(registrar):
    main = psutil.Process(registrar.pid)
    tree = [main, *main.children(recursive=True)]
    assert len(tree) > 8
    assert {process.name() for process in tree} == {"kamailio"}
    assert {os.getsid(process.pid) for process in tree} == {main.pid}
    if user := processes.unprivileged_user():
        assert {process.uids().real for process in tree} == {user.pw_uid}
        assert {process.uids().effective for process in tree} == {user.pw_uid}
    assert "password" not in " ".join(main.cmdline()).lower()
    sockets = {(one.type.name, *one.laddr) for process in tree for one in process.net_connections("inet")}
    assert sockets == {(kind, *registrar.address) for kind in ("SOCK_DGRAM", "SOCK_STREAM")}
