"""From a machine with python3 and make to a `.venv` that works: what the Makefile calls before anything else.

    python3 selfcare/runtime/bootstrap.py run     install what a portal needs, then become `manage.py run`
    python3 selfcare/runtime/bootstrap.py setup   the same without starting
    python3 selfcare/runtime/bootstrap.py test    also what the tests need

As root on Debian it installs missing packages; otherwise it says the one line to type and goes on with what there is.
Standard library only, and in words that an old python3 understands, so that it can say that it is too old.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"

# WeasyPrint's libraries, and the Japanese font of letters and invoices (half the time and memory of Noto CJK).
PACKAGES = {
    "run": ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-ipaexfont-gothic"],
    # The browser, and what the node inside Playwright's wheel is linked against; the registrar, and its telephones.
    "test": ["chromium", "libatomic1", "kamailio", "kamailio-postgres-modules", "sip-tester", "sipsak"],
}
# What the package starts by itself: a telephone server of its own, with settings of its own, on every address.
SERVICE = Path("/etc/systemd/system/kamailio.service")
LOCKS = {"run": ["requirements.txt"], "test": ["requirements.txt", "tests/requirements.txt"]}


def main() -> None:
    what = sys.argv[1] if len(sys.argv) == 2 else ""
    if what not in ("run", "setup", "test"):
        sys.exit(__doc__)
    level = "test" if what == "test" else "run"
    with suppress(KeyboardInterrupt):
        folder = os.open(ROOT, os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)  # `make run` and `make test` at once: one of them builds
        set_up(level)
        os.close(folder)
        if what == "run":
            start()
        return
    sys.exit(130)


def set_up(level: str) -> None:
    wanted = PACKAGES["run"] + (PACKAGES["test"] if level == "test" else [])
    missing = missing_packages(wanted)
    python = None if usable(PYTHON) else find_python()
    if python is None and not usable(PYTHON):
        missing.insert(0, "python3-venv")
    if missing:
        install_packages(missing)
    if not usable(PYTHON):
        python = python or find_python()
        if python is None:
            sys.exit("Python 3.11 or 3.12 with its venv module is needed, and none was found.")
        make_venv(python)
    install_wheels(level)


def missing_packages(names: list[str]) -> list[str]:
    """Of Debian's packages, where there is a Debian; elsewhere nobody knows what they are called."""
    if not shutil.which("dpkg-query"):
        return []
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *names],
        capture_output=True,
        text=True,
        check=False,
    )
    have = {line.split()[0] for line in asked.stdout.splitlines() if line.endswith(" installed")}
    return [name for name in names if name not in have]


def install_packages(names: list[str]) -> None:
    line = "apt-get install -y --no-install-recommends " + " ".join(names)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"These packages are missing; without them some things do not work. To install them:\n  sudo {line}")
        return
    print(f"Installing {' '.join(names)} ...", flush=True)
    if "kamailio" in names:
        keep_service_off()
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = [*line.split(), "-qq", "-o", "Dpkg::Use-Pty=0", "-o", "Dpkg::Options::=--force-unsafe-io"]
    if subprocess.run(command, env=env, check=False, capture_output=True).returncode == 0:
        return
    # The lists are missing or name versions that are gone.
    subprocess.run(["apt-get", "update", "-qq"], env=env, check=False)
    if subprocess.run(command, env=env, check=False, stdout=subprocess.DEVNULL).returncode != 0:
        print(f"They could not be installed; without them some things do not work. The line to type:\n  {line}")


def keep_service_off(service: Path = SERVICE) -> None:
    """The tests start Kamailio themselves; a service that nobody asked for shall not listen on this machine."""
    if service.parent.is_dir() and not os.path.lexists(service):
        service.symlink_to("/dev/null")  # what `systemctl mask` does, which needs the package to be there already
        print("Its own service stays off; `systemctl unmask kamailio` lets it start.")


def usable(python: Path | str) -> bool:
    """A python of a right version that can make environments or is one, with pip."""
    code = "import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))"
    if python == PYTHON:
        if not stamp_of_place().exists():
            return False
        code = "import sys, pip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))"
    with suppress(OSError):
        return subprocess.run([str(python), "-c", code], capture_output=True, check=False).returncode == 0
    return False


def find_python() -> str | None:
    for name in ("python3.12", "python3.11", sys.executable, "/usr/bin/python3", "python3"):
        found = shutil.which(name)
        if found and usable(found):
            return found
    return None


def stamp_of_place() -> Path:
    """An environment holds its own path in many places: one that was moved with its checkout is made anew."""
    return VENV / ("place-" + hashlib.sha256(str(ROOT).encode()).hexdigest()[:12])


def make_venv(python: str) -> None:
    if VENV.is_symlink():
        VENV.unlink()  # another checkout's, which is not ours to empty
    print(f"Making {VENV} ...", flush=True)
    subprocess.run([python, "-m", "venv", "--clear", str(VENV)], check=True)
    packages = subprocess.run(
        [str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    # So that `.venv/bin/pytest` and `.venv/bin/celery` find the project from anywhere.
    (Path(packages) / "selfcare.pth").write_text(f"{ROOT}\n")
    stamp_of_place().touch()


def install_wheels(level: str) -> None:
    state = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in LOCKS[level])).hexdigest()
    stamp = VENV / f"installed-{level}"
    if stamp.exists() and stamp.read_text() == state:
        return
    print("Installing the Python packages ...", flush=True)
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    for name in LOCKS[level]:
        command += ["-r", str(ROOT / name)]
    # Compiling all of it takes as long as installing it; what is used is compiled when it is first imported.
    if subprocess.run([*command, "--only-binary", ":all:", "--no-compile"], check=False).returncode != 0:
        sys.exit("The Python packages could not be installed; the lines above say why.")
    for name in LOCKS if level == "test" else [level]:
        have = hashlib.sha256(b"".join((ROOT / lock).read_bytes() for lock in LOCKS[name])).hexdigest()
        (VENV / f"installed-{name}").write_text(have)


def start() -> None:
    """Become the portal: whoever signals `make` signals it, and it ends when `make` is killed."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, int(signal.SIGTERM), 0, 0, 0)  # PR_SET_PDEATHSIG
    os.chdir(ROOT)
    os.execv(str(PYTHON), [str(PYTHON), "manage.py", "run"])  # noqa: S606


if __name__ == "__main__":
    main()
