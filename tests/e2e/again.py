"""`python -m tests.e2e.again CACHE`: whether browser tests that have failed beside others pass by themselves.

CACHE is the `cache_dir` of a pytest session that has failed. Its failed tests of this folder are run once more, one
after the other with a portal of their own, and those that pass now are named as unsteady: a machine too busy, or
something that other tests have left. Any other failed test, races and faults above all, counts as it is.
"""

import json
import subprocess
import sys
from pathlib import Path

FOLDER = "tests/e2e/"


def failed(cache: Path) -> list[str]:
    try:
        return sorted(json.loads((cache / "v" / "cache" / "lastfailed").read_text()))
    except FileNotFoundError:
        return []


def run(tests: list[str], cache: Path) -> list[str]:
    """Those that fail again; all of them if the session did not get to its end."""
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-o", f"cache_dir={cache}", *tests])
    return {0: [], 1: failed(cache)}.get(done.returncode, tests)


def main(cache: Path) -> int:
    first = failed(cache)
    ours = [test for test in first if test.startswith(FOLDER)]
    others = [test for test in first if test not in ours]
    if not ours:
        return 1
    print(f"\n{len(ours)} failed browser tests, once more by themselves:", flush=True)
    again = run(ours, cache / "again")
    for test in ours:
        print(f"{'FAILED AGAIN' if test in again else 'UNSTEADY (failed beside others, passed alone)'}: {test}")
    for test in others:
        print(f"FAILED: {test}")
    return 1 if again or others else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
