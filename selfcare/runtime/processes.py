"""Child processes that never outlive whoever started them.

Each child leads a session of its own, so that Ctrl-C reaches the starter only, which then stops the children in
order; and the kernel signals each child when its starter dies, even by kill -9.
"""

import ctypes
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from selfcare.runtime.errors import StartError

SYSTEM_USER = "selfcare"
# The exit code of a child that could neither be root nor get at its files.
NO_WAY_IN = 126

_PR_SET_PDEATHSIG, _PR_GET_PDEATHSIG = 1, 2
_PR_SET_SECUREBITS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 28, 47, 2
_SECBIT_NO_SETUID_FIXUP = 4
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522
# Looked up before any fork: dlopen in a forked child may wait for a lock that nobody holds any more.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path | None = None,
    env: Mapping[str, str] | None = None,
    user: pwd.struct_passwd | None = None,
    cwd: Path | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    reach: Sequence[Path] = (),
) -> subprocess.Popen[bytes]:
    """Start a child that gets `death_signal` when this process dies; output goes to the end of `log`.

    `user` drops root's rights; `reach` names the paths that user must get at. Call it from the main thread: the
    kernel watches the thread that forked.
    """
    capable = user is not None and not all(open_to_others(path) for path in reach)
    output = log.open("ab") if log else None
    try:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            env=dict(os.environ if env is None else env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_before_exec(os.getpid(), death_signal, user, capable),  # noqa: PLW1509 - called before threads exist
        )
    finally:
        if output:
            output.close()


def _before_exec(
    parent: int, death_signal: signal.Signals, user: pwd.struct_passwd | None, capable: bool
) -> Callable[[], None]:
    def run() -> None:
        if user is not None:
            _drop_root(user, capable)
        _die_with(parent, death_signal)

    return run


def _die_with(parent: int, death_signal: int) -> None:
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)


def become(user: pwd.struct_passwd) -> None:
    """Drop root's rights in this process, which is about to become a server by exec.

    The kernel forgets the parent-death signal with the change of user, so the one that was set is set again. That is
    why the server does not do it itself, by its own option.
    """
    parent, death_signal = os.getppid(), ctypes.c_int()
    if _libc is not None:
        _libc.prctl(_PR_GET_PDEATHSIG, ctypes.byref(death_signal), 0, 0, 0)
    _drop_root(user, capable=False)
    if death_signal.value:
        _die_with(parent, death_signal.value)


def _drop_root(user: pwd.struct_passwd, capable: bool) -> None:
    if capable and _libc is not None:
        # Capabilities survive the change of user below, and access(2) heeds them, which initdb asks for its programs.
        _libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    if capable and _libc is not None:
        # The checkout lies where only root may look (/root, say). One capability to get through is less than
        # opening folders that are not ours, and the program still is not root.
        bit = 1 << _CAP_DAC_OVERRIDE
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
        sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
        if _libc.capset(header, sets) or _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0):
            os._exit(NO_WAY_IN)


def open_to_others(path: Path) -> bool:
    """Whether any user may read `path` and enter every folder above it."""
    path = path.resolve()
    needed = stat.S_IROTH | stat.S_IXOTH if path.is_dir() else stat.S_IROTH
    return bool(path.stat().st_mode & needed == needed) and all(
        parent.stat().st_mode & stat.S_IXOTH for parent in path.parents
    )


def unprivileged_user() -> pwd.struct_passwd | None:
    """The system user that servers run as which refuse to be root; None when we are not root anyway."""
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    useradd = shutil.which("useradd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if useradd:
        home = "/nonexistent"
        # Two starts at once: the second useradd fails, and the user is there all the same.
        subprocess.run(
            [useradd, "--system", "--no-create-home", "--home-dir", home, "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            check=False,
            capture_output=True,
        )
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise StartError(
            f"Servers do not run as root here, and the system user {SYSTEM_USER!r} could not be made: "
            f"create it (useradd --system {SYSTEM_USER}) or start as an ordinary user."
        ) from None


def stop(process: subprocess.Popen[bytes], *, how: signal.Signals = signal.SIGTERM, seconds: float = 15) -> int | None:
    """Ask the child to stop, insist after `seconds`, and leave nothing of its session behind."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
            process.send_signal(how)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    kill_session(process.pid)
    process.wait()
    return process.returncode


def kill_session(session: int) -> None:
    """Kill -9 whatever is left of a session that `spawn` opened."""
    for pid in session_members(session):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def session_members(session: int) -> list[int]:
    members = []
    for pid in psutil.pids():
        with suppress(OSError, psutil.Error):
            if os.getsid(pid) == session and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                members.append(pid)
    return members


def wait_until(ready: Callable[[], bool], *, seconds: float, every: float = 0.05) -> bool:
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() >= end:
            return False
        time.sleep(every)
    return True
