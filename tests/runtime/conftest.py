import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.runtime.portal import Portal


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path (PostgreSQL's socket) that its system user may enter (pytest's own folders are closed)."""
    with tempfile.TemporaryDirectory(prefix="selfcare-run-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def portal(folder: Path) -> Iterator[Callable[..., Portal]]:
    made: list[Portal] = []

    def make(**env: str) -> Portal:
        made.append(Portal(folder / "var", **{"SELFCARE_DEMO": "0", **env}))
        return made[-1]

    yield make
    for one in made:
        one.close()
