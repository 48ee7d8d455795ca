import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.runtime import database_server
from tests.runtime.portal import Portal


@contextmanager
def short_folder() -> Iterator[Path]:
    """A short path (PostgreSQL's socket) that its system user may enter (pytest's own folders are closed)."""
    with tempfile.TemporaryDirectory(prefix="selfcare-run-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as path:
        yield path


@pytest.fixture
def portal(folder: Path) -> Iterator[Callable[..., Portal]]:
    """Portals on one folder that is empty at first."""
    made: list[Portal] = []

    def make(**env: str) -> Portal:
        made.append(Portal(folder / "var", **{"SELFCARE_DEMO": "0", **env}))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def stopped() -> Iterator[Portal]:
    """A portal that had its first start and was ended by Ctrl-C; copies of its folder start quickly."""
    with short_folder() as path:
        portal = Portal(path / "var", SELFCARE_DEMO="0")
        try:
            portal.start_and_wait()
            portal.signal(signal.SIGINT)
            yield portal
        finally:
            portal.close()


@pytest.fixture(scope="package")
def deployed() -> Iterator[database_server.DatabaseServer]:
    with short_folder() as path, database_server.running(path) as one:
        yield one


def copy_of(portal: Portal, var: Path) -> None:
    """With owners and modes, which PostgreSQL looks at."""
    cp = shutil.which("cp") or "cp"
    subprocess.run([cp, "-a", str(portal.var), str(var)], check=True)


@pytest.fixture
def again(stopped: Portal, folder: Path, portal: Callable[..., Portal]) -> Callable[..., Portal]:
    """Portals on a folder of their own that has had its first start."""
    copy_of(stopped, folder / "var")
    return portal


@pytest.fixture(scope="module")
def running(stopped: Portal) -> Iterator[Portal]:
    with short_folder() as path:
        copy_of(stopped, path / "var")
        portal = Portal(path / "var", SELFCARE_DEMO="0")
        try:
            portal.start_and_wait()
            yield portal
        finally:
            portal.close()
